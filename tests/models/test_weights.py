"""Weights are read strictly: names, shapes, and numbers that a network can have."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from d2animator.errors import BundleError
from d2animator.models import weights


def saved(folder: Path, weight: Tensor) -> Path:
    save_file({"weight": weight, "bias": torch.zeros(2)}, folder / "net.safetensors")
    return folder / "net.safetensors"


@pytest.mark.parametrize(
    "wrong",
    [
        torch.tensor([[1.0, torch.nan], [0, 0]]),
        torch.tensor([[1.0, -torch.inf], [0, 0]]),
        torch.tensor([[1.0, 1e12], [0, 0]]),
        torch.tensor([[1.0, 1e300], [0, 0]], dtype=torch.float64),
        torch.ones(2, 2, dtype=torch.complex64),
    ],
    ids=["nan", "inf", "large", "beyond", "complex"],
)
def test_what_no_network_holds_is_refused_by_name(tmp_path, wrong):
    path = saved(tmp_path, wrong)
    with pytest.raises(BundleError, match=r"which no network has: weight$"):
        weights.fill(path, {"": nn.Linear(2, 2)}, weights.read_tensors(path)[0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_will_do(tmp_path, dtype):
    path = saved(tmp_path, torch.full((2, 2), 0.5, dtype=dtype))
    module = nn.Linear(2, 2)
    weights.fill(path, {"": module}, weights.read_tensors(path)[0])
    assert torch.equal(module.weight, torch.full((2, 2), 0.5))


def test_shapes_are_read_without_the_numbers(tmp_path):
    path = saved(tmp_path, torch.zeros(2, 2))
    assert weights.read_shapes(path) == {"weight": (2, 2), "bias": (2,)}
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(BundleError, match="not a whole safetensors file"):
        weights.read_shapes(path)


def test_very_many_names_are_cut_short(tmp_path):
    wanted = {f"layer{index}": (1,) for index in range(500)}
    with pytest.raises(BundleError, match=r"layer115 and 480 more$") as caught:
        weights.check_shapes(tmp_path, wanted, {})
    assert len(caught.value.missing) == 500
