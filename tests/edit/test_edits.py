"""Applications on a tiny bundle: what goes in, what comes out, what is refused."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.puppetbench import DATA
from d2animator import D2Animator
from d2animator.animate.options import AnimateOptions
from d2animator.bundles.bundle import Bundle, embedded_bundle_path
from d2animator.errors import BundleError, ConfigError, MediaError, NoFaceError, OutputError
from d2animator.evaluate.puppetbench import load_bench
from d2animator.faces.actions import REGIONS
from d2animator.faces.pixels import to_pictures
from d2animator.invert import prepare
from d2animator.invert.optimise import InversionOptions
from d2animator.invert.tune import TuningOptions
from d2animator.latent.measuring import IdentityFeatures
from d2animator.marks.options import UNMARKED
from d2animator.media.video import VideoReader
from d2animator.performers.portrait import Portrait
from tests.edit.measured import measured_bundle
from tests.seeing import BLACK, film, picture

EXAMPLES = Path(__file__).parents[2] / "examples"

QUICK = InversionOptions(steps=2)


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(measured_bundle(tiny_bundle), inversion=QUICK, marks=UNMARKED)


@pytest.fixture(scope="module")
def portrait(animator: D2Animator) -> Portrait:
    return animator.portrait(picture())


def shown(result: object) -> np.ndarray:
    images = getattr(result, "images", None)
    assert images is not None
    return np.stack(images).astype(int)


@pytest.mark.parametrize(("easing", "middle"), [("linear", 0.5), ("in", 0.25), ("out", 0.75)])
def test_easing_goes_where_it_says(
    animator: D2Animator, portrait: Portrait, easing: str, middle: float
) -> None:
    eased = animator.interpolate(portrait, picture(9), 3, easing).astype(int)
    even = animator.interpolate(portrait, picture(9), 5).astype(int)
    assert np.abs(eased[[0, 2]] - even[[0, 4]]).max() <= 1
    assert np.abs(eased[1] - even[round(4 * middle)]).max() <= 1


def test_easing_may_be_a_function(animator: D2Animator, portrait: Portrait) -> None:
    there = animator.interpolate(portrait, picture(9), 3, lambda t: 1.0)
    assert np.array_equal(there[0], there[2])
    with pytest.raises(ConfigError, match="in-out"):
        animator.interpolate(portrait, picture(9), 3, "bounce")
    with pytest.raises(ConfigError, match="frames"):
        animator.interpolate(portrait, picture(9), 0)


def test_a_network_tuned_to_the_source_moves_it_everywhere(animator: D2Animator) -> None:
    tuned = animator.portrait(picture())
    still = copy.deepcopy(animator.bundle.action_network)
    assert still is not None
    still.bank.zero_()  # whatever it sees, nothing moves
    tuned = dataclasses.replace(tuned, action=still)
    rest = to_pictures(tuned.reconstruction())[0].astype(int)
    assert np.abs(animator.interpolate(tuned, picture(9), 2)[-1] - rest).max() <= 1
    for result in (
        animator.animate(tuned, picture(9)),
        animator.disentangle(tuned, picture(9), picture(9)),
    ):
        assert np.abs(shown(result)[0] - rest).max() <= 1


def test_an_edited_portrait_keeps_what_was_tuned_to_it(
    animator: D2Animator, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuning = TuningOptions(steps=6, learning_rate=1e-2)
    monkeypatch.setattr(prepare, "_TUNING", {"fast": tuning, "full": tuning})
    tuned = animator.portrait(picture(), tune="fast")
    assert tuned.generator is not animator.bundle.generator
    own = copy.deepcopy(animator.bundle.action_network)
    tuned = dataclasses.replace(tuned, action=own)
    edited = animator.edited(tuned, {"yaw": 1})
    assert edited.generator is tuned.generator
    assert (edited.action, edited.scene, edited.report) == (tuned.action, tuned.scene, tuned.report)
    drawn = tuned.generator.synthesis(edited.w_plus)
    assert torch.equal(edited.reconstruction(), drawn)
    assert animator.edit(tuned, {"yaw": 1}).inversion == tuned.report


def test_everything_can_be_laid_back(animator: D2Animator) -> None:
    wide = np.pad(picture(), ((30, 70), (40, 90), (0, 0)), mode="wrap")
    whole = AnimateOptions(paste_back=True)
    results = [
        shown(animator.edit(wide, {"yaw": 1}, options=whole)),
        shown(animator.frontalize(wide, options=whole)),
        shown(animator.disentangle(wide, picture(9), options=whole)),
        animator.interpolate(wide, picture(9), 3, options=whole),
    ]
    for images in results:
        assert images.shape[1:] == wide.shape
        changed = (images != wide).any(axis=(0, 3))
        assert 0 < changed.mean() < 0.9
    square = AnimateOptions(paste_back=False, size=40)
    assert shown(animator.edit(wide, {"yaw": 1}, options=square)).shape == (1, 40, 40, 3)
    assert animator.interpolate(wide, picture(9), 2, options=square).shape == (2, 40, 40, 3)


def test_a_photo_turns_all_the_way_where_that_is_asked_for(animator: D2Animator) -> None:
    photo = animator.prepare(picture(size=96), renderer="photo")
    near = animator.edit(photo, {"yaw": 55})
    far = animator.edit(photo, {"yaw": 55}, limit_motion=False)
    assert (near.limited_frames, far.limited_frames) == ((0,), ())
    assert np.abs(shown(near) - shown(far)).max() > 20


@pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)
def test_another_face_is_followed_all_the_way_where_that_is_asked_for() -> None:
    animator = D2Animator.from_pretrained(device="cpu", marks=UNMARKED)
    most = max(load_bench(DATA).drivers, key=lambda one: abs(one.yaw_pitch_roll_deg[0]))
    photo, other = (
        animator.prepare(EXAMPLES / "astronaut.jpg", renderer="photo", size=256),
        most.image(),
    )
    both = AnimateOptions(), AnimateOptions(limit_motion=False)
    near, far = (animator.interpolate(photo, other, 2, options=how)[-1] for how in both)
    assert np.abs(near.astype(int) - far).max() > 20
    near, far = (shown(animator.disentangle(photo, other, options=how)) for how in both)
    assert np.abs(near - far).max() > 20


def test_how_a_source_is_inverted_may_be_said_everywhere(animator: D2Animator) -> None:
    options = AnimateOptions(inversion="encoder")
    for result in (
        animator.animate(picture(), picture(9), options=options),
        animator.disentangle(picture(), picture(9), options=options),
    ):
        assert result.inversion is not None
        assert result.inversion.level == "encoder"


def test_pose_and_expression_of_one_are_its_whole_motion(
    animator: D2Animator, portrait: Portrait
) -> None:
    both = shown(animator.disentangle(portrait, picture(9), picture(9)))
    whole = shown(animator.animate(portrait, picture(9)))
    still = shown(animator.animate(portrait, picture(0)))
    assert both.shape == (1, 32, 32, 3)
    assert np.abs(both - whole).mean() < 0.4 * max(np.abs(whole - still).mean(), 1)


def test_a_video_leads_and_a_picture_stays(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    long, short = film(tmp_path / "long.mp4", "ffxff"), film(tmp_path / "short.mp4", "ff")
    result = animator.disentangle(portrait, picture(4), long, tmp_path / "out.mp4")
    assert (result.frames, result.frames_without_face) == (5, (2,))
    assert VideoReader(tmp_path / "out.mp4").frame_count_hint == 5
    assert animator.disentangle(portrait, long).frames == 5
    assert animator.disentangle(portrait, short, long).frames == 5
    assert animator.disentangle(portrait, long, short).frames == 2


def test_disentangling_needs_somebody_with_a_face(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="at least one"):
        animator.disentangle(portrait)
    with pytest.raises(NoFaceError, match="no face"):
        animator.disentangle(portrait, pose=BLACK)
    with pytest.raises(NoFaceError, match="no face"):
        animator.disentangle(portrait, expression=film(tmp_path / "x.mp4", "xx"))
    with pytest.raises(OutputError, match="single picture"):
        animator.disentangle(portrait, picture(), output=tmp_path / "out.mp4")


def test_a_direction_by_its_own_name_is_that_direction(
    animator: D2Animator, portrait: Portrait
) -> None:
    bank = animator.bundle.directions
    assert bank is not None
    moved = animator.edited(portrait, {bank.names[1]: 0.5})
    delta = torch.zeros(1, len(bank))
    delta[0, 1] = 0.5
    torch.testing.assert_close(moved.w_plus, portrait.moved(bank.combine(delta)))


def test_edits_of_pictures_and_videos(
    animator: D2Animator, portrait: Portrait, tmp_path: Path
) -> None:
    from_portrait = shown(animator.edit(portrait, {"yaw": 1}))
    from_picture = shown(animator.edit(picture(), {"yaw": 1}))
    assert from_portrait.shape == from_picture.shape == (1, 32, 32, 3)
    clip = film(tmp_path / "clip.mp4", "xff", sound=True)
    result = animator.edit(clip, {"yaw": 1}, tmp_path / "out.mp4")
    assert (result.frames, result.frames_without_face) == (3, (0,))
    front = animator.frontalize(clip, tmp_path / "front.mp4")
    assert front.frames == 3
    assert shown(animator.frontalize(portrait)).shape == (1, 32, 32, 3)


def test_without_a_wish_nothing_changes(animator: D2Animator, portrait: Portrait) -> None:
    assert animator.edited(portrait, {}) is portrait
    for renderer in ("generator", "photo"):
        source = EXAMPLES / "astronaut.jpg" if renderer == "photo" else portrait
        still = shown(animator.edit(source, {}, renderer=renderer, size=256))
        none = shown(animator.edit(source, {"yaw": 0.0}, renderer=renderer, size=256))
        assert np.abs(still.astype(int) - none).mean() < 1


def test_edits_that_cannot_be(animator: D2Animator, portrait: Portrait, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="grin"):
        animator.edit(tmp_path / "absent.png", {"grin": 1})
    with pytest.raises(MediaError, match="no such file"):
        animator.edit(tmp_path / "absent.png", {"smile": 1})
    with pytest.raises(ConfigError, match="a file for a video"):
        animator.edit(iter([picture()]), {"smile": 1})
    with pytest.raises(NoFaceError, match="all 2 frames"):
        animator.edit(film(tmp_path / "x.mp4", "xx"), {"smile": 1})
    lacking = dataclasses.replace(animator.bundle, directions=None)
    with pytest.raises(BundleError, match="directions"):
        D2Animator(lacking, marks=UNMARKED).edit(portrait, {"smile": 1})


def test_a_stranger_is_of_the_seed_and_makes_the_same_faces(
    animator: D2Animator, tmp_path: Path
) -> None:
    one, again, other = (animator.stranger(seed) for seed in (1, 1, 2))
    assert torch.equal(one.w_plus, again.w_plus)
    assert not torch.equal(one.w_plus, other.w_plus)
    clip = film(tmp_path / "clip.mp4", "ffxf", sound=True)
    result = animator.anonymise(clip, tmp_path / "out.mp4", seed=1)
    assert (result.frames, result.frames_without_face) == (4, (2,))
    known = animator.stranger(1, unlike=picture())
    same = shown(animator.animate(known, clip, motion="absolute"))
    kept = shown(animator.anonymise(clip, seed=1))
    assert np.array_equal(same, kept)


def test_who_is_too_like_is_passed_over(animator: D2Animator) -> None:
    def on_a_line(own: float) -> IdentityFeatures:
        """Strangers 0, 1, 2 ... on a line, and somebody at ``own``."""

        def features(images: torch.Tensor, landmarks: torch.Tensor) -> torch.Tensor:
            place = torch.tensor([own]) if len(images) == 1 else torch.arange(len(images))
            return place[:, None].double()

        return features

    first = animator.stranger(3).w_plus
    assert torch.equal(animator.stranger(3, picture(), on_a_line(-9)).w_plus, first)
    assert not torch.equal(animator.stranger(3, picture(), on_a_line(0)).w_plus, first)


@pytest.mark.parametrize("region", REGIONS)
def test_no_region_moves_when_none_is_let_through(
    animator: D2Animator, portrait: Portrait, region: str
) -> None:
    still = shown(animator.animate(portrait, picture(9), regions=(region,), gains={region: 0.0}))
    rest = ((portrait.reconstruction()[0] + 1) * 127.5).permute(1, 2, 0).numpy().clip(0, 255)
    assert np.abs(still[0] - rest).mean() < 3


def test_regions_are_checked() -> None:
    with pytest.raises(ConfigError, match="nose"):
        AnimateOptions(regions=("nose",))
    with pytest.raises(ConfigError, match="mouth"):
        AnimateOptions(gains={"mouth": 9.0})
