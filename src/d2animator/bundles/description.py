"""``config.json`` of a bundle: what is inside, how it is shaped, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from d2animator import config as configs
from d2animator.bundles import store
from d2animator.errors import BundleError, ConfigError
from d2animator.models.action import ActionNetworkConfig
from d2animator.models.encoder import EncoderConfig
from d2animator.models.generators import AnyGeneratorConfig
from d2animator.models.landmarks import FaceFinderConfig, LandmarkNetworkConfig

FORMAT_VERSION = 1
# Parts of a bundle, and the file of each.
FILES = {
    "generator": "generator.safetensors",
    "finder": "landmarks.safetensors",
    "landmark_network": "landmarks.safetensors",
    "encoder": "encoder.safetensors",
    "directions": "directions.safetensors",
    "action_network": "action.safetensors",
    "w_statistics": "statistics.safetensors",
    "landmark_limit": "limits.safetensors",
}
# The direction bank is for training and for looking at: the action network carries its own.
NEEDED_TO_ANIMATE = ("finder", "landmark_network", "encoder", "action_network", "w_statistics")
# Parts whose shape the configuration describes.
NETWORKS = ("generator", "finder", "landmark_network", "encoder", "action_network")


@dataclass(frozen=True)
class GeneratorSource:
    """Where a generator is that a bundle uses, but does not carry."""

    # A repository of the Hub (owner/name), an address or path of a foreign file, or a path of a
    # bundle. Paths start at the bundle's own folder.
    location: str
    # SHA-256 of the file: generator.safetensors, or the foreign file.
    sha256: str
    # Commit of the repository; None where there is none.
    revision: str | None = None
    # Folder of the bundle inside the repository.
    subfolder: str | None = None
    # Licence of the generator, as an SPDX identifier; its own, whatever the bundle's is.
    license: str = "NOASSERTION"

    def __post_init__(self) -> None:
        if len(self.sha256) != 64 or not set(self.sha256) <= set("0123456789abcdef"):
            raise ConfigError("sha256", f"expected 64 hexadecimal digits, got {self.sha256!r}")


@dataclass(frozen=True)
class BundleConfig:
    """What ``config.json`` holds."""

    # Shape of the generator.
    generator: AnyGeneratorConfig
    # Version of this layout.
    format_version: int = FORMAT_VERSION
    # Name for messages and model cards.
    name: str = "unnamed"
    # Licence of the weights, as an SPDX identifier.
    license: str = "MIT"
    # One or two sentences: what it draws and what it is good for.
    description: str = ""
    # Where the generator is if the bundle does not carry it; None if it does.
    generator_source: GeneratorSource | None = None
    # Shapes of the other networks, None for a bundle without them.
    finder: FaceFinderConfig | None = None
    landmark_network: LandmarkNetworkConfig | None = None
    encoder: EncoderConfig | None = None
    action_network: ActionNetworkConfig | None = None
    # First layers of w_plus that carry pose and expression (the paper's 8).
    coarse_layers: int = 8
    # Meaning of the landmarks that the action network was trained on.
    landmark_layout: Literal["wflw98", "ibug68"] = "wflw98"
    # What was measured, by name, such as "nme_self".
    metrics: Mapping[str, float] = field(default_factory=dict)
    # Where it comes from: recipe, seeds, versions.
    provenance: Mapping[str, str] = field(default_factory=dict)
    # SHA-256 of every other file; written by `save_bundle`.
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.coarse_layers <= self.generator.num_ws:
            allowed = f"1 to {self.generator.num_ws}, the generator's layers"
            raise ConfigError("coarse_layers", f"expected {allowed}, got {self.coarse_layers}")
        surplus = sorted(set(self.files) - set(FILES.values()))
        if surplus:
            raise ConfigError("files", f"no part of a bundle: {', '.join(surplus)}")


def read_config(folder: Path) -> BundleConfig:
    """Read and check ``config.json``, and that the files it speaks of are there.

    Args:
        folder: A folder with ``config.json``.

    Raises:
        BundleError: Names unknown keys, wrong values, missing and surplus files.
    """
    config = parse_config(folder)
    _check_files(folder, config)
    return config


def parse_config(folder: Path) -> BundleConfig:
    """Read and check ``config.json`` alone, whether the files it speaks of are there or not.

    Args:
        folder: A folder with ``config.json``.

    Raises:
        BundleError: Names unknown keys and wrong values.
    """
    path = folder / store.CONFIG_FILE
    try:
        plain = configs.load_json(path)
    except ConfigError as error:
        raise BundleError(path, str(error).removeprefix(f"{path}: ")) from error
    if not {"generator", "format_version"} & plain.keys():
        reason = "describes something else, no bundle of d2animator: it names no generator"
        raise BundleError(path, reason)
    version = plain.get("format_version", FORMAT_VERSION)
    if isinstance(version, int) and version > FORMAT_VERSION:
        reason = (
            f"written by a later version of d2animator (format {version}, this one reads up to "
            f"{FORMAT_VERSION}); update d2animator: `pip install -U d2animator`"
        )
        raise BundleError(path, reason)
    try:
        config = configs.from_dict(BundleConfig, plain)
    except ConfigError as error:
        unknown = configs.unknown_keys(BundleConfig, plain)
        raise BundleError(path, str(error), unexpected=unknown) from error
    return config


def check_hash(path: Path, config: BundleConfig) -> None:
    """Check that a file is the one that was saved.

    Raises:
        BundleError: It is not.
    """
    # After the check of names and shapes: those say more about what is wrong.
    got, due = store.sha256(path), config.files.get(path.name)
    if got != due:
        reason = (
            f"damaged or changed: its SHA-256 is {got}, {store.CONFIG_FILE} says {due}; fetch it "
            "again (force_download, or `d2animator download --force`), or save the bundle again"
        )
        raise BundleError(path, reason)


def _check_files(folder: Path, config: BundleConfig) -> None:
    """Files of the parts that are described, files that are listed, and files that are there."""
    described = {FILES[name] for name in NETWORKS if getattr(config, name) is not None}
    if config.generator_source is not None:
        described.remove(FILES["generator"])
    listed = set(config.files)
    present = {name for name in set(FILES.values()) if (folder / name).is_file()}
    missing = (described | listed) - present
    unexpected = present - listed
    networks = {FILES[name] for name in NETWORKS}
    unexpected |= (listed & networks) - described
    if missing or unexpected:
        reason = f"files do not match {store.CONFIG_FILE}"
        raise BundleError(folder, reason, missing=sorted(missing), unexpected=sorted(unexpected))
