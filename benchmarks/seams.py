"""The seam where a moving face is laid back into a larger picture.

Two places are measured. A soft mask's *edge* is the line where it ends: of two neighbouring
pixels one is the source's. Its *rim* is the whole band in which both pictures mix; there the result
also holds what moved, so its steps are those of another picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import figures
from d2animator.faces.align import ffhq_crop
from d2animator.faces.compose import Scene
from d2animator.faces.warp import warp_tensor

if TYPE_CHECKING:
    from d2animator import D2Animator

REFERENCE_SIDE = 256  # of a perfect picture's crop, as the embedded generator's
Picture = NDArray[np.uint8]
Steps = Callable[[Picture, NDArray[np.float32]], NDArray[np.float64]]


def framed(picture: Picture, seed: int) -> Picture:
    """Lay a square picture into a larger one with a busy, soft background."""
    rng = np.random.default_rng(seed)
    height, width = 2 * picture.shape[0] - 30, 3 * picture.shape[1] - 61
    coarse = torch.from_numpy(rng.uniform(30, 225, (1, 3, height // 16, width // 16)))
    large = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
    canvas = large[0].permute(1, 2, 0).clamp(0, 255).numpy().astype(np.uint8)
    left, top = place_in(canvas, picture)
    canvas[top:, left : left + picture.shape[1]] = picture
    return canvas


def place_in(canvas: Picture, picture: Picture) -> tuple[int, int]:
    """Left and top of a picture in what it was `framed` by: in the middle, at the bottom."""
    return (canvas.shape[1] - picture.shape[1]) // 2, canvas.shape[0] - picture.shape[0]


class Watched:
    """A scene whose masks are kept."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.size, self.is_larger = scene.size, scene.is_larger
        self.masks: list[NDArray[np.float32]] = []

    def paste(self, images: Tensor, landmarks: Tensor) -> Picture:
        """Do as the scene."""
        self.masks.append(self._scene.mask(landmarks, images.shape[-1])[:, 0].cpu().numpy())
        return self._scene.paste(images, landmarks)


def seam(animator: D2Animator, photo: Picture, frames: Sequence[Picture]) -> dict[str, float]:
    """Lay a moving face into a picture and measure what is outside its mask, at its edge, inside.

    Args:
        animator: What is measured.
        photo: The source (H, W, 3).
        frames: The driver.

    Returns:
        ``outside_changed``: pixels outside the mask that differ from the source's; ``edge_*``: the
        median step across the line where the mask ends, see `edge_steps`; ``rim_*``: the median
        gradient step over all of the mask's soft rim, where both pictures mix; each of them as a
        ratio to the source's own in the same place and in grey levels; ``background_std``: the
        largest standard deviation over time outside all masks.
    """
    portrait = animator.portrait(photo)
    watched = Watched(cast(Scene, portrait.scene))
    portrait = replace(portrait, scene=cast(Scene, watched))
    done = animator.animate(portrait, frames, paste_back=True)
    result, mask = np.stack(done.images or ()), np.concatenate(watched.masks)
    outside = mask == 0
    still = outside.all(axis=0)
    return {
        "frames": len(result),
        "outside_changed": int((result != photo).any(-1)[outside].sum()),
        **compared("edge", edge_steps, result, photo, mask),
        **compared("rim", rim_steps, result, photo, mask),
        "background_std": float(result[:, still].astype(np.float64).std(axis=0).max()),
        "ms_a_frame": round(1000 * done.seconds / len(result), 1),
    }


def references(renders: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, float]]:
    """Lay perfect pictures of persons into their photos and measure the same steps.

    Args:
        renders: Pictures ``source`` and ``moved`` (N, S, S, 3), and the true ``source_points`` and
            ``moved_points`` (N, 98, 2).

    Returns:
        For each ``still``, the photo itself, and ``true``, the person's true picture in another
        state: the number of ``persons`` and, of their ratios, the median and the largest.
    """
    rows: dict[str, list[dict[str, float]]] = {"still": [], "true": []}
    for index, source in enumerate(renders["source"]):
        photo, points = framed(source, index), renders["source_points"][index]
        corner = np.array(place_in(photo, source))
        scene = Scene(photo, ffhq_crop(points + corner, REFERENCE_SIDE), points + corner)
        for name, state in (("still", "source"), ("true", "moved")):
            canvas = framed(renders[state][index], index)
            drawn = warp_tensor(canvas, scene.placing, REFERENCE_SIDE)
            seen = scene.placing.apply(renders[f"{state}_points"][index] + corner)
            landmarks = torch.from_numpy(seen).float()[None]
            mask = scene.mask(landmarks, REFERENCE_SIDE)[:, 0].numpy()
            result = scene.paste(drawn, landmarks)
            edge = compared("edge", edge_steps, result, photo, mask)
            rows[name].append(edge | compared("rim", rim_steps, result, photo, mask))
    return {name: _summary(found) for name, found in rows.items()}


def _summary(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {"persons": len(rows)}
    for name in ("edge_ratio", "rim_ratio"):
        values = [row[name] for row in rows]
        found[name] = round(float(np.median(values)), 4)
        found[f"{name}_worst"] = max(values)
    return found


def compared(
    name: str, measure: Steps, result: Picture, photo: Picture, masks: NDArray[np.float32]
) -> dict[str, float]:
    """Compare the steps of all frames with those of the source under the same masks.

    Args:
        name: What the figures' names begin with.
        measure: Gives a picture's steps under a mask.
        result: Frames (N, H, W, 3).
        photo: The source (H, W, 3).
        masks: (N, H, W).

    Returns:
        ``ratio``, of the median steps, ``step`` and ``own_step``, in grey levels, and
        ``mean_ratio``, of the mean steps; each the median over the frames, and the largest where
        the name ends in ``worst``.
    """
    both = [
        (measure(image, mask), measure(photo, mask))
        for image, mask in zip(result, masks, strict=True)
    ]
    steps = np.array([[np.median(part) for part in pair] for pair in both])
    means = np.array([[part.mean() for part in pair] for pair in both])
    # Median steps are thirds of a grey level. Below one, eight bits tell no steps apart: both
    # sides count as one there, so that flat places give neither a large ratio nor a small one.
    # Means are finer, and only have to be kept from zero.
    ratios = np.divide(*np.maximum(steps, 1.0).T)
    mean_ratios = np.divide(*np.maximum(means, 0.01).T)
    return {
        f"{name}_ratio": round(float(np.median(ratios)), 4),
        f"{name}_ratio_worst": round(float(ratios.max()), 4),
        f"{name}_step": round(float(np.median(steps[:, 0])), 2),
        f"{name}_step_worst": round(float(steps[:, 0].max()), 2),
        f"{name}_own_step": round(float(np.median(steps[:, 1])), 2),
        f"{name}_mean_ratio": round(float(np.median(mean_ratios)), 4),
        f"{name}_mean_ratio_worst": round(float(mean_ratios.max()), 4),
    }


def edge_steps(image: Picture, mask: NDArray[np.float32]) -> NDArray[np.float64]:
    """Measure the steps across the line where a mask ends.

    Args:
        image: (H, W, 3).
        mask: (H, W); exactly 0 outside.

    Returns:
        One step, mean over the colours, for each pixel and its right or lower neighbour of which
        one lies outside the mask and the other does not.
    """
    values, outside = image.astype(np.float64), mask == 0
    across = [
        np.abs(np.diff(values, axis=axis)).mean(-1)[np.diff(outside, axis=axis)] for axis in (0, 1)
    ]
    return np.concatenate(across)


def rim_steps(image: Picture, mask: NDArray[np.float32]) -> NDArray[np.float64]:
    """Measure the sizes of the gradient in a mask's soft rim, where it is neither 0 nor 1.

    Args:
        image: (H, W, 3).
        mask: (H, W).

    Returns:
        One for each pixel of the rim: the larger of the steps to the right and lower neighbour,
        mean over the colours.
    """
    values = image.astype(np.float64)
    across = np.abs(np.diff(values, axis=1, append=values[:, -1:])).mean(-1)
    down = np.abs(np.diff(values, axis=0, append=values[-1:])).mean(-1)
    return np.asarray(np.maximum(across, down)[(mask > 0) & (mask < 1)])


def markdown(
    rows: Sequence[dict[str, float]], perfect: Mapping[str, dict[str, float]] | None = None
) -> str:
    """Write the tables: what changed and the ratios, grey levels, mean steps, the references.

    Args:
        rows: Of `seam`.
        perfect: Of `references`; None for no table.
    """
    ratios = {
        "frames": "frames",
        "pixels changed outside": "outside_changed",
        "deviation": "background_std",
        "step at the edge": "edge_ratio",
        "at the edge, worst frame": "edge_ratio_worst",
        "step in the rim": "rim_ratio",
        "in the rim, worst frame": "rim_ratio_worst",
    }
    grey, means = {}, {}
    for at, place in (("edge", "at the edge"), ("rim", "in the rim")):
        grey[place] = f"{at}_step"
        grey[f"{place}, worst frame"] = f"{at}_step_worst"
        grey[f"the source's own {place}"] = f"{at}_own_step"
        means[place] = f"{at}_mean_ratio"
        means[f"{place}, worst frame"] = f"{at}_mean_ratio_worst"
    tables = [_columns("picture", ratios, rows), _columns("in grey levels", grey, rows)]
    tables.append(_columns("of mean steps", means, rows))
    if perfect is not None:
        tables.append(_references_table(perfect))
    return "\n".join(tables)


def _columns(first: str, shown: Mapping[str, str], rows: Sequence[dict[str, float]]) -> str:
    """One row a picture; ``shown`` gives each column's figure."""
    cells = [(i, *(row[name] for name in shown.values())) for i, row in enumerate(rows)]
    return figures.table([first, *shown], cells)


def _references_table(perfect: Mapping[str, dict[str, float]]) -> str:
    names = {"still": "the photo itself", "true": "the true picture of another state"}
    head = ["laid back", "persons", "step at the edge", "at the edge, worst person"]
    head += ["step in the rim", "in the rim, worst person"]
    return figures.table(head, [(names[name], *row.values()) for name, row in perfect.items()])
