from __future__ import annotations

import math

import pytest

from d2animator.marks.embed import Watermark
from d2animator.marks.statistic import FALSE_ALARM
from d2animator.marks.watch import STRETCH, runs, watch
from tests.marks.pictures import jpeg, resized, scene

PAYLOAD = 513


@pytest.fixture(scope="module")
def frames():
    return [scene(256, 256, moved=3 * shift) for shift in range(STRETCH + 7)]


@pytest.fixture(scope="module")
def marked(frames):
    mark = Watermark(PAYLOAD)
    return [mark.add(frame) for frame in frames]


def test_all_frames_of_a_marked_clip(marked):
    finding = watch(marked)
    assert finding.found
    assert finding.payload == PAYLOAD
    assert finding.frames == len(marked)
    assert finding.marked_frames == ((0, len(marked) - 1),)
    assert finding.frames_by_themselves == len(marked)
    assert finding.log10_chance < math.log10(FALSE_ALARM)
    assert finding.tile_pixels == 256


def test_no_frame_of_an_unmarked_clip(frames):
    finding = watch(frames)
    assert not finding.found
    assert finding.payload is None
    assert finding.frames == len(frames)
    assert finding.marked_frames == ()
    assert finding.log10_chance == 0


def test_frames_put_in_between_are_told_apart(frames, marked):
    finding = watch(marked[:10] + frames[10:16] + marked[16:])
    assert finding.marked_frames == ((0, 9), (16, len(marked) - 1))


def test_frames_that_say_little_help_each_other(marked):
    weak = [jpeg(frame, 14) for frame in marked]
    finding = watch(weak)
    assert finding.found
    assert finding.payload == PAYLOAD
    shown = sum(last - first + 1 for first, last in finding.marked_frames)
    assert shown > 0.9 * len(weak)


def test_a_single_picture(marked):
    finding = watch(marked[:1])
    assert finding.found
    assert finding.marked_frames == ((0, 0),)


def test_no_pictures_hold_nothing():
    assert watch([]).frames == 0
    assert not watch([]).found


def test_a_clip_that_changes_its_size_is_read(marked):
    finding = watch([*marked[:4], resized(marked[4], 0.75)])
    assert finding.frames == 5
    assert finding.found


def test_runs():
    assert runs([]) == ()
    assert runs([True, True, False, True]) == ((0, 1), (3, 3))
    assert runs([False, False]) == ()
