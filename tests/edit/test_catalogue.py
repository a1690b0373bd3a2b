"""Directions as a list and as a page."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from d2animator.bundles.bundle import Bundle, load_bundle, save_bundle
from d2animator.edit import catalogue
from d2animator.errors import ConfigError, OutputError
from d2animator.latent.directions import Directions
from tests.edit.measured import measured_bundle


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Bundle) -> Bundle:
    return measured_bundle(tiny_bundle)


@pytest.fixture
def bank(bundle: Bundle) -> Directions:
    assert bundle.directions is not None
    return bundle.directions


def test_filters_narrow(bank: Directions) -> None:
    everything = catalogue.choose(bank)
    assert everything == list(range(len(bank)))
    pose, face = (catalogue.choose(bank, group) for group in ("pose", "expression"))
    assert sorted(pose + face) == everything
    own = bank.names[0]
    assert catalogue.choose(bank, name=own.upper())[0] == 0
    assert bank.table is not None
    region = bank.table.regions[2]
    assert 2 in catalogue.choose(bank, region=region)
    assert catalogue.choose(bank, name="no such name") == []


def test_filters_that_do_not_exist(bank: Directions) -> None:
    with pytest.raises(ConfigError, match="group"):
        catalogue.choose(bank, group="mood")
    with pytest.raises(ConfigError, match="region"):
        catalogue.choose(bank, region="nose")
    with pytest.raises(ConfigError, match="never measured"):
        catalogue.choose(dataclasses.replace(bank, table=None), region="mouth")


def test_unmeasured_directions_can_be_listed(bank: Directions) -> None:
    plain = catalogue.as_plain(dataclasses.replace(bank, table=None), [0, 1])
    assert [row["name"] for row in plain["directions"]] == list(bank.names[:2])
    assert plain["ranges"] is None
    assert plain["directions"][0]["effects"] is None


def test_the_page_holds_its_pictures(bundle: Bundle, tmp_path: Path) -> None:
    calls: list[tuple[int, int | None]] = []
    path = tmp_path / "page.html"
    catalogue.write_gallery(bundle, [0, 3], path, progress=lambda *done: calls.append(done))
    text = path.read_text(encoding="utf-8")
    assert calls == [(1, 2), (2, 2)]
    assert bundle.directions is not None
    assert bundle.directions.names[3] in text
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)
    side = bundle.generator.img_resolution
    strips = [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))) for one in found]
    assert [strip.shape for strip in strips] == [(side, len(catalogue.STEPS) * side, 3)] * 2
    assert "http" not in text
    with pytest.raises(OutputError, match="unknown extension"):
        catalogue.write_gallery(bundle, [0], tmp_path / "page.txt")


def test_measured_in_place(bundle: Bundle, tmp_path: Path) -> None:
    before = dataclasses.replace(
        bundle,
        directions=dataclasses.replace(bundle.directions, table=None),  # type: ignore[type-var]
    )
    save_bundle(before, tmp_path / "bundle", half=True)
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.directions is not None
    assert loaded.directions.table is None
    done = catalogue.measure_bundle(loaded, tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle")
    assert again.directions is not None
    assert done.directions is not None
    assert again.directions.table is not None
    assert again.directions.names == done.directions.names
    sizes = [(tmp_path / "bundle" / "generator.safetensors").stat().st_size]
    save_bundle(before, tmp_path / "again", half=True)
    sizes.append((tmp_path / "again" / "generator.safetensors").stat().st_size)
    assert sizes[0] == sizes[1]
