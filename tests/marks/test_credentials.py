from __future__ import annotations

import pytest

from d2animator.errors import ConfigError
from d2animator.marks import keys
from d2animator.marks.credentials import read_credentials
from d2animator.marks.manifest import Origin, sidecar_of, sign
from tests.marks.test_manifest import make_file


@pytest.fixture(scope="module")
def pair():
    return keys.make_identity()


@pytest.fixture
def signed(tmp_path, pair):
    path = make_file(tmp_path, ".png")
    sign(path, path, Origin("generated"), pair[0])
    return path


def test_what_is_read(signed, pair):
    credentials = read_credentials(signed)
    assert credentials.state == "intact"
    assert credentials.intact
    assert credentials.problems == ()
    assert credentials.says_synthetic
    assert credentials.serial == str(pair[0].serial)
    assert credentials.software.startswith("d2animator ")
    assert credentials.source_types == ("trainedAlgorithmicMedia",)
    assert credentials.sidecar is None
    assert not credentials.own


def test_who_is_trusted_is_the_readers_choice(signed, pair, tmp_path):
    identity, root = pair
    trusted, others = tmp_path / "trusted.pem", tmp_path / "others.pem"
    trusted.write_bytes(identity.chain_pem + root)  # what a signer gives away
    others.write_bytes(keys.make_identity()[1])
    assert read_credentials(signed, trusted).state == "trusted"
    assert read_credentials(signed, others).state == "intact"


@pytest.mark.parametrize("content", [None, "nonsense"])
def test_certificates_that_cannot_be_read_are_named(signed, tmp_path, content):
    path = tmp_path / "trust.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=r"trust.*trust\.pem"):
        read_credentials(signed, path)


def test_ones_own_signature_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("D2ANIMATOR_CONFIG", str(tmp_path / "config"))
    path = make_file(tmp_path, ".jpg")
    sign(path, path, Origin(), keys.own_identity())
    assert read_credentials(path).own


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".mkv", ".mp4", ".txt"])
def test_files_without_a_manifest(tmp_path, suffix):
    if suffix == ".txt":
        path = tmp_path / "note.txt"
        path.write_text("no picture")
    else:
        path = make_file(tmp_path, suffix, moving=suffix in (".mkv", ".mp4"))
    assert read_credentials(path) is None


def test_a_manifest_beside_its_file_counts_under_either_name(tmp_path, pair):
    path = make_file(tmp_path, ".bmp")
    beside = sign(path, path, Origin(), pair[0])
    assert read_credentials(path).sidecar == beside
    other = beside.rename(tmp_path / "made.c2pa")
    assert read_credentials(path).sidecar == other
    other.rename(sidecar_of(path))
    sidecar_of(path).write_bytes(b"no manifest")
    assert read_credentials(path).state == "broken"


def test_a_damaged_manifest_is_told_from_none(signed):
    content = signed.read_bytes()
    place = content.index(b"c2pa.claim")
    signed.write_bytes(content[: place - 30] + bytes(60) + content[place + 30 :])
    credentials = read_credentials(signed)
    assert credentials.state == "broken"
    assert credentials.problems
