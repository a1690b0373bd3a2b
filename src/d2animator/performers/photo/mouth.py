"""The mouth's inside: teeth, gums, tongue and walls, in the photo's own light and colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.face import Shown
from d2animator.performers.photo.raster import EMPTY, draw_attributes, normals
from d2animator.performers.photo.shading import Light
from d2animator.performers.photo.shapes import (
    RIM_STEPS,
    Box,
    blurred,
    box_around,
    filled,
    remapped,
    rim_line,
    sampled,
    smoothstep,
)
from d2animator.performers.photo.surface import Posed, Surface

Array = NDArray[np.float32]
Colour = NDArray[np.float64]

_LIP_PAIRS = ((89, 95), (90, 94), (91, 93))
# A mouth this far open on the photo shows teeth of its own.
_SMILE_CM, _OPEN_CM = 0.3, 0.9
# By so much lips part further than on the photo until the inside is wholly drawn.
_PARTED_CM = 0.18
# Share of an open mouth that must be bright as teeth, or the photo shows none.
_TEETH_SHARE = 0.25
# The upper lip's shadow reaches so far, that of corners and lower lip so far; light is lost with so
# many cm of depth behind the front teeth, which lie so deep behind the lips.
_SHADOW_CM, _CORNER_CM, _DEPTH_CM, _TEETH_CM = 0.45, 0.16, 4.5, 0.9
# The light on flesh changes over so many cm at the least.
_SOFT_CM = 0.3
# What is drawn ends so far beyond the lips' inner edges.
_AROUND_CM = 0.3
# Where the light that makes teeth and tongue round comes from, in the head's frame.
_LIGHT = np.array([0.0, 0.5, 0.866], np.float32)
# Samples along each side of a pixel: teeth are small, and their edges would be teeth of a saw.
_SAMPLES = 3
# Gaps of the mesh take the colour from so far around them, dimmed by this; what nothing is near to
# has this share of the walls' colour.
_GAP_CM, _GAP_LIGHT, _DEEP = 0.1, 0.7, 0.2
# Below this a photo is grey, and so is the mouth.
_GREY = 0.12


@dataclass(frozen=True, eq=False)
class Mouth:
    """What the inside of the mouth is drawn with.

    Attributes:
        triangles: Of walls, gums, tongue and teeth, (T, 3).
        kinds: Share of teeth, gums and tongue of each vertex, (N, 3); else it is wall.
        relief: How bright the shape makes each vertex, (N,).
        seen: Whether the photo shows a vertex itself, (N,), 0 or 1.
        colours: Of teeth, gums, tongue and walls, (4, 3).
        photo: Where the photo's own teeth lie, (H, W); None where it shows none.
        gap_cm: Between the lips on the photo, of the posed mesh.
        warmth: How much faster green and blue fade with the light, (3,).
    """

    triangles: NDArray[np.int32]
    kinds: Array
    relief: Array
    seen: Array
    colours: Colour
    photo: Array | None
    gap_cm: float
    warmth: Array


def make_mouth(
    image: NDArray[np.uint8], surface: Surface, light: Light, whites: list[Colour]
) -> Mouth:
    """Prepare the inside.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.
        light: The photo's light.
        whites: Colours of the eyes' white, the best hint to that of teeth.
    """
    head = surface.head
    face = surface.triangles["face"]
    bridge = face[(face >= head.parts["face"][1]).any(1)]
    triangles = np.concatenate([surface.triangles[name] for name in ("socket", "gums", "teeth")])
    triangles = np.ascontiguousarray(np.concatenate([triangles, bridge]))
    points = surface.landmarks
    gap_cm = float(np.mean([np.linalg.norm(points[a] - points[b]) for a, b in _LIP_PAIRS]))
    gap_cm /= surface.scale
    own = _photo_teeth(image, surface, light) if gap_cm > _SMILE_CM else None
    colours = _colours(image, surface, light, whites, own)
    seen = _seen(surface, triangles, image.shape[:2], gap_cm)
    warmth = np.array([0.85, 1.12, 1.15] if light.saturation >= _GREY else [1, 1, 1], np.float32)
    relief = _relief(surface, triangles)
    rest_gap = _lip_gap(surface, surface.start)
    return Mouth(triangles, _kinds(surface), relief, seen, colours, own, rest_gap, warmth)


def draw_mouth(
    canvas: Array,
    canvas_box: Box,
    image: NDArray[np.uint8],
    mouth: Mouth,
    surface: Surface,
    posed: Posed,
    shown: Shown,
    share: float,
) -> None:
    """Draw the inside between the lips, in place; the face is laid over it afterwards.

    Args:
        canvas: (h, w, 3), 0 to 255.
        canvas_box: Its part of the window.
        image: The window, (H, W, 3).
        mouth: What to draw with.
        surface: The head.
        posed: The mesh.
        shown: What is seen of the face.
        share: How far the layer has faded in, 0 to 1.
    """
    scale = posed.scale
    # Lips that part no further than on the photo have their own line between them.
    if mouth.photo is None:
        share *= float(smoothstep((_lip_gap(surface, posed) - mouth.gap_cm) / _PARTED_CM))
    if share <= 0:
        return
    inner = posed.places[surface.points[88:96]]
    box = box_around(inner, _AROUND_CM * scale).within(canvas_box)
    if not box.holds():
        return
    size = box.height, box.width
    opening = filled(rim_line(inner) - box.origin, size)
    if not opening.any():
        return
    colour = _lit_inside(image, mouth, surface, posed, box)
    colour *= _lips_shade(opening, inner - box.origin, shown, box, scale) ** mouth.warmth
    colour = blurred(np.ascontiguousarray(colour), 0.03 * scale + 0.25)
    rounds = max(1, round(0.075 * scale))
    under = cv2.dilate(opening, np.ones((3, 3), np.uint8), iterations=rounds)
    opacity = under[..., None] * np.float32(share / 255)
    part = canvas[box.seen_from(canvas_box).rows_columns]
    part += (colour - part) * opacity


def _lip_gap(surface: Surface, posed: Posed) -> float:
    """Mean distance of the lips' inner edges, cm."""
    pairs = np.array(_LIP_PAIRS)
    upper, lower = (
        posed.places[surface.points[pairs[:, 0]]],
        posed.places[surface.points[pairs[:, 1]]],
    )
    return float(np.linalg.norm(upper - lower, axis=1).mean()) / posed.scale


def _lit_inside(
    image: NDArray[np.uint8], mouth: Mouth, surface: Surface, posed: Posed, box: Box
) -> Array:
    """Colours (h, w, 3) of the inside, darker with depth."""
    lips = float(posed.depth[surface.points[88:96]].mean())
    behind = np.clip(lips - posed.depth, 0, 8)
    columns = np.column_stack([surface.start.places, mouth.kinds, behind, mouth.seen, mouth.relief])
    finer = (posed.places - box.origin) * np.float32(_SAMPLES)
    values, buffer = draw_attributes(
        mouth.triangles,
        np.ascontiguousarray(finer),
        posed.depth,
        columns,
        (_SAMPLES * box.height, _SAMPLES * box.width),
    )
    wall = 1 - values[..., 2:5].sum(-1, keepdims=True)
    share = np.concatenate([values[..., 2:5], np.clip(wall, 0, 1)], -1)
    teeth = values[..., 2:3]
    relief = teeth * (0.6 + 0.4 * values[..., 7:8]) + (1 - teeth) * values[..., 7:8]
    dark = np.exp(-np.maximum(values[..., 5:6] - _TEETH_CM, 0) / _DEPTH_CM) * relief
    flesh = _softly(dark, _SAMPLES * posed.scale)
    dark = flesh + teeth * (dark - flesh)
    colour = (share @ mouth.colours.astype(np.float32)) * dark**mouth.warmth
    drawn = (buffer > EMPTY)[..., None]
    colour = _gaps_filled(colour, drawn.astype(np.float32), mouth, _SAMPLES * posed.scale)
    if mouth.photo is not None:
        places = np.ascontiguousarray(values[..., :2])
        own = remapped(image, places).astype(np.float32)
        weight = remapped(mouth.photo, places, cv2.INTER_LINEAR)[..., None] * drawn
        weight = weight * smoothstep(values[..., 6:7] * 1.6 - 0.4)
        colour = colour + (own - colour) * weight
    size = box.width, box.height
    colour = cv2.resize(np.asarray(colour, np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(colour, np.float32)


def _softly(light: Array, scale: float) -> Array:
    """Light (h, w, 1) without steps: a tongue's side is no wall before a black hole."""
    side = 2 * round(_SOFT_CM * scale / 2) + 1
    smooth = np.ascontiguousarray(light[..., 0], np.float32)
    smooth = np.asarray(cv2.blur(smooth, (side, side), borderType=cv2.BORDER_REPLICATE))
    return smooth[..., None]


def _gaps_filled(colour: Array, drawn: Array, mouth: Mouth, scale: float) -> Array:
    """The inside with dim flesh, not holes, where the mesh has gaps: between teeth and gums.

    Args:
        colour: (h, w, 3).
        drawn: Where it is known, (h, w, 1), 0 or 1.
        mouth: Gives the darkness behind it all.
        scale: Samples per cm.
    """
    reach = _GAP_CM * scale
    known = blurred(np.ascontiguousarray(drawn[..., 0]), reach)[..., None]
    near = blurred(np.ascontiguousarray(colour * drawn), reach) / (known + np.float32(0.01))
    sure = smoothstep(known / 0.3)
    deep = mouth.colours[3].astype(np.float32) * np.float32(_DEEP)
    fill = near * np.float32(_GAP_LIGHT) * sure + deep * (1 - sure)
    return np.asarray(colour * drawn + fill * (1 - drawn), np.float32)


def _lips_shade(
    opening: NDArray[np.uint8], inner: Array, shown: Shown, box: Box, scale: float
) -> Array:
    """How much light the lips let in, (h, w, 1): little under the upper lip and in the corners."""
    covered = np.zeros(opening.shape, np.float32)
    common = box.within(shown.box)
    if common.holds(1):
        near = shown.near[common.seen_from(shown.box).rows_columns][..., 2]
        covered[common.seen_from(box).rows_columns] = near
    free = ((opening > 128) & (covered < 0.5)).astype(np.uint8)
    padded = cv2.copyMakeBorder(free, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    away = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1] / scale
    corner = 0.7 + 0.3 * smoothstep(blurred(away, 0.04 * scale + 0.4) / _CORNER_CM)
    # Distance below the upper lip, across the mouth's own axis.
    line = rim_line(inner)[: len(inner) // 2 * RIM_STEPS + 1]
    axis = line[-1] - line[0]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-6)
    rows, columns = np.mgrid[0 : opening.shape[0], 0 : opening.shape[1]].astype(np.float32) + 0.5
    along = (columns - line[0, 0]) * axis[0] + (rows - line[0, 1]) * axis[1]
    down = (rows - line[0, 1]) * axis[0] - (columns - line[0, 0]) * axis[1]
    edge = np.interp(along, (line - line[0]) @ axis, (line - line[0]) @ (-axis[1], axis[0]))
    below = smoothstep((down - edge) / (_SHADOW_CM * scale))
    return np.asarray(corner * (0.62 + 0.38 * below), np.float32)[..., None]


def _relief(surface: Surface, triangles: NDArray[np.int32]) -> Array:
    """Brightness (N,) of round shapes, from their normals."""
    facing = np.zeros((surface.vertex_count, 3), np.float32)
    normals(triangles, np.ascontiguousarray(surface.rest), facing)
    return np.asarray(np.clip(0.45 + 0.6 * facing @ _LIGHT, 0.4, 1.05), np.float32)


def _kinds(surface: Surface) -> Array:
    """Share of teeth, gums and tongue, (N, 3)."""
    parts, neutral = surface.head.parts, surface.head.vertices[: surface.vertex_count]
    kinds = np.zeros((surface.vertex_count, 3), np.float32)
    kinds[slice(*parts["teeth"]), 0] = 1
    kinds[slice(*parts["gums"]), 1] = 1
    # The tongue is the middle of the lower gums' mesh.
    jaw = surface.shapes[surface.head.expression_index["jawOpen"]].reshape(-1, 3)
    lower = np.linalg.norm(jaw, axis=1) > 1.0
    x, z = np.abs(neutral[:, 0]), neutral[:, 2]
    tongue = lower * smoothstep((1.7 - x) / 0.3) * smoothstep((9.75 - z) / 0.3)
    tongue = (tongue * kinds[:, 1]).astype(np.float32)
    kinds[:, 2] = tongue
    kinds[:, 1] -= tongue
    return kinds


def _photo_teeth(image: NDArray[np.uint8], surface: Surface, light: Light) -> Array | None:
    """Where an open mouth on the photo is as bright as teeth, (H, W); None where it hardly is."""
    mask = filled(rim_line(surface.landmarks[88:96]), image.shape[:2])
    reach = max(1, int(0.04 * surface.scale))
    inner = np.asarray(cv2.erode(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)))
    inside = inner > 128
    if inside.sum() < 12:
        return None
    colours = image.astype(np.float32)
    # Lips and tongue are redder than the skin, teeth are less so.
    redness = colours[..., 0] / np.maximum(colours[..., 1], 1)
    least = np.median(light.skin[0] / max(light.skin[1], 1.0))
    bright = colours.mean(-1) / light.level
    likely = smoothstep((bright - 0.65) / 0.2)
    if light.saturation >= _GREY:
        likely = likely * smoothstep((1.02 * least - redness) / 0.1 + 0.5)
    if float(likely[inside].mean()) < _TEETH_SHARE:
        return None
    smooth = blurred(inner.astype(np.float32) / 255 * likely, 0.04 * surface.scale + 0.3)
    return np.asarray(smooth, np.float32)


def _colours(
    image: NDArray[np.uint8],
    surface: Surface,
    light: Light,
    whites: list[Colour],
    own: Array | None,
) -> Colour:
    points = surface.landmarks
    upper = (points[[78, 79, 80]] + points[[89, 90, 91]]) / 2
    lower = (points[[86, 85, 84]] + points[[95, 94, 93]]) / 2
    lip = np.median(sampled(image, np.concatenate([upper, lower])).astype(float), 0)
    white = np.median(whites, 0) if whites else np.full(3, 1.2 * light.level)
    wanted = float(np.clip(white.mean(), 1.2 * light.level, 1.5 * light.level))
    white = white * wanted / max(float(white.mean()), 1.0)
    teeth = np.clip(0.75 * white + 0.25 * wanted * np.array([1.06, 1.0, 0.9]), 0, 245)
    if own is not None and (own > 0.8).sum() > 30:
        pixels = image[own > 0.8].astype(float)
        level = pixels.mean(1)
        bright = pixels[level >= np.percentile(level, 40)].mean(0)
        teeth = bright if bright.mean() > 0.9 * light.level else teeth
    red = np.array([1.15, 0.8, 0.78]) * lip.mean()
    flesh = 0.6 * lip + 0.4 * red
    tongue = 1.05 * flesh + 0.1 * light.level
    colours = np.stack([teeth, flesh, tongue, 0.82 * flesh])
    if light.saturation < _GREY:
        colours[:] = colours.mean(1, keepdims=True)
    return colours


def _seen(
    surface: Surface, triangles: NDArray[np.int32], size: tuple[int, int], gap_cm: float
) -> Array:
    """Which vertices of the inside lie before the others on the photo, (N,)."""
    start = surface.start
    ones = np.ones((len(start.places), 1), np.float32)
    box = box_around(start.places[surface.points[76:96]], 1.0 * surface.scale)
    box = box.within(Box(0, 0, size[1], size[0]))
    if not box.holds():
        return np.zeros(len(start.places), np.float32)
    places = np.ascontiguousarray(start.places - box.origin)
    _, buffer = draw_attributes(triangles, places, start.depth, ones, (box.height, box.width))
    seen = start.depth > sampled(buffer, places) - 0.25
    if gap_cm < _OPEN_CM:  # hardly open: what is seen belongs to the upper jaw
        jaw = surface.shapes[surface.head.expression_index["jawOpen"]].reshape(-1, 3)
        seen = seen & (np.linalg.norm(jaw, axis=1) < 0.5)
    return np.asarray(seen, np.float32)
