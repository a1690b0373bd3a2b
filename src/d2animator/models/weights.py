"""Weights in safetensors files, read strictly: every tensor that does not fit is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from d2animator.errors import BundleError, list_names

_LARGEST = 1e9
# Kinds of numbers that need no copy to be compared.
_COMPARED = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


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
    # Types of numbers that PyTorch has no word for are ValueErrors, TypeErrors or RuntimeErrors.
    except (SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
        raise BundleError(path, _not_whole(error)) from error


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of all tensors of a safetensors file, from its header alone.

    Raises:
        BundleError: The file is missing, truncated or no safetensors.
    """
    if not path.is_file():
        raise BundleError(path, "this file is missing")
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            return {name: tuple(file.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise BundleError(path, _not_whole(error)) from error


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
        BundleError: Names all missing, unexpected and wrongly shaped tensors, or those that hold
            what no network does.
    """
    wanted = {
        prefix + name: value
        for prefix, module in modules.items()
        for name, value in module.state_dict().items()
    }
    shapes = {name: tuple(value.shape) for name, value in wanted.items()}
    check_shapes(path, shapes, {name: tuple(value.shape) for name, value in tensors.items()})
    check_numbers(path, tensors)
    with torch.no_grad():
        for name, target in wanted.items():
            target.copy_(tensors[name])


def check_tensors(
    path: Path, shapes: Mapping[str, tuple[int, ...]], tensors: Mapping[str, Tensor]
) -> None:
    """Check that ``tensors`` are exactly those of ``shapes``, and hold numbers of a network.

    Raises:
        BundleError: Names all missing, unexpected and wrongly shaped tensors, or those that hold
            what no network does.
    """
    check_shapes(path, shapes, {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    check_numbers(path, tensors)


def check_shapes(
    path: Path, shapes: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]]
) -> None:
    """Check that the shapes of a file's tensors are those that are wanted.

    Args:
        path: For messages.
        shapes: What is wanted, by name.
        found: What the file holds, by name.

    Raises:
        BundleError: Names all missing, unexpected and wrongly shaped tensors.
    """
    mismatched = [
        f"{name} (expected {shapes[name]}, got {shape})"
        for name, shape in found.items()
        if name in shapes and shape != shapes[name]
    ]
    missing = sorted(shapes.keys() - found.keys())
    unexpected = sorted(found.keys() - shapes.keys())
    if missing or unexpected or mismatched:
        raise BundleError(path, missing=missing, unexpected=unexpected, mismatched=mismatched)


def check_numbers(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Check that tensors hold what a network can compute with.

    Raises:
        BundleError: Names those with numbers that are complex, not finite, or larger than 1e9.
    """
    wrong = sorted(name for name, tensor in tensors.items() if not _is_usual(tensor))
    if wrong:
        reason = "numbers that are complex, not finite or larger than 1e9, which no network has"
        raise BundleError(path, f"{reason}: {list_names(wrong)}")


def _is_usual(tensor: Tensor) -> bool:
    if tensor.is_complex():
        return False
    if not tensor.numel():
        return True
    numbers = tensor if tensor.dtype in _COMPARED else tensor.float()
    # The largest of numbers among which one is none is none either.
    least, most = (float(number) for number in numbers.aminmax())
    return least >= -_LARGEST and most <= _LARGEST


def _not_whole(error: Exception) -> str:
    return f"not a whole safetensors file ({error}); fetch or save the bundle again"


def _stored(tensor: Tensor, half: bool) -> Tensor:
    # Cloned: safetensors refuses tensors that share memory.
    tensor = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    if not half or tensor.ndim < 2 or tensor.dtype != torch.float32:
        return tensor
    small = tensor.half()
    return small if bool(small.isfinite().all()) else tensor
