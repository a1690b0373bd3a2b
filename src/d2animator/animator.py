"""The facade: an animator and what can be done with it.

`D2Animator` holds the parts and hands them to functions elsewhere; it has no mathematics of its
own. One frame being animated is in `d2animator.animate.run` and `d2animator.performers.drawn`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, final

import numpy as np
import torch
from numpy.typing import NDArray

from d2animator.animate.animate import animate
from d2animator.animate.driver import DriverSource
from d2animator.animate.faces import animate_pairs
from d2animator.animate.landmarks import find_landmarks
from d2animator.animate.options import AnimateOptions, options_with
from d2animator.animate.performer import portrait_of, prepared
from d2animator.animate.result import AnimationResult
from d2animator.animate.template import take_motions
from d2animator.arguments import all_checked
from d2animator.bundles.bundle import NEEDED_TO_ANIMATE, Bundle, GeneratorSource, load_bundle
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.locate import EMBEDDED
from d2animator.bundles.publish import PICTURES, PushOptions, push_with_card, save_with_card
from d2animator.bundles.recognition import puppet_identity, puppet_recognition_path
from d2animator.edit.anonymise import anonymise, stranger
from d2animator.edit.disentangle import disentangle
from d2animator.edit.interpolate import interpolate
from d2animator.edit.named import edit, edited, frontalize
from d2animator.engines.allocator import keep_memory
from d2animator.engines.choice import pick_engines
from d2animator.faces.detector import Detector
from d2animator.faces.detectors.choice import BUNDLED, make_detector
from d2animator.faces.detectors.fitting import fitting
from d2animator.faces.records import LandmarkRecord
from d2animator.faces.template import MotionTemplate
from d2animator.invert.cache import Cache
from d2animator.invert.optimise import InversionOptions
from d2animator.invert.quality import Embed, on_device
from d2animator.invert.sources import Source, Sources
from d2animator.latent.editing import EditOptions
from d2animator.latent.measuring import IdentityFeatures, proportions_and_colours
from d2animator.live.loop import pictures
from d2animator.live.session import Session
from d2animator.marks.marker import Marker
from d2animator.marks.options import MarkOptions
from d2animator.media.camera import CameraSource, open_camera
from d2animator.media.clip import ClipSource, open_clip
from d2animator.media.images import Picture
from d2animator.media.pictures import PictureLike
from d2animator.models.devices import pick_device
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait
from d2animator.progress import Progress

_log = logging.getLogger(__name__)


@final
@all_checked
class D2Animator:
    """Animates faces with a pretrained generator.

    What makes pictures shares these arguments and errors:

    - a *source* is a picture, or what `prepare` made of one. Pictures are files, bytes, open
      files, Pillow's pictures, arrays (H, W, 3) of uint8 or of floats from 0 to 1, or tensors
      (3, H, W) of these;
    - ``output`` is the file to write, a video for what moves and a picture for what does not; None
      keeps the pictures in the result;
    - ``options`` say how, and keywords change some of them: ``size=512`` is the same as
      ``options=AnimateOptions(size=512)``;
    - ``progress`` is called with the number of frames done and to expect (None for unknown).

    MediaError tells that a file cannot be read, PictureError that an object is no picture,
    NoFaceError that a picture, or a whole clip, shows no face, OutputError that the target cannot
    be written, ConfigError that an option is unknown or out of range.

    Attributes:
        bundle: The networks.
        detector: Finds faces in sources and drivers.
        sources: Makes portraits of pictures.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str | torch.device = "cpu",
        inversion: InversionOptions | None = None,
        dtype: str | torch.dtype | None = None,
        detector: Detector | str | None = None,
        *,
        engine: str = "auto",
        cache: Cache | None = None,
        identity: Embed | None = None,
        marks: MarkOptions | None = None,
    ) -> None:
        """Take a loaded bundle.

        Args:
            bundle: All parts that animating needs, on ``device``.
            device: Where the bundle is.
            inversion: How sources are inverted where nothing else is said.
            dtype: Precision to draw frames in: "float32", "bfloat16" (CPU, CUDA), "float16"
                (CUDA), or None for the quickest that draws the same. Faces are found and sources
                inverted in fp32 always.
            detector: A detector, the name of one (`make_detector`), or None for the bundle's own.
            engine: What draws frames and reads landmarks: "torch", "openvino" (on a CPU), or "auto"
                for OpenVINO on a CPU where it is installed, else PyTorch.
            cache: Where codes and tuned weights of sources are kept; default: the user's cache.
            identity: Tells who a picture (B, 3, R, R) shows, for the reports of inversions.
            marks: How every result says that it is synthetic; default: an invisible watermark in
                every picture, and signed metadata in every file.

        Raises:
            BundleError: The bundle lacks a part.
            ConfigError: No such precision or engine on this device, or for this generator.
            DeviceError: No such device.
            DetectorError: The detector cannot be had, or has not the points that the bundle was
                trained on.
        """
        self._given: dict[str, Any] = {"inversion": inversion, "dtype": dtype, "engine": engine}
        self._given |= {"detector": detector, "cache": cache, "identity": identity, "marks": marks}
        own = () if detector is None else ("finder", "landmark_network")
        bundle.require(part for part in NEEDED_TO_ANIMATE if part not in own)
        target, cache = pick_device(device), cache or Cache()
        engines = pick_engines(engine, target, dtype, bundle.generator.config, cache)
        keep_memory()
        layout = bundle.config.landmark_layout
        if detector is None or isinstance(detector, str):
            fast = replace(bundle, landmark_network=engines.landmarks(bundle.landmark_network))
            detector = make_detector(detector or BUNDLED, device, bundle=fast, layout=layout)
        self.bundle = bundle
        self.detector = fitting(detector, layout, f"bundle {bundle.config.name!r}")
        self.sources = Sources(
            bundle,
            self.detector,
            target,
            inversion,
            engines=engines,
            cache=cache,
            identity=identity,
            marker=Marker(marks),
        )

    @classmethod
    def from_pretrained(
        cls,
        repo_or_dir: str | Path | None = None,
        *,
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        subfolder: str | None = None,
        dtype: str | torch.dtype | None = None,
        device: str | torch.device = "auto",
        inversion: InversionOptions | None = None,
        detector: Detector | str | None = None,
        engine: str = "auto",
        marks: MarkOptions | None = None,
    ) -> Self:
        """Load an animator, fetching its bundle if it is not on this machine yet.

        Args:
            repo_or_dir: A bundle's folder, a repository of the Hub (``owner/name``,
                ``owner/name@revision``), or None for the embedded one.
            revision: Branch, tag or commit; None for the main branch.
            cache_dir: Folder to keep fetched files in; None for the Hub's own.
            token: Access token; None for the one of HF_TOKEN or `hf auth login`.
            local_files_only: Use the cache, and no network.
            force_download: Fetch again what is in the cache.
            subfolder: Folder of the bundle inside the repository.
            dtype: As in the constructor, as for the last four.
            device: "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1" or "mps".
            inversion: How sources are inverted.
            detector: Finds faces in sources and drivers.
            engine: As in the constructor.
            marks: How every result says that it is synthetic.

        Raises:
            UnknownModelError: No such bundle.
            FetchError: It cannot be fetched.
            BundleError: Its files do not fit together.
            DeviceError: No such device.
            ConfigError: No such precision or engine here, or options that contradict each other.
            DetectorError: The detector cannot be had, or does not fit the bundle.
        """
        target = pick_device(device)
        pick_engines(engine, target, dtype)  # tells what cannot be had before anything is loaded
        options = HubOptions(
            revision=revision,
            cache_dir=cache_dir,
            token=token,
            local_files_only=local_files_only,
            force_download=force_download,
            subfolder=subfolder,
        )
        _log.info("running on %s", target)
        bundle = load_bundle(repo_or_dir, target, options)
        who = None
        if bundle.config.name == EMBEDDED and puppet_recognition_path().is_dir():
            who = puppet_identity
        parts = (bundle, target, inversion, dtype, detector)
        return cls(*parts, engine=engine, identity=who, marks=marks)

    @property
    def device(self) -> torch.device:
        """What the networks run on."""
        return self.sources.device

    def to(self, device: str | torch.device) -> Self:
        """Give an animator on another device, made as this one was, which stays as it is.

        What this one prepared belongs to it; a detector that was handed over stays where it is.

        Args:
            device: As for `from_pretrained`.

        Returns:
            The animator; this one where it is there already.

        Raises:
            DeviceError: No such device.
            ConfigError: No such precision or engine there.
        """
        target = pick_device(device)
        if target == self.device:
            return self
        given = dict(self._given)
        pick_engines(given["engine"], target, given["dtype"], self.bundle.generator.config)
        given["identity"] = on_device(given["identity"], target)
        return type(self)(self.bundle.to(target), target, **given)

    def prepare(
        self, source: Source, options: AnimateOptions | None = None, **overrides: Any
    ) -> Portrait | Photo:
        """Find a face of a picture and make it ready for any number of drivers.

        Args:
            source: A picture; what is prepared already is given back as it is.
            options: ``renderer``, ``source_face``, and for a photo ``size``; for the generator
                ``inversion``, ``tune`` and ``seconds``.
            **overrides: Fields of ``options`` to change, such as ``inversion="encoder"``.

        Returns:
            The photo, taken apart into layers that move; or a portrait, the face's code in the
            generator. Where nothing is said of how to invert, it is done as `finetune` did for this
            source, else as the animator's options say.
        """
        return prepared(self.sources, source, options_with(options, overrides))

    def portrait(
        self, source: Source, options: AnimateOptions | None = None, **overrides: Any
    ) -> Portrait:
        """Find a face of a picture and its code in the generator, whatever the renderer is.

        Args:
            source: As for `prepare`.
            options: ``source_face``, ``inversion``, ``tune`` and ``seconds`` matter here.
            **overrides: Fields of ``options`` to change.
        """
        return portrait_of(self.sources, source, options_with(options, overrides))

    def finetune(
        self, source: PictureLike, mode: str = "fast", seconds: float | None = None
    ) -> Portrait:
        """Tune the networks to one source, for this call and all later ones.

        The bundle stays as it is. The result is kept in the user's cache, and from now on
        `prepare` and `animate` take it for this source wherever they are not told otherwise.

        Args:
            source: A picture.
            mode: "fast" tunes the generator; "full" for longer, and the facial action network as
                well (paper, section 3.2); "off" undoes it: the source is inverted as others are.
            seconds: Most time that it may take.

        Returns:
            The source, ready for any number of drivers.
        """
        return self.sources.tuned(source, mode, seconds)

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

        A source may also be a video file. It is played at its own times beside the driver, its
        last frame held where it ends before. Its face is inverted once, followed, and drawn in its
        place in every frame; outside a soft mask each frame stays the source's, and one without
        the face wholly.

        Args:
            source: A source, or a video file of more than one frame.
            driver: A video, picture or motion template file, a picture, an iterable of pictures,
                or a motion template.
            output: See the class, as for the rest.
            options: How to animate.
            progress: Tells how far it is.
            **overrides: Fields of ``options`` to change.
        """
        how = options_with(options, overrides)
        return animate(self.sources, source, driver, output, how, progress)

    def animate_pairs(
        self,
        source: PictureLike,
        pairs: Mapping[str, DriverSource],
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Make several faces of a picture move, each as its own driver does.

        Frames, times and sound are those of the first driver that is no picture. The others keep
        their own pace: between two of their frames the motion is mixed, and one that ends before
        holds its last motion. Outside all masks the pictures equal the source.

        Args:
            source: A picture.
            pairs: The driver of each face. A face is "largest", an index from the left, or
                "x,y,width,height" in pixels; a driver is whatever `animate` takes.
            output: See the class, as for the rest.
            options: All but ``source_face`` and ``paste_back`` apply, to all pairs.
            progress: Tells how far it is.
            **overrides: Fields of ``options`` to change.

        Returns:
            What came out, with the report of the first face.
        """
        how = options_with(options, overrides)
        return animate_pairs(self.sources, source, pairs, output, how, progress)

    def session(
        self, source: Source, options: AnimateOptions | None = None, **overrides: Any
    ) -> Session:
        """Make a source move live: ``feed(frame)`` of what is returned gives a picture, marked.

        Options of files and clips play no part. Somebody of `stranger` with absolute motion hides
        who is before the camera.
        """
        return Session(self.sources, source, options_with(options, overrides))

    def live(
        self,
        source: Source,
        camera: CameraSource = 0,
        options: AnimateOptions | None = None,
        **overrides: Any,
    ) -> Iterator[Picture]:
        """Give pictures of a source that moves as somebody before a camera does, marked.

        The camera is a device's number, an address (https, rtsp), a video file, or pictures; what
        comes too fast is left out. All else is as for `session`.
        """
        return pictures(open_camera(camera), self.session(source, options, **overrides))

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
            source: A video or picture file, a picture, or an iterable of pictures.
            output: A .json file to write as well, None for none.
            progress: See the class.
            face: Which face to follow: "largest", an index from the left, or "x,y,width,height".

        Returns:
            One record a frame, in order.
        """
        return find_landmarks(self.detector, source, output, progress, face=face)

    def motions(
        self,
        driver: ClipSource,
        faces: Sequence[str] = ("largest",),
        progress: Progress | None = None,
        *,
        frame_rate: Fraction = Fraction(25),
    ) -> tuple[MotionTemplate, ...]:
        """Take the motion of faces, to use in place of the driver or to keep.

        Args:
            driver: As the source of `landmarks`.
            faces: Whose: each "largest", an index from the left, or "x,y,width,height".
            progress: See the class.
            frame_rate: Frames a second of a driver that comes as arrays.

        Returns:
            One template for each of ``faces``, found in one go through the driver.
        """
        return take_motions(open_clip(driver, frame_rate), self.sources.tracker(), faces, progress)

    def interpolate(
        self,
        source: Source,
        target: PictureLike,
        frames: int = 16,
        easing: str | Callable[[float], float] = "linear",
        options: AnimateOptions | None = None,
        **overrides: Any,
    ) -> NDArray[np.uint8]:
        """Move a source to the pose and expression of a target (paper, section 4.5).

        Args:
            source: A source.
            target: A picture with a face.
            frames: Number of pictures, the source first and the end of the motion last.
            easing: "linear", "in", "out", "in-out", or a function from [0, 1] to a share of the
                motion.
            options: How to invert the source, and whether to lay it back into its picture.
            **overrides: Fields of ``options`` to change.

        Returns:
            RGB pictures (frames, H, W, 3), uint8: G(w_s + t Δw) for t from 0 to 1.
        """
        how = options_with(options, overrides)
        return interpolate(self.sources, source, target, frames, easing, how)

    def disentangle(
        self,
        source: Source,
        pose: DriverSource | None = None,
        expression: DriverSource | None = None,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Give a source the pose of one driver and the expression of another.

        The head is turned as the first one's, whatever the motion option says. The expression is
        the other one's own where that is a picture or ``options.motion`` is "absolute", else the
        source's changed as the driver changes.

        Args:
            source: A source.
            pose: Picture, video or motion template to take the head's pose from; None: the
                source's stays.
            expression: The same to take the expression from. If both are videos, this one gives
                length, times and sound, and the other one holds its last frame if it is shorter.
            output: See the class, as for the rest.
            options: Regions and gains apply.
            progress: Tells how far it is.
            **overrides: Fields of ``options`` to change.
        """
        how = options_with(options, overrides)
        return disentangle(self.sources, source, pose, expression, output, how, progress)

    def edit(
        self,
        source: Source | ClipSource,
        amounts: Mapping[str, float],
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Change what a face does by named amounts: ``edit(src, {"smile": 0.6, "yaw": 15})``.

        A video keeps its own motion: the face is edited and moves on as it does, in its place in
        the video's frames, or in the aligned square where ``options.paste_back`` is False.

        Args:
            source: A source, or a video file.
            amounts: Changes by name: degrees for yaw (positive to the person's left), pitch (down)
                and roll (crown to the person's right); for the other actions, such as
                ``mouth_open``, ``smile``, ``eyes`` or ``brow_left``, 1 is a large, plausible
                change; for a direction's own name, such as ``"yaw left 2"``, a coefficient. None
                at all changes nothing.
            output: See the class, as for the rest.
            options: How to animate a video; and ``limit_motion``, for photos' turns.
            progress: Tells how far it is.
            **overrides: Fields of ``options`` to change.

        Raises:
            ConfigError: A name is unknown (the message lists what there is), or this bundle's
                directions were never measured.
        """
        how = options_with(options, overrides)
        return edit(self.sources, source, amounts, output, how, progress)

    def edited(
        self, portrait: Portrait, amounts: Mapping[str, float], options: EditOptions | None = None
    ) -> Portrait:
        """Do as `edit` with a portrait, which can then be animated.

        Args:
            portrait: What `prepare` made of a picture.
            amounts: See `edit`.
            options: How the mixture of directions is found.

        Returns:
            The changed portrait, drawn by the networks that were tuned to the first one.
        """
        return edited(self.sources, portrait, amounts, options)

    def frontalize(
        self,
        source: Source | ClipSource,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Turn a face to the front, with the expression that it has; a video's in every frame."""
        how = options_with(options, overrides)
        return frontalize(self.sources, source, output, how, progress)

    def stranger(
        self,
        seed: int = 0,
        unlike: PictureLike | None = None,
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
        return stranger(self.sources, seed, unlike, identity)

    def anonymise(
        self,
        driver: ClipSource,
        output: str | Path | None = None,
        seed: int = 0,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Replace a face by that of a person who does not exist and makes the same faces.

        Nothing of the picture goes into the result, only the motion of its landmarks; pose and
        expression are the driver's own (absolute motion). The sound is carried over unless
        ``options.audio`` is off: a voice tells who somebody is, too. ``seed`` says which person,
        see `stranger`.
        """
        how = options_with(options, overrides)
        return anonymise(self.sources, driver, output, seed, how, progress)

    def save_pretrained(
        self,
        path: str | Path,
        *,
        half: bool = False,
        with_generator: bool = True,
        generator_source: GeneratorSource | str | None = None,
        pictures: int = PICTURES,
    ) -> None:
        """Write the bundle, with a model card, to a folder that `from_pretrained` loads.

        Args:
            path: The folder. A bundle there is replaced; a card that you wrote is kept.
            half: Store weights in fp16.
            with_generator: False to leave the generator out and to point to where it is.
            generator_source: Where the generator is if it is left out: a repository of the Hub, a
                folder (seen from ``path``), a foreign file or its address; None for where the
                bundle came from had it.
            pictures: Number of samples to draw for the card, 0 for none.

        Raises:
            OutputError: It cannot be written.
            ConfigError: The generator is left out and nothing is known of where it is, or there
                is another one there.
        """
        place = generator_source if generator_source is not None else not with_generator
        save_with_card(self.bundle, Path(path), half=half, elsewhere=place, pictures=pictures)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        commit_message: str | None = None,
        create_pr: bool = False,
        revision: str | None = None,
        token: str | None = None,
        half: bool = False,
        with_generator: bool = True,
        generator_source: GeneratorSource | str | None = None,
        pictures: int = PICTURES,
    ) -> str:
        """Publish the bundle, with a model card, as one commit to a repository of the Hub.

        Args:
            repo_id: ``owner/name``; made if it is not there.
            private: Whether a new repository is private; None for the owner's default.
            commit_message: The first line of the commit.
            create_pr: Open a pull request instead of writing to the branch.
            revision: Branch to write to, made if it is not there; None for the main branch.
            token: Access token that may write; None for the one of HF_TOKEN or `hf auth login`.
            half: See `save_pretrained`, as for the rest.
            with_generator: False to point to the generator instead.
            generator_source: Where the generator is if it is left out.
            pictures: Number of samples to draw for the card.

        Returns:
            Address of the commit, or of the pull request.

        Raises:
            FetchError: The Hub is out of reach, or the token may not write there.
        """
        place = generator_source if generator_source is not None else not with_generator
        options = PushOptions(private, commit_message, create_pr, revision, token)
        return push_with_card(
            self.bundle, repo_id, options, half=half, elsewhere=place, pictures=pictures
        )
