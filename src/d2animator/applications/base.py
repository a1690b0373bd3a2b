"""What applications need of an animator, and what they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from d2animator.applications.delivery import AnimationResult
from d2animator.bundles.bundle import Bundle
from d2animator.distill.reach import motion_limit
from d2animator.driving import DriverSource, made_relative, observe
from d2animator.errors import NoFaceError
from d2animator.faces.actions import Region, measure_actions
from d2animator.faces.detector import Detector, Face
from d2animator.faces.motion import Observation, Points
from d2animator.faces.template import MotionTemplate
from d2animator.latent.directions import Directions
from d2animator.latent.limit import MotionLimit
from d2animator.media.clip import Clip, Picture
from d2animator.models.action import ActionNetwork
from d2animator.motions import ActionMotion
from d2animator.portrait import AnimateOptions, Portrait
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
    def prepare(
        self,
        source: str | Path | Picture,
        inversion: str | None = None,
        tune: str | None = None,
        seconds: float | None = None,
        *,
        face: str = "largest",
    ) -> Portrait:
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
    def _faces(self, picture: str | Path | Picture) -> tuple[str, Picture, list[Face]]:
        """Read a picture and find all of its faces; the name is for messages."""

    @abstractmethod
    def _inverted(self, image: Picture, points: Points, how: AnimateOptions) -> Portrait:
        """Invert a face of a picture (H, W, 3), whose landmarks (P, 2) are in its pixels."""

    @abstractmethod
    def _portrait(self, w_plus: Tensor, like: Portrait | None = None) -> Portrait:
        """Make a portrait of a code; one like another has its networks, picture and report."""

    def _observed(
        self, opened: tuple[Clip, MotionTemplate | None], own: Tensor, options: AnimateOptions
    ) -> tuple[Tensor | None, Iterator[Observation]]:
        """Tell what a driver does to a source with landmarks (P, 2), and relative to what."""
        clip, template = opened
        stream = observe(clip, template, self._tracker(), options)
        return made_relative(stream, own, options, clip)

    def _action_of(self, portrait: Portrait) -> ActionNetwork:
        """The facial action network that was tuned to a portrait, else the bundle's."""
        return portrait.action or cast(ActionNetwork, self.bundle.action_network)

    @property
    def _bank(self) -> Directions:
        self.bundle.require(("directions",))
        return cast(Directions, self.bundle.directions)

    def _prepared(self, source: Source, options: AnimateOptions | None = None) -> Portrait:
        """Prepare a source as the options say, unless it is prepared already."""
        if isinstance(source, Portrait):
            return source
        how = options or AnimateOptions()
        return self.prepare(source, how.inversion, how.tune, how.seconds, face=how.source_face)

    def _moving(
        self,
        portrait: Portrait,
        options: AnimateOptions,
        reference: Tensor | None = None,
        gains: Mapping[Region, float] | None = None,
    ) -> ActionMotion:
        """Tell how a portrait moves; see `ActionMotion`."""
        reader = self._tracker().landmarks_and_scores
        return ActionMotion(
            self._action_of(portrait),
            portrait.landmarks,
            reference,
            gains,
            see=portrait.seen_by(reader) if options.corrections else None,
            corrections=options.corrections,
            limit=self._limit,
        )

    @cached_property
    def _limit(self) -> MotionLimit | None:
        """How long the network's motions may be; None for a bundle that does not tell."""
        directions, statistics = self.bundle.directions, self.bundle.w_statistics
        if directions is None or statistics is None:
            return None
        return motion_limit(directions.vectors, statistics)

    def _motion(self, portrait: Portrait, landmarks: Tensor) -> Tensor:
        """The motion (1, l, D) that takes a portrait to normalised landmarks (P, 2)."""
        return self._moving(portrait, AnimateOptions()).motions(landmarks.unsqueeze(0))

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
