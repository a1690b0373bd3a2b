"""The C library's memory, kept for the next frame.

By default glibc gives the memory of large tensors back to the system as soon as they are freed, and
gets it anew, page by page and set to zero, for the next ones: at 1024² that takes as long as all of
the arithmetic. Kept, it is as large as it once was, no larger.
"""

from __future__ import annotations

import ctypes
import functools
import logging
import os
import platform

_log = logging.getLogger(__name__)

# Of glibc's malloc.h, and what they are set to: 2 GiB of free memory stay, nothing has a mapping of
# its own, and all threads share one heap (those that others than the first get end at 64 MiB).
_SETTINGS = {-1: 2**31 - 1, -4: 0, -8: 1}  # M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX
# Whoever has set one of these knows better.
_OWN = (
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_MAX_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_ARENA_MAX",
)


@functools.cache
def keep_memory() -> bool:
    """Let freed memory stay with this process, up to 2 GiB.

    Does nothing without glibc, where the allocator was set by the environment, or where
    ``D2ANIMATOR_ALLOCATOR=default``.

    Returns:
        Whether it was done.
    """
    if os.environ.get("D2ANIMATOR_ALLOCATOR") == "default" or any(map(os.environ.get, _OWN)):
        return False
    if "malloc" in os.environ.get("GLIBC_TUNABLES", "") or platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    done = all([mallopt(setting, value) for setting, value in _SETTINGS.items()])
    _log.debug("freed memory is kept: %s", done)
    return done
