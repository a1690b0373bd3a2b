"""PyTorch's zip archives, whose members are never compressed: read by parts, the directory once."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from d2animator.errors import BundleError, UnsafeFileError

# The largest networks have some thousand members, of about a hundred bytes each in the directory.
_MAX_DIRECTORY_BYTES = 8 << 20
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_END, _END64 = b"PK\x05\x06", b"PK\x06\x06"


class Archive:
    """The members of one archive by name.

    Raises:
        BundleError: The file is cut off, damaged, or no zip archive.
        UnsafeFileError: It lists more members than any network has.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size
        self._check_directory()
        try:
            with zipfile.ZipFile(path) as archive:
                self._members = {info.filename: info for info in archive.infolist()}
        # What is damaged may say anything: codings that nobody knows, offsets before the start.
        except (zipfile.BadZipFile, RuntimeError, ValueError, EOFError, struct.error) as error:
            reason = f"a zip archive that is cut off or damaged ({error})"
            raise BundleError(path, reason) from error

    @property
    def names(self) -> list[str]:
        """Names of all members."""
        return list(self._members)

    def member(self, name: str) -> bytes:
        """Read a member whole, and check it.

        Raises:
            BundleError: There is none of this name, or it is damaged.
            UnsafeFileError: It is compressed, or larger than the file.
        """
        info = self._info(name)
        content = self._read(info, 0, info.file_size)
        if zlib.crc32(content) != info.CRC:
            raise BundleError(self._path, f"{name} is damaged (its checksum differs)")
        return content

    def part(self, name: str, start: int, count: int) -> bytes:
        """Read ``count`` bytes of a member from ``start``; all of them are checked, a part is not.

        Raises:
            BundleError: There is none of this name, it is damaged or has not so many bytes.
            UnsafeFileError: It is compressed, or larger than the file.
        """
        info = self._info(name)
        if (start, count) == (0, info.file_size):
            return self.member(name)
        if start + count > info.file_size:
            raise BundleError(self._path, f"{name} is cut off")
        return self._read(info, start, count)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self._members.get(name)
        if info is None:
            raise BundleError(self._path, missing=[name])
        if info.compress_type != zipfile.ZIP_STORED or info.file_size > self._size:
            what = f"the member {name!r} of {info.file_size} bytes"
            reason = f"compressed or larger than the file, of {self._size} bytes"
            raise UnsafeFileError(self._path, what, reason)
        return info

    def _read(self, info: zipfile.ZipInfo, start: int, count: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(max(info.header_offset, 0))
            header = file.read(_LOCAL_HEADER.size)
            if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
                raise BundleError(self._path, f"{info.filename} is damaged (no header)")
            _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
            file.seek(name_length + extra_length + start, 1)
            content = file.read(count)
        if len(content) != count:
            raise BundleError(self._path, f"{info.filename} is cut off")
        return content

    def _check_directory(self) -> None:
        """Refuse a directory of members that would take long to read."""
        with self._path.open("rb") as file:
            file.seek(max(self._size - (1 << 16) - 1024, 0))
            tail = file.read()
        sizes = [0]
        for mark, offset, width in ((_END, 12, 4), (_END64, 40, 8)):
            at = tail.rfind(mark)
            if at >= 0:
                size = int.from_bytes(tail[at + offset : at + offset + width], "little")
                # All ones: the number stands in the other record.
                sizes.append(0 if size == 2 ** (8 * width) - 1 else size)
        if max(sizes) > _MAX_DIRECTORY_BYTES:
            what = f"its directory of {max(sizes)} bytes"
            raise UnsafeFileError(self._path, what, "no network has so many members")
