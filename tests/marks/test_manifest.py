from __future__ import annotations

import hashlib
import json
import logging
import os
import resource
import signal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from c2pa import Context, Reader
from cryptography.hazmat.primitives.asymmetric import ec

from d2animator.errors import ConfigError, OutputError
from d2animator.marks import keys
from d2animator.marks.credentials import read_credentials
from d2animator.marks.manifest import (
    INPUTS_LABEL,
    OFFLINE,
    SOURCE_TYPES,
    Origin,
    check_identity,
    sidecar_of,
    sign,
)
from d2animator.media.animation import AnimationReader, AnimationWriter
from d2animator.media.images import read_image, write_image
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from tests.marks.pictures import scene
from tests.marks.test_keys import write_pair

STILLS = (".png", ".jpg", ".webp", ".tif", ".bmp")
MOVING = (".mp4", ".m4v", ".mov", ".mkv", ".webm")
ANIMATED = (".gif", ".webp")
WITHOUT_ROOM = (".bmp", ".mkv", ".webm")


@pytest.fixture(scope="module")
def identity():
    return keys.make_identity()[0]


def make_file(folder: Path, suffix: str, *, moving: bool = False) -> Path:
    """A file as media writes it."""
    path = folder / f"made{suffix}"
    frames = [scene(64, 96, moved=3 * shift) for shift in range(4)]
    if not moving:
        return write_image(path, frames[0])
    writer = VideoWriter if suffix in MOVING else AnimationWriter
    with writer(path, (96, 64), Fraction(25)) as target:
        for frame in frames:
            target.write(frame)
    return path


def told(path: Path) -> dict[str, Any]:
    """The active manifest as the library's own reader tells it."""
    beside = sidecar_of(path)
    context = Context.from_dict(OFFLINE)
    with path.open("rb") as file:
        if beside.exists():
            reader = Reader("application/octet-stream", file, beside.read_bytes(), context=context)
        else:
            reader = Reader(file, context=context)
        with reader:
            assert reader.get_validation_state() == "Valid"
            store = json.loads(reader.json())
    return store["manifests"][store["active_manifest"]]


def actions_of(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    (found,) = (one for one in manifest["assertions"] if one["label"].startswith("c2pa.actions"))
    return found["data"]["actions"]


@pytest.mark.parametrize(
    ("suffix", "moving"),
    [(one, False) for one in STILLS] + [(one, True) for one in MOVING + ANIMATED],
)
def test_every_format_is_signed_and_a_changed_byte_found(tmp_path, identity, suffix, moving):
    path = make_file(tmp_path, suffix, moving=moving)
    before = path.read_bytes()
    beside = sign(path, path, Origin(), identity)
    if suffix in WITHOUT_ROOM:
        assert beside == tmp_path / f"made{suffix}.c2pa"
        assert path.read_bytes() == before
    else:
        assert beside is None
    manifest = told(path)  # an independent reader accepts it
    assert manifest["claim_generator_info"][0]["name"] == "d2animator"
    assert sorted(tmp_path.iterdir()) == sorted([path, *([beside] if beside else [])])

    changed = bytearray(path.read_bytes())
    # A byte of what was there before: of the picture, not of the manifest.
    place = bytes(changed).find(before[len(before) // 2 : len(before) // 2 + 12])
    changed[place] ^= 1
    path.write_bytes(changed)
    credentials = read_credentials(path)
    assert credentials.state == "broken"
    assert credentials.changed


@pytest.mark.parametrize(
    ("suffix", "moving"), [(".png", False), (".mp4", True), (".mov", True), (".gif", True)]
)
def test_the_pictures_stay_as_they_were(tmp_path, identity, suffix, moving):
    path = make_file(tmp_path, suffix, moving=moving)

    def pictures():
        return [frame.image for frame in VideoReader(path)] if moving else [read_image(path)]

    before = pictures()
    sign(path, path, Origin(), identity)
    np.testing.assert_array_equal(before, pictures())


def test_an_animated_webp_keeps_its_pictures(tmp_path, identity):
    path = make_file(tmp_path, ".webp", moving=True)
    before = [frame.image for frame in AnimationReader(path)]
    sign(path, path, Origin(), identity)
    np.testing.assert_array_equal(before, [frame.image for frame in AnimationReader(path)])


@pytest.mark.parametrize(
    ("kind", "term"),
    [
        ("composite", "compositeWithTrainedAlgorithmicMedia"),
        ("generated", "trainedAlgorithmicMedia"),
    ],
)
def test_it_says_what_made_the_file(tmp_path, identity, kind, term):
    path = make_file(tmp_path, ".png")
    sign(path, path, Origin(kind), identity)
    (made,) = actions_of(told(path))
    assert made["action"] == "c2pa.created"
    assert made["digitalSourceType"] == SOURCE_TYPES + term
    assert made["softwareAgent"]["name"] == "d2animator"


def test_the_format_follows_from_the_name_to_be(tmp_path, identity):
    path = make_file(tmp_path, ".png").rename(tmp_path / ".result.png.abc.part")
    assert sign(path, tmp_path / "result.png", Origin(), identity) is None
    assert told(path)["title"] == "result.png"


def test_provenance_of_the_source_is_kept(tmp_path, identity):
    source = make_file(tmp_path, ".jpg")
    sign(source, source, Origin("generated"), keys.make_identity()[0])
    output = make_file(tmp_path, ".mp4", moving=True)
    sign(output, output, Origin(inputs=(source, tmp_path / "gone.mp4")), identity)
    manifest = told(output)
    (ingredient,) = manifest["ingredients"]
    assert ingredient["title"] == "made.jpg"
    assert ingredient["relationship"] == "parentOf"
    opened, edited = actions_of(manifest)
    assert opened["action"] == "c2pa.opened"
    assert edited["action"] == "c2pa.edited"
    assert edited["digitalSourceType"].endswith("compositeWithTrainedAlgorithmicMedia")
    credentials = read_credentials(output)
    assert credentials.ingredients == ("made.jpg",)
    assert set(credentials.source_types) == {
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
    }


def test_provenance_of_source_and_driver_is_kept(tmp_path, identity):
    source, driver = make_file(tmp_path, ".jpg"), make_file(tmp_path, ".mov", moving=True)
    for path in (source, driver):
        sign(path, path, Origin(), identity)
    output = make_file(tmp_path, ".mp4", moving=True)
    sign(output, output, Origin(inputs=(source, driver)), identity)
    kept = {one["title"]: one["relationship"] for one in told(output)["ingredients"]}
    assert kept == {"made.jpg": "parentOf", "made.mov": "inputTo"}


def test_a_driver_with_provenance_beside_a_source_without(tmp_path, identity):
    source, driver = make_file(tmp_path, ".jpg"), make_file(tmp_path, ".mov", moving=True)
    sign(driver, driver, Origin(), identity)
    output = make_file(tmp_path, ".png")
    sign(output, output, Origin(inputs=(source, driver)), identity)
    manifest = told(output)
    assert [one["relationship"] for one in manifest["ingredients"]] == ["inputTo"]
    assert [one["action"] for one in actions_of(manifest)] == ["c2pa.created"]


def test_a_broken_foreign_manifest_is_named_and_does_no_harm(tmp_path, identity, caplog):
    source = make_file(tmp_path, ".jpg")
    sign(source, source, Origin(), identity)
    content = source.read_bytes()
    place = content.index(b"c2pa.claim")
    source.write_bytes(content[: place - 30] + bytes(60) + content[place + 30 :])
    output = make_file(tmp_path, ".png")
    with caplog.at_level(logging.WARNING, "d2animator"):
        sign(output, output, Origin(inputs=(source,)), identity)
    assert "made.jpg: its provenance cannot be read" in caplog.text
    assert "ingredients" not in told(output)


@pytest.mark.parametrize("suffix", [".mkv", ".webm", ".bmp", ".MKV", ".odd", ""])
def test_nothing_is_said_of_inputs_without_room_for_provenance(tmp_path, identity, caplog, suffix):
    driver = make_file(tmp_path, ".mkv", moving=True).rename(tmp_path / f"driver{suffix}")
    signed = make_file(tmp_path, ".png")
    with caplog.at_level(logging.INFO):
        sign(signed, signed, Origin("composite", (driver,)), identity)
    assert caplog.messages == []
    assert "ingredients" not in told(signed)


@pytest.mark.skipif(os.fsencode("\udcff") != b"\xff", reason="names are no bytes here")
def test_names_that_are_no_text(tmp_path, identity):
    odd = tmp_path / "x\udcff\n\x1b[2J.png"
    make_file(tmp_path, ".png").rename(odd)
    sign(odd, odd, Origin(), identity)
    again = tmp_path / "again\udcff.\udcff.png"
    make_file(tmp_path, ".png").rename(again)
    sign(again, again, Origin("composite", (odd,)), identity)
    assert told(again)["title"] == "again?.?.png"
    assert [one["title"] for one in told(again)["ingredients"]] == ["x? ?[2J.png"]
    assert read_credentials(again).intact


def test_hashes_of_the_inputs_only_if_asked(tmp_path, identity):
    source, driver = make_file(tmp_path, ".jpg"), make_file(tmp_path, ".mp4", moving=True)
    for record in (False, True):
        output = make_file(tmp_path, ".png")
        sign(output, output, Origin(inputs=(source, driver), record_inputs=record), identity)
        found = {one["label"]: one["data"] for one in told(output)["assertions"]}
        assert (INPUTS_LABEL in found) == record
    inputs = found[INPUTS_LABEL]["inputs"]
    assert [one["role"] for one in inputs] == ["source", "driver"]
    assert inputs[0]["hash"] == hashlib.sha256(source.read_bytes()).hexdigest()


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
@pytest.mark.parametrize("suffix", [".png", ".mp4", ".mkv"])
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, identity, suffix, monkeypatch):
    path = make_file(tmp_path, suffix, moving=suffix in MOVING)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # No file may grow beyond this: writing the signed one fails half-way, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(OutputError, match="cannot be signed"):
            sign(path, path, Origin(), identity)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_usable_identity_passes_its_check(identity):
    check_identity(identity)


def test_a_certificate_that_signs_itself_is_refused_before_the_work(tmp_path):
    pair = write_pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigError, match="certificate: C2PA"):
        check_identity(keys.identity_from(*pair))
