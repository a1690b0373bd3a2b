"""What a file is, told by its content: a still picture, an animated one, or something else.

Only GIF, PNG, WebP and AVIF move. Everything else that Pillow opens is its first picture: the
second one of a phone's JPEG (MPO) is a depth map or a larger copy, those of a TIFF are pages.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from d2animator.errors import MediaError
from d2animator.media.container import media_errors
from d2animator.media.files import check_readable
from d2animator.media.limits import check_pixels

# By name, so that nothing else is tried: PostScript would start another program, some of the
# others have no signature and take anything.
_FORMATS = (
    *("PNG", "JPEG", "MPO", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "DIB", "JPEG2000", "PPM"),
    *("ICO", "PSD"),
)
_MOVING = ("GIF", "PNG", "WEBP", "AVIF")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_POSTSCRIPT = (b"%!PS", b"\xc5\xd0\xd3\xc6")
_SIGNATURES = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"BM"),
    *(b"8BPS", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", *_POSTSCRIPT),
)
# As much of a file as tells its kind.
_HEAD = 64
_DAMAGED = "is a picture that is damaged or truncated"
_NO_PICTURE = "is not a picture, or in no format that is read (PNG, JPEG, WebP, AVIF, TIFF, …)"


class Kind(enum.Enum):
    """What a file is."""

    STILL = "a picture, be it damaged"
    ANIMATED = "an animated PNG, WebP or AVIF"
    OTHER = "an animated GIF, a video, or nothing that is known"


def kind_of(path: str | Path) -> Kind:
    """Tell what a file is.

    Args:
        path: A file; one that cannot be read is `Kind.OTHER`.
    """
    try:
        path = check_readable(path)
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except (MediaError, OSError):
        return Kind.OTHER
    try:
        with opened_picture(path) as picture:
            if picture.format not in _MOVING or not getattr(picture, "is_animated", False):
                return Kind.STILL
            return Kind.OTHER if picture.format == "GIF" else Kind.ANIMATED
    except MediaError:
        return Kind.STILL if _looks_like_a_picture(head) else Kind.OTHER


@contextlib.contextmanager
def opened_picture(source: str | Path | bytes) -> Iterator[Image.Image]:
    """Open a picture; what goes wrong within the block is said of the file.

    Args:
        source: The file, or its bytes.

    Yields:
        The picture, not yet decoded.

    Raises:
        MediaError: No such file, empty, no picture, too large, damaged or truncated.
    """
    path = Path(name_of(source))
    with warnings.catch_warnings(), _content(source) as content:
        # What Pillow warns of is either refused below or of no consequence for the pixels.
        warnings.simplefilter("ignore")
        with _opened(path, content) as picture:
            check_pixels(path, *picture.size)
            with media_errors(path, "is damaged or truncated"):
                yield picture


def name_of(source: str | Path | bytes) -> str:
    """Name a picture for messages: a file by its path."""
    return "<bytes>" if isinstance(source, bytes) else str(source)


def _content(source: str | Path | bytes) -> BinaryIO:
    """Open a file, or bytes as one.

    Raises:
        MediaError: It cannot be read, or is empty.
    """
    if not isinstance(source, bytes):
        path = check_readable(source)
        try:
            return path.open("rb")
        except OSError as error:
            raise MediaError(path, f"cannot be read ({error.strerror})") from error
    if not source:
        raise MediaError(name_of(source), "is empty (zero bytes)")
    return io.BytesIO(source)


def _opened(path: Path, content: BinaryIO) -> Image.Image:
    head = content.read(_HEAD)
    formats = _known_formats(path, head)
    try:
        return Image.open(content, formats=formats)
    except UnidentifiedImageError as error:
        reason = _DAMAGED if _looks_like_a_picture(head) else _NO_PICTURE
        if head.startswith(_POSTSCRIPT):
            reason = "is a PostScript picture, which is a program and not run; save it as PNG"
        raise MediaError(path, reason) from error
    except Image.DecompressionBombError as error:
        raise MediaError(path, f"has too many pixels ({error})") from error
    except MemoryError as error:
        raise MediaError(path, "needs more memory to be read than there is") from error
    except Exception as error:  # see `media_errors`
        raise MediaError(path, _DAMAGED) from error


def _known_formats(path: Path, head: bytes) -> tuple[str, ...]:
    """Formats to try on a file.

    Raises:
        MediaError: It is in one that takes something that is not installed.
    """
    brand = _brand(head)
    if brand in _HEIF_BRANDS and _has_heif():
        return ("HEIF", "AVIF") if _has("AVIF") else ("HEIF",)
    if brand in _HEIF_BRANDS:
        what = "install pillow-heif (pip install 'd2animator[heif]'), or save it as JPEG or PNG"
        raise MediaError(path, f"is a HEIC picture, which is not read as it is; {what}")
    if brand in _AVIF_BRANDS and not _has("AVIF"):
        raise MediaError(path, "is an AVIF picture, which takes Pillow 11.3 or later")
    # The one format without a signature is taken at its word.
    named = ("TGA",) if path.suffix.lower() == ".tga" else ()
    return tuple(name for name in _FORMATS + named if _has(name))


def _has(name: str) -> bool:
    Image.init()
    return name in Image.OPEN


def _has_heif() -> bool:
    """Make Pillow read HEIC where its plugin is installed."""
    try:
        plugin = importlib.import_module("pillow_heif")
    except ImportError:
        return False
    plugin.register_heif_opener()
    return _has("HEIF")


def _brand(head: bytes) -> bytes:
    """What kind of ISO media file it says that it is, empty for none."""
    return head[8:12] if head[4:8] == b"ftyp" else b""


def _looks_like_a_picture(head: bytes) -> bool:
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return webp or head.startswith(_SIGNATURES) or _brand(head) in _HEIF_BRANDS + _AVIF_BRANDS
