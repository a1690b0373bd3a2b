"""Checking files: signed metadata and watermark, of this program and of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.arguments import checked
from d2animator.errors import MediaError
from d2animator.marks.credentials import Credentials, read_credentials
from d2animator.marks.watch import WatermarkFinding, watch
from d2animator.media.clip import Clip, open_clip
from d2animator.media.files import check_readable

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Verification:
    """What a file says of itself.

    Attributes:
        path: The file.
        credentials: Its signed metadata (C2PA), None for none.
        watermark: What was found of the watermark, None where the file shows no picture.
        unreadable: Why it shows none, empty if it does.
    """

    path: Path
    credentials: Credentials | None
    watermark: WatermarkFinding | None
    unreadable: str = ""

    @property
    def synthetic(self) -> bool:
        """Whether anything says that the file is synthetic: its watermark, or an intact manifest.

        False does not mean that a file is real: marks can be removed, and most programs make none.
        """
        said = self.credentials is not None and self.credentials.intact
        return self.watermarked or (
            said and self.credentials is not None and self.credentials.says_synthetic
        )

    @property
    def watermarked(self) -> bool:
        """Whether the watermark was found."""
        return self.watermark is not None and self.watermark.found

    @property
    def broken(self) -> bool:
        """Whether there is signed metadata that does not fit the file."""
        return self.credentials is not None and not self.credentials.intact


@checked
def verify(
    path: str | Path, *, trust: str | Path | None = None, progress: Progress | None = None
) -> Verification:
    """Check a picture or a video for marks that say it is synthetic.

    It reads C2PA manifests of any program, in the file or beside it, and this program's watermark
    in every frame. Nobody is asked over the network.

    Args:
        path: A picture or a video.
        trust: Certificates (PEM) of signers that are trusted; without them a valid signature
            counts as intact, by somebody unknown.
        progress: Called with (frames looked at, total or None); of a marked clip twice over.

    Returns:
        What was found.

    Raises:
        MediaError: No such file, a folder, empty, or one that holds neither pictures nor a
            manifest.
        ConfigError: The certificates cannot be read.
    """
    path = check_readable(path)
    credentials = read_credentials(path, None if trust is None else Path(trust))
    try:
        watermark = watch(_Pictures(open_clip(path), progress))
    except MediaError as error:
        if credentials is None:
            raise
        return Verification(path, credentials, None, error.reason)
    return Verification(path, credentials, watermark)


class _Pictures:
    """The pictures of a clip, as often as they are asked for."""

    def __init__(self, clip: Clip, progress: Progress | None) -> None:
        self._clip, self._progress = clip, progress

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for frame in self._clip.frames:
            if self._progress is not None:
                self._progress(frame.index + 1, self._clip.count)
            yield frame.image


def plain(verification: Verification) -> dict[str, Any]:
    """Give a verification as what JSON can hold.

    Args:
        verification: See `verify`.
    """
    credentials, watermark = verification.credentials, verification.watermark
    told = None if credentials is None else {**vars(credentials)}
    if told is not None and credentials is not None:
        sidecar = credentials.sidecar
        told |= {"sidecar": None if sidecar is None else str(sidecar)}
        told |= {"says_synthetic": credentials.says_synthetic}
    return {
        "file": str(verification.path),
        "synthetic": verification.synthetic,
        "broken": verification.broken,
        "credentials": told,
        "watermark": None if watermark is None else {**vars(watermark)},
        "unreadable": verification.unreadable,
    }
