"""How to animate: the options that every application shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from numbers import Integral
from typing import Any, Literal

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError
from d2animator.faces.actions import region_gains
from d2animator.faces.choice import parse_choice
from d2animator.media.codecs import find_encoder
from d2animator.media.part import Part


@dataclass(frozen=True)
class AnimateOptions:
    """How to animate."""

    # Who draws the person: "photo" moves the photo itself, "generator" draws its nearest face;
    # "auto" takes the generator where it draws this very person, else the photo. Asking for a way
    # to invert asks for the generator.
    renderer: Literal["auto", "photo", "generator"] = "auto"
    # "relative" applies the driver's change from its reference frame to the source, "absolute"
    # gives the source the driver's own pose and expression. A driver that is a single picture has
    # nothing to be relative to and is always absolute.
    motion: Literal["relative", "absolute"] = "relative"
    # Frame of the driver that relative motion starts from: an index, or "auto" for the one, among
    # the first 32 with a face, that is nearest to the source's pose and expression, above all to
    # how far its mouth is open.
    reference_frame: int | Literal["auto"] = "auto"
    # What happens to the own motion of a source that is a video: the driver's takes its place
    # ("replace"; regions that the driver does not move keep it) or comes on top of it ("add",
    # which needs relative motion).
    source_motion: Literal["replace", "add"] = "replace"
    # The regions that move, some of pose, eyes, brows, mouth and gaze; None for all of them.
    regions: tuple[str, ...] | None = None
    # How strongly a region follows, by name: 1 for as the driver, 0 to 4.
    gains: Mapping[str, float] = field(default_factory=dict)
    # How often a motion is corrected by the landmarks of what was drawn; each time costs half as
    # much as drawing the frame. 0 is the paper's way: the network's first answer. In clips what
    # corrected earlier frames takes the place of the first of two and more.
    corrections: int = 2
    # Whether motion that goes further than the source bears is made smaller. False follows the
    # driver, or an edit, however far, where that looks right: a photo of the driver, say.
    limit_motion: bool = True
    # How to smooth the driver's landmarks over time: "euro" (the One-Euro filter) or "none".
    smooth: Literal["euro", "none"] = "euro"
    # Which face of the driver to follow: "largest", an index from the left, or "x,y,width,height"
    # in pixels.
    face: str = "largest"
    # Which face of the source to animate, in the same words.
    source_face: str = "largest"
    # Frames drawn at once.
    batch_size: int = 8
    # What encodes a video: "h264", "hevc" or "vp9", as far as PyAV was built with them; "auto" for
    # what the container usually holds (WebM vp9, the others h264).
    codec: str = "auto"
    # Quality of the video, 0 (best) to 51 (worst).
    crf: int = 18
    # The encoder's trade of speed for size, "ultrafast" to "veryslow".
    preset: str = "medium"
    # Whose sound the result has: "driver", "source" (a source that is a video) or "none"; and which
    # of its tracks, from 0, None for the one that is marked as default.
    audio: Literal["driver", "source", "none"] = "driver"
    audio_track: int | None = None
    # Which part of the driver: from "start" to before "end", in seconds, and no more than so many
    # frames; None for all of it. A part is the quickest try.
    start: Fraction | None = None
    end: Fraction | None = None
    frames: int | None = None
    # Frames a second of a driver that comes as arrays.
    frame_rate: Fraction = Fraction(25)
    # How a source that comes as a picture is inverted: "encoder", "optimise" or "tune"; None for
    # what the animator was made with, or what `D2Animator.finetune` did for this source.
    inversion: str | None = None
    # How thoroughly networks are tuned to the source: "fast" or "full", which mean inversion
    # "tune", or "off"; None as above.
    tune: str | None = None
    # Most seconds that inverting may take, None for no limit but its steps.
    seconds: float | None = None
    # Whether to lay the moving face back into the source picture; False for the aligned square;
    # None to do so where the picture shows clearly more than that square, and the source was
    # inverted well enough for its face to fit in; a source that is a video is always laid into.
    paste_back: bool | None = None
    # Whether source and driver are shown to the left of the result, in its height.
    compare: bool = False
    # Longer side of the result in pixels; None for the source's own, or the generator's.
    size: int | None = None

    def __post_init__(self) -> None:
        # What comes from outside, no type checker has looked at.
        frame: object = self.reference_frame
        is_index = isinstance(frame, Integral) and int(frame) >= 0
        if not is_index and not (isinstance(frame, str) and frame == "auto"):
            got = f"{frame!r:.60}"
            raise ConfigError("reference_frame", f"expected auto or an index from 0, got {got}")
        check_fields(self)
        if self.renderer == "photo" and (self.inversion is not None or self.tune is not None):
            reason = "photo inverts nothing; leave out inversion and tune, or use generator"
            raise ConfigError("renderer", reason)
        if self.source_motion == "add" and self.motion == "absolute":
            raise ConfigError("source_motion", "add needs relative motion, got absolute motion")
        parse_choice("face", self.face)
        parse_choice("source_face", self.source_face)
        region_gains(self.regions, self.gains)
        _ = self.part
        if not 0 <= self.corrections <= 8:
            raise ConfigError("corrections", f"expected 0 to 8, got {self.corrections}")
        if self.batch_size < 1:
            raise ConfigError("batch_size", f"expected at least 1, got {self.batch_size}")
        if not 0 <= self.crf <= 51:
            raise ConfigError("crf", f"expected 0 to 51, got {self.crf}")
        find_encoder(self.codec, self.crf, self.preset)
        if self.frame_rate <= 0:
            raise ConfigError("frame_rate", f"expected more than 0, got {self.frame_rate}")
        if self.size is not None and not 16 <= self.size <= 8192:
            raise ConfigError("size", f"expected 16 to 8192, got {self.size}")

    @property
    def part(self) -> Part:
        """The part of the driver that is used."""
        return Part(self.start, self.end, self.frames)

    def changed(self, changes: Mapping[str, Any]) -> AnimateOptions:
        """Give the same options with some fields changed.

        Raises:
            ConfigError: There is no such field, or a value is out of range.
        """
        known = [option.name for option in fields(self)]
        for name in changes:
            if name not in known:
                raise ConfigError(name, f"unknown option, expected one of {', '.join(known)}")
        return replace(self, **changes)


def options_with(options: AnimateOptions | None, changes: Mapping[str, Any]) -> AnimateOptions:
    """Give options, the default ones for None, with some fields changed; see `changed`."""
    given: object = options
    if not isinstance(given, AnimateOptions | None):
        raise ConfigError("options", f"expected AnimateOptions, got {type(given).__name__}")
    return (given or AnimateOptions()).changed(changes)
