from __future__ import annotations

import time

import pytest

from d2animator import verify
from d2animator.errors import OutputError
from d2animator.live.recording import Recording
from d2animator.marks.marker import Marker
from d2animator.media.camera import Played
from d2animator.media.video import VideoReader
from tests.live.conftest import EXAMPLES
from tests.media.clips import make_clip, packets_of, stamps_of
from tests.seeing import picture


def test_what_is_shown_is_kept_with_its_times_and_signed(tmp_path):
    marker = Marker()
    kept = Recording(tmp_path / "out.mp4", (64, 64), marker, (EXAMPLES / "astronaut.jpg",))
    for index in range(3):
        kept.show(marker.mark(picture(index, 64 if index < 2 else 48)), "")
        time.sleep(0.05)
    kept.close()
    frames = list(VideoReader(tmp_path / "out.mp4"))
    assert [frame.image.shape for frame in frames] == [(64, 64, 3)] * 3
    assert frames[1].time >= 0.04
    told = verify(tmp_path / "out.mp4")
    assert told.synthetic
    assert told.credentials is not None
    assert told.credentials.intact


def test_the_sound_of_a_file_begins_and_ends_with_the_pictures(tmp_path):
    """Frames are shown late, and their sound is still theirs."""
    path = make_clip(tmp_path / "in.mp4", frames=50, sound="aac", seconds=2)
    camera = Played(path)
    next(iter(camera))
    taken = time.monotonic() + 0.5
    kept = Recording(
        *(tmp_path / "out.mp4", (64, 64), Marker(), ()),
        clock=lambda: taken,
        sound_from=camera.sound_from,
    )
    for index in range(4):
        kept.show(picture(index), "")
        taken += 0.1
    kept.close()
    there, here = (packets_of(one, "audio") for one in (path, tmp_path / "out.mp4"))
    first = there.index(here[0])
    assert there[first : first + len(here)] == here
    times = stamps_of(path, "audio")
    assert times[first] == pytest.approx(0.5, abs=0.05)
    assert times[first + len(here) - 1] == pytest.approx(0.8, abs=0.05)
    assert stamps_of(tmp_path / "out.mp4", "audio")[0] == pytest.approx(0, abs=0.03)


def test_where_nothing_was_shown_there_is_no_file(tmp_path):
    Recording(tmp_path / "out.mp4", (64, 64), Marker(), ()).close()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"\.png"):
        Recording(tmp_path / "out.png", (64, 64), Marker(), ())
    source = tmp_path / "in.mp4"
    source.write_bytes(b"x")
    with pytest.raises(OutputError, match="input"):
        Recording(source, (64, 64), Marker(), (source,))
