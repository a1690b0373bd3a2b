"""The facade: from a source and a driver to an animation.

The only module that wires the others together; it holds no tensor mathematics of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from d2animator.applications.base import Source
from d2animator.applications.delivery import AnimationResult, Delivery
from d2animator.applications.facade import Applications
from d2animator.applications.whole import open_footage
from d2animator.bundles.bundle import NEEDED_TO_ANIMATE, Bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.driving import DriverSource, kept_within, open_driver, take_motions
from d2animator.errors import NoFaceError, check_shape
from d2animator.faces.actions import region_gains
from d2animator.faces.choice import parse_choice
from d2animator.faces.detector import Detector, Face
from d2animator.faces.detectors.choice import BUNDLED, make_detector
from d2animator.faces.detectors.fitting import fitting
from d2animator.faces.motion import Points
from d2animator.faces.records import LandmarkRecord
from d2animator.faces.template import MotionTemplate
from d2animator.latent.cache import Cache
from d2animator.latent.inversion import InversionOptions
from d2animator.latent.quality import Embed
from d2animator.media.clip import ClipSource, Picture, check_target, open_clip
from d2animator.media.images import read_image
from d2animator.models.devices import pick_dtype
from d2animator.portrait import (
    AnimateOptions,
    Portrait,
    make_canvas,
    perform,
)
from d2animator.pretrained import Pretrained
from d2animator.reading import Progress, find_landmarks
from d2animator.sources import SourcePreparer, choose_inversion

__all__ = ["AnimateOptions", "AnimationResult", "D2Animator"]

_log = logging.getLogger(__name__)


class D2Animator(Applications, Pretrained):
    """Animates faces with a pretrained generator.

    Attributes:
        bundle: The networks.
        device: What they run on.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str | torch.device = "cpu",
        inversion: InversionOptions | None = None,
        dtype: str | torch.dtype | None = None,
        detector: Detector | str | None = None,
        *,
        cache: Cache | None = None,
        identity: Embed | None = None,
    ) -> None:
        """Take a loaded bundle.

        Args:
            bundle: All parts that animating needs, on ``device``.
            device: Where the bundle is.
            inversion: How sources are inverted where nothing else is said.
            dtype: Precision to draw frames in; see `d2animator.models.devices.pick_dtype`.
            detector: Finds faces in sources and drivers: a detector, the name of one
                (`make_detector`), or None for the bundle's own.
            cache: Where codes and tuned weights of sources are kept; default: the user's cache.
            identity: Tells who a picture (B, 3, R, R) shows, for the reports of inversions.

        Raises:
            BundleError: The bundle lacks a part.
            ConfigError: No such precision on this device, or for this generator.
            DetectorError: The detector cannot be had, or has not the points that the bundle was
                trained on.
        """
        own = () if detector is None else ("finder", "landmark_network")
        bundle.require(part for part in NEEDED_TO_ANIMATE if part not in own)
        layout = bundle.config.landmark_layout
        if detector is None or isinstance(detector, str):
            detector = make_detector(
                detector or BUNDLED,
                device,
                finder=bundle.finder,
                network=bundle.landmark_network,
                layout=layout,
            )
        self._detector = fitting(detector, layout, f"bundle {bundle.config.name!r}")
        self.bundle = bundle
        self.device = torch.device(device)
        architecture = bundle.generator.config.architecture
        precision = pick_dtype(dtype, self.device, architecture)
        self._inversion = inversion or InversionOptions()
        self._told = False
        self._sources = SourcePreparer(
            bundle,
            self._tracker,
            self.device,
            dtype=precision,
            cache=cache or Cache(),
            identity=identity,
        )

    def prepare(
        self,
        source: str | Path | Picture,
        inversion: str | None = None,
        tune: str | None = None,
        seconds: float | None = None,
        *,
        face: str = "largest",
    ) -> Portrait:
        """Find a face of a picture and its code in the generator.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.
            inversion: "encoder" (fastest), "optimise", or "tune" (nearest to the person).
            tune: "fast" or "full", how thoroughly "tune" goes about it; "off": not at all.
            seconds: Most time that it may take.
            face: Which one: "largest", an index from the left, or "x,y,width,height" in pixels.

        Returns:
            The source, ready for any number of drivers. Where nothing is said of how, it is done
            as `finetune` did for this source, else as the animator's options say.

        Raises:
            MediaError: The file is no picture.
            NoFaceError: It shows no face.
            ShapeError: The array is no picture.
            ConfigError: An option is unknown, or two exclude each other.
        """
        image, points = self._face(source, face)
        return self._invert(image, points, inversion, tune, seconds)

    def _inverted(self, image: Picture, points: Points, how: AnimateOptions) -> Portrait:
        return self._invert(image, points, how.inversion, how.tune, how.seconds)

    def _invert(
        self,
        image: Picture,
        points: Points,
        inversion: str | None,
        tune: str | None,
        seconds: float | None,
    ) -> Portrait:
        options = choose_inversion(self._inversion, inversion, tune, seconds)
        self._tell_once()
        chosen = inversion is not None or tune is not None
        portrait = self._sources.prepare(image, points, options, chosen=chosen)
        if portrait.report is not None and (advice := portrait.report.advice()):
            _log.warning("%s", advice)
        return portrait

    def finetune(
        self, source: str | Path | Picture, mode: str = "fast", seconds: float | None = None
    ) -> Portrait:
        """Tune the networks to one source, for this call and all later ones.

        The bundle stays as it is. The result is kept in the user's cache, and from now on
        `prepare` and `animate` take it for this source wherever they are not told otherwise.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.
            mode: "fast" tunes the generator; "full" for longer, and the facial action network as
                well (paper, section 3.2); "off" undoes it: the source is inverted as others are.
            seconds: Most time that it may take.

        Returns:
            The source, ready for any number of drivers.

        Raises:
            InputError: As `prepare`, or no such mode.
        """
        options = choose_inversion(self._inversion, None, mode, seconds)
        image, points = self._face(source)
        portrait = self._invert(image, points, None, mode, seconds)
        self._sources.remember(image, points, options)
        return portrait

    def animate(
        self,
        source: Source,
        driver: DriverSource,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Make a source move as a driver does.

        Frames are streamed: memory does not grow with the driver's length (unless ``output`` is
        None). The result has the driver's frames, times and sound; a frame without a face holds
        the last motion.

        A source that is a video is played at its own times beside the driver, its last frame held
        where it ends before. Its face is inverted once, followed, and drawn in its place in every
        frame; outside a soft mask each frame stays the source's, and one without the face wholly.

        Args:
            source: A picture (file or RGB uint8 array), a video file, or what `prepare` made of a
                picture.
            driver: A video, picture or motion template file, a picture (H, W, 3) uint8, an
                iterable of pictures, or a motion template.
            output: Target, a video or, for a picture as the driver, a picture; None to get the
                pictures back.
            options: How to animate.
            progress: Called with the number of frames done and to expect (None for unknown).
            **overrides: Fields of ``options`` to change.

        Returns:
            What came out.

        Raises:
            MediaError: Source or driver cannot be read, or a source video has a single frame.
            NoFaceError: The source, the whole driver, or the wanted reference frame has no face.
            OutputError: The target cannot be written.
            ConfigError: An option is unknown or out of range.
        """
        began = time.monotonic()
        options = (options or AnimateOptions()).changed(overrides)
        opened = open_driver(driver, options)
        clip = opened[0]
        target = None if output is None else check_target(output, clip)
        delivery = Delivery(clip, target, options, str(self.device), progress, began)
        if (footage := open_footage(source, target)) is not None:
            return self._animate_footage(footage, opened, options, delivery)
        portrait = self._prepared(source, options)
        canvas = make_canvas(portrait, options, self._tracker().landmarks_batch)
        own = portrait.landmarks
        reference, stream = self._observed(opened, own, options)
        gains = region_gains(options.regions, options.gains)
        motion = self._moving(portrait, options, reference, gains)
        rest = own if reference is None else reference
        stream = kept_within(stream, self.bundle.motion_range, rest)
        pictures = perform(portrait, motion, stream, rest, options.batch_size, canvas)
        return delivery.take(pictures, canvas.size, portrait.report)

    def landmarks(
        self,
        source: ClipSource,
        output: str | Path | None = None,
        progress: Progress | None = None,
        *,
        face: str = "largest",
    ) -> tuple[LandmarkRecord, ...]:
        """Find the landmarks of every frame.

        Args:
            source: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
            output: A .json file to write as well, None for none.
            progress: Called with the number of frames done and to expect (None for unknown).
            face: Which face to follow: "largest", an index from the left, or "x,y,width,height".

        Returns:
            One record a frame, in order.

        Raises:
            MediaError: The input cannot be read.
            OutputError: The target cannot be written.
            ConfigError: No such choice of a face.
        """
        return find_landmarks(self._detector, source, output, progress, face=face)

    def motions(
        self,
        driver: ClipSource,
        faces: Sequence[str] = ("largest",),
        progress: Progress | None = None,
    ) -> tuple[MotionTemplate, ...]:
        """Take the motion of faces, to use in place of the driver or to keep.

        Args:
            driver: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
            faces: Whose: each "largest", an index from the left, or "x,y,width,height".
            progress: Called with the number of frames done and to expect (None for unknown).

        Returns:
            One template for each of ``faces``, found in one go through the driver.

        Raises:
            MediaError: The driver cannot be read.
            NoFaceError: One of the faces is nowhere in it.
            ConfigError: No such choice of a face.
        """
        return take_motions(open_clip(driver), self._tracker(), faces, progress)

    def _tracker(self) -> Detector:
        """Make a detector that has seen nothing yet."""
        return self._detector.fresh()

    def _face(self, picture: str | Path | Picture, face: str = "largest") -> tuple[Picture, Points]:
        """Read a picture and find the landmarks (P, 2) of one of its faces, in pixels."""
        choice = parse_choice("source_face", face)
        name, image, faces = self._faces(picture)
        found = choice.pick(faces)
        if found is None:
            tried = f"searched all of its {image.shape[1]}x{image.shape[0]} pixels at every size"
            if faces:
                tried += f" for face {choice}; it has {len(faces)}"
            raise NoFaceError(name, tried)
        return image, found.landmarks.astype(np.float64)

    def _faces(self, picture: str | Path | Picture) -> tuple[str, Picture, list[Face]]:
        """Read a picture and find all of its faces; the name is for messages."""
        if isinstance(picture, str | Path):
            name, image = str(picture), read_image(picture)
        else:
            name, image = "<picture>", picture
            check_shape("picture", image, ("H", "W", 3))
        return name, image, self._tracker().detect(image)

    def _portrait(self, w_plus: Tensor, like: Portrait | None = None) -> Portrait:
        """Make a portrait of a code; its landmarks are those of what the generator draws."""
        if like is None:
            return self._sources.portrait_of(w_plus)
        portrait = self._sources.portrait_of(w_plus, like.generator)
        portrait.action, portrait.scene, portrait.report = like.action, like.scene, like.report
        return portrait

    def _tell_once(self) -> None:
        """Say what the embedded model cannot do."""
        if not self._told and self.bundle.config.name == EMBEDDED:
            _log.warning("The embedded model draws puppets: a photo becomes the nearest puppet.")
        self._told = True
