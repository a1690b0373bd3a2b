"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int | None], None]
"""Called with the number of steps done and to expect, None for unknown; a frame is a step."""

StepProgress = Callable[[int, dict[str, float]], None]
"""Called with the number of steps that a training has done, and figures by name."""

StageProgress = Callable[[str, int, dict[str, float]], None]
"""Called with the name of a stage, the number of its steps done, and figures by name."""
