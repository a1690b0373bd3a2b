"""How a driver's motion is carried over to a photo."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError
from d2animator.faces.actions import Region
from d2animator.head.follow import FollowOptions


@dataclass(frozen=True)
class RetargetOptions:
    """How a driver's motion is carried over to a photo."""

    # Whether the driver's motion is added to the photo, or the photo takes the driver's very pose
    # and expression.
    relative: bool = True
    # Frame that the driver's motion is measured from; None to choose one for the pose, one for the
    # eyes and one for the mouth.
    reference: int | None = None
    # Frames, from the first with a face, among which these are chosen and that tell who the driver
    # is. They are read before the first frame is drawn, and held in memory.
    window: int = 64
    # How much of each region's motion is taken: pose, eyes, brows, mouth, gaze; 1 where nothing is
    # said, 0 for a region that rests.
    gains: Mapping[Region, float] = field(default_factory=dict)
    # Largest turn away from the photo, in degrees; half a degree less for each that the photo is
    # turned itself.
    most_turn_deg: float = 40.0
    # How far the head goes at most with the driver's shift in the picture, in cm, less and less the
    # further it is: necks do not stretch.
    most_shift_cm: float = 2.7
    # How much further it goes at most together with its body, in cm.
    most_body_cm: float = 8.0
    # Largest change of the head's size, as a factor.
    most_zoom: float = 1.33
    # Largest turn of the eyes from where they look in the photo, in degrees.
    most_gaze_deg: float = 17.0
    # Largest change of the brows' weights: brows far from where the photo has them make another
    # person.
    most_brows: float = 0.4
    # By how much of their opening in the photo lids open further at most.
    most_wider: float = 0.3
    # Share of what the driver's fit leaves of its lips that the photo's move besides.
    unexplained_share: float = 0.6
    # Landmarks read the gap between lips smaller than it is: by one over this.
    lip_gain: float = 1.13
    # Whether the mouth starts from the photo's own shape; else it takes the driver's very shape, so
    # that a toothy smile can close.
    own_mouth: bool = True
    # How the driver's head is fitted.
    follow: FollowOptions = field(default_factory=FollowOptions)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.window < 1:
            raise ConfigError("window", f"expected at least 1 frame, got {self.window}")
        if self.reference is not None and self.reference < 0:
            raise ConfigError("reference", f"expected a frame from 0 on, got {self.reference}")

    def unlimited(self) -> RetargetOptions:
        """The same, with motion that goes as far as the driver's."""
        far = math.inf
        return replace(
            self,
            most_turn_deg=far,
            most_body_cm=far,
            most_zoom=far,
            most_gaze_deg=far,
            most_brows=far,
            most_wider=far,
        )

    def gain(self, region: Region) -> float:
        """How much of a region's motion is taken."""
        return float(self.gains.get(region, 1.0))
