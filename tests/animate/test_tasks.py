"""Many animations in tasks: who gets what, what is done again, and what is told once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from d2animator.animate.many import animate_many, pair_up
from d2animator.animate.options import AnimateOptions
from d2animator.animate.tasks import Shared, Task, Told, shares
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import write_image
from tests.seeing import BLACK, film, picture, seeing


@pytest.fixture
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)


@pytest.fixture
def files(tmp_path: Path) -> tuple[list[Path], list[Path], Path]:
    """Two sources with a face and one without, a clip and one without a face, and a folder."""
    sources = [
        write_image(tmp_path / "a.png", picture(1)),
        write_image(tmp_path / "b.png", picture(2)),
        write_image(tmp_path / "none.png", BLACK),
    ]
    drivers = [film(tmp_path / "walk.mp4", "ff"), film(tmp_path / "dark.mp4", "xx")]
    (tmp_path / "out").mkdir()
    return sources, drivers, tmp_path / "out"


class Forgetful:
    """A crew of one whose worker is lost once in the middle of every task, and begins anew."""

    size = 2

    def __init__(self, animator: D2Animator) -> None:
        self.animator = animator

    def work(self, tasks: Sequence[Task]) -> Iterator[Told]:
        for task in tasks:
            yield next(task.do(self.animator))
            yield from task.do(self.animator)


def test_lost_work_is_done_again_and_told_once(
    animator: D2Animator, files: tuple[list[Path], list[Path], Path]
) -> None:
    sources, drivers, folder = files
    pairs = pair_up(sources, drivers, folder)
    told = list(Shared(Forgetful(animator)).animate(pairs))
    assert sorted(one.pair.output.name for one in told) == sorted(one.output.name for one in pairs)
    made = {one.pair.output.name for one in told if one.result is not None}
    assert made == {"a--walk.mp4", "b--walk.mp4"} == {path.name for path in folder.iterdir()}
    errors = {one.pair.output.name: str(one.error) for one in told if one.error is not None}
    assert "no face found" in errors["none--walk.mp4"]
    assert "looked at all 2 frames" in errors["a--dark.mp4"]


def test_sources_stay_whole_unless_there_are_too_few() -> None:
    names = [Path(f"{letter}.png") for letter in "abc"]
    drivers = [Path(f"{number}.mp4") for number in range(5)]
    pairs = pair_up(names, drivers, Path("out"))
    assert [len(part) for part in shares(pairs, 2)] == [5, 5, 5]
    assert [len(part) for part in shares(pairs, 4)] == [3, 2] * 3
    assert [len(part) for part in shares(pairs[:5], 2)] == [3, 2]
    assert sum(shares(pairs, 99), ()) == pairs


def test_resuming_leaves_newer_results_alone(
    animator: D2Animator, files: tuple[list[Path], list[Path], Path]
) -> None:
    sources, drivers, folder = files
    pairs = pair_up(sources[:2], drivers[:1], folder)
    (first,) = animate_many(animator, pairs[:1])
    assert first.result is not None
    before = first.pair.output.stat().st_mtime_ns
    told = list(animate_many(animator, pairs, resume=True))
    assert [one.skipped for one in told] == [True, False]
    assert first.pair.output.stat().st_mtime_ns == before
    time.sleep(0.02)
    sources[0].touch()  # the result is older than its source now
    again = Task(AnimateOptions(), folder, 0.0, pairs=pairs[:1], resume=True)
    told = list(Shared(Forgetful(animator), again.options, resume=True).animate(pairs))
    assert [one.skipped for one in told] == [False, True]
