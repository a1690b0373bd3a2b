"""What landmarks tell: the head's angles, and how open, wide or raised the parts of a face are.

Everything is geometry: nothing was trained, so the same reading holds for puppets, people and the
frames of any other program. Persons differ in proportions, and a reading of one face carries them
as an offset; compare readings of the same person, or how they change.
"""

from __future__ import annotations

import torch
from torch import Tensor

from d2animator.distill.shapes import eye_distance
from d2animator.errors import check_shape
from d2animator.faces.layouts import (
    LEFT_BROW,
    LEFT_EYE,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LEFT_PUPIL,
    LIP_PAIRS,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    RIGHT_PUPIL,
    WFLW,
)

ANGLES = ("yaw", "pitch", "roll")
"""Head angles in degrees: yaw > 0 turns to the person's left, pitch > 0 nods down, roll > 0 tilts
the crown to the person's right."""

EXPRESSIONS = (
    "mouth_open",
    "mouth_width",
    "smile",
    "right_eye_open",
    "left_eye_open",
    "right_brow",
    "left_brow",
    "gaze_across",
    "gaze_up",
)
"""Readings of the face's parts, in outer eye distances (gaze: in eye widths)."""

# Half of the rigid points of a mean head, in outer eye distances, y up, z towards the viewer: the
# bridge of the nose and its tip, then one side of the nose's lower edge and of the eye corners.
_MIDDLE = ((0.0, 0.282, 0.002), (0.0, 0.157, 0.089), (0.0, 0.043, 0.178), (0.0, -0.092, 0.263))
_NOSE_EDGE = ((0.141, -0.266, 0.017), (0.068, -0.266, 0.078), (0.0, -0.273, 0.095))
_EYE_CORNERS = ((0.5, 0.247, -0.237), (0.207, 0.227, -0.171))


def _template() -> Tensor:
    """The rigid points of a mean head (13, 3), in the order of ``WFLW.rigid``."""
    nose = [(-x, y, z) for x, y, z in _NOSE_EDGE[:2]] + list(_NOSE_EDGE[::-1])
    eyes = [(-x, y, z) for x, y, z in _EYE_CORNERS] + list(_EYE_CORNERS[::-1])
    points = torch.tensor([*_MIDDLE, *nose, *eyes], dtype=torch.float64)
    return points - points.mean(0)


def head_angles_deg(landmarks: Tensor) -> Tensor:
    """Read the head's angles off the points that expressions hardly move.

    A mean head is fitted to them by weak perspective (least squares over all linear maps, then the
    nearest scaled rotation). On puppets the angles correlate with the true ones by 0.93 to 0.99.

    Args:
        landmarks: Points (N, 98, 2), x to the right, y down, any unit.

    Returns:
        Yaw, pitch and roll (N, 3) in degrees, see `ANGLES`.
    """
    check_shape("landmarks", landmarks, ("N", 98, 2))
    seen = landmarks[:, list(WFLW.rigid)].double()
    seen = (seen - seen.mean(1, keepdim=True)) * torch.tensor([1.0, -1.0], dtype=torch.float64)
    fit = torch.linalg.pinv(_template()) @ seen  # (N, 3, 2)
    left, _, right = torch.linalg.svd(fit.mT, full_matrices=False)
    rows = left @ right  # the first two rows (N, 2, 3) of the rotation
    third = torch.linalg.cross(rows[:, 0], rows[:, 1])
    pitch = torch.asin((-rows[:, 1, 2]).clamp(-1, 1))
    yaw = torch.atan2(rows[:, 0, 2], third[:, 2])
    roll = torch.atan2(rows[:, 1, 0], rows[:, 1, 1])
    return torch.rad2deg(torch.stack([yaw, pitch, roll], 1)).to(landmarks.dtype)


def expression_readings(landmarks: Tensor) -> Tensor:
    """Read how open, wide or raised the parts of faces are.

    Lengths are measured across or along the face itself (the line of the outer eye corners, and
    from there down to the mouth), so that a roll changes nothing.

    Args:
        landmarks: Points (N, 98, 2), x to the right, y down, any unit.

    Returns:
        Readings (N, 9) in the order of `EXPRESSIONS`.
    """
    check_shape("landmarks", landmarks, ("N", 98, 2))
    unit = eye_distance(landmarks).clamp_min(1e-6)
    across = (landmarks[:, LEFT_EYE_OUTER] - landmarks[:, RIGHT_EYE_OUTER]) / unit[:, None]
    down = torch.stack([-across[:, 1], across[:, 0]], 1)

    def along(vector: Tensor, axis: Tensor) -> Tensor:
        return (vector * axis).sum(-1) / unit

    def height(upper: tuple[int, ...], lower: tuple[int, ...]) -> Tensor:
        gap = landmarks[:, list(lower)].mean(1) - landmarks[:, list(upper)].mean(1)
        return along(gap, down)

    lips = [height((upper,), (lower,)) for upper, lower in LIP_PAIRS]
    corners = (landmarks[:, MOUTH_RIGHT] + landmarks[:, MOUTH_LEFT]) / 2
    middle = (landmarks[:, [79, 85]]).mean(1)  # the middles of the lips' outer edges
    gaze = [
        _gaze(landmarks, pupil, corners_of, across, down)
        for pupil, corners_of in (
            (RIGHT_PUPIL, (RIGHT_EYE_OUTER, RIGHT_EYE_INNER)),
            (LEFT_PUPIL, (LEFT_EYE_INNER, LEFT_EYE_OUTER)),
        )
    ]
    looking = torch.stack(gaze).mean(0)
    readings = [
        torch.stack(lips).mean(0),
        along(landmarks[:, MOUTH_LEFT] - landmarks[:, MOUTH_RIGHT], across),
        along(middle - corners, down),
        height(RIGHT_EYE[1:4], RIGHT_EYE[5:8]),
        height(LEFT_EYE[1:4], LEFT_EYE[5:8]),
        height(RIGHT_BROW[:5], (RIGHT_EYE_OUTER, RIGHT_EYE_INNER)),
        height(LEFT_BROW[:5], (LEFT_EYE_INNER, LEFT_EYE_OUTER)),
        looking[:, 0],
        looking[:, 1],
    ]
    return torch.stack(readings, 1)


def _gaze(
    landmarks: Tensor, pupil: int, corners: tuple[int, int], across: Tensor, down: Tensor
) -> Tensor:
    """Place of a pupil between its eye's corners (N, 2): across, up; in eye widths."""
    ends = landmarks[:, list(corners)]
    width = (ends[:, 1] - ends[:, 0]).norm(dim=-1).clamp_min(1e-6)
    offset = landmarks[:, pupil] - ends.mean(1)
    place = torch.stack([(offset * across).sum(-1), -(offset * down).sum(-1)], 1)
    return torch.as_tensor(place / width[:, None])


def all_readings(landmarks: Tensor) -> Tensor:
    """Give angles and expressions (N, 12), in the order of `ANGLES` and `EXPRESSIONS`."""
    return torch.cat([head_angles_deg(landmarks), expression_readings(landmarks)], 1)


def pose_error_deg(landmarks: Tensor, truth: Tensor) -> Tensor:
    """Give the mean difference of three head angles (N,) in degrees; both (N, 98, 2)."""
    difference = head_angles_deg(landmarks) - head_angles_deg(truth)
    wrapped: Tensor = (difference + 180) % 360 - 180
    return wrapped.abs().mean(1)


def expression_error(landmarks: Tensor, truth: Tensor, spread: Tensor) -> Tensor:
    """Give the mean difference of the expression readings in units of their spread.

    Args:
        landmarks: Points (N, 98, 2).
        truth: Points (N, 98, 2).
        spread: Standard deviation of each reading (9,) over true faces.

    Returns:
        Errors (N,): 0 for the same expression, about 1.1 for that of some other face.
    """
    difference = expression_readings(landmarks) - expression_readings(truth)
    return (difference.abs() / spread.clamp_min(1e-6)).mean(1)
