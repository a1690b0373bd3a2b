"""What can be done with a face besides animating it (paper, section 4.5).

Disentangled pose and expression, in-between frames, frontal views, edits by name, and clips whose
face is replaced. `D2Animator` inherits all of it; the numbers are in `d2animator.faces.actions`
and `d2animator.latent.editing`.
"""

from __future__ import annotations

import logging
import time
from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from d2animator.applications.base import Source
from d2animator.applications.delivery import AnimationResult, Delivery
from d2animator.applications.drivers import combined, follow
from d2animator.applications.retouch import solve_seen, strangeness
from d2animator.applications.whole import WholePictures
from d2animator.driving import DriverSource, observe, open_driver
from d2animator.errors import ConfigError
from d2animator.faces.actions import ACTIONS, POSE_ACTIONS, REGIONS, region_gains
from d2animator.faces.align import ffhq_crop, normalise_landmarks
from d2animator.faces.motion import Observation
from d2animator.faces.warp import warp_tensor
from d2animator.latent.editing import EditOptions, read_edit
from d2animator.latent.measuring import IdentityFeatures, proportions_and_colours
from d2animator.media.clip import Clip, ClipSource, Picture, check_target, open_clip
from d2animator.portrait import AnimateOptions, Portrait, make_canvas, perform
from d2animator.reading import Progress

_log = logging.getLogger(__name__)

EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "in": lambda t: t * t,
    "out": lambda t: t * (2 - t),
    "in-out": lambda t: t * t * (3 - 2 * t),
}
"""Ways to go from 0 to 1: evenly, gathering speed, slowing down, or both."""

_FACE = tuple(name for name in REGIONS if name != "pose")
# New faces are drawn near the mean, where they are clean.
_TRUNCATION = 0.7
# A stranger differs from a person as two faces drawn at random do, or more.
_LEAST_STRANGE = 1.0
_STRANGERS = 8


class Applications(WholePictures, ABC):
    """What an animator can do besides animating."""

    def interpolate(
        self,
        source: Source,
        target: str | Path | Picture,
        frames: int = 16,
        easing: str | Callable[[float], float] = "linear",
        options: AnimateOptions | None = None,
    ) -> NDArray[np.uint8]:
        """Move a source to the pose and expression of a target (paper, section 4.5).

        Args:
            source: A picture, or what `prepare` made of one.
            target: A picture with a face.
            frames: Number of pictures, the source first and the end of the motion last.
            easing: A name in `EASINGS`, or a function from [0, 1] to a share of the motion.
            options: How to invert the source, and whether to lay it back into its picture.

        Returns:
            RGB pictures (frames, H, W, 3), uint8: G(w_s + t delta) for t from 0 to 1, as the
            aligned square or in the source's picture.

        Raises:
            MediaError: A file is no picture.
            NoFaceError: A picture shows no face.
            ConfigError: No such easing, or no frames.
        """
        if frames < 1:
            raise ConfigError("frames", f"expected at least 1, got {frames}")
        if isinstance(easing, str) and easing not in EASINGS:
            raise ConfigError("easing", f"expected one of {', '.join(EASINGS)}, got {easing!r}")
        ease = EASINGS[easing] if isinstance(easing, str) else easing
        _, points = self._face(target)
        options = options or AnimateOptions()
        portrait = self._prepared(source, options)
        canvas = make_canvas(portrait, options, self._tracker().landmarks_batch)
        landmarks = torch.from_numpy(normalise_landmarks(points)).to(portrait.landmarks)
        delta = self._motion(portrait, landmarks)
        shares = [ease(float(t)) for t in np.linspace(0, 1, frames)]
        steps = torch.tensor(shares, device=self.device).view(-1, 1, 1)
        parts = torch.split(steps.to(delta), options.batch_size)
        return np.concatenate([canvas.show(portrait.render(part * delta)) for part in parts])

    def disentangle(
        self,
        source: Source,
        pose: DriverSource | None = None,
        expression: DriverSource | None = None,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
    ) -> AnimationResult:
        """Give a source the pose of one driver and the expression of another.

        The head is turned as the first one's, whatever the motion option says. The expression is
        the other one's own where that is a picture or ``options.motion`` is "absolute", else the
        source's changed as the driver changes.

        Args:
            source: A picture, or what `prepare` made of one.
            pose: Picture, video or motion template to take the head's pose from; None: the
                source's stays.
            expression: The same to take the expression from; None: the source's stays. If
                both are videos, this one gives length, times and sound, and the other one holds
                its last frame where it is shorter.
            output: Target, a video or, for pictures, a picture; None to get the pictures back.
            options: How to animate; regions and gains apply.
            progress: Called with the number of frames done and to expect (None for unknown).

        Returns:
            What came out.

        Raises:
            ConfigError: Neither pose nor expression is given.
            NoFaceError: An input shows no face.
            OutputError: The target cannot be written.
        """
        began, options = time.monotonic(), options or AnimateOptions()
        if pose is None and expression is None:
            raise ConfigError("pose, expression", "expected at least one of them, got neither")
        opened = {
            name: open_driver(one, options)
            for name, one in (("expression", expression), ("pose", pose))
            if one is not None
        }
        clips = {name: clip for name, (clip, _) in opened.items()}
        leading = next((name for name, clip in clips.items() if clip.frame_rate), next(iter(clips)))
        target = None if output is None else check_target(output, clips[leading])
        portrait = self._prepared(source, options)
        streams = {}
        for name, (clip, template) in opened.items():
            seen = observe(clip, template, self._tracker(), options)
            relative = name == "expression"
            streams[name] = follow(clip, seen, portrait.landmarks, options, relative=relative)
        gains = region_gains(options.regions, options.gains)
        stream = combined(portrait.landmarks, streams, leading, gains)
        motion = self._moving(portrait, options)
        canvas = make_canvas(portrait, options, self._tracker().landmarks_batch)
        pictures = perform(portrait, motion, stream, portrait.landmarks, options.batch_size, canvas)
        delivery = Delivery(clips[leading], target, options, str(self.device), progress, began)
        return delivery.take(pictures, canvas.size, portrait.report)

    def edit(
        self,
        source: Source | ClipSource,
        edit: Mapping[str, float],
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
    ) -> AnimationResult:
        """Change what a face does by named amounts: ``edit(src, {"smile": 0.6, "yaw": 15})``.

        A video keeps its own motion: the face is edited and moves on as it does, in its place in
        the video's frames, or in the aligned square where ``options.paste_back`` is False.

        Args:
            source: A picture, a video, or what `prepare` made of a picture.
            edit: Amounts by name: degrees for yaw (positive to the person's left), pitch (down)
                and roll (crown to the person's right); for the other actions, such as
                ``mouth_open``, ``smile``, ``eyes`` or ``brow_left``, 1 is a large, plausible
                change; for a direction's own name, such as ``"yaw left 2"``, a coefficient.
                Amounts are changes of what the source does.
            output: Target, a picture for a picture and a video for a video; None to get the
                pictures back.
            options: How to animate a video.
            progress: Called with the number of frames done and to expect (None for unknown).

        Returns:
            What came out.

        Raises:
            ConfigError: A name is unknown (the message lists what there is), or this bundle's
                directions were never measured.
            MediaError: The source cannot be read.
            NoFaceError: It shows no face.
            OutputError: The target cannot be written.
        """
        read_edit(self._bank, edit)  # complains before any heavy work
        return self._changed(
            source, lambda portrait: self.edited(portrait, edit), output, options, progress
        )

    def edited(
        self, portrait: Portrait, edit: Mapping[str, float], options: EditOptions | None = None
    ) -> Portrait:
        """Do as `edit` with a portrait, which can then be animated.

        Args:
            portrait: What `prepare` made of a picture.
            edit: See `edit`.
            options: How the mixture of directions is found.

        Returns:
            The changed portrait, drawn by the networks that were tuned to the first one.

        Raises:
            ConfigError: See `edit`.
        """
        bank = self._bank
        wish = read_edit(bank, edit)
        delta = solve_seen(portrait, bank, wish, self._actions_of, options or EditOptions())
        return self._portrait(portrait.moved(delta), portrait)

    def frontalize(
        self,
        source: Source | ClipSource,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
    ) -> AnimationResult:
        """Turn a face to the front, with the expression that it has.

        In a video every frame is turned to the front, with the video's expressions.

        Args:
            source: A picture, a video, or what `prepare` made of a picture.
            output: See `edit`.
            options: How to animate a video.
            progress: Called with the number of frames done and to expect (None for unknown).

        Returns:
            What came out.

        Raises:
            ConfigError: This bundle's directions were never measured.
            MediaError: The source cannot be read.
            NoFaceError: It shows no face.
            OutputError: The target cannot be written.
        """
        options = options or AnimateOptions()
        still = replace(options, regions=_FACE, gains=options.gains)

        def turn(portrait: Portrait) -> Portrait:
            now = self._actions_of(portrait.reconstruction())
            edit = {name: -float(now[ACTIONS.index(name)]) for name in POSE_ACTIONS}
            return self.edited(portrait, edit)

        read_edit(self._bank, {"yaw": 0.0})
        return self._changed(source, turn, output, still, progress)

    def stranger(
        self,
        seed: int = 0,
        unlike: str | Path | Picture | None = None,
        identity: IdentityFeatures = proportions_and_colours,
    ) -> Portrait:
        """Draw a person that does not exist.

        Args:
            seed: Which one; the same seed gives the same person, unless that one is too like.
            unlike: A picture of somebody whom the person shall not resemble.
            identity: What tells people apart.

        Returns:
            The person, ready to be animated.
        """
        generator = self.bundle.generator
        draw = torch.Generator().manual_seed(seed)
        z = torch.randn(_STRANGERS, generator.z_dim, generator=draw).to(self.device)
        with torch.inference_mode():
            codes = generator.mapping(z, truncation_psi=_TRUNCATION)
            if unlike is None:
                return self._portrait(codes[:1].clone())
            faces = generator.synthesis(codes)
            size = faces.shape[-1]
            image, points = self._face(unlike)
            crop = ffhq_crop(points, size)
            own = torch.from_numpy(crop.apply(points)).to(self.device).unsqueeze(0)
            person = warp_tensor(image, crop, size).to(faces)
            seen = self._tracker().landmarks_batch(faces)
            distances = strangeness(faces, seen, person, own, identity)
        far = (distances >= _LEAST_STRANGE).nonzero()[:, 0].tolist()
        chosen = far[0] if far else int(distances.argmax())
        _log.info("stranger %d of seed %d: distance %.2f", chosen, seed, distances[chosen])
        return self._portrait(codes[chosen : chosen + 1].clone())

    def anonymise(
        self,
        driver: ClipSource,
        output: str | Path | None = None,
        seed: int = 0,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
    ) -> AnimationResult:
        """Replace a face by that of a person who does not exist and makes the same faces.

        Nothing of the picture goes into the result, only the motion of its landmarks; pose and
        expression are the driver's own (absolute motion). The sound is carried over unless
        ``options.audio`` is off: a voice tells who somebody is, too.

        Args:
            driver: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
            output: Target, a video or, for a picture, a picture; None to get the pictures back.
            seed: Which person; see `stranger`.
            options: How to animate.
            progress: Called with the number of frames done and to expect (None for unknown).

        Returns:
            What came out.

        Raises:
            MediaError: The driver cannot be read.
            NoFaceError: It shows no face.
            OutputError: The target cannot be written.
        """
        options = replace(options or AnimateOptions(), motion="absolute")
        if isinstance(driver, str | Path):
            unlike = self._first_face(open_clip(driver))[0]
            stranger = self.stranger(seed, unlike)
        else:
            stranger = self.stranger(seed)
        return self.animate(stranger, driver, output, options, progress)

    def _changed(
        self,
        source: Source | ClipSource,
        change: Callable[[Portrait], Portrait],
        output: str | Path | None,
        options: AnimateOptions | None,
        progress: Progress | None,
    ) -> AnimationResult:
        """Change the face of a picture, or that of a video and let it move on."""
        began, options = time.monotonic(), options or AnimateOptions()
        clip = Clip("<portrait>", ()) if isinstance(source, Portrait) else open_clip(source)
        target = None if output is None else check_target(output, clip)
        delivery = Delivery(clip, target, options, str(self.device), progress, began)
        if clip.frame_rate is not None:
            if not isinstance(source, str | Path):
                raise ConfigError("source", "expected a file for a video, or a single picture")
            return self._change_footage(clip, change, options, delivery)
        portrait = change(self._prepared(cast(Source, source), options))
        canvas = make_canvas(portrait, options, self._tracker().landmarks_batch)
        picture = canvas.show(portrait.reconstruction())[0]
        shown = iter([(Observation(0, Fraction(0), None, True), picture)])
        return delivery.take(shown, canvas.size, portrait.report)
