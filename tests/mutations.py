"""Damages files at random, and watches what reading them costs."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from d2animator.errors import D2AnimatorError

SECONDS, BYTES = 10.0, 1 << 30
# Values at which readers of numbers go wrong.
_ODD = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1)


def mutated(whole: bytes, random: Random) -> bytes:
    """Change a file in one to four places."""
    data = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) or 1)
        kind = random.randrange(7)
        if kind == 0:
            data[at : at + 1] = bytes([random.randrange(256)])
        elif kind == 1:
            data[at : at + 1] = bytes([(data[at] if data else 0) ^ (1 << random.randrange(8))])
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + random.randint(1, 40)]
        elif kind == 4:
            start = random.randrange(len(data) or 1)
            data[at:at] = data[start : start + random.randint(1, 200)]
        elif kind == 5:
            width = random.choice((1, 2, 4, 8))
            odd = random.choice(_ODD) & ((1 << 8 * width) - 1)
            data[at : at + width] = odd.to_bytes(width, random.choice(("little", "big")))
        else:
            data[at : at + random.randint(1, 20)] = random.randbytes(random.randint(0, 20))
    return bytes(data)


class Tally(NamedTuple):
    """What reading damaged files came to; tallies can be put together."""

    read: int = 0
    refused: int = 0
    # The longest case, in seconds of the processor.
    seconds: float = 0.0
    # By how much memory has grown at most.
    megabytes: int = 0

    def with_more(self, other: Tally) -> Tally:
        """Count two as one."""
        counts = (self.read + other.read, self.refused + other.refused)
        return Tally(
            *counts, max(self.seconds, other.seconds), max(self.megabytes, other.megabytes)
        )

    def recorded(self, record: Callable[[str, object], None]) -> None:
        """Tell `tests.fuzz` by pytest's ``record_property``."""
        for name, value in self._asdict().items():
            record(name, value)


@contextlib.contextmanager
def memory() -> Iterator[Callable[[], int]]:
    """Give a function that says by how many bytes this process has grown at most since."""
    whole = Path("/proc/self/clear_refs")
    if not whole.exists():
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield lambda: (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - own) * 1024
        return
    whole.write_text("5")  # the highest is what there is now
    before = _kilobytes("VmRSS")
    yield lambda: (_kilobytes("VmHWM") - before) * 1024


def _kilobytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def check_all(
    seeds: Sequence[bytes], read: Callable[[bytes], object], count: int, seed: int
) -> Tally:
    """Read damaged files; each gives something, or one of our errors in one short line.

    Args:
        seeds: Whole files.
        read: Writes and reads one.
        count: How many.
        seed: Of the damages.

    Returns:
        How many were read and refused, and at what cost; all within `SECONDS` and `BYTES`.
    """
    taken, slowest = 0, 0.0
    refusals: list[str] = []
    with memory() as grown:
        for case in range(count):
            random = Random(seed * 1_000_003 + case)
            data = mutated(random.choice(seeds), random)
            began = time.process_time()
            try:
                read(data)
                taken += 1
            except D2AnimatorError as error:
                refusals.append(str(error))
            except Exception as error:  # what is looked for, with the case that shows it
                pytest.fail(f"case {case} of seed {seed}: {type(error).__name__}: {error!s:.300}")
            slowest = max(slowest, time.process_time() - began)
            assert slowest < SECONDS, case
            assert case % 50 or grown() < BYTES, case
        most = grown()
    assert most < BYTES
    assert max(map(len, refusals), default=0) < 8000
    return Tally(taken, len(refusals), slowest, most >> 20)
