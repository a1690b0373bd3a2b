"""What a puppet wears: glasses, a hat, a garment.

All of it comes out of nothing as z moves; glasses and hats within a few hundredths, for half a hat
is no hat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.puppets.curves import hsv, ramp, smoothstep, uniform

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
        worn: How much of it is there, 0 to 1: first it presses the hair, then it is seen.
        is_knitted: Whether it is a knitted hat.
        colour: Linear RGB.
    """

    worn: float
    is_knitted: bool
    colour: Array

    @property
    def pressing(self) -> float:
        """How far down it presses the hair, 0 to 1."""
        return min(1.0, 2 * self.worn)

    @property
    def opacity(self) -> float:
        """How much of it is seen, 0 to 1."""
        return max(0.0, 2 * self.worn - 1)


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
        worn=smoothstep(1.0, 1.06, float(entries[0])),
        half_width=2.6 + 0.25 * float(np.tanh(entries[1])),
        half_height=2.2 - 0.35 * square,
        squareness=2.0 + 2.0 * square,
        thickness=0.13 + 0.08 * (1 - uniform(entries[2])),
        colour=ramp(_FRAME_RAMP, uniform(entries[2])),
    )


def hat(entries: Array) -> Hat:
    """Hat of four Gaussian ``entries``; about one puppet of seven wears one."""
    return Hat(
        worn=smoothstep(1.3, 1.36, abs(float(entries[0]))),
        is_knitted=bool(entries[0] > 0),
        colour=hsv(entries[1:], value=0.42),
    )


def garment(entries: Array) -> Garment:
    """Garment of three Gaussian ``entries``."""
    return Garment(
        collar=smoothstep(1.3, 1.6, float(entries[0])),
        shirt=smoothstep(1.3, 1.6, -float(entries[0])),
        stripes=smoothstep(1.3, 1.7, float(entries[1])) * (0.5 + 0.5 * uniform(entries[2])),
    )


def numbers(entries: Array) -> Array:
    """What ``entries`` (WORN_DIM,) say, as 15 numbers about -1 to 1 that are 0 for nothing worn.

    Amounts, and shapes and colours as far as they are worn.
    """
    edges = np.cumsum(list(WORN_BLOCKS.values()))[:-1]
    spectacles, head, body = np.split(entries, edges)
    frame, cap, clothes = glasses(spectacles), hat(head), garment(body)
    shape = np.array(
        ((frame.half_width - 2.6) / 0.25, frame.squareness - 3.0, frame.thickness / 0.04 - 4.2)
    )
    told = [
        (frame.worn, *(frame.worn * shape), *(frame.worn * (2 * frame.colour**0.4545 - 0.6))),
        (
            cap.worn * cap.is_knitted,
            cap.worn * (not cap.is_knitted),
            *(cap.worn * (3 * cap.colour**0.4545 - 1.2)),
        ),
        (clothes.collar, clothes.shirt, clothes.stripes),
    ]
    return np.concatenate(told).astype(np.float32)


def is_dressed(entries: Array) -> bool:
    """Whether ``entries`` (WORN_DIM,) put on glasses or a hat."""
    edge = WORN_BLOCKS["glasses"]
    return glasses(entries[:edge]).worn > 0 or hat(entries[edge : edge + 4]).worn > 0
