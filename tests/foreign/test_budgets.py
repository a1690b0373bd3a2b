"""Small files that ask for much work or memory are read at once, or refused."""

from __future__ import annotations

import contextlib
import io
import pickle
import resource
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from d2animator.errors import BundleError, UnsafeFileError
from d2animator.foreign.network import read_network
from d2animator.models.generators import Generator
from tests.conftest import TINY
from tests.foreign.foreign_files import (
    Persistent,
    nvidia_network,
    persistent,
    rosinality_weights,
    write_pickle,
    write_torch,
)

SECONDS, BYTES = 10, 1 << 30
ERRORS = (BundleError, UnsafeFileError)


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert time.process_time() - began < SECONDS
    assert grown * 1024 < BYTES


def colliding_keys(path: Path) -> Path:
    modulus = (1 << 61) - 1
    path.write_bytes(pickle.dumps({index * modulus: None for index in range(20_000)}, 4))
    return path


def same_module_in_every_place(path: Path) -> Path:
    module: Any = persistent(torch.nn.Linear(2, 2))
    for level in range(12):
        state = {"_modules": {f"m{index}": module for index in range(9)}}
        module = Persistent(f"Level{level}", state)
    network = nvidia_network(Generator(TINY))
    network.meta["state"]["_modules"]["more"] = module
    return write_pickle(path, {"G_ema": network})


def many_views_of_one_storage(path: Path) -> Path:
    large = torch.zeros(8 << 20)
    weights = rosinality_weights(Generator(TINY))
    views = {f"convs.{index}.conv.weight": large[: 4 << 20] for index in range(2000)}
    return write_torch(path, {"g_ema": {**weights, **views}})


def far_apart_views(path: Path) -> Path:
    large = torch.zeros(8 << 20)
    weights = rosinality_weights(Generator(TINY))
    views = {f"convs.{index}.conv.weight": large[:: (8 << 20) - 1] for index in range(2000)}
    return write_torch(path, {"g_ema": {**weights, **views}})


def many_empty_tensors(path: Path) -> Path:
    empty = torch.empty(0, 2**40)
    weights: dict[str, Any] = dict(rosinality_weights(Generator(TINY)))
    return write_torch(path, {"g_ema": weights | {f"x{index}": empty for index in range(5000)}})


def many_members(path: Path) -> Path:
    whole = write_torch(path.with_suffix(".small"), {"g_ema": rosinality_weights(Generator(TINY))})
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        for index in range(30_000):
            target.writestr(f"small/data/x{index}", b"")
    return path


def directory_of_a_million(path: Path) -> Path:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", *[0] * 18) + b"x"
    directory = entry * 1_000_000
    count, size = 0xFFFF, len(directory)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, 4, 0)
    path.write_bytes(b"PK\x03\x04" + directory + end)
    return path


def nested_pickles(path: Path) -> Path:
    """The same bytes, read as a file within the file ten thousand times."""
    inner = io.BytesIO()
    torch.save(torch.zeros(100_000), inner, _use_new_zipfile_serialization=False)
    content = b"\x80\x02]"
    content += b"B" + struct.pack("<I", len(inner.getvalue())) + inner.getvalue() + b"q\x010"
    content += b"ctorch.storage\n_load_from_bytes\nq\x000"
    content += b"h\x00h\x01\x85Ra" * 10_000 + b"."
    path.write_bytes(content)
    return path


def text_encoded_again_and_again(path: Path) -> Path:
    text = b"a" * (10 << 20)
    content = (
        b"\x80\x02](X" + struct.pack("<I", len(text)) + text + b"q\x01X\x06\x00\x00\x00latin1q\x02"
    )
    content += b"c_codecs\nencode\nq\x03" + b"h\x03h\x01h\x02\x86R" * 5_000 + b"e."
    path.write_bytes(content)
    return path


BOMBS = {
    maker.__name__: maker
    for maker in (
        colliding_keys,
        same_module_in_every_place,
        many_views_of_one_storage,
        far_apart_views,
        many_empty_tensors,
        directory_of_a_million,
        nested_pickles,
        text_encoded_again_and_again,
    )
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_are_refused(kind, tmp_path):
    path = BOMBS[kind](tmp_path / "bomb.pt")
    with bounded(), pytest.raises(ERRORS) as caught:
        read_network(path)
    assert len(str(caught.value)) < 1000


def test_many_members_take_no_time(tmp_path):
    path = many_members(tmp_path / "small.pt")
    with bounded():
        read_network(path)


def test_a_wide_code_is_refused(tmp_path):
    weights = rosinality_weights(Generator(TINY))
    weights["style.1.weight"] = torch.randn(TINY.w_dim, 10**6) * 100
    with pytest.raises(BundleError, match="z_dim: expected 1 to 4096"):
        read_network(write_torch(tmp_path / "wide.pt", {"g_ema": weights}))
