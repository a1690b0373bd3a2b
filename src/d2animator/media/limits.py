"""How much one file may ask for."""

from __future__ import annotations

from pathlib import Path

from d2animator.errors import MediaError

MAX_PIXELS = 50_000_000
"""Most pixels of a picture, or of a frame: 150 MB as RGB, and more than a 48-megapixel phone's."""


def check_pixels(path: str | Path, width: int, height: int) -> None:
    """Refuse a picture that is too large, before it is decoded.

    Args:
        path: The file, for the message.
        width: Width in pixels.
        height: Height in pixels.

    Raises:
        MediaError: It has more than `MAX_PIXELS`, or none.
    """
    if width <= 0 or height <= 0:
        raise MediaError(path, f"is damaged: its size is {width}x{height} pixels")
    if width * height > MAX_PIXELS:
        most = f"at most {MAX_PIXELS / 1e6:g} million are read"
        raise MediaError(path, f"has too many pixels ({width}x{height}; {most}); make it smaller")
