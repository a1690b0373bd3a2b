from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from d2animator.media.clip import Coding, open_clip, open_sink
from d2animator.media.part import Part, part_of
from tests.seeing import film


def lengths(path: Path) -> dict[str, float]:
    """Seconds of a file's pictures and of its sound; both begin at once."""
    with av.open(str(path)) as container:
        starts = [float((one.start_time or 0) * (one.time_base or 0)) for one in container.streams]
        assert starts == pytest.approx([0, 0], abs=0.05)
        return {
            one.type: float((one.duration or 0) * (one.time_base or 0)) for one in container.streams
        }


@pytest.mark.parametrize(
    ("part", "seconds"),
    [
        (Part(end=Fraction(1, 5)), 0.2),
        (Part(frames=6), 0.2),
        (Part(start=Fraction(1, 10), end=Fraction(3, 10)), 0.2),
        (Part(end=Fraction(1, 5), frames=3), 0.1),
    ],
)
def test_the_sound_ends_with_the_part(tmp_path, part, seconds):
    clip = part_of(open_clip(film(tmp_path / "clip.mp4", "f" * 15, sound=True)), part)
    with open_sink(tmp_path / "out.mp4", clip, (64, 64), Coding(23, "medium", True)) as sink:
        for frame in clip.frames:
            sink.write(frame.image, frame.time)
    found = lengths(tmp_path / "out.mp4")
    assert found["video"] == pytest.approx(seconds, abs=0.01)
    # Sound comes in packets of some hundredths of a second.
    assert found["audio"] == pytest.approx(seconds, abs=0.05)
