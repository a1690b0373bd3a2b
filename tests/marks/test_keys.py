from __future__ import annotations

import datetime
import logging
import os
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from d2animator.errors import ConfigError
from d2animator.marks import keys


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("D2ANIMATOR_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def write_pair(tmp_path, key, password=None):
    """A self-signed pair of files, as users have them."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    now = datetime.datetime.now(datetime.UTC)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=9))
        .sign(key, algorithm)
    )
    locked = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    key_path, certificate_path = tmp_path / "key.pem", tmp_path / "certificate.pem"
    pem = serialization.Encoding.PEM
    key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked))
    certificate_path.write_bytes(certificate.public_bytes(pem))
    return key_path, certificate_path


def test_a_pair_is_made_once_and_kept_for_its_owner_alone(folder):
    first = keys.own_identity()
    assert first.kept
    assert keys.own_identity() == first
    assert keys.kept_serial() == first.serial
    if os.name == "posix":
        assert stat.S_IMODE((folder / keys.KEY_FILE).stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["certificate.pem", "signing.pem"]


def test_what_others_are_given_holds_no_key(folder):
    keys.own_identity()
    public = (folder / keys.CERTIFICATE_FILE).read_bytes()
    assert b"PRIVATE" not in public
    certificate, root = x509.load_pem_x509_certificates(public)
    certificate.verify_directly_issued_by(root)


def test_an_identity_does_not_print_its_key(folder):
    assert "PRIVATE" not in repr(keys.own_identity())


def test_without_a_pair_there_is_no_serial(folder):
    assert keys.kept_serial() is None


def test_a_folder_that_cannot_be_written_gives_a_key_for_this_run(folder, caplog):
    folder.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING, "d2animator"):
        identity = keys.own_identity()
    assert not identity.kept
    assert "for this run alone" in caplog.text


def test_no_home_gives_a_key_for_this_run(monkeypatch, caplog):
    for name in ("D2ANIMATOR_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with caplog.at_level(logging.WARNING, "d2animator"):
        assert not keys.own_identity().kept
    assert "home directory" in caplog.text
    assert keys.kept_serial() is None


@pytest.mark.parametrize("content", ["", "nonsense"])
def test_a_damaged_file_is_named_and_left_alone(folder, caplog, content):
    folder.mkdir()
    (folder / keys.KEY_FILE).write_text(content)
    with caplog.at_level(logging.WARNING, "d2animator"):
        assert not keys.own_identity().kept
    assert str(folder / keys.KEY_FILE) in caplog.text
    assert (folder / keys.KEY_FILE).read_text() == content


def test_another_process_that_was_faster_wins(folder):
    folder.mkdir()
    path = folder / keys.KEY_FILE
    path.write_text("there already")
    assert not keys._write_new(path, b"mine")
    assert path.read_text() == "there already"
    assert [one.name for one in folder.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "es256"),
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
    ],
)
def test_keys_of_the_user(tmp_path, key, algorithm):
    identity = keys.identity_from(*write_pair(tmp_path, key))
    assert identity.algorithm == algorithm
    assert identity.serial == 5


def test_a_locked_key_needs_its_password(tmp_path, monkeypatch):
    pair = write_pair(tmp_path, ec.generate_private_key(ec.SECP256R1()), b"open sesame")
    monkeypatch.delenv(keys.PASSWORD_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match=r"locked.*D2ANIMATOR_KEY_PASSWORD"):
        keys.identity_from(*pair)
    monkeypatch.setenv(keys.PASSWORD_VARIABLE, "wrong")
    with pytest.raises(ConfigError, match="password is wrong"):
        keys.identity_from(*pair)
    monkeypatch.setenv(keys.PASSWORD_VARIABLE, "open sesame")
    assert keys.identity_from(*pair).algorithm == "es256"


def test_a_password_that_is_not_needed_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.setenv(keys.PASSWORD_VARIABLE, "for another key")
    pair = write_pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    assert keys.identity_from(*pair).serial == 5


def test_files_that_are_of_no_use_are_named(tmp_path):
    key, certificate = write_pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    other = tmp_path / "other"
    other.mkdir()
    wrong, _ = write_pair(other, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigError, match="does not belong"):
        keys.identity_from(wrong, certificate)
    with pytest.raises(ConfigError, match="no private key"):
        keys.identity_from(certificate, certificate)
    with pytest.raises(ConfigError, match="no certificate"):
        keys.identity_from(key, key)
    with pytest.raises(ConfigError, match=r"signing_key.*No such file"):
        keys.identity_from(tmp_path / "missing.pem", certificate)
    with pytest.raises(ConfigError, match=r"certificate.*No such file"):
        keys.identity_from(key, tmp_path / "missing.pem")


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP256K1()), dsa.generate_private_key(2048)]
)
def test_keys_that_c2pa_does_not_know_are_refused(tmp_path, key):
    with pytest.raises(ConfigError, match="signing_key"):
        keys.identity_from(*write_pair(tmp_path, key))
