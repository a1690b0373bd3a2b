"""The facade: from a source and a driver to an animation.

The only module that wires the others together; it holds no tensor mathematics of its own.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from torch import Tensor

from d2animator.applications.base import Source
from d2animator.applications.delivery import AnimationResult, Delivery
from d2animator.applications.facade import Applications
from d2animator.bundles.bundle import NEEDED_TO_ANIMATE, Bundle, load_bundle, save_bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.driving import (
    DriverSource,
    kept_within,
    made_relative,
    observe,
    open_driver,
    take_motions,
)
from d2animator.errors import ConfigError, NoFaceError, check_shape
from d2animator.faces.actions import region_gains
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.choice import parse_choice
from d2animator.faces.detect import Detector
from d2animator.faces.detectors.choice import BUNDLED, make_detector
from d2animator.faces.detectors.fitting import fitting
from d2animator.faces.motion import Points
from d2animator.faces.records import LandmarkRecord
from d2animator.faces.template import MotionTemplate
from d2animator.latent.inversion import InversionOptions, face_weight, invert
from d2animator.latent.placing import place_face
from d2animator.latent.statistics import WStatistics
from d2animator.media.clip import ClipSource, Picture, check_target, open_clip
from d2animator.media.images import read_image
from d2animator.models.action import ActionNetwork
from d2animator.models.devices import pick_device
from d2animator.models.encoder import Encoder
from d2animator.portrait import (
    ActionMotion,
    AnimateOptions,
    Portrait,
    perform,
)
from d2animator.reading import Progress, find_landmarks

__all__ = ["AnimateOptions", "AnimationResult", "D2Animator"]

_log = logging.getLogger(__name__)


class D2Animator(Applications):
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
        detector: Detector | None = None,
    ) -> None:
        """Take a loaded bundle.

        Args:
            bundle: All parts that animating needs, on ``device``.
            device: Where the bundle is.
            inversion: How sources are inverted.
            detector: Finds faces in sources and drivers; None for the bundle's own.

        Raises:
            BundleError: The bundle lacks a part.
            DetectorError: The detector has not the points that the bundle was trained on.
        """
        own = () if detector is None else ("finder", "landmark_network")
        bundle.require(part for part in NEEDED_TO_ANIMATE if part not in own)
        detector = detector or make_detector(
            BUNDLED, device, finder=bundle.finder, network=bundle.landmark_network
        )
        layout = bundle.config.landmark_layout
        self._detector = fitting(detector, layout, f"bundle {bundle.config.name!r}")
        self.bundle = bundle
        self.device = torch.device(device)
        self._inversion = inversion
        self._encoder = cast(Encoder, bundle.encoder)
        self._action_network = cast(ActionNetwork, bundle.action_network)
        self._statistics = cast(WStatistics, bundle.w_statistics)
        self._told = False

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | Path | None = None,
        *,
        device: str = "auto",
        inversion: InversionOptions | None = None,
        detector: Detector | str | None = None,
    ) -> Self:
        """Load an animator.

        Args:
            name_or_path: A bundle's folder, a repository of the Hub, or None for the embedded one.
            device: "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1" or "mps".
            inversion: How sources are inverted.
            detector: Finds faces in sources and drivers: a detector, the name of one
                (`make_detector`), or None for the bundle's own.

        Raises:
            UnknownModelError: No such bundle.
            BundleError: Its files do not fit together.
            DeviceError: No such device.
            DetectorError: The detector cannot be had, or does not fit the bundle.
        """
        target = pick_device(device)
        _log.info("running on %s", target)
        bundle = load_bundle(name_or_path, target)
        if isinstance(detector, str):
            detector = make_detector(
                detector,
                target,
                finder=bundle.finder,
                network=bundle.landmark_network,
                layout=bundle.config.landmark_layout,
            )
        return cls(bundle, target, inversion, detector)

    def save_pretrained(self, path: str | Path) -> None:
        """Write the bundle to a folder that `from_pretrained` loads.

        Raises:
            OutputError: It cannot be written.
        """
        save_bundle(self.bundle, path)

    def prepare(self, source: str | Path | Picture, face: str = "largest") -> Portrait:
        """Find a face of a picture and its code in the generator.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.
            face: Which one: "largest", an index from the left, or "x,y,width,height" in pixels.

        Returns:
            The source, ready for any number of drivers.

        Raises:
            MediaError: The file is no picture.
            NoFaceError: It shows no face.
            ShapeError: The array is no picture.
        """
        image, points = self._face(source, face)
        self._tell_once()
        generator, statistics = self.bundle.generator, self._statistics
        crop, seen = place_face(
            image,
            points,
            generator.img_resolution,
            lambda crop: generator.synthesis(self._encoder(crop)),
            self._tracker().landmarks_batch,
            self.device,
        )
        weight = face_weight(seen, generator.img_resolution)
        found = invert(
            generator, self._encoder, crop, self._inversion, statistics=statistics, weight=weight
        )
        _log.info("inverted: distance %.3f, from %.3f", found.distance, found.start_distance)
        return self._portrait(found.w_plus)

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

        Args:
            source: A picture (file or RGB uint8 array), or what `prepare` made of one.
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
            MediaError: Source or driver cannot be read.
            NoFaceError: The source, the whole driver, or the wanted reference frame has no face.
            OutputError: The target cannot be written.
            ConfigError: An option is unknown or out of range.
        """
        began = time.monotonic()
        options = _overridden(options or AnimateOptions(), overrides)
        clip, template = open_driver(driver, options)
        target = None if output is None else check_target(output, clip)
        portrait = source
        if not isinstance(portrait, Portrait):
            portrait = self.prepare(portrait, options.source_face)
        own = portrait.landmarks
        stream = observe(clip, template, self._tracker(), options)
        reference, stream = made_relative(stream, own, options, clip)
        gains = region_gains(options.regions, options.gains)
        motion = ActionMotion(self._action_network, own, reference, gains)
        rest = own if reference is None else reference
        stream = kept_within(stream, self.bundle.motion_range, rest)
        pictures = perform(portrait, motion, stream, rest, options.batch_size)
        delivery = Delivery(clip, target, options, str(self.device), progress, began)
        return delivery.take(pictures, portrait.resolution)

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
        name, image = str(picture), picture
        if isinstance(image, str | Path):
            image = read_image(image)
        else:
            name = "<picture>"
            check_shape("picture", image, ("H", "W", 3))
        faces = self._tracker().detect(image)
        found = choice.pick(faces)
        if found is None:
            tried = f"searched all of its {image.shape[1]}x{image.shape[0]} pixels at every size"
            if faces:
                tried += f" for face {choice}; it has {len(faces)}"
            raise NoFaceError(name, tried)
        return image, found.landmarks.astype(np.float64)

    def _portrait(self, w_plus: Tensor) -> Portrait:
        """Make a portrait of a code; its landmarks are those of what the generator draws."""
        found = self._statistics
        limits = {"w_avg": found.w_avg, "limits": found.limits}
        generator = self.bundle.generator
        unread = Portrait(
            generator, w_plus, w_plus.new_zeros(self._detector.layout.points, 2), **limits
        )
        landmarks = self._tracker().landmarks_batch(unread.reconstruction())
        return Portrait(generator, w_plus, normalise_landmarks(landmarks)[0], **limits)

    def _tell_once(self) -> None:
        """Say what the embedded model cannot do."""
        if not self._told and self.bundle.config.name == EMBEDDED:
            _log.warning("The embedded model draws puppets: a photo becomes the nearest puppet.")
        self._told = True


def _overridden(options: AnimateOptions, overrides: dict[str, Any]) -> AnimateOptions:
    known = [field.name for field in dataclasses.fields(AnimateOptions)]
    for name in overrides:
        if name not in known:
            raise ConfigError(name, f"unknown option, expected one of {', '.join(known)}")
    return dataclasses.replace(options, **overrides)
