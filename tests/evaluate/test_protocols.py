from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from d2animator.animator import D2Animator
from d2animator.errors import ConfigError, MediaError
from d2animator.evaluate import protocols
from d2animator.evaluate.scores import Referee
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import read_image, write_image
from tests.distill.worlds import template


@pytest.fixture
def referee(bundle, judges) -> Referee:
    return Referee(bundle.tracker().landmarks_and_scores, judges)


def fill(folder, jobs, choose):
    """Write a result for every frame of all jobs."""
    for job in jobs:
        for frame, name in enumerate(job.outputs):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_image(folder / name, choose(job, frame))


@pytest.mark.parametrize("protocol", protocols.PROTOCOLS)
def test_the_truth_scores_best(protocol, bench, referee, tmp_path):
    jobs = protocols.jobs_of(bench, protocol)
    fill(tmp_path / "true", jobs, lambda job, frame: job.truth[frame])
    fill(tmp_path / "still", jobs, lambda job, frame: job.source)
    true = protocols.score_outputs("true", jobs, tmp_path / "true", referee)
    still = protocols.score_outputs("still", jobs, tmp_path / "still", referee)
    assert true.scores.nme == true.scores.distance == true.scores.pose_error == 0
    assert true.scores.fid == pytest.approx(0, abs=1e-4)
    assert still.scores.csim == 1
    assert still.scores.nme > 0
    assert still.scores.distance > 0
    assert bool(true.correlation) == (protocol == "sequence")


def test_self_driving_is_driven_by_the_truth(bench):
    for job in protocols.jobs_of(bench, "self"):
        np.testing.assert_array_equal(job.driver, job.truth)


def test_missing_results_are_named(bench, referee, tmp_path):
    jobs = protocols.jobs_of(bench, "cross")
    fill(tmp_path, jobs, lambda job, frame: job.truth[frame])
    (tmp_path / "cross" / "003.png").unlink()
    with pytest.raises(ConfigError, match=r"1 of 5 results are missing in .*: cross/003.png"):
        protocols.score_outputs("x", jobs, tmp_path, referee)


def test_a_damaged_result_is_named(bench, referee, tmp_path):
    jobs = protocols.jobs_of(bench, "cross")
    fill(tmp_path, jobs, lambda job, frame: job.truth[frame])
    (tmp_path / "cross" / "002.png").write_text("no picture")
    with pytest.raises(MediaError, match=r"002\.png"):
        protocols.score_outputs("x", jobs, tmp_path, referee)


def test_results_of_another_size_are_scored(bench, referee, tmp_path):
    jobs = protocols.jobs_of(bench, "cross")
    fill(tmp_path, jobs, lambda job, frame: job.truth[frame].repeat(2, 0).repeat(2, 1))
    assert protocols.score_outputs("x", jobs, tmp_path, referee).scores.details["psnr"] > 25


def test_jobs_for_another_program(bench, tmp_path):
    jobs = protocols.jobs_of(bench, "sequence")
    listed = json.loads(protocols.write_jobs(jobs, tmp_path).read_text())
    assert [entry["output"] for entry in listed] == list(jobs[0].outputs)
    np.testing.assert_array_equal(read_image(tmp_path / listed[0]["source"]), jobs[0].source)
    np.testing.assert_array_equal(read_image(tmp_path / listed[3]["driver"]), jobs[0].driver[3])


def test_the_animator_fills_the_folder_and_goes_on(bundle, bench, tmp_path):
    animator = D2Animator(bundle, inversion=InversionOptions(steps=0), marks=UNMARKED)
    jobs = (*protocols.jobs_of(bench, "cross")[:2], *protocols.jobs_of(bench, "sequence"))
    done: list[int] = []
    protocols.run_jobs(animator, jobs, tmp_path, lambda count, total: done.append(count))
    assert done == [1, 2, 3]
    protocols.check_outputs(jobs, tmp_path)
    first = tmp_path / "cross" / "000.png"
    shutil.copy(tmp_path / "cross" / "001.png", first)
    before = first.read_bytes()
    protocols.run_jobs(animator, jobs, tmp_path)
    assert first.read_bytes() == before


def test_an_unknown_protocol_is_refused(bench):
    with pytest.raises(ConfigError, match="expected one of cross, self, sequence"):
        protocols.jobs_of(bench, "backwards")


def test_sequences_need_clips(bench):
    with pytest.raises(ConfigError, match="has no clips"):
        protocols.jobs_of(bench.__class__(**{**vars(bench), "clips": ()}), "sequence")


def test_following_is_a_correlation_within_clips():
    opening = torch.zeros(8, 98, 2)
    opening[:, [93, 94, 95], 1] = torch.tensor([0.0, 1, 2, 3, 3, 2, 1, 0])[:, None] * 0.01
    drivers = template() + opening
    results = template() + 0.5 * opening
    results[4:, [93, 94, 95], 1] += 0.3  # another person: an offset of the whole clip
    found = protocols.follow(results, drivers, [4, 4])
    assert found["mouth_open"] == pytest.approx(1, abs=1e-3)
    assert found["yaw"] == 0
    assert protocols.follow(template() - opening, drivers, [4, 4])["mouth_open"] < -0.99
