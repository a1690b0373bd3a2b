"""``d2animator animate`` with folders and patterns: every source by every driver."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from d2animator.animate.summary import full_summary
from d2animator.cli.report import Report
from d2animator.cli.results import animation_lines, load_animator, loading

if TYPE_CHECKING:
    from d2animator.animate.many import Outcome, Pair
    from d2animator.animate.options import AnimateOptions

DEFAULT_FOLDER = Path("animations")
EXIT_SOME_FAILED = 1
# What libav reads is not told by a name; in a folder, these are taken for videos.
_VIDEOS = (".avi", ".mpg", ".mpeg", ".ts", ".webm", ".wmv")


def asks_for_many(source: Path, driver: Path) -> bool:
    """Whether one of them is a folder or a pattern."""
    from d2animator.media.files import names_many

    return names_many(source) or names_many(driver)


@contextlib.contextmanager
def made_folder(folder: Path) -> Iterator[Path]:
    """Make a folder where it is missing; it goes again if nothing came into it.

    Raises:
        OutputError: It cannot be made.
    """
    from d2animator.errors import OutputError

    made = not os.path.exists(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(folder, f"the folder cannot be made ({error.strerror})") from error
    try:
        yield folder
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only works on an empty one


@dataclass(frozen=True)
class How:
    """By whom many files are worked on."""

    # Processes that animate at once.
    workers: int = 1
    # Address of a Ray cluster that animates instead; None for none.
    ray: str | None = None
    # Whether results are left alone that are newer than their files.
    resume: bool = False

    def needed(self, source: Path, driver: Path, *, one_picture: bool) -> bool:
        """Whether many files are named; refuse what makes sense for one alone, or for many alone.

        Args:
            source: A file, folder or pattern.
            driver: Likewise.
            one_picture: Whether faces of one picture are to move.
        """
        if asks_for_many(source, driver):
            if one_picture:
                raise typer.BadParameter("--pair moves the faces of one picture, not of many")
            return True
        if self != How():
            named = "--workers, --ray and --resume are for many files"
            raise typer.BadParameter(f"{named}; name a folder, or a pattern in quotes")
        return False


@dataclass(frozen=True)
class Many:
    """The command for many files.

    Attributes:
        report: What the user sees.
        model: Of ``--model``.
        device: Of ``--device``.
        marks: How results are marked.
        engine: Of ``--engine``.
        how: By whom files are worked on.
        as_json: Whether to tell all at the end, as one JSON list.
    """

    report: Report
    model: str | None
    device: str
    marks: Mapping[str, Any]
    engine: str
    how: How
    as_json: bool

    def animate(
        self, source: Path, driver: Path, output: str | None, changes: Mapping[str, Any]
    ) -> None:
        """Animate every source by every driver; exit with 1 if any of them failed.

        Args:
            source: A picture, or a folder or pattern of them.
            driver: Likewise, of anything that drives.
            output: Folder of the results; it is made where it is missing.
            changes: Options that were given.
        """
        folder = DEFAULT_FOLDER if output is None else Path(output)
        with loading(self.report):
            from d2animator.animate.options import AnimateOptions

            options = AnimateOptions().changed(changes)
            pairs = _pairs(source, driver, _checked(folder))
        with made_folder(folder):
            told = list(self._told(pairs, options))
        if self.as_json:
            self.report.end(told, [])
        if any("error" in one for one in told):
            raise typer.Exit(EXIT_SOME_FAILED)

    def _told(
        self, pairs: tuple[Pair, ...], options: AnimateOptions
    ) -> Iterator[dict[str, object]]:
        """Make all, say what came of each, and give it as JSON holds it."""
        for outcome in self._outcomes(pairs, options):
            if outcome.error is not None:
                self.report.error(f"{outcome.pair.output}: not made: {outcome.error}")
            elif outcome.skipped and not self.as_json:
                self.report.line(f"{outcome.pair.output}: there already")
            elif outcome.result is not None and not self.as_json:
                for line in animation_lines(outcome.result):
                    self.report.line(line)
            yield _summary(outcome)

    def _outcomes(self, pairs: tuple[Pair, ...], options: AnimateOptions) -> Iterator[Outcome]:
        how = self.how
        make = partial(load_animator, self.model, self.device, dict(self.marks), self.engine)
        if how.workers == 1 and how.ray is None:
            from d2animator.animate.many import animate_many

            with loading(self.report):
                animator = make()
            yield from animate_many(animator, pairs, options, self.report.bar, resume=how.resume)
            return
        from d2animator.animate.cluster import Cluster
        from d2animator.animate.processes import Processes
        from d2animator.animate.tasks import Shared

        crew = Cluster(make, how.ray) if how.ray else Processes(make, how.workers)
        with crew as at_work, self.report.bar("animating") as progress:
            shared = Shared(at_work, options, resume=how.resume)
            for done, outcome in enumerate(shared.animate(pairs), start=1):
                yield outcome
                if progress is not None:
                    progress(done, len(pairs))


def _pairs(source: Path, driver: Path, folder: Path) -> tuple[Pair, ...]:
    from d2animator.animate.many import pair_up
    from d2animator.faces.template import TEMPLATE_SUFFIX
    from d2animator.media.animation import ANIMATION_SUFFIXES
    from d2animator.media.codecs import VIDEO_SUFFIXES
    from d2animator.media.files import find_files
    from d2animator.media.images import PICTURE_SUFFIXES
    from d2animator.media.outputs import check_not_input

    moving = (*VIDEO_SUFFIXES, *ANIMATION_SUFFIXES, *_VIDEOS, TEMPLATE_SUFFIX)
    drivers = find_files(driver, tuple(dict.fromkeys((*moving, *PICTURE_SUFFIXES))))
    sources = find_files(source, PICTURE_SUFFIXES)
    pairs = pair_up(sources, drivers, folder)
    check_not_input([pair.output for pair in pairs], [*sources, *drivers])
    return pairs


def _checked(folder: Path) -> Path:
    """Refuse the name of a file where a folder is needed."""
    from d2animator.errors import OutputError
    from d2animator.media.animation import ANIMATION_SUFFIXES
    from d2animator.media.codecs import VIDEO_SUFFIXES
    from d2animator.media.images import PICTURE_SUFFIXES

    files = (*VIDEO_SUFFIXES, *ANIMATION_SUFFIXES, *PICTURE_SUFFIXES)
    if not os.path.isdir(folder) and (os.path.exists(folder) or folder.suffix.lower() in files):
        raise OutputError(folder, "is no folder; name one, as there are many results")
    return folder


def _summary(outcome: Outcome) -> dict[str, object]:
    pair = outcome.pair
    named: dict[str, object] = {"source": str(pair.source), "driver": str(pair.driver)}
    if outcome.result is not None:
        return named | full_summary(outcome.result)
    if outcome.skipped:
        return named | {"output": str(pair.output), "skipped": True}
    return named | {"output": str(pair.output), "error": str(outcome.error)}
