"""How video can be encoded, by names that people use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from d2animator.errors import ConfigError, OutputError

CODECS = ("h264", "hevc", "vp9")
AUTO = "auto"
"""The codec that every player of a container knows: H.264, in WebM VP9."""

# What a container may hold, the usual one first.
_HELD = {
    ".mp4": CODECS,
    ".m4v": CODECS,
    ".mov": ("h264", "hevc"),
    ".mkv": CODECS,
    ".webm": ("vp9",),
}
VIDEO_SUFFIXES = tuple(_HELD)
PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)
_ENCODERS = {"h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9"}


@dataclass(frozen=True)
class Encoder:
    """An encoder of this build of libav.

    Attributes:
        name: libav's name for it.
        options: What it is to be told.
        tag: Four letters by which players of MP4 know the stream, None for libav's choice.
    """

    name: str
    options: dict[str, str]
    tag: str | None = None


def fitting_codec(path: str | Path, codec: str = AUTO) -> str:
    """Choose what encodes a file.

    Args:
        path: The file; its extension counts.
        codec: One of `CODECS`, or `AUTO`.

    Returns:
        One of `CODECS`.

    Raises:
        ConfigError: No such codec.
        OutputError: The extension is no video's, or its container does not hold the codec.
    """
    path = Path(path)
    held = _HELD.get(path.suffix.lower(), ())
    if codec not in (AUTO, *CODECS):
        raise ConfigError("codec", f"expected one of {', '.join(CODECS)}, got {codec!r}")
    if not held:
        raise OutputError(path, f"expected a video's extension, one of {', '.join(_HELD)}")
    if codec == AUTO:
        return held[0]
    if codec not in held:
        names = [suffix for suffix, codecs in _HELD.items() if codec in codecs]
        reason = f"{path.suffix} holds {' or '.join(held)}, not {codec}; for that name a file"
        raise OutputError(path, f"{reason} {', '.join(names)}, or leave the codec out")
    return codec


def find_encoder(codec: str, crf: int, preset: str) -> Encoder:
    """Find what encodes, and how to say what is wanted.

    Args:
        codec: One of `CODECS`, or `AUTO` for the first of them.
        crf: Quality, 0 (best) to 51.
        preset: One of `PRESETS`, faster or smaller.

    Raises:
        ConfigError: An unknown name, or this build has no such encoder.
    """
    codec = CODECS[0] if codec == AUTO else codec
    if codec not in CODECS:
        raise ConfigError("codec", f"expected one of {', '.join(CODECS)}, got {codec!r}")
    if preset not in PRESETS:
        raise ConfigError("preset", f"expected one of {', '.join(PRESETS)}, got {preset!r}")
    name = _ENCODERS[codec]
    try:
        av.codec.Codec(name, "w")
    except (av.error.FFmpegError, ValueError) as error:
        reason = f"the installed PyAV was built without {name}; use {CODECS[0]}"
        raise ConfigError("codec", reason) from error
    if codec == "vp9":
        # Zero bit rate makes crf the one that counts; nine speeds stand for the nine presets.
        speed = str(max(0, 5 - PRESETS.index(preset) * 5 // 8))
        return Encoder(name, {"crf": str(crf), "b": "0", "cpu-used": speed, "row-mt": "1"})
    options = {"crf": str(crf), "preset": preset}
    if codec == "hevc":
        # x265 has a log of its own, on standard error.
        return Encoder(name, options | {"x265-params": "log-level=none"}, "hvc1")
    return Encoder(name, options)
