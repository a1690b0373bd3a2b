"""Waiting costs little: threads sleep meanwhile, and while libraries load nothing is tidied up."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator

# Of GNU's and Intel's OpenMP, one of which PyTorch computes with; both spin by default.
_SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


def wait_asleep() -> None:
    """Let PyTorch's threads sleep while they wait; to be called before PyTorch is loaded.

    A spinning thread takes the processor from the one that it waits for. What the user has set
    stays so.
    """
    for name, value in _SLEEPING.items():
        os.environ.setdefault(name, value)


@contextlib.contextmanager
def untidied() -> Iterator[None]:
    """Look for no garbage while a block loads what stays, nor in that afterwards.

    Libraries make half a million objects; to look through them again and again takes a tenth of
    the time that loading takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
