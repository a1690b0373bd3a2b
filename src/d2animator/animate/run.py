"""The one loop: from a driver, frame by frame, to pictures in a file.

driver → landmarks → what is wanted of the source → performer → writer

Everything that animates comes through here; what differs is the performer. The driver is followed
in a thread of its own, pictures are drawn by several, and marked and encoded in this one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar, cast

from d2animator.animate.compare import side_by_side
from d2animator.animate.driver import Driver, DriverSource, open_driver
from d2animator.animate.options import AnimateOptions
from d2animator.animate.result import AnimationResult, Delivery
from d2animator.animate.stages import Stages
from d2animator.faces.detector import Picture
from d2animator.faces.motion import Observation
from d2animator.invert.quality import InversionReport
from d2animator.invert.sources import Source, Sources
from d2animator.media.audio import open_sound
from d2animator.media.clip import Clip, check_target
from d2animator.media.outputs import check_not_input
from d2animator.models.threads import given_threads, processors, threads_each
from d2animator.performers.performer import Performer, drawing_of
from d2animator.progress import Progress

Wanted = TypeVar("Wanted")
Batch = tuple[list[Observation], list[Wanted]]
"""Observations, and what is wanted of a performer in them."""

# More would hold more pictures in memory than they are worth; the rest of the processors help each.
_MOST_DRAWING = 4


@dataclass(frozen=True, eq=False)
class Run:
    """A driver and a target, opened: what can be neither read nor written is told by then.

    Attributes:
        driver: What drives.
        delivery: Where pictures go.
    """

    driver: Driver
    delivery: Delivery

    @property
    def options(self) -> AnimateOptions:
        """How to animate."""
        return self.delivery.options

    def perform(
        self,
        performer: Performer[Wanted],
        observations: Iterator[Observation],
        inversion: InversionReport | None = None,
    ) -> AnimationResult:
        """Animate to the end of the driver.

        Args:
            performer: Who is animated.
            observations: What the driver does.
            inversion: How well the source was inverted, for the result.

        Raises:
            NoFaceError: No frame of the driver shows a face.
            OutputError: The target cannot be written.
        """
        size = self.options.batch_size if performer.in_batches else 1
        draw = drawing_of(performer)

        def pictures(numbered: tuple[int, Batch[Wanted]]) -> list[tuple[Observation, Picture]]:
            place, (seen, wanted) = numbered
            drawn = draw(place * size, wanted)
            return list(zip(seen, performer.show(drawn, wanted), strict=True))

        with drawing_threads(self.delivery.device) as workers, Stages(workers) as stages:
            asked = stages.ahead(performer.wanted(stages.watched(observations)), size + 1)
            numbered = enumerate(batches(asked, size))
            frames = chain.from_iterable(stages.mapped(pictures, numbered))
            take, composite = self.delivery.take, performer.composite
            return take(frames, performer.size, inversion, composite=composite)


def open_run(
    driver: DriverSource | Driver | Clip,
    output: str | Path | None,
    options: AnimateOptions,
    sources: Sources,
    progress: Progress | None = None,
    source: object = None,
) -> Run:
    """Open a driver and check where the result goes, before any heavy work.

    Args:
        driver: Whatever drives, opened or not; or the clip that gives times and sound.
        output: The file to write; None to keep the pictures.
        options: How to animate.
        sources: Knows the device, and what marks results.
        progress: Called with the number of frames done and to expect.
        source: What moves: a file must not be the target, and may give its sound.

    Raises:
        MediaError: The driver cannot be read.
        OutputError: The target cannot be written, or is an input.
    """
    began = time.monotonic()
    if isinstance(driver, Clip):
        driver = Driver(driver)
    opened = driver if isinstance(driver, Driver) else open_driver(driver, options)
    target = None if output is None else check_target(output, opened.clip, options.codec)
    check_not_input(target, [source, opened.clip.name])
    sound = None
    if options.audio == "source" and isinstance(source, str | Path):
        sound = open_sound(source, options.audio_track)
    device, inputs = str(sources.device), _files(source, opened.clip.name)
    beside = side_by_side(cast(Source, source), opened, options) if options.compare else None
    delivery = Delivery(
        opened.clip, target, options, device, progress, began, sources.marker, sound, inputs, beside
    )
    return Run(opened, delivery)


def _files(*inputs: object) -> tuple[Path, ...]:
    """Those of the inputs that are files."""
    named = (Path(given) for given in inputs if isinstance(given, str | Path))
    return tuple(path for path in named if path.is_file())


@contextlib.contextmanager
def drawing_threads(device: str) -> Iterator[int]:
    """Give the number of threads that draw, and let each compute with its share of the processors.

    Threads that draw different pictures need not wait for each other, unlike those that PyTorch
    lets compute one together.
    """
    given = min(given_threads(), processors())
    workers = min(given, _MOST_DRAWING) if device == "cpu" else 1
    with threads_each(max(1, given // workers)):
        yield workers


def batches(wanted: Iterator[tuple[Observation, Wanted]], size: int) -> Iterator[Batch[Wanted]]:
    """Take what is wanted of a performer in batches.

    Args:
        wanted: Observations, each with what is wanted; read no further than a batch ahead.
        size: Frames in a batch.

    Yields:
        Observations, and what is wanted of them.
    """
    while batch := list(islice(wanted, size)):
        yield [observation for observation, _ in batch], [wish for _, wish in batch]
