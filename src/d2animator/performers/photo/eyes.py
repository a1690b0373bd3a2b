"""Eyes: balls that turn under the lids, lids that close, lashes that come down with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.glasses import Glasses, beside_lids
from d2animator.performers.photo.lids import Lid, make_lid
from d2animator.performers.photo.raster import EMPTY, draw_attributes
from d2animator.performers.photo.shapes import (
    Box,
    blurred,
    box_around,
    ellipse,
    filled,
    remapped,
    rim_line,
    smoothstep,
)
from d2animator.performers.photo.surface import EYE_RIMS, Posed, Surface

Array = NDArray[np.float32]

_PUPILS = (97, 96)
# Points of a rim whose distances are the lid gap: upper 1 2 3 against lower 7 6 5.
_UPPER, _LOWER = (1, 2, 3), (7, 6, 5)
# Skin around a rim goes along with the ball so far, in eye widths.
_CLINGING = 0.1
# An iris' radius over the eye's width; rings in which its colour is kept.
_IRIS, _RINGS = 0.205, 10
_BALL_ANGLE, _BALL_RINGS, _BALL_SPOKES = 1.25, 14, 33


@dataclass(frozen=True, eq=False)
class Eye:
    """One eye of a photo.

    Attributes:
        box: The part of the window that its textures cover.
        photo: The photo there, (h, w, 3).
        texture: The eyeball as the photo shows it; what lids hide is painted, (h, w, 3).
        directions: The ball's mesh as unit vectors in the head's frame, (V, 3).
        places: Where on the photo these vertices are seen, (V, 2).
        triangles: (T, 3).
        centre: cm, (3,).
        radius: cm.
        rim: Its points among the 96.
        corners: Where the photo has its corners, pixels of the box, (2, 2).
        gap_cm: Between the lids on the photo.
        lid: What a closing lid shows.
        white: Colour of the sclera, (3,).
        beside: The face's vertices next to its rim, (N,).
        clinging: How far these go along with a ball that turns, (N,), 0 to 1.
    """

    box: Box
    photo: Array
    texture: Array
    directions: Array
    places: Array
    triangles: NDArray[np.int32]
    centre: Array
    radius: float
    rim: NDArray[np.int32]
    corners: NDArray[np.float64]
    gap_cm: float
    lid: Lid
    white: NDArray[np.float64]
    beside: NDArray[np.intp]
    clinging: Array


def make_eyes(
    image: NDArray[np.uint8], surface: Surface, glasses: Glasses | None = None
) -> list[Eye]:
    """Both eyes of a photo, the person's left one first; one that lies outside is left out.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.
        glasses: Glasses before them, which lids do not cover.
    """
    height, width = image.shape[:2]
    window = Box(0, 0, width, height)
    eyes = []
    for side in range(2):
        line = surface.landmarks[EYE_RIMS[side]]
        across = float(np.linalg.norm(line[4] - line[0]))
        box = box_around(line, 0.8 * across).within(window)
        if box.holds(6) and across > 2:
            eye = _make_eye(image, surface, side, box, across)
            if glasses is not None:
                eye = _behind_glasses(eye, line.mean(0) - box.origin, surface.scale)
            eyes.append(eye)
    return eyes


def _behind_glasses(eye: Eye, middle: NDArray[Any], scale: float) -> Eye:
    """An eye about a middle in its box, (2,), whose lid hides no frame."""
    rows, columns = np.indices(eye.photo.shape[:2]) + 0.5
    beside = beside_lids((columns - middle[0]) / scale, (rows - middle[1]) / scale)
    return replace(eye, lid=replace(eye.lid, opacity=eye.lid.opacity * (1 - beside)))


def _make_eye(
    image: NDArray[np.uint8], surface: Surface, side: int, box: Box, across: float
) -> Eye:
    line = surface.landmarks[EYE_RIMS[side]]
    patch = image[box.rows_columns].astype(np.float32)
    pupil = surface.landmarks[_PUPILS[side]] - box.origin
    texture, white = _painted_ball(patch, line - box.origin, pupil, across)
    angle = np.linspace(0, _BALL_ANGLE, _BALL_RINGS)[:, None]
    around = np.linspace(0, 2 * np.pi, _BALL_SPOKES)
    ball = np.stack(
        [
            np.sin(angle) * np.cos(around),
            np.sin(angle) * np.sin(around),
            np.cos(angle) + 0 * around,
        ],
        -1,
    ).reshape(-1, 3)
    beside, clinging = _clinging(surface, line, across)
    # The pole looks at the camera.
    directions = np.asarray(ball @ surface.rotation, np.float32)
    centre, radius = surface.eyeballs[side, :3], float(surface.eyeballs[side, 3])
    places, _ = surface.project(
        centre + directions * np.float32(radius),
        surface.rotation,
        surface.scale,
        surface.translation,
    )
    return Eye(
        box=box,
        photo=patch,
        texture=texture,
        directions=directions,
        places=places,
        triangles=_grid_triangles(_BALL_RINGS, _BALL_SPOKES),
        centre=centre,
        radius=radius,
        rim=np.asarray(surface.points[EYE_RIMS[side]], np.int32),
        corners=line[[0, 4]] - box.origin,
        gap_cm=max(lid_gap(line) / surface.scale, 0.05),
        lid=make_lid(patch, line - box.origin, across),
        white=white,
        beside=beside,
        clinging=clinging,
    )


def _clinging(
    surface: Surface, line: NDArray[Any], across: float
) -> tuple[NDArray[np.intp], Array]:
    """The face's vertices near a rim (8, 2) on the photo, and how far they go with the ball.

    The landmarks lie inside the real rims, so what is next to them shows some of the ball; and lids
    do follow it a little.
    """
    count = surface.head.parts["face"][1]
    places = surface.start.places[:count]
    near = np.flatnonzero((np.abs(places - line.mean(0)) < across).all(1))
    rim = rim_line(line)
    away = np.array([np.hypot(*(rim - place).T).min() for place in places[near]])
    clinging = np.exp(-((away / (_CLINGING * across)) ** 2)).astype(np.float32)
    kept = clinging > 0.01
    return near[kept], clinging[kept]


def dragged(places: Array, eyes: list[Eye], surface: Surface, gaze: NDArray[Any]) -> Array:
    """Where the face's vertices (F, 2) take their colour, if eyes turn under them.

    Args:
        places: Where they take it from with the eyes as on the photo.
        eyes: Both.
        surface: The head.
        gaze: Turns (2, 3, 3) from where the eyes look on the photo, in the head's frame.
    """
    out = places.copy()
    for eye in eyes:
        pole = eye.directions[:1]
        both = np.concatenate([pole, pole @ np.asarray(gaze[_side(eye, surface)], np.float32).T])
        seen, _ = surface.project(
            np.asarray(eye.centre + both * np.float32(eye.radius), np.float32),
            surface.rotation,
            surface.scale,
            surface.translation,
        )
        out[eye.beside] -= eye.clinging[:, None] * (seen[1] - seen[0])
    return out


def _side(eye: Eye, surface: Surface) -> int:
    """0 for the person's left eye, 1 for the right one."""
    return 0 if eye.rim[0] == surface.points[EYE_RIMS[0]][0] else 1


def lid_gap(rim: NDArray[Any]) -> float:
    """Mean distance of the lids, of a rim's eight points (8, 2); below 0 where they cross."""
    axis = rim[4] - rim[0]
    down = np.array([-axis[1], axis[0]]) / max(float(np.linalg.norm(axis)), 1e-6)
    return float(np.mean([(rim[b] - rim[a]) @ down for a, b in zip(_UPPER, _LOWER, strict=True)]))


def shutness(eye: Eye, posed: Posed) -> float:
    """How far an eye has closed from where it is on the photo, 0 to 1."""
    gap = lid_gap(posed.places[eye.rim]) / posed.scale
    return float(np.clip(1 - max(gap, 0.0) / eye.gap_cm, 0, 1))


def _activity(eye: Eye, posed: Posed, gaze: NDArray[Any]) -> float:
    """How much of an eye's look is new: 0 as on the photo, 1 once it clearly turns or opens."""
    turned = float(np.linalg.norm(gaze - np.eye(3))) / np.sqrt(2)
    gap = lid_gap(posed.places[eye.rim]) / posed.scale
    opened = abs(gap - eye.gap_cm) / eye.gap_cm
    return float(smoothstep(max(turned / 0.1, opened / 0.2)))


def draw_balls(
    canvas: Array,
    canvas_box: Box,
    eyes: list[Eye],
    surface: Surface,
    posed: Posed,
    gaze: NDArray[Any],
    share: float,
) -> None:
    """Draw the eyeballs between the lids, in place.

    Args:
        canvas: (h, w, 3), 0 to 255.
        canvas_box: Its part of the window.
        eyes: Both.
        surface: The head.
        posed: The mesh.
        gaze: Turns (2, 3, 3) from where the eyes look on the photo, in the head's frame.
        share: How far the layer has faded in, 0 to 1.
    """
    for eye in eyes:
        side = _side(eye, surface)
        rim = posed.places[eye.rim]
        box = box_around(rim, 0.3 * posed.scale).within(canvas_box)
        if not box.holds():
            continue
        turned = eye.directions @ np.asarray(gaze[side], np.float32).T
        places, depth = surface.project(
            eye.centre + turned * np.float32(eye.radius),
            posed.rotation,
            posed.scale,
            posed.translation,
        )
        source, buffer = draw_attributes(
            eye.triangles,
            np.ascontiguousarray(places - box.origin),
            depth,
            eye.places - eye.box.origin,
            (box.height, box.width),
        )
        # An eye that only goes along with the head stays the photo's own.
        painted = np.float32(_activity(eye, posed, gaze[side]))
        texture = eye.photo + painted * (eye.texture - eye.photo)
        colour = remapped(texture, source, border=cv2.BORDER_REPLICATE)
        opening = filled(rim_line(rim) - box.origin, (box.height, box.width))
        opacity = (buffer > EMPTY) * (opening * np.float32(share / 255))
        part = canvas[box.seen_from(canvas_box).rows_columns]
        part += (colour - part) * opacity[..., None]


def _painted_ball(
    patch: Array, line: NDArray[Any], pupil: NDArray[Any], across: float
) -> tuple[Array, NDArray[np.float64]]:
    """The eyeball under and between the lids, and the sclera's colour.

    Args:
        patch: Around the eye, (h, w, 3).
        line: The rim's points in it, (8, 2).
        pupil: (2,).
        across: Width of the eye.
    """
    height, width = patch.shape[:2]
    opening = filled(rim_line(line), (height, width))
    good = cv2.erode(opening, ellipse(max(1, round(0.035 * across)))) > 200
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    radius = _IRIS * across
    away = np.hypot(columns - pupil[0], rows - pupil[1])
    iris, sclera = good & (away < 0.97 * radius), good & (away > 1.12 * radius)
    white = np.array([200.0, 195.0, 190.0])
    if sclera.sum() > 8:
        pixels = patch[sclera]
        level = pixels.mean(1)
        white = pixels[level >= np.percentile(level, 40)].mean(0).astype(float)
    last = np.median(patch[iris], 0) if iris.sum() > 4 else np.array([60.0, 45.0, 35.0])
    ring = np.clip((away / radius * _RINGS).astype(int), 0, _RINGS - 1)
    profile = np.zeros((_RINGS, 3))
    for number in range(_RINGS - 1, -1, -1):
        own = iris & (ring == number)
        last = patch[own].mean(0) if own.sum() > 3 else last
        profile[number] = last
    at = np.clip(away / radius * _RINGS - 0.5, 0, _RINGS - 1)
    low = np.floor(at).astype(int)
    part = (at - low)[..., None]
    coloured = profile[low] * (1 - part) + profile[np.minimum(low + 1, _RINGS - 1)] * part
    edge = smoothstep((away / radius - 0.92) / 0.16)[..., None]
    paint = coloured * (1 - edge) + _sclera(patch, sclera, white, across) * edge
    hidden = cv2.distanceTransform((~good).astype(np.uint8), cv2.DIST_L2, 5) / across
    paint *= (1 - 0.4 * smoothstep(hidden / 0.3))[..., None]  # the lid's shadow
    inner = cv2.distanceTransform(np.pad(good, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    soft = smoothstep(inner / (0.09 * across))[..., None]
    return (patch * soft + paint * (1 - soft)).astype(np.float32), white


def _sclera(
    patch: Array, sclera: NDArray[np.bool_], white: NDArray[np.float64], across: float
) -> Array:
    """The white around what the photo shows of it, in the light that falls there."""
    known = sclera.astype(np.float32)
    total = blurred(known, 0.1 * across) + np.float32(1e-6)
    local = blurred(patch * known[..., None], 0.1 * across) / total[..., None]
    sure = smoothstep(total / 0.05)[..., None]
    return np.asarray(local * sure + white * (1 - sure), np.float32)


def _grid_triangles(rows: int, columns: int) -> NDArray[np.int32]:
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    below = first + columns
    upper = np.stack([first, below, first + 1], -1)
    lower = np.stack([first + 1, below, below + 1], -1)
    return np.concatenate([upper, lower]).astype(np.int32)
