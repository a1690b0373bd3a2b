"""The large generator's benchmark, on a smaller cousin; the real one among the slow tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import large
from d2animator.foreign.network import read_network
from d2animator.models.stylegan2 import GeneratorConfig


def all_steps(folder: Path, side: int) -> dict[str, dict[str, Any]]:
    return {name: step(folder, side) for name, step in large.STEPS.items()}


def test_the_file_has_the_official_shape(tmp_path):
    large.do_write(tmp_path, 16)
    config = read_network(tmp_path / "network.pt").generator.config
    assert isinstance(config, GeneratorConfig)
    official = GeneratorConfig(img_resolution=16)
    assert (config.z_dim, config.w_dim, config.num_mapping_layers) == (512, 512, 8)
    for side in official.resolutions:
        assert config.channels_at(side) == official.channels_at(side)
    assert large.channels(1024) == GeneratorConfig().channels_at(1024) == 32


def test_every_step_is_done_on_a_smaller_cousin(tmp_path):
    steps = all_steps(tmp_path, 8)
    assert steps["convert"]["img_resolution"] == 8
    assert steps["load"]["num_ws"] == 4
    assert steps["render"]["frame_s"] >= 0
    again = (tmp_path / "again" / "generator.safetensors").read_bytes()
    assert again == (tmp_path / "bundle" / "generator.safetensors").read_bytes()


def test_a_process_knows_its_peak(tmp_path):
    threads = torch.get_num_threads()
    done = large.one_step("import", tmp_path, 8, threads)
    assert done["peak_mib"] > 50
    assert done["cpu_s"] > 0


def test_what_was_measured_is_a_table():
    step = {"cpu_s": 1.25, "peak_mib": 100}
    steps: dict[str, Any] = {name: dict(step) for name in large.STEPS}
    steps["write"] |= {"parameters": 30_370_060, "file_mib": 126.6}
    steps["render"] |= {"frame_s": 2.0}
    text = large.markdown({"img_resolution": 1024, "threads": 1, "steps": steps})
    assert "30.4 million parameters" in text
    assert "| `d2animator convert` | 1.2 | 100 |" in text


@pytest.mark.slow
def test_a_generator_of_1024_pixels_is_converted_and_drawn(tmp_path):
    steps = all_steps(tmp_path, large.SIDE)
    assert steps["write"]["parameters"] == pytest.approx(30.37e6, rel=1e-3)
    assert steps["load"]["num_ws"] == 18
