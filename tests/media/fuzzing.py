"""Reads damaged copies of files in a process of its own, bounded in memory and time.

Run as ``python -m tests.media.fuzzing FOLDER FIRST COUNT``: each case is a copy of one of the
folder's files, changed by chance that is seeded by the case's number. The process ends with the
first case that raises anything but an error of ours, and is ended by the system with the first that
takes too long; it says before each case which one it is.
"""

from __future__ import annotations

import contextlib
import json
import logging
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from d2animator.errors import D2AnimatorError
from d2animator.media.audio import open_sound
from d2animator.media.clip import open_clip
from d2animator.media.images import read_image
from tests.mutations import BYTES, SECONDS, Tally, memory

MOST_BYTES = BYTES
# Most seconds that a case may wait, however busy the machine is.
_WAITING_S = 300

_EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0")


def changed(content: bytes, chance: random.Random) -> bytes:
    """Damage a file in one to eight places."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        if len(data) < 16:
            break
        # Headers, which lie at either end, are hit more often than what they describe.
        ends = (
            chance.randrange(min(len(data), 200)),
            len(data) - 1 - chance.randrange(min(len(data), 200)),
        )
        place = chance.choice((*ends, chance.randrange(len(data))))
        _change(data, place, chance)
    return bytes(data)


def _change(data: bytearray, place: int, chance: random.Random) -> None:
    kind = chance.randrange(7)
    length = chance.choice((1, 4, 16, 64))
    if kind == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[place : place + length] = chance.randbytes(length)
    elif kind == 2:
        data[place : place + 4] = chance.choice(_EXTREMES)
    elif kind == 3:
        del data[place : place + length]
    elif kind == 4:
        data[place:place] = chance.randbytes(length)
    elif kind == 5:
        source = chance.randrange(len(data))
        data[place:place] = data[source : source + length]
    else:
        del data[max(place, 16) :]


def read_everything(path: Path) -> bool:
    """Read a file in each way that the product does; errors of ours are what it may say."""
    ways: tuple[Callable[[Path], object], ...] = (
        read_image,
        open_sound,
        lambda one: [frame.image.shape for frame in open_clip(one).frames],
    )
    taken = False
    for way in ways:
        with contextlib.suppress(D2AnimatorError):
            taken = way(path) is not None or taken
    return taken


def main(folder: Path, first: int, count: int) -> None:
    logging.disable()
    files = sorted(one for one in folder.iterdir() if one.is_file())
    # Both end the process even within a decoder.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    before = _virtual_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (before + MOST_BYTES,) * 2)
    tally = Tally()
    with memory() as grown:
        for case in range(first, first + count):
            taken, seconds = read_one(folder, files, case)
            counts = (1, 0) if taken else (0, 1)
            tally = tally.with_more(Tally(*counts, seconds, grown() >> 20))
    _say(json.dumps(tally._asdict()))


def read_one(folder: Path, files: list[Path], case: int) -> tuple[bool, float]:
    """Read one damaged file; whether something came of it, and the processor's seconds."""
    chance = random.Random(case)
    seed = chance.choice(files)
    damaged = folder / "damaged" / seed.name
    damaged.parent.mkdir(exist_ok=True)
    damaged.write_bytes(changed(seed.read_bytes(), chance))
    _say(f"{case} {seed.name}")
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(_WAITING_S)
    taken = read_everything(damaged)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    return taken, time.process_time() - began


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _virtual_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
