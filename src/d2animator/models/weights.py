"""Weights in safetensors files, read strictly: every tensor that does not fit is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from d2animator.errors import BundleError


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors of a safetensors file, and its metadata.

    Raises:
        BundleError: The file is missing, truncated or no safetensors.
    """
    if not path.is_file():
        raise BundleError(path, "this file is missing")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (SafetensorError, OSError) as error:
        reason = f"not a whole safetensors file ({error}); fetch or save the bundle again"
        raise BundleError(path, reason) from error


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], *, half: bool = False
) -> None:
    """Write a safetensors file.

    Args:
        path: Target.
        tensors: By name, on any device.
        metadata: Text by name.
        half: Store matrices and kernels in fp16. Vectors stay as they are: they are small, and
            running variances and the like leave the range of fp16.
    """
    ready = {name: _stored(tensor, half) for name, tensor in tensors.items()}
    # Not save_file: it makes files that only their owner can read.
    path.write_bytes(save(ready, metadata=dict(metadata)))


def fill(path: Path, modules: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> None:
    """Load modules from one file's tensors; every tensor must be there, fit, and be wanted.

    Args:
        path: For messages.
        modules: By prefix of their tensors' names; "" for a file with one module.
        tensors: What the file holds; cast to the precision of the module.

    Raises:
        BundleError: Names all missing, unexpected and wrongly shaped tensors.
    """
    wanted = {
        prefix + name: value
        for prefix, module in modules.items()
        for name, value in module.state_dict().items()
    }
    check_tensors(path, {name: tuple(value.shape) for name, value in wanted.items()}, tensors)
    with torch.no_grad():
        for name, target in wanted.items():
            target.copy_(tensors[name])


def check_tensors(
    path: Path, shapes: Mapping[str, tuple[int, ...]], tensors: Mapping[str, Tensor]
) -> None:
    """Check that ``tensors`` are exactly those of ``shapes``.

    Raises:
        BundleError: Names all missing, unexpected and wrongly shaped tensors.
    """
    mismatched = [
        f"{name} (expected {shapes[name]}, got {tuple(tensor.shape)})"
        for name, tensor in tensors.items()
        if name in shapes and tuple(tensor.shape) != shapes[name]
    ]
    missing = sorted(shapes.keys() - tensors.keys())
    unexpected = sorted(tensors.keys() - shapes.keys())
    if missing or unexpected or mismatched:
        raise BundleError(path, missing=missing, unexpected=unexpected, mismatched=mismatched)


def _stored(tensor: Tensor, half: bool) -> Tensor:
    # Cloned: safetensors refuses tensors that share memory.
    tensor = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    if not half or tensor.ndim < 2 or tensor.dtype != torch.float32:
        return tensor
    small = tensor.half()
    return small if bool(small.isfinite().all()) else tensor
