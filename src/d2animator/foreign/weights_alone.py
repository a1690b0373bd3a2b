"""Weights under NVIDIA's names without the network around them, as StyleGAN-NADA and others save.

They stand in a dictionary under ``g_ema``, ``G_ema``, ``state_dict`` and the like, or by
themselves. Such a file has the shape of a StyleGAN2 in its weights, but not all that a StyleGAN3
needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from d2animator.errors import BundleError
from d2animator.foreign.files import ForeignFile
from d2animator.foreign.layout import (
    Found,
    add_filters,
    check_unconditional,
    stylegan2_config,
    told_multiplier,
    without_wrapper,
)
from d2animator.foreign.records import as_table

_MARK = "mapping.fc0.weight"
_HOLDERS = ("g_ema", "G_ema", "state_dict", "model", "generator", "g", "G")


def find(file: ForeignFile, lr_multiplier: float | None = None) -> Found | None:
    """The generator of such a file.

    Args:
        file: The file.
        lr_multiplier: Of the mapping network, which the file does not say; None to tell it from
            the weights.

    Returns:
        None if the file is no such one.

    Raises:
        BundleError: It is, but holds no generator that can be used.
    """
    for holder in _places(file.root):
        file.count_visits(len(holder))
        if _MARK in holder:
            return _read(file, holder, lr_multiplier)
    return None


def _places(root: object) -> Iterator[Mapping[Any, Any]]:
    table = as_table(root) or {}
    for name in _HOLDERS:
        yield without_wrapper(as_table(table.get(name)) or {})
    yield without_wrapper(table)


def _read(file: ForeignFile, holder: Mapping[Any, Any], lr_multiplier: float | None) -> Found:
    found = {name: file.tensor(value) for name, value in holder.items() if isinstance(name, str)}
    tensors = {name: tensor for name, tensor in found.items() if tensor is not None}
    if "synthesis.input.freqs" in tensors:
        reason = "the weights of a StyleGAN3 without its options; give the .pkl that they are from"
        raise BundleError(file.path, reason)
    embedding = tensors.get("mapping.embed.weight")
    check_unconditional(file.path, 0 if embedding is None else max(embedding.numel(), 1))
    add_filters(tensors)
    factor = told_multiplier(file.path, tensors, lr_multiplier)
    config = stylegan2_config(file.path, tensors, lr_multiplier=factor)
    assumed = {"mapping_lr_multiplier": f"{factor:g}", "conv_clamp": "none"}
    return Found(config, tensors, "NVIDIA's names, StyleGAN2", assumed)
