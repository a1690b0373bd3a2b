from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from d2animator.errors import BundleError, ConfigError, MediaError, ShapeError
from d2animator.evaluate.benches import drawn_bench, open_bench, to_images
from d2animator.media.images import write_image


def test_a_drawn_bench_repeats(bundle, bench):
    again = drawn_bench(bundle.generator, 4, pairs=5, sources=3, frames=4)
    assert again.fingerprint() == bench.fingerprint()
    other = drawn_bench(bundle.generator, 4, pairs=5, sources=3, frames=4, seed=1001)
    assert other.fingerprint() != bench.fingerprint()


def test_its_truth_is_the_driver_when_state_is_everything(bundle):
    size = bundle.generator.z_dim
    all_state = drawn_bench(bundle.generator, size, pairs=3, sources=2)
    np.testing.assert_array_equal(all_state.truth, all_state.drivers)
    no_state = drawn_bench(bundle.generator, 0, pairs=3, sources=2)
    np.testing.assert_array_equal(no_state.truth, no_state.sources[[0, 1, 0]])


def test_a_clip_starts_where_its_source_is(bench):
    (clip,) = bench.clips
    np.testing.assert_array_equal(clip.truth[0], clip.source)
    assert len(clip.driver) == len(clip.truth) == 4


def test_a_limit_keeps_pairs_together(bench):
    fewer = bench.limited(2)
    assert len(fewer.pairs) == len(fewer.truth) == 2
    for place, index in enumerate((0, 4)):
        source, driver = fewer.pairs[place]
        old_source, old_driver = bench.pairs[index]
        np.testing.assert_array_equal(fewer.sources[source], bench.sources[old_source])
        np.testing.assert_array_equal(fewer.drivers[driver], bench.drivers[old_driver])
        np.testing.assert_array_equal(fewer.truth[place], bench.truth[index])
    assert bench.limited(99) is bench


def test_one_pair_is_too_few(bench):
    with pytest.raises(ConfigError, match="at least 2"):
        bench.limited(1)


def test_every_pair_needs_its_truth(bench):
    with pytest.raises(ShapeError):
        dataclasses.replace(bench, truth=bench.truth[1:])


def test_images_and_sizes(bench):
    images = to_images(bench.sources)
    assert images.shape == (3, 3, 32, 32)
    torch.testing.assert_close(to_images(bench.sources, 32), images)
    assert to_images(bench.sources, 16).shape[-1] == 16
    grey = np.full((1, 8, 8, 3), 127.5).astype(np.uint8)
    assert float(to_images(grey, 5).abs().max()) < 0.01


def test_a_folder_without_a_bench_says_so(tmp_path):
    with pytest.raises(BundleError, match="no PuppetBench"):
        open_bench(tmp_path)


def write_folders(bench, folder, size=slice(None)):
    for name, pictures in (
        ("sources", bench.sources[[source for source, _ in bench.pairs]]),
        ("drivers", bench.drivers),
        ("truth", bench.truth),
    ):
        (folder / name).mkdir(parents=True)
        for index, picture in enumerate(pictures):
            write_image(folder / name / f"{index}.png", picture[size])


def test_plain_folders_are_a_bench(bench, tmp_path):
    write_folders(bench, tmp_path / "clip")
    read = open_bench(tmp_path / "clip", limit=4)
    assert (read.name, len(read.pairs)) == ("clip", 4)
    np.testing.assert_array_equal(read.truth[0], bench.truth[0])
    np.testing.assert_array_equal(read.sources[read.pairs[3][0]], bench.sources[bench.pairs[4][0]])


def test_plain_folders_must_fit_together(bench, tmp_path):
    write_folders(bench, tmp_path / "flat", slice(20))
    with pytest.raises(ConfigError, match="square and of one size"):
        open_bench(tmp_path / "flat")
    (tmp_path / "empty" / "truth").mkdir(parents=True)
    with pytest.raises(ConfigError, match="needs at least 2"):
        open_bench(tmp_path / "empty")
    (tmp_path / "flat" / "drivers" / "2.png").unlink()
    with pytest.raises(MediaError, match=r"2\.png: no such file"):
        open_bench(tmp_path / "flat")
