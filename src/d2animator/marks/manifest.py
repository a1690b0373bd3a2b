"""Signing files: C2PA manifests that say what made a file, and which provenance it had before."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import logging
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from c2pa import Builder, C2paError, C2paSignerInfo, Context, Reader, Signer

from d2animator import __version__
from d2animator.errors import ConfigError, OutputError, printable
from d2animator.marks.keys import Identity
from d2animator.media.files import atomic_target
from d2animator.media.pending import Pending, move_into_place

_log = logging.getLogger(__name__)

SIDECAR_SUFFIX = ".c2pa"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
INPUTS_LABEL = "d2animator.inputs"

# Formats that hold a manifest themselves; others get a file beside them.
_MIME_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_ANY_TYPE = "application/octet-stream"
OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}
# Letters of a file's name that a manifest takes down.
_MOST_TITLE = 255
_ROLES = ("source", "driver")

Kind = Literal["composite", "generated"]
_KINDS: dict[str, str] = {
    "composite": "compositeWithTrainedAlgorithmicMedia",
    "generated": "trainedAlgorithmicMedia",
}


@dataclass(frozen=True)
class Origin:
    """What an output was made from.

    Attributes:
        kind: "composite" where parts of the source are still there, such as a photo that was
            moved or a face that was laid back into its picture; "generated" where a network drew
            all of it.
        inputs: Files it was made from, the source first; those that were no files are left out.
        record_inputs: Whether to write down the inputs' hashes.
    """

    kind: Kind = "composite"
    inputs: tuple[Path, ...] = ()
    record_inputs: bool = False


def mime_type(path: Path) -> str:
    """Media type by extension; a general one for what holds no manifest."""
    return _MIME_TYPES.get(path.suffix.lower(), _ANY_TYPE)


def _foreign_type(path: Path) -> str:
    """The same for a file of others, whose format may be one that is not written here."""
    letters = "".join(one for one in path.suffix.lower() if one.isascii() and one.isalnum())
    return _MIME_TYPES.get(path.suffix.lower()) or letters or _ANY_TYPE


def holds_manifest(path: Path) -> bool:
    """Whether a file of this extension holds a manifest itself."""
    return path.suffix.lower() in _MIME_TYPES


def embedded(path: Path, file: BinaryIO, context: Context) -> Reader | None:
    """Open the manifest inside a file; None where there is none, or no place for one.

    Args:
        path: The file, whose extension tells the format.
        file: The same, opened; to be kept open as long as the reader is used.
        context: How to read it.

    Raises:
        C2paError: It is damaged.
    """
    try:
        return Reader.try_create(_foreign_type(path), file, context=context)
    except C2paError.NotSupported:
        return None


def sidecar_of(path: Path) -> Path:
    """The file beside a file that holds no manifest itself, such as ``clip.mkv.c2pa``."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def sign(
    path: Path,
    target: Path,
    origin: Origin,
    identity: Identity,
    timestamp_authority: str | None = None,
) -> Path | None:
    """Sign a finished file before it is moved to its place.

    Args:
        path: The file, which is replaced by its signed self, or left where the manifest goes into
            a file beside the target.
        target: Its name to be, which tells the format.
        origin: What it was made from.
        identity: Who signs.
        timestamp_authority: Address to ask for the time, None to ask nobody.

    Returns:
        The file beside the target, None where the manifest is inside.

    Raises:
        OutputError: It cannot be signed, on a full disk for example; the file is as before.
        ConfigError: The key or the certificate is of no use.
    """
    embedded = holds_manifest(target)
    parents = _with_provenance(origin.inputs)
    builder = _builder(target, origin, parents)
    if not embedded:
        builder.set_no_embed()
    with _copy_beside(path) as copy:
        try:
            with (
                _signer(identity, timestamp_authority) as signer,
                path.open("rb") as source,
                copy.open("w+b") as signed,
            ):
                manifest = builder.sign(signer, mime_type(target), source, signed)
        except (C2paError, OSError) as error:
            raise OutputError(target, f"cannot be signed ({error})") from error
        if embedded:
            move_into_place(copy, path)
            return None
    beside = sidecar_of(target)
    with atomic_target(beside) as hidden:
        try:
            hidden.write_bytes(manifest)
        except OSError as error:
            raise OutputError(beside, f"cannot be written ({error.strerror})") from error
    return beside


def check_identity(identity: Identity, timestamp_authority: str | None = None) -> None:
    """Sign a small picture in memory, before the work rather than after it.

    Args:
        identity: Who signs.
        timestamp_authority: Address to ask for the time, None to ask nobody.

    Raises:
        ConfigError: What is signed with this identity would not be valid, or the authority gives
            no time.
    """
    # An identity that was checked, or made here, leaves the authority alone to blame.
    argument = "certificate" if timestamp_authority is None else "timestamp_authority"
    try:
        builder = _builder(Path("check.png"), Origin(), ())
        signed = io.BytesIO()
        with _signer(identity, timestamp_authority) as signer:
            builder.sign(signer, "image/png", io.BytesIO(_smallest_png()), signed)
        signed.seek(0)
        with Reader("image/png", signed, context=Context.from_dict(OFFLINE)) as reader:
            state = reader.get_validation_state()
            results = reader.get_validation_results() or {}
    except C2paError as error:
        raise ConfigError(argument, f"C2PA cannot sign with it ({error})") from error
    if state == "Invalid":
        failures = results.get("activeManifest", {}).get("failure", [])
        reasons = ", ".join(one.get("explanation", one["code"]) for one in failures)
        raise ConfigError(argument, f"C2PA would not accept it ({reasons})")


@contextlib.contextmanager
def _copy_beside(path: Path) -> Iterator[Path]:
    """Give an empty file beside another one, removed at the end if it is still there."""
    copy = Pending(path)
    try:
        yield copy.path
    finally:
        copy.discard()


def _smallest_png() -> bytes:
    """One black pixel."""
    content = io.BytesIO()
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    )
    content.write(b"\x89PNG\r\n\x1a\n")
    for name, data in chunks:
        checked = name + data
        content.write(struct.pack(">I", len(data)) + checked)
        content.write(struct.pack(">I", zlib.crc32(checked)))
    return content.getvalue()


@contextlib.contextmanager
def _signer(identity: Identity, timestamp_authority: str | None) -> Iterator[Signer]:
    info = C2paSignerInfo(
        identity.algorithm, identity.chain_pem, identity.key_pem, timestamp_authority
    )
    with Signer.from_info(info) as signer:
        yield signer


def _builder(target: Path, origin: Origin, parents: tuple[Path, ...]) -> Builder:
    """State how a file came to be.

    Args:
        target: Its name.
        origin: What it was made from.
        parents: Those of its inputs that have provenance to keep; the source first.
    """
    definition = {
        "claim_generator_info": [{"name": "d2animator", "version": __version__}],
        "title": printable(target.name, _MOST_TITLE),
        "assertions": [
            # "created": it is we who vouch for it, not somebody whose word we pass on.
            {**assertion, "created": True}
            for assertion in (_actions_assertion(origin, parents), *_inputs_assertion(origin))
        ],
    }
    builder = Builder(definition, context=Context.from_dict(OFFLINE))
    for parent in parents:
        ingredient = {
            "title": printable(parent.name, _MOST_TITLE),
            "relationship": "parentOf" if parent == origin.inputs[0] else "inputTo",
            "label": _ingredient_label(parent, origin),
        }
        with parent.open("rb") as file:
            builder.add_ingredient(ingredient, _foreign_type(parent), file)
    return builder


def _ingredient_label(parent: Path, origin: Origin) -> str:
    return f"input-{origin.inputs.index(parent)}"


def _actions_assertion(origin: Origin, parents: tuple[Path, ...]) -> dict[str, Any]:
    return {"label": "c2pa.actions.v2", "data": {"actions": _actions(origin, parents)}}


def _actions(origin: Origin, parents: tuple[Path, ...]) -> list[dict[str, Any]]:
    """List what was done: created from nothing that has a history, or opened and edited."""
    made: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPES + _KINDS[origin.kind],
        "softwareAgent": {"name": "d2animator", "version": __version__},
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    labels = {parent: _ingredient_label(parent, origin) for parent in parents}
    source = labels.pop(origin.inputs[0], None) if origin.inputs else None
    if labels:
        made["parameters"] = {"ingredientIds": list(labels.values())}
    if source is None:
        return [made]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [source]}}
    return [opened, {**made, "action": "c2pa.edited"}]


def _inputs_assertion(origin: Origin) -> list[dict[str, Any]]:
    if not (origin.record_inputs and origin.inputs):
        return []
    named = [
        {"role": _ROLES[min(index, 1)], "alg": "sha256", "hash": _hash_of(path)}
        for index, path in enumerate(origin.inputs)
    ]
    return [{"label": INPUTS_LABEL, "data": {"inputs": named}}]


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_provenance(inputs: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those inputs whose manifest can be kept; a broken one is named in the log."""
    kept = []
    for path in dict.fromkeys(inputs):
        try:
            with path.open("rb") as file:
                reader = embedded(path, file, Context.from_dict(OFFLINE))
                if reader is not None:
                    reader.close()
                    kept.append(path)
        except (C2paError, OSError) as error:
            _log.warning("%s: its provenance cannot be read and is not kept (%s)", path, error)
    return tuple(kept)
