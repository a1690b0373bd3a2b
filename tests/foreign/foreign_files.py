"""Writes generators in other people's layouts, and files that mean harm.

Python's pickler writes a class by its module and name, so modules with their names, and nothing
of theirs in them, stand in while it does.
"""

from __future__ import annotations

import io
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from d2animator.models.generators import Generator
from d2animator.models.mapping import FullyConnectedLayer

# Text that NVIDIA's own loader would run.
MODULE_SOURCE = "open('canary', 'w').close()"


def _reconstruct_persistent_obj(meta: object) -> None:
    raise AssertionError("a record was carried out")


class Network:
    """Stands for ``dnnlib.tflib.network.Network``."""


class EasyDict(dict[str, Any]):
    """Stands for ``dnnlib.util.EasyDict``."""


_STAND_INS: dict[str, tuple[Any, ...]] = {
    "torch_utils.persistence": (_reconstruct_persistent_obj,),
    "dnnlib.tflib.network": (Network,),
    "dnnlib.util": (EasyDict,),
}


@contextmanager
def stand_ins() -> Iterator[None]:
    """Foreign modules by name, for as long as a pickler needs them."""
    for name, contents in _STAND_INS.items():
        module = types.ModuleType(name)
        for content in contents:
            content.__module__ = name
            setattr(module, content.__name__, content)
        sys.modules[name] = module
    parents = {name.rpartition(".")[0] for name in _STAND_INS} | {"dnnlib"}
    sys.modules.update({name: types.ModuleType(name) for name in parents})
    try:
        yield
    finally:
        for name in parents | set(_STAND_INS):
            del sys.modules[name]


class Persistent:
    """A module of NVIDIA's: pickled as class name, source text and state."""

    def __init__(self, kind: str, state: Mapping[str, Any]) -> None:
        self.meta: dict[str, Any] = {
            "type": "class",
            "version": 6,
            "module_src": MODULE_SOURCE,
            "class_name": kind,
            "state": dict(state),
        }

    def __reduce__(self) -> Any:
        return (_reconstruct_persistent_obj, (self.meta,))


def persistent(module: nn.Module, kind: str | None = None, **state: Any) -> Persistent:
    """One of our modules, and all within it, as theirs."""
    if isinstance(module, FullyConnectedLayer):
        # Their gains are NumPy's numbers.
        state |= {"weight_gain": np.float64(module.weight_gain), "bias_gain": module.bias_gain}
    for name in ("c_dim", "clamp"):
        if hasattr(module, name):
            state["conv_clamp" if name == "clamp" else name] = getattr(module, name)
    content = {
        "training": False,
        "_parameters": dict(module._parameters),
        "_buffers": OrderedDict(module._buffers),
        "_non_persistent_buffers_set": set(),
        "_backward_hooks": OrderedDict(),
        "_modules": {name: persistent(child) for name, child in module.named_children()},
    }
    return Persistent(kind or type(module).__name__, content | state)


def nvidia_network(generator: Generator, **arguments: Any) -> Persistent:
    """A generator as NVIDIA's; ``arguments`` are those of its synthesis network."""
    network = persistent(generator, "Generator", _init_kwargs=arguments)
    modules = network.meta["state"]["_modules"]
    modules["synthesis"].meta["state"]["_init_kwargs"] = EasyDict(arguments)
    return network


def write_pickle(path: Path, content: object, protocol: int = 4) -> Path:
    with stand_ins():
        path.write_bytes(pickle.dumps(content, protocol))
    return path


def write_torch(path: Path, content: object, *, archive: bool = True) -> Path:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=archive)
    path.write_bytes(buffer.getvalue())
    return path


def rosinality_weights(generator: Generator) -> OrderedDict[str, Tensor]:
    """Weights by the names, and in the shapes, of rosinality's generator.

    It always has noise, and a learning-rate factor of 0.01 in the mapping network.
    """
    state = generator.state_dict()
    theirs: OrderedDict[str, Tensor] = OrderedDict()
    for index in range(generator.config.num_mapping_layers):
        for kind in ("weight", "bias"):
            factor = generator.config.mapping_lr_multiplier / 0.01
            theirs[f"style.{index + 1}.{kind}"] = state[f"mapping.fc{index}.{kind}"] * factor
    theirs["input.input"] = state["synthesis.b4.const"][None]
    kernel = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 16
    noises = []
    for level, side in enumerate(generator.config.resolutions):
        block = f"synthesis.b{side}"
        layers = {"conv1": "conv1"} if side == 4 else {}
        if side > 4:
            layers = {"conv0": f"convs.{2 * level - 2}", "conv1": f"convs.{2 * level - 1}"}
            theirs[f"convs.{2 * level - 2}.conv.blur.kernel"] = kernel
            theirs[f"to_rgbs.{level - 1}.upsample.kernel"] = kernel
        for ours, name in layers.items():
            layer = f"{block}.{ours}"
            theirs[f"{name}.conv.weight"] = state[f"{layer}.weight"][None]
            theirs[f"{name}.conv.modulation.weight"] = state[f"{layer}.affine.weight"]
            theirs[f"{name}.conv.modulation.bias"] = state[f"{layer}.affine.bias"]
            strength = state.get(f"{layer}.noise_strength", torch.zeros(()))
            theirs[f"{name}.noise.weight"] = strength.reshape(1)
            theirs[f"{name}.activate.bias"] = state[f"{layer}.bias"]
            noise = state.get(f"{layer}.noise_const", torch.zeros(side, side))
            noises.append(noise[None, None])
        name = "to_rgb1" if side == 4 else f"to_rgbs.{level - 1}"
        theirs[f"{name}.bias"] = state[f"{block}.torgb.bias"].reshape(1, -1, 1, 1)
        theirs[f"{name}.conv.weight"] = state[f"{block}.torgb.weight"][None]
        theirs[f"{name}.conv.modulation.weight"] = state[f"{block}.torgb.affine.weight"]
        theirs[f"{name}.conv.modulation.bias"] = state[f"{block}.torgb.affine.bias"]
    theirs |= {f"noises.noise_{index}": noise for index, noise in enumerate(noises)}
    return theirs


def tensorflow_network(generator: Generator, **arguments: Any) -> Network:
    """``Gs`` of a StyleGAN2 pickle of the TensorFlow era."""
    state = {name: value.numpy() for name, value in generator.state_dict().items()}
    mapping: list[tuple[str, Any]] = []
    for index in range(generator.config.num_mapping_layers):
        mapping.append((f"Dense{index}/weight", state[f"mapping.fc{index}.weight"].T))
        mapping.append((f"Dense{index}/bias", state[f"mapping.fc{index}.bias"]))
    variables: list[tuple[str, Any]] = [("4x4/Const/const", state["synthesis.b4.const"][None])]
    noises = []
    for side in generator.config.resolutions:
        names = {"conv1": "Conv"} if side == 4 else {"conv0": "Conv0_up", "conv1": "Conv1"}
        for ours, theirs in (names | {"torgb": "ToRGB"}).items():
            layer, name = f"synthesis.b{side}.{ours}", f"{side}x{side}/{theirs}"
            kernel = state[f"{layer}.weight"].transpose(2, 3, 1, 0)
            if theirs == "Conv0_up":
                kernel = kernel[::-1, ::-1]
            variables.append((f"{name}/weight", np.ascontiguousarray(kernel)))
            variables.append((f"{name}/mod_weight", state[f"{layer}.affine.weight"].T))
            variables.append((f"{name}/mod_bias", state[f"{layer}.affine.bias"] - 1))
            variables.append((f"{name}/bias", state[f"{layer}.bias"]))
            if ours != "torgb":
                # TensorFlow gives scalars, not arrays without axes.
                strength = np.float32(state[f"{layer}.noise_strength"])
                variables.append((f"{name}/noise_strength", strength))
                noises.append(state[f"{layer}.noise_const"][None, None])
    variables += [(f"noise{index}", noise) for index, noise in enumerate(noises)]
    components = {
        "mapping": _tensorflow_part("G_mapping", mapping),
        "synthesis": _tensorflow_part("G_synthesis", variables),
    }
    own = [("lod", np.float32(0)), ("dlatent_avg", state["mapping.w_avg"])]
    return _tensorflow_part("Gs", own, components, **arguments)


def _tensorflow_part(
    name: str,
    variables: list[tuple[str, Any]],
    components: Mapping[str, Network] | None = None,
    **arguments: Any,
) -> Network:
    network = Network()
    network.__dict__ |= {
        "version": 4,
        "name": name,
        "static_kwargs": EasyDict(arguments),
        "components": EasyDict(components or {}),
        "build_module_src": MODULE_SOURCE,
        "build_func_name": "G_main",
        "variables": variables,
    }
    return network
