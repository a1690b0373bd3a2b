"""Videos as sources, and several faces of one picture, on clips whose truth is known."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from d2animator import D2Animator
from d2animator.animate.options import AnimateOptions
from d2animator.bundles.bundle import Bundle, embedded_bundle_path
from d2animator.errors import ConfigError, MediaError, NoFaceError, OutputError
from d2animator.faces.compose import Scene
from d2animator.faces.detector import Picture
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import write_image
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from d2animator.performers.shots import rate_face
from tests.edit.measured import measured_bundle
from tests.faces.scenes import Place, embedded, frame, middle
from tests.faces.shapes import frontal_face
from tests.media.clips import packets_of, stamps_of
from tests.seeing import film, picture

QUICK = InversionOptions(steps=2)
needs_bundle = pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(measured_bundle(tiny_bundle), inversion=QUICK, marks=UNMARKED)


@pytest.fixture(scope="module")
def puppets() -> D2Animator:
    return D2Animator(embedded(), inversion=InversionOptions(level="encoder"), marks=UNMARKED)


def shown(result: object) -> NDArray[np.int_]:
    images = getattr(result, "images", None)
    assert images is not None
    return np.stack(images).astype(int)


def frames_of(path: Path) -> NDArray[np.int_]:
    return np.stack([one.image for one in VideoReader(path)]).astype(int)


def clip(path: Path, frames: list[Picture], rate: Fraction = Fraction(25)) -> Path:
    height, width = frames[0].shape[:2]
    with VideoWriter(path, (width, height), rate, crf=1) as writer:
        for image in frames:
            writer.write(image)
    return path


@pytest.fixture
def masks(monkeypatch: pytest.MonkeyPatch) -> list[NDArray[np.bool_]]:
    """Where each frame was pasted into, in the order of pasting: True for touched pixels."""
    touched: list[NDArray[np.bool_]] = []
    paste: Callable[..., Picture] = Scene.paste

    def noted(self: Scene, images: torch.Tensor, landmarks: torch.Tensor) -> Picture:
        touched.extend((self.mask(landmarks, images.shape[-1])[:, 0] > 0).numpy())
        return paste(self, images, landmarks)

    monkeypatch.setattr(Scene, "paste", noted)
    return touched


def test_a_video_keeps_its_frames_around_the_face(
    animator: D2Animator, tmp_path: Path, masks: list[NDArray[np.bool_]]
) -> None:
    source = film(tmp_path / "source.mp4", "ffffffff")
    driver = film(tmp_path / "drive.mp4", "fffff", rate=Fraction(15), sound=True)
    result = animator.animate(source, driver)
    assert (result.frames, result.unchanged_frames) == (5, ())
    assert result.fps == 15
    # Every second frame of the source, which runs twice as fast: 0, 1, 3, 5, 7 at 29.97 a second.
    expected = frames_of(source)[[0, 1, 3, 5, 7]]
    for image, there, touched in zip(shown(result), expected, masks, strict=True):
        assert touched.any()
        assert np.array_equal(image[~touched], there[~touched])
    assert (shown(result) != expected).any(axis=(1, 2, 3)).all()
    written = animator.animate(source, driver, tmp_path / "out.mp4")
    assert written.inversion is not None
    assert stamps_of(tmp_path / "out.mp4", "video") == stamps_of(driver, "video")
    assert packets_of(tmp_path / "out.mp4", "audio") == packets_of(driver, "audio")


def test_frames_without_a_face_are_the_sources_own(animator: D2Animator, tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", "xfxxf")
    result = animator.animate(source, film(tmp_path / "drive.mp4", "ffffffff"), batch_size=3)
    assert result.unchanged_frames == (0, 2, 3)
    assert result.frames_without_face == ()
    images, own = shown(result), frames_of(source)
    assert np.array_equal(images[[0, 2, 3]], own[[0, 2, 3]])
    assert not np.array_equal(images[1], own[1])
    # The last frame is held: what surrounds the face stays, and the face goes on.
    still = np.abs(images[5:] - own[4]).max(axis=(0, 3)) == 0
    assert still.any()
    assert not np.array_equal(images[5], images[7])


def test_own_motion_is_replaced_or_added_to(animator: D2Animator, tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", "ffffff")
    still = [picture(0)] * 6
    given: dict[str, Any] = {
        "frame_rate": Fraction(30000, 1001),
        "paste_back": False,
        "smooth": "none",
    }

    def stir(**options: Any) -> float:
        images = shown(animator.animate(source, still, **given, **options))
        return float(np.abs(images - images[0]).max())

    least = stir()
    assert stir(source_motion="add") > 2 * least
    # What the driver does not move goes on as it does in the video.
    assert stir(regions=("gaze",)) > 2 * least
    for bad in (picture(1), still):
        with pytest.raises(ConfigError, match="source_motion"):
            animator.animate(source, bad, source_motion="add", motion="absolute")
    with pytest.raises(ConfigError, match="got a picture"):
        animator.animate(source, picture(1), source_motion="add")


def test_memory_does_not_grow_with_the_sources_length(animator: D2Animator, tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        source = film(tmp_path / f"{frames}.mp4", "f" * frames)
        driver = (picture(k % 7) for k in range(frames))
        tracemalloc.start()
        try:
            animator.animate(source, driver, tmp_path / "out.mp4", batch_size=4)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(6)
    # By 48 frames those are held among which motion may start, and no more are. 36 further frames
    # of 64x64 alone would take half a megabyte.
    assert peak(84) < peak(48) + 200_000


def test_videos_that_cannot_be_a_source(animator: D2Animator, tmp_path: Path) -> None:
    driver = film(tmp_path / "drive.mp4")
    with pytest.raises(NoFaceError, match="looked at all 3 frames"):
        animator.animate(film(tmp_path / "x.mp4", "xxx"), driver)
    with pytest.raises(NoFaceError, match="for face 7"):
        animator.animate(driver, driver, source_face="7")
    with pytest.raises(MediaError, match="a single frame"):
        animator.animate(film(tmp_path / "one.mp4", "f"), driver)
    source = film(tmp_path / "source.mp4")
    with pytest.raises(OutputError, match="is an input itself"):
        animator.animate(source, driver, source)


def test_another_size_and_the_square(animator: D2Animator, tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", "fxf")
    driver = film(tmp_path / "drive.mp4", "fff")
    assert shown(animator.animate(source, driver, size=40)).shape == (3, 40, 40, 3)
    square = animator.animate(source, driver, paste_back=False)
    assert shown(square).shape == (3, 32, 32, 3)
    assert square.unchanged_frames == ()


def test_an_edited_video_stays_itself_around_the_face(animator: D2Animator, tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", "xff", sound=True)
    result = animator.edit(source, {"yaw": 1}, tmp_path / "out.mp4")
    assert (result.frames, result.frames_without_face, result.unchanged_frames) == (3, (0,), (0,))
    assert packets_of(tmp_path / "out.mp4", "audio") == packets_of(source, "audio")
    kept, own = shown(animator.edit(source, {"yaw": 1})), frames_of(source)
    assert np.array_equal(kept[0], own[0])
    assert (np.abs(kept - own).max(axis=(0, 3)) == 0).any()
    assert (kept[1:] != own[1:]).any(axis=(1, 2, 3)).all()
    square = animator.edit(source, {"yaw": 1}, options=AnimateOptions(paste_back=False))
    assert shown(square).shape == (3, 32, 32, 3)


def test_a_good_start_is_a_face_from_the_front_with_open_eyes() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    points = frontal_face() * 60 + 100
    best = rate_face(points, 1.0, image)
    gaping = points.copy()
    gaping[[85, 86, 87, 93, 94, 95], 1] += 20
    narrow = 100 + (points - 100) * (0.8, 1.0)
    for worse in (gaping, points + np.array((120, 0))):
        assert rate_face(worse, 1.0, image) < best
    assert rate_face(points, 0.5, image) < best
    assert rate_face(narrow, 1.0, image) != best


@needs_bundle
def test_a_face_is_drawn_where_it_is_in_every_frame(
    puppets: D2Animator, tmp_path: Path, masks: list[NDArray[np.bool_]]
) -> None:
    """A known way over the canvas, and back in the result; the other face stays as it was."""
    way = np.linspace(0.25, 0.45, 6)
    frames = [frame([Place(0, x), Place(1, 0.8)]) for x in way]
    source = clip(tmp_path / "source.mp4", frames)
    driver = clip(tmp_path / "drive.mp4", [frame([Place(1, 0.5)])] * 6)
    result = puppets.animate(source, driver, source_face="0")
    own = frames_of(source)
    for image, there, touched in zip(shown(result), own, masks, strict=True):
        assert np.array_equal(image[~touched], there[~touched])
        assert not touched[:, 200:].any()
        assert (image != there)[touched].mean() > 0.5
    assert result.images is not None
    for image, x in zip(result.images, way, strict=True):
        places = [middle(face.box) for face in puppets.sources.tracker().detect(image)]
        assert min(abs(place - x) for place in places) < 0.03


@needs_bundle
def test_each_face_follows_its_own_driver(
    puppets: D2Animator, tmp_path: Path, masks: list[NDArray[np.bool_]]
) -> None:
    source = write_image(tmp_path / "two.png", frame([Place(0, 0.25), Place(1, 0.75)]))
    image = frame([Place(0, 0.25), Place(1, 0.75)])
    still = frame([Place(2, 0.5)])
    turning = Path(__file__).parents[2] / "examples" / "driving.mp4"
    moving = [one.image for one in VideoReader(turning)][::6][:8]
    drivers: dict[str, list[Picture]] = {"0": [still] * 8, "1": moving}
    result = puppets.animate_pairs(source, drivers, frame_rate=Fraction(10))
    assert result.frames == 8
    assert result.fps == 10
    images = shown(result)
    outside = ~np.any(masks, axis=0)
    assert outside.mean() > 0.2
    assert (images[:, outside] == image[outside]).all()
    left, right = (np.abs(images - images[0])[..., half, :].mean() for half in halves())
    assert left < 0.1  # of 255: a tracker settles, by what nobody sees
    assert right > 20 * left
    swapped = puppets.animate_pairs(source, {"1": [still] * 8, "0": moving})
    left, right = (np.abs(shown(swapped) - shown(swapped)[0])[..., s, :].mean() for s in halves())
    assert left > 20 * right


def halves() -> tuple[slice, slice]:
    return slice(0, 150), slice(150, 300)


@needs_bundle
def test_the_first_video_gives_the_times_of_a_pair(puppets: D2Animator, tmp_path: Path) -> None:
    picture = frame([Place(0, 0.25), Place(1, 0.75)])
    one = frame([Place(2, 0.5)])
    slow = clip(tmp_path / "slow.mp4", [one] * 3, Fraction(10))
    fast = clip(tmp_path / "fast.mp4", [one] * 9, Fraction(30))
    still = write_image(tmp_path / "still.png", one)
    for pairs, frames, rate in (
        ({"0": slow, "1": fast}, 3, 10),
        ({"1": fast, "0": slow}, 9, 30),
        ({"0": still, "1": slow}, 3, 10),
        ({"0": still, "1": still}, 1, None),
    ):
        result = puppets.animate_pairs(picture, pairs)
        assert result.frames == frames
        assert result.fps == rate


@needs_bundle
def test_pairs_that_cannot_be(puppets: D2Animator, tmp_path: Path) -> None:
    picture = frame([Place(0, 0.25), Place(1, 0.75)])
    one = [frame([Place(2, 0.5)])] * 2
    with pytest.raises(NoFaceError, match="for face 2; it has 2"):
        puppets.animate_pairs(picture, {"0": one, "2": one})
    with pytest.raises(ConfigError, match="1 and 180,30,90,90 are the same face"):
        puppets.animate_pairs(picture, {"1": one, "180,30,90,90": one})
    with pytest.raises(ConfigError, match="at least one"):
        puppets.animate_pairs(picture, {})
    with pytest.raises(ConfigError, match="paste_back"):
        puppets.animate_pairs(picture, {"0": one}, paste_back=False)
    empty = [frame([])] * 2
    for motion in ("relative", "absolute"):
        with pytest.raises(NoFaceError, match="looked at all 2 frames"):
            puppets.animate_pairs(picture, {"0": one, "1": empty}, motion=motion)
