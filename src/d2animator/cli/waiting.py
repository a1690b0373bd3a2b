"""Threads that wait for others sleep meanwhile, so that a busy machine stays usable and fast."""

from __future__ import annotations

import os

# Of GNU's and Intel's OpenMP, one of which PyTorch computes with; both spin by default.
_SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


def wait_asleep() -> None:
    """Let PyTorch's threads sleep while they wait; to be called before PyTorch is loaded.

    A spinning thread takes the processor from the one that it waits for. What the user has set
    stays so.
    """
    for name, value in _SLEEPING.items():
        os.environ.setdefault(name, value)
