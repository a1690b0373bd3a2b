from __future__ import annotations

import numpy as np
import pytest

from d2animator.errors import ConfigError
from d2animator.marks.pattern import (
    STEP,
    TILE,
    check_payload,
    chroma_waves,
    luma_waves,
    make_tile,
    repeated,
    shifts_of,
    tile_side,
)


@pytest.mark.parametrize("waves", [luma_waves(), chroma_waves()])
def test_waves_are_one_of_each_pair_within_the_band(waves):
    pairs = set(zip(waves.rows.tolist(), waves.columns.tolist(), strict=True))
    assert len(pairs) == len(waves.rows)
    assert not pairs & {(-row, -column) for row, column in pairs}
    assert waves.rows.min() == 0  # a half spectrum holds them all


@pytest.mark.parametrize("waves", [luma_waves(), chroma_waves()])
def test_every_group_has_about_a_third(waves):
    shares = np.bincount(waves.groups) / len(waves.groups)
    assert shares == pytest.approx([1 / 3] * 3, abs=0.06)


def test_the_key_never_changes():
    # Other numbers here would make all older files unreadable.
    assert luma_waves().phases[:3] == pytest.approx([3.457709, 6.004852, 3.719967], abs=1e-6)
    assert chroma_waves().phases[:3] == pytest.approx([1.497232, 3.668634, 5.895738], abs=1e-6)
    assert luma_waves().groups[:12].tolist() == [0, 2, 0, 0, 2, 0, 1, 0, 0, 2, 0, 1]


def test_a_tile_is_noise_of_unit_strength_that_joins_itself():
    tile = make_tile(luma_waves(), 12345)
    assert tile.shape == (TILE, TILE)
    assert tile.std() == pytest.approx(1, abs=1e-4)
    assert abs(tile.mean()) < 1e-3
    inner = np.abs(np.diff(tile, axis=0)).mean()
    assert np.abs(tile[0] - tile[-1]).mean() < 1.5 * inner


def test_a_larger_tile_is_the_same_one_enlarged():
    small, large = make_tile(chroma_waves(), 7), make_tile(chroma_waves(), 7, 2 * TILE)
    assert np.corrcoef(large[::2, ::2].ravel(), small.ravel())[0, 1] > 0.99


def test_payload_bytes_are_shifts():
    assert shifts_of(0).tolist() == [[0, 0]] * 3
    assert shifts_of(0x1203).tolist() == [[0, 0], [STEP, 2 * STEP], [0, 3 * STEP]]
    assert not np.allclose(make_tile(luma_waves(), 0), make_tile(luma_waves(), 1))


@pytest.mark.parametrize("payload", [-1, 65536])
def test_a_payload_of_more_bits_is_refused(payload):
    with pytest.raises(ConfigError, match="0 to 65535"):
        check_payload(payload)


@pytest.mark.parametrize(
    ("size", "side"),
    [
        ((64, 64), 256),
        ((512, 512), 256),
        ((720, 1280), 256),
        ((1080, 1920), 512),
        ((2160, 3840), 1024),
    ],
)
def test_the_tile_grows_with_the_picture(size, side):
    assert tile_side(*size) == side


def test_tiles_cover_any_size():
    tile = make_tile(luma_waves(), 0)
    covering = repeated(tile, 300, 700)
    assert covering.shape == (300, 700)
    np.testing.assert_array_equal(covering[256:, 512:], tile[:44, :188])
