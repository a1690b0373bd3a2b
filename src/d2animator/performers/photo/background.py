"""What lies behind the moving head: the photo without it, and the head's own share of the photo.

The photo is taken apart into ``share + (1 - opacity) * behind``, an identity at every pixel: put
together again at rest it *is* the photo, whatever was guessed about the background. What the guess
misses (single hairs, the colour of the old background in the hair's edge) is in the share and moves
with the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.body import Body
from d2animator.performers.photo.cutout import Cutout, head_frame
from d2animator.performers.photo.shapes import blurred, ellipse, grown, smoothstep
from d2animator.performers.photo.surface import Surface, follow_weight

Array = NDArray[np.float32]

# Below this trust a cut would tear; the head then moves as on a sheet of rubber.
TRUSTED = 0.95
# The fill behind the head is smooth: so many pixels per cm are enough for it.
_FILL_PIXELS_PER_CM = 4.4
_FILL_LONGEST = 320
# Beyond the opacity's edge: what surely was mixed with the person, and how far single hairs reach.
_MIXED_CM = 0.25
_HAIRS_CM = 1.3
# Clothes hold a neck up to so far from them.
_NECK_CM = 3.0
# Where clothes meet the head they may go on behind it so far.
_BEHIND_CM = 0.7
# So far from clothes what is not of the head's colour stays where it is. A picture is no sharper
# than so many pixels: as far the head tints what is beside it; from this opacity on it hides it.
_COLLAR_CM, _TINT_PIXELS, _HIDES = 1.2, 2.0, 0.3
# What juts out there is no part of the head if it is thinner than twice this.
_BIT_CM = 0.5
# Side of the piece of background whose grain is gone on with.
_GRAIN_CM = 2.5


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A photo taken apart.

    Attributes:
        opacity: Of the moving head, (H, W).
        behind: The photo without it, (H, W, C), 0 to 255.
        cut: Whether the head is cut out; else all around it gives way.
        hold: How firmly the clothes hold a neck there, 0 to 1, (H, W).
        body: Shoulders and clothes; None where they cannot be told from what is around them.
    """

    opacity: Array
    behind: Array
    cut: bool
    hold: Array
    body: Body | None


def take_apart(
    image: NDArray[np.uint8],
    surface: Surface,
    cutout: Cutout | None,
    borders: tuple[bool, bool, bool, bool],
) -> Backdrop:
    """Tell the moving head from what stays behind.

    Args:
        image: The window, (H, W, C).
        surface: The head on it.
        cutout: The person; None or one of little trust makes a sheet of rubber.
        borders: Whether the window's left, top, right and bottom are the photo's own.
    """
    size = image.shape[0], image.shape[1]
    places = head_frame(surface, size, 1.0)
    cut = cutout is not None and cutout.trust >= TRUSTED
    flat = np.concatenate([places, np.zeros((*size, 1), np.float32)], -1).reshape(-1, 3)
    follow = follow_weight(flat, cut).reshape(size)
    photo = image.astype(np.float32)
    if cutout is None or not cut:
        sheet = np.asarray(smoothstep(follow / 0.02), np.float32)
        return Backdrop(sheet, photo, False, np.zeros(size, np.float32), None)
    whole = np.asarray(cutout.head * smoothstep(follow / 0.08), np.float32)
    opacity = _without_bits(whole, cutout.clothes, surface.scale)
    behind = _behind(photo, opacity, cutout, places, surface.scale)
    hold = _hold(cutout, surface.scale)
    body = None
    if cutout.body is not None:
        bare = partial(_bare, photo, behind, opacity, cutout.body, surface.scale)
        body = Body(behind, bare, cutout.body, surface.scale, borders)
    return Backdrop(opacity, behind, True, hold, body)


def _without_bits(opacity: Array, clothes: Array, scale: float) -> Array:
    """The opacity (H, W) without what juts out of it near clothes: bits of a collar, no hair."""
    shape = ellipse(_BIT_CM * scale)
    smooth = np.minimum(opacity, cv2.morphologyEx(opacity, cv2.MORPH_OPEN, shape))
    near = _widened(clothes, _COLLAR_CM, scale)
    return np.asarray(opacity + near * (smooth - opacity), np.float32)


def _hold(cutout: Cutout, scale: float) -> Array:
    """1 at the clothes' edge, 0 some way up the neck, (H, W)."""
    free = (cutout.clothes < 0.5).astype(np.uint8)
    away = cv2.distanceTransform(free, cv2.DIST_L2, 5) / scale
    return np.asarray(1 - smoothstep(away / _NECK_CM), np.float32)


def _behind(photo: Array, opacity: Array, cutout: Cutout, places: Array, scale: float) -> Array:
    """The photo where the head is not; a smooth fill with the photo's grain where it is."""
    fill = _fill(photo, opacity, cutout.clothes, scale)
    fill += _grain(photo, opacity, scale)
    mixed = _widened(opacity, _MIXED_CM, scale)
    hairs = _widened(opacity, _HAIRS_CM, scale) * (1 - cutout.clothes)
    hairs *= smoothstep((places[..., 1] + 7) / 3) * _plainness(photo, opacity, scale)
    weight = np.maximum(mixed, hairs)[..., None]
    stays = _foreign(photo, fill, opacity, scale)
    stays *= _widened(cutout.clothes, _COLLAR_CM, scale)[..., None]
    return np.asarray(photo + weight * (fill + stays - photo), np.float32)


def _bare(photo: Array, behind: Array, head: Array, body: Array, scale: float) -> Array:
    """The photo without the person: where head and body are, a smooth fill with its grain."""
    person = np.maximum(head, body)
    height, width = person.shape
    small, hole = _reduced(photo, person, scale)
    if hole.all():
        return behind
    filled = cv2.resize(_inpainted(small, hole > 0), (width, height), interpolation=cv2.INTER_CUBIC)
    fill = np.clip(filled, 0, 255).reshape(photo.shape) + _grain(photo, head, scale)
    weight = _widened(person, _MIXED_CM, scale)[..., None]
    return np.asarray(behind + weight * (fill - behind), np.float32)


def _reduced(photo: Array, opacity: Array, scale: float) -> tuple[Array, NDArray[np.uint8]]:
    """A small picture, and where in it something is hidden, which is 1."""
    height, width = opacity.shape
    reduction = min(_FILL_PIXELS_PER_CM / scale, _FILL_LONGEST / max(height, width), 1.0)
    size = max(4, round(width * reduction)), max(4, round(height * reduction))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.float32)
    covered = cv2.resize(opacity, size, interpolation=cv2.INTER_AREA) > 0.03
    hole = cv2.dilate(covered.astype(np.uint8), ellipse(max(2.0, 0.7 * scale * reduction)))
    return small, np.asarray(hole, np.uint8)


def _foreign(photo: Array, fill: Array, opacity: Array, scale: float) -> Array:
    """What of the photo beside the head is neither the fill nor the head's own colour, (H, W, C).

    An edge of a collar next to a jaw, say, which a smooth fill cannot know. It would go with the
    head, as hairs do that are not cut out.
    """
    solid = (opacity > 0.95).astype(np.float32)
    reach = _HAIRS_CM / 2 * scale
    near = blurred(np.ascontiguousarray(photo * solid[..., None]), reach).reshape(photo.shape)
    own = near / (blurred(solid, reach)[..., None] + np.float32(1e-3))
    apart, way = photo - fill, own - fill
    squared = (way**2).sum(-1, keepdims=True) + np.float32(1)
    tint = np.clip((apart * way).sum(-1, keepdims=True) / squared, 0, 1)
    tint *= grown(opacity, _TINT_PIXELS)[..., None]
    beside = 1 - smoothstep(opacity / _HIDES)
    return np.asarray((apart - tint * way) * beside[..., None], np.float32)


def _widened(opacity: Array, cm: float, scale: float) -> Array:
    """Opacity grown by some cm, with a soft border that ends at 0."""
    wide = grown(opacity, cm * scale)
    return np.asarray(np.clip(blurred(wide, 0.3 * cm * scale + 0.3) * 1.04 - 0.02, 0, 1))


def _fill(photo: Array, opacity: Array, clothes: Array, scale: float) -> Array:
    """A guess at what the head hides: the background, and clothes below where they would go on."""
    height, width = opacity.shape
    small, hole = _reduced(photo, opacity, scale)
    if hole.all():
        return np.broadcast_to(photo.mean((0, 1)), photo.shape).copy()
    size = small.shape[1::-1]
    worn = cv2.resize(clothes, size, interpolation=cv2.INTER_AREA) > 0.5
    below = _gone_on(worn, hole > 0, round(_BEHIND_CM * scale * size[0] / width))
    near = cv2.dilate(worn.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    whole = _inpainted(small, (hole > 0) | near if below.any() else hole > 0)
    if below.any():
        share = blurred(below.astype(np.float32), 0.8)[..., None]
        whole = whole + share * (_inpainted(small, (hole > 0) | ~worn) - whole)
    whole = np.where(hole[..., None] > 0, whole, small)
    big = cv2.resize(whole, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(big, 0, 255), np.float32).reshape(photo.shape)


def _gone_on(worn: NDArray[np.bool_], hole: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Where clothes go on behind the head: below a line between their upper edges beside it."""
    rows, columns = worn.shape
    seen = worn & ~hole
    top = np.where(seen.any(0), seen.argmax(0), -1)
    above = np.clip(top - 2, 0, rows - 1)
    free = (top >= 0) & ~hole[above, np.arange(columns)]
    told, asked = np.flatnonzero(free), np.flatnonzero(hole.any(0))
    if not (len(told) and len(asked)):
        return np.zeros_like(worn)
    line = np.interp(np.arange(columns), told, top[told])
    first = np.where(worn.any(0), worn.argmax(0), rows)
    line = np.minimum(line, first - reach).astype(np.float32)
    line = blurred(line[None], 2.0)[0]
    return np.asarray(hole & (np.arange(rows)[:, None] >= line))


def _inpainted(small: Array, hole: NDArray[np.bool_]) -> Array:
    """The picture with a hole filled smoothly from around it."""
    if hole.all():
        return small
    channels = np.clip(np.round(small), 0, 255).astype(np.uint8)
    mask = hole.astype(np.uint8)
    colours = np.ascontiguousarray(channels[..., :3])
    filled = [cv2.inpaint(colours, mask, 5, cv2.INPAINT_TELEA)]
    if channels.shape[2] > 3:
        filled.append(
            cv2.inpaint(np.ascontiguousarray(channels[..., 3]), mask, 5, cv2.INPAINT_TELEA)
        )
    whole = np.dstack(filled).astype(np.float32)
    return np.asarray(np.where(hole[..., None], blurred(whole, 2.0), small), np.float32)


def _grain(photo: Array, opacity: Array, scale: float) -> Array:
    """Grain like that of a plain piece of the background, and nowhere the same, (H, W, C).

    White noise convolved with the piece has the piece's spectrum (spot noise: Galerne et al. 2011).
    """
    height, width = opacity.shape
    side = max(12, round(_GRAIN_CM * scale))
    fine = photo - blurred(photo, 0.25 * scale + 0.5).reshape(photo.shape)
    fine[..., 3:] = 0  # opacity has none
    pieces = []
    for top in range(0, height - side + 1, side):
        for left in range(0, width - side + 1, side):
            place = slice(top, top + side), slice(left, left + side)
            if not opacity[place].any():
                pieces.append((float(fine[place].std()), place))
    if not pieces:
        return np.zeros_like(photo)
    pieces.sort(key=lambda piece: piece[0])
    piece = fine[pieces[len(pieces) // 4][1]]
    round_off = np.hanning(side + 2)[1:-1].astype(np.float32)
    spot = (piece - piece.mean((0, 1))) * np.outer(round_off, round_off)[..., None]
    spot /= side * np.float32((round_off**2).mean())
    noise = np.random.default_rng(0).standard_normal((height, width), np.float32)
    grains = [cv2.filter2D(noise, cv2.CV_32F, spot[..., part]) for part in range(spot.shape[2])]
    return np.asarray(np.dstack(grains), np.float32)


def _plainness(photo: Array, opacity: Array, scale: float) -> Array:
    """1 where the background near a place is smooth, so that a hair before it can be told."""
    step = max(1, int(scale / 4))
    grey = np.ascontiguousarray(photo[..., :3].mean(-1))
    small = cv2.resize(grey, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    clear = cv2.resize(1 - grown(opacity, 1.5 * scale), small.shape[::-1], interpolation=3)
    rough = np.abs(small - blurred(small, 2.0)) * clear
    reach = 10.0
    local = blurred(rough, reach) / (blurred(clear, reach) + 1e-3)
    plain = 1 - smoothstep((local - 2.0) / 5.0)
    return np.asarray(
        cv2.resize(plain.astype(np.float32), opacity.shape[::-1], interpolation=1), np.float32
    )


def head_share(image: NDArray[Any], backdrop: Backdrop) -> Array:
    """What of the photo goes with the head, times its opacity: (H, W, C)."""
    left = (1 - backdrop.opacity)[..., None] * backdrop.behind
    return np.asarray(image.astype(np.float32) - left, np.float32)
