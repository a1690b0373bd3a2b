"""Whatever people call a picture, as one: files, bytes, Pillow's, arrays and tensors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, BinaryIO, Protocol, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from d2animator.config import described
from d2animator.errors import MediaError, PictureError
from d2animator.media.colours import ToSrgb
from d2animator.media.images import Picture, as_rgb, on_white, read_image, upright
from d2animator.media.limits import MAX_PIXELS


class TensorLike(Protocol):
    """A tensor of PyTorch's; this room does without it."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    def detach(self) -> Any:
        """Give the values alone."""


PictureLike = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | NDArray[Any] | TensorLike
"""A file, its bytes, an open file, a picture of Pillow's, an array (H, W), (H, W, 1), (H, W, 3) or
(H, W, 4) of uint8, uint16 or floats from 0 to 1, or a tensor (C, H, W) or (1, C, H, W) of these."""

_EXPECTED = (
    "expected a file, bytes, a PIL image, an array (H, W, 3) of uint8 or of floats from 0 to 1, or "
    "a tensor (3, H, W) of these"
)
# Rounding and resampling overshoot what is said to lie between 0 and 1 by a little.
_TOLERANCE = 1e-2
_CHANNELS = (1, 3, 4)


def as_picture(value: object, argument: str, *, opacity: bool = False) -> Picture:
    """Take a picture as people bring it.

    Args:
        value: See `PictureLike`.
        argument: What it is for, for the message.
        opacity: Whether a picture that is transparent somewhere keeps a fourth channel; else it is
            laid on white.

    Returns:
        RGB (H, W, 3), or RGBA (H, W, 4), uint8.

    Raises:
        MediaError: The file, or the bytes, cannot be read.
        PictureError: It is none; the message tells shape, type and range.
    """
    if isinstance(value, str | os.PathLike):
        return read_image(os.fspath(value), opacity=opacity)
    if isinstance(value, bytes | bytearray | memoryview):
        return read_image(bytes(value), opacity=opacity)
    if isinstance(value, Image.Image):
        return _from_pillow(value, argument, opacity)
    if _is_file(value):
        return read_image(_content(value, argument), opacity=opacity)
    picture = _from_array(value, argument)
    return picture if opacity and _is_transparent(picture) else on_white(picture)


def is_one(value: object) -> bool:
    """Tell what stands for one picture from what may be a series of them."""
    if isinstance(value, np.ndarray) or _is_tensor(value):
        return bool(cast(Any, value).ndim < 4)
    one = (str, os.PathLike, bytes, bytearray, memoryview, Image.Image)
    return isinstance(value, one) or _is_file(value) or not isinstance(value, Iterable)


def name_of(value: object) -> str:
    """Name a picture for messages: a file by its path."""
    return os.fspath(value) if isinstance(value, str | os.PathLike) else "<picture>"


def _is_file(value: object) -> TypeGuard[BinaryIO]:
    return callable(getattr(value, "read", None))


def _is_tensor(value: object) -> TypeGuard[TensorLike]:
    return callable(getattr(value, "detach", None)) and hasattr(value, "ndim")


def _is_transparent(picture: Picture) -> bool:
    return picture.shape[2] == 4 and int(picture[..., 3].min()) < 255


def _content(file: BinaryIO, argument: str) -> bytes:
    """All of an open file, from its beginning where it can be rewound."""
    seekable = getattr(file, "seekable", None)
    if seekable is not None and seekable():
        file.seek(0)
    content: object = file.read()
    if not isinstance(content, bytes):
        raise PictureError(argument, f"expected a file opened in binary mode ('rb'), got {file!r}")
    return content


def _from_pillow(picture: Image.Image, argument: str, opacity: bool) -> Picture:
    width, height = picture.size
    if not 0 < width * height <= MAX_PIXELS:
        raise _wrong_size(argument, (height, width))
    try:
        return as_rgb(upright(picture), ToSrgb(argument, picture), opacity=opacity)
    except (OSError, ValueError, SyntaxError) as error:  # it is read from its file only now
        raise MediaError(f"<{argument}>", f"is damaged or truncated ({error})") from error


def _from_array(given: object, argument: str) -> Picture:
    """Take an array or a tensor: (H, W, 3) or (H, W, 4), uint8."""
    values: Any = _channels_last(given)
    if values is None or values.shape[-1] not in _CHANNELS:
        shape: Any = getattr(given, "shape", ())
        hint = ": put its channels last" if len(shape) == 3 and shape[0] in _CHANNELS else ""
        raise PictureError(argument, f"{_EXPECTED}; got {_described(given)}{hint}")
    if not 0 < values.shape[0] * values.shape[1] <= MAX_PIXELS:
        raise _wrong_size(argument, (values.shape[0], values.shape[1]))
    picture = _as_bytes(values, argument, given)
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture


def _channels_last(given: object) -> NDArray[Any] | None:
    """The values of an array or a tensor as (H, W, C); None where it has no such shape."""
    if _is_tensor(given):
        values = np.asarray(_on_cpu(given).numpy())
    elif isinstance(given, np.ndarray):
        values = given
    else:
        return None
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    if values.ndim == 2:
        return values[:, :, None]
    if values.ndim != 3:
        return None
    first = _is_tensor(given) and values.shape[0] in _CHANNELS
    return values.transpose(1, 2, 0) if first else values


def _on_cpu(tensor: TensorLike) -> Any:
    """The values alone, in a type that NumPy has."""
    values = tensor.detach().cpu()
    return values.float() if values.is_floating_point() else values


def _as_bytes(value: NDArray[Any], argument: str, given: object) -> Picture:
    """Bring values to 0 to 255."""
    if value.dtype == np.uint8:
        return np.ascontiguousarray(value)
    if value.dtype == np.uint16:
        return np.asarray((value.astype(np.uint32) + 128) // 257, np.uint8)
    if not np.issubdtype(value.dtype, np.floating):
        hint = "make it uint8 (array.astype(np.uint8)) if it goes from 0 to 255"
        raise PictureError(argument, f"{_EXPECTED}; got {_described(given)}: {hint}")
    if not np.isfinite(value).all():
        raise PictureError(argument, f"expected finite numbers; got {_described(given)}")
    low, high = float(value.min()), float(value.max())
    if low < -_TOLERANCE or high > 1 + _TOLERANCE:
        hint = "add 1 and halve it" if low >= -1 - _TOLERANCE and high <= 1 + _TOLERANCE else ""
        hint = hint or ("divide it by 255" if low >= -_TOLERANCE and high <= 255 else "scale it")
        raise PictureError(argument, f"floats go from 0 to 1; got {_described(given)}: {hint}")
    return np.asarray(np.rint(np.clip(value, 0, 1) * 255), np.uint8)


def _wrong_size(argument: str, size: tuple[int, ...]) -> PictureError:
    most = f"at most {MAX_PIXELS / 1e6:g} million pixels and at least one"
    return PictureError(argument, f"expected {most}, got {size[1]}x{size[0]}")


def _described(value: object) -> str:
    """Say what came: its kind, and of an array its shape, type and range."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return described(value)
    told = f"{type(value).__name__} of shape {tuple(shape)}, type {str(dtype).split('.')[-1]}"
    array = np.asarray(_on_cpu(value).numpy() if _is_tensor(value) else value)
    if array.size == 0 or array.dtype.kind not in "biuf":
        return told
    return f"{told}, from {array.min():g} to {array.max():g}"
