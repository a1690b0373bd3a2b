"""Packing, loading and rendering a head, on a made-up one."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from d2animator.errors import ConfigError, MediaError, TrainingError
from d2animator.head.model import Head, load_head
from d2animator.media.images import read_image
from d2animator.media.video import VideoReader
from tests.tools.puppets.ball_head import IDENTITY_MODES
from tools.puppets.clip import FRAME_RATE, performance, render_examples
from tools.puppets.dataset import RenderOptions, read_shards, render_set
from tools.puppets.pack import pack_head
from tools.puppets.renderer import PuppetRenderer
from tools.puppets.world import look_from_z, sample_person_z, sample_z, state_from_z


def test_packed_head_keeps_shapes(head: Head) -> None:
    assert head.vertices.shape == (20891, 3)
    assert head.identity_modes.shape == (IDENTITY_MODES, 20891 * 3)
    jaw = head.expression_shapes[head.expression_index["jawOpen"]].reshape(-1, 3)
    assert jaw[:, 1].min() == pytest.approx(-2.0, abs=1e-2)
    assert head.eyes[0, 3] == pytest.approx(1.6, abs=0.01)
    assert head.triangles.max() < len(head.vertices)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="generic_neutral_mesh"):
        pack_head(tmp_path, tmp_path / "head.npz")
    with pytest.raises(MediaError, match="no such head model"):
        load_head(tmp_path / "head.npz")
    (tmp_path / "head.npz").write_bytes(b"no archive")
    with pytest.raises(MediaError, match="not a packed head model"):
        load_head(tmp_path / "head.npz")
    with pytest.raises(ConfigError):
        pack_head(tmp_path, tmp_path / "head.npz", 0)


def test_a_render_is_a_picture_with_its_points(renderer: PuppetRenderer) -> None:
    z = sample_z(0, 0)
    render = renderer.render(look_from_z(z), state_from_z(0 * z))
    assert render.image.shape == (64, 64, 3)
    assert render.image.std() > 5
    assert 0.2 < (render.alpha > 127).mean() < 0.95
    assert render.landmarks.shape == (98, 2)
    eyes = render.landmarks[60:76]
    assert np.all((eyes > 0) & (eyes < 64))
    # WFLW starts with the subject's right eye, which is on the left of the picture.
    assert render.landmarks[60:68, 0].mean() < render.landmarks[68:76, 0].mean()
    assert np.linalg.norm(render.landmarks[96] - render.landmarks[60:68].mean(0)) < 4


def test_the_same_puppet_gives_the_same_picture(renderer: PuppetRenderer) -> None:
    first, second = (
        renderer.render(look_from_z(z), state_from_z(z)) for z in (sample_z(0, 1), sample_z(0, 1))
    )
    other = renderer.render(look_from_z(sample_z(0, 2)), state_from_z(sample_z(0, 2)))
    assert np.array_equal(first.image, second.image)
    assert not np.array_equal(first.image, other.image)


def test_two_renderers_do_not_disturb_each_other(renderer: PuppetRenderer, head: Head) -> None:
    z = sample_z(0, 4)
    look, state = look_from_z(z), state_from_z(z)
    first = renderer.render(look, state)
    other = PuppetRenderer(head, size=32)
    assert other.render(look, state).image.shape == (32, 32, 3)
    assert np.array_equal(renderer.render(look, state).image, first.image)
    other.close()
    assert np.array_equal(renderer.render(look, state).image, first.image)


def test_pose_and_jaw_move_the_points(renderer: PuppetRenderer) -> None:
    z = sample_z(0, 3)
    look, still = look_from_z(z), np.zeros_like(z)
    turned, opened = still.copy(), still.copy()
    turned[0], opened[7] = 1.5, 1.8
    rest = renderer.render(look, state_from_z(still)).landmarks
    yawed = renderer.render(look, state_from_z(turned), follow=False).landmarks
    spoke = renderer.render(look, state_from_z(opened)).landmarks
    assert yawed[60:76, 0].mean() > rest[60:76, 0].mean() + 3  # towards the subject's left
    followed = renderer.render(look, state_from_z(turned)).landmarks
    assert abs(followed[60:76, 0].mean() - rest[60:76, 0].mean()) < 2
    assert spoke[85, 1] > rest[85, 1] + 0.5
    assert np.allclose(spoke[60:76], rest[60:76], atol=0.3)


def test_any_number_of_processes_makes_the_same_set(
    renderer: PuppetRenderer, head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del renderer  # only there to skip where there is no OpenGL
    monkeypatch.setattr("tools.puppets.dataset.SHARD_SIZE", 3)
    options = RenderOptions(str(head_file), count=5, seed=7, size=32, workers=1)
    calls: list[tuple[int, int]] = []
    render_set(options, tmp_path / "a", lambda done, total: calls.append((done, total)))
    assert calls == [(0, 5), (3, 5), (5, 5)]
    shards = list(read_shards(tmp_path / "a"))
    assert [len(shard.images) for shard in shards] == [3, 2]
    assert np.array_equal(shards[1].z[0], sample_z(7, 3))
    (tmp_path / "a" / "shard-00000").rename(tmp_path / "gone")
    before = shards[0].images[:].copy()
    render_set(options, tmp_path / "a")
    assert np.array_equal(next(read_shards(tmp_path / "a")).images, before)


def test_a_set_shows_each_person_several_times(
    renderer: PuppetRenderer, head_file: Path, tmp_path: Path
) -> None:
    del renderer
    options = RenderOptions(str(head_file), count=5, seed=7, size=32, workers=1, states=2)
    render_set(options, tmp_path)
    codes = next(read_shards(tmp_path)).z
    expected = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]
    assert np.array_equal(codes, [sample_person_z(7, *which) for which in expected])
    with pytest.raises(TrainingError, match="another set"):
        render_set(RenderOptions(str(head_file), count=5, seed=7, size=32), tmp_path)


def test_a_folder_with_another_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text('{"seed": 1}', "utf-8")
    with pytest.raises(TrainingError, match="another set"):
        render_set(RenderOptions("head.npz", count=1), tmp_path)
    with pytest.raises(ConfigError):
        render_set(RenderOptions("head.npz", count=0), tmp_path)


def test_examples_are_a_picture_and_a_clip_with_sound(
    renderer: PuppetRenderer, head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del renderer
    # A quarter of a second is enough to see that picture and sound arrive.
    monkeypatch.setattr("tools.puppets.clip._SCRIPT", ((0.0, {}), (0.25, {"yaw": 1.0})))
    source, driver = render_examples(head_file, tmp_path, size=32)
    assert read_image(source).shape == (32, 32, 3)
    with VideoReader(driver) as video:
        assert video.frame_rate == FRAME_RATE
        frames = [frame.image for frame in video]
    assert len(frames) == 7
    assert not np.array_equal(frames[0], frames[-1])
    with av.open(str(driver)) as container:
        assert len(container.streams.audio) == 1


def test_the_performance_blinks_speaks_and_ends_at_rest() -> None:
    states = np.stack(list(performance()))
    assert states[:, 5].max() > 1.8  # lids closed
    assert states[:, 7].max() > 1.0  # jaw open
    assert np.ptp(states[:, 0]) > 2  # head turns both ways
    assert np.abs(states[0, :5]).max() < 1e-6
    assert np.abs(states[-1, :5]).max() < 0.2
