"""Ends as clean as Ctrl-C: what is under way is removed, and the exit code says why."""

from __future__ import annotations

import signal
from typing import NoReturn

# What a system, a batch queue or a closed terminal sends to end a program.
_ENDINGS = ("SIGTERM", "SIGHUP")


class Terminated(KeyboardInterrupt):
    """The program was told to end.

    Attributes:
        signal: Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by signal {number}")
        self.signal = number

    @property
    def exit_code(self) -> int:
        """What shells expect of a program that a signal ended."""
        return 128 + self.signal


def end_cleanly() -> None:
    """From now on, be ended as by Ctrl-C; a signal that is ignored (nohup) stays so."""
    for name in _ENDINGS:
        number = getattr(signal, name, None)  # Windows lacks one of them
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: object) -> NoReturn:
    del frame
    raise Terminated(number)
