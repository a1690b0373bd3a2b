from __future__ import annotations

import torch

from d2animator.latent.distance import picture_distance, weighted_distance


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
