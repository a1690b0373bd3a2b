"""PuppetBench: puppets with a known truth, and the command that renders them."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parent / "data"
