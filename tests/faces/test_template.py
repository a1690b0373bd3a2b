from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from d2animator.errors import ConfigError, MediaError, ShapeError
from d2animator.faces.records import LandmarkRecord
from d2animator.faces.template import MotionTemplate, join_templates, read_template
from tests.faces.shapes import frontal_face
from tests.mutations import Tally, check_all

NTSC = Fraction(30000, 1001)
FIELDS = ("landmarks", "found", "times", "people", "cuts")


def template(
    frames: int = 6, seed: int = 0, rate: Fraction | None = NTSC, missing: tuple[int, ...] = (2,)
) -> MotionTemplate:
    rng = np.random.default_rng(seed)
    records = []
    for k in range(frames):
        points = (frontal_face() * 100 + rng.normal(0, 1, (98, 2)) + 20).astype(np.float32)
        found = k not in missing
        time = Fraction(0) if rate is None else k / rate
        box = (0.0, 0.0, 9.0, 9.0) if found else None
        records.append(LandmarkRecord(k, time, found, box, points if found else None, 0, k == 4))
    base = None if rate is None else 1 / rate
    return MotionTemplate.of_records(records, "folder/drive.mp4", rate, base)


def same(one: MotionTemplate, other: MotionTemplate) -> bool:
    arrays = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in FIELDS)
    times = [int(t) * one.tick for t in one.times] == [int(t) * other.tick for t in other.times]
    about = ("frame_rate", "time_base", "source", "face", "layout")
    return arrays and times and all(getattr(one, n) == getattr(other, n) for n in about)


def test_a_file_gives_the_same_again(tmp_path: Path) -> None:
    made = template()
    (tmp_path / "a.safetensors").write_bytes(made.to_bytes("test 1"))
    assert same(read_template(tmp_path / "a.safetensors"), made)
    # equal files for equal motions
    assert made.to_bytes("test 1") == template().to_bytes("test 1")
    assert b"folder" not in made.to_bytes("test 1")


def test_observations_are_those_of_the_clip() -> None:
    made = template()
    seen = list(made.observations())
    assert [one.time for one in seen] == [k / NTSC for k in range(6)]
    assert [one.found for one in seen] == [True, True, False, True, True, True]
    assert [one.cut for one in seen] == [False] * 4 + [True, False]
    assert seen[2].landmarks is None
    assert made.frames_without_face == (2,)
    assert made.end == 6 / NTSC


def test_a_part_begins_at_zero() -> None:
    part = template().trimmed(2 / NTSC, 5 / NTSC)
    assert [one.time for one in part.observations()] == [k / NTSC for k in range(3)]
    assert list(part.found) == [False, True, True]
    assert np.array_equal(part.landmarks, template().landmarks[2:5])


@given(at=st.integers(1, 5))
def test_cut_and_joined_it_is_the_same(at: int) -> None:
    whole = template()
    joined = join_templates([whole.trimmed(None, at / NTSC), whole.trimmed(at / NTSC)])
    assert np.array_equal(joined.landmarks, whole.landmarks)
    assert np.array_equal(joined.found, whole.found)
    assert [o.time for o in joined.observations()] == [o.time for o in whole.observations()]
    assert joined.cuts[at]
    assert joined.source == whole.source
    assert (joined.frame_rate, joined.face) == (whole.frame_rate, whole.face)


def test_another_face_gets_the_proportions_of_the_first() -> None:
    one, other = template(missing=()), template(seed=1, missing=(3,))
    wide = other.landmarks * (1.3, 1.0)
    wide = np.where(other.found[:, None, None], wide, 0).astype(np.float32)
    other = dataclasses.replace(other, landmarks=wide, source="wide.mp4", face="another")
    joined = join_templates([one, other])
    second = joined.landmarks[6:][other.found]
    median = np.median(one.landmarks, 0)
    assert np.allclose(np.median(second, 0), median, atol=1e-6)
    # what it does is kept
    assert np.allclose(np.diff(second[:3], axis=0), np.diff(wide[:3], axis=0), atol=1e-6)
    assert not joined.landmarks[9].any()
    assert joined.source == "drive.mp4 + wide.mp4"
    assert joined.face == one.face


def test_other_rates_keep_their_times() -> None:
    joined = join_templates([template(3), template(2, rate=Fraction(10))])
    assert [one.time for one in joined.observations()] == [
        *(k / NTSC for k in range(3)),
        3 / NTSC,
        3 / NTSC + Fraction(1, 10),
    ]
    assert joined.end == pytest.approx(3 / NTSC + Fraction(2, 10), abs=0.05)


def test_what_cannot_be_cut_or_joined() -> None:
    with pytest.raises(ConfigError, match="no frame lies between them"):
        template().trimmed(Fraction(3))
    with pytest.raises(ConfigError, match="at least one"):
        join_templates([])
    with pytest.raises(ConfigError, match="single picture"):
        join_templates([template(), template(1, rate=None)])
    with pytest.raises(ConfigError, match="at least one frame"):
        template(0)
    one = template()
    with pytest.raises(ShapeError, match="found"):
        dataclasses.replace(one, found=one.found[:2])


HEAD = {
    "format": 1, "layout": "wflw98", "tick": "1/25", "frame_rate": "25/1", "time_base": None,
    "source": "a.mp4", "face": "0", "made_with": "x",
}  # fmt: skip
GOOD: dict[str, Any] = {
    "landmarks": np.zeros((2, 98, 2), np.float32),
    "found": np.ones(2, np.uint8),
    "times": np.arange(2, dtype=np.int64),
    "people": np.zeros(2, np.int32),
    "cuts": np.zeros(2, np.uint8),
}


@pytest.mark.parametrize(
    ("tensors", "head", "reason"),
    [
        (GOOD, None, "no motion template"),
        (GOOD, HEAD | {"format": 2}, "format 2, this version reads format 1"),
        (GOOD, HEAD | {"tick": "0/1"}, "damaged motion template"),
        (GOOD, HEAD | {"tick": "1/0"}, "damaged motion template"),
        (GOOD, HEAD | {"tick": "x"}, "damaged motion template"),
        (GOOD, {k: v for k, v in HEAD.items() if k != "face"}, "damaged motion template"),
        (GOOD | {"times": np.zeros(2, np.int64)}, HEAD, "grow from frame to frame"),
        (GOOD | {"found": np.ones(3, np.uint8)}, HEAD, "damaged motion template"),
        (GOOD | {"cuts": np.ones(2, np.float32)}, HEAD, "expected uint8"),
        (GOOD | {"more": np.ones(2, np.float32)}, HEAD, "expected the tensors"),
        (GOOD | {"landmarks": np.full((2, 98, 2), np.nan, np.float32)}, HEAD, "finite"),
    ],
)
def test_a_file_that_is_none_is_said(
    tmp_path: Path, tensors: dict[str, np.ndarray], head: dict[str, object] | None, reason: str
) -> None:
    path = tmp_path / "a.safetensors"
    save_file(tensors, path, None if head is None else {"motion": json.dumps(head)})
    with pytest.raises(MediaError, match=reason):
        read_template(path)


def test_a_file_that_is_cut_off_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(template().to_bytes("x")[:-100])
    with pytest.raises(MediaError, match="damaged"):
        read_template(path)
    path.write_text("text")
    with pytest.raises(MediaError, match="damaged"):
        read_template(path)


@pytest.mark.parametrize(
    ("tensors", "head", "reason"),
    [
        (GOOD, HEAD | {"tick": "1e999999999"}, "expected a fraction above 0"),
        (GOOD, HEAD | {"tick": "1/" + "9" * 5000}, "expected a fraction above 0"),
        (GOOD, HEAD | {"tick": "9999999999999/1"}, "tick: expected above 0 and up to 3600 s"),
        (GOOD, HEAD | {"tick": 0.04}, "expected a fraction above 0"),
        (GOOD, HEAD | {"frame_rate": "1000000/1"}, "0.000277778 to 10000 frames a second"),
        (GOOD, HEAD | {"frame_rate": "1/99999999"}, "frames a second"),
        (GOOD, HEAD | {"layout": "mesh478"}, "layout"),
        (GOOD | {"landmarks": np.zeros((2, 97, 2), np.float32)}, HEAD, "expected 98 points"),
        (GOOD | {"landmarks": np.full((2, 98, 2), 1e9, np.float32)}, HEAD, "crop widths"),
        (GOOD | {"times": np.array([-5, 5])}, HEAD, "times: expected times from 0"),
        (GOOD | {"times": np.array([0, 2**62])}, HEAD, "times: expected times from 0"),
    ],
)
def test_what_no_clip_has_is_refused(
    tmp_path: Path, tensors: dict[str, np.ndarray], head: dict[str, object], reason: str
) -> None:
    path = tmp_path / "a.safetensors"
    save_file(tensors, path, {"motion": json.dumps(head)})
    with pytest.raises(MediaError, match=reason) as caught:
        read_template(path)
    assert len(str(caught.value)) < 300 + len(str(path))


def read_damaged(folder: Path, count: int, seed: int) -> Tally:
    path = folder / "damaged.safetensors"
    heads: list[dict[str, object]] = [
        HEAD,
        HEAD | {"tick": "1e99"},
        HEAD | {"frame_rate": None},
        HEAD | {"source": "\x1b[2J"},
    ]
    seeds = [template().to_bytes("x")]
    for head in heads:
        save_file(GOOD, path, {"motion": json.dumps(head)})
        seeds.append(path.read_bytes())

    def read(data: bytes) -> object:
        path.write_bytes(data)
        made = read_template(path)
        return list(made.observations()), made.end

    return check_all(seeds, read, count, seed)


def test_some_damaged_templates(tmp_path: Path) -> None:
    done = read_damaged(tmp_path, 200, 1)
    assert done.read
    assert done.refused


@pytest.mark.slow
def test_many_damaged_templates(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    read_damaged(tmp_path, 4000, 2).recorded(record_property)
