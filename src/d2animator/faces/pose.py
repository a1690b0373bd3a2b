"""Head pose from 98 points, and the face as it would look from the front.

A mean face in space is fitted to the points that expressions leave alone; what it does not
explain is the person and the expression. Both are told apart from the head's turn here, so that
each can be measured, kept or replaced alone.

Convention: the face's frame has its origin between the outer eye corners, x to the person's left,
y up and z to the viewer, in outer eye distances. A head is turned by R = R_y(yaw) R_x(pitch)
R_z(roll): yaw > 0 turns to the person's left, pitch > 0 nods down, roll > 0 tilts the crown to
the person's right. Angles are in degrees and relative to the line of sight: for a head off the
picture's middle that is not quite the camera's axis.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.faces.layouts import POINTS

STEADY = (*range(7), *range(26, 33), *range(51, 61), 64, 68, 72)
"""Points that expressions hardly move: the contour up to the ears, nose, eye corners."""

# What the points are centred on: outer eye corners, mouth corners, tip of the nose.
_MIDDLE = (54, 60, 72, 76, 82)
# Distance of the camera in outer eye distances: a portrait's, about a metre. Nearer parts are
# drawn larger; left out, the yaw of a far turned head comes out a twentieth too large.
_CAMERA = 10.5
_ROUNDS = 3
# Least cosine of the angle between face and picture plane that is undone: 72 degrees.
_LEAST_FACING = 0.3


@dataclass(frozen=True, eq=False)
class HeadPose:
    """Where a head is and how it is turned.

    Attributes:
        rotation: From the face's frame to the picture's, y up, (B, 3, 3).
        scale: Outer eye distance, seen from the front, in the landmarks' unit (B,).
        offset: Place of the frame's origin relative to ``middle``, in the landmarks' unit, y up,
            (B, 2).
        middle: Centre of the face in the landmarks' unit, y down, (B, 2).
    """

    rotation: Tensor
    scale: Tensor
    offset: Tensor
    middle: Tensor

    def angles(self) -> Tensor:
        """Give yaw, pitch and roll in degrees (B, 3)."""
        turn = self.rotation
        yaw = torch.atan2(turn[:, 0, 2], turn[:, 2, 2])
        pitch = torch.asin((-turn[:, 1, 2]).clamp(-1, 1))
        roll = torch.atan2(turn[:, 1, 0], turn[:, 1, 1])
        return torch.rad2deg(torch.stack([yaw, pitch, roll], 1))


@cache
def mean_face() -> Tensor:
    """The mean face in space, (98, 3) in its own frame, float64. Do not change it in place."""
    text = resources.files(__package__).joinpath("mean_face.json").read_text("utf-8")
    return torch.tensor(json.loads(text)["points"], dtype=torch.float64)


def rotations(angles: Tensor) -> Tensor:
    """Turn yaw, pitch and roll in degrees (B, 3) into rotations (B, 3, 3)."""
    yaw, pitch, roll = torch.deg2rad(angles).unbind(1)
    one, zero = torch.ones_like(yaw), torch.zeros_like(yaw)

    def matrix(*rows: Tensor) -> Tensor:
        return torch.stack(rows, 1).view(-1, 3, 3)

    (cy, sy), (cp, sp), (cr, sr) = ((a.cos(), a.sin()) for a in (yaw, pitch, roll))
    around_y = matrix(cy, zero, sy, zero, one, zero, -sy, zero, cy)
    around_x = matrix(one, zero, zero, zero, cp, -sp, zero, sp, cp)
    around_z = matrix(cr, -sr, zero, sr, cr, zero, zero, zero, one)
    return around_y @ around_x @ around_z


def solve_pose(landmarks: Tensor) -> HeadPose:
    """Fit the mean face to landmarks.

    An affine camera is fitted to the steady points by least squares, and the nearest rotation and
    scale are taken; repeated with the points pulled to where a camera without perspective would
    see them.

    Args:
        landmarks: Points (B, 98, 2), x right and y down, any unit.

    Returns:
        The poses.

    Raises:
        ShapeError: Not 98 points.
    """
    check_shape("landmarks", landmarks, ("B", POINTS, 2))
    points = landmarks.double()
    face = mean_face().to(points.device)[list(STEADY)]
    middle = points[:, list(_MIDDLE)].mean(1)
    seen = (points - middle[:, None])[:, list(STEADY)] * points.new_tensor([1.0, -1.0])
    solver = torch.linalg.pinv(torch.cat([face, torch.ones_like(face[:, :1])], 1))  # (4, S)
    flat = seen
    for _ in range(_ROUNDS):
        camera = solver @ flat  # (B, 4, 2)
        left, sizes, right = torch.linalg.svd(camera[:, :3].mT, full_matrices=False)
        rows = left @ right
        rotation = torch.cat([rows, torch.linalg.cross(rows[:, :1], rows[:, 1:])], 1)
        flat = seen * (1 - face @ rotation[:, 2].unsqueeze(2) / _CAMERA)
    return HeadPose(rotation, sizes.mean(1).clamp_min(1e-9), camera[:, 3], middle)


def frontal(landmarks: Tensor, pose: HeadPose) -> Tensor:
    """Undo a head's pose; every point is taken to lie as deep as the mean face's.

    Args:
        landmarks: Points (B, 98, 2), x right and y down.
        pose: Their poses.

    Returns:
        Points (B, 98, 2) in the face's frame: x to the person's left, y up, outer eye distances.
    """
    seen = (landmarks.double() - pose.middle[:, None]) * landmarks.new_tensor([1.0, -1.0])
    depth = mean_face().to(seen.device)
    flat = seen * _nearness(depth, pose)
    plane = (flat - pose.offset[:, None]) / pose.scale[:, None, None]
    plane = plane - depth[:, 2:] * pose.rotation[:, None, :2, 2]
    return plane @ _inverse(pose.rotation[:, :2, :2]).mT


def posed(face: Tensor, pose: HeadPose) -> Tensor:
    """Do what `frontal` undoes.

    Args:
        face: Points (B, 98, 2) in the face's frame.
        pose: Poses to give them.

    Returns:
        Points (B, 98, 2), x right and y down.
    """
    depth = mean_face().to(face.device)
    plane = face @ pose.rotation[:, :2, :2].mT + depth[:, 2:] * pose.rotation[:, None, :2, 2]
    flat = plane * pose.scale[:, None, None] + pose.offset[:, None]
    seen = flat / _nearness(depth, pose)
    return seen * face.new_tensor([1.0, -1.0]) + pose.middle[:, None]


def _nearness(face: Tensor, pose: HeadPose) -> Tensor:
    """Distance of each point from the camera over that of the head, (B, 98, 1)."""
    return 1 - face @ pose.rotation[:, 2].unsqueeze(2) / _CAMERA


def _inverse(matrix: Tensor) -> Tensor:
    """Inverse of (B, 2, 2), damped where the face is seen too much from the side."""
    left, sizes, right = torch.linalg.svd(matrix)
    inverse: Tensor = right.mT @ torch.diag_embed(1 / sizes.clamp_min(_LEAST_FACING)) @ left.mT
    return inverse
