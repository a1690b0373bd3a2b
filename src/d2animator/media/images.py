"""Single pictures at the borders: uint8 RGB arrays of shape (H, W, 3)."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from d2animator.errors import MediaError, OutputError, check_shape
from d2animator.media.files import atomic_target, check_readable, check_writable

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
_FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_WITH_ALPHA = ("PNG", "WEBP", "TIFF")
# Modes of one channel with more than eight bits, and the value that is white in them.
_DEEP_WHITE = {"I;16": 65535.0, "I;16L": 65535.0, "I;16B": 65535.0, "I": 65535.0, "F": 1.0}


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """Read a picture as it should be seen.

    The EXIF orientation is obeyed; transparency is laid on white; palettes, greyscale, CMYK and
    16 bits become 8-bit RGB; of an animation the first frame is taken.

    Args:
        path: A file in any format that Pillow reads.

    Returns:
        RGB picture, (H, W, 3) uint8.

    Raises:
        MediaError: No such file, a folder, empty, truncated, or not a picture.
    """
    path = check_readable(path)
    try:
        with warnings.catch_warnings():
            # A picture above Pillow's size limit is an error, its half-way warning is not.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return as_rgb(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError as error:
        raise MediaError(path, f"too many pixels ({error})") from error
    except UnidentifiedImageError as error:
        raise MediaError(path, "is not a picture, or in no known format") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        # Pillow reports damaged files with any of these.
        raise MediaError(path, f"is damaged or truncated ({error})") from error


def write_image(path: str | Path, image: NDArray[np.uint8], quality: int = 95) -> Path:
    """Write a picture whole or not at all; the format follows from the extension.

    Args:
        path: Target; see ``PICTURE_SUFFIXES``.
        image: RGB picture, (H, W, 3) uint8; for PNG, WebP and TIFF also RGBA (H, W, 4).
        quality: For the lossy formats, 1 to 100.

    Returns:
        The path.

    Raises:
        OutputError: The target cannot be written.
        ShapeError: The array is no (H, W, 3) picture.
    """
    path = check_writable(path, PICTURE_SUFFIXES)
    kind = _FORMATS[path.suffix.lower()]
    if image.ndim != 3 or image.shape[2] != 4 or kind not in _WITH_ALPHA:
        check_shape("image", image, ("H", "W", 3))
    options = {"quality": quality} if kind in ("JPEG", "WEBP") else {}
    picture = Image.fromarray(np.ascontiguousarray(image, dtype=np.uint8))
    with atomic_target(path) as hidden:
        try:
            picture.save(hidden, format=kind, **options)
        except OSError as error:
            raise OutputError(path, f"cannot be written ({error})") from error
    return path


def encode_jpeg(image: NDArray[np.uint8], quality: int = 88) -> bytes:
    """Give a picture as the bytes of a JPEG file, to be put into a page.

    Args:
        image: RGB picture, (H, W, 3) uint8.
        quality: 1 to 100.

    Returns:
        The file's content.

    Raises:
        ShapeError: The array is no (H, W, 3) picture.
    """
    check_shape("image", image, ("H", "W", 3))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()


def as_rgb(picture: Image.Image) -> NDArray[np.uint8]:
    """Turn a picture of Pillow's into RGB (H, W, 3), uint8, transparency laid on white."""
    if picture.mode in _DEEP_WHITE:
        return _from_deep(np.asarray(picture, dtype=np.float64), _DEEP_WHITE[picture.mode])
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(white, layered)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _from_deep(values: NDArray[np.float64], white: float) -> NDArray[np.uint8]:
    """Scale one deep channel (H, W) to 8 bits; Pillow's own conversion clips at 255."""
    grey = np.clip(np.rint(np.nan_to_num(values) * (255.0 / white)), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def is_picture(path: str | Path) -> bool:
    """Tell a single picture from everything else, by its content.

    Args:
        path: A file.

    Returns:
        Whether Pillow reads it and it holds one picture; False for an animation, a video or
        anything unreadable.
    """
    kind = _kind(path)
    return kind is not None and not kind[1]


def is_animated_webp(path: str | Path) -> bool:
    """Tell an animated WebP from everything else, by its content."""
    return _kind(path) == ("WEBP", True)


def _kind(path: str | Path) -> tuple[str | None, bool] | None:
    """Format of a picture, and whether it is animated; None if Pillow does not read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return picture.format, bool(getattr(picture, "is_animated", False))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
