"""Reads the parts of a bundle from its folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from d2animator.bundles import store
from d2animator.bundles.description import FILES, BundleConfig, check_hash
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.source import find_source, same_shape
from d2animator.errors import BundleError, InputError
from d2animator.faces.limit import LandmarkLimit
from d2animator.foreign.network import read_network
from d2animator.latent.directions import Directions
from d2animator.latent.limit import MotionLimit
from d2animator.latent.statistics import WStatistics
from d2animator.latent.table import TENSORS as TABLE_TENSORS
from d2animator.models import weights
from d2animator.models.action import ActionNetwork
from d2animator.models.encoder import Encoder
from d2animator.models.generators import Generator, unsupported_filters
from d2animator.models.landmarks import FaceFinder, LandmarkNetwork

# What makes a network, and the shape that it makes it of.
_Described = tuple[Callable[[Any], nn.Module], Any]
STATISTICS = tuple(entry.name for entry in dataclasses.fields(WStatistics))


def read_parts(folder: Path, config: BundleConfig, options: HubOptions | None) -> dict[str, Any]:
    """Read all parts that a bundle has, on the CPU.

    Args:
        folder: The bundle's folder.
        config: What its ``config.json`` says.
        options: How to fetch a generator that lives elsewhere.

    Returns:
        The parts by the names of the fields of `d2animator.bundles.bundle.Bundle`; networks are in
        evaluation mode and without gradients of their parameters.

    Raises:
        BundleError: Names every key and tensor at fault.
        FetchError: The generator cannot be fetched.
    """
    parts: dict[str, Any] = {"generator": read_generator(folder, config, options)}
    parts |= _read_landmarks(folder, config)
    if config.encoder:
        shape: _Described = (Encoder, config.encoder)
        parts["encoder"] = _read_networks(folder, config, FILES["encoder"], {"": shape})[""]
    if config.action_network:
        shape, file = (ActionNetwork, config.action_network), FILES["action_network"]
        parts["action_network"] = _read_networks(folder, config, file, {"": shape})[""]
    if FILES["directions"] in config.files:
        parts["directions"] = _read_directions(folder, config)
    if FILES["w_statistics"] in config.files:
        parts["w_statistics"] = _read_statistics(folder, config)
    if FILES["landmark_limit"] in config.files:
        parts |= _read_limits(folder, config, parts.get("w_statistics"))
    return parts


def read_generator(folder: Path, config: BundleConfig, options: HubOptions | None) -> Generator:
    """Read the generator of a bundle, wherever it lives; see `read_parts`."""
    path, elsewhere = folder / FILES["generator"], config.generator_source
    if elsewhere is not None:
        path = find_source(folder, elsewhere, options)
        if path.name != FILES["generator"]:
            return same_shape(folder, config, read_network(path).generator)
    built = build_networks(folder / store.CONFIG_FILE, path, {"": (Generator, config.generator)})
    generator = cast(Generator, built[""])
    weights.fill(path, built, weights.read_tensors(path)[0])
    if elsewhere is None:
        check_hash(path, config)
    if names := unsupported_filters(generator):
        raise BundleError(path, f"{names[0]}: only the low-pass filter [1, 3, 3, 1] is supported")
    return generator


def _read_networks(
    folder: Path, config: BundleConfig, file: str, described: Mapping[str, _Described]
) -> dict[str, nn.Module]:
    """Read the networks of one file.

    Args:
        folder: The bundle's folder.
        config: What its ``config.json`` says.
        file: Name of the file.
        described: What makes each network, and its shape, by the prefix of its tensors' names.

    Returns:
        The networks by their prefixes.
    """
    path = folder / file
    networks = build_networks(folder / store.CONFIG_FILE, path, described)
    weights.fill(path, networks, weights.read_tensors(path)[0])
    check_hash(path, config)
    return networks


def build_networks(
    config_path: Path, path: Path, described: Mapping[str, _Described]
) -> dict[str, nn.Module]:
    """Build networks that a file has the numbers for, with random weights.

    Args:
        config_path: The file that describes them, for messages.
        path: The file that has their tensors.
        described: See `_read_networks`.

    Raises:
        BundleError: No such networks can be built, or the file's tensors are others.
    """
    # First without memory: a description may be of any size, whatever the file holds.
    with torch.device("meta"):
        shapes = {
            prefix + name: tuple(value.shape)
            for prefix, (make, shape) in described.items()
            for name, value in _build(config_path, make, shape).state_dict().items()
        }
    weights.check_shapes(path, shapes, weights.read_shapes(path))
    return {prefix: _build(config_path, make, shape) for prefix, (make, shape) in described.items()}


def _build(path: Path, make: Callable[[Any], nn.Module], shape: Any) -> nn.Module:
    # The random start of a network that is about to be loaded must not move the caller's seed.
    with torch.random.fork_rng(devices=[]):
        try:
            return make(shape).eval().requires_grad_(False)
        except (InputError, RuntimeError, ValueError, ArithmeticError, IndexError) as error:
            raise BundleError(path, f"no network that can be built: {error!s:.300}") from error


def _read_landmarks(folder: Path, config: BundleConfig) -> dict[str, nn.Module]:
    described: dict[str, _Described] = {}
    if config.finder:
        described["finder."] = (FaceFinder, config.finder)
    if config.landmark_network:
        described["network."] = (LandmarkNetwork, config.landmark_network)
    if not described:
        return {}
    networks = _read_networks(folder, config, FILES["finder"], described)
    names = {"finder.": "finder", "network.": "landmark_network"}
    return {names[prefix]: network for prefix, network in networks.items()}


def _read_directions(folder: Path, config: BundleConfig) -> Directions:
    path = folder / FILES["directions"]
    tensors, metadata = weights.read_tensors(path)
    known = ("vectors", *TABLE_TENSORS)
    # Their sizes are checked where they are put together; an unknown tensor is refused here.
    shapes = {name: tuple(tensors[name].shape) for name in known if name in tensors}
    weights.check_tensors(path, {"vectors": (0, 0, 0)} | shapes, tensors)
    check_hash(path, config)
    try:
        return Directions.unpack(tensors, metadata["labels"])
    except KeyError as error:
        raise BundleError(path, "metadata", missing=[str(error.args[0])]) from error
    except (InputError, ValueError, TypeError) as error:
        raise BundleError(path, f"metadata: {error}") from error


def _read_statistics(folder: Path, config: BundleConfig) -> WStatistics:
    path = folder / FILES["w_statistics"]
    width, layers = config.generator.w_dim, config.generator.num_ws
    shapes: dict[str, tuple[int, ...]] = {name: (width,) for name in STATISTICS}
    shapes |= {"axes": (width, width), "limits": (layers,)}
    tensors, _ = weights.read_tensors(path)
    weights.check_tensors(path, shapes, tensors)
    check_hash(path, config)
    return WStatistics(**{name: tensors[name].float() for name in STATISTICS})


def _read_limits(
    folder: Path, config: BundleConfig, statistics: WStatistics | None
) -> dict[str, LandmarkLimit | MotionLimit]:
    path = folder / FILES["landmark_limit"]
    tensors, _ = weights.read_tensors(path)
    axes = tensors.get("axes", torch.empty(0, 0, 2))
    shapes: dict[str, tuple[int, ...]] = {"axes": (*axes.shape[:2], 2), "longest": (1,)}
    if "motion_longest" in tensors and statistics is not None:
        shapes["motion_longest"] = (1,)
    weights.check_tensors(path, shapes, tensors)
    check_hash(path, config)
    limits: dict[str, LandmarkLimit | MotionLimit] = {
        "landmark_limit": LandmarkLimit(axes.float().numpy(), float(tensors["longest"]))
    }
    if "motion_longest" in shapes and statistics is not None:
        limits["motion_limit"] = MotionLimit(statistics, float(tensors["motion_longest"]))
    return limits
