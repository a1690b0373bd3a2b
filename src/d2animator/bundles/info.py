"""What is inside a bundle, for people and for programs, without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from d2animator.bundles import hub
from d2animator.bundles.card import licenses
from d2animator.bundles.description import (
    FILES,
    NEEDED_TO_ANIMATE,
    NETWORKS,
    BundleConfig,
    GeneratorSource,
    parse_config,
)
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.locate import resolve
from d2animator.bundles.store import CONFIG_FILE


@dataclass(frozen=True)
class PartInfo:
    """A part of a bundle."""

    # Such as "encoder".
    name: str
    # Its file; several parts may share one.
    file: str
    # Size of the file; None if it is not on this machine.
    bytes: int | None
    # SHA-256 of the file.
    sha256: str


@dataclass(frozen=True)
class BundleInfo:
    """What a bundle says about itself, and what of it is here."""

    # Where it is on this machine.
    folder: str
    # Commit, for one of the Hub.
    commit: str | None
    name: str
    description: str
    format_version: int
    architecture: str
    img_resolution: int
    num_ws: int
    w_dim: int
    coarse_layers: int
    landmark_layout: str
    # By what they are for: "bundle", and "generator" for one that lives elsewhere.
    licenses: Mapping[str, str]
    parts: tuple[PartInfo, ...]
    # Where the generator is if the bundle does not carry it.
    generator_source: GeneratorSource | None
    # Parts that animating needs and this bundle lacks.
    lacking: tuple[str, ...]
    metrics: Mapping[str, float]
    provenance: Mapping[str, str]


def describe(
    name_or_path: str | Path | None = None, options: HubOptions | None = None
) -> BundleInfo:
    """Look into a bundle; of one on the Hub, only ``config.json`` is fetched.

    Args:
        name_or_path: See `d2animator.bundles.locate.resolve`.
        options: How to fetch.

    Raises:
        UnknownModelError: No such bundle.
        FetchError: It cannot be fetched.
        BundleError: Its ``config.json`` is none.
    """
    folder = resolve(name_or_path, options, (CONFIG_FILE,))
    config = parse_config(folder)
    parts = tuple(_parts(folder, config))
    there = {part.name for part in parts}
    shape = config.generator
    return BundleInfo(
        folder=str(folder),
        commit=hub.commit_of(folder),
        name=config.name,
        description=config.description,
        format_version=config.format_version,
        architecture=shape.architecture,
        img_resolution=shape.img_resolution,
        num_ws=shape.num_ws,
        w_dim=shape.w_dim,
        coarse_layers=config.coarse_layers,
        landmark_layout=config.landmark_layout,
        licenses=licenses(config),
        parts=parts,
        generator_source=config.generator_source,
        lacking=tuple(name for name in NEEDED_TO_ANIMATE if name not in there),
        metrics=config.metrics,
        provenance=config.provenance,
    )


def _parts(folder: Path, config: BundleConfig) -> list[PartInfo]:
    parts = []
    for name, file in FILES.items():
        # Two networks share a file, and either may be absent.
        if file not in config.files or (name in NETWORKS and getattr(config, name) is None):
            continue
        path = folder / file
        size = path.stat().st_size if path.is_file() else None
        parts.append(PartInfo(name, file, size, config.files[file]))
    return parts
