"""A bundle's generator that lives elsewhere: found, checked by hash, and pointed to."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import torch

from d2animator.bundles import fetch, hub
from d2animator.bundles.description import FILES, BundleConfig, GeneratorSource, parse_config
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.locate import foreign_file, resolve
from d2animator.bundles.store import CONFIG_FILE, is_file, sha256, user_path
from d2animator.errors import BundleError, ConfigError
from d2animator.foreign.network import read_network
from d2animator.models.generators import Generator
from d2animator.models.weights import read_tensors

# All that a bundle needs of the one that has its generator.
_WANTED = (CONFIG_FILE, FILES["generator"])
# Rounding of weights that were stored in half precision.
_TOLERANCE = 1e-3


def find_source(folder: Path, source: GeneratorSource, options: HubOptions | None = None) -> Path:
    """Find the file of a generator that a bundle points to, fetching it if need be.

    Args:
        folder: The bundle that points to it, where relative paths start.
        source: Where it is.
        options: How to fetch; revision and subfolder are the source's.

    Returns:
        A safetensors file, or a foreign one.

    Raises:
        UnknownModelError: There is none.
        FetchError: It cannot be fetched.
        BundleError: It is another file than the one that was pointed to.
    """
    options = dataclasses.replace(
        options or HubOptions(), revision=source.revision, subfolder=source.subfolder
    )
    path = _find(folder, source.location, options, trusted=False)
    if (got := sha256(path)) != source.sha256:
        reason = (
            f"the generator at {source.location} is another one: its SHA-256 is {got}, "
            f"{CONFIG_FILE} says {source.sha256}; name the right revision in "
            "generator_source, or train for this generator anew"
        )
        raise BundleError(folder / CONFIG_FILE, reason)
    return path


def point_to(
    location: str | Path, folder: Path | None = None, options: HubOptions | None = None
) -> GeneratorSource:
    """Describe where a generator is, pinned by its hash and, on the Hub, by its commit.

    Args:
        location: A bundle (folder, or repository of the Hub) or a foreign file (path or address).
        folder: The bundle that shall point to it: a relative path is taken from there. None for
            the current folder.
        options: How to fetch.

    Raises:
        UnknownModelError: There is none.
        FetchError: It cannot be fetched, or is an address that a bundle may not name.
    """
    options = options or HubOptions()
    place = str(location)
    # As strictly as whoever loads the bundle will.
    path = _find(folder or Path(), place, options, trusted=False)
    if path.name != FILES["generator"]:
        return GeneratorSource(place.partition("#")[0], sha256(path))
    config = parse_config(path.parent)
    commit = hub.commit_of(path.parent)
    if commit is not None:
        where = hub.split_name(place)
        subfolder = where.path or options.subfolder or None
        return GeneratorSource(where.repo, sha256(path), commit, subfolder, config.license)
    return GeneratorSource(place, sha256(path), subfolder=options.subfolder, license=config.license)


def check_same(generator: Generator, path: Path) -> None:
    """Check that a file holds a generator, up to the rounding of half precision.

    Raises:
        ConfigError: It holds another one.
    """
    mine = generator.state_dict()
    if path.name == FILES["generator"]:
        theirs, _ = read_tensors(path)
    else:
        theirs = dict(read_network(path).generator.state_dict())
    same = mine.keys() == theirs.keys() and all(
        mine[name].shape == theirs[name].shape and _close(mine[name], theirs[name]) for name in mine
    )
    if not same:
        reason = f"{path} holds another generator than this bundle's; point to the right one"
        raise ConfigError("generator_source", reason)


def _find(folder: Path, place: str, options: HubOptions, *, trusted: bool = True) -> Path:
    local = None
    if not fetch.is_address(place):
        # By its words alone: the folder that it starts from need not exist yet.
        local = Path(os.path.normpath(folder / user_path(place)))
    found = foreign_file(local or place, options, trusted=trusted)
    if found is not None:
        return found
    if local is None or (hub.is_hub_name(place) and not os.path.lexists(local)):
        path = hub.download(place, options, _WANTED) / FILES["generator"]
    else:
        path = resolve(local, options) / FILES["generator"]
    if not is_file(path):
        reason = "no bundle with a generator of its own, or it points on to yet another place"
        raise BundleError(path.parent, f"{reason}; point to where the generator really is")
    return path


def _close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one.cpu().float(), other.float(), rtol=_TOLERANCE, atol=_TOLERANCE)


def same_shape(folder: Path, config: BundleConfig, generator: Generator) -> Generator:
    """Give a foreign generator back if it has the shape that a bundle describes.

    Raises:
        BundleError: It has another.
    """
    mine, theirs = config.generator, generator.config
    sizes = [
        f"{name} is {getattr(theirs, name)}, not {getattr(mine, name)}"
        for name in ("architecture", "z_dim", "w_dim", "num_ws", "img_resolution")
        if getattr(theirs, name) != getattr(mine, name)
    ]
    if sizes:
        raise BundleError(folder, "the generator it points to does not fit", mismatched=sizes)
    return generator
