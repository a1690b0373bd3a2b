"""Shapes: known variables are taken out, a head's motion told."""

from __future__ import annotations

import pytest
import torch

from d2animator.distill.shapes import (
    nme_percent,
    part_features,
    regress_out,
    rigid_split,
)
from d2animator.errors import ConfigError
from tests.distill.worlds import LinearWorld, template
from tests.steadiness import Check


def test_error_is_a_share_of_the_eye_distance() -> None:
    face = template().unsqueeze(0)
    eyes = float((face[0, 60] - face[0, 72]).norm())
    moved = face + torch.tensor([0.03, 0.04])
    assert float(nme_percent(moved, face)[0]) == pytest.approx(5 / eyes, rel=1e-5)


def test_regression_takes_known_variables_out(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed)
    known = torch.randn(2000, 3, generator=random)
    own = torch.randn(2000, 1, generator=random)
    told = known[:, :1] * 2 + known[:, 1:2] * known[:, 2:]
    left = regress_out(own + told, known)
    check("error", (left - own).square().mean(), below=0.05)
    assert float(left.mean()) == pytest.approx(0, abs=1e-5)


def test_modes_remove_more_and_more(seed: int, check: Check) -> None:
    world = LinearWorld()
    z = torch.randn(3000, world.z_dim, generator=torch.Generator().manual_seed(seed + 1))
    landmarks = world.landmarks(world.mapping(z))
    features = {mode: part_features(landmarks, "mouth", mode) for mode in ("posed", "residual")}
    jaw = z[:, 0] - z[:, 0].mean()

    def told(values: torch.Tensor) -> float:
        centred = values - values.mean(0)
        along = centred @ (centred.T @ jaw)
        return float((along @ jaw / (along.norm() * jaw.norm())).abs())

    check("jaw told", told(features["residual"]), above=0.97)
    assert features["posed"].shape == (3000, 40)
    with pytest.raises(ConfigError, match="parts"):
        part_features(landmarks, "ears", "posed")
    with pytest.raises(ConfigError, match="modes"):
        part_features(landmarks, "mouth", "other")  # type: ignore[arg-type]


def test_head_motion_is_told_from_changed_proportions() -> None:
    world, face = LinearWorld(), template()
    centre = face - face.mean(0)
    turn = torch.stack([-centre[:, 1], centre[:, 0]], 1)
    wider_eyes = torch.zeros(98, 2)
    wider_eyes[[60, 64]] = torch.tensor([-1.0, 0.0])
    wider_eyes[[68, 72]] = torch.tensor([1.0, 0.0])
    fields = torch.stack([world.fields[3], world.fields[0], turn, wider_eyes])
    head, rest = rigid_split(fields, face)
    assert float(rest[0] / head[0]) < 0.5
    assert float(head[1] + rest[1]) == 0
    assert float(rest[2] / head[2]) < 1e-5
    assert float(rest[3]) > float(head[3]) * 0.3
