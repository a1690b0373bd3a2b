"""Cameras: a device of this machine, an address on the network, or a file that plays as one.

Pictures come at the camera's own pace, and whoever takes them too slowly misses some.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import cv2
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from d2animator.config import described
from d2animator.errors import MediaError, PictureError
from d2animator.media.audio import AudioSource
from d2animator.media.container import DECODER_ERRORS
from d2animator.media.limits import MAX_PIXELS
from d2animator.media.video import VideoReader

Picture = NDArray[np.uint8]

CameraSource = int | str | Path | Iterable[Picture]
"""A device's number, an address, a video file, or pictures (H, W, 3) as they come."""

# Of each scheme what libav may speak for it; a list that names other addresses is not read.
_PROTOCOLS = {
    "https": "https,tls,tcp",
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsps,rtsp,rtp,srtp,tls,udp,tcp",
}
_FORMATS = "rtsp,mpjpeg,mjpeg,mpegts,mov,matroska,flv,h264,hevc"
_MOST_DEVICES = 100
_OPENING_S, _READING_S = 10.0, 5.0


class Camera(Protocol):
    """Gives pictures at its own pace; to be gone through once."""

    @property
    def name(self) -> str:
        """What to call it in a message."""
        ...

    def __iter__(self) -> Iterator[Picture]:
        """Yield RGB pictures (H, W, 3), uint8, as they come.

        Raises:
            MediaError: It no longer gives any.
        """
        ...


class Device:
    """A camera of this machine.

    Attributes:
        name: What to call it.
    """

    def __init__(self, name: str, capture: cv2.VideoCapture) -> None:
        """Take an opened capture, which is closed when its pictures have been gone through."""
        self.name, self._capture = name, capture

    def __iter__(self) -> Iterator[Picture]:
        """Yield its pictures."""
        try:
            while True:
                read, picture = self._capture.read()
                if not read:
                    reason = "gives no more pictures; plug it in again, or name another one"
                    raise MediaError(self.name, reason)
                yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        finally:
            self._capture.release()


class Address:
    """A camera on the network.

    Attributes:
        name: Its address.
    """

    def __init__(self, name: str, container: InputContainer) -> None:
        """Take an opened address, which is closed when its pictures have been gone through."""
        self.name, self._container = name, container

    def __iter__(self) -> Iterator[Picture]:
        """Yield its pictures."""
        container = self._container
        try:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            for frame in container.decode(stream):
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
        except (*DECODER_ERRORS, IndexError) as error:
            reason = "gives no more pictures; see whether it is on, and within reach"
            raise MediaError(self.name, reason) from error
        finally:
            container.close()
        raise MediaError(self.name, "has ended; start it again, or name another one")


class Played:
    """A video file, played once at its own rate.

    Attributes:
        name: The file.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file.

        Raises:
            MediaError: It is no video.
        """
        self.name, self._reader = str(path), VideoReader(path)
        self._began: float | None = None

    def __iter__(self) -> Iterator[Picture]:
        """Yield its pictures, none before its time."""
        self._began = began = time.monotonic()
        for frame in self._reader:
            time.sleep(max(0.0, began + float(frame.time) - time.monotonic()))
            yield frame.image

    def sound_from(self, moment: float) -> AudioSource | None:
        """Give its sound from what plays at a moment of the monotonic clock; None for none."""
        sound = self._reader.audio
        if sound is None or self._began is None:
            return None
        played = max(Fraction(moment - self._began), Fraction(0)).limit_denominator(1_000_000)
        return replace(sound, video_start=sound.video_start + played, early=False)


class Given:
    """Pictures that somebody else takes.

    Attributes:
        name: What to call them.
    """

    def __init__(self, pictures: Iterable[Picture]) -> None:
        """Take them."""
        self.name, self._pictures = "<pictures>", pictures

    def __iter__(self) -> Iterator[Picture]:
        """Yield them."""
        yield from self._pictures


def open_camera(source: CameraSource = 0) -> Camera:
    """Open a camera.

    Args:
        source: A device's number, from 0; an address that begins with https://, rtsp:// or
            rtsps://; a video file; or pictures (H, W, 3), RGB, uint8, from anywhere.

    Raises:
        MediaError: There is no such camera, or it cannot be opened.
        PictureError: An object is none of these.
    """
    if isinstance(source, bool):
        raise _no_camera(source)
    if isinstance(source, int) or (isinstance(source, str) and source.isdecimal()):
        return _device(int(source[:9]) if isinstance(source, str) else source)
    if isinstance(source, str) and "://" in source:
        return _address(source)
    if isinstance(source, str | Path):
        return Played(source)
    given: object = source
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise _no_camera(given)
    return Given(source)


def _no_camera(source: object) -> PictureError:
    expected = "expected a device's number, an address, a video file, or pictures as they come"
    return PictureError("camera", f"{expected}; got {described(source)}")


def _device(number: int) -> Camera:
    # OpenCV takes larger numbers for its kinds of cameras, and ends the process at negative ones.
    if not 0 <= number < _MOST_DEVICES:
        raise MediaError("camera", f"expected a number from 0 to {_MOST_DEVICES - 1}")
    name = f"camera {number}"
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        capture = cv2.VideoCapture(number)
    except cv2.error as error:
        raise MediaError(name, "cannot be opened; name another one") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    if not capture.isOpened():
        reason = "is not there, or another program has it; close that, or name another camera, "
        raise MediaError(name, f"{reason}such as 1, an address or a video file")
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # what is older than the newest is of no use
    return Device(name, capture)


def _address(address: str) -> Camera:
    scheme = address.partition("://")[0].lower()
    if scheme not in _PROTOCOLS:
        expected = ", ".join(f"{name}://" for name in _PROTOCOLS)
        raise MediaError(address, f"expected an address that begins with {expected}")
    options = {
        "protocol_whitelist": _PROTOCOLS[scheme],
        "format_whitelist": _FORMATS,
        "fflags": "nobuffer",
        "flags": "low_delay",
    }
    if scheme == "https":
        options["tls_verify"] = "1"
    try:
        container = av.open(address, options=options, timeout=(_OPENING_S, _READING_S))
    except DECODER_ERRORS as error:
        reason = f"cannot be opened ({type(error).__name__}); see whether the camera is on"
        raise MediaError(address, reason) from error
    return Address(address, container)
