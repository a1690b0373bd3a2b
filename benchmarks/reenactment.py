"""Photos moved by the clip that they are the first frame of: here the right answer is known.

    python -m benchmarks.reenactment draw --clips clip.mp4 ... --work scratch
    python -m benchmarks.reenactment judge --clips clip.mp4 ... --work scratch \
        --task face_landmarker_v2_with_blendshapes.task --write

The first draws every third frame of the first 240 of each clip: with the reference frames that are
chosen by default, from the first frame, and from there without limits. It counts the bytes that
differ at rest and outside of the part in which heads move. The second runs where
`benchmarks.photos` judges. It compares with the clip's own frames, in the box around the face: PSNR
and SSIM; the tracker's points (NME, in outer eye distances); dlib's distance of the faces to the
photo. What is asked of any method is more than the photo that does not move at all gets.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import figures
from benchmarks.photos import FRAMES, STEP, embeddings, measure, read_pictures, write_clip

Picture = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float64]
Row = dict[str, float]

COMMAND = "python -m benchmarks.reenactment judge ... --write"
WAYS: dict[str, dict[str, Any]] = {
    "chosen": {},
    "first": {"reference_frame": 0},
    "unlimited": {"reference_frame": 0, "limit_motion": False},
}
"""Names of the results, and how motion is carried over."""
_EYES = (33, 263)  # in MediaPipe's mesh
_SIGMA, _C1, _C2 = 1.5, (0.01 * 255) ** 2, (0.03 * 255) ** 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw or judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("draw", "judge"))
    parser.add_argument("--clips", type=Path, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder of the results")
    parser.add_argument("--task", type=Path, help="MediaPipe's face landmarker")
    parser.add_argument("--write", action="store_true", help="keep the judgement in docs/figures")
    options = parser.parse_args(arguments)
    if options.what == "draw":
        options.work.mkdir(parents=True, exist_ok=True)
        for clip in options.clips:
            draw(clip, options.work)
    else:
        judge(options.clips, options.work, options.task, keep=options.write)


def draw(clip: Path, work: Path) -> None:
    """Write ``CLIP__WAY.mp4`` for each way, ``CLIP.png`` and ``CLIP.json``.

    The clip is followed once, and only the frames that are judged are drawn.
    """
    from PIL import Image

    from d2animator import D2Animator
    from d2animator.animate.driver import open_driver
    from d2animator.animate.options import AnimateOptions
    from d2animator.animate.performer import photographed
    from d2animator.marks.options import UNMARKED
    from d2animator.performers.photo.photo import Photo

    first = next(read_pictures(clip))
    Image.fromarray(first).save(work / f"{clip.name}.png")
    animator = D2Animator.from_pretrained(device="cpu", marks=UNMARKED)
    options = AnimateOptions(renderer="photo", frames=FRAMES, size=max(first.shape[:2]))
    photo = animator.prepare(first, options=options)
    if not isinstance(photo, Photo):
        raise TypeError(f"{clip}: expected a photo that moves, got {type(photo).__name__}")
    driver = open_driver(clip, options)
    motion = list(driver.observations(animator.sources.tracker(), options))
    still = (animator.edit(photo, {}, options=options).images or ())[0]
    outside = np.ones(first.shape[:2], bool)
    outside[photo.scene.window.rows_columns] = False
    told = {"rest_bytes": int((still != first).sum()), "outside_bytes": 0}
    for way, changes in WAYS.items():
        performer = photographed(photo, driver, options.changed(changes))
        wanted = [target for _, target in performer.wanted(iter(motion))][::STEP]
        pictures = [performer.draw([target])[0] for target in wanted]
        told["outside_bytes"] += sum(int((one != first)[outside].sum()) for one in pictures)
        write_clip(work / f"{clip.name}__{way}.mp4", iter(pictures))
    (work / f"{clip.name}.json").write_text(json.dumps(told), encoding="utf-8")


def judge(clips: Sequence[Path], work: Path, task: Path, *, keep: bool = False) -> None:
    """Print figures of all results in ``work``, and keep them in ``docs/figures`` if asked."""
    rows: dict[str, Row] = {}
    for clip in clips:
        truth = list(islice(read_pictures(clip), 0, FRAMES, STEP))
        seen = measure(clip, task, FRAMES, STEP)["points"]
        told = json.loads((work / f"{clip.name}.json").read_text(encoding="utf-8"))
        still = work / f"{clip.name}.png"
        photo = embeddings(still, measure(still, task)["points"])[:1]
        unmoved = next(read_pictures(still))
        rows[f"{clip.stem}, no motion"] = likeness([unmoved] * len(truth), truth, seen)
        for way in WAYS:
            path = work / f"{clip.name}__{way}.mp4"
            points = measure(path, task)["points"]
            row = likeness(list(read_pictures(path)), truth, seen)
            own = embeddings(path, points)
            row["nme"] = point_error(points, seen)
            row["identity"] = float(np.nanmean(np.linalg.norm(own - photo, axis=1)))
            rows[f"{clip.stem}, {way}"] = row | {key: float(told[key]) for key in told}
    data = {
        name: {key: round(value, 4) for key, value in row.items()} for name, row in rows.items()
    }
    figures.show(
        "reenactment", {"clips": data, "mean": means(rows)}, tables(rows), COMMAND, keep=keep
    )


def likeness(drawn: Sequence[Picture], truth: Sequence[Picture], points: Array) -> Row:
    """Mean PSNR and SSIM in the box around the face.

    Args:
        drawn: Pictures (H, W, 3); an odd side may lack its last row or column.
        truth: What they should be.
        points: The true face in each, (T, 478, 2).
    """
    found: list[tuple[float, float]] = []
    # The first frame is the photo, which nothing has to be done for.
    for own, right, face in zip(drawn[1:], truth[1:], points[1:], strict=False):
        if not np.isfinite(face).all():
            continue
        height, width = own.shape[:2]
        low = np.clip(np.floor(face.min(0)), 0, None).astype(int)
        high = np.minimum(np.ceil(face.max(0)), [width, height]).astype(int)
        box = slice(low[1], high[1]), slice(low[0], high[0])
        error = (own[box].astype(float) - right[box].astype(float)) ** 2
        psnr = 10 * math.log10(255**2 / max(float(error.mean()), 1e-6))
        found.append((psnr, ssim(own[box].mean(-1), right[box].mean(-1))))
    psnr, similarity = np.array(found).mean(0)
    return {"psnr": float(psnr), "ssim": float(similarity)}


def ssim(one: Array, other: Array) -> float:
    """Structural similarity of two grey pictures (H, W), 0 to 255 (Wang et al., 2004)."""
    import cv2

    def mean(picture: Array) -> Array:
        return np.asarray(cv2.GaussianBlur(picture, (11, 11), _SIGMA), np.float64)

    a, b = mean(one), mean(other)
    spread_a, spread_b = mean(one * one) - a * a, mean(other * other) - b * b
    together = mean(one * other) - a * b
    above = (2 * a * b + _C1) * (2 * together + _C2)
    below = (a * a + b * b + _C1) * (spread_a + spread_b + _C2)
    return float((above / below).mean())


def point_error(points: Array, truth: Array) -> float:
    """Mean distance of points (T, 478, 2), in outer eye distances."""
    count = min(len(points), len(truth))
    points, truth = points[1:count], truth[1:count]
    eyes = np.linalg.norm(truth[:, _EYES[0]] - truth[:, _EYES[1]], axis=-1)
    return float(np.nanmean(np.linalg.norm(points - truth, axis=-1).mean(-1) / eyes))


def means(rows: dict[str, Row]) -> dict[str, dict[str, float]]:
    """Means over the clips, by way."""
    told: dict[str, dict[str, float]] = {}
    for way in ("no motion", *WAYS):
        own = [row for name, row in rows.items() if name.endswith(f", {way}")]
        told[way] = {key: round(float(np.mean([row[key] for row in own])), 4) for key in own[0]}
    return told


def tables(rows: dict[str, Row]) -> str:
    """The means, and then the clips."""
    keys = ["psnr", "ssim", "nme", "identity", "rest_bytes", "outside_bytes"]
    titles = ["PSNR of the face, dB", "SSIM", "NME", "identity", "bytes changed at rest"]
    titles.append("bytes changed outside")

    def lines(named: Iterator[tuple[str, Any]]) -> list[list[object]]:
        return [[name, *(_shown(key, row.get(key)) for key in keys)] for name, row in named]

    return "\n".join(
        [
            figures.table(["measured from", *titles], lines(iter(means(rows).items()))),
            figures.table(["clip, measured from", *titles], lines(iter(rows.items()))),
        ]
    )


def _shown(key: str, value: float | None) -> object:
    if value is None:
        return None
    if key.endswith("bytes"):
        return int(value)
    return f"{value:.3f}" if key in ("ssim", "nme") else value


if __name__ == "__main__":
    main()
