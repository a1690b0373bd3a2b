"""How far do the bundled landmark networks lie from annotated photographs of people?

    python -m benchmarks.annotated --photos folder [folder ...] \
        --task face_landmarker_v2_with_blendshapes.task --write

A folder holds photographs with the 68 iBUG points of one face or several: as ``.pts`` beside a
picture (300-W and what follows it), as ``.ljson``, or as an ``.xml`` table of many pictures
(imglab's). Each face is cut out with as much around it as its points are wide, as that benchmark
gives its faces' boxes, and of the faces there the annotated one is taken. The contour is compared
by its visible edge (`d2animator.models.outline`), and without it. With ``--task`` an outside
tracker does the same; its points are made into ours, the rest of the way is one. The normalised
mean error (NME) is the mean distance of the points over that of the outer eye corners.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks import figures
from d2animator.animate.landmarks import find_landmarks
from d2animator.bundles.bundle import load_bundle
from d2animator.faces.detector import Detector, TellsOutline
from d2animator.faces.detectors.choice import make_detector
from d2animator.faces.layouts import WFLW98_TO_IBUG68

Points = npt.NDArray[np.float64]

PICTURES = (".jpg", ".png", ".ppm")
MARGIN = 1.0  # around the points, as a share of their box's longer side
SMALLEST = 256  # pixels of a cut; a smaller one is enlarged, as any viewer would


@dataclass(frozen=True)
class Annotated:
    """A face that somebody marked.

    Attributes:
        picture: The photograph's file.
        points: (68, 2) pixels, as iBUG orders them.
    """

    picture: Path
    points: Points


@dataclass(frozen=True)
class Error:
    """How one folder's faces came out.

    Attributes:
        photos: Name of the folder.
        faces: Annotated ones.
        found: Share in which a face is found, 0 to 1.
        nme: Median over the found faces, in percent; None where none is found.
        nme_inner: The same without the contour.
    """

    photos: str
    faces: int
    found: float
    nme: float | None
    nme_inner: float | None


def read_folder(folder: Path) -> list[Annotated]:
    """All annotated faces of a folder, in the order of the names of the files."""
    faces: list[Annotated] = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".pts":
            faces += _marked(path, read_pts(path.read_text()))
        elif path.suffix == ".ljson":
            faces += _marked(path, read_ljson(path.read_text()))
        elif path.suffix == ".xml":
            faces += [
                Annotated(folder / name, points)
                for name, points in read_xml(path.read_text("latin-1"))
            ]
    return faces


def read_pts(text: str) -> Points:
    """Points (N,2) of a ``.pts`` file."""
    inside = text[text.index("{") + 1 : text.index("}")]
    return np.array(inside.split(), dtype=float).reshape(-1, 2)


def read_ljson(text: str) -> Points:
    """Points (N,2) of the first group of an ``.ljson`` file, which has y before x."""
    group = next(iter(json.loads(text)["groups"].values()))
    return np.array(group["landmarks"]["points"], dtype=float)[:, ::-1].copy()


def read_xml(text: str) -> list[tuple[str, Points]]:
    """File name and points (N,2) of every box of a table that has points."""
    boxes: list[tuple[str, dict[int, tuple[float, float]]]] = []
    file = ""
    for tag in re.finditer(r"<(image|box|part)\b([^>]*)>", text):
        said = dict(re.findall(r"""(\w+)=["']([^"']*)""", tag[2]))
        if tag[1] == "image":
            file = said["file"]
        elif tag[1] == "box":
            boxes.append((file, {}))
        else:
            boxes[-1][1][int(said["name"])] = (float(said["x"]), float(said["y"]))
    return [(name, np.array([parts[i] for i in sorted(parts)])) for name, parts in boxes if parts]


def cut_out(picture: npt.NDArray[np.uint8], points: Points) -> tuple[Image.Image, Points]:
    """The face with its surroundings, and its points there.

    Args:
        picture: (H,W,3) RGB.
        points: (N,2) pixels in it.
    """
    low, high = points.min(0), points.max(0)
    longer = float((high - low).max())
    corner = np.maximum(np.floor((low + high) / 2 - (0.5 + MARGIN) * longer), 0).astype(int)
    end = np.ceil((low + high) / 2 + (0.5 + MARGIN) * longer).astype(int)
    part = Image.fromarray(picture[corner[1] : end[1], corner[0] : end[0]])
    scale = max(1.0, SMALLEST / min(part.size))
    size = (round(part.width * scale), round(part.height * scale))
    # A pixel's centre is half a pixel from its corner, whatever its size.
    moved = (points - corner + 0.5) * (np.array(size) / part.size) - 0.5
    return part.resize(size, Image.Resampling.BICUBIC), moved


def as_ibug68(landmarks: Points, outline: npt.NDArray[np.floating]) -> Points:
    """What of our points answers to iBUG's 68.

    Its points divide a lid in three, ours in four; all others have one of ours in their place.

    Args:
        landmarks: (98,2).
        outline: (33,2), the visible contour.
    """
    points = landmarks[list(WFLW98_TO_IBUG68)]
    points[:17] = outline[::2]
    for eye, first in ((36, 60), (42, 68)):
        rim = landmarks[[first + index % 8 for index in range(9)]]
        for offset, place in ((1, 4 / 3), (2, 8 / 3), (4, 16 / 3), (5, 20 / 3)):
            before, share = int(place), place % 1
            points[eye + offset] = (1 - share) * rim[before] + share * rim[before + 1]
    return points


def errors(ours: Points, marked: Points) -> tuple[float, float]:
    """NME in percent, of all points and without the contour.

    Args:
        ours: (68, 2).
        marked: (68, 2).
    """
    eyes = float(np.linalg.norm(marked[36] - marked[45]))
    apart = 100 * np.linalg.norm(ours - marked, axis=1) / eyes
    return float(apart.mean()), float(apart[17:].mean())


def measure(
    detector: Detector,
    tells: TellsOutline,
    name: str,
    faces: Sequence[Annotated],
) -> Error:
    """Find every face and compare.

    Args:
        detector: Finds 98 points.
        tells: Finds the visible contours that go with them.
        name: Of the row.
        faces: What somebody marked.
    """
    seen: list[tuple[float, float]] = []
    for face in faces:
        picture = np.asarray(Image.open(face.picture).convert("RGB"))
        cut, marked = cut_out(picture, face.points)
        box = (*marked.min(0), *np.ptp(marked, axis=0))
        record = find_landmarks(
            detector, np.asarray(cut), face=",".join(f"{side:.0f}" for side in box)
        )[0]
        if record.points is not None:
            edges = tells.outlines(record.points[None])
            if edges is None:
                raise SystemExit("this bundle does not tell the visible contour")
            seen.append(errors(as_ibug68(record.points.astype(float), edges[0]), marked))
    whole, inner = np.median(seen, axis=0).tolist() if seen else (None, None)
    return Error(name, len(faces), len(seen) / max(1, len(faces)), whole, inner)


def markdown(rows: Sequence[Error]) -> str:
    """The table of the documentation."""
    header = ["photographs", "faces", "found", "NME, %", "NME without the contour, %"]
    return figures.table(
        header, [(r.photos, r.faces, f"{r.found:.1%}", r.nme, r.nme_inner) for r in rows]
    )


def _marked(path: Path, points: Points) -> list[Annotated]:
    picture = next((p for p in map(path.with_suffix, PICTURES) if p.exists()), None)
    return [Annotated(picture, points)] if picture is not None and len(points) == 68 else []


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--task", type=Path, help="MediaPipe's face landmarker, to compare with")
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--write", action="store_true", help="write docs/figures/annotated.*")
    options = parser.parse_args()
    bundle = load_bundle(options.model)
    own = bundle.tracker()
    detectors: dict[str, Detector] = {"": own}
    if options.task is not None:
        detectors[", by the outside tracker"] = make_detector("mediapipe", task=options.task)
    rows = [
        measure(detector, own, folder.name + name, read_folder(folder))
        for folder in options.photos
        for name, detector in detectors.items()
    ]
    data = {"photographs": [asdict(row) for row in rows]}
    command = "python -m benchmarks.annotated"
    figures.show("annotated", data, markdown(rows), command, keep=options.write)


if __name__ == "__main__":
    main()
