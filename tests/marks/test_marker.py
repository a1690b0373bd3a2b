from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from d2animator.errors import ConfigError, OutputError
from d2animator.marks.credentials import read_credentials
from d2animator.marks.manifest import Origin
from d2animator.marks.marker import Marker
from d2animator.marks.options import MarkOptions
from d2animator.marks.watch import watch
from d2animator.media.images import write_image
from tests.marks.authority import OPENSSL, authority
from tests.marks.pictures import scene
from tests.marks.test_keys import write_pair


@pytest.fixture(autouse=True)
def _own_config(tmp_path, monkeypatch):
    monkeypatch.setenv("D2ANIMATOR_CONFIG", str(tmp_path / "config"))


def test_by_default_pictures_and_files_are_marked(tmp_path):
    marker = Marker()
    path = write_image(tmp_path / "a.png", marker.mark(scene(256, 256)))
    assert marker.sign_file(path, origin=Origin("generated")) is None
    assert read_credentials(path).own
    assert watch([marker.mark(scene(256, 256))]).payload == 0
    assert marker.summary() == {"watermark": 0, "manifest": True, "label": None}


def test_what_is_not_wanted_is_left_out(tmp_path):
    marker = Marker(MarkOptions(watermark=False, manifest=False))
    picture = scene(64, 64)
    assert marker.mark(picture) is picture
    path = write_image(tmp_path / "a.png", picture)
    before = path.read_bytes()
    assert marker.sign_file(path) is None
    assert path.read_bytes() == before
    assert not (tmp_path / "config").exists()  # no key is made for nothing
    assert marker.summary() == {"watermark": None, "manifest": False, "label": None}


def test_a_label_does_not_hide_the_watermark():
    marked = Marker(MarkOptions(payload=7, label="AI-generated")).mark(scene(256, 256))
    finding = watch([marked])
    assert finding.payload == 7
    assert marked[-12:, 8:60].max() > 220


def test_one_key_signs_all_files_of_a_run(tmp_path):
    (tmp_path / "config").write_text("no folder can be made here")
    marker = Marker()
    serials = set()
    for name in ("a.png", "b.png"):
        path = write_image(tmp_path / name, scene(64, 64))
        marker.sign_file(path)
        serials.add(read_credentials(path).serial)
    assert len(serials) == 1


@pytest.mark.parametrize(
    "options",
    [
        MarkOptions(payload=70_000),
        MarkOptions(label=""),
        MarkOptions(signing_key=Path("key.pem")),
        MarkOptions(certificate=Path("certificate.pem")),
    ],
)
def test_options_that_cannot_be_met_are_refused_before_the_work(options):
    with pytest.raises(ConfigError):
        Marker(options)


def test_a_key_of_no_use_is_refused_before_the_work(tmp_path):
    key, certificate = write_pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigError, match="certificate"):
        Marker(MarkOptions(signing_key=key, certificate=certificate))


def test_ones_own_key(tmp_path):
    from d2animator.marks.keys import make_identity

    identity, root = make_identity()
    key, certificate = tmp_path / "key.pem", tmp_path / "chain.pem"
    key.write_bytes(identity.key_pem)
    certificate.write_bytes(identity.chain_pem)
    trust = tmp_path / "root.pem"
    trust.write_bytes(root)
    path = write_image(tmp_path / "a.png", scene(64, 64))
    Marker(MarkOptions(signing_key=key, certificate=certificate)).sign_file(path)
    assert read_credentials(path, trust).state == "trusted"


def test_transparent_pictures():
    picture = np.dstack([scene(64, 64), np.full((64, 64), 128, np.uint8)])
    assert Marker().mark(picture).shape == (64, 64, 4)


with_openssl = pytest.mark.skipif(OPENSSL is None, reason="needs OpenSSL to make time stamps")


@with_openssl
def test_a_time_stamp_of_an_authority(tmp_path):
    path = write_image(tmp_path / "a.png", scene(64, 64))
    with authority(tmp_path) as (address, asked):
        marker = Marker(MarkOptions(timestamp_authority=address))
        assert len(asked) == 1  # before the work
        marker.sign_file(path)
    assert len(asked) == 2
    told = read_credentials(path)
    assert told.state == "intact"
    assert datetime.fromisoformat(told.signed_at) <= datetime.now(UTC)


def test_without_an_authority_no_time_is_vouched_for(tmp_path):
    path = write_image(tmp_path / "a.png", scene(64, 64))
    Marker().sign_file(path)
    assert read_credentials(path).signed_at == ""


@pytest.mark.parametrize(
    "address", ["", "stamps.example", "http://stamps.example", "ftp://localhost", "https://"]
)
def test_an_authority_is_asked_over_a_safe_line_only(address):
    with pytest.raises(ConfigError, match="begins with https"):
        Marker(MarkOptions(timestamp_authority=address))


def test_an_authority_that_does_not_answer_is_told_before_the_work(tmp_path):
    with authority(tmp_path) as (address, _):
        pass
    with pytest.raises(ConfigError, match="timestamp_authority: C2PA cannot sign with it"):
        Marker(MarkOptions(timestamp_authority=address))


@with_openssl
def test_an_authority_that_goes_away_leaves_the_file_as_it_was(tmp_path):
    path = write_image(tmp_path / "a.png", scene(64, 64))
    before = path.read_bytes()
    (tmp_path / "authority").mkdir()
    with authority(tmp_path / "authority") as (address, _):
        marker = Marker(MarkOptions(timestamp_authority=address))
    with pytest.raises(OutputError, match="cannot be signed"):
        marker.sign_file(path)
    assert path.read_bytes() == before


def test_threads_may_share_one():
    marker = Marker(MarkOptions(payload=9, label="AI"))
    pictures = [scene(64 + 32 * (index % 3), 96) for index in range(24)]
    alone = [Marker(marker.options).mark(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        for together, one in zip(threads.map(marker.mark, pictures), alone, strict=True):
            np.testing.assert_array_equal(together, one)


def test_pictures_are_marked_without_loading_what_signs():
    code = "import sys, numpy as np; from d2animator.marks.marker import Marker; "
    code += "Marker().mark(np.zeros((64, 64, 3), np.uint8)); "
    code += "print(sorted({'c2pa', 'cryptography', 'torch'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
