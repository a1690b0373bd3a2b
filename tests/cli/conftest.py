"""What tests of ``evaluate`` share with those of the room behind it."""

from __future__ import annotations

from tests.evaluate.conftest import bundle, bundle_path, judges_path

__all__ = ["bundle", "bundle_path", "judges_path"]
