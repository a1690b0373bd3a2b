"""Files that mean harm: none runs, each is refused by the name of what it asks for."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from d2animator.errors import BundleError, D2AnimatorError, UnsafeFileError
from d2animator.foreign.files import ForeignFile
from d2animator.foreign.network import read_network
from d2animator.foreign.unpickle import read_pickle
from tests.foreign.foreign_files import write_torch

COMMAND = b"touch canary"
TEXT = b"\x8c\x0c" + COMMAND
ARGUMENT = TEXT + b"\x85"


def name(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


class Call:
    """Pickled as a call."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.reduced = (function, args)

    def __reduce__(self) -> Any:
        return self.reduced


SYSTEM = pickle.dumps(Call(os.system, COMMAND.decode()))
NESTED_TORCH = io.BytesIO()
torch.save(Call(os.system, COMMAND.decode()), NESTED_TORCH, _use_new_zipfile_serialization=False)


def load_from_bytes(content: bytes) -> bytes:
    """A pickle that hands ``content`` to PyTorch's loader."""
    return pickle.dumps(Call(torch.storage._load_from_bytes, content))


# What it is called, what it holds, what is refused, and whether Python would run it.
HARMFUL = {
    "GLOBAL": (b"cos\nsystem\n(S'touch canary'\ntR.", "os.system", True),
    "STACK_GLOBAL": (
        b"\x80\x04" + name("posix") + name("system") + b"\x93" + ARGUMENT + b"R.",
        "posix.system",
        True,
    ),
    "__reduce__": (SYSTEM, "posix.system", True),
    "exec": (
        pickle.dumps(Call(exec, "open('canary', 'w')")),
        "builtins.exec",
        False,  # it would, and leave a file open
    ),
    "INST": (b"(S'touch canary'\nios\nsystem\n.", "os.system", True),
    "OBJ": (b"(cos\nsystem\nS'touch canary'\no.", "os.system", True),
    "NEWOBJ": (b"\x80\x02csubprocess\nPopen\n" + ARGUMENT + b"\x81.", "subprocess.Popen", False),
    "NEWOBJ_EX": (
        b"\x80\x04ccollections\nOrderedDict\n)}\x92.",
        "the pickle instruction NEWOBJ_EX",
        False,
    ),
    "EXT1": (b"\x80\x02\x82\x01.", "the pickle instruction EXT1", False),
    "EXT2": (b"\x80\x02\x83\x01\x00.", "the pickle instruction EXT2", False),
    "EXT4": (b"\x80\x02\x84\x01\x00\x00\x00.", "the pickle instruction EXT4", False),
    "NEXT_BUFFER": (b"\x80\x05\x97.", "the pickle instruction NEXT_BUFFER", False),
    "names from the memo": (
        b"\x80\x04" + name("system") + b"\x94" + name("posix") + b"\x94"
        b"00h\x01h\x00\x93" + ARGUMENT + b"R.",
        "posix.system",
        True,
    ),
    "memo overwritten": (
        # 5 first holds "collections", later "posix".
        b"\x80\x04" + name("collections") + b"q\x050" + name("posix") + b"q\x050"
        b"h\x05" + name("system") + b"\x93" + ARGUMENT + b"R.",
        "posix.system",
        True,
    ),
    "PERSID": (b"Pos.system\n.", "a persistent id", False),
    "BINPERSID": (b"\x80\x04" + TEXT + b"Q.", "a persistent id", False),
    "BUILD with __setstate__": (
        b"\x80\x02ccollections\nOrderedDict\n)R}U\x0c__setstate__cos\nsystem\nsb"
        b"U\x0ctouch canaryb.",
        "os.system",
        True,
    ),
    "BUILD of a number": (b"\x80\x02K\x01}b.", "a state for a int", False),
    "dotted name": (
        b"\x80\x04" + name("torch.storage") + name("_load_from_bytes.__globals__") + b"\x93.",
        "torch.storage._load_from_bytes.__globals__",
        False,
    ),
    "dotted name of a class": (
        b"\x80\x04" + name("collections") + name("OrderedDict.fromkeys") + b"\x93.",
        "collections.OrderedDict.fromkeys",
        False,
    ),
    "module and name shifted": (
        b"\x80\x04" + name("torch") + name("storage._load_from_bytes") + b"\x93.",
        "torch.storage._load_from_bytes",
        False,
    ),
    "a name that is no text": (b"\x80\x04K\x01K\x02\x93.", "a name", False),
    "a call of a result": (
        b"\x80\x02ccollections\nOrderedDict\n)R)R.",
        "a call of a Record",
        False,
    ),
    "through _load_from_bytes": (load_from_bytes(NESTED_TORCH.getvalue()), "posix.system", False),
    "a pickle through _load_from_bytes": (load_from_bytes(SYSTEM), "posix.system", False),
    "twice through _load_from_bytes": (
        load_from_bytes(load_from_bytes(NESTED_TORCH.getvalue())),
        "torch.storage._load_from_bytes",
        False,
    ),
    "within a network": (
        pickle.dumps({"G_ema": OrderedDict(state=[(1, Call(os.system, COMMAND.decode()))])}),
        "posix.system",
        True,
    ),
    "as a key": (
        b"\x80\x02}cos\nsystem\n" + ARGUMENT + b"RK\x01s.",
        "os.system",
        True,
    ),
    "a name with terminal codes": (
        b"\x80\x04" + name("\x1b[2Jos") + name("system") + b"\x93.",
        "?[2Jos.system",
        False,
    ),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", HARMFUL)
def test_nothing_runs_and_what_is_refused_is_named(kind):
    content, refused, _ = HARMFUL[kind]
    path = Path("network.pkl")
    path.write_bytes(content)
    with pytest.raises(UnsafeFileError, match=r"network.pkl: refused .*; nothing.* was run") as e:
        read_network(path)
    assert e.value.refused == refused
    assert os.listdir() == ["network.pkl"]


@pytest.mark.parametrize("kind", [kind for kind, (_, _, runs) in HARMFUL.items() if runs])
def test_python_would_have_run_it(kind):
    """Otherwise the test above would prove little."""
    pickle.loads(HARMFUL[kind][0])
    assert Path("canary").exists()


@pytest.mark.parametrize("archive", [True, False])
def test_pytorch_files_are_no_way_in(archive):
    write_torch(Path("net.pt"), {"g_ema": Call(os.system, COMMAND.decode())}, archive=archive)
    with pytest.raises(UnsafeFileError) as caught:
        read_network("net.pt")
    assert caught.value.refused == "posix.system"
    assert not Path("canary").exists()


def test_every_pickle_of_an_older_pytorch_file_is_guarded():
    content = NESTED_TORCH.getvalue()
    magic, version = (pickle.dumps(n, 2) for n in (0x1950A86A20F9469CFC6C, 1001))
    assert content.startswith(magic)
    for front in (magic, magic + version, magic + version + pickle.dumps({}, 2)):
        Path("net.pt").write_bytes(front + SYSTEM)
        with pytest.raises(UnsafeFileError) as caught:
            read_network("net.pt")
        assert caught.value.refused == "posix.system"
    Path("net.pt").write_bytes(magic + version + pickle.dumps({}) + pickle.dumps({}) + SYSTEM)
    with pytest.raises(UnsafeFileError):
        read_network("net.pt")
    assert not Path("canary").exists()


def read(content: bytes) -> Any:
    return read_pickle(io.BytesIO(content), "x.pkl")


BOMBS = {
    "bytes": (b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"abc", "cut off or damaged"),
    "bytes beyond any memory": (b"\x80\x04\x8e" + b"\xff" * 8, "cut off or damaged"),
    "a string": (b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"abc", "cut off or damaged"),
    "an integer": (b"\x80\x02\x8b" + struct.pack("<i", 100) + b"\x01" * 100 + b".", "an integer"),
    "digits": (b"I" + b"9" * 10_000 + b"\n.", "damaged"),
    "nesting": (b"(" * 100_000 + b".", "its nesting"),
    "no end": (b"\x80\x04N", "cut off"),
    "nothing on the stack": (b".", "a value is missing"),
    "no mark": (b"\x80\x02t.", "a mark is missing"),
    "no such memo": (b"j\xff\xff\xff\xff.", "no memo 4294967295"),
    "a list as a key": (b"\x80\x02}]K\x01s.", "a list as a key"),
    "keys of a list": (b"\x80\x02]K\x01K\x01s.", "keys and values for a list"),
    "entries of a number": (b"K\x01K\x01a.", "entries for a int"),
    "a page of the web": (b"<!DOCTYPE html>\n<html>", "no pickle"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_and_nonsense_are_a_sentence(kind):
    content, text = BOMBS[kind]
    with pytest.raises((UnsafeFileError, BundleError), match=text) as caught:
        read(content)
    assert len(str(caught.value)) < 400


def test_length_is_limited():
    with pytest.raises(UnsafeFileError, match="more than 1000000 pickle instructions"):
        read(b"N0" * 500_000 + b"N.")


def test_a_memo_far_off_is_refused():
    assert read(b"K\x05r\xff\xff\x00\x000j\xff\xff\x00\x00.") == 5
    with pytest.raises(UnsafeFileError, match="the memo 4294967295"):
        read(b"K\x05r\xff\xff\xff\xff0j\xff\xff\xff\xff.")


def test_deep_values_are_held_and_freed():
    """Tuples in tuples have no marks; nothing may recurse into them."""
    Path("deep.pkl").write_bytes(b"\x80\x02)" + b"\x85" * 500_000 + b".")
    with pytest.raises(BundleError, match="no generator in a layout that is known"):
        read_network("deep.pkl")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
)


@settings(max_examples=50, deadline=None)
@given(VALUES, st.integers(0, 4))
def test_plain_values_come_back(value, protocol):
    content = pickle.dumps(value, protocol)
    assert read(content) == value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_one_of_our_errors(content):
    for start in (b"", b"\x80\x02", b"\x80\x04}"):
        with contextlib.suppress(D2AnimatorError):
            read(start + content)


@pytest.mark.parametrize("archive", [True, False])
def test_a_file_cut_off_anywhere(archive, tmp_path):
    content = {"g_ema": {"a": torch.arange(20.0)}, "latent_avg": torch.zeros(3)}
    whole = write_torch(tmp_path / "whole.pt", content, archive=archive).read_bytes()
    cut = tmp_path / "cut.pt"
    for length in range(0, len(whole), 37):
        cut.write_bytes(whole[:length])
        with pytest.raises(BundleError, match=r"cut\.pt: ") as caught:
            ForeignFile(cut)
        assert "\n" not in str(caught.value)


def test_tensors_larger_than_their_numbers(tmp_path):
    small = torch.zeros(4)
    for shape, strides in (((2**40,), (0,)), ((5,), (1,)), ((4,), (2,))):

        class Lie:
            def __reduce__(self, shape: Any = shape, strides: Any = strides) -> Any:
                typed = torch.storage.TypedStorage(
                    wrap_storage=small.untyped_storage(), dtype=small.dtype, _internal=True
                )
                arguments: Any = (typed, 0, shape, strides, False, OrderedDict())
                return torch._utils._rebuild_tensor_v2, arguments

        path = write_torch(tmp_path / "lie.pt", {"x": Lie()})
        file = ForeignFile(path)
        with pytest.raises((UnsafeFileError, BundleError), match="numbers"):
            file.tensor(file.root["x"])


def test_one_storage_many_names(tmp_path):
    """Sharing is allowed, but not to make a small file large."""
    row = torch.zeros(1000)
    file = ForeignFile(write_torch(tmp_path / "many.pt", {str(n): row for n in range(500)}))
    rows = list(file.root.values())
    assert file.tensor(rows[0]).shape == (1000,)
    with pytest.raises(UnsafeFileError, match="no such amount of numbers"):
        list(map(file.tensor, rows))


def test_a_compressed_member(tmp_path):
    path = write_torch(tmp_path / "plain.pt", {"x": torch.rand(1000)})
    packed = tmp_path / "packed.pt"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(packed, "w") as target:
        for info in source.infolist():
            kind = zipfile.ZIP_DEFLATED if "/data/" in info.filename else zipfile.ZIP_STORED
            target.writestr(info.filename, source.read(info), kind)
    file = ForeignFile(packed)
    with pytest.raises(UnsafeFileError, match="compressed or larger than the file"):
        file.tensor(file.root["x"])


def test_other_archives_and_places(tmp_path):
    other = tmp_path / "other.pt"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BundleError, match="not one that PyTorch writes"):
        ForeignFile(other)
    with pytest.raises(BundleError, match="cannot be read"):
        ForeignFile(tmp_path / "nowhere.pt")
    with pytest.raises(BundleError, match="cannot be read"):
        ForeignFile(tmp_path)
    program = tmp_path / "program.pt"
    with zipfile.ZipFile(program, "w") as archive:
        archive.writestr("p/data.pkl", b"N.")
        archive.writestr("p/constants.pkl", b").")
    with pytest.raises(BundleError, match="TorchScript"):
        ForeignFile(program)
