from __future__ import annotations

import torch

from d2animator.latent.distance import detail_likeness, picture_distance, weighted_distance


def test_distance_is_zero_for_equal_pictures_and_sees_edges() -> None:
    one = torch.zeros(1, 3, 8, 8)
    weight = torch.ones(1, 1, 8, 8)
    assert float(picture_distance(one, one, weight, 1.0)) == 0
    flat, striped = one + 0.5, one.clone()
    striped[..., ::2] = 1.0
    assert float(picture_distance(striped, one, weight, 1.0)) > float(
        picture_distance(flat, one, weight, 1.0)
    )


def test_only_the_proportions_of_weights_matter() -> None:
    one, other = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    other[..., :2] = 0.5
    weight = torch.ones(1, 1, 4, 4)
    assert weighted_distance(one, other, 7 * weight) == 0.25
    weight[..., 2:] = 0
    assert weighted_distance(one, other, weight) == 0.5


def test_details_are_alike_whatever_the_light() -> None:
    random = torch.Generator().manual_seed(0)
    one, other = torch.rand(2, 1, 3, 64, 64, generator=random) - 0.5
    weight = torch.ones(1, 1, 64, 64)
    assert detail_likeness(one, one, weight) > 0.9999
    assert detail_likeness(one, 0.5 * one + 0.3, weight) > 0.9999
    assert detail_likeness(one, -one, weight) < -0.9999
    assert abs(detail_likeness(one, other, weight)) < 0.3
    assert detail_likeness(one, torch.zeros_like(one), weight) == 0


def test_details_count_where_the_weight_is() -> None:
    random = torch.Generator().manual_seed(0)
    one, other = torch.rand(2, 1, 3, 64, 64, generator=random) - 0.5
    weight = torch.zeros(1, 1, 64, 64)
    weight[..., :32] = 1.0
    other[..., :40] = one[..., :40]
    assert detail_likeness(one, other, weight) > 0.99
    assert detail_likeness(one, other, weight.flip(-1)) < 0.6
