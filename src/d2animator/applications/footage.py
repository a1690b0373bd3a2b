"""A video as the source: its frames stay, and the face in them moves anew.

The person is inverted once, from the clip's best frame. In every other frame the face is followed
to where it is, and drawn there: place and size are the clip's, the rest is what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from d2animator.applications.shots import Shot, steadied
from d2animator.driving import kept_within
from d2animator.errors import ConfigError
from d2animator.faces.actions import REGIONS, combine_motion, part_motion, region_gains
from d2animator.faces.align import ffhq_crop, normalise_landmarks
from d2animator.faces.carry import carried_over
from d2animator.faces.compose import Scene
from d2animator.faces.detector import Picture
from d2animator.faces.motion import Observation, Points
from d2animator.faces.span import MotionRange
from d2animator.motions import MotionSource
from d2animator.portrait import AnimateOptions, Canvas, Portrait, Square, draw

Aim = Callable[[Tensor, Tensor], Tensor]
"""Where the face shall go (1, P, 2), from where the driver alone would take it (1, P, 2) and the
clip's own change (1, P, 2); all normalised landmarks."""

ReadLandmarks = Callable[[Tensor], Tensor]
"""Finds the landmarks (B, P, 2), in pixels, of drawn faces (B, 3, R, R)."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What a source video gives for one frame of the result.

    Attributes:
        image: Its frame (H, W, 3), in the result's size; empty where squares are shown.
        scene: The frame as a scene; None where there is no face to move.
        change: What the face does itself: the change of its normalised landmarks (P, 2) since the
            frame that was inverted; None for no face.
    """

    image: Picture
    scene: Scene | None
    change: Points | None


class Footage:
    """A source video, played along with a driver; its last frame is held at the end.

    Attributes:
        size: Width and height of the result.
        unchanged: Indices of the result's frames so far that are the video's own, for want of a
            face in them.
    """

    def __init__(
        self, shots: Iterable[Shot], portrait: Portrait, points: Points, options: AnimateOptions
    ) -> None:
        """Start before the first frame.

        Args:
            shots: All frames of the video, at least one, in order; read one ahead.
            portrait: The person in it.
            points: Landmarks (P, 2) in pixels of the face in the frame that was inverted.
            options: ``paste_back``, ``size`` and ``smooth`` matter here.

        Raises:
            ConfigError: This layout of landmarks has no mask to lay a face back with.
        """
        whole = options.paste_back is not False
        if whole and portrait.scene is None:
            reason = f"a face of {len(points)} points cannot be laid into a video; use False"
            raise ConfigError("paste_back", reason)
        self._scene = portrait.scene if whole else None
        side = 1 / ffhq_crop(points, 1).scale
        self._shots = iter(steadied(shots, side) if options.smooth == "euro" else shots)
        self._longest = options.size
        self._square: Canvas | None = None
        if self._scene is None:
            self._square = Square(options.size or portrait.resolution)
            self.size = self._square.size
        else:
            self.size = self._fit(self._scene).size
        self._upright = ffhq_crop(points, 1) if portrait.scene is None else portrait.scene.placing
        self._rest = self._seen(points)
        self._now, self._next = next(self._shots), next(self._shots, None)
        self._moment: Moment | None = None
        self.unchanged: list[int] = []

    def along(self, stream: Iterable[Observation]) -> Iterator[tuple[Observation, Moment]]:
        """Give a driver's frames, each with what the video shows then."""
        for one in stream:
            yield one, self._at(one)

    def alone(self) -> Iterator[tuple[Observation, Moment]]:
        """Give the video's own frames, along with a driver that does nothing."""
        shot: Shot | None = self._now
        while shot is not None:
            about = (None, shot.points is not None)
            still = Observation(shot.frame.index, shot.frame.time, *about, cut=shot.cut)
            yield still, self._at(still)
            shot = self._next

    def _at(self, one: Observation) -> Moment:
        """Give what the video shows then: its last frame that is not later."""
        while self._next is not None and self._next.frame.time <= one.time:
            self._now, self._next, self._moment = self._next, next(self._shots, None), None
        if self._moment is None:
            self._moment = self._moment_of(self._now)
        if self._scene is not None and self._moment.scene is None:
            self.unchanged.append(one.index)
        return self._moment

    def show(
        self, images: Tensor, moments: Iterable[Moment], read_landmarks: ReadLandmarks
    ) -> Iterator[Picture]:
        """Lay drawn faces (B, 3, R, R) into their frames; yields pictures (H, W, 3), uint8."""
        if self._square is not None:
            yield from self._square.show(images)
            return
        seen = read_landmarks(images)
        for k, moment in enumerate(moments):
            scene, one = moment.scene, slice(k, k + 1)
            yield moment.image if scene is None else scene.paste(images[one], seen[one])[0]

    def _moment_of(self, shot: Shot) -> Moment:
        scene, points = self._scene, shot.points
        change = None if points is None else self._seen(points) - self._rest
        if scene is None:
            return Moment(np.zeros((0, 0, 3), np.uint8), None, change)
        if points is None:
            still = scene.moved(shot.frame.image, scene.placing, scene.landmarks)
            return Moment(self._fit(still).image, None, None)
        fitted = self._fit(scene.followed(shot.frame.image, points))
        return Moment(fitted.image, fitted, change)

    def _fit(self, scene: Scene) -> Scene:
        return scene if self._longest is None else scene.resized(self._longest)

    def _seen(self, points: Points) -> Points:
        """Normalise landmarks, as upright as the generator draws the face."""
        return normalise_landmarks(self._upright.apply(points))


def make_aim(own: Tensor, options: AnimateOptions) -> Aim:
    """Decide what becomes of a source video's own motion.

    Args:
        own: Normalised landmarks (P, 2) of the source.
        options: ``source_motion``, ``regions`` and ``gains`` matter here.
    """
    gains = region_gains(options.regions, options.gains)
    if options.source_motion == "add":
        return lambda driven, change: part_motion(own, driven, gains) + change
    moved = {name for name in REGIONS if gains[name] > 0}
    if len(moved) == len(REGIONS):
        return lambda driven, _: part_motion(own, driven, gains)
    shares = {name: gains[name] if name in moved else 1.0 for name in REGIONS}

    def aim(driven: Tensor, change: Tensor) -> Tensor:
        start = own.expand_as(driven)
        targets = {name: driven if name in moved else own + change for name in REGIONS}
        return combine_motion(
            start, {name: (start, goal) for name, goal in targets.items()}, shares
        )

    return aim


def directed(
    pairs: Iterable[tuple[Observation, Moment]],
    own: Tensor,
    reference: Tensor | None,
    aim: Aim,
    span: MotionRange | None,
) -> Iterator[tuple[Observation, Moment]]:
    """Put a driver and a source video together.

    Args:
        pairs: The driver, and what the video shows along with it.
        own: Normalised landmarks (P, 2) of the source.
        reference: Those of the driver's reference frame; None for absolute motion.
        aim: What becomes of the source's own motion.
        span: Motions that the network knows; None for no bound.

    Yields:
        The same, the observations with the landmarks that the source is to end with.
    """
    change = torch.zeros_like(own)  # where the video shows no face, its last change
    for one, moment in pairs:
        driven = own
        if one.landmarks is not None:
            driven = torch.from_numpy(one.landmarks).to(own)
            if reference is not None:
                driven = carried_over(own, reference, driven.unsqueeze(0))[0]
        if moment.change is not None:
            change = torch.from_numpy(moment.change).to(own)
        target = aim(driven.unsqueeze(0), change.unsqueeze(0))[0]
        wanted = replace(one, landmarks=target.double().cpu().numpy())
        # One by one: to part the pairs and join them again would keep many frames in memory.
        yield next(kept_within(iter((wanted,)), span, own)), moment


def act(
    portrait: Portrait,
    motion: MotionSource,
    footage: Footage,
    directions: Iterator[tuple[Observation, Moment]],
    read_landmarks: ReadLandmarks,
    batch_size: int,
) -> Iterator[tuple[Observation, Picture]]:
    """Draw a portrait into a source video, in batches.

    Args:
        portrait: Whom to draw.
        motion: Turns landmarks into motions.
        footage: The source video.
        directions: What to do in every frame; read no further than a batch ahead.
        read_landmarks: Finds the landmarks of drawn faces.
        batch_size: Frames drawn at once.

    Yields:
        Each observation with its RGB picture (H, W, 3), uint8.
    """
    while batch := list(islice(directions, batch_size)):
        observations = [one for one, _ in batch]
        images = draw(portrait, motion, observations, portrait.landmarks)
        pictures = footage.show(images, (moment for _, moment in batch), read_landmarks)
        yield from zip(observations, pictures, strict=True)
