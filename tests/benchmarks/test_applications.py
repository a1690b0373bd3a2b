"""The applications' figures, from end to end on a tiny bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmarks import applications, parting
from benchmarks.stage import Faces, Stage
from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.bundles.recognition import Recognition, RecognitionConfig, save_recognition
from d2animator.errors import BundleError
from d2animator.marks.options import UNMARKED
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    IdentityNetwork,
    IdentityNetworkConfig,
    TrunkConfig,
)
from tests.edit.measured import measured_bundle
from tests.seeing import seeing


def test_everything_is_measured(tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "EDITS", ({"yaw": 2.0}, {"eyes": -0.1, "smile": 0.1}))
    stage = Stage(D2Animator(measured_bundle(tiny_bundle), marks=UNMARKED))
    data = applications.measure(stage, 2)
    json.dumps(data, allow_nan=False)
    assert list(data["disentanglement"]["landmarks"]) == ["landmarks", "coefficients", "both"]
    assert [row["edit"] for row in data["edits"]] == list(applications.EDITS)
    text = applications.markdown(data)
    assert "| yaw 2 |" in text
    assert "| mouth, coefficients |" in text
    assert applications.picture(stage, 2).shape[1] > applications.picture(stage, 1).shape[0]


def test_unmeasured_directions_are_refused(tiny_bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="never measured"):
        Stage(D2Animator(seeing(tiny_bundle), marks=UNMARKED))


def test_the_feature_network_reads_angles_and_weights(tmp_path: Path) -> None:
    trunk = TrunkConfig(input_size=16, channels=(8, 8), blocks=(0, 0), squeeze=4)
    shapes = (IdentityNetworkConfig(8, trunk), FeatureNetworkConfig(("a", "b"), 4, 3, 6, trunk))
    networks = (IdentityNetwork(shapes[0]), FeatureNetwork(shapes[1]))
    save_recognition(Recognition(*networks, RecognitionConfig(*shapes)), tmp_path / "judges")
    reading = parting.by_network(tmp_path / "judges")
    assert reading is not None
    images = torch.rand(3, 3, 32, 32)
    pose, expression = reading.read(Faces(torch.zeros(3, 1, 1), images, torch.zeros(3, 98, 2)))
    assert (pose.shape, expression.shape) == ((3, 3), (3, 2))
    with pytest.raises(BundleError):
        parting.by_network(tmp_path / "absent")


def test_what_a_true_answer_reads_as_does_not_count() -> None:
    """Trembling of the size of the full change's half, and a fifth of the change carried over."""
    draw = torch.Generator().manual_seed(3)
    full, one, other = (torch.randn(4000, 6, generator=draw).double() for _ in range(3))
    still = torch.zeros(4000, 3).double()

    def change(expression: torch.Tensor) -> dict[str, parting.Change]:
        return {
            "pose": {"pose": full[:, :3], "expression": expression},
            "expression": {"pose": still, "expression": full},
            "full": {"pose": full[:, :3], "expression": full},
        }

    truth = change(0.5 * one)
    row = parting._parted(change(0.5 * other + 0.2 * full), truth)
    assert row["expression_leak_percent"] == pytest.approx(54, abs=2)
    assert row["expression_carried_percent"] == pytest.approx(20, abs=1)
    assert row["expression_beyond_percent"] == pytest.approx(20, abs=2)
    assert row["pose_leak_percent"] == row["pose_beyond_percent"] == 0
    assert parting._parted(truth, None)["expression_beyond_percent"] is None
