"""Turns a foreign network into a bundle of our own: ``config.json`` and safetensors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from d2animator import __version__
from d2animator.arguments import check_fields
from d2animator.bundles import store
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.bundles.description import BundleConfig
from d2animator.bundles.fetch import fetch, is_address, split_address
from d2animator.bundles.hub import HubOptions
from d2animator.foreign.network import read_network
from d2animator.models.generators import usual_coarse_layers

# SPDX's word for "nobody said".
NO_LICENSE = "NOASSERTION"


@dataclass(frozen=True)
class ConvertOptions:
    """What the bundle shall say about itself."""

    # Name of the bundle; None for the file's.
    name: str | None = None
    # Licence of the weights, as an SPDX identifier. The file does not say it.
    license: str = NO_LICENSE
    # Where the file comes from, such as its address; None for its name or address.
    origin: str | None = None
    # First layers of w_plus that carry pose and expression; None for what is usual for the shape
    # (`usual_coarse_layers`).
    coarse_layers: int | None = None
    # Learning-rate factor of the mapping network, for files that do not say it (rosinality's and
    # its kin); None to tell it from the spread of the weights.
    lr_multiplier: float | None = None

    def __post_init__(self) -> None:
        check_fields(self)


def convert(
    network: str | Path,
    target: str | Path,
    options: ConvertOptions | None = None,
    hub: HubOptions | None = None,
) -> BundleConfig:
    """Write the generator of a foreign file as a bundle that has nothing else.

    Args:
        network: See `d2animator.foreign.network.read_network`; a path, or an address for
            `d2animator.bundles.fetch.fetch`.
        target: The folder to write. A bundle there is replaced.
        options: What the bundle shall say about itself.
        hub: How to fetch what is not on this machine.

    Returns:
        The configuration that was written; ``provenance`` has the file's SHA-256.

    Raises:
        UnsafeFileError: The file names something that no network needs, or is a bomb.
        BundleError: It is damaged, or holds no generator that can be used.
        OutputError: The target cannot be written.
        FetchError: The address cannot be fetched from.
        UnknownModelError: No such repository, revision or file on the Hub.
        ConfigError: ``coarse_layers`` is more than the generator has, or less than one.
    """
    return save_bundle(read_bundle(network, options, hub), target)


def read_bundle(
    network: str | Path, options: ConvertOptions | None = None, hub: HubOptions | None = None
) -> Bundle:
    """Read the generator of a foreign file as a bundle that has nothing else.

    Args:
        network: See `d2animator.foreign.network.read_network`; a path, or an address for
            `d2animator.bundles.fetch.fetch`.
        options: What the bundle shall say about itself.
        hub: How to fetch what is not on this machine.

    Returns:
        The bundle; its ``provenance`` has the file's SHA-256.

    Raises:
        UnsafeFileError: The file names something that no network needs, or is a bomb.
        BundleError: It is damaged, or holds no generator that can be used.
        FetchError: The address cannot be fetched from.
        UnknownModelError: No such repository, revision or file on the Hub.
    """
    options = options or ConvertOptions()
    path, origin = Path(network), Path(network).name
    if isinstance(network, str) and is_address(network):
        path, origin = fetch(network, hub), split_address(network).shown
    found = read_network(path, options.lr_multiplier)
    provenance = {
        "origin": options.origin or origin,
        "origin_layout": found.layout,
        "origin_sha256": store.sha256(path),
        "converted_by": f"d2animator {__version__}",
        **{f"assumed_{name}": text for name, text in found.assumed.items()},
    }
    coarse = options.coarse_layers
    config = BundleConfig(
        found.generator.config,
        name=options.name or path.stem,
        license=options.license,
        coarse_layers=usual_coarse_layers(found.generator.config) if coarse is None else coarse,
        provenance=provenance,
    )
    return Bundle(config, found.generator)
