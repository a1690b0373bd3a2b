"""Motion templates: a driver's motion without its pictures, in a small and safe file.

A template is a safetensors file. Its tensors, for T frames:

============ ======== ============ ===========================================================
name         type     shape        holds
============ ======== ============ ===========================================================
landmarks    float32  (T, P, 2)   normalised landmarks as they were found; zeros for no face
found        uint8    (T,)         1 where the frame shows the face
times        int64    (T,)         time from the first frame, in ticks
people       int32    (T,)         whose face: 0 for the one chosen, others after cuts
cuts         uint8    (T,)         1 where the frame begins a new take
============ ======== ============ ===========================================================

Its metadata has one entry, ``motion``: a JSON object with ``format`` (1), ``layout``, ``tick``,
``frame_rate`` and ``time_base`` (exact fractions in seconds or frames a second, such as
"1/30000"; null for a picture), ``source`` (the name of the clip, without its folder), ``face``
(whose proportions the landmarks have, a hash) and ``made_with``. Neither pictures nor sound nor
places of files are kept.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from d2animator.config import parse_json
from d2animator.errors import ConfigError, InputError, MediaError, check_shape
from d2animator.faces.layouts import WFLW98, named_layout
from d2animator.faces.motion import Observation
from d2animator.faces.records import LandmarkRecord

TEMPLATE_SUFFIX = ".safetensors"
FORMAT = 1
_ENTRY = "motion"
_MOST_TICKS = 2**62
# Far beyond what any clip has.
_SLOWEST, _FASTEST = Fraction(1, 3600), 10_000
_LONGEST_S = 10 * 24 * 3600
_FARTHEST = 100.0


@dataclass(frozen=True, eq=False)
class MotionTemplate:
    """What a face did, frame by frame.

    Attributes:
        landmarks: Normalised landmarks (T, P, 2), float32; zeros where there is no face.
        found: Whether a frame shows the face (T,), bool.
        times: Times from the first frame in ticks (T,), int64, growing.
        tick: Seconds.
        people: Whose face (T,), int32; 0 for the one chosen.
        cuts: Whether a frame begins a new take (T,), bool.
        frame_rate: Frames a second, exact; the mean where it varies; None for a single picture.
        time_base: Tick that a video made from it should have, seconds; None to choose.
        source: Name of the clip that it was taken from.
        face: Whose proportions the landmarks have: equal for templates cut from one.
        layout: Meaning of the points.
    """

    landmarks: NDArray[np.float32]
    found: NDArray[np.bool_]
    times: NDArray[np.int64]
    tick: Fraction
    people: NDArray[np.int32]
    cuts: NDArray[np.bool_]
    frame_rate: Fraction | None
    time_base: Fraction | None
    source: str
    face: str
    layout: str = WFLW98

    def __post_init__(self) -> None:
        check_shape("landmarks", self.landmarks, ("T", "P", 2))
        for name in ("found", "times", "people", "cuts"):
            check_shape(name, getattr(self, name), (len(self.landmarks),))
        if len(self) == 0:
            raise ConfigError("landmarks", "a motion template needs at least one frame, got none")
        if not (np.diff(self.times) > 0).all():
            raise ConfigError("times", "expected times that grow from frame to frame")
        if not (np.abs(self.landmarks) <= _FARTHEST).all():  # not-a-number is none of them
            reason = f"expected finite numbers, of at most {_FARTHEST:g} crop widths"
            raise ConfigError("landmarks", reason)
        points = named_layout(self.layout).points
        if self.landmarks.shape[1] != points and self.found.any():
            got = self.landmarks.shape[1]
            raise ConfigError("landmarks", f"expected {points} points ({self.layout}), got {got}")
        if self.frame_rate is not None and not _SLOWEST <= self.frame_rate <= _FASTEST:
            allowed = f"{float(_SLOWEST):g} to {_FASTEST} frames a second"
            raise ConfigError("frame_rate", f"expected {allowed}, got {float(self.frame_rate):g}")
        for name in ("tick", "time_base"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 1 / _SLOWEST:
                raise ConfigError(name, f"expected above 0 and up to {1 / _SLOWEST} s")
        if self.times[0] < 0 or int(self.times[-1]) * self.tick > _LONGEST_S:
            raise ConfigError("times", f"expected times from 0 to {_LONGEST_S} s")

    def __len__(self) -> int:
        """Give the number of frames."""
        return len(self.landmarks)

    @property
    def end(self) -> Fraction:
        """Seconds from the first frame to the end of the last one; 0 for a picture."""
        if self.frame_rate is None:
            return Fraction(0)
        return int(self.times[-1]) * self.tick + 1 / self.frame_rate

    @property
    def frames_without_face(self) -> tuple[int, ...]:
        """Indices of the frames that show no face."""
        return tuple(int(index) for index in np.nonzero(~self.found)[0])

    def observations(self) -> Iterator[Observation]:
        """Yield what the frames tell, as the clip itself would."""
        for index in range(len(self)):
            found = bool(self.found[index])
            points = self.landmarks[index].astype(np.float64) if found else None
            time = int(self.times[index]) * self.tick
            person, cut = int(self.people[index]), bool(self.cuts[index])
            yield Observation(index, time, points, found, person, cut)

    @classmethod
    def of_records(
        cls,
        records: Sequence[LandmarkRecord],
        source: str,
        frame_rate: Fraction | None,
        time_base: Fraction | None,
        layout: str = WFLW98,
    ) -> Self:
        """Make a template of what was found in a clip.

        Args:
            records: One a frame, in order.
            source: Name of the clip; only its last part is kept.
            frame_rate: Frames a second; None for a picture.
            time_base: Tick of the clip's times, seconds; None if unknown.
            layout: Meaning of the points.

        Raises:
            ConfigError: No frames, or times that do not grow.
        """
        tick = _common_tick([record.time for record in records], time_base)
        found = [record.observation().landmarks for record in records]
        size = next((len(points) for points in found if points is not None), 0)
        landmarks = np.zeros((len(records), size, 2), np.float32)
        for row, points in enumerate(found):
            landmarks[row] = 0 if points is None else points
        return cls(
            landmarks,
            np.array([record.found for record in records], np.bool_),
            np.array([round(record.time / tick) for record in records], np.int64),
            tick,
            np.array([record.person for record in records], np.int32),
            np.array([record.cut for record in records], np.bool_),
            frame_rate,
            time_base,
            Path(source).name,
            hashlib.sha256(landmarks.tobytes()).hexdigest()[:16],
            layout,
        )

    def trimmed(self, start: Fraction | None = None, end: Fraction | None = None) -> Self:
        """Keep a part; its first frame is at time zero.

        Args:
            start: Seconds; frames before it are left out. None for the beginning.
            end: Seconds; frames from there on are left out. None for the end.

        Raises:
            ConfigError: No frame is left.
        """
        times = [int(time) * self.tick for time in self.times]
        kept = [(start is None or time >= start) and (end is None or time < end) for time in times]
        if not any(kept):
            span = f"the template lasts from 0 to {float(self.end):g} s"
            raise ConfigError("start/end", f"no frame lies between them; {span}")
        rows = np.flatnonzero(np.array(kept))
        part = {name: getattr(self, name)[rows] for name in ("landmarks", "found", "people")}
        cuts = self.cuts[rows].copy()
        cuts[0] = False
        shifted = self.times[rows] - self.times[rows[0]]
        return dataclasses.replace(self, times=shifted, cuts=cuts, **part)

    def to_bytes(self, made_with: str) -> bytes:
        """Give the file's content.

        Args:
            made_with: Program and version, for the metadata.
        """
        tensors: dict[str, NDArray[Any]] = {
            "landmarks": self.landmarks.astype(np.float32),
            "found": self.found.astype(np.uint8),
            "times": self.times.astype(np.int64),
            "people": self.people.astype(np.int32),
            "cuts": self.cuts.astype(np.uint8),
        }
        head = {
            "format": FORMAT,
            "layout": self.layout,
            "tick": _text(self.tick),
            "frame_rate": _text(self.frame_rate),
            "time_base": _text(self.time_base),
            "source": self.source,
            "face": self.face,
            "made_with": made_with,
        }
        return save(tensors, metadata={_ENTRY: json.dumps(head, ensure_ascii=False)})


def join_templates(templates: Sequence[MotionTemplate]) -> MotionTemplate:
    """Put templates one behind the other.

    All of it gets the proportions of the first template's face: the others are moved by the
    difference of the faces at rest, which is their median over time. Parts of one template are
    left as they are, so that cutting and joining gives the same again.

    Args:
        templates: One or more clips' templates.

    Returns:
        A template whose ``source`` names them all.

    Raises:
        ConfigError: None were given, or one is a single picture, which has no duration.
    """
    if not templates:
        raise ConfigError("templates", "expected at least one motion template, got none")
    if len(templates) == 1:
        return templates[0]
    first = templates[0]
    if any(one.layout != first.layout for one in templates):
        layouts = ", ".join(sorted({one.layout for one in templates}))
        raise ConfigError("templates", f"expected one layout of landmarks, got {layouts}")
    if any(one.frame_rate is None for one in templates):
        raise ConfigError("templates", "a single picture has no duration and cannot be joined")
    starts = [sum((one.end for one in templates[:k]), Fraction(0)) for k in range(len(templates))]
    times = [
        start + int(time) * one.tick
        for start, one in zip(starts, templates, strict=True)
        for time in one.times
    ]
    tick = _common_tick(times, first.tick)
    cuts = [one.cuts.copy() for one in templates]
    for part in cuts[1:]:
        part[0] = True
    rates = {one.frame_rate for one in templates}
    spent = sum((one.end for one in templates), Fraction(0))
    names = dict.fromkeys(one.source for one in templates)
    return MotionTemplate(
        np.concatenate([_as_face_of(first, one) for one in templates]),
        np.concatenate([one.found for one in templates]),
        np.array([round(time / tick) for time in times], np.int64),
        tick,
        np.concatenate([one.people for one in templates]),
        np.concatenate(cuts),
        first.frame_rate if len(rates) == 1 else len(times) / spent,
        first.time_base if len(rates) == 1 else tick,
        " + ".join(names),
        first.face,
        first.layout,
    )


def read_template(path: str | Path) -> MotionTemplate:
    """Read a template; nothing in the file is ever carried out.

    Args:
        path: A file as described at the top of this module.

    Raises:
        MediaError: It cannot be read, or is no motion template of a known format.
    """
    path = Path(path)
    try:
        with safe_open(path, framework="numpy") as file:
            head = parse_json((file.metadata() or {}).get(_ENTRY, "{}"))
            if not isinstance(head, dict) or "format" not in head:
                raise MediaError(path, "is a safetensors file, but no motion template")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # NumPy has no word for some of the types that such a file may name.
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        raise MediaError(path, f"is no motion template, or is damaged ({error})") from error
    if head["format"] != FORMAT:
        known = f"this version reads format {FORMAT}; update d2animator"
        raise MediaError(path, f"is a motion template of format {head['format']!r}, {known}")
    try:
        return _template(tensors, head)
    except (KeyError, TypeError, ValueError, ArithmeticError, InputError) as error:
        raise MediaError(path, f"is a damaged motion template ({error})") from error


_TYPES: dict[str, type[np.generic]] = {
    "landmarks": np.float32,
    "found": np.uint8,
    "times": np.int64,
    "people": np.int32,
    "cuts": np.uint8,
}


def _template(tensors: dict[str, NDArray[Any]], head: dict[str, Any]) -> MotionTemplate:
    if set(tensors) != set(_TYPES):
        raise ValueError(f"expected the tensors {', '.join(_TYPES)}, got {', '.join(tensors)}")
    for name, kind in _TYPES.items():
        if tensors[name].dtype != kind:
            raise ValueError(f"{name}: expected {kind.__name__}, got {tensors[name].dtype}")
    tick = _fraction(head["tick"])
    if tick is None:
        raise ValueError("tick: expected a fraction, got null")
    return MotionTemplate(
        tensors["landmarks"],
        tensors["found"].astype(np.bool_),
        tensors["times"],
        tick,
        tensors["people"],
        tensors["cuts"].astype(np.bool_),
        _fraction(head["frame_rate"]),
        _fraction(head["time_base"]),
        str(head["source"]),
        str(head["face"]),
        str(head["layout"]),
    )


def _fraction(text: object) -> Fraction | None:
    """A fraction such as "1/30000": no exponents, which would make numbers of any length."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,20})(?:/(\d{1,20}))?", text) if isinstance(text, str) else None
    if found is None or not int(found[1]) or not int(found[2] or 1):
        raise ValueError(f"expected a fraction above 0, got {text!s:.40}")
    return Fraction(int(found[1]), int(found[2] or 1))


def _text(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"


def _common_tick(times: Sequence[Fraction], base: Fraction | None) -> Fraction:
    """Find a tick, no longer than ``base``, that every time is an exact multiple of."""
    denominator = 1 if base is None else base.denominator
    for time in times:
        denominator = math.lcm(denominator, time.denominator)
        if denominator * max(1, math.ceil(times[-1])) > _MOST_TICKS:
            return Fraction(1, 1_000_000_000)
    return Fraction(1, denominator)


def _as_face_of(first: MotionTemplate, other: MotionTemplate) -> NDArray[np.float32]:
    """Landmarks of one template with the proportions of another's face."""
    if first.face == other.face or not first.found.any() or not other.found.any():
        return other.landmarks
    shift = np.median(first.landmarks[first.found], 0) - np.median(other.landmarks[other.found], 0)
    moved = np.where(other.found[:, None, None], other.landmarks + shift, other.landmarks)
    return np.asarray(moved, np.float32)
