"""Photos moved by clips: does the person stay the same, and do they follow? Judged from outside.

    python -m benchmarks.photos draw --photos me.jpg ... --drivers clip.mp4 ... --work scratch
    python -m benchmarks.photos judge --work scratch --drivers clip.mp4 ... \
        --task face_landmarker_v2_with_blendshapes.task --write

The first draws every third frame of the first 240 of each driver onto each photo. The second needs
neither this package nor PyTorch, so that it can run in an environment of its own, with
``pip install mediapipe face-recognition-models dlib-bin "setuptools<80" av``. It prints the
pairs and their means: the share of frames with a face; correlation and gain of yaw, pitch, roll,
jaw, the lips' gap, smile and blink, each where the driver does it; unrest over the driver's; the
mean and the worst distance of dlib's face embeddings to the photo's, and of the drivers' own
frames to their first.

Yaw and pitch are measured twice: in whole pictures, and framed, in squares around the face. The
tracker takes every picture for one of a camera that sees 63 degrees. In a clip that a face fills
it therefore takes a part of a turn for a walk aside, in a photo where the same face is small it
does not, and the same turn seems larger there. Framed alike, both are seen alike.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import figures

Array = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]
Row = dict[str, float]

COMMAND = "python -m benchmarks.photos judge ... --write"

STEP = 3
FRAMES = 240
# A driver does something when it deviates by this over its frames: degrees, or 0 to 1.
DOES = {
    "yaw": 2.0,
    "yaw_framed": 2.0,
    "pitch": 2.0,
    "pitch_framed": 2.0,
    "roll": 1.5,
    "jaw": 0.05,
    "lips_gap": 0.01,
    "smile": 0.08,
    "blink": 0.08,
}
# In MediaPipe's mesh; the last are outer eye corners, nose, chin and forehead.
_EYES, _LIPS, _MIDDLE = (33, 263), (13, 14), (33, 263, 1, 152, 10)
# A framed face fills this share of a square of so many pixels, corner to corner of its box.
_FILLS, _FRAME = 0.7, 512


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw or judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("draw", "judge"))
    parser.add_argument("--photos", type=Path, nargs="+", default=[])
    parser.add_argument("--drivers", type=Path, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder of the results")
    parser.add_argument("--size", type=int, default=512, help="longer side of the results")
    parser.add_argument("--task", type=Path, help="MediaPipe's face landmarker")
    parser.add_argument("--write", action="store_true", help="keep the judgement in docs/figures")
    options = parser.parse_args(arguments)
    if options.what == "draw":
        options.work.mkdir(parents=True, exist_ok=True)
        draw(options.photos, options.drivers, options.work, options.size)
    else:
        judge(options.drivers, options.work, options.task, keep=options.write)


def draw(photos: Sequence[Path], drivers: Sequence[Path], work: Path, size: int) -> None:
    """Write ``PHOTO__DRIVER.mp4`` and ``PHOTO.png`` for every pair.

    A driver is followed once, and only the frames that are judged are drawn.
    """
    from PIL import Image

    from d2animator import D2Animator
    from d2animator.animate.driver import open_driver
    from d2animator.animate.options import AnimateOptions
    from d2animator.animate.performer import photographed
    from d2animator.marks.options import UNMARKED
    from d2animator.performers.photo.photo import Photo

    animator = D2Animator.from_pretrained(device="cpu", marks=UNMARKED)
    options = AnimateOptions(renderer="photo", size=size, frames=FRAMES)
    opened = {path: open_driver(path, options) for path in drivers}
    motions = {
        path: list(driver.observations(animator.sources.tracker(), options))
        for path, driver in opened.items()
    }
    for path in photos:
        photo = animator.prepare(path, options=options)
        if not isinstance(photo, Photo):
            raise TypeError(f"{path}: expected a photo that moves, got {type(photo).__name__}")
        Image.fromarray(photo.scene.image[..., :3]).save(work / f"{path.name}.png")
        for driver in drivers:
            performer = photographed(photo, opened[driver], options)
            wanted = [target for _, target in performer.wanted(iter(motions[driver]))]
            pictures = (performer.draw([target])[0] for target in wanted[::STEP])
            write_clip(work / f"{path.name}__{driver.name}", pictures)


def write_clip(path: Path, frames: Iterator[Picture]) -> None:
    """Write a nearly lossless clip; odd sides lose their last row or column."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = None
        for frame in frames:
            even = frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]
            if stream is None:
                stream = container.add_stream("libx264", rate=10)
                stream.height, stream.width = even.shape[:2]
                stream.pix_fmt, stream.options = "yuv420p", {"crf": "12"}
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode())


def judge(drivers: Sequence[Path], work: Path, task: Path, *, keep: bool = False) -> None:
    """Print figures of all results in ``work``, and keep them in ``docs/figures`` if asked."""
    rows: dict[str, Row] = {}
    measured = {driver.name: measure(driver, task, FRAMES, STEP) for driver in drivers}
    for path in sorted(work.glob("*__*.mp4")):
        photo, driver = path.name.split("__")
        if driver in measured:
            still = work / f"{photo}.png"
            name = f"{Path(photo).stem}, {path.stem.split('__')[1]}"
            rows[name] = compare(measured[driver], path, still, task)
    if rows:
        own = {driver.stem: own_frames(driver, measured[driver.name]) for driver in drivers}
        data = {
            "pairs": {name: _plain(row) for name, row in rows.items()},
            "mean": mean(rows),
            "drivers": {name: _plain(row) for name, row in own.items()},
        }
        figures.show("photos", data, tables(rows, own), COMMAND, keep=keep)


def own_frames(driver: Path, seen: Mapping[str, Array]) -> Row:
    """How far a driver's frames are from their own first one: what one person's faces differ by."""
    own = embeddings(driver, seen["points"], step=STEP)
    distance = np.linalg.norm(own[1:] - own[:1], axis=1)
    return {"identity": float(np.nanmean(distance)), "identity_worst": float(np.nanmax(distance))}


def mean(rows: Mapping[str, Row]) -> dict[str, float | None]:
    """Each figure's mean over the rows that have it, and the worst identity of all."""
    columns = {
        key: np.array([row[key] for row in rows.values()]) for key in next(iter(rows.values()))
    }
    known = {key: column[np.isfinite(column)] for key, column in columns.items()}
    means = {
        key: float(column.mean()) if len(column) else math.nan for key, column in known.items()
    }
    worst = {
        "identity_worst": float(known["identity_worst"].max()),
        "identity_worst_mean": means["identity_worst"],
    }
    return _plain(means | worst)


def tables(rows: Mapping[str, Row], drivers: Mapping[str, Row]) -> str:
    """The means, a line a movement, and then the pairs.

    Args:
        rows: Of the pairs, as of `compare`.
        drivers: Of the drivers, as of `own_frames`.
    """
    means, own = mean(rows), mean(drivers)
    movements = [[name.replace("_", " "), means[name], means[f"gain {name}"]] for name in DOES]
    shown = [name for name in DOES if not name.endswith("_framed")]
    keys = [*shown, "unrest", "identity", "identity_worst"]
    pairs = [[name, *(row[key] for key in keys)] for name, row in rows.items()]
    whole = [
        ["frames with a face", means["found"]],
        ["unrest over the driver's", means["unrest"]],
        ["distance of identity, mean", means["identity"]],
        ["distance of identity, mean of the pairs' worst frames", means["identity_worst_mean"]],
        ["distance of identity, worst frame of all", means["identity_worst"]],
        ["drivers' own frames to their first, mean", own["identity"]],
        ["the same, mean of the drivers' worst frames", own["identity_worst_mean"]],
        ["the same, worst frame of all", own["identity_worst"]],
    ]
    return "\n".join(
        [
            f"{len(rows)} pairs; an outside tracker and an outside identity network.\n",
            figures.table(["movement", "correlation with the driver's", "gain"], movements),
            figures.table(["all pairs", "value"], whole),
            figures.table(["photo, driver", *(key.replace("_", " ") for key in keys)], pairs),
        ]
    )


def _plain(row: Row) -> dict[str, float | None]:
    return {key: round(value, 4) if math.isfinite(value) else None for key, value in row.items()}


def compare(driver: dict[str, Array], path: Path, still: Path, task: Path) -> Row:
    """Figures of one result."""
    result = measure(path, task)
    count = min(len(driver["yaw"]), len(result["yaw"]))
    row = {"found": float(np.isfinite(result["yaw"]).mean())}
    for name, least in DOES.items():
        wanted, got = driver[name][:count], result[name][:count]
        both = np.isfinite(wanted) & np.isfinite(got)
        wanted, got = wanted[both], got[both]
        moves = both.sum() > 9 and wanted.std() >= least and got.std() > 0
        row[name] = float(np.corrcoef(wanted, got)[0, 1]) if moves else math.nan
        row[f"gain {name}"] = float(np.polyfit(wanted, got, 1)[0]) if moves else math.nan
    row["unrest"] = unrest(result["points"]) / unrest(driver["points"][:count])
    own = embeddings(path, result["points"])
    reference = embeddings(still, measure(still, task)["points"])
    distance = np.linalg.norm(own - reference[:1], axis=1)
    row["identity"] = float(np.nanmean(distance))
    row["identity_worst"] = float(np.nanmax(distance))
    return row


def unrest(points: Array) -> float:
    """Mean second difference of points (T, 478, 2), in outer eye distances."""
    shown = points[np.isfinite(points).all((1, 2))]
    eyes = np.linalg.norm(shown[:, _EYES[0]] - shown[:, _EYES[1]], axis=-1).mean()
    change = shown[2:] - 2 * shown[1:-1] + shown[:-2]
    return float(np.linalg.norm(change, axis=-1).mean() / eyes)


def measure(path: Path, task: Path, limit: int = 10**9, step: int = 1) -> dict[str, Array]:
    """What the tracker sees in each frame; NaN where it sees no face."""
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    wanted = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(task)),
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    rows: list[dict[str, Any]] = []
    with vision.FaceLandmarker.create_from_options(wanted) as tracker:
        for index, frame in enumerate(read_pictures(path)):
            if index >= limit:
                break
            if index % step == 0:
                image = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame)
                row = _row(tracker.detect(image), frame.shape)
                cut = mp.Image(image_format=mp.ImageFormat.SRGB, data=framed(frame, row["points"]))
                turns = _row(tracker.detect(cut), cut.numpy_view().shape)
                rows.append(row | {f"{name}_framed": turns[name] for name in ("yaw", "pitch")})
    return {name: np.array([row[name] for row in rows], float) for name in rows[0]}


def framed(frame: Picture, points: Array) -> Picture:
    """A square cut out around a face, the face in its middle and as large in any picture.

    Args:
        frame: (H, W, 3).
        points: (478, 2); where they are no numbers there is no face, and the frame stays as it is.
    """
    import cv2

    if not np.isfinite(points).all():
        return frame
    side = float(np.linalg.norm(np.ptp(points, axis=0))) / _FILLS
    scale, middle = _FRAME / side, points[list(_MIDDLE)].mean(0)
    x, y = _FRAME / 2 - scale * middle
    way = np.array([[scale, 0.0, x], [0.0, scale, y]])
    size, edge = (_FRAME, _FRAME), cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(frame, way, size, borderMode=edge), np.uint8)


def _row(seen: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    if not seen.face_landmarks:
        missing: dict[str, Any] = dict.fromkeys(DOES, math.nan)
        return missing | {"points": np.full((478, 2), math.nan)}
    scores = {one.category_name: one.score for one in seen.face_blendshapes[0]}
    turn = np.array(seen.facial_transformation_matrixes[0])[:3, :3]
    turn = turn / np.linalg.norm(turn, axis=0)
    size = np.array([shape[1], shape[0]])
    points = np.array([[point.x, point.y] for point in seen.face_landmarks[0]]) * size
    eyes = np.linalg.norm(points[_EYES[0]] - points[_EYES[1]])
    return {
        "yaw": math.degrees(math.atan2(turn[0, 2], turn[2, 2])),
        "pitch": math.degrees(math.asin(-turn[1, 2])),
        "roll": math.degrees(math.atan2(turn[1, 0], turn[1, 1])),
        "jaw": scores["jawOpen"],
        "lips_gap": float(np.linalg.norm(points[_LIPS[0]] - points[_LIPS[1]]) / eyes),
        "smile": (scores["mouthSmileLeft"] + scores["mouthSmileRight"]) / 2,
        "blink": (scores["eyeBlinkLeft"] + scores["eyeBlinkRight"]) / 2,
        "points": points,
    }


def embeddings(path: Path, points: Array, every: int = 4, step: int = 1) -> Array:
    """Embeddings (N, 128) of every fourth face, by dlib's recognition network.

    Args:
        path: The clip or picture.
        points: Its faces, (T, 478, 2), of every ``step``-th frame.
        every: Of how many faces one is taken.
        step: See there.
    """
    import dlib
    import face_recognition_models as models

    corners = dlib.shape_predictor(models.pose_predictor_five_point_model_location())
    network = dlib.face_recognition_model_v1(models.face_recognition_model_location())
    rows = []
    for number, frame in enumerate(read_pictures(path)):
        index, between = divmod(number, step)
        if between or index % every or index >= len(points):
            continue
        if not np.isfinite(points[index]).all():
            rows.append(np.full(128, math.nan))
            continue
        least, most = points[index].min(0), points[index].max(0)
        box = dlib.rectangle(*(int(side) for side in (*least, *most)))
        chip = dlib.get_face_chip(frame, corners(frame, box))
        rows.append(np.array(network.compute_face_descriptor(chip)))
    return np.stack(rows)


def read_pictures(path: Path) -> Iterator[Picture]:
    """Frames of a clip, or the one of a picture, decoded without our own reader."""
    import av

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.ascontiguousarray(frame.to_ndarray(format="rgb24"), np.uint8)


if __name__ == "__main__":
    main()
