"""The person cut out of the photo: a network tells where, GrabCut finds the edge."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.person import Person, seen_person
from d2animator.performers.photo.raster import EMPTY
from d2animator.performers.photo.seam import without_false
from d2animator.performers.photo.shapes import blurred, ellipse
from d2animator.performers.photo.surface import PIVOT, Surface

Array = NDArray[np.float32]
Mask = NDArray[np.uint8]

# The cut is made on a picture of so many pixels per cm, and at most so many on a side.
_PIXELS_PER_CM = 5.8
_LONGEST = 420
_ROUNDS = 4
# What the network is so sure of is not asked again.
_SURE, _SURELY_NOT, _SURELY_NO_HAIR = 0.8, 0.05, 0.02
# Hair may be above the cheeks, and so many times as far from the skull's middle as its surface.
_HAIR_REACH, _HAIR_ABOVE_CM = 1.8, 1.0
# A neck is so wide to either side, and ends at such a height at the latest.
_NECK_CM, _NECK_ENDS_CM = 7.5, -15.0
# A body moves if the cut and the network agree on so much of the person, of which so little is
# unsure.
_AGREES, _UNSURE = 0.9, 0.15
# Grain would cost time and tear the edge.
_SMOOTH = 0.7


@dataclass(frozen=True, eq=False)
class Cutout:
    """What belongs to the person.

    Attributes:
        head: Opacity of head, neck and hair over all else, (H, W), 0 to 1.
        body: Opacity of what else is the person's, (H, W), 0 to 1; None where that is not sure.
        clothes: Where clothes or shoulders are, (H, W), 0 to 1.
        trust: How well the cut agrees with the head, 0 to 1.
    """

    head: Array
    body: Array | None
    clothes: Array
    trust: float


def head_frame(surface: Surface, size: tuple[int, int], reduction: float) -> Array:
    """Where pixels lie in the head's own frame, at the head's middle depth.

    Args:
        surface: The head on the photo.
        size: (H, W) of the reduced picture.
        reduction: Its pixels per pixel of the window.

    Returns:
        Centimetres to the person's left and up, (H, W, 2).
    """
    height, width = size
    columns = (np.arange(width, dtype=np.float32) + 0.5) / reduction
    rows = (np.arange(height, dtype=np.float32) + 0.5) / reduction
    x, y = np.meshgrid(columns, rows)
    flat = np.stack([x - surface.translation[0], surface.translation[1] - y], -1) / surface.scale
    roll = np.arctan2(surface.rotation[1, 0], surface.rotation[0, 0])
    cosine, sine = np.cos(roll), np.sin(roll)
    upright = flat @ np.array([[cosine, -sine], [sine, cosine]], np.float32)
    upright[..., 1] += PIVOT[1]
    # The skull's middle wanders with the turn.
    middle = surface.rotation @ np.array([0, 8.0, -2.0], np.float32)
    shift = np.array(
        [middle[0] * cosine + middle[1] * sine, middle[1] * cosine - middle[0] * sine - 8.0]
    )
    upright -= shift * np.clip((upright[..., 1:] + 9) / 11, 0, 1)
    return np.asarray(upright, np.float32)


def cut_out(image: NDArray[np.uint8], surface: Surface, depth: Array) -> Cutout | None:
    """Cut the person out.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.
        depth: Depth of the head at each pixel, (H, W).

    Returns:
        None where the pixels cannot be told apart at all.
    """
    height, width = image.shape[:2]
    reduction = min(_PIXELS_PER_CM / surface.scale, _LONGEST / max(height, width), 1.0)
    size = (max(8, round(height * reduction)), max(8, round(width * reduction)))
    small = np.asarray(cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    places = head_frame(surface, size, reduction)
    solid = cv2.resize((depth > EMPTY).astype(np.uint8) * 255, size[::-1], interpolation=3) > 200
    solid = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0
    if not _has_regions(small):
        return None
    smooth = np.asarray(blurred(small, _SMOOTH))
    told = seen_person(image, surface, size)
    person = _segmented(smooth, _person_seeds(told.whole, places, solid))
    if person is None:
        return None
    person = _connected(person, solid)
    clothes = _clothes(small, person, told, places, solid)
    sure = np.where(_surely_worn(told, places), clothes, 0).astype(np.uint8)
    clothes = np.maximum(without_false(clothes, person, small, places), sure)
    still = np.maximum(clothes, _loose_ends(person, clothes, places, solid))
    whole, worn, unmoved = (_enlarged(mask, (width, height)) for mask in (person, clothes, still))
    opacity = _softened(image, whole, surface.scale, reduction)
    return Cutout(
        head=opacity * (1 - unmoved),
        body=opacity * unmoved if _surely_told(told, person) else None,
        clothes=worn,
        trust=_trust(person, places),
    )


def _surely_told(told: Person, person: Mask) -> bool:
    """Whether the cut is what the network told, and that was sure of it."""
    inside = told.whole > 0.5
    both, either = (inside & (person > 0)).sum(), (inside | (person > 0)).sum()
    unsure = (np.abs(told.whole - 0.5) < 0.3).sum()
    return bool(both > _AGREES * either and unsure < _UNSURE * inside.sum())


def _enlarged(mask: Mask, size: tuple[int, int]) -> Array:
    big = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(big, np.float32)


def _has_regions(small: NDArray[np.uint8]) -> bool:
    """Whether a picture has any regions to tell apart: neither one colour nor mere noise."""
    grey = small.astype(np.float32).mean(-1)
    contrast = float(grey.std())
    return contrast > 2 and float((grey - blurred(grey, 1.0)).std()) < 0.5 * contrast


def _person_seeds(told: Array, places: Array, solid: NDArray[np.bool_]) -> Mask:
    """What surely is the person's, surely not, and probably one of both."""
    radius = np.hypot(places[..., 0] / 9.5, (places[..., 1] - 2.5) / 12.5)
    seeds = np.where(told > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[told > _SURE] = cv2.GC_FGD
    # Hair is of more shapes than the network knows: around the skull it is believed less.
    hair = (radius < _HAIR_REACH) & (places[..., 1] > _HAIR_ABOVE_CM)
    seeds[told < np.where(hair, _SURELY_NO_HAIR, _SURELY_NOT)] = cv2.GC_BGD
    seeds[solid & (radius < 0.95)] = cv2.GC_FGD
    return seeds


def _segmented(small: NDArray[np.uint8], seeds: Mask) -> Mask | None:
    sure_back, sure_front = (seeds == cv2.GC_BGD).any(), (seeds == cv2.GC_FGD).any()
    if not (sure_front and (sure_back or (seeds == cv2.GC_PR_BGD).any())):
        return None
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    labels = seeds.copy()
    cv2.setRNGSeed(0)  # its clustering draws numbers: the same photo must give the same cut
    try:
        cv2.grabCut(
            np.ascontiguousarray(small[..., ::-1]),
            labels,
            (0, 0, 1, 1),
            back,
            front,
            _ROUNDS,
            cv2.GC_INIT_WITH_MASK,
        )
    except cv2.error:
        return None
    return np.asarray((labels & 1), np.uint8)


def _connected(person: Mask, solid: NDArray[np.bool_]) -> Mask:
    """What hangs together with the face, with holes filled: they are hair."""
    person = np.asarray(cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((3, 3))), np.uint8)
    person = np.asarray(cv2.morphologyEx(person, cv2.MORPH_CLOSE, ellipse(3)), np.uint8)
    count, labels = cv2.connectedComponents(person)
    votes = np.bincount(labels[solid & (person > 0)], minlength=count)
    votes[0] = 0
    person = (labels == votes.argmax()).astype(np.uint8) if votes.any() else person
    count, labels = cv2.connectedComponents(person)
    votes = np.bincount(labels[solid & (person > 0)], minlength=count)
    person = (labels == votes.argmax()).astype(np.uint8) if votes.any() else person
    count, labels = cv2.connectedComponents(1 - person)
    outside = np.zeros(count, bool)
    outside[np.unique(np.r_[labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = True
    return np.where(outside[labels], person, 1).astype(np.uint8)


def _trust(person: Mask, places: Array) -> float:
    """Whether the skull is in, and the space around it mostly out."""
    x, y = places[..., 0], places[..., 1]
    radius = np.hypot(x / 9.5, (y - 2.5) / 12.5)
    skull = (radius < 0.98) & (y > -5)
    around = (radius > 1.75) & (radius < 2.0) & (y > -4)
    inside = float(person[skull].mean()) if skull.any() else 0.0
    leak = float(person[around].mean()) if around.any() else 0.0
    return inside * (1 - min(1.0, 2.5 * leak))


def _clothes(
    small: NDArray[np.uint8], person: Mask, told: Person, places: Array, solid: NDArray[np.bool_]
) -> Mask:
    """Shoulders and clothes, by a second cut among the person's own pixels.

    The network has seen few necklines: where a neck ends and a garment begins, colours tell.
    """
    x, y = np.abs(places[..., 0]), places[..., 1]
    share = told.body / np.maximum(told.whole, 1e-3)
    # As if all necks were bare: what has the garment's colours is taken over.
    likely = (share > 0.5) & ~_may_be_neck(places)
    seeds = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[_surely_worn(told, places)] = cv2.GC_FGD
    seeds[(share < 1 - _SURE) | (y > -3)] = cv2.GC_BGD
    seeds[solid & (y > -9.5) & (x < 4.5)] = cv2.GC_BGD
    none = np.zeros(person.shape, np.uint8)
    # Background pixels would teach the models wrong colours.
    inner = cv2.erode(person, np.ones((3, 3), np.uint8)) > 0
    rows = np.flatnonzero((y < -3).any(1))
    if len(rows) < 8 or (inner & (seeds == cv2.GC_FGD)).sum() < 40:
        return none
    picture = np.where(inner[..., None], small, np.uint8(0))
    seeds[~inner] = np.where(share[~inner] > 0.5, cv2.GC_PR_FGD, cv2.GC_BGD)
    first = rows[0]
    cut = _segmented(np.ascontiguousarray(picture[first:]), np.ascontiguousarray(seeds[first:]))
    if cut is None:
        return none
    clothes = none
    clothes[first:] = cut
    clothes = np.asarray(cv2.morphologyEx(clothes, cv2.MORPH_OPEN, np.ones((3, 3))), np.uint8)
    clothes = np.asarray(cv2.morphologyEx(clothes, cv2.MORPH_CLOSE, ellipse(2)), np.uint8)
    # What hangs together with the bottom: dark hair or a shadow under the chin is no cloth.
    _, labels = cv2.connectedComponents(clothes)
    kept = np.unique(labels[(seeds == cv2.GC_FGD) & (clothes > 0)])
    return np.isin(labels, kept[kept > 0]).astype(np.uint8)


def _surely_worn(told: Person, places: Array) -> NDArray[np.bool_]:
    """Where there surely are clothes or shoulders, (H, W): nowhere that a neck may be."""
    return np.asarray((told.body > _SURE) & ~_may_be_neck(places))


def _may_be_neck(places: Array) -> NDArray[np.bool_]:
    return np.asarray((np.abs(places[..., 0]) < _NECK_CM) & (places[..., 1] > _NECK_ENDS_CM))


def _loose_ends(person: Mask, clothes: Mask, places: Array, solid: NDArray[np.bool_]) -> Mask:
    """Slivers between clothes and background that hang on the head by a thread: no head."""
    x, y = np.abs(places[..., 0]), places[..., 1]
    head = ((person > 0) & (clothes == 0)).astype(np.uint8)
    thick = np.where(y < -5, cv2.morphologyEx(head, cv2.MORPH_OPEN, ellipse(5)), head)
    thick = np.where(x > 7, np.minimum(thick, _hanging(head, y)), thick)
    count, labels = cv2.connectedComponents(np.asarray(thick, np.uint8))
    votes = np.bincount(labels[solid & (labels > 0)], minlength=count)
    if not votes.any():
        return np.zeros(person.shape, np.uint8)
    kept = (labels == votes.argmax()).astype(np.uint8)
    close, around = cv2.dilate(kept, ellipse(1)), cv2.dilate(kept, ellipse(4))
    lost = np.where(person > 0, close, around) == 0
    return np.asarray(((y < -5) | (x > 9)) & (y < 2) & lost, np.uint8)


def _hanging(head: Mask, height: Array) -> Mask:
    """What hangs down from the upper head, twice as far as aside: hair, no shelf behind it."""
    hanging = np.where(height > 0, head, 0).astype(np.uint8)
    for row in range(1, len(head)):
        above = hanging[row - 1]
        wider = above.copy()
        if row % 2:
            wider[1:] |= above[:-1]
            wider[:-1] |= above[1:]
        hanging[row] |= head[row] & wider
    return np.asarray(cv2.morphologyEx(hanging, cv2.MORPH_OPEN, ellipse(4)), np.uint8)


def _softened(image: NDArray[np.uint8], hard: Array, scale: float, reduction: float) -> Array:
    """Opacity at full size: a guided filter follows the picture's own edges."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32) / np.float32(255)
    start = np.asarray(blurred(hard, 0.6 / reduction), np.float32)
    soft = guided(grey, start, max(3, int(0.35 * scale)), 1e-4)
    edge = blurred(hard, 0.35 * scale)
    opacity = np.where((edge > 0.02) & (edge < 0.98), soft, hard > 0.5)
    return np.asarray(np.clip((opacity - 0.1) / 0.8, 0, 1), np.float32)


def guided(guide: Array, values: Array, radius: int, epsilon: float) -> Array:
    """Guided filter (He et al., 2010) of ``values`` (H, W) by a grey picture (H, W) in 0 to 1."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(picture: Array) -> Array:
        return np.asarray(cv2.boxFilter(picture, -1, side), np.float32)

    mean_guide, mean_values = mean(guide), mean(values)
    covariance = mean(guide * values) - mean_guide * mean_values
    variance = mean(guide * guide) - mean_guide * mean_guide
    slope = np.asarray(covariance / (variance + epsilon), np.float32)
    soft = mean(slope) * guide + mean(mean_values - slope * mean_guide)
    return np.asarray(np.clip(soft, 0, 1), np.float32)
