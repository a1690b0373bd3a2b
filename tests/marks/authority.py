"""A time-stamping authority of one's own (RFC 3161), on this machine; OpenSSL makes the stamps."""

from __future__ import annotations

import contextlib
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from d2animator.marks import keys

OPENSSL = shutil.which("openssl")

_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/certificate.pem
certs = {folder}/chain.pem
signer_key = {folder}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


def write_authority(folder: Path) -> Path:
    """Make keys and certificates; gives OpenSSL's configuration."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = keys._name("authority's root")
    root = (
        keys._builder(name, name, root_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(keys._usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate = (
        keys._builder(keys._name("authority"), name, key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(keys._usage(signs_certificates=False), critical=True)
        .add_extension(stamping, critical=True)
        .sign(root_key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(keys._key_pem(key))
    (folder / "certificate.pem").write_bytes(keys._pem(certificate))
    (folder / "chain.pem").write_bytes(keys._pem(certificate) + keys._pem(root))
    (folder / "serial").write_text("01\n")
    config = folder / "tsa.cnf"
    config.write_text(_CONFIG.format(folder=folder))
    return config


@contextlib.contextmanager
def authority(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Answer at an address of this machine; gives it, and the sizes of what was asked."""
    config = write_authority(folder)
    asked: list[int] = []

    class Stamps(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(query.stat().st_size)
            command = [
                str(OPENSSL),
                "ts",
                "-reply",
                "-config",
                str(config),
                "-queryfile",
                str(query),
            ]
            reply = subprocess.run(command, capture_output=True, check=True).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Stamps)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
