"""A video whose person moves anew: each of its frames is a photo, prepared and drawn once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import InputError
from d2animator.faces.actions import Region
from d2animator.faces.motion import Observation
from d2animator.head.follow import HeadFollower
from d2animator.head.pose import HeadFit
from d2animator.performers.photo.drawing import DrawOptions
from d2animator.performers.photo.limits import turned_eyes
from d2animator.performers.photo.photo import Photo, resized
from d2animator.performers.photo.retarget import Retargeter, region_of
from d2animator.performers.photo.scene import PhotoScene
from d2animator.performers.photo.shapes import Box
from d2animator.performers.photo.target import HeadTarget, at_rest
from d2animator.performers.shots import Reel, Shot

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FrameTarget:
    """What is wanted of one frame: its scene, None where no face is seen, and its target."""

    picture: Picture
    scene: PhotoScene | None
    target: HeadTarget | None


class PhotographedVideo:
    """A video's person in motion; see `d2animator.performers.performer.Performer`.

    A frame keeps the place and the size of its head. The driver's motion is worked out for the
    video's best frame, as for a photo, and then takes the place of what the frame does, or is added
    to it.

    Attributes:
        size: Width and height of the pictures.
    """

    def __init__(
        self,
        best: Photo,
        reel: Reel,
        retargeter: Retargeter | None,
        *,
        gains: Mapping[Region, float],
        add: bool = False,
        change: HeadTarget | None = None,
        crop: bool = False,
    ) -> None:
        """Take the video.

        Args:
            best: The frame that shows the person best, in the result's size.
            reel: The video.
            retargeter: From the driver's motion to the best frame's; None where there is no driver.
            gains: How far each region follows; one that does not follow keeps what it does.
            add: Whether motion is added to what the person does in the video.
            change: What the best frame shall do where there is no driver: it is added in every
                frame.
            crop: Whether to show the square around the best frame's head instead of whole frames.
        """
        self._best, self._reel, self._retargeter = best, reel, retargeter
        self._gains, self._add, self._change = gains, add or change is not None, change
        height, width = best.scene.image.shape[:2]
        self._longest = max(width, height)
        self._shown = best.square if crop else Box(0, 0, width, height)
        self.size = self._shown.width, self._shown.height
        self.composite, self.in_batches = True, False
        self._follower = HeadFollower(best.subject.fit.identity)
        self._shot: Shot | None = None
        self._frame = FrameTarget(best.scene.image, None, None)
        regions = [region_of(name) for name in best.subject.head.expression_names]
        self._moves = np.array([gains.get(region, 1.0) > 0 for region in regions])

    def wanted(
        self, observations: Iterator[Observation]
    ) -> Iterator[tuple[Observation, FrameTarget]]:
        """Put a driver and the video together, frame by frame."""
        for observation, target in self._targets(observations):
            frame = self._prepared(self._reel.at(observation))
            if frame.scene is None:
                yield replace(observation, unchanged=True), frame
                continue
            own = self._for_frame(target, frame.scene.fit)
            limited = observation.limited or target.bounded
            yield replace(observation, limited=limited), replace(frame, target=own)

    def draw(self, wanted: Sequence[FrameTarget]) -> Sequence[Picture]:
        """Draw the video's frames with their heads as wanted: pictures (H, W, 3), uint8."""
        return [
            frame.picture
            if frame.scene is None or frame.target is None
            else frame.scene.draw(frame.target)
            for frame in wanted
        ]

    def show(self, pictures: Sequence[Picture], wanted: Sequence[FrameTarget]) -> Sequence[Picture]:
        """Show the whole frames, or the square in them."""
        del wanted
        return [picture[self._shown.rows_columns] for picture in pictures]

    def _targets(
        self, observations: Iterator[Observation]
    ) -> Iterator[tuple[Observation, HeadTarget]]:
        """What the best frame shall do, for every frame of the driver."""
        if self._retargeter is None:
            still = self._change or at_rest(self._best.subject.fit)
            yield from ((observation, still) for observation in observations)
            return
        kept: list[Observation] = []

        def told() -> Iterator[Observation]:
            for observation in observations:
                kept.append(observation)
                yield observation

        for target in self._retargeter.targets(told()):
            yield kept.pop(0), target

    def _prepared(self, shot: Shot) -> FrameTarget:
        """A frame of the video as a photo of its own."""
        if shot is self._shot:
            return self._frame
        self._shot = shot
        picture = resized(shot.frame.image, self._longest)
        scene = None
        if shot.cut or shot.points is None:
            self._follower.reset()
        if shot.points is not None:
            points = shot.points * (picture.shape[1] / shot.frame.image.shape[1])
            try:
                fit = self._follower.step(points)
            except InputError:  # points that are those of no face
                self._follower.reset()
            else:
                options = DrawOptions(keep_background=False)
                scene = PhotoScene.prepare(picture, points, None, fit, options=options)
        self._frame = FrameTarget(picture, scene, None)
        return self._frame

    def _for_frame(self, target: HeadTarget, fit: HeadFit) -> HeadTarget:
        """Turn what the best frame shall do into what this frame shall do."""
        best = self._best.subject.fit
        change = target.expression - best.expression
        gaze = target.gaze
        if self._add:
            expression = fit.expression + change
            rotation = target.rotation @ best.rotation.T @ fit.rotation
        else:
            expression = np.where(self._moves, target.expression, fit.expression)
            rotation = target.rotation if self._gains.get("pose", 1.0) > 0 else fit.rotation
            if self._gains.get("gaze", 1.0) > 0:
                # The same look from where this frame's eyes are.
                back = turned_eyes(fit.gaze_deg.mean(0), best.gaze_deg.mean(0))
                gaze = np.stack([turn @ own for turn, own in zip(target.gaze, back, strict=True)])
        return replace(
            target,
            rotation=rotation,
            scale=fit.scale,
            translation=fit.translation,
            expression=expression,
            gaze=gaze,
            body=None,
        )
