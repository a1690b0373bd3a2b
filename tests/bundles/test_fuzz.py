"""Thousands of damaged bundles: each is read or refused, in one sentence."""

from __future__ import annotations

import functools
import json
import random as randoms
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from d2animator.bundles.bundle import load_bundle
from d2animator.bundles.card import model_card
from d2animator.bundles.description import parse_config
from d2animator.bundles.info import describe
from tests.mutations import Tally, check_all

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 2**70, 1e308, -0.5, "", "x", "../..", "\x1b[2J", "a" * 5000),
    *([], {}, [1] * 100, {"a": {"b": []}}, "\ud800", "https://127.0.0.1/x.pkl#sha256=0"),
)


def _read_as(read: Callable[[bytes], object], content: bytes, data: bytes) -> object:
    """Read what is given here, whatever was changed."""
    del data
    return read(content)


def changed(plain: Any, random: randoms.Random) -> Any:
    """Put something odd into one place of a description, or take the place away."""
    if isinstance(plain, dict) and plain and random.random() < 0.85:
        name = random.choice(list(plain))
        if random.random() < 0.1:
            return {key: value for key, value in plain.items() if key != name}
        return plain | {name: changed(plain[name], random)}
    if isinstance(plain, list) and plain and random.random() < 0.7:
        at = random.randrange(len(plain))
        return [*plain[:at], changed(plain[at], random), *plain[at + 1 :]]
    return random.choice(ODD)


def read_damaged(bundle: Path, folder: Path, count: int, seed: int) -> Tally:
    shutil.copytree(bundle, folder, dirs_exist_ok=True)
    path = folder / "config.json"
    plain = json.loads(path.read_text())
    random = randoms.Random(seed)
    seeds = [json.dumps(changed(plain, random)).encode() for _ in range(count // 2)]

    def read(data: bytes) -> object:
        path.write_bytes(data)
        model_card(parse_config(folder))
        describe(folder)
        return load_bundle(folder)

    # Half of the changes leave it JSON: in the others a place of the text is damaged as well.
    tally = Tally()
    for one in seeds:
        tally = tally.with_more(check_all([one], functools.partial(_read_as, read, one), 1, seed))
    return tally.with_more(check_all(seeds, read, count - len(seeds), seed))


def test_some_damaged_descriptions(tiny_bundle_path, tmp_path):
    done = read_damaged(tiny_bundle_path, tmp_path / "b", 60, 1)
    assert done.read
    assert done.refused


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_damaged_descriptions(tiny_bundle_path, tmp_path, seed, record_property):
    read_damaged(tiny_bundle_path, tmp_path / "b", 500, seed).recorded(record_property)


@pytest.mark.slow
def test_many_damaged_parts(tiny_bundle_path, tmp_path):
    folder = tmp_path / "b"
    shutil.copytree(tiny_bundle_path, folder)
    for path in sorted(folder.glob("*.safetensors")):
        whole = path.read_bytes()

        def read(data: bytes, path: Path = path) -> object:
            path.write_bytes(data)
            return load_bundle(folder)

        check_all([whole], read, 100, 1)
        path.write_bytes(whole)
