"""What a face does, in numbers: pose in degrees, and openings and shifts free of the pose.

All numbers come from landmarks alone; see `d2animator.faces.pose` for the face's frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import torch
from torch import Tensor

from d2animator.errors import ConfigError
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.layouts import (
    LEFT_BROW,
    LEFT_EYE,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LEFT_PUPIL,
    LID_PAIRS,
    LIP_PAIRS,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    OUTER_LIPS,
    PARTS,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    RIGHT_PUPIL,
)
from d2animator.faces.pose import HeadPose, frontal, posed, rotations, solve_pose

Region = Literal["pose", "eyes", "brows", "mouth", "gaze"]
REGIONS: tuple[Region, ...] = get_args(Region)
"""What motion can be taken apart into; every motion is the sum of these."""

_UPPER_LIP, _LOWER_LIP = OUTER_LIPS[3], OUTER_LIPS[9]


def _mean(points: Tensor, indices: tuple[int, ...], axis: int) -> Tensor:
    return points[:, list(indices), axis].mean(1)


def _gap(points: Tensor, pairs: tuple[tuple[int, int], ...]) -> Tensor:
    upper, lower = zip(*pairs, strict=True)
    return (points[:, list(upper), 1] - points[:, list(lower), 1]).mean(1)


def _smile(points: Tensor) -> Tensor:
    # An opening jaw draws the corners down and the lower lip further: between the lips there is
    # a height (and with the width, which smiles too) that it leaves alone.
    lips = 0.6 * points[:, _UPPER_LIP, 1] + 0.4 * points[:, _LOWER_LIP, 1]
    corners = points[:, [MOUTH_RIGHT, MOUTH_LEFT], 1].mean(1)
    width = points[:, MOUTH_LEFT, 0] - points[:, MOUTH_RIGHT, 0]
    return corners - lips + 0.5 * width


def _gaze(points: Tensor, axis: int) -> Tensor:
    right = points[:, RIGHT_PUPIL, axis] - _mean(points, RIGHT_EYE, axis)
    left = points[:, LEFT_PUPIL, axis] - _mean(points, LEFT_EYE, axis)
    return (right + left) / 2


_RIGHT_CORNERS = (RIGHT_EYE_OUTER, RIGHT_EYE_INNER)
_LEFT_CORNERS = (LEFT_EYE_INNER, LEFT_EYE_OUTER)

# Each is a number for points in the face's frame, (B, 98, 2) -> (B,), in outer eye distances.
_MEASURES: dict[str, Callable[[Tensor], Tensor]] = {
    "mouth_open": lambda p: _gap(p, LIP_PAIRS),
    "mouth_width": lambda p: p[:, MOUTH_LEFT, 0] - p[:, MOUTH_RIGHT, 0],
    "mouth_shift": lambda p: _mean(p, PARTS["mouth"], 0),
    "smile": _smile,
    "eye_right": lambda p: _gap(p, LID_PAIRS[:3]),
    "eye_left": lambda p: _gap(p, LID_PAIRS[3:]),
    "brow_right": lambda p: _mean(p, RIGHT_BROW, 1) - _mean(p, _RIGHT_CORNERS, 1),
    "brow_left": lambda p: _mean(p, LEFT_BROW, 1) - _mean(p, _LEFT_CORNERS, 1),
    "gaze_yaw": lambda p: _gaze(p, 0),
    "gaze_pitch": lambda p: _gaze(p, 1),
}

POSE_ACTIONS = ("yaw", "pitch", "roll")
ACTIONS: tuple[str, ...] = (*POSE_ACTIONS, *_MEASURES)
"""Names of what `measure_actions` measures, in its order."""

REGION_WORDS: dict[str, tuple[Region, ...]] = {
    "all": REGIONS,
    **dict.fromkeys(("exp", "expression", "face"), ("eyes", "brows", "mouth", "gaze")),
    **dict.fromkeys(("lip", "lips", "jaw"), ("mouth",)),
    **dict.fromkeys(("eye", "blink"), ("eyes",)),
    **dict.fromkeys(("brow", "eyebrows"), ("brows",)),
    **dict.fromkeys(("head", "rotation"), ("pose",)),
}
"""What other programs call regions, and groups of them."""

ACTION_REGIONS: dict[str, Region] = {
    **dict.fromkeys(POSE_ACTIONS, "pose"),
    "mouth_open": "mouth",
    "mouth_width": "mouth",
    "mouth_shift": "mouth",
    "smile": "mouth",
    "eye_right": "eyes",
    "eye_left": "eyes",
    "brow_right": "brows",
    "brow_left": "brows",
    "gaze_yaw": "gaze",
    "gaze_pitch": "gaze",
}
"""The region that each action belongs to."""


def measure_actions(landmarks: Tensor) -> Tensor:
    """Measure what faces do.

    Args:
        landmarks: Points (B, 98, 2), x right and y down, any unit.

    Returns:
        (B, A), float64, in the order of `ACTIONS`: yaw, pitch and roll in degrees (positive to
        the person's left, downwards, crown to the person's right), the others in outer eye
        distances (positive: open, wide, to the person's left, corners up, raised, gaze to the
        person's left or up).
    """
    pose = solve_pose(landmarks)
    face = frontal(landmarks, pose)
    shapes = torch.stack([measure(face) for measure in _MEASURES.values()], 1)
    return torch.cat([pose.angles(), shapes], 1)


def region_gains(
    regions: tuple[str, ...] | None, gains: Mapping[str, float] | None
) -> dict[Region, float]:
    """Combine a choice of regions with gains into one gain each.

    Args:
        regions: The regions that move, see `regions_of`; None for all.
        gains: Gain of some regions, 1 where nothing is said; of two words for a region the one
            that means fewer counts.

    Returns:
        A gain for every region, 0 for those that stay.

    Raises:
        ConfigError: No such region, none at all, a gain below 0 or above 4, or a gain for a
            region that is not to move.
    """
    if regions is not None and not regions:
        raise ConfigError("regions", f"expected at least one of {', '.join(REGIONS)}, got none")
    words = REGIONS if regions is None else regions
    chosen = {region for word in words for region in regions_of(word, "regions")}
    found = {region: float(region in chosen) for region in REGIONS}
    # Words for many regions first, so that "all" leaves room for one that differs.
    meant = [(regions_of(word, "gains"), word) for word in gains or {}]
    for wanted, word in sorted(meant, key=lambda pair: -len(pair[0])):
        gain = (gains or {})[word]
        if not 0 <= gain <= 4:
            raise ConfigError(f"gains.{word}", f"expected 0 to 4, got {gain:g}")
        moving = [region for region in wanted if region in chosen]
        if not moving:
            raise ConfigError(f"gains.{word}", "this region is not among the regions that move")
        found |= dict.fromkeys(moving, float(gain))
    return found


def regions_of(word: str, key: str) -> tuple[Region, ...]:
    """Tell which regions a word means: a region's name, or what other programs call some.

    Args:
        word: Such as ``mouth``, ``lips`` or ``all``.
        key: Name of the option, for the message.

    Raises:
        ConfigError: It means none.
    """
    named = {region: (region,) for region in REGIONS} | REGION_WORDS
    if word not in named:
        raise ConfigError(key, f"expected some of {', '.join(REGIONS)} or all, got {word!r}")
    return named[word]


def part_motion(start: Tensor, target: Tensor, gains: Mapping[Region, float]) -> Tensor:
    """Let parts of a motion through: how far each region goes from one face to another.

    The head's pose is a rotation, whose angles are scaled; the regions of the face are scaled in
    the face's own frame. Lids belong to the eyes, what the pupils do relative to them is gaze,
    and the contour moves with the mouth, as the jaw does.

    Args:
        start: Normalised landmarks (P, 2) or (B, P, 2) of the face at rest.
        target: Normalised landmarks (B, P, 2) that all regions together lead to.
        gains: 1 for the whole motion of a region, 0 for none of it; a missing one is 1.

    Returns:
        Normalised landmarks (B, P, 2), of the same kind as ``target``; exactly ``target`` where
        all gains are 1.
    """
    gain = {name: float(gains.get(name, 1.0)) for name in REGIONS}
    if all(value == 1 for value in gain.values()):
        return target
    start = start.expand_as(target)
    return combine_motion(start, {name: (start, target) for name in REGIONS}, gain)


def combine_motion(
    start: Tensor, motions: Mapping[Region, tuple[Tensor, Tensor]], gains: Mapping[Region, float]
) -> Tensor:
    """Put a face together from what different drivers do.

    Args:
        start: Normalised landmarks (B, P, 2) of the face at rest.
        motions: For each region that moves, the landmarks (B, P, 2) that its motion goes from and
            to: of the face itself, or of somebody else.
        gains: How much of each region's motion to take; a missing one is 1.

    Returns:
        Normalised landmarks (B, P, 2).
    """
    rest = solve_pose(start)
    face = frontal(start, rest)
    angles = rest.angles()
    mended = torch.zeros_like(face)
    for name, (origin, target) in motions.items():
        gain = float(gains.get(name, 1.0))
        before, after = solve_pose(origin), solve_pose(target)
        if name == "pose":
            angles = angles + gain * (after.angles() - before.angles())
            continue
        change = frontal(target, after) - frontal(origin, before)
        mended = mended + gain * _only(change, name)
    face = face + mended
    turned = HeadPose(rotations(angles), rest.scale, rest.offset, rest.middle)
    return normalise_landmarks(posed(face, turned)).to(start.dtype)


_POINTS_OF: dict[Region, tuple[int, ...]] = {
    "eyes": (*PARTS["eyes"], *PARTS["pupils"]),
    "brows": PARTS["brows"],
    "mouth": (*PARTS["mouth"], *PARTS["contour"], *PARTS["nose"]),
    "gaze": PARTS["pupils"],
}


def _only(change: Tensor, region: Region) -> Tensor:
    """Keep what belongs to a region of changes (B, 98, 2) in the face's frame."""
    kept = torch.zeros_like(change)
    indices = list(_POINTS_OF[region])
    kept[:, indices] = change[:, indices]
    # Pupils ride on the lids' mean; what is left of their motion is gaze.
    for pupil, eye in ((RIGHT_PUPIL, RIGHT_EYE), (LEFT_PUPIL, LEFT_EYE)):
        riding = change[:, list(eye)].mean(1)
        if region == "eyes":
            kept[:, pupil] = riding
        elif region == "gaze":
            kept[:, pupil] = change[:, pupil] - riding
    return kept
