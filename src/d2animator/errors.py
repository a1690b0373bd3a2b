"""Everything this package raises on purpose.

D2AnimatorError
├── InputError                 something the caller handed over cannot be used
│   ├── PictureError           an object that is no picture, or one of an unknown kind
│   ├── MediaError             a file is missing, no picture or video, empty, truncated
│   ├── NoFaceError            a picture (or a whole clip) without a face
│   ├── OutputError            the target cannot be written
│   ├── ConfigError            unknown key or value out of range in a configuration
│   ├── ShapeError             a tensor of the wrong shape at a public border
│   ├── DeviceError            the requested device is not there
│   ├── DetectorError          a landmark detector is missing, or does not fit
│   ├── UnknownModelError      no bundle of that name or at that place
│   ├── FetchError             an address that is out of reach, closed, or answers something else
│   └── UnsafeFileError        a foreign file asks for what no network needs
├── BundleError                a bundle's files do not fit together
└── TrainingError              a run cannot start, or cannot be resumed

Every message names the argument, what is allowed, what came, and the next step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol


class D2AnimatorError(Exception):
    """Base of all errors of this package; the command line turns it into exit code 2."""


class InputError(D2AnimatorError):
    """Something the caller handed over cannot be used."""


class PictureError(InputError):
    """What was handed over as a picture is none.

    Attributes:
        argument: Name of the argument.
        reason: What is expected, and shape, type and range of what came.
    """

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(f"{argument}: {reason}")
        self.argument = argument
        self.reason = reason


class MediaError(InputError):
    """A file cannot be read as a picture or a video.

    Attributes:
        path: The file.
        reason: What is wrong with it, without the path.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason


class NoFaceError(InputError):
    """No face where one is needed.

    Attributes:
        path: The picture or clip, or a description when it came as an array.
        tried: What was tried to find one.
        frame_index: The frame, 0 for a picture.
    """

    def __init__(self, path: str | Path, tried: str, frame_index: int = 0) -> None:
        super().__init__(f"{path}: no face found ({tried})")
        self.path = Path(path)
        self.tried = tried
        self.frame_index = frame_index


class OutputError(InputError):
    """The target cannot be written.

    Attributes:
        path: The target.
        reason: What stands in the way.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason


class ConfigError(InputError):
    """A configuration has an unknown key or a value out of range.

    Attributes:
        key: The offending key.
    """

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key


class ShapeError(InputError):
    """A tensor or array of the wrong shape at a public border.

    Attributes:
        argument: Name of the argument.
        expected: Expected axes, names for free ones.
        actual: The shape that came.
    """

    def __init__(self, argument: str, expected: Sequence[int | str], actual: Sequence[int]) -> None:
        wanted = ", ".join(str(axis) for axis in expected)
        came = ", ".join(str(axis) for axis in actual)
        super().__init__(f"{argument}: expected shape ({wanted}), got ({came})")
        self.argument = argument
        self.expected = tuple(expected)
        self.actual = tuple(actual)


class DeviceError(InputError):
    """The requested device is not there.

    Attributes:
        device: What was asked for.
    """

    def __init__(self, device: str, reason: str) -> None:
        super().__init__(f"device {device!r}: {reason}")
        self.device = device


class DetectorError(InputError):
    """A landmark detector cannot be used: it is not installed, lacks files, or does not fit.

    Attributes:
        detector: Its name.
        reason: What is wrong and what helps, without the name.
    """

    def __init__(self, detector: str, reason: str) -> None:
        super().__init__(f"detector {detector!r}: {reason}")
        self.detector = detector
        self.reason = reason


class UnknownModelError(InputError):
    """No bundle of that name, and no folder at that place.

    Attributes:
        name: What was asked for.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"model {name!r}: {reason}")
        self.name = name


class FetchError(InputError):
    """Something cannot be fetched: out of reach, no access, broken off, or not what it should be.

    Attributes:
        address: What was asked for: an address, or ``owner/name`` on the Hub.
        reason: What stands in the way, and the next step.
    """

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason


class UnsafeFileError(InputError):
    """A foreign file asks for something that no network needs; none of it was carried out.

    Attributes:
        path: The file.
        refused: What was refused: a name such as "os.system", or a few words.
    """

    def __init__(self, path: str | Path, refused: str, reason: str) -> None:
        super().__init__(f"{path}: refused {refused}: {reason}")
        self.path = Path(path)
        self.refused = refused


class BundleError(D2AnimatorError):
    """A bundle's files do not fit together.

    Attributes:
        path: The file or folder at fault.
        missing: Names of tensors or keys that should be there.
        unexpected: Names that should not be there.
        mismatched: Names whose shape is wrong, each with both shapes.
    """

    def __init__(
        self,
        path: str | Path,
        reason: str = "",
        *,
        missing: Iterable[str] = (),
        unexpected: Iterable[str] = (),
        mismatched: Iterable[str] = (),
    ) -> None:
        self.path = Path(path)
        self.missing = tuple(missing)
        self.unexpected = tuple(unexpected)
        self.mismatched = tuple(mismatched)
        parts = [reason] if reason else []
        for label, names in (
            ("missing", self.missing),
            ("unexpected", self.unexpected),
            ("wrong shape", self.mismatched),
        ):
            if names:
                parts.append(f"{label}: {list_names(names)}")
        super().__init__(f"{path}: {'; '.join(parts)}")


def printable(text: str, most: int = 1000) -> str:
    """Make text from a file or a server fit for one line of a terminal.

    Args:
        text: Anything. Terminals obey control characters, so these become question marks, and
            line breaks spaces.
        most: Characters that are kept; of longer texts the beginning and the end.
    """
    if len(text) > most:
        kept = most - 5
        text = f"{text[: 2 * kept // 3]} ... {text[len(text) - kept // 3 :]}"
    text = re.sub(r"[\r\n\t]+", " ", text)
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def list_names(names: Sequence[str], most: int = 20) -> str:
    """List names for a message, the first ones of very many."""
    left = len(names) - most
    listed = ", ".join(printable(name, 150) for name in names[:most])
    return f"{listed} and {left} more" if left > 0 else listed


class TrainingError(D2AnimatorError):
    """A run cannot start, or cannot be resumed from what is there."""


class _HasShape(Protocol):
    @property
    def shape(self) -> Sequence[int]: ...


def check_shape(argument: str, value: _HasShape, expected: Sequence[int | str]) -> None:
    """Check the shape of a tensor or array.

    Args:
        argument: Name to use in the message.
        value: Anything with a ``shape``.
        expected: One entry an axis: a number, or a name for an axis of any length. The same
            name twice means the same length.

    Raises:
        ShapeError: The shape differs.
    """
    actual = tuple(value.shape)
    named: dict[str, int] = {}
    fits = len(actual) == len(expected)
    for size, axis in zip(actual, expected, strict=False):
        wanted = named.setdefault(axis, size) if isinstance(axis, str) else axis
        fits = fits and size == wanted
    if not fits:
        raise ShapeError(argument, expected, actual)
