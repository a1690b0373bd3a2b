"""Finding a C2PA manifest in a file by the file's own format, with no library that knows C2PA.

JUMBF (ISO/IEC 19566-5) is boxes within boxes; a ``jumb`` box begins with a ``jumd`` box that tells
what it is. Where formats keep it is in the C2PA specification, "Embedding manifests".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MANIFEST_STORE = bytes.fromhex("6332706100110010800000aa00389b71")
_IN_VIDEO = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_TIFF_TAG = 0xCD41


@dataclass(frozen=True)
class Box:
    """A box: its kind, label and content; a ``jumb`` box's content is boxes."""

    kind: bytes
    label: str
    content: bytes


def manifest_bytes(content: bytes) -> bytes:
    """The manifest in a file, as JUMBF; nothing where the file holds none."""
    starts = {
        b"\x89PNG": _in_png,
        b"\xff\xd8\xff": _in_jpeg,
        b"RIFF": _in_webp,
        b"GIF8": _in_gif,
        b"II*\0": _in_tiff,
    }
    for start, find in starts.items():
        if content.startswith(start):
            return find(content)
    return _in_video(content) if content[4:8] == b"ftyp" else b""


def boxes(content: bytes) -> Iterator[Box]:
    """Go through boxes, those within others included."""
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        body, content = content[8:size], content[size:]
        label = ""
        if kind == b"jumb":
            described = struct.unpack(">I", body[:4])[0]
            assert body[4:8] == b"jumd"
            label = body[25:described].split(b"\0")[0].decode()
            body = body[described:]
            yield Box(kind, label, body)
            yield from boxes(body)
        else:
            yield Box(kind, label, body)


def _in_png(content: bytes) -> bytes:
    place = 8
    while place < len(content):
        size, kind = struct.unpack(">I4s", content[place : place + 8])
        body = content[place + 8 : place + 8 + size]
        check = struct.unpack(">I", content[place + 8 + size : place + 12 + size])[0]
        assert check == zlib.crc32(kind + body)
        if kind == b"caBX":
            return body
        place += 12 + size
    return b""


def _in_jpeg(content: bytes) -> bytes:
    """Segments of the application 11, whose pieces follow each other."""
    found, place = b"", 2
    while content[place] == 0xFF and content[place + 1] != 0xDA:
        marker, size = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        body = content[place + 4 : place + 2 + size]
        if marker == 0xEB and body[:2] == b"JP":
            # Two letters, box number, piece number; later pieces repeat the first box's head.
            piece = struct.unpack(">I", body[4:8])[0]
            found += body[8 if piece == 1 else 16 :]
        place += 2 + size
    return found


def _in_webp(content: bytes) -> bytes:
    place = 12
    while place < len(content):
        kind, size = struct.unpack("<4sI", content[place : place + 8])
        if kind == b"C2PA":
            return content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    return b""


def _in_gif(content: bytes) -> bytes:
    """An application extension, in blocks of at most 255 bytes."""
    place = content.find(b"\x21\xff\x0bC2PA_GIF")
    if place < 0:
        return b""
    found, place = b"", place + 14
    while content[place]:
        found += content[place + 1 : place + 1 + content[place]]
        place += 1 + content[place]
    return found


def _in_tiff(content: bytes) -> bytes:
    first = struct.unpack("<I", content[4:8])[0]
    count = struct.unpack("<H", content[first : first + 2])[0]
    for entry in range(count):
        start = first + 2 + 12 * entry
        tag, _, size, place = struct.unpack("<HHII", content[start : start + 12])
        if tag == _TIFF_TAG:
            return content[place : place + size]
    return b""


def _in_video(content: bytes) -> bytes:
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        if size == 1:  # a long one
            size = struct.unpack(">Q", content[8:16])[0]
        body, content = content[8:size], content[size:]
        if kind == b"uuid" and body[:16] == _IN_VIDEO:
            # Version and flags, a purpose that ends with 0, then a place in the file.
            purpose, _, rest = body[20:].partition(b"\0")
            assert purpose == b"manifest"
            return rest[8:]
    return b""
