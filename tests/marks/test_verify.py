from __future__ import annotations

import json
from fractions import Fraction

import pytest

from d2animator.errors import ConfigError, MediaError
from d2animator.marks.manifest import Origin, sidecar_of
from d2animator.marks.marker import Marker
from d2animator.marks.options import MarkOptions
from d2animator.marks.verify import plain, verify
from d2animator.media.animation import AnimationWriter
from d2animator.media.images import write_image
from d2animator.media.sequence import SequenceWriter
from d2animator.media.writer import VideoWriter
from tests.marks.pictures import scene

PAYLOAD = 99


@pytest.fixture(scope="module")
def marker(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2ANIMATOR_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield Marker(MarkOptions(payload=PAYLOAD))


def write(marker, path, frames=6, size=(256, 256)):
    """Write a marked and signed file."""
    height, width = size
    pictures = [marker.mark(scene(height, width, moved=step)) for step in range(frames)]
    if frames == 1:
        write_image(path, pictures[0])
    else:
        kind = AnimationWriter if path.suffix in (".webp", ".gif") else VideoWriter
        with kind(path, (width, height), Fraction(25)) as writer:
            for picture in pictures:
                writer.write(picture)
    marker.sign_file(path, origin=Origin("generated"))
    return path


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif", "a.bmp"])
def test_pictures(tmp_path, marker, name):
    verification = verify(write(marker, tmp_path / name, frames=1))
    assert verification.synthetic
    assert not verification.broken
    assert verification.credentials.intact
    assert verification.watermark.payload == PAYLOAD


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.gif", "moving.webp"])
def test_clips(tmp_path, marker, name):
    verification = verify(write(marker, tmp_path / name))
    assert verification.synthetic
    assert verification.credentials.intact
    assert verification.watermark.payload == PAYLOAD
    assert verification.watermark.marked_frames == ((0, 5),)


def test_pictures_of_a_sequence_one_by_one(tmp_path, marker):
    with SequenceWriter(tmp_path / "frames" / "%03d.png") as writer:
        for step in range(3):
            writer.write(marker.mark(scene(256, 256, moved=5 * step)))
    for path in sorted((tmp_path / "frames").iterdir()):
        marker.sign_file(path)
        assert verify(path).watermark.payload == PAYLOAD
        assert verify(path).credentials.intact


def test_the_watermark_stays_where_metadata_is_lost(tmp_path, marker):
    path = write(marker, tmp_path / "a.mkv")
    sidecar_of(path).unlink()
    verification = verify(path)
    assert verification.credentials is None
    assert verification.synthetic


@pytest.mark.slow
def test_signed_metadata_counts_where_the_watermark_is_lost(tmp_path):
    marker = Marker(MarkOptions(watermark=False))
    verification = verify(write(marker, tmp_path / "a.png", frames=1))
    assert not verification.watermarked
    assert verification.synthetic


def test_a_changed_file_is_told(tmp_path, marker):
    path = write(marker, tmp_path / "a.bmp", frames=1)
    content = bytearray(path.read_bytes())
    content[-1000] ^= 255
    path.write_bytes(content)
    verification = verify(path)
    assert verification.broken
    assert verification.credentials.changed
    assert verification.synthetic  # its watermark still says so


@pytest.mark.slow
def test_unmarked_files_say_nothing(tmp_path):
    verification = verify(write_image(tmp_path / "a.png", scene(256, 256)))
    assert not verification.synthetic
    assert not verification.broken
    assert verification.credentials is None


def test_what_holds_neither_is_refused(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("no picture")
    with pytest.raises(MediaError, match=r"note\.txt"):
        verify(note)
    with pytest.raises(MediaError, match="no such file"):
        verify(tmp_path / "missing.png")
    with pytest.raises(MediaError, match="folder"):
        verify(tmp_path)


def test_a_file_whose_pictures_are_lost_is_still_read(tmp_path, marker):
    path = write(marker, tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes()[:300])
    verification = verify(path)
    assert verification.watermark is None
    assert verification.unreadable
    assert verification.broken


def test_trust_that_cannot_be_read_is_named(tmp_path, marker):
    with pytest.raises(ConfigError, match="trust"):
        verify(write(marker, tmp_path / "a.png", frames=1), trust=tmp_path / "missing.pem")


def test_progress_counts_frames(tmp_path, marker):
    seen = []
    verify(
        write(marker, tmp_path / "a.mp4"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (6, 6)


def test_all_of_it_fits_json(tmp_path, marker):
    told = json.loads(json.dumps(plain(verify(write(marker, tmp_path / "a.mkv")))))
    assert told["synthetic"]
    assert told["credentials"]["sidecar"].endswith("a.mkv.c2pa")
    assert told["watermark"]["marked_frames"] == [[0, 5]]
    assert told["watermark"]["payload"] == PAYLOAD
