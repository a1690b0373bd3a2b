"""MediaPipe's face landmarker (Apache-2.0), the only place that runs it.

The package ``mediapipe`` is an extra, ``d2animator[mediapipe]``, and brings no model: the caller
names the file ``face_landmarker.task``, or the environment variable ``D2ANIMATOR_FACE_LANDMARKER``
does.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.nn.functional import interpolate

from d2animator.errors import DetectorError
from d2animator.faces.detector import Face, FrameDetector, Picture
from d2animator.faces.detectors.base import one_by_one
from d2animator.faces.detectors.mesh import MESH_POINTS, from_mesh
from d2animator.faces.layouts import WFLW98, named_layout
from d2animator.faces.pixels import to_image, to_picture
from d2animator.faces.shape import bounding_box

NAME = "mediapipe"
TASK_VARIABLE = "D2ANIMATOR_FACE_LANDMARKER"
_PAGE = "https://ai.google.dev/edge/mediapipe/solutions/vision/face_landmarker"

# Whatever has a shorter side below this many pixels is enlarged, and every picture gets a margin of
# this share of it: MediaPipe's face finder is made for faces with something around them.
MIN_SIDE = 512
MARGIN = 0.25


@dataclass(frozen=True, eq=False)
class Mesh:
    """One face as MediaPipe sees it.

    Attributes:
        points: Landmarks (478,2) in pixels of the picture handed over.
        blendshapes: Blendshape -> 0 to 1; empty unless asked for.
        matrix: Facial transformation (4,4), None unless asked for; its third column is where the
            nose points, x to the picture's right, y up, z towards the camera.
    """

    points: npt.NDArray[np.float32]
    blendshapes: Mapping[str, float]
    matrix: npt.NDArray[np.float64] | None


def prepare(picture: Picture) -> tuple[Picture, float, float]:
    """Enlarge a small picture and give it a margin.

    Args:
        picture: (H,W,3) RGB, uint8.

    Returns:
        The larger picture, the factor it grew by, and the margin in its own pixels: a point p of
        ``picture`` lies at ``p * factor + margin`` in the larger one.
    """
    height, width = picture.shape[:2]
    factor = max(1.0, MIN_SIDE / min(height, width))
    image = picture
    if factor > 1:
        size = (round(height * factor), round(width * factor))
        image = to_picture(interpolate(to_image(picture), size, mode="bicubic", antialias=True))
    margin = round(MARGIN * min(image.shape[:2]))
    edges = ((margin, margin), (margin, margin), (0, 0))
    return np.pad(image, edges, mode="edge"), factor, float(margin)


def task_file(task: str | Path | None = None) -> Path:
    """Find the model file.

    Args:
        task: The file; None for what the environment variable names.

    Raises:
        DetectorError: Nobody names one, or it is not there.
    """
    named = task or os.environ.get(TASK_VARIABLE)
    if not named:
        reason = (
            "needs MediaPipe's model file face_landmarker.task, which d2animator does not ship: "
            f"get it from {_PAGE} and name it, or set {TASK_VARIABLE} to its path"
        )
        raise DetectorError(NAME, reason)
    path = Path(named)
    if not path.is_file():
        raise DetectorError(NAME, f"no model file at {path}; get it from {_PAGE}")
    return path


class MeshReader:
    """Reads the face meshes of single pictures, each on its own: nothing is smoothed."""

    def __init__(
        self,
        task: str | Path | None = None,
        faces: int = 1,
        *,
        blendshapes: bool = False,
        matrices: bool = False,
    ) -> None:
        """Load the model.

        Args:
            task: See `task_file`.
            faces: Most faces to find in a picture.
            blendshapes: Whether to read them.
            matrices: Whether to read the facial transformations.

        Raises:
            DetectorError: MediaPipe is not installed, or the file is no such model.
        """
        path = task_file(task)
        try:
            import mediapipe
        except ImportError as error:
            reason = "the package is not installed: pip install 'd2animator[mediapipe]'"
            raise DetectorError(NAME, reason) from error
        self._library: Any = mediapipe
        vision = mediapipe.tasks.vision
        options = vision.FaceLandmarkerOptions(
            base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(path)),
            output_face_blendshapes=blendshapes,
            output_facial_transformation_matrixes=matrices,
            num_faces=faces,
        )
        try:
            self._landmarker: Any = vision.FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise DetectorError(NAME, f"{path} is no face landmarker ({error!s:.200})") from error
        # The library's own way out runs when Python has already taken its modules away.
        self._finalizer = weakref.finalize(self, self._landmarker.close)

    def read(self, picture: Picture) -> list[Mesh]:
        """Read all faces of a picture.

        Args:
            picture: (H,W,3) RGB, uint8.

        Returns:
            The faces, in MediaPipe's order.

        Raises:
            ShapeError: Not such a picture.
        """
        larger, factor, margin = prepare(picture)
        image = self._library.Image(
            image_format=self._library.ImageFormat.SRGB, data=np.ascontiguousarray(larger)
        )
        result = self._landmarker.detect(image)
        size = np.array([larger.shape[1], larger.shape[0]])
        shapes = result.face_blendshapes or [[]] * len(result.face_landmarks)
        matrices = result.facial_transformation_matrixes or [None] * len(result.face_landmarks)
        meshes = []
        for found, own, matrix in zip(result.face_landmarks, shapes, matrices, strict=True):
            points = np.array([(point.x, point.y) for point in found[:MESH_POINTS]]) * size
            meshes.append(
                Mesh(
                    points=((points - margin) / factor).astype(np.float32),
                    blendshapes={shape.category_name: shape.score for shape in own},
                    matrix=None if matrix is None else np.asarray(matrix, np.float64),
                )
            )
        return meshes

    def close(self) -> None:
        """Give the model back; it cannot be used afterwards."""
        self._finalizer()


class MediaPipeDetector(FrameDetector):
    """Finds faces with MediaPipe and gives their points in one of our layouts.

    MediaPipe has no score for a face that it found: a found one has the score 1.
    """

    def __init__(
        self, reader: MeshReader | None = None, layout: str = WFLW98, faces: int = 4
    ) -> None:
        """Take or make a reader of meshes.

        Args:
            reader: Runs MediaPipe; None for one with the model file that the environment names.
            layout: ``wflw98`` or ``ibug68``.
            faces: Most faces to find in a picture, where a reader is made.

        Raises:
            DetectorError: See `MeshReader`.
            ConfigError: No such layout.
        """
        super().__init__(named_layout(layout))
        self._reader = reader or MeshReader(faces=faces)

    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture (H,W,3), uint8, RGB; largest first."""
        points = [from_mesh(mesh.points, self.layout) for mesh in self._reader.read(image)]
        faces = [Face(True, own, bounding_box(own), 1.0) for own in points]
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def landmarks_and_scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read pictures (B,3,H,H) in [-1,1], one by one; see `base.one_by_one`."""
        return one_by_one(self.detect, self.layout, images)

    def fresh(self) -> Self:
        """Give a detector with the same model that has seen nothing yet."""
        return type(self)(self._reader, self.layout.name)
