from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from d2animator.errors import ConfigError
from d2animator.web.files import Stored
from d2animator.web.options import WebOptions, read_auth
from d2animator.web.refusals import RefusedError
from d2animator.web.work import read_format, read_options

LIMITS = WebOptions(max_seconds=10, max_side=512)
CLIP = Stored("1", "clip.mp4", Path("clip.mp4"), "video", seconds=8)
LONG = Stored("1", "long.mp4", Path("long.mp4"), "video", seconds=80)
RECORDED = Stored("1", "camera.webm", Path("camera.webm"), "video")
PHOTO = Stored("1", "me.png", Path("me.png"), "picture", 64, 64)


def test_options_are_those_of_the_library():
    wishes = {"motion": "absolute", "gains": {"mouth": 1.5}, "regions": ["mouth"], "size": 512}
    options = read_options({**wishes, "start": 1.5, "reference_frame": 4}, CLIP, LIMITS)
    assert (options.motion, options.gains, options.regions) == (
        "absolute",
        {"mouth": 1.5},
        ("mouth",),
    )
    assert (options.start, options.reference_frame, options.size) == (Fraction(3, 2), 4, 512)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ("fast", "names and values"),
        ({"batch_size": 10_000}, "batch_size: unknown option"),
        ({"motion": "sideways"}, "motion"),
        ({"size": "large"}, "size: expected int"),
        ({"size": 4096}, "size: expected 16 to 512"),
        ({"gains": {"nose": 1}}, "nose"),
        ({"start": "1"}, "start: expected seconds"),
        ({"end": -1}, "end: expected seconds"),
        ({"end": True}, "end: expected seconds"),
        ({"start": 5, "end": 3}, "end"),
    ],
)
def test_what_is_of_no_use_is_said(wishes, said):
    with pytest.raises((RefusedError, ConfigError), match=said):
        read_options(wishes, CLIP, LIMITS)


def test_a_long_driver_needs_a_part():
    with pytest.raises(RefusedError, match=r"long\.mp4: 80 seconds are too long, at most 10"):
        read_options({}, LONG, LIMITS)
    with pytest.raises(RefusedError, match="20 seconds"):
        read_options({"start": 10, "end": 30}, LONG, LIMITS)
    part = read_options({"start": 70}, LONG, LIMITS)
    assert part.end == 80
    assert read_options({"start": 3, "end": 9}, LONG, LIMITS).end == 9


def test_a_driver_that_does_not_tell_its_length_is_cut():
    assert read_options({}, RECORDED, LIMITS).end == 10
    assert read_options({"start": 2}, RECORDED, LIMITS).end == 12
    assert read_options({}, PHOTO, LIMITS).end is None


def test_a_picture_becomes_a_picture():
    assert read_format("mp4", PHOTO) == "png"
    assert read_format(None, CLIP) == "mp4"
    assert read_format("gif", CLIP) == "gif"
    with pytest.raises(RefusedError, match="format"):
        read_format("exe", CLIP)


@pytest.mark.parametrize("text", ["", "me", "me:", ":secret"])
def test_a_password_needs_both_parts(text):
    with pytest.raises(ConfigError, match="user:password"):
        read_auth(text)
    assert read_auth("me:a:b") == ("me", "a:b")


@pytest.mark.parametrize(
    "wrong", [{"port": 70_000}, {"max_upload": 0}, {"max_seconds": -1.0}, {"auth": ("", "x")}]
)
def test_options_have_bounds(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        WebOptions(**wrong)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("me", False)],
)
def test_a_server_knows_whether_others_reach_it(host, local):
    assert WebOptions(host=host).is_local is local
