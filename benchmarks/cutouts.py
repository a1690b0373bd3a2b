"""How well are people cut out of photos, by the judgement of another network?

    python -m benchmarks.cutouts draw --photos me.jpg clip.mp4 ... --work scratch
    python -m benchmarks.cutouts judge --photos me.jpg clip.mp4 ... --work scratch --write

The first cuts the persons out as the photo renderer does, of clips in the first frame and in the
middle one, and once more where the head's place alone says what may be person: no network. The
second runs where MediaPipe's selfie segmentation is installed (``pip install mediapipe==0.10.14``),
which the product never uses. It compares the whole person by intersection over union.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from benchmarks import figures
from benchmarks.photos import read_pictures

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

COMMAND = "python -m benchmarks.cutouts judge ... --write"
WAYS = ("network", "place alone")
_CLIPS = (".mp4", ".mov", ".webm")


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw or judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("draw", "judge"))
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder of the results")
    parser.add_argument("--write", action="store_true", help="keep the judgement in docs/figures")
    options = parser.parse_args(arguments)
    if options.what == "draw":
        options.work.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures(options.photos):
            np.savez_compressed(options.work / f"{name}.npz", **drawn(picture))
    else:
        judge(options.photos, options.work, keep=options.write)


def pictures(paths: Sequence[Path]) -> Iterator[tuple[str, Picture]]:
    """The photos, and of clips the first and the middle frame, by name."""
    for path in paths:
        frames = list(read_pictures(path))
        yield path.stem, frames[0]
        if path.suffix.lower() in _CLIPS:
            yield f"{path.stem}, middle", frames[len(frames) // 2]


def drawn(picture: Picture) -> dict[str, Any]:
    """The person in each of the `WAYS`, as masks (h, w), and the window that these cover."""
    from d2animator import D2Animator
    from d2animator.animate.options import AnimateOptions
    from d2animator.performers.photo import cutout, person, scene

    animator = D2Animator.from_pretrained(device="cpu")
    options = AnimateOptions(renderer="photo", size=max(picture.shape[:2]))
    found: list[cutout.Cutout | None] = []

    def kept(*given: Any) -> cutout.Cutout | None:
        found.append(cutout.cut_out(*given))
        return found[-1]

    masks: dict[str, Any] = {}
    for way, told in zip(WAYS, (person.seen_person, placed_person), strict=True):
        with (
            mock.patch.object(cutout, "seen_person", told),
            mock.patch.object(scene, "cut_out", kept),
        ):
            photo = animator.prepare(picture, options=options)
        window = photo.scene.window  # type: ignore[union-attr]
        cut = found.pop()
        shape = window.height, window.width
        masks[way] = (
            np.zeros(shape, bool) if cut is None else np.maximum(cut.head, cut.clothes) > 0.5
        )
        masks["window"] = np.array([window.left, window.top, window.right, window.bottom])
    return masks


def placed_person(image: Picture, surface: Any, size: tuple[int, int]) -> Any:
    """What may be person by its place alone, as a network's answer."""
    from d2animator.performers.photo.cutout import head_frame
    from d2animator.performers.photo.person import Person

    places = head_frame(surface, size, size[0] / image.shape[0])
    x, y = places[..., 0], places[..., 1]
    radius = np.hypot(x / 9.5, (y - 2.5) / 12.5)
    head = np.where((radius < 1.35) & (y > -9), 0.7, np.where((radius > 2) & (y > -4), 0, 0.3))
    shoulders = (y < -12 - 0.35 * np.maximum(np.abs(x) - 7, 0)) & (np.abs(x) < 20)
    body = np.where(shoulders, 0.6, 0.1) * (y < -10.5)
    body[(y < -19) & (np.abs(x) < 11)] = 1
    head[(y < -9) & (y > -14) & (np.abs(x) < 5)] = 1
    return Person((head * (1 - body)).astype(np.float32), body.astype(np.float32))


def judge(paths: Sequence[Path], work: Path, *, keep: bool = False) -> None:
    """Print how far the masks in ``work`` are the judge's, and keep that if asked."""
    import mediapipe

    rows: dict[str, dict[str, float]] = {}
    with mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as judging:
        for name, picture in pictures(paths):
            theirs = judging.process(np.ascontiguousarray(picture)).segmentation_mask > 0.5
            ours = np.load(work / f"{name}.npz")
            left, top, right, bottom = ours["window"]
            part = theirs[top:bottom, left:right]
            rows[name] = {way: round(overlap(ours[way], part), 3) for way in WAYS}
    mean = {way: round(float(np.mean([row[way] for row in rows.values()])), 3) for way in WAYS}
    header = ["photo", *WAYS]
    lines = [[name, *(f"{row[way]:.3f}" for way in WAYS)] for name, row in rows.items()]
    lines.append(["**mean**", *(f"{mean[way]:.3f}" for way in WAYS)])
    table = figures.table(header, lines)
    figures.show("cutouts", {"photos": rows, "mean": mean}, table, COMMAND, keep=keep)


def overlap(one: Mask, other: Mask) -> float:
    """Intersection over union; 1 where both are empty."""
    either = (one | other).sum()
    return float((one & other).sum() / either) if either else 1.0


if __name__ == "__main__":
    main()
