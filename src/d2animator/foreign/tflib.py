"""StyleGAN2 pickles of the TensorFlow era: a tuple (G, D, Gs) of ``dnnlib.tflib`` networks.

A network is pickled as its constructor's arguments, the source text of its build function (which
stays text here), and ``variables``: pairs of a name and an array. Differences to the PyTorch
versions: matrices are (in, out), kernels (k, k, in, out), the kernels of up-convolutions are
flipped, and the biases of styles lack the 1 that their layer adds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from d2animator.errors import BundleError
from d2animator.foreign.files import ForeignFile, number
from d2animator.foreign.layout import (
    Found,
    add_filters,
    check_unconditional,
    positive,
    stylegan2_config,
)
from d2animator.foreign.options import TENSORFLOW, check_options
from d2animator.foreign.records import Record, as_table

NETWORK = "dnnlib.tflib.network.Network"
# Networks are made of components: synthesis and mapping.
_MAX_NETWORKS = 100
_ENDINGS = {
    "weight": "weight",
    "bias": "bias",
    "mod_weight": "affine.weight",
    "mod_bias": "affine.bias",
    "noise_strength": "noise_strength",
}
_LAYERS = {"Conv": "conv1", "Conv0_up": "conv0", "Conv1": "conv1", "ToRGB": "torgb"}
# Counters of training, and of growing resolutions.
_IGNORED = re.compile(r"(?:.*/)?(?:lod|dlatent_avg_beta|style_mixing_prob)$")


def find(file: ForeignFile) -> Found | None:
    """The last network of the pickle that is a generator: ``Gs`` of (G, D, Gs).

    Returns:
        None if the file is no such pickle.

    Raises:
        BundleError: It is, but holds no generator that can be used.
    """
    root = file.root
    candidates = list(root) if isinstance(root, tuple | list) else [root]
    networks = [value for value in candidates if _state(value)]
    if not networks:
        return None
    for network in reversed(networks):
        variables = _variables(file, network)
        if any(name.startswith("synthesis/") for name in variables):
            return _read(file, network, variables)
    names = ", ".join(f"{number(_state(network).get('name'))!s:.40}" for network in networks)
    raise BundleError(file.path, f"no StyleGAN2 generator: it holds {names}")


def _state(value: object) -> Mapping[Any, Any]:
    is_network = isinstance(value, Record) and value.name == NETWORK
    return (as_table(value.state) or {}) if isinstance(value, Record) and is_network else {}


def _variables(file: ForeignFile, network: object) -> dict[str, Record]:
    """Arrays by name, those of components after the component's name."""
    found: dict[str, Record] = {}
    waiting = [("", network)]
    for _ in range(_MAX_NETWORKS):
        if not waiting:
            return found
        prefix, network = waiting.pop()
        state = _state(network)
        variables = state.get("variables")
        file.count_visits(len(variables) if isinstance(variables, list | tuple) else 0)
        for pair in variables if isinstance(variables, list | tuple) else ():
            if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], str):
                raise BundleError(file.path, "variables that are no pairs of name and array")
            # In memory, a component's variables are named after the network and the component.
            name = re.sub(r"^\w*?(mapping|synthesis)/", r"\1/", prefix + pair[0].removesuffix(":0"))
            if isinstance(pair[1], Record):
                found[name] = pair[1]
        components = as_table(state.get("components")) or {}
        file.count_visits(len(components))
        waiting += [(f"{prefix}{name}/", component) for name, component in components.items()]
    raise BundleError(file.path, f"more than {_MAX_NETWORKS} networks in one")


def _read(file: ForeignFile, network: object, variables: Mapping[str, Record]) -> Found:
    arguments = as_table(_state(network).get("static_kwargs")) or {}
    labels = number(arguments.get("label_size")) or 0
    embedded = "mapping/LabelConcat/weight" in variables
    check_unconditional(file.path, labels if isinstance(labels, int) and labels else int(embedded))
    components = as_table(_state(network).get("components")) or {}
    for part in (network, *list(components.values())[:_MAX_NETWORKS]):
        options = as_table(_state(part).get("static_kwargs")) or {}
        check_options(file.path, options, TENSORFLOW, {"mapping_fmaps": _width(variables)})
    tensors: dict[str, Tensor] = {}
    surplus = []
    for name, value in variables.items():
        if _IGNORED.match(name):
            continue
        ours, tensor = _our_name(name), file.tensor(value)
        if ours is None or tensor is None:
            surplus.append(name)
        else:
            tensors[ours] = _ours(name, tensor)
    if surplus:
        reason = "a TensorFlow generator, but not a StyleGAN2 of configuration F"
        raise BundleError(file.path, reason, unexpected=surplus)
    add_filters(tensors)
    factor, clamp = (number(arguments.get(name)) for name in ("mapping_lrmul", "conv_clamp"))
    config = stylegan2_config(
        file.path,
        tensors,
        lr_multiplier=positive(file.path, "mapping_lrmul", factor, 0.01) or 0.01,
        conv_clamp=positive(file.path, "conv_clamp", clamp, None),
    )
    return Found(config, tensors, "NVIDIA, StyleGAN2 in TensorFlow")


def _width(variables: Mapping[str, Record]) -> int | None:
    """Length of w, from the bias of the first mapping layer."""
    bias = variables.get("mapping/Dense0/bias")
    shape = bias.state[1] if bias is not None and isinstance(bias.state, tuple) else None
    return shape[0] if isinstance(shape, tuple) and len(shape) == 1 else None


def _our_name(name: str) -> str | None:
    if name == "dlatent_avg":
        return "mapping.w_avg"
    if name == "synthesis/4x4/Const/const":
        return "synthesis.b4.const"
    if match := re.fullmatch(r"mapping/Dense(\d\d?)/(weight|bias)", name):
        return f"mapping.fc{match[1]}.{match[2]}"
    if match := re.fullmatch(r"synthesis/noise(\d\d?)", name):
        index = int(match[1])
        return f"synthesis.b{4 << (index + 1) // 2}.conv{(index + 1) % 2}.noise_const"
    if match := re.fullmatch(r"synthesis/(\d{1,5})x\1/(\w+)/(\w+)", name):
        layer, ending = _LAYERS.get(match[2]), _ENDINGS.get(match[3])
        if layer and ending:
            return f"synthesis.b{match[1]}.{layer}.{ending}"
    return None


def _ours(name: str, tensor: Tensor) -> Tensor:
    """The same numbers, laid out as PyTorch wants them."""
    ending = name.rpartition("/")[2]
    if ending == "mod_bias":
        return tensor + 1
    if ending in ("weight", "mod_weight") and tensor.ndim == 2:
        return tensor.T.contiguous()
    if ending == "weight" and tensor.ndim == 4:
        kernels = tensor.flip(0, 1) if "/Conv0_up/" in name else tensor
        return kernels.permute(3, 2, 0, 1).contiguous()
    if ending == "const" and tensor.ndim == 4:
        return tensor[0]
    if ending.startswith("noise") and tensor.ndim == 4:
        return torch.reshape(tensor, tensor.shape[-2:])
    return tensor
