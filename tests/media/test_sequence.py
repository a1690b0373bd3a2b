from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from d2animator.errors import OutputError
from d2animator.media.clip import Clip, Coding, check_target, open_sink
from d2animator.media.images import read_image
from d2animator.media.sequence import SequenceWriter, check_sequence
from tests.media.clips import picture


def test_pictures_are_numbered_from_zero(tmp_path: Path) -> None:
    clip = Clip("<test>", (), Fraction(25))
    target = check_target(tmp_path / "frames" / "a%03d.png", clip)
    assert not (tmp_path / "frames").exists()
    with open_sink(target, clip, (64, 48), Coding(18, "medium", True)) as sink:
        for index in range(3):
            sink.write(picture(index), index / Fraction(25))
    names = sorted(one.name for one in (tmp_path / "frames").iterdir())
    assert names == ["a000.png", "a001.png", "a002.png"]
    assert np.array_equal(read_image(tmp_path / "frames" / "a002.png"), picture(2))


def test_transparency_is_kept(tmp_path: Path) -> None:
    layered = np.dstack([picture(), np.full((48, 64), 77, np.uint8)])
    with SequenceWriter(tmp_path / "%d.png") as writer:
        writer.write(layered)
    with Image.open(tmp_path / "0.png") as written:
        assert np.array_equal(np.asarray(written), layered)


def test_an_abort_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> None:
        with SequenceWriter(tmp_path / "new" / "%d.png") as writer:
            writer.write(picture())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a%d-%d.png", "a%s.png", "a%.png", "%d%%.png"])
def test_a_pattern_needs_one_number(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"such as frames/%05d\.png"):
        check_sequence(tmp_path / name)


def test_pictures_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "00012.png").write_text("old")
    (tmp_path / "notes.png").write_text("other")
    with pytest.raises(OutputError, match=r"there already \(00012\.png\)"):
        check_sequence(tmp_path / "%05d.png")
    assert check_sequence(tmp_path / "b%05d.png").name == "b%05d.png"
    with pytest.raises(OutputError, match="unknown extension"):
        check_sequence(tmp_path / "%05d.mp4")
    assert check_sequence(tmp_path / "no" / "frames" / "%05d.png").name == "%05d.png"
