"""The bundled detector: a face finder and a landmark network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample, interpolate

from d2animator.arguments import check_fields
from d2animator.errors import check_shape
from d2animator.faces.align import CROP_MARGIN, Similarity, face_crop, face_frames
from d2animator.faces.detector import Face, FrameDetector, Landmarks, Picture, face_size
from d2animator.faces.layouts import WFLW
from d2animator.faces.pixels import to_image
from d2animator.faces.search import Candidate, Finder, SearchOptions, search
from d2animator.faces.shape import bounding_box, is_plausible, shared
from d2animator.faces.thorough import AGAIN, look_again
from d2animator.faces.warp import warp_tensor

# Where the landmark network looks first in FFHQ's crop: crop widths to picture widths.
_FFHQ_FRAME = torch.tensor([[0.9, 0.0, 0.05], [0.0, 0.9, 0.08]])


class PointReader(Protocol):
    """What the tracker needs of a network (`models.landmarks.LandmarkNetwork` is one)."""

    @property
    def config(self) -> Any:
        """Has ``input_size``."""

    def __call__(self, images: Tensor) -> Any:
        """Take crops (B,3,S,S) in [-1,1]; give ``landmarks``, ``log_scales``, ``face_logits``."""

    @property
    def outline(self) -> Callable[[Tensor], Tensor] | None:
        """From points (B,98,2) to the visible contour (B,33,2); None: it never learned to."""


@dataclass(frozen=True)
class TrackerOptions:
    """When to believe in a face."""

    search: SearchOptions = field(default_factory=SearchOptions)
    # Passes of the landmark network over a candidate; each looks where the last one pointed.
    passes: int = 3
    # Least probability of a face that was searched for, and of one that was followed.
    detect_score: float = 0.5
    track_score: float = 0.2
    # A followed face that moves or grows by more than this share of its crop is looked at twice.
    second_look: float = 0.06
    # A followed face that grows or shrinks by a larger factor from frame to frame is lost.
    most_growth: float = 1.6
    # Faces smaller than this, in pixels, are none.
    smallest_px: float = 12.0
    # Expected error of the points, in crop widths, at which the score is halved. What is no face
    # gives itself away by vague points before it does by the network's face probability.
    vague_scale: float = 0.032
    # Candidates with a lower score after the first pass are dropped.
    hopeless_score: float = 0.02
    # Two faces are one if they share so much of the smaller one's box.
    same_share: float = 0.6

    def __post_init__(self) -> None:
        check_fields(self)


class FaceTracker(FrameDetector):
    """Finds faces with a face finder, reads their points with a landmark network, follows one.

    A followed face is looked for only where it was in the frame before, which is several times
    faster; the whole frame is searched when it is lost.

    Its layout is ``wflw98``.
    """

    looks_again = AGAIN

    def __init__(
        self,
        finder: nn.Module,
        network: nn.Module,
        device: torch.device | str = "cpu",
        options: TrackerOptions | None = None,
    ) -> None:
        """Take over trained networks.

        Args:
            finder: As `models.landmarks.FaceFinder`.
            network: As `models.landmarks.LandmarkNetwork` with 98 points.
            device: Where they run; they are moved there and set to evaluation.
            options: When to believe in a face.
        """
        super().__init__(WFLW)
        self.options = options or TrackerOptions()
        self.device = torch.device(device)
        self._finder = cast(Finder, finder.to(self.device).eval())
        self._network = cast(PointReader, network.to(self.device).eval())
        self._size = int(self._network.config.input_size)

    def fresh(self) -> FaceTracker:
        """Give a tracker with the same networks that has seen nothing yet."""
        finder, network = cast(nn.Module, self._finder), cast(nn.Module, self._network)
        return FaceTracker(finder, network, self.device, self.options)

    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture; one without is looked at again, framed and turned.

        Args:
            image: (H,W,3), uint8, RGB.

        Returns:
            Faces, largest first; none if there is none.

        Raises:
            ShapeError: Not such a picture.
        """
        faces = self.detect_briefly(image) or look_again(image, self.detect_briefly)
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def detect_briefly(self, image: Picture) -> list[Face]:
        """Find all faces of a picture as it is, see `detect`."""
        with torch.inference_mode():
            tensor = to_image(image).to(self.device)
            faces = self._confirm(image, search(tensor, self._finder, self.options.search))
            if not faces:
                # A face that fills the picture may be too large for the finder: try the middle.
                faces = self._confirm(image, _guesses(*image.shape[:2]))
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def landmarks_and_scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read the points of aligned pictures, such as a generator's; nothing is searched for.

        Args:
            images: (B,3,H,H) in [-1,1], about FFHQ's crop of a face.

        Returns:
            Points (B,98,2) in pixels, and probabilities (B,) that there is a face.

        Raises:
            ShapeError: Not such pictures.
        """
        check_shape("images", images, ("B", 3, "H", "H"))
        height = images.shape[-1]
        pictures = images.to(self.device, torch.float32)
        if height >= 2 * self._size:  # bilinear sampling alone would alias
            pictures = interpolate(pictures, size=3 * self._size // 2, mode="area")
        with torch.inference_mode():
            frames = _FFHQ_FRAME.to(self.device).expand(len(images), 2, 3)
            points, _ = self._read(pictures, frames)
            points, scores = self._read(pictures, face_frames(points))
        # a copy of an inference tensor can take part in a training
        return (points * height).to(images.device).clone(), scores.to(images.device).clone()

    def outlines(self, landmarks: Landmarks) -> Landmarks | None:
        """Tell where the edges of faces are seen.

        Args:
            landmarks: (B,98,2) in any unit.

        Returns:
            (B,33,2) float32 in the same unit, from the person's right over the chin to the left;
            None where the network never learned to.
        """
        network = self._network.outline
        if network is None:
            return None
        with torch.inference_mode():
            return network(torch.as_tensor(landmarks).to(self.device)).cpu().numpy()

    def _read(self, pictures: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Run the network on the crops that frames (B,2,3) cut out; all in picture widths."""
        turn, corner = frames[:, :, :2], frames[:, :, 2]
        theta = torch.cat([turn, (turn.sum(2) + 2 * corner - 1)[:, :, None]], 2)
        shape = [len(pictures), 3, self._size, self._size]
        grid = affine_grid(theta, shape, align_corners=False)
        crops = grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        answer = self._network(crops)
        return answer.landmarks @ turn.mT + corner[:, None], answer.face_logits.sigmoid()

    def _confirm(self, image: Picture, candidates: Sequence[Candidate]) -> list[Face]:
        """Read the points of candidates and keep those that are faces, each once."""
        if not candidates:
            return []
        options = self.options
        crops = [
            Similarity.crop(one.centre, CROP_MARGIN * one.box[2], 0.0, self._size)
            for one in candidates
        ]
        faces = self._look(image, crops)
        for _ in range(options.passes - 1):
            faces = [face for face in faces if face.score >= options.hopeless_score]
            crops = [face_crop(face.landmarks, self._size) for face in faces]
            faces = self._look(image, crops)
        kept: list[Face] = []
        for face in sorted(faces, key=lambda one: -one.score):
            believed = face.found and face.score >= options.detect_score
            if believed and all(shared(face.box, other.box) < options.same_share for other in kept):
                kept.append(face)
        return kept

    def _look(self, image: Picture, crops: Sequence[Similarity]) -> list[Face]:
        """Run the network on some crops of one picture; ``found`` tells a plausible shape."""
        if not crops:
            return []
        pictures = [warp_tensor(image, crop, self._size, padding="border") for crop in crops]
        answer = self._network(torch.cat(pictures).to(self.device))
        vagueness = answer.log_scales.exp().mean(1) / self.options.vague_scale
        scores = (answer.face_logits.sigmoid() / (1 + vagueness**4)).tolist()
        points = answer.landmarks.cpu().numpy().astype(np.float64) * self._size
        faces = []
        for crop, own, score in zip(crops, points, scores, strict=True):
            landmarks = crop.inverse().apply(own).astype(np.float32)
            face = Face(True, landmarks, bounding_box(landmarks), score)
            large = face_size(face) > self.options.smallest_px
            faces.append(replace(face, found=large and is_plausible(own)))
        return faces

    def look_near(self, frame: Picture, last: Face) -> Face | None:
        """Look for a face where it was in the frame before; the whole frame is not searched.

        Args:
            frame: Next frame (H,W,3), uint8, RGB.
            last: The face in the frame before.

        Returns:
            The face; None if it is no longer there.
        """
        with torch.inference_mode():
            crop = face_crop(last.landmarks, self._size)
            face = self._look(frame, [crop])[0]
            if self._has_moved(face, crop):
                face = self._look(frame, [face_crop(face.landmarks, self._size)])[0]
        growth = face_size(face) / max(face_size(last), 1e-6)
        steady = 1 / self.options.most_growth < growth < self.options.most_growth
        believed = face.found and steady and face.score >= self.options.track_score
        return face if believed else None

    def _has_moved(self, face: Face, crop: Similarity) -> bool:
        """Tell whether a face is no longer where its crop was made for."""
        now = face_crop(face.landmarks, self._size)
        middle = np.full(2, self._size / 2)
        shift = np.linalg.norm(crop.apply(now.inverse().apply(middle)) - middle) / self._size
        growth = abs(np.log(now.scale / crop.scale))
        return bool(max(shift, growth) > self.options.second_look)


def _guesses(height: int, width: int) -> list[Candidate]:
    """Squares about the middle of a picture, for faces that the finder does not see."""
    found = []
    for share in (0.9, 0.6, 0.4):
        side = share * min(height, width)
        box = ((width - side) / 2, (height - side) / 2, side, side)
        found.append(Candidate(box, 0.0))
    return found
