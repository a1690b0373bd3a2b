"""Clips with damaged places, odd pixels and sizes that change."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from d2animator.errors import MediaError
from d2animator.media.damage import Slots, frame_ranges
from d2animator.media.video import VideoReader, fitted
from tests.media.clips import add_frames, damage, make_clip, picture

RATE = Fraction(25)
FRAMES = 30


def coded(path: Path, codec: str = "libx264", size: tuple[int, int] = (64, 48)) -> list[bytes]:
    """Packets of a clip without B-frames, so that they come as they are shown."""
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=RATE))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.max_b_frames, stream.codec_context.gop_size = 0, 10
        stream.codec_context.options = {"crf": "12", "bf": "0"} if codec == "libx264" else {}
        add_frames(container, stream, range(FRAMES), 1 / RATE)
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("which", [(12,), (0,), (3, 4, 17), (29,), (28, 29)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi", ".flv"])
def test_a_damaged_frame_holds_the_one_before_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str, which: tuple[int, ...]
) -> None:
    path = tmp_path / f"a{suffix}"
    packets = coded(path, "libx264")
    whole = [frame.image for frame in VideoReader(path)]
    damage(path, packets, which)
    with caplog.at_level(logging.WARNING):
        reader = VideoReader(path)
        frames = list(reader)
    assert [frame.time for frame in frames] == [k / RATE for k in range(FRAMES)]
    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert set(which) <= set(reader.damaged)
    assert reader.damaged == tuple(frame.index for frame in frames if frame.damaged)
    assert f"a{suffix}: frames that are damaged" in caplog.text
    for index in range(1, FRAMES):
        if frames[index].damaged:
            assert frames[index].image is frames[index - 1].image
    before = range(min(which))
    assert all(np.array_equal(frames[k].image, whole[k]) for k in before)
    # the next key frame sets all right
    after = range(-(-(max(which) + 1) // 10) * 10, FRAMES)
    assert all(np.array_equal(frames[k].image, whole[k]) for k in after)


def test_what_is_lost_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    damage(path, coded(path), (5, 6, 21))
    reader = VideoReader(path)
    first = [(frame.time, frame.damaged, frame.image.tobytes()) for frame in reader]
    again = [(frame.time, frame.damaged, frame.image.tobytes()) for frame in reader]
    assert first == again


def test_a_clip_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    damage(path, coded(path), tuple(range(FRAMES)))
    with pytest.raises(MediaError, match="no frames that can be decoded"):
        VideoReader(path)


def test_a_missing_tail_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for suffix in (".avi", ".flv"):
        path = make_clip(tmp_path / f"a{suffix}", frames=100)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            reader = VideoReader(path)
            frames = list(reader)
        assert 20 < len(frames) < 90
        assert abs(reader.missing + len(frames) / RATE - 4) < Fraction(1, 5)
        assert f"a{suffix}: its end is missing: it breaks off at frame" in caplog.text
    path = make_clip(tmp_path / "a.mkv", frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(MediaError, match=r"breaks off at frame \d+; the last \d\.\d s are missing"):
        VideoReader(path)
    path = make_clip(tmp_path / "a.mp4", frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(MediaError, match="truncated: the index of an MP4 file"):
        VideoReader(path)


def changing(path: Path, sizes: list[tuple[int, int]], each: int = 6) -> Path:
    """A stream of which the size changes on the way."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuv420p"
        stream.codec_context.max_b_frames = 0
        count = 0
        for size in sizes:
            context = av.CodecContext.create("mpeg2video", "w")
            context.width, context.height, context.pix_fmt = *size, "yuv420p"
            context.time_base = context.framerate = Fraction(1, 25)
            context.framerate = Fraction(25)
            packets = []
            for _ in range(each):
                image = picture(0, size[1], size[0])
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                packets += context.encode(frame.reformat(format="yuv420p"))
            packets += context.encode(None)
            for packet in packets:
                packet.stream, packet.time_base = stream, Fraction(1, 25)
                packet.pts = packet.dts = count
                count += 1
                container.mux(packet)
    return path


def test_all_frames_have_the_size_of_the_first(tmp_path: Path) -> None:
    reader = VideoReader(changing(tmp_path / "a.mkv", [(128, 96), (64, 48), (64, 96), (128, 96)]))
    frames = list(reader)
    assert len(frames) == 24
    assert {frame.image.shape for frame in frames} == {(96, 128, 3)}
    # a smaller one of the same shape fills the frame, a narrow one stands between black bars
    assert frames[9].image.min(2).mean() > 40
    assert frames[15].image[:, :30].max() < 20
    assert frames[15].image[:, 98:].max() < 20
    assert frames[15].image[48, 64].max() > 60


def test_fitting_keeps_the_shape() -> None:
    square = np.full((50, 50, 3), 200, np.uint8)
    wide = fitted(square, (80, 40))
    assert wide.shape == (40, 80, 3)
    assert (wide[:, 20:60] == 200).all()
    assert (wide[:, :20] == 0).all()
    assert (wide[:, 60:] == 0).all()


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        (Fraction(4, 3), (85, 48)),
        (Fraction(3, 4), (64, 64)),
        (Fraction(1), (64, 48)),
        (Fraction(500), (64, 48)),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_pixels_become_square(
    tmp_path: Path, suffix: str, shape: Fraction, size: tuple[int, int]
) -> None:
    with av.open(str(tmp_path / f"a{suffix}"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = shape
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    reader = VideoReader(tmp_path / f"a{suffix}")
    assert reader.size == size
    image = next(iter(reader)).image
    # the bright corner is a quarter of either side, as it was
    assert image[size[1] // 8, size[0] // 8].min() > 200
    assert image[size[1] // 2, size[0] // 2].min() < 120


def test_slots_are_filled_only_where_something_was_lost() -> None:
    slots = Slots([0, 10, 20, 30, 40])
    assert list(slots.before(0)) == []
    assert list(slots.before(20)) == []  # a packet that is not to be shown
    slots.lose()
    assert list(slots.before(40)) == [30]
    assert list(slots.rest()) == []
    slots = Slots([])
    slots.lose()
    assert list(slots.before(None)) == [None]
    slots = Slots([0, 10, 20])
    slots.lose()
    slots.lose()
    assert list(slots.before(10)) == [0]
    assert list(slots.rest()) == [20]


def test_frames_are_named_in_ranges() -> None:
    assert frame_ranges([3, 4, 5, 9, 11, 12]) == "3-5, 9, 11-12"
    assert frame_ranges([]) == ""
