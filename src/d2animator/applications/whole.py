"""Whole pictures and whole videos as sources: faces that move in their place."""

from __future__ import annotations

import time
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from d2animator.applications.base import Base
from d2animator.applications.delivery import AnimationResult, Delivery
from d2animator.applications.footage import Aim, Footage, Moment, act, directed, make_aim
from d2animator.applications.shots import choose_shot, follow_shots
from d2animator.applications.together import Actor, leading, perform_together, pick_each
from d2animator.driving import DriverSource, kept_within, open_driver
from d2animator.errors import ConfigError, OutputError
from d2animator.faces.actions import part_motion, region_gains
from d2animator.faces.choice import parse_choice
from d2animator.faces.detector import Face, Picture
from d2animator.faces.motion import Observation
from d2animator.faces.template import MotionTemplate
from d2animator.media.clip import Clip, check_target, open_clip
from d2animator.media.files import check_readable
from d2animator.media.images import is_picture
from d2animator.portrait import AnimateOptions, Portrait
from d2animator.reading import Progress

Opened = tuple[Clip, MotionTemplate | None]


def open_footage(source: object, target: Path | None) -> Clip | None:
    """Open a source that is a video.

    Args:
        source: Any source.
        target: Where the result goes.

    Returns:
        The video; None for any other source.

    Raises:
        MediaError: The file can be read as neither picture nor video.
        OutputError: The target is the source itself.
    """
    if not isinstance(source, str | Path) or is_picture(check_readable(source)):
        return None
    if target is not None and target.exists() and target.samefile(source):
        raise OutputError(target, "is the source itself, choose another name")
    return open_clip(source)


class WholePictures(Base, ABC):
    """What an animator can do with the rest of a source."""

    def animate_pairs(
        self,
        source: str | Path | Picture,
        pairs: Mapping[str, DriverSource],
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Make several faces of a picture move, each as its own driver does.

        Frames, times and sound are those of the first driver that is no picture. The others keep
        their own pace: between two of their frames the motion is mixed, and one that ends before
        holds its last motion.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.
            pairs: The driver of each face. A face is "largest", an index from the left, or
                "x,y,width,height" in pixels; a driver is whatever `animate` takes.
            output: Target, see `animate`; None to get the pictures back.
            options: How to animate; all but ``source_face`` and ``paste_back`` apply, to all pairs.
            progress: Called with the number of frames done and to expect (None for unknown).
            **overrides: Fields of ``options`` to change.

        Returns:
            What came out, with the report of the first face. Outside all masks the pictures equal
            the source.

        Raises:
            MediaError: Source or driver cannot be read.
            NoFaceError: A face is not there, or one of the drivers shows none.
            OutputError: The target cannot be written.
            ConfigError: No pairs, two for one face, no such choice, or an option that does not fit.
        """
        began, options = time.monotonic(), (options or AnimateOptions()).changed(overrides)
        choices = [parse_choice("pairs", face) for face in pairs]
        if not choices:
            raise ConfigError("pairs", "expected a driver for at least one face, got none")
        if options.paste_back is False:
            reason = "the faces of pairs move in one picture; leave out False (--crop)"
            raise ConfigError("paste_back", reason)
        opened = [open_driver(driver, options) for driver in pairs.values()]
        lead = leading([clip for clip, _ in opened])
        target = None if output is None else check_target(output, opened[lead][0])
        name, image, faces = self._faces(source)
        found = pick_each(choices, faces, name)
        actors = [
            self._actor(image, face, each, options)
            for face, each in zip(found, opened, strict=True)
        ]
        pictures = perform_together(
            actors,
            lead,
            actors[0].scene.image,
            self._tracker().landmarks_batch,
            options.batch_size,
            options.face,
        )
        delivery = Delivery(opened[lead][0], target, options, str(self.device), progress, began)
        return delivery.take(pictures, actors[0].scene.size, actors[0].portrait.report)

    def _actor(self, image: Picture, face: Face, opened: Opened, options: AnimateOptions) -> Actor:
        """Prepare one face of a picture, and what moves it."""
        portrait = self._inverted(image, face.landmarks.astype(float), options)
        scene = portrait.scene
        if scene is None:
            reason = f"a face of {len(face.landmarks)} points cannot be laid into a picture"
            raise ConfigError("pairs", reason)
        own = portrait.landmarks
        reference, stream = self._observed(opened, own, options)
        rest = own if reference is None else reference
        stream = kept_within(stream, self.bundle.motion_range, rest)
        gains = region_gains(options.regions, options.gains)
        motion = self._moving(portrait, options, reference, gains)
        scene = scene.resized(options.size) if options.size else scene
        return Actor(portrait, scene, motion, opened[0], stream, rest)

    def _animate_footage(
        self, footage: Clip, opened: Opened, options: AnimateOptions, delivery: Delivery
    ) -> AnimationResult:
        """Make the face in a video move as a driver does."""
        if options.source_motion == "add" and opened[0].frame_rate is None:
            reason = "add needs a driver that moves, got a picture; use replace"
            raise ConfigError("source_motion", reason)
        frame, points = choose_shot(footage, self._tracker(), options.source_face)
        portrait = self._inverted(frame.image, points, options)
        reference, stream = self._observed(opened, portrait.landmarks, options)
        shots = follow_shots(footage, self._tracker(), options.source_face)
        stage = Footage(shots, portrait, points, options)
        aim = make_aim(portrait.landmarks, options)
        pairs, span = stage.along(stream), self.bundle.motion_range
        directions = directed(pairs, portrait.landmarks, reference, aim, span)
        return self._filmed(portrait, stage, directions, delivery)

    def _change_footage(
        self,
        footage: Clip,
        change: Callable[[Portrait], Portrait],
        options: AnimateOptions,
        delivery: Delivery,
    ) -> AnimationResult:
        """Change the face in a video and let it go on as it does."""
        frame, points = choose_shot(footage, self._tracker(), options.source_face)
        portrait = change(self._inverted(frame.image, points, options))
        shots = follow_shots(footage, self._tracker(), options.source_face)
        stage = Footage(shots, portrait, points, options)
        own, gains = portrait.landmarks, region_gains(options.regions, options.gains)
        aim: Aim = lambda _, moved: part_motion(own, own + moved, gains)  # noqa: E731
        directions = directed(stage.alone(), own, None, aim, self.bundle.motion_range)
        return self._filmed(portrait, stage, directions, delivery)

    def _filmed(
        self,
        portrait: Portrait,
        stage: Footage,
        directions: Iterator[tuple[Observation, Moment]],
        delivery: Delivery,
    ) -> AnimationResult:
        """Draw a portrait into its video and hand the result over."""
        motion = self._moving(portrait, delivery.options)
        read, most = self._tracker().landmarks_batch, delivery.options.batch_size
        pictures = act(portrait, motion, stage, directions, read, most)
        done = delivery.take(pictures, stage.size, portrait.report)
        return replace(done, unchanged_frames=tuple(stage.unchanged))
