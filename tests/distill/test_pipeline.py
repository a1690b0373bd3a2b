"""All stages end to end on a linear world; a second call finds everything done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from d2animator.distill.pipeline import (
    StageMissingError,
    TrainOptions,
    preset,
    run_stages,
)
from d2animator.errors import ConfigError, TrainingError
from tests.distill.runs import train
from tests.distill.worlds import LinearWorld, detect
from tests.steadiness import Check


def _options(work: Path, seed: int = 0) -> TrainOptions:
    options = preset("quick", work, seed=seed + 1)
    return replace(
        options,
        samples=replace(options.samples, count=1500, shard=500, picture_size=16, batch=100),
        directions=replace(
            options.directions,
            turning=("nose",),
            moving=("brows", "mouth"),
            clusters=(2, 4),
            trials=2,
        ),
        pairs=replace(options.pairs, sources=20, shard=10, batch=16),
        action_loop=replace(options.action_loop, steps=20, learning_rate=5e-3, ema_decay=0.9),
        code_loop=replace(options.code_loop, steps=3),
        picture_loop=replace(options.picture_loop, steps=1),
        held_out=16,
    )


def test_stages_run_and_are_not_repeated(tmp_path: Path, seed: int, check: Check) -> None:
    world, options = LinearWorld(), _options(tmp_path, seed)
    stages: list[str] = []
    first = train(world, detect, options, progress=lambda stage, _step, _m: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["samples", "directions", "pairs", "network", "encoder"]
    left = first.metrics["nme_self_percent"] / first.metrics["nme_still_percent"]
    check("error left", left, below=1)
    assert first.metrics["directions"] == len(first.directions)
    assert first.encoder.config.num_ws == world.num_ws
    assert first.landmark_limit.axes.shape[1:] == (98, 2)

    def refuses(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if len(images) > 16:
            raise AssertionError("drawn again")
        return detect(images)

    again = train(world, refuses, options)
    torch.testing.assert_close(again.directions.vectors, first.directions.vectors)
    for name, value in first.action_network.state_dict().items():
        torch.testing.assert_close(again.action_network.state_dict()[name], value)
    assert np.array_equal(again.landmark_limit.axes, first.landmark_limit.axes)
    assert again.landmark_limit.longest == first.landmark_limit.longest
    assert again.metrics["nme_self_percent"] == first.metrics["nme_self_percent"]


def test_one_group_of_directions_can_be_asked_for(tmp_path: Path) -> None:
    options = replace(_options(tmp_path), group="expression", combine=False)
    result = train(LinearWorld(), detect, options)
    assert set(result.directions.groups) == {"expression"}
    assert result.action_network.config.directions == 0


def test_a_detector_that_finds_nothing_is_an_error(tmp_path: Path) -> None:
    def blind(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        landmarks, confidence = detect(images)
        return landmarks, 0 * confidence

    with pytest.raises(TrainingError, match="does not fit"):
        train(LinearWorld(), blind, _options(tmp_path))


def test_stages_run_alone_and_say_what_they_need(tmp_path: Path, seed: int, check: Check) -> None:
    world, options = LinearWorld(), _options(tmp_path, seed)
    with pytest.raises(StageMissingError, match=r"stage samples .*--stage samples"):
        run_stages(world, detect, options, ["directions"])
    assert run_stages(world, detect, options, ["samples"]) is None
    with pytest.raises(StageMissingError, match="stage directions"):
        run_stages(world, detect, options, ["network"])
    assert run_stages(world, detect, options, ["directions"]) is None
    assert run_stages(world, detect, options, ["encoder", "network"]) is None
    made = run_stages(world, detect, options, ["evaluate"])
    assert made is not None
    left = made.metrics["nme_self_percent"] / made.metrics["nme_still_percent"]
    check("error left", left, below=1)
    assert [record["step"] for record in made.curves["network"]] == [20]
    with pytest.raises(ConfigError, match="expected some of samples, directions"):
        run_stages(world, detect, options, ["everything"])


def test_other_options_take_up_only_what_they_share(tmp_path: Path) -> None:
    world, options = LinearWorld(), _options(tmp_path)
    first = train(world, detect, options)
    files = {path: path.read_bytes() for path in (tmp_path / "samples").iterdir()}
    other = train(world, detect, replace(options, network_input="coordinates", combine=False))
    assert {path: path.read_bytes() for path in files} == files
    assert other.action_network.config.input == "coordinates"
    torch.testing.assert_close(other.directions.vectors, first.directions.vectors)
    with pytest.raises(TrainingError, match=r"another samples.mixing \(none, now fine\)"):
        train(world, detect, replace(options, samples=replace(options.samples, mixing="fine")))


def test_too_many_clusters_are_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    options = _options(tmp_path)
    options = replace(options, directions=replace(options.directions, clusters=(100,)))
    with pytest.raises(ConfigError, match="100 clusters need at least 2000 samples"):
        train(LinearWorld(), detect, options)
    assert list(tmp_path.iterdir()) == []
