"""A face at rest: eyes open, lips closed, seen from the front; all from landmarks alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from d2animator.faces.actions import ACTIONS, measure_actions
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.layouts import LID_PAIRS, LIP_PAIRS
from d2animator.faces.pose import HeadPose, frontal, posed, rotations, solve_pose

Unrest = Literal["eyes", "mouth", "pose"]

# In outer eye distances: openings of lids and lips.
_LIDS_OPEN, _LIDS_GAP = 0.055, 0.1
_LIPS_OPEN, _LIPS_GAP = 0.06, 0.015
# A photo may smile with its teeth; what is beyond these, motion that is added to it shows.
_PHOTO_LIDS, _PHOTO_LIPS = 0.045, 0.15
# In degrees, from the front.
_MOST_TURN, _MOST_NOD = 12.0, 12.0
# The lower lip and the chin, which close a mouth, and how far each goes.
_LOWER = (83, 84, 85, 86, 87, 93, 94, 95)
_CHIN = tuple(range(11, 22))


@dataclass(frozen=True)
class Restfulness:
    """How far a face is from rest.

    Attributes:
        lids: Smaller opening of both eyes, in outer eye distances.
        lips: Opening of the mouth, in outer eye distances.
        yaw: Degrees from the front, to either side.
        pitch: Degrees, up or down.
    """

    lids: float
    lips: float
    yaw: float
    pitch: float

    @classmethod
    def of(cls, landmarks: Tensor) -> Restfulness:
        """Measure a face by its landmarks (98, 2), in any unit."""
        done = dict(zip(ACTIONS, measure_actions(landmarks[None])[0].tolist(), strict=True))
        lids = min(done["eye_right"], done["eye_left"])
        return cls(lids, done["mouth_open"], abs(done["yaw"]), abs(done["pitch"]))

    @property
    def lacking(self) -> tuple[Unrest, ...]:
        """What is not at rest."""
        told: tuple[tuple[Unrest, bool], ...] = (
            ("eyes", self.lids < _LIDS_OPEN),
            ("mouth", self.lips > _LIPS_OPEN),
            ("pose", self.yaw > _MOST_TURN or self.pitch > _MOST_NOD),
        )
        return tuple(name for name, wrong in told if wrong)

    @property
    def told_of(self) -> tuple[str, ...]:
        """What of a photo is so far from rest that people had better know."""
        told = (("its eyes are shut", self.lids < _PHOTO_LIDS),)
        return tuple(
            what for what, wrong in (*told, ("its mouth is open", self.lips > _PHOTO_LIPS)) if wrong
        )

    @property
    def amiss(self) -> float:
        """How far from rest, 0 for at rest, in units of what is allowed."""
        over = (
            self.lips / _LIPS_OPEN - 1,
            1 - self.lids / _LIDS_OPEN,
            self.yaw / _MOST_TURN - 1,
            self.pitch / _MOST_NOD - 1,
        )
        return sum(max(part, 0.0) for part in over)


def at_rest(landmarks: Tensor) -> Tensor:
    """Give a face's landmarks as they would be at rest.

    Args:
        landmarks: Of the face (98, 2), normalised.

    Returns:
        Normalised landmarks (98, 2): the same proportions and brows, seen from the front, with
        open eyes and closed lips.
    """
    pose = solve_pose(landmarks[None])
    face = frontal(landmarks[None], pose)
    for upper, lower in LID_PAIRS:
        missing = (_LIDS_GAP - (face[:, upper, 1] - face[:, lower, 1])).clamp_min(0)
        face[:, upper, 1] += 0.8 * missing
        face[:, lower, 1] -= 0.2 * missing
    above, below = (list(side) for side in zip(*LIP_PAIRS, strict=True))
    gap = (face[:, above, 1] - face[:, below, 1]).mean(1)
    shut = (gap - _LIPS_GAP).clamp_min(0)[:, None]
    face[:, list(_LOWER), 1] += shut
    face[:, list(_CHIN), 1] += 0.8 * shut
    front = rotations(torch.zeros(1, 3, dtype=face.dtype, device=face.device))
    ahead = HeadPose(front, pose.scale, pose.offset, pose.middle)
    return normalise_landmarks(posed(face, ahead))[0].to(landmarks.dtype)
