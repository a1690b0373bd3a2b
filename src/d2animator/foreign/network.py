"""Reads the generator of a foreign file, whatever its layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from d2animator.errors import BundleError
from d2animator.foreign import nvidia, rosinality, tflib, weights_alone
from d2animator.foreign.files import ForeignFile
from d2animator.foreign.layout import Found, estimate_mean
from d2animator.foreign.records import as_table
from d2animator.models import weights
from d2animator.models.generators import Generator, unsupported_filters

FOREIGN_SUFFIXES = (".pkl", ".pt", ".pth")
_MEAN = "mapping.w_avg"


@dataclass(frozen=True, eq=False)
class ForeignNetwork:
    """A generator from a foreign file."""

    # In evaluation mode, without gradients of its parameters.
    generator: Generator
    # Whose layout the file has.
    layout: str
    # What was assumed because the file does not say it, by name.
    assumed: dict[str, str]


def read_network(path: str | Path, lr_multiplier: float | None = None) -> ForeignNetwork:
    """Read the generator of a foreign file, as data: nothing in the file is run.

    Args:
        path: A ``.pkl`` of NVIDIA's repositories (StyleGAN2 in TensorFlow or PyTorch, StyleGAN3),
            or a ``.pt`` in the layout of rosinality, pSp or e4e, or of PTI or StyleGAN-NADA, who
            have NVIDIA's names.
        lr_multiplier: Learning-rate factor of the mapping network, for files that do not say it;
            None to tell it from the spread of the weights.

    Raises:
        UnsafeFileError: The file names something that no network needs, or is a bomb.
        BundleError: It is damaged, or holds no generator that can be used.
    """
    file = ForeignFile(path)
    for find in (nvidia.find, tflib.find):
        if (found := find(file)) is not None:
            return _build(file.path, found)
    for find_weights in (rosinality.find, weights_alone.find):
        if (found := find_weights(file, lr_multiplier)) is not None:
            return _build(file.path, found)
    raise BundleError(path, f"no generator in a layout that is known; {_contents(file.root)}")


def _build(path: Path, found: Found) -> ForeignNetwork:
    if found.config.img_channels != 3:
        channels = found.config.img_channels
        reason = f"it draws pictures of {channels} channel{'s' * (channels > 1)}, no RGB ones"
        raise BundleError(path, f"{reason}; give a generator of colour pictures")
    tensors, assumed = dict(found.tensors), dict(found.assumed)
    has_mean = _MEAN in tensors
    if not has_mean:
        tensors[_MEAN] = torch.zeros(found.config.w_dim)
    # First without memory: a file may describe any size, but not have the numbers for it.
    try:
        with torch.device("meta"):
            empty = Generator(found.config).state_dict()
    except (RuntimeError, ValueError, ArithmeticError) as error:
        raise BundleError(path, f"no generator that can be built ({error!s:.200})") from error
    weights.check_tensors(path, {name: tuple(t.shape) for name, t in empty.items()}, tensors)
    # The random start of a network that is about to be filled must not move the caller's seed.
    with torch.random.fork_rng(devices=[]):
        generator = Generator(found.config).eval().requires_grad_(False)
    weights.fill(path, {"": generator}, tensors)
    if surplus := unsupported_filters(generator):
        reason = f"{surplus[0]}: only the low-pass filter [1, 3, 3, 1] is supported"
        raise BundleError(path, reason)
    if not has_mean:
        assumed["w_avg"] = f"mean of {estimate_mean(generator)} samples, as the file has none"
    return ForeignNetwork(generator, found.layout, assumed)


def _contents(root: object) -> str:
    """A few words on what there is instead."""
    table = as_table(root)
    if table is None:
        return f"it holds a {type(root).__name__}"
    names = [str(name)[:60] for name in list(table)[:8]]
    return f"it holds {', '.join(names) or 'nothing'}{', ...' if len(table) > 8 else ''}"
