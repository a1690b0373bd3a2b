"""Checkpoints in the layout of the widespread PyTorch port of StyleGAN2 by "rosinality".

A dictionary with ``g_ema``, often ``latent_avg``; or a pSp or e4e checkpoint, whose ``state_dict``
has the same names after ``decoder.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from d2animator.errors import BundleError
from d2animator.foreign.files import ForeignFile
from d2animator.foreign.layout import (
    Found,
    add_filters,
    stylegan2_config,
    told_multiplier,
    without_wrapper,
)
from d2animator.foreign.records import as_table
from d2animator.models import ops

_MARK = "conv1.conv.modulation.weight"
# Ours by theirs, within a layer.
_LAYER = {
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
    "bias": "bias",
}


def find(file: ForeignFile, lr_multiplier: float | None = None) -> Found | None:
    """The generator of such a checkpoint.

    Args:
        file: The file.
        lr_multiplier: Of the mapping network, which the file does not say; None to tell it from
            the weights.

    Returns:
        None if the file is no such checkpoint.

    Raises:
        BundleError: It is, but holds no generator that can be used.
    """
    table = as_table(file.root)
    if table is None:
        return None
    for holder, prefix, layout in _places(table):
        file.count_visits(len(holder))
        if prefix + _MARK in holder:
            weights = {
                name.removeprefix(prefix): value
                for name, value in holder.items()
                if isinstance(name, str) and name.startswith(prefix)
            }
            return _read(file, weights, table.get("latent_avg"), layout, lr_multiplier)
    return None


def _places(table: Mapping[Any, Any]) -> Iterator[tuple[Mapping[Any, Any], str, str]]:
    """Where a generator may stand: tensors by name, the prefix of its names, whose layout."""
    yield _tensors_of(table.get("g_ema")), "", "rosinality"
    yield _tensors_of(table.get("state_dict")), "decoder.", "pSp or e4e"
    yield _tensors_of(table.get("g")), "", "rosinality"
    yield without_wrapper(table), "", "rosinality"


def _tensors_of(value: object) -> Mapping[Any, Any]:
    return without_wrapper(as_table(value) or {})


def _read(
    file: ForeignFile,
    weights: Mapping[str, Any],
    latent_avg: object,
    layout: str,
    lr_multiplier: float | None,
) -> Found:
    tensors: dict[str, Tensor] = {}
    surplus = []
    low_pass = ops.resample_filter() * 4
    for name, value in weights.items():
        tensor = file.tensor(value)
        ours = _our_name(name)
        if tensor is None or ours is None:
            surplus.append(name)
        elif ours:
            tensors[ours] = _our_shape(ours, tensor)
        elif tensor.shape != low_pass.shape or not torch.allclose(tensor, low_pass, atol=1e-6):
            reason = f"{name}: only the low-pass filter [1, 3, 3, 1] is supported"
            raise BundleError(file.path, reason)
    if surplus:
        raise BundleError(file.path, f"a generator in {layout}'s layout", unexpected=surplus)
    mean = file.tensor(latent_avg)
    if mean is not None and mean.ndim and mean.numel():
        # pSp and e4e repeat it for every layer.
        tensors["mapping.w_avg"] = mean.reshape(-1, mean.shape[-1]).mean(dim=0)
    add_filters(tensors)
    factor = told_multiplier(file.path, tensors, lr_multiplier)
    config = stylegan2_config(file.path, tensors, lr_multiplier=factor)
    assumed = {"mapping_lr_multiplier": f"{factor:g}"}
    return Found(config, tensors, layout, assumed)


def _our_name(name: str) -> str | None:
    """Our name of a tensor; empty for low-pass filters, None for what does not belong here."""
    if re.fullmatch(r"(?:convs\.\d+\.conv\.blur|to_rgbs\.\d+\.upsample)\.kernel", name):
        return ""
    if name == "input.input":
        return "synthesis.b4.const"
    if match := re.fullmatch(r"style\.(\d\d?)\.(weight|bias)", name):
        # Their layer 0 is the normalisation of z.
        return f"mapping.fc{int(match[1]) - 1}.{match[2]}"
    if match := re.fullmatch(r"noises\.noise_(\d\d?)", name):
        # Noise 0 is that of the only convolution at 4x4, then two a resolution.
        index = int(match[1])
        return f"synthesis.b{4 << (index + 1) // 2}.conv{(index + 1) % 2}.noise_const"
    pattern = r"(conv1|to_rgb1|convs|to_rgbs)(?:\.(\d\d?))?\.(.+)"
    if not (match := re.fullmatch(pattern, name)) or match[3] not in _LAYER:
        return None
    kind, index, ending = match[1], int(match[2] or 0), _LAYER[match[3]]
    places = {
        "conv1": (4, "conv1"),
        "to_rgb1": (4, "torgb"),
        "convs": (8 << index // 2, f"conv{index % 2}"),
        "to_rgbs": (8 << index, "torgb"),
    }
    side, layer = places[kind]
    return f"synthesis.b{side}.{layer}.{ending}"


def _our_shape(name: str, tensor: Tensor) -> Tensor:
    """Their weights, constants and noises have a batch axis in front; their scalars are vectors."""
    if name.endswith("noise_strength"):
        return tensor.reshape(()) if tensor.numel() == 1 else tensor
    if name.endswith("noise_const"):
        return tensor.reshape(tensor.shape[-2:]) if tensor.ndim == 4 else tensor
    if name.endswith((".conv0.bias", ".conv1.bias", ".torgb.bias")):
        return tensor.flatten()
    # Kernels are (1, O, I, k, k), the constant (1, C, 4, 4).
    ranks = {5: name.endswith(".weight"), 4: name.endswith(".const")}
    return tensor[0] if ranks.get(tensor.ndim) and len(tensor) == 1 else tensor
