"""A crew of processes: all is made, whoever is lost, and nobody stays."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from d2animator.animate.many import pair_up
from d2animator.animate.options import AnimateOptions
from d2animator.animate.processes import Processes
from d2animator.animate.tasks import Shared, Task
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.errors import ConfigError, D2AnimatorError
from d2animator.marks.options import UNMARKED
from d2animator.media.clip import open_clip
from d2animator.media.images import write_image
from tests.seeing import film, picture, seeing


def test_there_is_somebody_to_work() -> None:
    with pytest.raises(ConfigError, match="expected at least 1, got 0"):
        Processes(D2Animator.from_pretrained, 0)


@pytest.mark.slow
def test_a_killed_process_is_replaced_and_its_work_done_again(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    save_bundle(seeing(tiny_bundle), tmp_path / "model")
    make = partial(
        D2Animator.from_pretrained, str(tmp_path / "model"), device="cpu", marks=UNMARKED
    )
    sources = [write_image(tmp_path / f"{k}.png", picture(k)) for k in range(3)]
    drivers = [film(tmp_path / f"clip{k}.mp4", "f" * (4 + k)) for k in range(3)]
    folder = tmp_path / "out"
    folder.mkdir()
    pairs = pair_up(sources, drivers, folder)
    told = []
    with Processes(make, 2) as crew:
        for outcome in Shared(crew, AnimateOptions(renderer="photo")).animate(pairs):
            told.append(outcome)
            if len(told) == 2:
                (victim, *_) = multiprocessing.active_children()
                assert victim.pid is not None
                os.kill(victim.pid, signal.SIGKILL)
    assert sorted(one.pair.output for one in told) == sorted(pair.output for pair in pairs)
    assert not any(one.error for one in told)
    visible = {path for path in folder.iterdir() if not path.name.startswith(".")}
    assert visible == {pair.output for pair in pairs}
    for pair in pairs:
        frames = open_clip(pair.output).count
        assert frames == 4 + int(pair.driver.stem[-1])
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_task_that_ends_all_who_do_it_is_given_up(tmp_path: Path) -> None:
    (pair,) = pair_up([tmp_path / "a.png"], [tmp_path / "b.mp4"], tmp_path)
    task = Task(AnimateOptions(), tmp_path, time.time(), pairs=(pair,))
    with Processes(partial(os._exit, 3), 1) as crew:
        (told,) = crew.work([task])
    assert "ended 3 times" in str(told.error)


@pytest.mark.slow
def test_a_model_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    make = partial(D2Animator.from_pretrained, str(tmp_path / "no"))
    with Processes(make, 1) as crew, pytest.raises(D2AnimatorError, match="no"):
        list(crew.work([Task(AnimateOptions(), tmp_path, 0.0, drivers=(tmp_path / "a.mp4",))]))
