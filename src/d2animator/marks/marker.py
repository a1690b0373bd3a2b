"""The one door through which pictures leave: every frame is marked, every file is signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError
from d2animator.marks.embed import Watermark
from d2animator.marks.label import Label
from d2animator.marks.options import MarkOptions

if TYPE_CHECKING:
    from d2animator.marks.keys import Identity
    from d2animator.marks.manifest import Origin

Picture = NDArray[np.uint8]

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class Marker:
    """Marks pictures and signs files.

    Use one for all that is made with the same options: it keeps the pattern of the last size and
    the key at hand, so that a further picture costs no more than adding the pattern. Threads may
    share it. Nothing of C2PA is loaded before the first file is signed.

    Attributes:
        options: See `MarkOptions`.
    """

    def __init__(self, options: MarkOptions | None = None) -> None:
        """Get ready, before any heavy work.

        Args:
            options: Default: watermark and manifest, no label.

        Raises:
            ConfigError: The payload, the label, the key, the certificate or the authority cannot be
                used.
        """
        self.options = options = options or MarkOptions()
        self._watermark = Watermark(options.payload) if options.watermark else None
        self._label = None if options.label is None else Label(options.label)
        self._identity = _named_identity(options) if options.manifest else None
        if options.manifest and options.timestamp_authority is not None:
            _check_authority(options.timestamp_authority, self._ready_identity())

    def mark(self, picture: Picture) -> Picture:
        """Mark a picture that is about to leave: the label first, then the watermark.

        Args:
            picture: RGB (H, W, 3) or RGBA (H, W, 4), uint8.

        Returns:
            A picture of the same shape; the same one if the options ask for no mark in it.

        Raises:
            ShapeError: The array is no such picture.
        """
        if self._label is not None:
            picture = self._label.draw(picture)
        return picture if self._watermark is None else self._watermark.add(picture)

    def sign_file(
        self, path: str | Path, target: str | Path | None = None, origin: Origin | None = None
    ) -> Path | None:
        """Sign a finished file, before it is moved to its place; nothing if not asked for.

        Args:
            path: The file; it is replaced by its signed self, whole, or stays as it is.
            target: Name it is going to have, which tells its format; None for ``path``.
            origin: What it was made from.

        Returns:
            The file written beside the target where its format holds no manifest, else None.

        Raises:
            OutputError: It cannot be signed, on a full disk for example.
        """
        if not self.options.manifest:
            return None
        # Signing loads libraries that those who only look at frames do not need.
        from d2animator.marks import manifest

        path = Path(path)
        return manifest.sign(
            path,
            path if target is None else Path(target),
            origin or manifest.Origin(),
            self._ready_identity(),
            self.options.timestamp_authority,
        )

    def _ready_identity(self) -> Identity:
        if self._identity is None:
            from d2animator.marks.keys import own_identity

            self._identity = own_identity()
        return self._identity

    def summary(self) -> dict[str, Any]:
        """What outputs are marked with, for summaries: what is left out is named too."""
        options = self.options
        return {
            "watermark": options.payload if options.watermark else None,
            "manifest": options.manifest,
            "label": options.label,
        }


def origin_of(inputs: Sequence[Path], marker: Marker, *, composite: bool) -> Origin | None:
    """Tell what a result is made from; None where nothing is signed.

    Args:
        inputs: Files, the source first.
        marker: Its options say whether the inputs' hashes are written down.
        composite: Whether parts of the source are still in the pictures.
    """
    if not marker.options.manifest:
        return None
    from d2animator.marks.manifest import Origin

    kind: Literal["composite", "generated"] = "composite" if composite else "generated"
    return Origin(kind, tuple(inputs), marker.options.record_inputs)


def _named_identity(options: MarkOptions) -> Identity | None:
    """Read the key that the user names, None where none is named.

    Raises:
        ConfigError: It is of no use, or only one of both files is named.
    """
    if options.signing_key is None and options.certificate is None:
        return None
    if options.signing_key is None or options.certificate is None:
        missing = "signing_key" if options.signing_key is None else "certificate"
        raise ConfigError(missing, "a key and its certificate go together, name both")
    from d2animator.marks.keys import identity_from
    from d2animator.marks.manifest import check_identity

    identity = identity_from(options.signing_key, options.certificate)
    check_identity(identity)
    return identity


def _check_authority(address: str, identity: Identity) -> None:
    """Ask an authority for a time, before the work rather than after it.

    Raises:
        ConfigError: It is asked in the open, or does not answer as it should.
    """
    parts = urlsplit(address)
    here = parts.hostname in _THIS_MACHINE
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and here)):
        reason = f"expected an address that begins with https://, got {address!r}"
        raise ConfigError("timestamp_authority", reason)
    from d2animator.marks.manifest import check_identity

    check_identity(identity, address)
