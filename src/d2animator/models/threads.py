"""How many processors there are for this process, and how many threads its arithmetic uses."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import torch
from threadpoolctl import threadpool_limits

# Where Linux tells a container's share of the processors: microseconds of a period, and its length.
_QUOTAS = (
    ("/sys/fs/cgroup/cpu.max",),
    ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
)
_LOAD = Path("/proc/loadavg")
# The number of running tasks is looked at so often, so many seconds apart; the least of it counts.
_LOOKS, _BETWEEN_S = 4, 0.005

_lock = threading.Lock()
_blocks = 0
_before = (1, 1)
_algebra: threadpool_limits | None = None
_given: int | None = None


def processors() -> int:
    """Processors that this process may use: its affinity and its container's share, at least 1."""
    allowed = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    for files in _QUOTAS:
        with contextlib.suppress(OSError, ValueError):  # "max" means no limit
            words = " ".join(Path(file).read_text("ascii") for file in files).split()
            quota, period = (int(word) for word in words)
            if quota > 0 and period > 0:
                allowed = min(allowed, max(1, quota // period))
    return allowed


def free_processors() -> int:
    """Those of `processors` that nobody else keeps busy now, at least 1."""
    try:
        looks = []
        for _ in range(_LOOKS):
            looks.append(int(_LOAD.read_text("ascii").split()[3].split("/")[0]))
            time.sleep(_BETWEEN_S)
    except (OSError, ValueError, IndexError):  # no system that tells
        return processors()
    others = max(0, min(looks) - 1)  # this thread runs, too
    return max(1, processors() - others)


def given_threads() -> int:
    """Threads that PyTorch was given for its arithmetic, whatever `yield_to_others` made of it."""
    return torch.get_num_threads() if _given is None else _given


def yield_to_others() -> None:
    """Let PyTorch use no more threads than processors are free.

    Threads that share one computation wait for each other at its end. Where others keep the
    processors busy that takes many times as long as the computation itself.
    """
    global _given
    _given = given_threads()
    torch.set_num_threads(min(_given, free_processors()))


@contextlib.contextmanager
def threads_each(count: int) -> Iterator[None]:
    """Let PyTorch, OpenCV and NumPy use so many threads for each computation of a block.

    It holds for the whole process, as OpenCV knows no other way; of blocks that overlap the last
    one to end brings back what was before. NumPy's threads spin where they wait: for the small
    systems that a head is fitted by, two of them take four times what one does.
    """
    global _blocks, _before, _algebra
    with _lock:
        if _blocks == 0:
            _before = torch.get_num_threads(), cv2.getNumThreads()
            _algebra = threadpool_limits(count, user_api="blas")
        _blocks += 1
        torch.set_num_threads(count)
        cv2.setNumThreads(count)
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0:
                torch.set_num_threads(_before[0])
                cv2.setNumThreads(_before[1])
                if _algebra is not None:
                    _algebra.restore_original_limits()
