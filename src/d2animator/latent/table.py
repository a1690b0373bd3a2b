"""What each direction does, measured: the table behind readable names, edits and galleries."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator.errors import ConfigError, check_shape
from d2animator.faces.actions import ACTION_REGIONS, ACTIONS, POSE_ACTIONS, REGIONS

POSE = "pose"
EXPRESSION = "expression"

LEAST_RANGE = 0.015
"""Least range of an action in outer eye distances: below it a detector merely trembles."""
LEAST_RANGE_DEG = 5.0
"""Least range of yaw, pitch and roll."""

# Action -> what to call a direction that makes it more, and less.
_WORDS = {
    "yaw": ("yaw left", "yaw right"),
    "pitch": ("pitch down", "pitch up"),
    "roll": ("roll right", "roll left"),
    "mouth_open": ("jaw open", "jaw shut"),
    "mouth_width": ("mouth wide", "mouth narrow"),
    "mouth_shift": ("mouth left", "mouth right"),
    "smile": ("smile", "frown"),
    "eye_right": ("right eye open", "right eye shut"),
    "eye_left": ("left eye open", "left eye shut"),
    "brow_right": ("right brow up", "right brow down"),
    "brow_left": ("left brow up", "left brow down"),
    "gaze_yaw": ("gaze left", "gaze right"),
    "gaze_pitch": ("gaze up", "gaze down"),
}
# Actions of two sides -> the words for both at once.
_PAIRS = {
    ("eye_right", "eye_left"): ("eyes open", "eyes shut"),
    ("brow_right", "brow_left"): ("brows up", "brows down"),
}
# The weaker side's share of the stronger one's from which on both are said to move.
_BOTH = 0.4


@dataclass(frozen=True, eq=False)
class DirectionTable:
    """What K directions do.

    Attributes:
        actions: Names of the actions, see `d2animator.faces.actions.ACTIONS`.
        effects: Change of each action for a step of 1 (K, A): degrees for yaw, pitch and roll,
            outer eye distances for the others.
        ranges: What counts as a large, plausible change of each action (A,), in the same units:
            two standard deviations over the generator's own faces.
        identity: How directions change the person, (K, K): ``r @ identity @ r`` is the squared
            change for coefficients r, 1 being that between two faces drawn at random.
        regions: The facial region that each direction moves most.
    """

    actions: tuple[str, ...]
    effects: Tensor
    ranges: Tensor
    identity: Tensor
    regions: tuple[str, ...]

    def __post_init__(self) -> None:
        count = len(self.regions)
        check_shape("effects", self.effects, (count, len(self.actions)))
        check_shape("ranges", self.ranges, (len(self.actions),))
        check_shape("identity", self.identity, (count, count))
        unknown = [name for name in self.actions if name not in ACTION_REGIONS]
        if unknown:
            raise ConfigError("actions", f"expected some of {', '.join(ACTIONS)}, got {unknown}")
        for region in self.regions:
            if region not in REGIONS:
                allowed = ", ".join(REGIONS)
                raise ConfigError("regions", f"expected some of {allowed}, got {region!r}")

    @classmethod
    def of(cls, effects: Tensor, ranges: Tensor, identity: Tensor) -> DirectionTable:
        """Make a table of what was measured; each direction's region follows from it.

        Args:
            effects: See the attribute; in the order of `ACTIONS`.
            ranges: See the attribute.
            identity: See the attribute.
        """
        names = [_strongest_region(row) for row in (effects / ranges).abs().tolist()]
        return cls(ACTIONS, effects, ranges, identity, tuple(names))

    def relative(self) -> Tensor:
        """Give the effects in units of their ranges (K, A)."""
        return self.effects / self.ranges

    def identity_changes(self) -> Tensor:
        """Give the change of the person for a step of 1 along each direction (K,)."""
        return self.identity.diagonal().clamp_min(0).sqrt()

    def groups(self) -> tuple[str, ...]:
        """Give ``"pose"`` or ``"expression"`` for each direction."""
        return tuple(POSE if region == "pose" else EXPRESSION for region in self.regions)

    def names(self) -> tuple[str, ...]:
        """Give each direction a readable, unique name, such as ``"yaw left"`` or ``"smile 2"``."""
        words = [self._words(index) for index in range(len(self.regions))]
        seen = Counter[str]()
        names = []
        for word in words:
            seen[word] += 1
            names.append(word if seen[word] == 1 else f"{word} {seen[word]}")
        return tuple(names)

    def only(self, keep: list[int]) -> DirectionTable:
        """Keep some directions, by their indices."""
        return dataclasses.replace(
            self,
            effects=self.effects[keep],
            identity=self.identity[keep][:, keep],
            regions=tuple(self.regions[index] for index in keep),
        )

    def to(self, device: torch.device | str) -> DirectionTable:
        """Give the same table on another device."""
        tensors = {name: getattr(self, name).to(device) for name in TENSORS}
        return dataclasses.replace(self, **tensors)

    def _words(self, index: int) -> str:
        """Words for what a direction does most, within its region."""
        own = self.regions[index]
        row = dict(zip(self.actions, self.relative()[index].tolist(), strict=True))
        row = {name: value for name, value in row.items() if ACTION_REGIONS[name] == own}
        action = max(row, key=lambda name: abs(row[name]))
        for pair, words in _PAIRS.items():
            if action in pair:
                one, other = sorted((row[name] for name in pair), key=abs)
                if one * other > 0 and abs(one) >= _BOTH * abs(other):
                    return words[0] if other > 0 else words[1]
        return _WORDS[action][0] if row[action] >= 0 else _WORDS[action][1]


TENSORS = ("effects", "ranges", "identity")
"""Names of the fields that are tensors."""


def _strongest_region(row: list[float]) -> str:
    """The region of an action that a direction changes most, of its relative effects (A,)."""
    strength = dict.fromkeys(REGIONS, 0.0)
    for action, value in zip(ACTIONS, row, strict=True):
        region = ACTION_REGIONS[action]
        strength[region] = max(strength[region], value)
    return max(strength, key=lambda name: strength[name])


def floored_ranges(spread: Tensor) -> Tensor:
    """Turn standard deviations of the actions (A,) into ranges, none next to nothing."""
    least = [LEAST_RANGE_DEG if name in POSE_ACTIONS else LEAST_RANGE for name in ACTIONS]
    return torch.maximum(2 * spread, spread.new_tensor(least))
