from __future__ import annotations

import dataclasses
import json
import logging
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from d2animator.animate.options import AnimateOptions
from d2animator.animate.template import write_template
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, embedded_bundle_path, save_bundle
from d2animator.errors import (
    BundleError,
    ConfigError,
    DeviceError,
    MediaError,
    NoFaceError,
    OutputError,
    PictureError,
)
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import read_image, write_image
from d2animator.media.video import VideoReader
from d2animator.models.generators import Generator, glance
from d2animator.performers.portrait import Portrait
from tests.media.clips import packets_of, stamps_of
from tests.seeing import BLACK, NTSC_30, film, picture, seeing

QUICK = InversionOptions(steps=2)


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=QUICK, marks=UNMARKED)


@pytest.fixture(scope="module")
def portrait(animator: D2Animator) -> Portrait:
    return animator.portrait(picture())


def test_a_clip_is_animated_with_its_rate_and_sound(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    driver = film(tmp_path / "drive.mp4", sound=True)
    calls: list[tuple[int, int | None]] = []
    result = animator.animate(
        portrait,
        driver,
        tmp_path / "out.mp4",
        progress=lambda done, total: calls.append((done, total)),
        batch_size=3,
    )
    assert (result.frames, result.fps, result.device) == (7, NTSC_30, "cpu")
    assert result.frames_without_face == ()
    assert result.output == tmp_path / "out.mp4"
    assert result.images is None
    assert result.seconds > 0
    assert calls == [(done, 7) for done in range(1, 8)]
    written = VideoReader(tmp_path / "out.mp4")
    assert written.frame_rate == NTSC_30
    assert written.size == (32, 32)
    assert stamps_of(tmp_path / "out.mp4", "video") == stamps_of(driver, "video")
    assert packets_of(tmp_path / "out.mp4", "audio") == packets_of(driver, "audio")


def test_sound_can_be_left_out(animator: D2Animator, portrait: Portrait, tmp_path: Path) -> None:
    driver = film(tmp_path / "drive.mp4", sound=True)
    animator.animate(portrait, driver, tmp_path / "out.mp4", audio="none")
    assert VideoReader(tmp_path / "out.mp4").audio is None


def test_frames_without_a_face_hold_the_last_motion(
    animator: D2Animator, portrait: Portrait
) -> None:
    frames = [picture(3 * k) if letter == "f" else BLACK for k, letter in enumerate("ffxxf")]
    result = animator.animate(portrait, frames, frame_rate=Fraction(10))
    assert result.frames == 5
    assert result.fps == 10
    assert result.frames_without_face == (2, 3)
    images = result.images
    assert images is not None
    assert np.array_equal(images[1], images[2])
    assert np.array_equal(images[1], images[3])
    assert not np.array_equal(images[3], images[4])


@pytest.mark.parametrize("motion", ["relative", "absolute"])
def test_before_the_first_face_the_source_is_at_rest(
    animator: D2Animator, portrait: Portrait, motion: str
) -> None:
    result = animator.animate(portrait, [BLACK, BLACK, picture(5)], motion=motion)
    assert result.frames_without_face == (0, 1)
    assert result.images is not None
    rest = ((portrait.reconstruction()[0] + 1) * 127.5).round().clamp(0, 255).permute(1, 2, 0)
    assert np.abs(result.images[0] - rest.numpy()).max() <= 1


def test_relative_motion_starts_at_the_reference_frame(
    animator: D2Animator, portrait: Portrait
) -> None:
    frames = [picture(4 * k) for k in range(4)]
    rest = ((portrait.reconstruction()[0] + 1) * 127.5).permute(1, 2, 0).numpy().clip(0, 255)
    for reference in (0, 2):
        images = animator.animate(portrait, frames, reference_frame=reference, smooth="none").images
        assert images is not None
        far = [float(np.abs(image - rest).max()) for image in images]
        assert far[reference] <= 1
        assert far[3] > 1


def test_absolute_motion_differs_from_relative(animator: D2Animator, portrait: Portrait) -> None:
    frames = [picture(4 * k) for k in range(3)]
    relative = animator.animate(portrait, frames).images
    absolute = animator.animate(portrait, frames, motion="absolute").images
    assert relative is not None
    assert absolute is not None
    assert not np.array_equal(relative[0], absolute[0])


def test_a_batch_does_not_change_the_result(animator: D2Animator, portrait: Portrait) -> None:
    frames = [picture(4 * k) for k in range(5)]
    one = animator.animate(portrait, frames, batch_size=1).images
    five = animator.animate(portrait, frames, batch_size=5).images
    assert one is not None
    assert five is not None
    assert np.abs(np.stack(one).astype(int) - np.stack(five)).max() <= 1


def test_what_was_drawn_is_looked_at_as_often_as_asked(
    animator: D2Animator, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def counted(generator: Generator, w_plus: Tensor) -> Tensor:
        looked.append(len(w_plus))
        return glance(generator, w_plus)

    monkeypatch.setattr("d2animator.engines.engine.glance", counted)
    results = []
    for times in (0, 1, 3):
        looked.clear()
        # From the first frame: where it starts, a motion is none, and needs no correction.
        frames = [picture(9), picture(20)]
        done = animator.animate(portrait, frames, corrections=times, reference_frame=0)
        # Once at rest, to know how a coarse picture of this face is read.
        assert looked == ([1] + [2] * times if times else [])
        assert done.images is not None
        results.append(done.images)
    assert not np.array_equal(results[0][1], results[2][1])


def test_a_picture_drives_absolutely(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    driver = write_image(tmp_path / "drive.png", picture(9))
    result = animator.animate(portrait, driver, tmp_path / "out.png")
    assert (result.frames, result.fps) == (1, None)
    kept = animator.animate(portrait, picture(9), motion="absolute").images
    assert kept is not None
    assert np.array_equal(read_image(tmp_path / "out.png"), kept[0])


def test_the_source_may_be_a_file_or_an_array(animator: D2Animator, tmp_path: Path) -> None:
    path = write_image(tmp_path / "source.png", picture(0, 90))
    one = animator.animate(path, [picture(1)]).images
    other = animator.animate(picture(0, 90), [picture(1)]).images
    assert one is not None
    assert other is not None
    assert np.array_equal(one[0], other[0])


def test_memory_does_not_grow_with_the_length(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    def peak(frames: int) -> int:
        stream = (picture(k % 7) for k in range(frames))
        tracemalloc.start()
        try:
            animator.animate(portrait, stream, tmp_path / "out.mp4", batch_size=4)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(8)
    # 40 more frames of 64x64 alone would take half a megabyte.
    assert peak(60) < peak(20) + 200_000


def test_nobody_to_be_found(animator: D2Animator, portrait: Portrait, tmp_path: Path) -> None:
    source = write_image(tmp_path / "black.png", BLACK)
    with pytest.raises(NoFaceError, match=r"black\.png: no face found \(searched all") as caught:
        animator.prepare(source)
    assert caught.value.path == source
    driver = film(tmp_path / "drive.mp4", "xxx")
    for motion in ("relative", "absolute"):
        with pytest.raises(NoFaceError, match=r"all 3 frames at every size, .* border"):
            animator.animate(portrait, driver, tmp_path / "out.mp4", motion=motion)
    with pytest.raises(NoFaceError, match="the picture at every size, with a border"):
        animator.animate(portrait, source, tmp_path / "out.png")
    with pytest.raises(NoFaceError, match=r"64x64 pixels at every size, with a border .* turned"):
        animator.animate_pairs(source, {"0": driver}, tmp_path / "out.mp4")
    driver = film(tmp_path / "partly.mp4", "fxf")
    with pytest.raises(NoFaceError, match="frame 1 was asked for") as caught:
        animator.animate(portrait, driver, tmp_path / "out.mp4", reference_frame=1)
    assert caught.value.frame_index == 1
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".mp4"}
    assert not (tmp_path / "out.mp4").exists()


def test_bad_targets_are_found_before_the_work(
    animator: D2Animator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = film(tmp_path / "drive.mp4")
    still = write_image(tmp_path / "still.png", picture())
    monkeypatch.setattr(D2Animator, "prepare", lambda *_: pytest.fail("worked too early"))
    for clip, target, reason in (
        (driver, still / "out.mp4", "is not a folder"),
        (driver, tmp_path, "is a folder"),
        (driver, tmp_path / "out.png", r"expected one of \.mp4"),
        (still, tmp_path / "out.mp4", r"expected one of \.png"),
        (driver, driver, "is the driver itself"),
    ):
        with pytest.raises(OutputError, match=reason):
            animator.animate(picture(), clip, target)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_aborted_animation_leaves_nothing(
    animator: D2Animator, portrait: Portrait, tmp_path: Path, stop: type[BaseException]
) -> None:
    def frames():
        yield from (picture(k) for k in range(50))
        raise stop

    with pytest.raises(stop):
        animator.animate(portrait, frames(), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("motion", "sideways"),
        ("reference_frame", -1),
        ("reference_frame", "first"),
        ("batch_size", 0),
        ("corrections", -1),
        ("corrections", 9),
        ("smooth", True),
        ("face", "left"),
        ("source_face", "1,2,3"),
        ("crf", 52),
        ("frame_rate", Fraction(0)),
        ("speed", 2),
    ],
)
def test_bad_options_are_named(
    animator: D2Animator, portrait: Portrait, name: str, value: Any
) -> None:
    with pytest.raises(ConfigError, match=name):
        animator.animate(portrait, [picture()], **{name: value})


def test_options_and_overrides_go_together(animator: D2Animator, portrait: Portrait) -> None:
    options = AnimateOptions(motion="absolute", frame_rate=Fraction(10))
    assert animator.animate(portrait, [picture()], options=options, crf=3).fps == 10


def test_bad_pictures_are_refused(animator: D2Animator, portrait: Portrait, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="picture"):
        animator.prepare(np.zeros((4, 4, 2), np.uint8))
    with pytest.raises(PictureError, match="frame 0"):
        animator.animate(portrait, [np.zeros((4, 4, 2), np.uint8)])
    with pytest.raises(PictureError, match="picture"):
        animator.animate(portrait, np.zeros((4,), np.uint8))
    with pytest.raises(MediaError, match="no such file"):
        animator.animate(portrait, tmp_path / "absent.mp4")


def test_interpolation_goes_from_rest_to_the_target(
    animator: D2Animator, portrait: Portrait
) -> None:
    images = animator.interpolate(portrait, picture(9), frames=11)
    assert images.shape == (11, 32, 32, 3)
    rest = ((portrait.reconstruction()[0] + 1) * 127.5).permute(1, 2, 0).numpy().clip(0, 255)
    far = [float(np.abs(image - rest).mean()) for image in images]
    assert far[0] < 1
    assert far[-1] == max(far)
    end = animator.animate(portrait, picture(9)).images
    assert end is not None
    assert np.abs(images[-1].astype(int) - end[0]).mean() < 3


def test_landmarks_of_a_clip(animator: D2Animator, tmp_path: Path) -> None:
    driver = film(tmp_path / "drive.mp4", "fxf")
    calls: list[tuple[int, int | None]] = []
    records = animator.landmarks(
        driver, tmp_path / "points.json", lambda done, total: calls.append((done, total))
    )
    assert [record.found for record in records] == [True, False, True]
    assert [record.time for record in records] == [k / NTSC_30 for k in range(3)]
    assert records[0].points is not None
    assert records[0].points.shape == (98, 2)
    assert records[1].points is None
    assert records[1].box is None
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert (tmp_path / "points.json").read_text().startswith('{\n "layout": "wflw98"')
    with pytest.raises(OutputError, match="unknown extension"):
        animator.landmarks(driver, tmp_path / "points.txt")


@pytest.mark.parametrize("smooth", ["euro", "none"])
def test_a_motion_template_does_what_the_video_does(
    animator: D2Animator, portrait: Portrait, tmp_path: Path, smooth: str
) -> None:
    driver = film(tmp_path / "drive.mp4", "xffxff")
    (template,) = animator.motions(driver)
    write_template(tmp_path / "wave.safetensors", template)
    of_video = animator.animate(portrait, driver, tmp_path / "video.mp4", smooth=smooth)
    of_file = animator.animate(
        portrait, tmp_path / "wave.safetensors", tmp_path / "file.mp4", smooth=smooth
    )
    assert (tmp_path / "video.mp4").read_bytes() == (tmp_path / "file.mp4").read_bytes()
    assert of_file.frames_without_face == of_video.frames_without_face == (0, 3)
    assert (of_file.frames, of_file.fps) == (6, NTSC_30)
    kept = animator.animate(portrait, template).images
    assert kept is not None
    assert len(kept) == 6


def test_a_picture_has_a_motion_too(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    (template,) = animator.motions([picture(0), picture(3)], frame_rate=Fraction(24))
    assert template.frame_rate == 24
    (template,) = animator.motions(picture(9))
    one, other = (animator.animate(portrait, driver).images for driver in (template, picture(9)))
    assert one is not None
    assert other is not None
    assert np.array_equal(one[0], other[0])
    with pytest.raises(NoFaceError, match="looked at all 2 frames for face 1"):
        animator.motions([BLACK, BLACK], ("1",))


def test_motion_beyond_the_training_is_bounded_and_named(
    animator: D2Animator, portrait: Portrait, caplog: pytest.LogCaptureFixture
) -> None:
    frames = [picture(4 * k) for k in range(4)]
    free = animator.animate(portrait, frames, reference_frame=0, smooth="none")
    assert free.limited_frames == ()
    assert "drawn well" not in caplog.text
    span = animator.bundle.landmark_limit
    assert span is not None
    narrow = D2Animator(
        dataclasses.replace(
            animator.bundle, landmark_limit=dataclasses.replace(span, longest=1e-4)
        ),
        marks=UNMARKED,
    )
    bound = narrow.animate(portrait, frames, reference_frame=0, smooth="none")
    assert bound.limited_frames == (1, 2, 3)
    assert "frames with more motion than can be drawn well" in caplog.text
    assert caplog.text.rstrip().endswith("made smaller: 1-3")
    assert bound.images is not None
    assert np.abs(bound.images[3].astype(int) - bound.images[0]).max() <= 1


def test_saved_and_loaded_it_is_the_same(
    animator: D2Animator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    animator.save_pretrained(tmp_path / "bundle")
    with caplog.at_level(logging.INFO, "d2animator"):
        loaded = D2Animator.from_pretrained(
            tmp_path / "bundle", device="auto", inversion=QUICK, marks=UNMARKED
        )
    assert f"running on {loaded.device}" in caplog.text
    one = animator.animate(picture(), [picture(5)], motion="absolute").images
    other = loaded.animate(picture(), [picture(5)], motion="absolute").images
    assert one is not None
    assert other is not None
    assert np.abs(one[0].astype(int) - other[0]).max() <= 1


def test_a_photo_becomes_a_puppet_is_said_once(
    tiny_bundle: Bundle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="d2animator")
    bundle = seeing(tiny_bundle)
    named = dataclasses.replace(bundle, config=dataclasses.replace(bundle.config, name="puppet"))
    animator = D2Animator(named, inversion=QUICK, marks=UNMARKED)
    animator.portrait(picture())
    animator.prepare(picture(1))
    said = [record for record in caplog.records if "draws puppets" in record.message]
    assert len(said) == 1


def test_who_chose_the_generator_is_told_how_to_choose_otherwise(
    tiny_bundle: Bundle, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, logger="d2animator")
    bundle = seeing(tiny_bundle)
    named = dataclasses.replace(bundle, config=dataclasses.replace(bundle.config, name="puppet"))
    animator = D2Animator(named, marks=UNMARKED)
    monkeypatch.setattr("d2animator.invert.sources.WELL_DRAWN", 2.0)
    monkeypatch.setattr("d2animator.invert.sources.WELL_DETAILED", -1.0)
    assert isinstance(animator.prepare(picture(), seconds=0.1), Portrait)
    assert "draws this very face" in caplog.text
    assert "draws puppets" not in caplog.text
    for asked in (
        AnimateOptions(renderer="generator", seconds=0.1),
        AnimateOptions(inversion="encoder"),
    ):
        caplog.clear()
        D2Animator(named, marks=UNMARKED).prepare(picture(), asked)
        assert "draws puppets" in caplog.text
        assert "draws this very face" not in caplog.text


@pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)
def test_light_and_colours_alone_make_nobody_a_puppet(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[1]
    table = json.loads((root / "tests" / "data" / "face_points.json").read_text("utf-8"))
    sources = D2Animator.from_pretrained(device="cpu", marks=UNMARKED).sources
    monkeypatch.setattr("d2animator.invert.sources.WELL_DRAWN", 2.0)
    for name, known in (("source.png", True), ("astronaut.jpg", False)):
        image = read_image(root / "examples" / name)
        points = np.array(table[name.split(".")[0]])
        assert sources.drawn_well(image, points) == known


def test_what_cannot_be_loaded(tiny_bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="action_network"):
        D2Animator(dataclasses.replace(tiny_bundle, action_network=None), marks=UNMARKED)
    if not torch.cuda.is_available():
        save_bundle(tiny_bundle, tmp_path / "bundle")
        with pytest.raises(DeviceError, match="cuda"):
            D2Animator.from_pretrained(tmp_path / "bundle", device="cuda", marks=UNMARKED)


@pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)
def test_the_embedded_puppet_moves(tmp_path: Path) -> None:
    examples = Path(__file__).parents[1] / "examples"
    driver = examples / "driving.mp4"
    animator = D2Animator.from_pretrained(marks=UNMARKED)
    result = animator.animate(examples / "source.png", driver, tmp_path / "out.mp4")
    theirs, ours = VideoReader(driver), VideoReader(tmp_path / "out.mp4")
    assert result.frames == ours.frame_count_hint == theirs.frame_count_hint
    assert result.fps == ours.frame_rate == theirs.frame_rate
    assert stamps_of(tmp_path / "out.mp4", "video") == stamps_of(driver, "video")
    assert packets_of(tmp_path / "out.mp4", "audio") == packets_of(driver, "audio")
    assert len(result.frames_without_face) <= 0.05 * result.frames
    # What the driver does can be seen in the result, by the bundle's own eyes.
    seen = animator.landmarks(tmp_path / "out.mp4")
    wanted = animator.landmarks(driver)
    both = [(a.points, b.points) for a, b in zip(seen, wanted, strict=True)]
    pairs = [(a, b) for a, b in both if a is not None and b is not None]
    assert len(pairs) >= 0.95 * result.frames
    openings = np.array([[mouth_opening(a), mouth_opening(b)] for a, b in pairs])
    assert np.corrcoef(openings.T)[0, 1] > 0.5


def mouth_opening(points: np.ndarray) -> float:
    """Distance of the inner lips over that of the outer eye corners."""
    return float(np.linalg.norm(points[90] - points[94]) / np.linalg.norm(points[60] - points[72]))


def test_another_device_gets_an_animator_of_its_own(animator: D2Animator) -> None:
    assert animator.to("cpu") is animator
    with pytest.raises(DeviceError):
        animator.to("abacus")
    bundle = animator.bundle.to(torch.device("meta"))
    assert all(value.is_meta for value in bundle.generator.parameters())
    assert bundle.w_statistics is not None
    assert bundle.w_statistics.w_avg.is_meta
    assert not any(value.is_meta for value in animator.bundle.generator.parameters())


@pytest.mark.gpu
def test_an_animator_moves_to_a_gpu(animator: D2Animator) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    there = animator.to("cuda")
    assert there.device.type == "cuda"
    pictures = there.animate(picture(), [picture(3), picture(6)], renderer="generator").images
    own = animator.animate(picture(), [picture(3), picture(6)], renderer="generator").images
    assert pictures is not None
    assert own is not None
    assert np.abs(np.stack(pictures).astype(int) - np.stack(own)).mean() < 3


def test_sources_and_drivers_come_in_many_kinds(animator: D2Animator) -> None:
    source, driver = picture(), [picture(3), picture(6)]
    expected = animator.animate(source, driver, renderer="generator").images
    tensor = torch.from_numpy(source).permute(2, 0, 1)[None] / 255
    found = animator.animate(tensor, [one / 255 for one in driver], renderer="generator").images
    assert expected is not None
    assert found is not None
    assert np.array_equal(np.stack(found), np.stack(expected))
    with pytest.raises(PictureError, match=r"floats go from 0 to 1; got ndarray of shape"):
        animator.animate(source.astype(np.float32), driver)
    with pytest.raises(PictureError, match="frame 0: floats go"):
        animator.animate(source, [one.astype(np.float32) for one in driver])
    odd: Any
    for odd in (None, 5, {"a": 1}):
        with pytest.raises(PictureError, match="expected a file"):
            animator.animate(odd, driver)
    with pytest.raises(ConfigError, match="options: expected AnimateOptions, got dict"):
        animator.animate(source, driver, options=odd)
