"""Actions: each measures what it says, whatever the pose; regions add up to the whole motion."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor

from benchmarks.puppetbench import DATA
from d2animator.errors import ConfigError
from d2animator.faces.actions import (
    ACTION_REGIONS,
    ACTIONS,
    REGIONS,
    Region,
    combine_motion,
    measure_actions,
    part_motion,
    region_gains,
)
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.pose import HeadPose, mean_face, posed, rotations

Angles = tuple[float, float, float]


def face(angles: Angles = (0, 0, 0), **moves: float) -> Tensor:
    """Normalised landmarks (98, 2) of the mean face after moves, in outer eye distances."""
    shape = mean_face()[:, :2].clone()
    shape[[83, 84, 85, 86, 87, 93, 94, 95], 1] -= moves.get("jaw", 0.0)
    shape[12:21, 1] -= moves.get("jaw", 0.0)
    shape[[76, 82], 1] += moves.get("corners", 0.0)
    shape[61:64, 1] -= moves.get("right_lid", 0.0)
    shape[42:51, 1] += moves.get("left_brow", 0.0)
    shape[[96, 97], 0] += moves.get("gaze", 0.0)
    turn = rotations(torch.tensor([angles], dtype=torch.float64))
    where = torch.zeros(1, 2).double()
    pose = HeadPose(turn, torch.ones(1).double(), where, where)
    return normalise_landmarks(posed(shape[None], pose))[0]


def change(one: Tensor, other: Tensor) -> dict[str, float]:
    before, after = measure_actions(torch.stack([one, other]))
    return dict(zip(ACTIONS, (after - before).tolist(), strict=True))


@pytest.mark.parametrize(
    ("move", "action", "sign"),
    [
        ({"jaw": 0.1}, "mouth_open", 1),
        ({"corners": 0.05}, "smile", 1),
        ({"right_lid": 0.05}, "eye_right", -1),
        ({"left_brow": 0.08}, "brow_left", 1),
        ({"gaze": 0.05}, "gaze_yaw", 1),
    ],
)
@pytest.mark.parametrize("angles", [(0.0, 0.0, 0.0), (20.0, 5.0, -8.0)])
def test_an_action_is_seen_and_no_other_region_with_it(
    move: dict[str, float], action: str, sign: int, angles: Angles
) -> None:
    found = change(face(angles), face(angles, **move))
    assert sign * found[action] > 0.6 * next(iter(move.values()))
    for name, value in found.items():
        if ACTION_REGIONS[name] not in (ACTION_REGIONS[action], "pose"):
            assert abs(value) < 0.25 * abs(found[action]), name


def test_an_open_jaw_is_no_smile() -> None:
    found = change(face(), face(jaw=0.15, corners=-0.06))
    assert abs(found["smile"]) < 0.25 * found["mouth_open"]


def test_every_action_has_a_region() -> None:
    assert tuple(ACTION_REGIONS) == ACTIONS
    assert set(ACTION_REGIONS.values()) == set(REGIONS)


@given(st.dictionaries(st.sampled_from(REGIONS), st.floats(0, 4)))
def test_gains_are_those_asked_for(gains: dict[str, float]) -> None:
    found = region_gains(None, gains)
    assert set(found) == set(REGIONS)
    assert all(found[name] == gains.get(name, 1.0) for name in REGIONS)


def test_what_is_no_region_is_refused() -> None:
    assert region_gains(("mouth",), {"mouth": 2})["pose"] == 0
    for regions, gains, said in (
        ((), None, "at least one"),
        (("nose",), None, "'nose'"),
        (None, {"ears": 1.0}, "'ears'"),
        (None, {"mouth": -1.0}, "0 to 4"),
        (None, {"mouth": float("nan")}, "0 to 4"),
        (("pose",), {"mouth": 2.0}, "not among"),
    ):
        with pytest.raises(ConfigError, match=said):
            region_gains(regions, gains)


def test_other_programs_words_for_regions() -> None:
    assert region_gains(("lips",), None) == region_gains(("mouth",), None)
    assert region_gains(("head", "exp"), None) == region_gains(None, None)
    assert set(region_gains(None, {"all": 2}).values()) == {2.0}
    assert region_gains(None, {"mouth": 0.5, "all": 2, "exp": 3}) == {
        **dict.fromkeys(("eyes", "brows", "gaze"), 3.0),
        "pose": 2.0,
        "mouth": 0.5,
    }
    assert region_gains(("mouth",), {"all": 2}) == {**dict.fromkeys(REGIONS, 0.0), "mouth": 2.0}


FULL = {"jaw": 0.1, "right_lid": 0.03, "left_brow": 0.06, "gaze": 0.03}
OWN: dict[Region, str] = {
    "pose": "yaw",
    "eyes": "eye_right",
    "brows": "brow_left",
    "mouth": "mouth_open",
    "gaze": "gaze_yaw",
}


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_moves_alone(region: Region) -> None:
    start, target = face(), face((18, 4, -5), **FULL)
    whole = change(start, target)
    gains = {name: float(name == region) for name in REGIONS}
    alone = change(start, part_motion(start, target[None], gains)[0])
    for name, action in OWN.items():
        share = alone[action] / whole[action]
        assert share == pytest.approx(float(name == region), abs=0.12), action


def test_a_gain_scales_and_one_is_exact() -> None:
    start, target = face(), face((10, 0, 0), jaw=0.06)
    assert torch.equal(part_motion(start, target[None], {}), target[None])
    nearly = part_motion(start, target[None], {"mouth": 1.0001})
    assert float((nearly - target).abs().max()) < 5e-3
    more = change(start, part_motion(start, target[None], {"mouth": 1.5, "pose": 0.5})[0])
    whole = change(start, target)
    assert more["mouth_open"] == pytest.approx(1.5 * whole["mouth_open"], rel=0.1)
    assert more["yaw"] == pytest.approx(0.5 * whole["yaw"], abs=1)


def test_pose_of_one_and_expression_of_another() -> None:
    start, turned, speaking = face(), face((20, 0, 5)), face((-10, 5, 0), jaw=0.1)
    motions: dict[Region, tuple[Tensor, Tensor]] = {
        "pose": (start[None], turned[None]),
        "mouth": (start[None], speaking[None]),
    }
    found = change(start, combine_motion(start[None], motions, {})[0])
    assert found["yaw"] == pytest.approx(change(start, turned)["yaw"], abs=1)
    assert found["mouth_open"] == pytest.approx(change(start, speaking)["mouth_open"], rel=0.1)


@pytest.fixture(scope="module")
def puppets() -> dict[str, Tensor]:
    """True landmarks and parameters of all drivers of PuppetBench."""
    return {
        name: value[64:128] for name, value in load_file(DATA / "parameters.safetensors").items()
    }


def test_readings_of_puppets_are_pinned(puppets: dict[str, Tensor]) -> None:
    """Every table of the evaluation is made of these numbers."""
    found = measure_actions(puppets["landmarks"][:2])
    expected = [
        *(-1.5885, 2.2649, -4.2659, 0.07117, 0.61336, -0.00051, 0.27377),
        *(0.09627, 0.09694, 0.29857, 0.28445, 0.01247, 0.03176),
        *(-42.239, 11.521, 4.3523, 0.20396, 0.55411, 0.09572, 0.32),
        *(0.06626, 0.06523, 0.23403, 0.23121, 0.04579, 0.01586),
    ]
    torch.testing.assert_close(
        found, torch.tensor(expected).double().view(2, -1), rtol=2e-4, atol=1e-5
    )


def test_angles_of_puppets_are_the_true_ones(puppets: dict[str, Tensor]) -> None:
    found = measure_actions(puppets["landmarks"])[:, :3]
    true = puppets["yaw_pitch_roll_deg"].double()
    for axis, (least, slope) in enumerate(((0.997, 1.12), (0.985, 1.14), (0.99, 0.99))):
        one, other = found[:, axis], true[:, axis]
        alike = float(torch.corrcoef(torch.stack([one, other]))[0, 1])
        assert alike > least
        assert alike * float(one.std() / other.std()) == pytest.approx(slope, abs=0.05)
