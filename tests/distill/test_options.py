"""Options: presets, TOML and settings make one tree; what cannot be is one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from d2animator import config as configs
from d2animator.distill.options import TrainOptions, preset, read_options
from d2animator.errors import ConfigError, TrainingError


def test_a_file_changes_a_preset_and_settings_change_the_file(tmp_path: Path) -> None:
    file = tmp_path / "train.toml"
    file.write_text('group = "pose"\n[samples]\ncount = 900\nmixing = "fine"\n')
    settings = ("samples.count=800", "directions.rigid_pose=removed", 'directions.parts=["mouth"]')
    made = read_options(preset("quick", tmp_path), file, settings)
    assert (made.samples.count, made.samples.mixing, made.group) == (800, "fine", "pose")
    assert {job.mode for job in made.directions.jobs()} == {"residual"}
    assert {job.part for job in made.directions.jobs()} == {"mouth"}
    assert made.pairs == preset("quick", tmp_path).pairs


def test_options_survive_the_way_through_plain_values(tmp_path: Path) -> None:
    options = preset("full", tmp_path, seed=4)
    assert configs.from_dict(TrainOptions, configs.to_dict(options)) == options


BAD = {
    "samples.cout=5": "samples.cout: unknown key; did you mean 'count'",
    "directions.clusters=[1, 2]": "directions.clusters: numbers of clusters from 2 on, got 1, 2",
    "directions.clusters=[2, 500]": "500 clusters need at least 10000 samples",
    "directions.clusters_of.mouth=[0]": "directions.clusters_of.mouth",
    'directions.parts=["ears"]': "no facial part 'ears'; there are all, contour, brows",
    "samples.mixing=some": "samples.mixing",
    "bound_percentile=400": "bound_percentile: expected 50 to 100, got 400",
    "samples.count=many": "samples.count: expected int",
    "samples": "expected key=value",
    "samples.count=[": "samples.count",
    "network_input=pixels": "network_input: expected one of 'heatmaps', 'coordinates'",
    "action_loop.save_every=0": "action_loop.save_every: expected at least 1, got 0",
}


@pytest.mark.parametrize("setting", BAD)
def test_what_cannot_be_is_said(tmp_path: Path, setting: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_options(preset("quick", tmp_path), None, (setting,))
    assert BAD[setting] in str(caught.value)


def test_numbers_of_clusters_may_differ_by_part(tmp_path: Path) -> None:
    settings = ("directions.clusters_of.mouth=[3]", 'directions.parts=["mouth", "brows"]')
    made = read_options(preset("quick", tmp_path), None, settings)
    counts: dict[str, set[int]] = {job.part: set() for job in made.directions.jobs()}
    for job in made.directions.jobs():
        counts[job.part].add(job.count)
    assert counts == {"mouth": {3}, "brows": {2, 4, 8}}


def test_keeping_the_pose_clusters_every_part_with_it(tmp_path: Path) -> None:
    made = read_options(preset("quick", tmp_path), None, ("directions.rigid_pose=kept",))
    assert {job.mode for job in made.directions.jobs()} == {"posed", "aligned"}
    assert "mouth" in {job.part for job in made.directions.jobs()}


def test_seed_layers_and_precision_reach_the_stages(tmp_path: Path) -> None:
    options = read_options(
        preset("quick", tmp_path, seed=3), None, ("coarse_layers=5", "mixed_precision=true")
    )
    made = options.resolved("cuda")
    assert made.samples.seed == made.pairs.seed == made.code_loop.seed == 3
    assert (made.samples.coarse_layers, made.directions.layers) == (5, 5)
    assert made.action_loop.autocast
    assert not options.resolved("cpu").action_loop.autocast


def test_presets_have_names(tmp_path: Path) -> None:
    assert preset("full", tmp_path).samples.count > preset("quick", tmp_path).samples.count
    with pytest.raises(TrainingError, match="quick and full"):
        preset("huge", tmp_path)
