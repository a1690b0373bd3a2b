from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from d2animator.errors import MediaError, PictureError
from d2animator.media.camera import Address, Device, open_camera
from d2animator.media.video import VideoReader
from tests.seeing import film


def test_a_file_plays_at_its_own_rate(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")
    began = time.monotonic()
    frames = list(open_camera(path))
    assert time.monotonic() - began >= 6 / 30
    wanted = [frame.image for frame in VideoReader(path)]
    assert all(np.array_equal(one, other) for one, other in zip(frames, wanted, strict=True))


def test_a_device_gives_rgb_until_it_vanishes(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")
    camera = iter(Device("camera 0", cv2.VideoCapture(str(path))))
    first = next(camera)
    wanted = next(iter(VideoReader(path))).image
    assert np.abs(first.astype(int) - wanted).mean() < 4
    with pytest.raises(MediaError, match="camera 0: gives no more pictures; plug it in"):
        list(camera)


def test_an_address_that_ends_says_so(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")
    camera = Address("rtsp://camera", av.open(str(path)))
    seen: list[object] = []
    with pytest.raises(MediaError, match="rtsp://camera: has ended"):
        seen.extend(camera)
    assert len(seen) == 7
    with pytest.raises(MediaError, match="gives no more"):
        list(camera)


def test_pictures_may_come_from_anywhere() -> None:
    frame = np.zeros((4, 6, 3), np.uint8)
    camera = open_camera(iter([frame, frame]))
    assert [picture.shape for picture in camera] == [(4, 6, 3)] * 2
    assert camera.name == "<pictures>"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (99, "camera 99: is not there, or another program has it"),
        ("99", "camera 99: is not there"),
        ("http://127.0.0.1/video", "expected an address that begins with https://, rtsp://"),
        ("file:///etc/hostname", "expected an address"),
        ("concat://a|b", "expected an address"),
        ("rtsp://127.0.0.1:9/live", "cannot be opened"),
        ("https://127.0.0.1:9/live", "cannot be opened"),
        ("nowhere.mp4", "nowhere.mp4"),
        (-1, "camera: expected a number from 0 to 99"),
        (200, "camera: expected a number from 0 to 99"),
        ("9" * 5000, "camera: expected a number from 0 to 99"),
        ("https://[bad", "cannot be opened"),
    ],
)
def test_what_is_no_camera_is_said(source: int | str, said: str) -> None:
    with pytest.raises(MediaError) as raised:
        open_camera(source)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "source", [None, True, 1.5, b"abc", object()], ids=lambda one: type(one).__name__
)
def test_objects_that_are_no_camera(source: Any) -> None:
    with pytest.raises(PictureError, match=r"camera: expected a device's number.* got"):
        open_camera(source)
