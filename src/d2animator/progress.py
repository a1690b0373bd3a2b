"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

Progress = Callable[[int, int | None], None]
"""Called with the number of steps done and to expect, None for unknown; a frame is a step."""

StepProgress = Callable[[int, dict[str, float]], None]
"""Called with the number of steps that a training has done, and figures by name."""

StageProgress = Callable[[str, int, dict[str, float]], None]
"""Called with the name of a stage, the number of its steps done, and figures by name."""


@runtime_checkable
class TellsPhases(Protocol):
    """A progress function that also wants to hear what is done before steps are counted."""

    def phase(self, name: str) -> None:
        """Be told what begins now, such as ``fitting the head``."""
        ...


def begin_phase(progress: Progress | None, name: str) -> None:
    """Tell what begins now, where the progress function wants to hear it."""
    if isinstance(progress, TellsPhases):
        progress.phase(name)
