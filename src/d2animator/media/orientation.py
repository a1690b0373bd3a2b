"""How a clip is to be turned: a quarter at a time, and mirrored where its file says so.

libav tells the angle with every frame. That a picture is mirrored it tells only in a matrix, which
PyAV cannot hand over safely: reading it fails, or ends the process, for frames that carry other
data beside it. Mirrored clips are therefore known by the header of their MP4 or MOV file.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[int, int, int, int]
"""(a, b, c, d): a point (x, y) goes to (a·x + c·y, b·x + d·y)."""

_QUARTERS: dict[int, Matrix] = {
    0: (1, 0, 0, 1),
    1: (0, -1, 1, 0),
    2: (-1, 0, 0, -1),
    3: (0, 1, -1, 0),
}
# Boxes looked through before a header counts as strange, and the longest track header.
_MOST_BOXES, _LONGEST_HEADER = 4096, 256


def matrix_of_angle(degrees: int) -> Matrix:
    """Turn an angle into a matrix.

    Args:
        degrees: Counter-clockwise; the nearest quarter counts.
    """
    return _QUARTERS[round(degrees / 90) % 4]


def turned(image: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.uint8]:
    """Apply a matrix to a picture (H, W, 3), the result is contiguous.

    Only the signs of the larger entries matter, as pictures turn in quarters.
    """
    a, b, c, d = matrix
    if abs(b) + abs(c) > abs(a) + abs(d):
        image = image.transpose(1, 0, 2)  # new x from old y
        flip_x, flip_y = c < 0, b < 0
    else:
        flip_x, flip_y = a < 0, d < 0
    image = image[:, ::-1] if flip_x else image
    return np.ascontiguousarray(image[::-1] if flip_y else image)


def mirrored_matrix(path: Path, track: int) -> Matrix | None:
    """Read the matrix of a mirrored track from an MP4 or MOV file (ISO/IEC 14496-12, 8.3.2).

    Args:
        path: The file.
        track: The track's number in it.

    Returns:
        The matrix; None where the track is not mirrored, or the header is not understood.
    """
    try:
        with path.open("rb") as file:
            header = _track_header(file, path.stat().st_size, track)
    except (OSError, struct.error):
        return None
    if header is None:
        return None
    a, b, _, c, d = struct.unpack(">5i", header)
    return (a, b, c, d) if a * d - b * c < 0 else None


def _track_header(file: BinaryIO, size: int, track: int) -> bytes | None:
    """Find the first five numbers of a track's matrix."""
    regions, boxes = [(0, size)], 0
    while regions:
        position, end = regions.pop()
        while position + 8 <= end and boxes < _MOST_BOXES:
            boxes += 1
            file.seek(position)
            length, kind = struct.unpack(">I4s", file.read(8))
            head = 8
            if length == 1:
                (length,), head = struct.unpack(">Q", file.read(8)), 16
            stop = end if length == 0 else min(position + length, end)
            if kind in (b"moov", b"trak"):
                regions.append((position + head, stop))
            elif kind == b"tkhd":
                found = _matrix_bytes(file.read(min(stop - position, _LONGEST_HEADER)), track)
                if found is not None:
                    return found
            position = max(stop, position + 8)
    return None


def _matrix_bytes(content: bytes, track: int) -> bytes | None:
    """Cut the matrix out of a track header; None if it is another track's."""
    long = content[:1] == b"\x01"  # version 1 has times of 64 bits
    number, matrix = (20, 52) if long else (12, 40)
    if len(content) < matrix + 20:
        return None
    (own,) = struct.unpack_from(">I", content, number)
    return content[matrix : matrix + 20] if own == track else None
