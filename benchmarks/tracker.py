"""An outside face tracker (MediaPipe's face landmarker) as the judge of our pictures.

It needs ``pip install 'd2animator[mediapipe]'`` and the path of
``face_landmarker_v2_with_blendshapes.task``. Driver and result are enlarged and given a margin
alike, by `d2animator.faces.detectors.mediapipe`, which runs MediaPipe and nothing else.
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

from d2animator.faces.detectors.mediapipe import MeshReader

Picture = npt.NDArray[np.uint8]

# In MediaPipe's mesh: the middle of the inner edge of the upper and of the lower lip, and the outer
# corners of the right and of the left eye.
_LIPS_AND_EYES = (13, 14, 33, 263)
# Least cosine of a turn that is undone: beyond, one of the eyes is a guess.
_LEAST_FACING = 0.3


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

    @property
    def lips_gap(self) -> float:
        """How far the lips are apart."""
        return lips_gap(self.points, self.yaw)


NO_FACE = Measurement(
    yaw=math.nan,
    pitch=math.nan,
    jaw_open=math.nan,
    blink=math.nan,
    smile=math.nan,
    points=np.full((478, 2), math.nan, np.float32),
)


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


def lips_gap(points: npt.NDArray[np.floating], yaw: float) -> float:
    """How far the lips are apart, over the width between the outer eye corners.

    The blendshape ``jawOpen`` is the jaw's: it is small where lips part over closed teeth, and
    large where they close over open ones. Here the tracker's own points say what is seen, the
    middle of the inner lips' edges. Mouths are often measured over their own width; but that
    grows with a smile and shrinks with an o. The eyes' outer corners no expression moves. They
    come nearer when the head turns, and the lips do not: the turn is undone. All four points are
    taken as they lie in the picture, because the tracker's depth is a guess.

    Args:
        points: (478, 2) landmarks, x right and y down, any unit.
        yaw: Head turned about the vertical axis, degrees.

    Returns:
        0 for closed lips, about a half for a mouth wide open; NaN where there is no face.
    """
    upper, lower, right, left = (points[index].astype(float) for index in _LIPS_AND_EYES)
    facing = float(np.linalg.norm(left - right)) / max(math.cos(math.radians(yaw)), _LEAST_FACING)
    return float(np.linalg.norm(lower - upper)) / facing if facing > 0 else math.nan


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
        self._reader = MeshReader(task, blendshapes=True, matrices=True)

    def measure(self, picture: Picture) -> Measurement:
        """Measure one frame.

        Args:
            picture: (H, W, 3) RGB.
        """
        meshes = self._reader.read(picture)
        if not meshes or meshes[0].matrix is None:
            return NO_FACE
        shapes = meshes[0].blendshapes
        yaw, pitch = yaw_and_pitch(meshes[0].matrix)
        return Measurement(
            yaw=yaw,
            pitch=pitch,
            jaw_open=shapes["jawOpen"],
            blink=(shapes["eyeBlinkLeft"] + shapes["eyeBlinkRight"]) / 2,
            smile=(shapes["mouthSmileLeft"] + shapes["mouthSmileRight"]) / 2,
            points=meshes[0].points,
        )

    def measure_clip(self, path: Path) -> list[Measurement]:
        """Measure every frame of a video.

        Args:
            path: Anything FFmpeg reads.
        """
        return [self.measure(frame) for frame in read_frames(path)]

    def close(self) -> None:
        """Give the model back."""
        self._reader.close()


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
