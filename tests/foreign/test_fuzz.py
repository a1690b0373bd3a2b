"""Thousands of damaged network files: each is read or refused, at once, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from d2animator.foreign.network import read_network
from d2animator.models.generators import Generator
from d2animator.models.stylegan2 import GeneratorConfig
from tests.foreign.foreign_files import (
    nvidia_network,
    rosinality_weights,
    tensorflow_network,
    write_pickle,
    write_torch,
)
from tests.mutations import Tally, check_all

SMALL = GeneratorConfig(
    z_dim=4, w_dim=4, img_resolution=8, num_mapping_layers=2, channel_base=16, channel_max=4
)


def files(folder: Path) -> list[bytes]:
    torch.manual_seed(0)
    generator = Generator(SMALL).eval().requires_grad_(False)
    weights = {"g_ema": rosinality_weights(generator), "latent_avg": generator.mapping.w_avg}
    named = {"g_ema": generator.state_dict()}
    paths = [
        write_pickle(folder / "nvidia.pkl", {"G_ema": nvidia_network(generator)}),
        write_pickle(folder / "nvidia2.pkl", {"G_ema": nvidia_network(generator)}, 2),
        write_pickle(folder / "tf.pkl", (tensorflow_network(generator),)),
        write_torch(folder / "zip.pt", weights),
        write_torch(folder / "old.pt", weights, archive=False),
        write_torch(folder / "named.pt", named),
    ]
    return [path.read_bytes() for path in paths]


def read_damaged(folder: Path, count: int, seed: int) -> Tally:
    path = folder / "damaged.pt"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return read_network(path)

    return check_all(files(folder), read, count, seed)


def test_some_damaged_networks(tmp_path):
    done = read_damaged(tmp_path, 60, 1)
    assert done.read
    assert done.refused


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_many_damaged_networks(tmp_path, seed, record_property):
    read_damaged(tmp_path, 500, seed).recorded(record_property)
