"""Reading signed metadata: who signed a file, whether it is as it was signed, what it says."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from c2pa import C2paError, Context, Reader

from d2animator.errors import ConfigError
from d2animator.marks.keys import kept_serial
from d2animator.marks.manifest import (
    OFFLINE,
    SIDECAR_SUFFIX,
    SOURCE_TYPES,
    embedded,
    mime_type,
    sidecar_of,
)

_log = logging.getLogger(__name__)

State = Literal["trusted", "intact", "broken"]

# IPTC's terms for what no camera took, or not all of it.
SYNTHETIC_TYPES = frozenset(
    {
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
        "algorithmicMedia",
    }
)
_UNTRUSTED = "signingCredential.untrusted"


@dataclass(frozen=True)
class Credentials:
    """What a file's C2PA manifest says, and whether it may be believed.

    Attributes:
        state: "trusted": as it was signed, by somebody whom the reader trusts; "intact": as it was
            signed, by somebody unknown; "broken": changed since, or not rightly signed.
        changed: Whether the file or the manifest was changed after signing.
        problems: C2PA's codes for what is wrong, without the signer being unknown.
        signer: Name in the certificate, as the signer chose it; empty if there is none.
        serial: Serial number of the certificate, empty if there is none.
        own: Whether it is the certificate that this installation made for itself.
        signed_at: Time that an authority vouches for, empty if none was asked.
        software: What made the file, with its version.
        source_types: IPTC's terms for how it, or what went into it, was made.
        ingredients: Files it was made from whose provenance it keeps.
        sidecar: The file that holds the manifest, None where it is inside.
    """

    state: State
    changed: bool
    problems: tuple[str, ...]
    signer: str = ""
    serial: str = ""
    own: bool = False
    signed_at: str = ""
    software: str = ""
    source_types: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    sidecar: Path | None = None

    @property
    def intact(self) -> bool:
        """Whether the file is as it was signed."""
        return self.state != "broken"

    @property
    def says_synthetic(self) -> bool:
        """Whether it says that the file is synthetic, in whole or in part."""
        return any(kind in SYNTHETIC_TYPES for kind in self.source_types)


def read_credentials(path: Path, trust: Path | None = None) -> Credentials | None:
    """Read the manifest in a file or beside it; nobody is asked over the network.

    Args:
        path: The file.
        trust: Certificates (PEM) of those who are trusted; None trusts nobody.

    Returns:
        What was read; None for a file without a manifest.

    Raises:
        ConfigError: The certificates cannot be read.
    """
    sidecar = _sidecar(path)
    try:
        context = Context.from_dict(_settings(trust))
    except C2paError as error:
        raise ConfigError("trust", f"{trust} holds no certificates ({error})") from error
    try:
        with path.open("rb") as file:
            if sidecar is not None:
                reader = Reader(mime_type(path), file, sidecar.read_bytes(), context=context)
            else:
                reader = embedded(path, file, context)
                if reader is None:
                    return None
            with reader:
                told = json.loads(reader.json())
                state = reader.get_validation_state() or "Invalid"
    except (C2paError, OSError, ValueError) as error:
        return Credentials("broken", False, (f"unreadable: {error}",), sidecar=sidecar)
    return _credentials(told, state, sidecar)


def _sidecar(path: Path) -> Path | None:
    """The file beside it, under either of the names that are usual."""
    for beside in (sidecar_of(path), path.with_suffix(SIDECAR_SUFFIX)):
        if beside.is_file() and beside != path:
            return beside
    return None


def _settings(trust: Path | None) -> dict[str, Any]:
    if trust is None:
        return OFFLINE
    try:
        anchors = trust.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError("trust", f"{trust} cannot be read ({error})") from error
    if "BEGIN CERTIFICATE" not in anchors:
        raise ConfigError("trust", f"{trust} holds no certificate in PEM form")
    return {**OFFLINE, "trust": {"user_anchors": anchors}}


def _credentials(told: dict[str, Any], state: str, sidecar: Path | None) -> Credentials:
    manifests = told.get("manifests", {})
    active = manifests.get(told.get("active_manifest"), {})
    codes = [one.get("code", "") for one in told.get("validation_status", [])]
    problems = tuple(dict.fromkeys(code for code in codes if code != _UNTRUSTED))
    signature = active.get("signature_info", {})
    serial = str(signature.get("cert_serial_number", ""))
    kept = kept_serial()
    return Credentials(
        state={"Trusted": "trusted", "Valid": "intact"}.get(state, "broken"),  # type: ignore[arg-type]
        changed=any(code.endswith(".mismatch") for code in problems),
        problems=problems,
        signer=str(signature.get("common_name") or signature.get("issuer") or ""),
        serial=serial,
        own=kept is not None and serial == str(kept),
        signed_at=str(signature.get("time") or ""),
        software=_software(active),
        source_types=_source_types(manifests),
        ingredients=tuple(str(one.get("title", "")) for one in active.get("ingredients", [])),
        sidecar=sidecar,
    )


def _software(manifest: dict[str, Any]) -> str:
    """The software that made a file, such as ``d2animator 0.1.0``."""
    named = manifest.get("claim_generator_info") or []
    if named:
        return f"{named[0].get('name', '')} {named[0].get('version', '')}".strip()
    return str(manifest.get("claim_generator") or "")


def _source_types(manifests: dict[str, Any]) -> tuple[str, ...]:
    """Terms of all actions of all manifests: an edit does not make a synthetic picture real."""
    terms: dict[str, None] = {}
    for manifest in manifests.values():
        for assertion in manifest.get("assertions", []):
            if not str(assertion.get("label", "")).startswith("c2pa.actions"):
                continue
            for action in (assertion.get("data") or {}).get("actions", []):
                kind = str(action.get("digitalSourceType") or "")
                if kind:
                    terms[kind.removeprefix(SOURCE_TYPES).rpartition("/")[2]] = None
    return tuple(terms)
