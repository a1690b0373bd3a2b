"""The library face-alignment (Bulat and Tzimiropoulos 2017; BSD-3): 68 points.

Its two networks are files that it fetches when they are first wanted. We fetch them ourselves, into
the same place, because then their hashes are checked, and a failure can say what to do by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError, DetectorError, check_shape
from d2animator.faces.detector import Face, FrameDetector, Picture
from d2animator.faces.layouts import IBUG
from d2animator.faces.pixels import to_picture
from d2animator.faces.shape import Box, bounding_box, is_plausible

NAME = "face-alignment"

# Where the 68 points usually lie in FFHQ's crop, in crop widths: x, y, width, height.
_USUAL_BOX: Box = (0.23, 0.34, 0.54, 0.57)
# The network sees crops of 256 pixels: no batch needs larger pictures than this.
_LARGEST_SIDE = 384


@dataclass(frozen=True)
class FaceAlignmentOptions:
    """How to run face-alignment."""

    # Whether each face is looked at a second time, mirrored: steadier, and twice the time.
    mirrored_too: bool = False
    # Faces that the landmark network sees at once.
    batch: int = 16
    # Least probability of a face that was searched for.
    detect_score: float = 0.5
    # Least mean height of the heatmaps' peaks, 0 to 1, at which a followed face is believed.
    track_score: float = 0.2

    def __post_init__(self) -> None:
        check_fields(self)
        if self.batch < 1:
            raise ConfigError("batch", f"expected at least 1, got {self.batch}")


@dataclass(frozen=True)
class WeightFile:
    """A network of face-alignment's.

    Attributes:
        url: Where it is fetched from; its name ends in the first digits of its SHA-256.
        path: Where it belongs.
    """

    url: str
    path: Path


def weight_files() -> tuple[WeightFile, WeightFile]:
    """Name the files that face-alignment needs for 68 points: face finder, landmark network.

    Raises:
        DetectorError: The library is not installed.
    """
    try:
        from face_alignment.api import models_urls
        from face_alignment.detection.sfd.sfd_detector import models_urls as finder_urls
    except ImportError as error:
        reason = f"not installed ({error}): pip install 'face-alignment>=1.5'"
        raise DetectorError(NAME, reason) from error
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    finder, points = str(finder_urls["s3fd"]), str(models_urls["2DFAN-4"])
    return (
        WeightFile(finder, folder / finder.rpartition("/")[2]),
        WeightFile(points, folder / points.rpartition("/")[2]),
    )


def fetch(files: Sequence[WeightFile]) -> None:
    """Bring the files that are missing; those that are there stay.

    Raises:
        DetectorError: One could not be fetched; says where to put it by hand.
    """
    missing = [file for file in files if not file.path.is_file()]
    for file in missing:
        try:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            match = torch.hub.HASH_REGEX.search(file.path.name)
            prefix = match[1] if match else None
            torch.hub.download_url_to_file(file.url, str(file.path), prefix, progress=False)
        except (OSError, RuntimeError) as error:  # a URLError is an OSError; a wrong hash is not
            todo = "; ".join(f"{one.url} as {one.path}" for one in missing)
            reason = (
                f"its weights are not here and could not be fetched ({error}). Put them there by "
                f"hand: {todo} (the environment variable TORCH_HOME names another place)"
            )
            raise DetectorError(NAME, reason) from error


class FaceAlignmentDetector(FrameDetector):
    """Finds faces and their 68 points with face-alignment.

    A followed face is looked for only where it was in the frame before: searching is what costs.
    """

    def __init__(
        self,
        device: torch.device | str = "cpu",
        options: FaceAlignmentOptions | None = None,
        library: Any = None,
    ) -> None:
        """Load the networks, and fetch them first where they are missing.

        Args:
            device: Where they run.
            options: How.
            library: A ``face_alignment.FaceAlignment`` to take instead of making one.

        Raises:
            DetectorError: The library or its weights are missing, or the weights are damaged.
        """
        super().__init__(IBUG)
        self.options = options or FaceAlignmentOptions()
        self.device = torch.device(device)
        self._library = library or _load(str(device), self.options)

    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture.

        Args:
            image: (H,W,3), uint8, RGB.

        Returns:
            Faces, largest first; none if there is none.

        Raises:
            ShapeError: Not such a picture.
        """
        check_shape("image", image, ("H", "W", 3))
        boxes = self._library.face_detector.detect_from_image(image.copy())
        boxes = [box for box in boxes if box[4] >= self.options.detect_score]
        faces = [face for face in self._read(image, boxes) if face.found]
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def look_near(self, frame: Picture, last: Face) -> Face | None:
        """Look for a face where it was in the frame before; None if it is no longer there."""
        face = self._read(frame, [_corners(last.box)])[0]
        return face if face.found and face.score >= self.options.track_score else None

    def landmarks_and_scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read pictures (B,3,H,H) in [-1,1], in batches; nothing is searched for.

        Returns:
            Points (B,68,2) in pixels and scores (B,), on the pictures' device.

        Raises:
            ShapeError: Not such pictures.
        """
        check_shape("images", images, ("B", 3, "H", "H"))
        size = images.shape[-1]
        side = min(size, _LARGEST_SIDE)
        small = images if side == size else adaptive_avg_pool2d(images, side)
        x, y, width, height = (side * share for share in _USUAL_BOX)
        found: list[Face] = []
        for part in torch.split(small, self.options.batch):
            sheet, lefts, top = _side_by_side([to_picture(image) for image in part])
            boxes = [(left + x, top + y, width, height) for left in lefts]
            for _ in range(2):  # the second look is at where the first one pointed
                faces = self._read(sheet, [_corners(box) for box in boxes])
                places = zip(faces, lefts, strict=True)
                boxes = [_within(face.box, (left, top), side) for face, left in places]
            for face, left in zip(faces, lefts, strict=True):
                own = (face.landmarks - (left, top)) * (size / side)
                found.append(Face(face.found, own.astype(np.float32), face.box, face.score))
        points = torch.from_numpy(np.stack([face.landmarks for face in found]))
        scores = torch.tensor([face.score if face.found else 0.0 for face in found])
        return points.to(images.device), scores.to(images.device)

    def fresh(self) -> Self:
        """Give a detector with the same networks that has seen nothing yet."""
        return type(self)(self.device, self.options, self._library)

    def _read(self, image: Picture, boxes: Sequence[Sequence[float]]) -> list[Face]:
        """Read the points in boxes (x and y from, x and y to); ``found`` tells a likely shape."""
        if not boxes:
            return []
        sets, peaks, _ = self._library.get_landmarks_from_image(
            image, detected_faces=boxes, return_landmark_score=True
        )
        faces = []
        for points, heights in zip(sets, peaks, strict=True):
            landmarks = np.asarray(points, np.float32)
            score = float(np.clip(np.mean(heights), 0.0, 1.0))
            box = bounding_box(landmarks)
            faces.append(Face(is_plausible(landmarks), landmarks, box, score))
        return faces


def _load(device: str, options: FaceAlignmentOptions) -> Any:
    finder, points = weight_files()
    fetch((finder, points))
    import face_alignment

    try:
        return face_alignment.FaceAlignment(
            face_alignment.LandmarksType.TWO_D,
            device=device,
            flip_input=options.mirrored_too,
            face_detector="sfd",
            # Given a path, it reads tensors only; it would run a pickle that it finds by itself.
            face_detector_kwargs={"path_to_detector": str(finder.path)},
            compile=False,
            max_batch_size=options.batch,
        )
    except Exception as error:  # whatever PyTorch says of a file that is none of its own
        reason = (
            f"its weights {finder.path.name} and {points.path.name} in {finder.path.parent} cannot "
            f"be loaded ({error!s:.200}); delete them, and they are fetched anew"
        )
        raise DetectorError(NAME, reason) from error


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box[0], box[1], box[0] + box[2], box[1] + box[3]


def _within(box: Box, corner: tuple[int, int], side: int) -> Box:
    """Keep a box (x, y, width, height) within its own picture of a sheet."""
    low = np.clip(box[:2], corner, np.add(corner, side - 1))
    high = np.clip(np.add(box[:2], box[2:]), low + 1, np.add(corner, side))
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _side_by_side(pictures: Sequence[Picture]) -> tuple[Picture, list[int], int]:
    """Lay square pictures in a row on black, with gaps that no face's crop reaches over.

    The library reads many faces of one picture in a batch, but many pictures one by one.

    Returns:
        The sheet, each picture's left edge on it, and their upper edge.
    """
    side = len(pictures[0])
    gap = round(0.6 * side)  # a crop is about as large as its box's width and height together
    lefts = [gap + index * (side + gap) for index in range(len(pictures))]
    sheet: npt.NDArray[np.uint8] = np.zeros((side + 2 * gap, lefts[-1] + side + gap, 3), np.uint8)
    for left, picture in zip(lefts, pictures, strict=True):
        sheet[gap : gap + side, left : left + side] = picture
    return sheet, lefts, gap
