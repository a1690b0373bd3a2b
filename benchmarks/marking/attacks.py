"""What happens to pictures and clips on their way."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Clip = list[Picture]


def encoded(clip: Clip, crf: int, codec: str = "libx264", rate: int = 25) -> Clip:
    """Encode to a file in memory and decode."""
    height, width = (side - side % 2 for side in clip[0].shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream: Any = output.add_stream(codec, rate=Fraction(rate), options={"crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx265":
            stream.codec_context.options |= {"x265-params": "log-level=none"}
        for picture in clip:
            even = np.ascontiguousarray(picture[:height, :width])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as source:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in source.decode(video=0)
        ]


def resized(picture: Picture, scale: float) -> Picture:
    """Resize both sides."""
    height, width = picture.shape[:2]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def jpeg(picture: Picture, quality: int) -> Picture:
    """Write and read as JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def cropped(picture: Picture, share: float) -> Picture:
    """Keep a share of both sides, from no round place."""
    height, width = picture.shape[:2]
    top, left = round(0.13 * height), round(0.19 * width)
    return np.ascontiguousarray(
        picture[top : top + round(share * height), left : left + round(share * width)]
    )


def screenshot(picture: Picture) -> Picture:
    """Show at 83 % in a window on a larger desktop, save as JPEG."""
    small = resized(picture, 0.83)
    height, width = small.shape[:2]
    desktop = np.full((round(1.25 * height), round(1.4 * width), 3), 236, np.uint8)
    desktop[31 : 31 + height, 57 : 57 + width] = small
    return jpeg(desktop, 80)


def palette(picture: Picture) -> Picture:
    """Reduce to 256 colours, as a GIF does."""
    reduced = Image.fromarray(picture).quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
    return np.array(reduced.convert("RGB"))


def turned(picture: Picture, degrees: float) -> Picture:
    """Turn about the middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height)), np.uint8)


def each(change: Callable[[Picture], Picture]) -> Callable[[Clip], Clip]:
    """Do the same to every frame."""
    return lambda clip: [change(picture) for picture in clip]


USUAL: dict[str, Callable[[Clip], Clip]] = {
    "none (H.264 at crf 18, as written)": lambda clip: clip,
    "H.264 at crf 28": lambda clip: encoded(clip, 28),
    "half the size": each(lambda picture: resized(picture, 0.5)),
    "JPEG at 70": each(lambda picture: jpeg(picture, 70)),
    "screenshot (83 %, offset, JPEG at 80)": each(screenshot),
    "crop to 70 %": each(lambda picture: cropped(picture, 0.7)),
    "30 to 25 frames a second, H.264 at crf 23": lambda clip: encoded(
        [picture for index, picture in enumerate(clip) if index % 6 != 5], 23
    ),
}
"""What every clip goes through."""

HARDER: dict[str, Callable[[Clip], Clip]] = {
    "H.265 at crf 28": lambda clip: encoded(clip, 28, "libx265"),
    "half the size, then H.264 at crf 23": lambda clip: encoded(
        each(lambda picture: resized(picture, 0.5))(clip), 23
    ),
    "crop to 70 %, enlarged again, H.264 at crf 23": lambda clip: encoded(
        each(lambda picture: resized(cropped(picture, 0.7), 1 / 0.7))(clip), 23
    ),
    "mirrored": each(lambda picture: np.ascontiguousarray(picture[:, ::-1])),
    "without colour": each(
        lambda picture: np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    ),
    "256 colours (GIF)": each(palette),
    "turned by 2 degrees": each(lambda picture: turned(picture, 2.0)),
}
"""What some of them go through as well."""
