"""NVIDIA's pickles of the StyleGAN2-ADA and StyleGAN3 repositories.

Their classes are pickled as records: a class name, the class's source text, and the state of the
object. Here the text stays text; names and state say all that is needed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from d2animator import config as configs
from d2animator.errors import BundleError, ConfigError
from d2animator.foreign.files import ForeignFile, number
from d2animator.foreign.layout import Found, check_unconditional, positive, stylegan2_config
from d2animator.foreign.options import NVIDIA, check_options, nested_options
from d2animator.foreign.records import Record, as_table
from d2animator.models.generators import AnyGeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig

PERSISTENT = "torch_utils.persistence._reconstruct_persistent_obj"
_CONTAINERS = "torch.nn.modules.container."
# A generator has some hundred modules, four levels deep.
_MAX_MODULES = 10_000
_MAX_LEVELS = 16
_MAX_NAME = 200
# Constructor arguments of StyleGAN3's synthesis network that have the same names here.
_SYNTHESIS_FIELDS = (
    *("img_resolution", "img_channels", "channel_base", "channel_max", "num_layers"),
    *("num_critical", "first_cutoff", "first_stopband", "last_stopband_rel", "margin_size"),
    *("output_scale", "conv_kernel", "filter_size", "use_radial_filters", "conv_clamp"),
)


@dataclass(frozen=True, eq=False)
class Module:
    """A network or a part of one, as pickled."""

    # Name of its class, such as "Generator".
    kind: str
    # Its attributes.
    state: Mapping[Any, Any]

    def child(self, *names: str) -> Module | None:
        """A module within it."""
        found: Module | None = self
        for name in names:
            modules = as_table(found.state.get("_modules")) if found else None
            found = as_module(modules.get(name)) if modules else None
        return found

    def says(self, name: str) -> Any:
        """An attribute or constructor argument, if a plain one."""
        arguments = as_table(self.state.get("_init_kwargs")) or {}
        return number(self.state.get(name, arguments.get(name)))


def as_module(value: object) -> Module | None:
    """The module that a record declares; None for anything else."""
    if not isinstance(value, Record):
        return None
    if value.name.startswith(_CONTAINERS):
        return Module(value.name.removeprefix(_CONTAINERS), as_table(value.state) or {})
    described = as_table(value.args[0]) if value.name == PERSISTENT and value.args else None
    if described is None:
        return None
    name = described.get("class_name")
    kind = name[:40] if isinstance(name, str) else "something"
    return Module(kind, as_table(described.get("state")) or {})


def find(file: ForeignFile) -> Found | None:
    """The generator of an NVIDIA pickle: its ``G_ema`` or ``G``, or the pickle itself.

    Returns:
        None if the file is no such pickle.

    Raises:
        BundleError: It is, but holds no generator that can be used.
    """
    table = as_table(file.root)
    networks = {"": file.root} if table is None else table
    modules = {name: module for name, value in networks.items() if (module := as_module(value))}
    if not modules:
        return None
    for name in ("G_ema", "G", ""):
        if name in modules and modules[name].child("synthesis") and modules[name].child("mapping"):
            return _read(file, modules[name])
    kinds = ", ".join(sorted({module.kind for module in modules.values()}))
    reason = f"no generator: it holds {kinds}; needed is a Generator, as G_ema or by itself"
    raise BundleError(file.path, reason)


def _read(file: ForeignFile, module: Module) -> Found:
    tensors = _tensors(file, module)
    mapping = module.child("mapping")
    c_dim = mapping.says("c_dim") if mapping else 0
    check_unconditional(file.path, c_dim if isinstance(c_dim, int) else 0)
    fc0 = module.child("mapping", "fc0")
    # The gain of a layer's bias is its learning-rate factor.
    gain = fc0.says("bias_gain") if fc0 else None
    lr_multiplier = positive(file.path, "mapping_lr_multiplier", gain, 0.01) or 0.01
    mean = tensors.get("mapping.w_avg")
    _check_built(file, module, lr_multiplier, 0 if mean is None else mean.numel())
    if "synthesis.input.freqs" in tensors:
        config = _stylegan3_config(file, module, tensors, lr_multiplier)
        return Found(config, tensors, "NVIDIA, StyleGAN3")
    return _stylegan2(file, module, tensors, lr_multiplier)


def _stylegan2(
    file: ForeignFile, module: Module, tensors: dict[str, Tensor], lr_multiplier: float
) -> Found:
    layer = module.child("synthesis", "b4", "conv1") or Module("", {})
    config: AnyGeneratorConfig = stylegan2_config(
        file.path,
        tensors,
        lr_multiplier=lr_multiplier,
        conv_clamp=positive(file.path, "conv_clamp", layer.says("conv_clamp"), None),
    )
    return Found(config, tensors, "NVIDIA, StyleGAN2")


def _stylegan3_config(
    file: ForeignFile, module: Module, tensors: dict[str, Tensor], lr_multiplier: float
) -> AliasFreeConfig:
    synthesis = module.child("synthesis") or Module("", {})
    layers = {name.split(".")[1] for name in tensors if name.startswith("synthesis.L")}
    values: dict[str, Any] = {}
    for field in _SYNTHESIS_FIELDS:
        for owner in (synthesis, module):
            arguments = as_table(owner.state.get("_init_kwargs")) or {}
            if field in owner.state or field in arguments:
                values[field] = owner.says(field)
                break
    count = values.get("num_layers", AliasFreeConfig.num_layers)
    if count != len(layers) - 1:
        reason = f"a StyleGAN3 with {len(layers) - 1} layers that says it has {count!s:.20}"
        raise BundleError(file.path, reason)
    try:
        values |= {
            "z_dim": tensors["mapping.fc0.weight"].shape[1],
            "w_dim": tensors["synthesis.input.affine.weight"].shape[1],
            "num_mapping_layers": sum(".fc" in n and n.endswith(".weight") for n in tensors),
            "mapping_lr_multiplier": lr_multiplier,
        }
        if any(isinstance(n, float) and not math.isfinite(n) for n in values.values()):
            raise ValueError("a number is not finite")
        return configs.from_dict(AliasFreeConfig, values)
    # What a file says may be of any type and size.
    except (ConfigError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        reason = f"no StyleGAN3 generator that can be built ({error})"
        raise BundleError(file.path, reason) from error


def _tensors(file: ForeignFile, root: Module) -> dict[str, Tensor]:
    """Parameters and buffers of a module and all within it, by dotted names."""
    tensors: dict[str, Tensor] = {}
    for prefix, module in _walk(file, root):
        hidden = module.state.get("_non_persistent_buffers_set")
        left_out = set()
        if isinstance(hidden, Record):
            file.count_visits(len(hidden.entries))
            left_out = {name for name in hidden.entries if isinstance(name, str)}
        for group in ("_parameters", "_buffers"):
            for name, value in (as_table(module.state.get(group)) or {}).items():
                tensor = file.tensor(value)
                if tensor is not None and name not in left_out:
                    tensors[f"{prefix}{name!s:.{_MAX_NAME}}"] = tensor
    return tensors


def _walk(file: ForeignFile, root: Module) -> Iterator[tuple[str, Module]]:
    """A module and all within it, each with the start of its names."""
    waiting = [("", root)]
    for _ in range(_MAX_MODULES):
        if not waiting:
            return
        prefix, module = waiting.pop()
        yield prefix, module
        if prefix.count(".") < _MAX_LEVELS:
            children = as_table(module.state.get("_modules")) or {}
            file.count_visits(len(children))
            for name, value in children.items():
                if child := as_module(value):
                    waiting.append((f"{prefix}{name!s:.{_MAX_NAME}}.", child))
    raise BundleError(file.path, f"more than {_MAX_MODULES} modules in one network")


def _check_built(file: ForeignFile, root: Module, lr_multiplier: float, w_dim: int) -> None:
    """Check that the network computes what is computed here, whatever its weights are.

    Raises:
        BundleError: Names an option that is not understood, or whose value is not supported.
    """
    parts = ("mapping_kwargs", "synthesis_kwargs", "block_kwargs", "layer_kwargs")
    for module in (root, root.child("mapping"), root.child("synthesis")):
        arguments = as_table(module.state.get("_init_kwargs")) if module else None
        equal = {"layer_features": w_dim}
        understood = NVIDIA | set(parts)
        check_options(file.path, nested_options(arguments or {}, *parts), understood, equal)
    for prefix, module in _walk(file, root):
        if re.fullmatch(r"mapping\.fc\d+\.", prefix):
            due: dict[str, object] = {"activation": "lrelu", "bias_gain": lr_multiplier}
        elif re.fullmatch(r"synthesis\.b\d+\.conv\d\.", prefix):
            due = {"activation": "lrelu"}
        elif re.fullmatch(r"synthesis\.b\d+\.", prefix):
            due = {"architecture": "skip"}
        else:
            continue
        for name, value in due.items():
            said = module.says(name)
            if said not in (None, value):
                reason = f"{prefix}{name} is {said!s:.40}: only {value} is supported"
                raise BundleError(file.path, reason)
