"""Who signs: the user's own key and certificate, or a pair that is made on first use.

The pair made here says no more than "the same installation as before". Its certificate is issued by
a root whose key is forgotten at once, since C2PA allows no certificate that signs itself; whoever
trusts that root trusts this one key.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from d2animator.errors import ConfigError

_log = logging.getLogger(__name__)

PASSWORD_VARIABLE = "D2ANIMATOR_KEY_PASSWORD"  # noqa: S105 - the name of a variable
KEY_FILE, CERTIFICATE_FILE = "signing.pem", "certificate.pem"

_YEARS = 10
_NAME = "d2animator, self-signed"
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Identity:
    """A private key and its certificates.

    Attributes:
        key_pem: Private key, PKCS#8 without a password. Keep it to yourself.
        chain_pem: Its certificate, then those that vouch for it.
        algorithm: C2PA's name of the signature, such as "es256".
        kept: Whether it will be the same next time.
    """

    key_pem: bytes
    chain_pem: bytes
    algorithm: str
    kept: bool = True

    def __repr__(self) -> str:
        """Tell everything but the key."""
        return f"Identity(serial={self.serial}, algorithm={self.algorithm!r}, kept={self.kept})"

    @property
    def serial(self) -> int:
        """Serial number of the certificate."""
        return x509.load_pem_x509_certificates(self.chain_pem)[0].serial_number


def config_folder() -> Path:
    """Folder of what the user should not lose: ``$D2ANIMATOR_CONFIG``, else the user's own.

    That is ``d2animator`` in ``$XDG_CONFIG_HOME``, or in ``.config`` at home.

    Raises:
        RuntimeError: The user has no home.
    """
    own = os.environ.get("D2ANIMATOR_CONFIG")
    if own:
        return Path(own).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base).expanduser() if base else Path.home() / ".config") / "d2animator"


def own_identity() -> Identity:
    """Give this installation's identity, and make it if there is none.

    Where it can be neither read nor kept, one for this process alone is made, and the log says so.
    """
    try:
        folder = config_folder()
        kept = _kept_identity(folder)
    except (OSError, RuntimeError, ConfigError) as error:
        _log.warning("signed with a key for this run alone, as none can be kept: %s", error)
        identity, _ = make_identity(kept=False)
        return identity
    return kept


def kept_serial() -> int | None:
    """Serial number of this installation's certificate, None if there is none yet."""
    try:
        path = config_folder() / KEY_FILE
        return _read_pair(path).serial if path.exists() else None
    except (OSError, RuntimeError, ConfigError):
        return None


def _kept_identity(folder: Path) -> Identity:
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        identity, root_pem = make_identity()
        if _write_new(path, identity.key_pem + identity.chain_pem):
            public = folder / CERTIFICATE_FILE
            with contextlib.suppress(OSError):  # others can be given it later
                public.write_bytes(identity.chain_pem + root_pem)
            _log.info("made a key to sign with: %s", path)
    return _read_pair(path)


def _write_new(path: Path, content: bytes) -> bool:
    """Write a file for its owner alone, whole; False if another process was faster."""
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    descriptor = os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(hidden, path)  # unlike a rename it never replaces
    except FileExistsError:
        return False
    finally:
        hidden.unlink(missing_ok=True)
    return True


def _read_pair(path: Path) -> Identity:
    """Read a file with both; a certificate that has run out is not used."""
    identity = identity_from(path, path)
    certificate = x509.load_pem_x509_certificates(identity.chain_pem)[0]
    if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        raise ConfigError(str(path), "its certificate has run out, move the file away")
    return identity


def identity_from(key: str | Path, certificate: str | Path) -> Identity:
    """Read the user's key and certificate.

    Args:
        key: Private key, PEM: elliptic (P-256, P-384, P-521), Ed25519 or RSA. One that is locked
            is opened with ``$D2ANIMATOR_KEY_PASSWORD``.
        certificate: PEM, the key's own first, then those that vouch for it.

    Raises:
        ConfigError: One cannot be read, is locked, of another kind, or they do not belong together.
    """
    private = _load_key(Path(key))
    try:
        chain = x509.load_pem_x509_certificates(Path(certificate).read_bytes())
    except OSError as error:
        raise ConfigError("certificate", f"{certificate}: {error.strerror}") from error
    except ValueError as error:
        reason = f"{certificate} holds no certificate in PEM form ({error})"
        raise ConfigError("certificate", reason) from error
    if chain[0].public_key() != private.public_key():
        reason = f"the first one of {certificate} does not belong to the key {key}"
        raise ConfigError("certificate", reason)
    return Identity(
        _key_pem(private), b"".join(_pem(one) for one in chain), _algorithm(private, key)
    )


def _load_key(path: Path) -> _PrivateKey:
    password = os.environ.get(PASSWORD_VARIABLE)
    try:
        content = path.read_bytes()
        if b"ENCRYPTED" not in content:
            password = None  # cryptography refuses one that is not needed
        key = serialization.load_pem_private_key(content, password.encode() if password else None)
    except OSError as error:
        raise ConfigError("signing_key", f"{path}: {error.strerror}") from error
    except TypeError as error:
        reason = f"{path} is locked, put its password into ${PASSWORD_VARIABLE}"
        raise ConfigError("signing_key", reason) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        reason = f"{path} holds no private key in PEM form, or the password is wrong ({error})"
        raise ConfigError("signing_key", reason) from error
    if not isinstance(key, _PrivateKey):
        raise ConfigError("signing_key", f"{path}: expected an elliptic, Ed25519 or RSA key")
    return key


def _algorithm(key: _PrivateKey, path: str | Path) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    if key.curve.name not in _CURVES:
        known = ", ".join(_CURVES)
        raise ConfigError(
            "signing_key", f"{path}: expected a curve of {known}, got {key.curve.name}"
        )
    return _CURVES[key.curve.name]


def make_identity(*, kept: bool = True) -> tuple[Identity, bytes]:
    """Make a key, its certificate, and the root that vouches for it.

    Args:
        kept: Whether the caller keeps it.

    Returns:
        The identity, and the root's certificate (PEM), which those who trust it need.
    """
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    # Two installations' roots must not share a name.
    issuer = _name(f"{_NAME}, root {secrets.token_hex(4)}")
    root = (
        _builder(issuer, issuer, root_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    certificate = (
        _builder(_name(_NAME), issuer, key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    return Identity(_key_pem(key), _pem(certificate), "es256", kept), _pem(root)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer_public: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    """What both certificates have in common."""
    now = datetime.datetime.now(datetime.UTC)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(authority, critical=False)
    )


def _name(text: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, _NAME), (NameOID.COMMON_NAME, text))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: _PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
