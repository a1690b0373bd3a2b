"""Drivers as they come from the world, through ``animate``: each works, or it is said why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, embedded_bundle_path
from d2animator.errors import MediaError, NoFaceError
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.detector import Picture
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.audio import AudioSource
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from d2animator.performers.portrait import Portrait
from tests.faces.scenes import Place, embedded, frame, tracker
from tests.media.clips import damage, make_sound, packets_of, stamps_of
from tests.seeing import BLACK, film, picture, seeing


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)


@pytest.fixture(scope="module")
def portrait(animator: D2Animator) -> Portrait:
    return animator.portrait(picture())


def odd_sized(path: Path, size: tuple[int, int] = (641, 479)) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for index in range(3):
            image = np.ascontiguousarray(picture(index, max(size))[: size[1], : size[0]])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def without_stamps(path: Path) -> Path:
    """Raw H.264: pictures alone."""
    with av.open(str(film(path.with_suffix(".mp4")))) as whole, av.open(str(path), "w") as raw:
        stream = raw.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.size:
                packet.stream = stream
                raw.mux(packet)
    return path


def with_sound(path: Path, seconds: float) -> Path:
    """Seven frames, 0.28 s, and a tone."""
    sound = AudioSource(make_sound(path.with_suffix(".m4a"), seconds=seconds))
    with VideoWriter(path, (64, 64), Fraction(25), audio=sound) as writer:
        for index in range(7):
            writer.write(picture(3 * index))
    return path


@pytest.mark.parametrize(
    ("rate", "frames"), [(Fraction(25), 3), (Fraction(1, 10), 3), (Fraction(240), 30)]
)
def test_short_slow_and_fast_drivers_are_kept_frame_by_frame(
    animator: D2Animator, portrait: Portrait, tmp_path: Path, rate: Fraction, frames: int
) -> None:
    driver = film(tmp_path / "a.mp4", "f" * frames, rate)
    done = animator.animate(portrait, driver, tmp_path / "out.mp4")
    assert (done.frames, done.fps) == (frames, rate)
    assert stamps_of(tmp_path / "out.mp4", "video") == stamps_of(driver, "video")


def test_an_odd_size_and_missing_stamps_do_no_harm(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    for driver, frames in (
        (odd_sized(tmp_path / "a.mkv"), 3),
        (without_stamps(tmp_path / "b.h264"), 7),
    ):
        done = animator.animate(portrait, driver, tmp_path / "out.mp4")
        times = [one.time for one in VideoReader(tmp_path / "out.mp4")]
        assert done.frames == len(times) == frames
        assert len({round(step, 4) for step in np.diff([float(time) for time in times])}) == 1


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_sound_shorter_or_longer_than_the_picture_is_whole(
    animator: D2Animator, portrait: Portrait, tmp_path: Path, seconds: float
) -> None:
    driver, out = with_sound(tmp_path / "a.mp4", seconds), tmp_path / "out.mp4"
    assert animator.animate(portrait, driver, out).frames == 7
    assert packets_of(out, "audio") == packets_of(driver, "audio")
    assert stamps_of(out, "audio") == stamps_of(driver, "audio")
    assert stamps_of(out, "video") == stamps_of(driver, "video")


def test_damage_is_named_in_the_result(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    path = film(tmp_path / "a.mp4", "f" * 12)
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    damage(path, packets, (5,))
    held = list(VideoReader(path))
    done = animator.animate(portrait, path, tmp_path / "out.mp4")
    assert done.frames == 12
    assert done.damaged_frames
    assert done.damaged_frames == tuple(frame.index for frame in held if frame.damaged)
    assert done.missing_seconds == 0
    assert animator.animate(portrait, path, frames=3, batch_size=1).damaged_frames == ()


def test_a_missing_end_is_named_in_the_result(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        for index in range(30):
            frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuvj420p")))
        container.mux(stream.encode(None))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = animator.animate(portrait, path, tmp_path / "out.mp4")
    assert 8 < done.frames < 18
    assert abs(done.missing_seconds - Fraction(30 - done.frames, 25)) <= Fraction(1, 25)


def broken(kind: str, path: Path) -> Path:
    """A driver that nothing can be made of, or not to its end."""
    if kind == "black":
        return film(path, "xxxx")
    film(path, "f" * 40)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"no video"}[kind])
    return path


@pytest.mark.parametrize("kind", ["black", "cut", "empty", "text"])
def test_what_cannot_drive_is_one_sentence_and_an_old_result_stays(
    animator: D2Animator, portrait: Portrait, tmp_path: Path, kind: str
) -> None:
    driver, out = broken(kind, tmp_path / "a.mp4"), film(tmp_path / "out.mp4", "ff")
    old, before = out.read_bytes(), sorted(tmp_path.iterdir())
    with pytest.raises((MediaError, NoFaceError)) as caught:
        animator.animate(portrait, driver, out)
    assert str(caught.value).startswith(f"{driver}: ")
    assert "\n" not in str(caught.value)
    assert out.read_bytes() == old
    assert sorted(tmp_path.iterdir()) == before


def test_pictures_that_fail_midway_leave_an_old_result(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    def frames() -> Iterable[Picture]:
        yield from [picture(), picture(3), BLACK]
        raise MediaError("camera", "was pulled out")

    out = film(tmp_path / "out.mp4", "ff")
    old = out.read_bytes()
    with pytest.raises(MediaError, match="camera: was pulled out"):
        animator.animate(portrait, frames(), out)
    assert out.read_bytes() == old
    assert list(tmp_path.iterdir()) == [out]


needs_bundle = pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)


def crossing() -> list[list[Place]]:
    """One passes behind the other."""
    steps = np.linspace(0.2, 0.8, 9)
    return [[Place(0, float(x)), Place(1, float(1 - x))] for x in steps]


def gone() -> list[list[Place]]:
    return [[Place(0, 0.4)]] * 3 + [[]] * 3 + [[Place(0, 0.45)]] * 3


def replaced() -> list[list[Place]]:
    """After the cut another person, with a face of another shape, elsewhere."""
    return [[Place(0, 0.3)]] * 4 + [[Place(2, 0.7)]] * 4


SCENES = {
    "crossing": (crossing(), (0,) * 9, {3, 4, 5}),
    "gone": (gone(), (0,) * 9, {3, 4, 5}),
    "cut": (replaced(), (0,) * 4 + (1,) * 4, set[int]()),
}
# Of the eye distance; where half of the face is hidden the network guesses the rest.
STILL_PERCENT, HALF_HIDDEN_PERCENT = 4.0, 8.0


@needs_bundle
@pytest.mark.parametrize("name", SCENES)
def test_faces_that_only_change_places_move_nothing(name: str) -> None:
    """The actors' faces never move in themselves, so the source must keep still in every scene."""
    places, backdrops, hidden = SCENES[name]
    clip = [frame(where, backdrop) for where, backdrop in zip(places, backdrops, strict=True)]
    bundle = embedded()
    animator = D2Animator(bundle, marks=UNMARKED)
    with torch.inference_mode():
        z = torch.randn(1, bundle.generator.z_dim, generator=torch.Generator().manual_seed(5))
        w_plus = bundle.generator.mapping(z, truncation_psi=0.5)
    source = animator.sources.portrait_of(w_plus)
    done = animator.animate(source, clip, face="0", reference_frame=0)
    assert done.frames == len(clip)
    assert set(done.frames_without_face) <= hidden
    assert name != "gone" or set(done.frames_without_face) == hidden
    for index, moved in enumerate(moved_percent(done.images or (), source)):
        assert moved < (HALF_HIDDEN_PERCENT if index in hidden else STILL_PERCENT), index


def moved_percent(images: Sequence[Picture], source: Portrait) -> list[float]:
    """Mean distance of the landmarks from the source's own, frame by frame."""
    own = source.landmarks.double().numpy()
    eyes = float(np.linalg.norm(own[60] - own[72]))
    found = [tracker().detect(image)[0].landmarks.astype(np.float64) for image in images]
    return [
        float(100 * np.linalg.norm(normalise_landmarks(one) - own, axis=1).mean() / eyes)
        for one in found
    ]
