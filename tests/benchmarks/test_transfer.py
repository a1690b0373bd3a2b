"""Motions between puppets whose right answer is drawn."""

from __future__ import annotations

import math

import pytest
import torch

from benchmarks.transfer import ACTIONS, Transfer, follows, markdown, measure, nme_percent
from d2animator.bundles.bundle import load_bundle
from tools.puppets.world import STATE_DIM


@pytest.fixture(scope="module")
def transfer() -> Transfer:
    return Transfer(load_bundle(None), pairs=6, state_dim=STATE_DIM)


def test_the_right_answer_has_the_sources_look_and_the_drivers_pose(transfer: Transfer) -> None:
    truth, driver, source = transfer.truth, transfer.driver, transfer.source
    assert torch.corrcoef(torch.stack([truth.actions[:, 0], driver.actions[:, 0]]))[0, 1] > 0.9
    near = nme_percent(driver.landmarks, truth.landmarks)
    assert near < 0.5 * nme_percent(source.landmarks, truth.landmarks)


def test_the_right_answer_follows_itself(transfer: Transfer) -> None:
    for action in ACTIONS:
        assert follows(transfer.truth, transfer, action) == pytest.approx((1.0, 1.0))


def test_each_look_comes_nearer(transfer: Transfer) -> None:
    truth = transfer.truth.landmarks
    errors = [nme_percent(transfer.moved(truth, times).landmarks, truth) for times in (0, 1, 2)]
    still = nme_percent(transfer.source.landmarks, truth)
    assert errors[0] < 0.4 * still
    assert errors[1] < 0.85 * errors[0]
    assert errors[2] < 1.02 * errors[1]


@pytest.mark.slow
def test_the_table_has_all_rows() -> None:
    data = measure(load_bundle(None), 4, STATE_DIM)
    assert [row["corrections"] for row in data["rows"]] == [0, 1, 2, 0, 1, 2]
    assert all(math.isfinite(row["nme"]) and 0 < row["csim"] <= 1 for row in data["rows"])
    text = markdown(data)
    assert text.count("\n| another person |") == 3
    assert text.count("\n| the source |") == 3
