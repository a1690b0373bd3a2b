"""Single pictures at the borders: uint8 RGB arrays of shape (H, W, 3)."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from d2animator.errors import OutputError, check_shape
from d2animator.media.colours import ToSrgb
from d2animator.media.files import atomic_target, check_writable
from d2animator.media.kinds import Kind, kind_of, name_of, opened_picture
from d2animator.media.pending import Finish

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
_ORIENTATION = 0x0112
# Side of the square, in pixels, in which transparent places look for a colour.
_NEIGHBOURS = 9
# What undoes each orientation that EXIF names (1 is upright).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Modes of one channel with more than eight bits, and the value that is white in them.
_DEEP_WHITE = {"I;16": 65535.0, "I;16L": 65535.0, "I;16B": 65535.0, "I": 65535.0, "F": 1.0}


Picture = NDArray[np.uint8]


def read_image(path: str | Path | bytes, *, opacity: bool = False) -> Picture:
    """Read a picture as it should be seen.

    The EXIF orientation is obeyed; colours of an embedded profile become sRGB; transparency is laid
    on white; palettes, greyscale, CMYK and 16 bits become 8-bit RGB; of an animation, of pages and
    of a phone's multi-picture file the first picture is taken.

    Args:
        path: A PNG, JPEG, WebP, AVIF, TIFF, BMP, GIF, JPEG 2000, PPM, ICO, PSD or TGA file; HEIC
            where pillow-heif is installed. Or such a file's bytes.
        opacity: Whether a picture that is transparent somewhere keeps that, as a fourth channel.

    Returns:
        RGB picture, (H, W, 3) uint8, or RGBA, (H, W, 4).

    Raises:
        MediaError: No such file, a folder, empty, truncated, too large, or not a picture.
    """
    with opened_picture(path) as picture:
        return as_rgb(upright(picture), ToSrgb(name_of(path), picture), opacity=opacity)


def write_image(
    path: str | Path,
    image: NDArray[np.uint8],
    quality: int = 95,
    finish: Finish | None = None,
) -> Path:
    """Write a picture whole or not at all; the format follows from the extension.

    Args:
        path: Target; see ``PICTURE_SUFFIXES``.
        image: RGB picture, (H, W, 3) uint8, or RGBA (H, W, 4), whose transparency PNG, WebP and
            TIFF keep; the others lay it on white.
        quality: For the lossy formats, 1 to 100.
        finish: What is done last with the file, before it is moved to its target.

    Returns:
        The path.

    Raises:
        OutputError: The target cannot be written.
        ShapeError: The array is no such picture.
    """
    path = check_writable(path, PICTURE_SUFFIXES)
    kind = _FORMATS[path.suffix.lower()]
    if image.ndim != 3 or image.shape[2] != 4:
        check_shape("image", image, ("H", "W", 3))
    elif kind not in _WITH_ALPHA:
        image = on_white(image)
    options = {"quality": quality} if kind in ("JPEG", "WEBP") else {}
    picture = Image.fromarray(np.ascontiguousarray(image, dtype=np.uint8))
    with atomic_target(path, finish) as hidden:
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


def upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF asks; one whose EXIF is broken stays as it is."""
    try:
        wanted = picture.getexif().get(_ORIENTATION)
    except Exception:  # Pillow reports broken EXIF with nearly any error; the pixels are sound
        return picture
    turn = _UPRIGHT.get(wanted) if isinstance(wanted, int) else None
    return picture if turn is None else picture.transpose(turn)


def as_rgb(
    picture: Image.Image, to_srgb: ToSrgb | None = None, *, opacity: bool = False
) -> Picture:
    """Turn a picture of Pillow's into RGB (H, W, 3), uint8, transparency laid on white.

    Args:
        picture: In any mode.
        to_srgb: Converts its colours; None to take them for sRGB.
        opacity: Whether transparency is kept, as the fourth channel of (H, W, 4), where there is
            any.
    """
    if picture.mode in _DEEP_WHITE:
        return _from_deep(np.asarray(picture, dtype=np.float64), _DEEP_WHITE[picture.mode])
    if to_srgb is not None:
        picture = to_srgb(picture)
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        if opacity and layered.getchannel("A").getextrema() != (255, 255):
            return _filled(np.array(layered, dtype=np.uint8))
        white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(white, layered)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def resized(image: Picture, size: tuple[int, int]) -> Picture:
    """Resample a picture (H, W, 3), uint8, to a width and height."""
    if size == (image.shape[1], image.shape[0]):
        return image
    way = Image.Resampling.LANCZOS
    return np.array(Image.fromarray(image).resize(size, way), dtype=np.uint8)


def on_white(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a picture (H, W, 3) or (H, W, 4), uint8, on white; gives (H, W, 3)."""
    return image if image.shape[2] == 3 else as_rgb(Image.fromarray(image))


def with_alpha(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a picture (H, W, 3) or (H, W, 4), uint8, four channels; opaque where it had three."""
    if image.shape[2] == 4:
        return image
    return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])


def _filled(image: Picture) -> Picture:
    """Give what is wholly transparent in a picture (H, W, 4) a colour: its neighbours', else white.

    Programs leave anything there, often black, and it would show at the edges of what moves.
    """
    seen = image[..., 3:].astype(np.float32)
    near = cv2.blur(seen, (_NEIGHBOURS, _NEIGHBOURS))[..., None]
    colours = cv2.blur(image[..., :3] * seen, (_NEIGHBOURS, _NEIGHBOURS))
    around = np.where(near > 0, colours / np.maximum(near, 1e-6), 255)
    hidden = seen == 0
    image[..., :3] = np.where(hidden, np.rint(np.clip(around, 0, 255)), image[..., :3])
    return image


def _from_deep(values: NDArray[np.float64], white: float) -> NDArray[np.uint8]:
    """Scale one deep channel (H, W) to 8 bits; Pillow's own conversion clips at 255."""
    grey = np.clip(np.rint(np.nan_to_num(values) * (255.0 / white)), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def is_picture(path: str | Path) -> bool:
    """Tell a single picture from everything else, by its content.

    Args:
        path: A file.

    Returns:
        Whether it is one picture, be it damaged; False for an animation, a video or anything else.
    """
    return kind_of(path) is Kind.STILL
