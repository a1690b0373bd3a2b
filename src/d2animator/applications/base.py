"""What applications need of an animator, and what they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from d2animator.applications.delivery import AnimationResult
from d2animator.bundles.bundle import Bundle
from d2animator.driving import DriverSource
from d2animator.errors import NoFaceError
from d2animator.faces.actions import measure_actions
from d2animator.faces.detect import Detector
from d2animator.faces.motion import Points
from d2animator.latent.directions import Directions
from d2animator.media.clip import Clip, Picture
from d2animator.models.action import ActionNetwork
from d2animator.portrait import ActionMotion, AnimateOptions, Portrait
from d2animator.reading import Progress

Source = str | Path | Picture | Portrait


class Base(ABC):
    """What applications need of an animator.

    Attributes:
        bundle: The networks.
        device: What they run on.
    """

    bundle: Bundle
    device: torch.device

    @abstractmethod
    def prepare(self, source: str | Path | Picture, *, face: str = "largest") -> Portrait:
        """Find a face of a picture and its code in the generator."""

    @abstractmethod
    def animate(
        self,
        source: Source,
        driver: DriverSource,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Make a source move as a driver does."""

    @abstractmethod
    def _tracker(self) -> Detector:
        """Make a detector that has seen nothing yet."""

    @abstractmethod
    def _face(self, picture: str | Path | Picture, face: str = "largest") -> tuple[Picture, Points]:
        """Read a picture and find the landmarks (P, 2) of one of its faces, in pixels."""

    @abstractmethod
    def _portrait(self, w_plus: Tensor) -> Portrait:
        """Make a portrait of a code."""

    @property
    def _action(self) -> ActionNetwork:
        return cast(ActionNetwork, self.bundle.action_network)

    @property
    def _bank(self) -> Directions:
        self.bundle.require(("directions",))
        return cast(Directions, self.bundle.directions)

    def _prepared(self, source: Source) -> Portrait:
        return source if isinstance(source, Portrait) else self.prepare(source)

    def _motion(self, portrait: Portrait, landmarks: Tensor) -> Tensor:
        """The motion (1, l, D) that takes a portrait to normalised landmarks (P, 2)."""
        return ActionMotion(self._action, portrait.landmarks).motions(landmarks.unsqueeze(0))

    def _actions_of(self, images: Tensor) -> Tensor:
        """What the face of a drawn picture (1, 3, R, R) does, (A,), on the CPU."""
        return measure_actions(self._tracker().landmarks_batch(images))[0].cpu()

    def _first_face(self, clip: Clip) -> tuple[Picture, int]:
        """The first frame of a clip that shows a face, and its index."""
        tracker, frame = self._tracker(), None
        for frame in clip.frames:
            if tracker.detect(frame.image):
                return frame.image, frame.index
        seen = 0 if frame is None else frame.index + 1
        raise NoFaceError(clip.name, f"looked at all {seen} frames")
