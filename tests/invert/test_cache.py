"""The cache: what went in comes out, names follow from contents, nothing breaks the work."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from d2animator.invert.cache import Cache, default_folder, flatten, unflatten
from d2animator.models.hashing import Hash

KEY = Hash().add("one").digest()


def test_what_is_put_is_got(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new" / "folder")
    assert cache.get(KEY) is None
    tensors = {"w/a": torch.randn(2, 3), "d/b": torch.randn(4).half()}
    cache.put(KEY, tensors, {"seconds": 1.5, "level": "tune"})
    found = cache.get(KEY)
    assert found is not None
    assert found[1] == {"seconds": 1.5, "level": "tune"}
    assert all(torch.equal(found[0][name], value) for name, value in tensors.items())
    assert [path.suffix for path in cache.folder.iterdir()] == [".safetensors"]


def test_an_entry_may_hold_figures_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, {}, {"a": 1})
    assert cache.get(KEY) == ({}, {"a": 1})


@pytest.mark.parametrize("keep", [0, 20])
def test_a_damaged_entry_is_none(
    tmp_path: Path, keep: int, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, {"a": torch.zeros(9)}, {})
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    with caplog.at_level(logging.WARNING, "d2animator"):
        assert cache.get(KEY) is None
    assert "damaged" in caplog.text
    cache.put(KEY, {"a": torch.ones(1)}, {})
    assert cache.get(KEY) is not None


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit_bytes=13_000)
    keys = [Hash().add(str(index)).digest() for index in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.put(key, {"a": torch.zeros(1000)}, {})
        os.utime(tmp_path / f"{key}.safetensors", (age, age))
    assert cache.get(keys[0]) is not None  # is now the one used last
    cache.put(keys[3], {"a": torch.zeros(1000)}, {})
    assert [cache.get(key) is not None for key in keys] == [True, False, True, True]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 13_000


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file")
    with caplog.at_level(logging.WARNING, "d2animator"):
        cache.put(KEY, {}, {})
    assert "nothing is cached" in caplog.text
    assert cache.get(KEY) is None


def test_the_folder_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("D2ANIMATOR_CACHE", str(tmp_path / "own"))
    assert Cache().folder == default_folder() == tmp_path / "own"
    monkeypatch.delenv("D2ANIMATOR_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "d2animator"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "d2animator"


def test_groups_come_back() -> None:
    parts = {"code": {"w": torch.ones(1)}, "net": {"a.b": torch.zeros(2)}, "none": {}}
    back = unflatten(flatten(parts), parts)
    assert {group: list(named) for group, named in back.items()} == {
        "code": ["w"],
        "net": ["a.b"],
        "none": [],
    }


@pytest.mark.parametrize(
    ("tensor", "figures"),
    [
        (torch.tensor([1.0, torch.nan]), "{}"),
        (torch.tensor([1.0, torch.inf]), "{}"),
        (torch.ones(2, dtype=torch.complex64), "{}"),
        (torch.zeros(2), "[" * 100_000),
        (torch.zeros(2), "7"),
    ],
    ids=["nan", "inf", "complex", "deep", "number"],
)
def test_a_poisoned_entry_is_made_anew(
    tmp_path: Path, tensor: torch.Tensor, figures: str, caplog: pytest.LogCaptureFixture
) -> None:
    save_file({"code/w_plus": tensor}, tmp_path / f"{KEY}.safetensors", {"figures": figures})
    with caplog.at_level(logging.WARNING, "d2animator"):
        assert Cache(tmp_path).get(KEY) is None
    assert "made anew" in caplog.text
