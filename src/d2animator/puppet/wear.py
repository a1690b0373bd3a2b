"""What a puppet wears: glasses, a hat, a garment; all of it grows out of nothing as z moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.puppet.curves import hsv, ramp, smoothstep, uniform

Array = NDArray[np.float32]

# Entries of z, in order.
WORN_BLOCKS = {"glasses": 3, "hat": 4, "garment": 3}
WORN_DIM = sum(WORN_BLOCKS.values())

_FRAME_RAMP = ((20, 20, 22), (30, 26, 26), (84, 50, 30), (150, 122, 74), (126, 128, 134))


@dataclass(frozen=True)
class Glasses:
    """Spectacles: lengths in cm.

    Attributes:
        worn: How much of them is there, 0 to 1.
        half_width: Of a rim.
        half_height: Of a rim.
        squareness: Exponent of the rim's superellipse, 2 for an ellipse.
        thickness: Radius of the frame.
        colour: Linear RGB of the frame.
    """

    worn: float
    half_width: float
    half_height: float
    squareness: float
    thickness: float
    colour: Array


@dataclass(frozen=True)
class Hat:
    """A knitted hat or a peaked cap.

    Attributes:
        knitted: How much of a knitted hat is there, 0 to 1.
        peaked: How much of a peaked cap is there, 0 to 1; never both.
        colour: Linear RGB.
    """

    knitted: float
    peaked: float
    colour: Array

    @property
    def worn(self) -> float:
        """How much of any hat is there, 0 to 1."""
        return max(self.knitted, self.peaked)


@dataclass(frozen=True)
class Garment:
    """What differs from a plain round neckline.

    Attributes:
        collar: How high a rolled collar stands, 0 to 1.
        shirt: How high a collar that is open in front stands, 0 to 1; never both.
        stripes: Contrast of the stripes, 0 to 1.
    """

    collar: float
    shirt: float
    stripes: float

    @property
    def has_collar(self) -> bool:
        """Whether anything stands up around the neck."""
        return max(self.collar, self.shirt) > 0


def glasses(entries: Array) -> Glasses:
    """Glasses of three Gaussian ``entries``; about one puppet of eight wears them."""
    square = uniform(entries[1])
    return Glasses(
        worn=smoothstep(1.0, 1.3, float(entries[0])),
        half_width=2.6 + 0.25 * float(np.tanh(entries[1])),
        half_height=2.2 - 0.35 * square,
        squareness=2.0 + 2.0 * square,
        thickness=0.13 + 0.08 * (1 - uniform(entries[2])),
        colour=ramp(_FRAME_RAMP, uniform(entries[2])),
    )


def hat(entries: Array) -> Hat:
    """Hat of four Gaussian ``entries``; about one puppet of seven wears one."""
    return Hat(
        knitted=smoothstep(1.3, 1.6, float(entries[0])),
        peaked=smoothstep(1.3, 1.6, -float(entries[0])),
        colour=hsv(entries[1:], value=0.42),
    )


def garment(entries: Array) -> Garment:
    """Garment of three Gaussian ``entries``."""
    return Garment(
        collar=smoothstep(1.3, 1.6, float(entries[0])),
        shirt=smoothstep(1.3, 1.6, -float(entries[0])),
        stripes=smoothstep(1.3, 1.7, float(entries[1])) * (0.5 + 0.5 * uniform(entries[2])),
    )


def is_dressed(entries: Array) -> bool:
    """Whether ``entries`` (WORN_DIM,) put on glasses or a hat."""
    edge = WORN_BLOCKS["glasses"]
    return glasses(entries[:edge]).worn > 0 or hat(entries[edge : edge + 4]).worn > 0


def is_plain(entries: Array) -> bool:
    """Whether ``entries`` (WORN_DIM,) put nothing on."""
    edges = np.cumsum(list(WORN_BLOCKS.values()))[:-1]
    spectacles, head, body = np.split(entries, edges)
    clothes = garment(body)
    worn = (glasses(spectacles).worn, hat(head).worn, clothes.collar, clothes.shirt)
    return not any((*worn, clothes.stripes))
