"""An outside face tracker (MediaPipe's face landmarker) as the judge of our pictures.

MediaPipe is no dependency of this project: ``pip install mediapipe`` and hand over the path of
``face_landmarker_v2_with_blendshapes.task``. It is imported only when a tracker is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

# Whatever has a shorter side below this many pixels is enlarged, and every picture gets a margin
# of this share of it: MediaPipe's face finder is made for faces with something around them. Driver
# and result are treated alike.
MIN_SIDE = 512
MARGIN = 0.25

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Measurement:
    """What the tracker says about one frame; all NaN where it found no face.

    Attributes:
        yaw: Head turned about the vertical axis, degrees, positive towards the picture's right.
        pitch: Head nodding, degrees, positive downwards.
        jaw_open: Blendshape ``jawOpen``, 0 to 1.
        blink: Mean of ``eyeBlinkLeft`` and ``eyeBlinkRight``, 0 to 1.
        smile: Mean of ``mouthSmileLeft`` and ``mouthSmileRight``, 0 to 1.
        points: (478, 2) landmarks in x, y pixels of the picture handed over.
    """

    yaw: float
    pitch: float
    jaw_open: float
    blink: float
    smile: float
    points: npt.NDArray[np.float32]

    @property
    def found(self) -> bool:
        """Whether there was a face."""
        return not math.isnan(self.yaw)


NO_FACE = Measurement(
    yaw=math.nan,
    pitch=math.nan,
    jaw_open=math.nan,
    blink=math.nan,
    smile=math.nan,
    points=np.full((478, 2), math.nan, np.float32),
)


def prepare(picture: Picture) -> tuple[Picture, float, float]:
    """Enlarge a small picture and give it a margin, as the tracker needs it.

    Args:
        picture: (H, W, 3) RGB.

    Returns:
        The larger picture, the factor it grew by, and the margin in its own pixels: a point p of
        ``picture`` lies at ``p * factor + margin`` in the larger one.
    """
    height, width = picture.shape[:2]
    factor = max(1.0, MIN_SIDE / min(height, width))
    size = (round(width * factor), round(height * factor))
    image = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    margin = round(MARGIN * min(size))
    edges = ((margin, margin), (margin, margin), (0, 0))
    return np.pad(np.asarray(image), edges, mode="edge"), factor, float(margin)


def yaw_and_pitch(matrix: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Angles of the nose's direction.

    Args:
        matrix: (4, 4) facial transformation; its third column is where the nose points, x to the
            picture's right, y up, z towards the camera.

    Returns:
        Yaw and pitch in degrees.
    """
    x, y, z = (float(value) for value in matrix[:3, 2])
    return math.degrees(math.atan2(x, z)), math.degrees(math.atan2(-y, math.hypot(x, z)))


def read_frames(path: Path) -> Iterator[Picture]:
    """Frames of a video as RGB, decoded without our own reader: a judge shares no code."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


class Judge(Protocol):
    """Whatever measures the frames of a clip."""

    def measure_clip(self, path: Path) -> Sequence[Measurement]:
        """Measure every frame of a video."""
        ...


class Tracker:
    """Measures frames one by one, each on its own: no smoothing that could hide a bad frame."""

    def __init__(self, task: Path) -> None:
        """Load the model.

        Args:
            task: MediaPipe's ``face_landmarker_v2_with_blendshapes.task``.
        """
        # MediaPipe is wanted here only, and not installed with us.
        import mediapipe as mp

        vision = mp.tasks.vision
        self._mp = mp
        self._landmarker = vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(
                base_options=mp.tasks.BaseOptions(model_asset_path=str(task)),
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
                num_faces=1,
            )
        )

    def measure(self, picture: Picture) -> Measurement:
        """Measure one frame.

        Args:
            picture: (H, W, 3) RGB.
        """
        larger, factor, margin = prepare(picture)
        image = self._mp.Image(
            image_format=self._mp.ImageFormat.SRGB, data=np.ascontiguousarray(larger)
        )
        result = self._landmarker.detect(image)
        if not result.face_landmarks:
            return NO_FACE
        height, width = larger.shape[:2]
        points = np.array(
            [(point.x * width, point.y * height) for point in result.face_landmarks[0]], np.float32
        )
        shapes = {shape.category_name: shape.score for shape in result.face_blendshapes[0]}
        yaw, pitch = yaw_and_pitch(np.asarray(result.facial_transformation_matrixes[0]))
        return Measurement(
            yaw=yaw,
            pitch=pitch,
            jaw_open=shapes["jawOpen"],
            blink=(shapes["eyeBlinkLeft"] + shapes["eyeBlinkRight"]) / 2,
            smile=(shapes["mouthSmileLeft"] + shapes["mouthSmileRight"]) / 2,
            points=(points[:478] - margin) / factor,
        )

    def measure_clip(self, path: Path) -> list[Measurement]:
        """Measure every frame of a video.

        Args:
            path: Anything FFmpeg reads.
        """
        return [self.measure(frame) for frame in read_frames(path)]

    def close(self) -> None:
        """Give the model back."""
        self._landmarker.close()


@contextmanager
def open_tracker(task: Path) -> Iterator[Tracker]:
    """A tracker that is closed at the end.

    Args:
        task: As for ``Tracker``.
    """
    tracker = Tracker(task)
    try:
        yield tracker
    finally:
        tracker.close()
