"""What outputs are marked with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from d2animator.arguments import check_fields

DEFAULT_LABEL = "AI-generated"


@dataclass(frozen=True)
class MarkOptions:
    """How every output says that it is synthetic."""

    # Whether every frame carries the invisible watermark.
    watermark: bool = True
    # The user's 16 bits in it, 0 to 65535.
    payload: int = 0
    # Whether files carry a signed C2PA manifest.
    manifest: bool = True
    # Words of a small visible label burnt into a corner, None for no label.
    label: str | None = None
    # The user's private key (PEM) and certificate chain (PEM), both or neither; None for a
    # self-signed pair that is made once and kept.
    signing_key: Path | None = None
    certificate: Path | None = None
    # Address (https) of a time-stamping authority (RFC 3161), which is asked once before the work
    # and once a file; None asks nobody.
    timestamp_authority: str | None = None
    # Whether the manifest names the hashes of the source and the driver.
    record_inputs: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


UNMARKED = MarkOptions(watermark=False, manifest=False)
"""No mark at all: for measuring what is drawn, not for what is handed on."""
