"""Samples: each depends on (seed, index) alone; stores are resumed and checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from d2animator.distill.samples import SampleOptions, draw_codes, layer_groups
from d2animator.errors import ConfigError, TrainingError
from tests.distill.runs import collect
from tests.distill.worlds import LinearWorld, detect

OPTIONS = SampleOptions(count=50, shard=20, batch=8, picture_size=8, seed=2)


def test_sample_depends_on_seed_and_index_alone() -> None:
    world = LinearWorld()
    together = draw_codes(world, range(5), 2, seed=1)
    torch.testing.assert_close(draw_codes(world, [3], 2, seed=1)[0], together[3])
    assert not torch.allclose(draw_codes(world, [3], 2, seed=2)[0], together[3])


def test_batch_size_does_not_change_samples(tmp_path: Path) -> None:
    world = LinearWorld()
    one = collect(world, detect, OPTIONS, tmp_path / "one")
    two = collect(world, detect, replace(OPTIONS, batch=20), tmp_path / "two")
    torch.testing.assert_close(one.landmarks, two.landmarks)
    assert len(one) + one.left_out == 50
    assert one.images is not None
    assert one.images.shape == (len(one), 3, 8, 8)


def test_store_is_taken_up_and_extended(tmp_path: Path) -> None:
    world = LinearWorld()
    calls: list[int] = []

    def counting(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        calls.append(len(images))
        return detect(images)

    collect(world, counting, replace(OPTIONS, count=40), tmp_path)
    assert sum(calls) == 40
    more = collect(world, counting, OPTIONS, tmp_path)
    assert sum(calls) == 50
    fresh = collect(world, detect, OPTIONS, tmp_path / "fresh")
    torch.testing.assert_close(more.codes, fresh.codes)


def test_store_of_another_generator_or_seed_is_refused(tmp_path: Path) -> None:
    world = LinearWorld()
    collect(world, detect, OPTIONS, tmp_path)
    other = LinearWorld()
    other.gain.data.fill_(0.9)
    with pytest.raises(TrainingError, match="another generator"):
        collect(other, detect, OPTIONS, tmp_path)
    with pytest.raises(TrainingError, match=r"another samples.seed \(2, now 3\)"):
        collect(world, detect, replace(OPTIONS, seed=3), tmp_path)
    with pytest.raises(TrainingError, match="another detector"):
        collect(world, detect, OPTIONS, tmp_path, detector_name="other")


def test_faces_without_confidence_are_left_out_and_counted(tmp_path: Path) -> None:
    world = LinearWorld()

    def doubtful(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        landmarks, _ = detect(images)
        return landmarks, (landmarks[:, 96, 0] > landmarks[:, 96, 0].median()).float()

    found = collect(world, doubtful, OPTIONS, tmp_path)
    assert found.left_out == 50 - len(found) > 0


def test_mixing_says_which_layers_share_a_code(tmp_path: Path) -> None:
    assert layer_groups(10, 8, "none") == (0,) * 10
    assert layer_groups(10, 8, "fine") == (0,) * 8 + (1,) * 2
    assert layer_groups(10, 8, "groups") == (0,) * 4 + (1,) * 4 + (2,) * 2
    with pytest.raises(ConfigError, match="mixing"):
        layer_groups(10, 8, "some")  # type: ignore[arg-type]
    found = collect(LinearWorld(), detect, replace(OPTIONS, mixing="fine"), tmp_path)
    w_plus = found.w_plus([0])
    assert torch.equal(w_plus[0, 0], w_plus[0, 7])
    assert not torch.allclose(w_plus[0, 0], w_plus[0, 8])
