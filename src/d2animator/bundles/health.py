"""What is installed, what this machine can do, what is cached, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from d2animator import __version__
from d2animator.bundles import fetch, hub
from d2animator.bundles.cached import (
    Cached,
    cached_bundles,
    cached_files,
    cached_sources,
    hub_cache,
)
from d2animator.bundles.locate import embedded_bundle_path
from d2animator.bundles.store import CONFIG_FILE
from d2animator.engines.choice import engines_here

_T = TypeVar("_T")
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?([^;]*)(?:;.*extra == ['\"]([\w-]+)['\"])?")
# For those who work on d2animator itself.
_NOT_FOR_USERS = {"dev", "puppets"}


@dataclass(frozen=True)
class Package:
    """A library that d2animator uses."""

    name: str
    # None if it is not installed.
    version: str | None
    # Such as ">=2.4".
    wanted: str
    # Name of the extra that it belongs to; None if it is always needed.
    extra: str | None


@dataclass(frozen=True)
class Missing:
    """Something that is not there, and how to get it."""

    what: str
    command: str


@dataclass(frozen=True)
class Health:
    """What `examine` found."""

    d2animator: str
    python: str
    system: str
    packages: tuple[Package, ...]
    # Such as "cpu (8 threads)", "cuda:0 (name, 24 GiB)".
    devices: tuple[str, ...]
    # What draws on the CPU, and in which precision; the default first.
    engines: tuple[str, ...]
    # Folders where fetched files are kept.
    hub_cache: str
    address_cache: str
    # Address of the Hub, and whether a token is at hand; the token itself is nobody's business.
    endpoint: str
    logged_in: bool
    offline: bool
    cached: tuple[Cached, ...]
    missing: tuple[Missing, ...]
    # Questions that had no answer.
    troubles: tuple[str, ...]


def examine() -> Health:
    """Look around; no question that has no answer is an error, and no network is used."""
    troubles: list[str] = []

    def ask(what: str, question: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return question()
        except Exception as error:  # whatever is broken here is what one wants to be told
            troubles.append(f"{what}: {str(error) or type(error).__name__}")
            return otherwise

    nothing: tuple[Cached, ...] = ()
    no_packages: tuple[Package, ...] = ()
    packages = ask("packages", _packages, no_packages)
    return Health(
        d2animator=__version__,
        python=platform.python_version(),
        system=platform.platform(),
        packages=packages,
        devices=ask("devices", _devices, ()),
        engines=ask("engines", engines_here, ()),
        hub_cache=ask("the Hub's cache", hub_cache, ""),
        address_cache=str(fetch.cache_folder()),
        endpoint=hub.endpoint(),
        logged_in=ask("token", _logged_in, False),
        offline=hub.HubOptions().offline,
        cached=(
            *ask("the Hub's cache", lambda: tuple(cached_bundles()), nothing),
            *ask("cached files", lambda: tuple(cached_files()), nothing),
            *ask("cached sources", lambda: tuple(cached_sources()), nothing),
        ),
        missing=ask("what is missing", lambda: tuple(_missing(packages)), ()),
        troubles=tuple(troubles),
    )


def _packages() -> tuple[Package, ...]:
    found = []
    for line in importlib.metadata.requires("d2animator") or ():
        match = _REQUIREMENT.match(line)
        if match is None or match[1] == "d2animator" or match[3] in _NOT_FOR_USERS:
            continue
        found.append(Package(match[1], _version(match[1]), match[2].strip(), match[3]))
    return tuple(found)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _devices() -> tuple[str, ...]:
    import torch

    found = [f"cpu ({torch.get_num_threads()} threads)"]
    for index in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(index)
        found.append(f"cuda:{index} ({about.name}, {about.total_memory / 2**30:.0f} GiB)")
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)


def _logged_in() -> bool:
    from huggingface_hub import get_token

    return get_token() is not None


def _missing(packages: tuple[Package, ...]) -> Iterator[Missing]:
    needed = [package for package in packages if package.extra is None and not package.version]
    for package in needed:
        # Quoted: a shell would take > for a place to write to.
        yield Missing(package.name, f"pip install '{package.name}{package.wanted}'")
    extras: dict[str, list[str]] = {}
    for package in packages:
        if package.extra is not None and not package.version:
            extras.setdefault(package.extra, []).append(package.name)
    for extra, names in extras.items():
        what = f"{', '.join(names)} (only for the extra {extra})"
        yield Missing(what, f"pip install 'd2animator[{extra}]'")
    if not (embedded_bundle_path() / CONFIG_FILE).is_file():
        command = "pip install --force-reinstall --no-deps d2animator"
        yield Missing("the embedded model", command)
    if not os.access(_nearest(Path(hub_cache())), os.W_OK):
        yield Missing("a cache that can be written to", "export HF_HOME=FOLDER")


def _nearest(path: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return path if path.exists() or path == path.parent else _nearest(path.parent)
