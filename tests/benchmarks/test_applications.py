"""The applications' figures, from end to end on a tiny bundle."""

from __future__ import annotations

import json

import pytest

from benchmarks import applications
from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.errors import BundleError
from tests.applications.measured import measured_bundle
from tests.seeing import seeing


def test_everything_is_measured(tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "EDITS", ({"yaw": 2.0}, {"eyes": -0.1, "smile": 0.1}))
    stage = applications.Stage(D2Animator(measured_bundle(tiny_bundle)))
    data = applications.measure(stage, 2)
    json.dumps(data, allow_nan=False)
    assert list(data["disentanglement"]) == ["landmarks", "coefficients", "both"]
    assert [row["edit"] for row in data["edits"]] == list(applications.EDITS)
    text = applications.markdown(data)
    assert "| yaw 2 |" in text
    assert "| mouth, coefficients |" in text
    assert applications.picture(stage, 2).shape[1] > applications.picture(stage, 1).shape[0]


def test_unmeasured_directions_are_refused(tiny_bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="no measured directions"):
        applications.Stage(D2Animator(seeing(tiny_bundle)))
