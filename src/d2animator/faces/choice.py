"""Which of several faces is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from d2animator.errors import ConfigError
from d2animator.faces.detector import Face, Picture
from d2animator.faces.shape import Box, overlap

SECOND_LOOKS = 25
"""Of frames without a face at a clip's beginning, every so many-th is looked at again."""

_LEAST_OVERLAP = 0.05


@dataclass(frozen=True)
class FaceChoice:
    """Which face is meant; `parse_choice` reads it from text.

    Attributes:
        index: Place from the left, from 0; None for another rule.
        box: Left, top, width and height in pixels of a box about the face; None for another rule.
            Without both it is the largest face.
    """

    index: int | None = None
    box: Box | None = None

    def __str__(self) -> str:
        """Give the text that `parse_choice` reads."""
        if self.box is not None:
            return ",".join(f"{value:g}" for value in self.box)
        return "largest" if self.index is None else str(self.index)

    def pick(self, faces: Sequence[Face]) -> Face | None:
        """Choose among the faces of one picture.

        Args:
            faces: All that were found, in any order.

        Returns:
            The one that is meant; None if it is not among them.
        """
        if not faces:
            return None
        box = self.box
        if box is not None:
            best = max(faces, key=lambda face: overlap(face.box, box))
            return best if overlap(best.box, box) > _LEAST_OVERLAP else None
        if self.index is not None:
            in_order = from_the_left(faces)
            return in_order[self.index] if self.index < len(in_order) else None
        return max(faces, key=lambda face: face.box[2] * face.box[3])


LARGEST = FaceChoice()


def from_the_left(faces: Sequence[Face]) -> list[Face]:
    """Sort faces by where their middle is."""
    return sorted(faces, key=lambda face: face.box[0] + face.box[2] / 2)


def parse_choice(key: str, text: str) -> FaceChoice:
    """Read ``largest``, an index from the left, or ``x,y,width,height``.

    Args:
        key: Name of the option, for the message.
        text: What was given.

    Raises:
        ConfigError: Neither of them.
    """
    text = text.strip()
    if text == "largest":
        return LARGEST
    if text.isdecimal():
        return FaceChoice(index=int(text))
    numbers = text.split(",")
    if len(numbers) == 4 and all(re.fullmatch(r"\s*\d+(\.\d*)?\s*", part) for part in numbers):
        left, top, width, height = (float(part) for part in numbers)
        if width > 0 and height > 0:
            return FaceChoice(box=(left, top, width, height))
    allowed = "largest, an index from the left (0 is the leftmost) or x,y,width,height in pixels"
    raise ConfigError(key, f"expected {allowed}, got {text!r}")


def looked_at(frames: int, face: str, detector: object = None) -> str:
    """Say for an error how a face was looked for in vain, in all frames of a clip.

    Args:
        frames: How many there are.
        face: Which face was wanted.
        detector: What searched them; None where nobody knows.
    """
    what = "looked at the picture" if frames == 1 else f"looked at all {frames} frames"
    if face != "largest":
        return f"{what} for face {face}"
    again = getattr(detector, "looks_again", "")
    if not again:
        return f"{what} at every size"
    which = f"some of them (every {SECOND_LOOKS}th) also " if frames > 1 else ""
    return f"{what} at every size, {which}{again}"


def searched(image: Picture, detector: object, choice: FaceChoice, found: int) -> str:
    """Say for an error how a face was looked for in vain, in a picture.

    Args:
        image: The picture (H, W, 3).
        detector: What searched it.
        choice: Which face was wanted.
        found: How many others it shows.
    """
    tried = f"searched all of its {image.shape[1]}x{image.shape[0]} pixels at every size"
    if found:
        return f"{tried} for face {choice}; it has {found}"
    again = getattr(detector, "looks_again", "")
    return f"{tried}, {again}" if again else tried
