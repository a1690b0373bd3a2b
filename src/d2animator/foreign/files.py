"""Opens foreign files of networks, and makes tensors of what they declare.

Three containers hold pickles: a bare pickle (NVIDIA), PyTorch's zip archive, and PyTorch's older
file of several pickles with the numbers behind them, which also stands inside NVIDIA's pickles,
once a tensor. All three go through `d2animator.foreign.unpickle`; PyTorch's own loader is not
used, as its restricted mode could be made to run code before PyTorch 2.6 (CVE-2025-32434).
"""

from __future__ import annotations

import functools
import io
import math
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from d2animator.errors import BundleError, UnsafeFileError
from d2animator.foreign.archive import Archive
from d2animator.foreign.records import STORAGES, Global, Record
from d2animator.foreign.unpickle import Limits, Stream, read_pickle

_ZIP_START = b"PK\x03\x04"
# First and second pickle of PyTorch's older files.
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_VERSION = 1001
# All tensors together, relative to the file: more than one name may share numbers.
_MAX_GROWTH = 2
_MAX_AXES = 8
# A generator, its critic and their optimisers have some thousand.
_MAX_VISITS = 200_000
_NUMPY_TYPES = {
    "f2": torch.float16,
    "f4": torch.float32,
    "f8": torch.float64,
    "i1": torch.int8,
    "i4": torch.int32,
    "i8": torch.int64,
    "u1": torch.uint8,
    "b1": torch.bool,
}


@dataclass(eq=False)
class Storage:
    """Numbers in a file, read when asked for."""

    # Type of the numbers.
    dtype: torch.dtype
    # How many there are.
    count: int
    # Gives bytes of them: from which on, and how many.
    read: Callable[[int, int], bytes] | None = None


class ForeignFile:
    """One file, read as data.

    Attributes:
        path: The file.
        root: What its pickle holds.

    Raises:
        UnsafeFileError: It names something that no network needs, or is a bomb.
        BundleError: It is missing, damaged, or of no known kind.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._visits = 0
        try:
            self._size = self.path.stat().st_size
            # Parsing and making tensors may each go once over everything, and once more.
            self._budget = _MAX_GROWTH * self._size
            self._limits = Limits(self._budget)
            with self.path.open("rb") as file:
                start = file.read(len(_ZIP_START))
                if not start:
                    raise BundleError(path, "the file is empty")
                if start == _ZIP_START:
                    self.root = self._read_archive(self.path)
                else:
                    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                        self.root = self._read_pickles(content, nested=False)
        except OSError as error:
            raise BundleError(path, f"cannot be read ({error.strerror or error})") from error

    def tensor(self, value: object) -> Tensor | None:
        """Make the tensor that a record declares.

        Args:
            value: Anything that was found in the file.

        Returns:
            A new tensor in fp32, or None if ``value`` is no tensor.

        Raises:
            UnsafeFileError: It would be larger than the numbers that the file has for it.
            BundleError: Its numbers are missing, or its description is no sense.
        """
        self.count_visits(1)
        for _ in range(2):  # a parameter is a tensor within a record
            if isinstance(value, Record) and value.name.startswith("torch._utils._rebuild_param"):
                value = value.args[0] if value.args else None
        if not isinstance(value, Record):
            return None
        if value.name in ("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"):
            return self._torch_tensor(value.args)
        if value.name == "numpy.core.multiarray._reconstruct":
            return self._numpy_tensor(value.state)
        scalar = number(value)
        return None if scalar is None else torch.tensor(float(scalar))

    def count_visits(self, count: int) -> None:
        """Count what a reader looks at, as records may lead to each other in a great many ways.

        Raises:
            UnsafeFileError: It is more than any network has.
        """
        self._visits += count
        if self._visits > _MAX_VISITS:
            reason = f"more than {_MAX_VISITS} entries, counted wherever they are pointed to"
            raise UnsafeFileError(self.path, "its contents", reason)

    def _torch_tensor(self, args: tuple[Any, ...]) -> Tensor:
        values: tuple[Any, ...] = (*args, None, None, None, None)
        storage, offset, shape, strides = values[:4]
        if not isinstance(storage, Storage) or not _are_sizes((offset,), shape, strides):
            raise BundleError(self.path, "a tensor without storage or shape; the file is damaged")
        if len(shape) != len(strides):
            raise BundleError(self.path, f"a tensor with shape {shape} and strides {strides}")
        count, width = math.prod(shape), storage.dtype.itemsize
        self._spend(count, width, storage.count)
        if not count:
            return self._empty(shape)
        # Few numbers may lie far apart: what lies between them is read as well.
        span = 1 + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
        if offset + span > storage.count:
            raise BundleError(self.path, f"a tensor of shape {shape} reaches beyond its numbers")
        self._spend(max(span - count, 0), width, storage.count)
        if storage.read is None:
            raise BundleError(self.path, "a tensor's numbers are missing; the file is cut off")
        raw = storage.read(offset * width, span * width)
        if len(raw) != span * width:
            raise BundleError(self.path, "a tensor's numbers are cut off")
        flat = torch.frombuffer(bytearray(raw), dtype=storage.dtype)
        return flat.as_strided(shape, strides).contiguous().float()

    def _numpy_tensor(self, state: object) -> Tensor:
        values: Any = state if _is_tuple(state, 5) else (None,) * 5
        _, shape, kind, columns_first, raw = values
        dtype = _numpy_type(kind)
        if dtype is None or not isinstance(raw, bytes) or not _are_sizes(shape):
            raise BundleError(self.path, "an array of something else than numbers")
        count = math.prod(shape)
        self._spend(count, dtype.itemsize, len(raw) // dtype.itemsize)
        if len(raw) != count * dtype.itemsize:
            raise BundleError(self.path, f"an array of shape {shape} has {len(raw)} bytes")
        if not count:
            return self._empty(shape)
        flat = torch.frombuffer(bytearray(raw), dtype=dtype).float()
        if not columns_first:
            return flat.reshape(shape)
        return flat.reshape(shape[::-1]).permute(*range(len(shape))[::-1]).contiguous()

    def _empty(self, shape: tuple[int, ...]) -> Tensor:
        """A tensor without numbers; its other axes may claim any length."""
        if math.prod(max(n, 1) for n in shape) >= 2**62:
            raise BundleError(self.path, f"a tensor of shape {shape}, which makes no sense")
        return torch.empty(shape)

    def _spend(self, count: int, width: int, available: int) -> None:
        """Refuse tensors that are larger than what the file has for them."""
        self._budget -= count * width
        if count > available or self._budget < 0:
            what = f"a tensor of {count * width} bytes"
            reason = f"the file, of {self._size} bytes, has no such amount of numbers"
            raise UnsafeFileError(self.path, what, f"{reason}; nothing of this file was run")

    # Containers.

    def _read_bytes(self, content: bytes) -> Any:
        return self._read_pickles(io.BytesIO(content), nested=True)

    def _read_pickles(self, stream: Stream, *, nested: bool) -> Any:
        """A bare pickle, or PyTorch's older file."""
        # What PyTorch writes into NVIDIA's pickles never holds another one.
        load = None if nested else self._read_bytes
        first = read_pickle(stream, self.path, self._limits, load_from_bytes=load)
        if first != _LEGACY_MAGIC:
            if nested:
                raise BundleError(self.path, "a tensor's storage is no file of PyTorch's")
            return first
        version, system = (read_pickle(stream, self.path, self._limits) for _ in range(2))
        if version != _LEGACY_VERSION or not isinstance(system, dict):
            raise BundleError(self.path, "a PyTorch file of an unknown version")
        if system.get("little_endian") is False:
            raise BundleError(self.path, "written on a big-endian machine, which is not supported")
        storages: dict[str, Storage] = {}

        def find(identity: object) -> Storage:
            key, dtype, count = self._identified(identity)
            return storages.setdefault(key, Storage(dtype, count))

        root = read_pickle(stream, self.path, self._limits, persistent=find)
        keys = read_pickle(stream, self.path, self._limits)
        for key in keys if isinstance(keys, list) else ():
            self._read_numbers(stream, storages.get(key) if isinstance(key, str) else None)
        return root

    def _read_numbers(self, stream: Stream, storage: Storage | None) -> None:
        count = int.from_bytes(stream.read(8), "little")
        if storage is None or count != storage.count:
            raise BundleError(self.path, "storages and their list differ; the file is damaged")
        wanted = count * storage.dtype.itemsize
        if wanted > self._size:
            what = f"a storage of {wanted} bytes"
            raise UnsafeFileError(self.path, what, f"the whole file has {self._size}")
        self._limits.spend(self.path, wanted)
        raw = stream.read(wanted)
        if len(raw) != wanted:
            raise BundleError(self.path, "a tensor's numbers are cut off")
        storage.read = lambda start, length: raw[start : start + length]

    def _read_archive(self, path: Path) -> Any:
        """PyTorch's zip archive: ``NAME/data.pkl``, and numbers in ``NAME/data/KEY``."""
        archive = Archive(path)
        names = archive.names
        prefixes = [name[: -len("data.pkl")] for name in names if name.endswith("/data.pkl")]
        if len(prefixes) != 1:
            raise BundleError(path, "a zip archive, but not one that PyTorch writes")
        prefix = prefixes[0]
        if f"{prefix}constants.pkl" in names:
            raise BundleError(path, "a TorchScript program; its weights alone are needed")
        if f"{prefix}byteorder" in names and archive.member(f"{prefix}byteorder") != b"little":
            raise BundleError(path, "written on a big-endian machine, which is not supported")

        def find(identity: object) -> Storage:
            key, dtype, count = self._identified(identity)
            return Storage(dtype, count, functools.partial(archive.part, f"{prefix}data/{key}"))

        content = io.BytesIO(archive.member(f"{prefix}data.pkl"))
        return read_pickle(content, path, self._limits, persistent=find)

    def _identified(self, identity: object) -> tuple[str, torch.dtype, int]:
        """Key, type and length of a storage from its persistent id."""
        values: Any = identity if _is_tuple(identity, 5, 6) else (None,) * 5
        kind, storage, key, _, count, *view = values
        if view not in ([], [None]):
            raise BundleError(self.path, "a storage within a storage, which is not supported")
        name = storage.name if isinstance(storage, Global) else ""
        dtype = "uint8" if name == "UntypedStorage" else STORAGES.get(name)
        if kind != "storage" or not dtype or not isinstance(key, str) or not _are_sizes((count,)):
            reason = "it does not name a storage; nothing of this file was run"
            raise UnsafeFileError(self.path, "a persistent id", reason)
        return key, getattr(torch, dtype), count


def number(value: object) -> Any:
    """A plain number or text: itself, or the NumPy scalar that a record declares; else None."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Record) and value.name == "numpy.core.multiarray.scalar":
        kind, raw = value.args if len(value.args) == 2 else (None, None)
        dtype = _numpy_type(kind)
        if dtype is not None and isinstance(raw, bytes) and len(raw) == dtype.itemsize:
            return torch.frombuffer(bytearray(raw), dtype=dtype).item()
    return None


def _numpy_type(value: object) -> torch.dtype | None:
    """Type that a record of ``numpy.dtype`` declares, if little-endian numbers."""
    if not isinstance(value, Record) or value.name != "numpy.dtype" or not value.args:
        return None
    order = value.state[1] if isinstance(value.state, tuple) and len(value.state) > 1 else "<"
    name = value.args[0]
    # "|" is for types of one byte.
    return _NUMPY_TYPES.get(name) if isinstance(name, str) and order in ("<", "|") else None


def _is_tuple(value: object, *lengths: int) -> bool:
    return isinstance(value, tuple) and len(value) in lengths


def _are_sizes(*values: object) -> bool:
    """Whether all are short tuples of whole numbers from 0 that fit 63 bits."""
    return all(
        isinstance(value, tuple)
        and len(value) <= _MAX_AXES
        and all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**63 for n in value)
        for value in values
    )
