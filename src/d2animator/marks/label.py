"""A small visible label in a corner of every frame, for those who must disclose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from d2animator.errors import ConfigError, check_shape

Picture = NDArray[np.uint8]

MAX_LETTERS = 60

# Height of the letters, and distance from the edge, as shares of the picture's shorter side.
_LETTERS, _MARGIN = 0.035, 0.02
_FEWEST_PIXELS = 9
_PADDING = 0.4  # around the words, as a share of the letters' height
_SHADE = 0.55  # how much of the picture the dark ground hides
_WIDEST = 0.9  # most of the picture's width
_INK = 255


def check_label(text: str) -> str:
    """Check that words can be drawn.

    Args:
        text: 1 to 60 characters of Western European languages, on one line.

    Returns:
        The words without spaces around them.

    Raises:
        ConfigError: There are none, too many, or others.
    """
    words = text.strip()
    if not 1 <= len(words) <= MAX_LETTERS:
        raise ConfigError("label", f"expected 1 to {MAX_LETTERS} characters, got {len(words)}")
    odd = sorted({letter for letter in words if ord(letter) > 255 or not letter.isprintable()})
    if odd:
        reason = f"expected letters of Western European languages on one line, got {odd[0]!r}"
        raise ConfigError("label", reason)
    return words


class Label:
    """Draws the same words into the lower left corner of pictures.

    Attributes:
        text: The words.
    """

    def __init__(self, text: str) -> None:
        """Choose the words.

        Args:
            text: See `check_label`.

        Raises:
            ConfigError: See `check_label`.
        """
        self.text = check_label(text)
        # Of the last size, together: threads may draw at once.
        self._last = ((0, 0), np.zeros((0, 0), dtype=np.float32))

    def draw(self, image: Picture) -> Picture:
        """Draw the words.

        Args:
            image: RGB (H, W, 3) or RGBA (H, W, 4), uint8.

        Returns:
            A new picture of the same shape.

        Raises:
            ShapeError: The array is no such picture.
            ConfigError: It is too small for the words: who must disclose has to be told.
        """
        if not (image.ndim == 3 and image.shape[2] == 4):
            check_shape("image", image, ("H", "W", 3))
        height, width = image.shape[:2]
        size, letters = self._last
        if (height, width) != size:
            letters = _letters(self.text, height, width)
            self._last = (height, width), letters
        box_height, box_width = letters.shape
        marked = image.copy()
        margin = max(1, round(_MARGIN * min(height, width)))
        bottom = height - margin
        place = (slice(bottom - box_height, bottom), slice(margin, margin + box_width))
        ground = marked[place][..., :3] * np.float32(1 - _SHADE)
        coverage = letters[..., None]
        marked[(*place, slice(3))] = np.rint(ground + coverage * (_INK - ground))
        if image.shape[2] == 4:
            marked[(*place, 3)] = 255
        return marked


def _letters(text: str, height: int, width: int) -> NDArray[np.float32]:
    """Coverage by letters of the box around them, (h, w), 0 to 1."""
    size = max(_FEWEST_PIXELS, round(_LETTERS * min(height, width)))
    room = _WIDEST * width
    while True:
        font = ImageFont.load_default(size)
        left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
        padding = round(_PADDING * size)
        box = (right - left + 2 * padding, bottom - top + 2 * padding)
        if box[0] <= room and box[1] <= height / 2:
            break
        if size <= _FEWEST_PIXELS:
            reason = f"does not fit into {width} x {height} pixels, use fewer words than {text!r}"
            raise ConfigError("label", reason)
        size = max(_FEWEST_PIXELS, min(size - 1, int(size * room / box[0])))
    canvas = Image.new("L", box, 0)
    ImageDraw.Draw(canvas).text((padding - left, padding - top), text, fill=_INK, font=font)
    return np.asarray(canvas, dtype=np.float32) / np.float32(_INK)
