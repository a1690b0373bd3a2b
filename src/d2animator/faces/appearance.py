"""What a face looks like, in a few numbers: enough to tell who is who in one clip.

The colours of seven places (forehead, cheeks, nose, chin, hair, beside the mouth) and three
proportions that turn little with the head. It is no face recognition: it tells apart people who
look different at a glance, and says nothing about who they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from d2animator.faces.layouts import layout_of

Look = npt.NDArray[np.float64]
"""Zones' colours and proportions, in units of what they vary by from frame to frame."""

# Side of a zone over the distance from eyes to mouth, and most samples along its side.
_ZONE, _SAMPLES = 0.26, 6
# By how much a zone's colour and the proportions vary while the head moves.
_LIGHT_UNIT, _HUE_UNIT, _SHAPE_UNIT = 0.22, 0.07, 0.16
# No zone counts for more than this: one hidden by a hand must not make another person.
_MOST = 4.0


def look_of(image: npt.NDArray[np.uint8], landmarks: npt.NDArray[np.floating]) -> Look:
    """Measure a face.

    Args:
        image: Picture (H,W,3), uint8, RGB.
        landmarks: Points (P,2) in its pixels.

    Returns:
        Numbers (Z * 3 + 3,); NaN for a zone outside the picture.
    """
    marks = _marks(np.asarray(landmarks, dtype=np.float64))
    zones, side = _zones(marks)
    colours = np.array([_colour(image, zone, side) for zone in zones])
    return np.concatenate([colours.ravel(), _proportions(marks) / _SHAPE_UNIT])


def unlikeness(one: Look, other: Look) -> float:
    """Tell how differently two faces look.

    Returns:
        0 for the same numbers; about 1 for one face in different frames, 2 and more for people
        with other skin or hair.
    """
    difference = np.abs(one - other)
    known = np.isfinite(difference)
    if not known.any():
        return 0.0
    return float(np.sqrt(np.mean(np.minimum(difference[known], _MOST) ** 2)))


def blended(old: Look, new: Look, share: float) -> Look:
    """Move what is remembered of a face towards what is seen, where something is seen."""
    remembered = np.where(np.isnan(old), new, old)
    return np.where(np.isnan(new), remembered, remembered + share * (new - remembered))


@dataclass(frozen=True)
class _Marks:
    """The few points that a look is measured at, each (2,)."""

    right_eye: Look
    left_eye: Look
    mouth: Look
    brows: Look
    nose_bridge: Look
    nose_tip: Look
    lips: Look
    chin: Look

    @property
    def middle(self) -> Look:
        """Between the eyes."""
        return 0.5 * (self.right_eye + self.left_eye)

    @property
    def down(self) -> Look:
        """From between the eyes to the mouth."""
        return self.mouth - self.middle


def _marks(points: Look) -> _Marks:
    """Find the marks of the points of a known layout."""
    layout = layout_of(len(points))
    contour, brows = layout.parts["contour"], layout.parts["brows"]
    return _Marks(
        right_eye=points[list(layout.right_eye)].mean(0),
        left_eye=points[list(layout.left_eye)].mean(0),
        mouth=0.5 * (points[layout.mouth_right] + points[layout.mouth_left]),
        brows=points[list(brows)].mean(0),
        nose_bridge=points[layout.nose_bridge],
        nose_tip=points[layout.nose_tip],
        lips=points[list(layout.parts["mouth"])].mean(0),
        chin=points[contour[len(contour) // 2]],
    )


def _zones(marks: _Marks) -> tuple[list[Look], float]:
    """Middles of the seven places, and the side of each in pixels."""
    down = marks.down
    zones = [
        marks.brows - 0.3 * down,
        marks.right_eye + 0.55 * down,
        marks.left_eye + 0.55 * down,
        marks.nose_bridge,
        0.35 * marks.lips + 0.65 * marks.chin,
        marks.middle - 1.15 * down,
        marks.nose_tip + 0.15 * down,
    ]
    return zones, _ZONE * float(np.linalg.norm(down))


def _colour(image: npt.NDArray[np.uint8], centre: Look, side: float) -> Look:
    """Lightness and two hues (3,) of a square, in their units; NaN outside the picture."""
    height, width = image.shape[:2]
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    columns = np.floor(centre[0] + side * steps).astype(int)
    rows = np.floor(centre[1] + side * steps).astype(int)
    columns = columns[(columns >= 0) & (columns < width)]
    rows = rows[(rows >= 0) & (rows < height)]
    if not len(columns) or not len(rows):
        return np.full(3, np.nan)
    # The offset keeps the logarithm of dark hair from being one of noise.
    red, green, blue = np.log(image[np.ix_(rows, columns)].mean((0, 1)) + 24.0)
    light = (red + green + blue) / 3
    hues = ((red - green) / _HUE_UNIT, (0.5 * (red + green) - blue) / _HUE_UNIT)
    return np.array([light / _LIGHT_UNIT, *hues])


def _proportions(marks: _Marks) -> Look:
    """Heights of brows, nose and chin over the distance from eyes to mouth (3,)."""
    middle, down = marks.middle, marks.down
    unit = max(float(down @ down), 1e-9)
    heights = [
        float((point - middle) @ down) for point in (marks.brows, marks.nose_tip, marks.chin)
    ]
    return np.asarray(heights) / unit
