from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from d2animator.media.tonemap import HLG, PQ, to_sdr
from d2animator.media.video import VideoReader


def pq_code(nits: float) -> float:
    """The inverse of PQ's formula, by the standard's own numbers."""
    y = (nits / 10000) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375)


def grey(code: float) -> NDArray[np.uint16]:
    return np.full((1, 1, 3), round(65535 * code), np.uint16)


def srgb(light: float) -> float:
    return 255 * (1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_what_is_darker_than_the_knee_stays(share: float) -> None:
    drawn = to_sdr(grey(pq_code(203 * share)), PQ)
    assert drawn == pytest.approx(np.full((1, 1, 3), srgb(share)), abs=2)


def test_white_has_room_above_it() -> None:
    white = to_sdr(grey(pq_code(203)), PQ)[0, 0, 0]
    assert white == pytest.approx(srgb(0.8 + 0.2 * (1 - np.exp(-1))), abs=2)
    brighter = [int(to_sdr(grey(pq_code(nits)), PQ)[0, 0, 0]) for nits in (100, 203, 300, 600)]
    assert brighter == sorted(set(brighter))
    assert to_sdr(grey(1.0), PQ).min() >= 254
    assert (to_sdr(grey(0.0), PQ) == 0).all()


def test_reference_white_of_hlg_is_that_of_pq() -> None:
    # BT.2408: 203 cd/m² is 75 % of HLG's signal on a display of 1000 cd/m²
    one, other = to_sdr(grey(0.75), HLG), to_sdr(grey(pq_code(203)), PQ)
    assert np.abs(one.astype(int) - other).max() <= 2


def test_hues_stay() -> None:
    red = np.array([[[pq_code(900), pq_code(300), pq_code(300)]]])
    drawn = to_sdr(np.round(65535 * red).astype(np.uint16), PQ)[0, 0]
    assert drawn[0] > drawn[1] + 40
    assert abs(int(drawn[1]) - int(drawn[2])) < 60


@pytest.mark.parametrize("transfer", [1, PQ, HLG])
def test_ten_bits_are_read(tmp_path: Path, transfer: int) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        context = stream.codec_context
        context.color_range, context.color_trc = 1, transfer
        context.colorspace = context.color_primaries = 1 if transfer == 1 else 9
        context.options = {"crf": "1", "preset": "ultrafast"}
        frame = av.VideoFrame(64, 48, "yuv420p10le")
        for plane, value in zip(frame.planes, (64 + 876 * 0.5, 512, 512), strict=True):
            size = plane.height * plane.line_size // 2
            plane.update(np.full(size, round(value), np.uint16).tobytes())
        for index in range(3):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    image = next(iter(VideoReader(tmp_path / "a.mp4"))).image
    assert image.dtype == np.uint8
    wanted = 127.5 if transfer == 1 else float(to_sdr(grey(0.5), transfer)[0, 0, 0])
    assert np.abs(image.astype(float) - wanted).max() <= 2
