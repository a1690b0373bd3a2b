"""How video can be encoded, by names that people use."""

from __future__ import annotations

from dataclasses import dataclass

import av

from d2animator.errors import ConfigError

CODECS = ("h264", "hevc", "vp9")
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


def find_encoder(codec: str, crf: int, preset: str) -> Encoder:
    """Find what encodes, and how to say what is wanted.

    Args:
        codec: One of `CODECS`.
        crf: Quality, 0 (best) to 51.
        preset: One of `PRESETS`, faster or smaller.

    Raises:
        ConfigError: An unknown name, or this build has no such encoder.
    """
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
