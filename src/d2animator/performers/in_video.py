"""A video as the source: its frames stay, and the face in them moves anew.

The person is inverted once, from the clip's best frame. In every other frame the face is followed
to where it is, and drawn there: place and size are the clip's, the rest is what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from d2animator.errors import ConfigError
from d2animator.faces.actions import REGIONS, Region, combine_motion, part_motion
from d2animator.faces.align import ffhq_crop, normalise_landmarks
from d2animator.faces.carry import carried_over
from d2animator.faces.compose import Scene
from d2animator.faces.detector import Picture
from d2animator.faces.limit import LandmarkLimit, limited
from d2animator.faces.motion import Observation, Points
from d2animator.performers.canvas import ReadLandmarks, Square
from d2animator.performers.carried import CarriedMotion
from d2animator.performers.motion import ActionMotion
from d2animator.performers.performer import Drawing
from d2animator.performers.portrait import Portrait
from d2animator.performers.shots import Reel, Shot, steadied

Target = Callable[[Tensor, Tensor], Tensor]
"""Where the face shall go (1, P, 2), from where the driver alone would take it (1, P, 2) and the
video's own change (1, P, 2); all normalised landmarks."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What a source video gives for one frame of the result.

    Attributes:
        image: Its frame (H, W, 3), in the result's size; empty where squares are shown.
        scene: The frame as a scene; None where there is no face to move, and for squares.
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
    """

    def __init__(
        self,
        shots: Iterable[Shot],
        portrait: Portrait,
        points: Points,
        *,
        whole: bool = True,
        size: int | None = None,
        smooth: bool = True,
    ) -> None:
        """Start before the first frame.

        Args:
            shots: All frames of the video, at least one, in order; read one ahead.
            portrait: The person in it.
            points: Landmarks (P, 2) in pixels of the face in the frame that was inverted.
            whole: Whether to show the video's frames; False for the aligned square.
            size: Longer side of the result in pixels; None for the video's own.
            smooth: Whether to smooth where the face is.

        Raises:
            ConfigError: This layout of landmarks has no mask to lay a face back with.
        """
        if whole and portrait.scene is None:
            reason = f"a face of {len(points)} points cannot be laid into a video; use False"
            raise ConfigError("paste_back", reason)
        self._scene = portrait.scene if whole else None
        side = 1 / ffhq_crop(points, 1).scale
        self._longest = size
        self._square: Square | None = None
        if self._scene is None:
            self._square = Square(size or portrait.resolution)
            self.size = self._square.size
        else:
            self.size = self._fit(self._scene).size
        self._upright = ffhq_crop(points, 1) if portrait.scene is None else portrait.scene.placing
        self._rest = self._seen(points)
        self._reel = Reel(steadied(shots, side) if smooth else shots)
        self._shot: Shot | None = None
        self._moment = Moment(np.zeros((0, 0, 3), np.uint8), None, None)

    def observations(self) -> Iterator[Observation]:
        """Give the video's own frames, as those of a driver that does nothing.

        Each is to be asked for with `at` before the next one is taken.
        """
        return self._reel.observations()

    def at(self, observation: Observation) -> Moment:
        """Give what the video shows at an observation's time: its last frame that is not later."""
        shot = self._reel.at(observation)
        if shot is not self._shot:
            self._shot, self._moment = shot, self._moment_of(shot)
        return self._moment

    def show(
        self, images: Tensor, moments: Iterable[Moment], read_landmarks: ReadLandmarks
    ) -> Iterator[Picture]:
        """Lay drawn faces (B, 3, R, R) into their frames; yields pictures (H, W, 3), uint8."""
        if self._square is not None:
            yield from self._square.show(images)
            return
        landmarks = read_landmarks(images)
        for index, moment in enumerate(moments):
            scene, own = moment.scene, slice(index, index + 1)
            yield moment.image if scene is None else scene.paste(images[own], landmarks[own])[0]

    @property
    def shows_whole(self) -> bool:
        """Whether the video's frames are shown, not aligned squares."""
        return self._scene is not None

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


def make_target(own: Tensor, source_motion: str, gains: Mapping[Region, float]) -> Target:
    """Decide what becomes of a source video's own motion.

    Args:
        own: Normalised landmarks (P, 2) of the source.
        source_motion: "add" to move on top of it; "replace" to take its place, regions whose gain
            is 0 keeping it.
        gains: How far each region follows the driver.
    """
    if source_motion == "add":
        return lambda driven, change: part_motion(own, driven, gains) + change
    moved = {name for name in REGIONS if gains[name] > 0}
    if len(moved) == len(REGIONS):
        return lambda driven, _: part_motion(own, driven, gains)
    shares = {name: gains[name] if name in moved else 1.0 for name in REGIONS}

    def target(driven: Tensor, change: Tensor) -> Tensor:
        start = own.expand_as(driven)
        goals = {name: driven if name in moved else own + change for name in REGIONS}
        return combine_motion(start, {name: (start, goal) for name, goal in goals.items()}, shares)

    return target


def own_motion(own: Tensor, gains: Mapping[Region, float]) -> Target:
    """Let the source go on as it does in its video.

    Args:
        own: Normalised landmarks (P, 2) of the source.
        gains: How far each region keeps its motion.
    """
    return lambda _, change: part_motion(own, own + change, gains)


@dataclass(frozen=True, eq=False)
class InVideo:
    """What is wanted of one frame: landmarks (P, 2), normalised, and the video's frame."""

    landmarks: Tensor
    moment: Moment


@dataclass(frozen=True, eq=False)
class DrawnInVideo:
    """A portrait drawn into its video; see `d2animator.performers.performer.Performer`.

    Attributes:
        portrait: Whom to draw.
        motion: The facial action network with the portrait's landmarks.
        footage: The source video, at its start.
        target: What becomes of the video's own motion.
        read_landmarks: Finds the landmarks of drawn faces.
        reference: Normalised landmarks (P, 2) of the driver's reference frame; None for absolute
            motion.
        limit: How far landmarks may go; None for any distance.
    """

    portrait: Portrait
    motion: ActionMotion
    footage: Footage
    target: Target
    read_landmarks: ReadLandmarks
    reference: Tensor | None = None
    limit: LandmarkLimit | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return self.footage.size

    @property
    def in_batches(self) -> bool:
        """Yes: networks take some pictures at once faster."""
        return True

    @property
    def composite(self) -> bool:
        """Whether the video's frames are around the face."""
        return self.footage.shows_whole

    def wanted(self, observations: Iterator[Observation]) -> Iterator[tuple[Observation, InVideo]]:
        """Put a driver and the source video together, frame by frame."""
        own = self.portrait.landmarks
        change = torch.zeros_like(own)  # where the video shows no face, its last change
        for observation in observations:
            moment = self.footage.at(observation)
            if moment.change is not None:
                change = torch.from_numpy(moment.change).to(own)
            target = self.target(self._driven(observation), change.unsqueeze(0))[0]
            asked = self._limited(replace(observation, landmarks=target.double().cpu().numpy()))
            unchanged = self.footage.shows_whole and moment.scene is None
            landmarks = torch.from_numpy(asked.landmarks).to(own)
            yield replace(asked, unchanged=unchanged), InVideo(landmarks, moment)

    def draw(self, wanted: Sequence[InVideo]) -> Tensor:
        """Draw the person with wanted landmarks: images (B, 3, R, R), about [-1, 1]."""
        landmarks = torch.stack([asked.landmarks for asked in wanted])
        return self.portrait.render(self.motion(landmarks))

    def drawing(self) -> Drawing[InVideo]:
        """Draw a clip, see `d2animator.performers.drawn.Drawn.drawing`."""
        motion = CarriedMotion(self.motion)

        def draw(first: int, wanted: Sequence[InVideo]) -> Tensor:
            landmarks = torch.stack([asked.landmarks for asked in wanted])
            return self.portrait.render(motion(first, landmarks))

        return draw

    def show(self, images: Tensor, wanted: Sequence[InVideo]) -> Iterator[Picture]:
        """Lay drawn images into the video's frames: pictures (H, W, 3), uint8."""
        moments = (asked.moment for asked in wanted)
        return self.footage.show(images, moments, self.read_landmarks)

    def _driven(self, observation: Observation) -> Tensor:
        """Where the driver alone would take the face: normalised landmarks (1, P, 2)."""
        own = self.portrait.landmarks
        if observation.landmarks is None:
            return own.unsqueeze(0)
        landmarks = torch.from_numpy(observation.landmarks).to(own).unsqueeze(0)
        if self.reference is None:
            return landmarks
        return carried_over(own, self.reference, landmarks)

    def _limited(self, observation: Observation) -> Observation:
        if self.limit is None:
            return observation
        rest = self.portrait.landmarks.double().cpu().numpy()
        return next(limited(iter((observation,)), self.limit, rest))
