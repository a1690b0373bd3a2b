"""Where a bundle or a foreign network is: the embedded one, a path, the Hub, or an address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from d2animator.bundles import fetch, hub, store
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.store import CONFIG_FILE
from d2animator.errors import FetchError, UnknownModelError
from d2animator.foreign.network import FOREIGN_SUFFIXES

EMBEDDED = "puppet"
_POSSIBLE = (
    f"give {EMBEDDED!r} for the embedded model, a folder with {CONFIG_FILE}, or owner/name of a "
    "repository on the Hugging Face Hub"
)
_CONVERT = "`d2animator convert` makes a bundle of a foreign network"


def embedded_bundle_path() -> Path:
    """Folder of the bundle that comes with the package."""
    return Path(__file__).parent / EMBEDDED


def resolve(
    name_or_path: str | Path | None = None,
    options: HubOptions | None = None,
    patterns: Sequence[str] = hub.PATTERNS,
) -> Path:
    """Find a bundle.

    Args:
        name_or_path: None or "puppet" for the embedded bundle, a folder, or a repository of the
            Hub: ``owner/name``, ``owner/name@revision`` or ``hf://owner/name[@revision][/folder]``.
            A folder wins over a repository of the same name; write ``./puppet`` for a folder of
            that name.
        options: How to fetch from the Hub. Of a folder, ``subfolder`` alone matters.
        patterns: Names of the files to fetch from the Hub.

    Returns:
        A folder with a ``config.json``.

    Raises:
        UnknownModelError: Nothing there, or no bundle; the message tells what is possible.
        FetchError: The Hub is out of reach or closed, or something else came.
    """
    options = options or HubOptions()
    name = EMBEDDED if name_or_path is None else str(name_or_path)
    if fetch.is_address(name):
        if _is_file(name):
            raise UnknownModelError(name, f"the address of a file, no bundle; {_CONVERT}")
        return hub.download(name, options, patterns)
    path = embedded_bundle_path() if name == EMBEDDED else store.user_path(name)
    if options.subfolder and store.is_folder(path):
        path /= options.subfolder
    if store.is_file(path / CONFIG_FILE):
        return path
    if name == EMBEDDED:
        raise UnknownModelError(name, "the embedded model is not part of this installation")
    if store.is_folder(path):
        raise UnknownModelError(name, f"the folder has no {CONFIG_FILE}; {_POSSIBLE}")
    if path.suffix in FOREIGN_SUFFIXES and store.is_file(path):
        raise UnknownModelError(name, f"is a file, no bundle; {_CONVERT}; {_POSSIBLE}")
    if store.is_file(path):
        raise UnknownModelError(name, f"is a file; {_POSSIBLE}")
    if isinstance(name_or_path, Path) or not hub.is_hub_name(name):
        raise UnknownModelError(name, f"no such folder; {_POSSIBLE}")
    try:
        return hub.download(name, options, patterns)
    except FetchError as error:  # it may have been meant for a folder
        raise FetchError(name, f"there is no folder of that name, and {error.reason}") from error


def foreign_file(
    name_or_path: str | Path, options: HubOptions | None = None, *, trusted: bool = True
) -> Path | None:
    """Find a foreign network's file, fetching it if need be.

    Args:
        name_or_path: A path, ``https://...``, or ``hf://owner/name[@revision]/file``; see
            `d2animator.bundles.fetch.fetch`.
        options: How to fetch.
        trusted: Whether the user named it; see `d2animator.bundles.fetch.fetch`.

    Returns:
        The file; None for what names no such file, but perhaps a bundle.

    Raises:
        FetchError: It cannot be fetched.
        UnknownModelError: No such repository, revision or file on the Hub.
    """
    if fetch.is_address(name_or_path):
        name = str(name_or_path)
        return fetch.fetch(name, options, trusted=trusted) if _is_file(name) else None
    path = store.user_path(name_or_path)
    return path if path.suffix in FOREIGN_SUFFIXES and store.is_file(path) else None


def _is_file(address: str) -> bool:
    """Whether an address is a file's; on the Hub, a repository and a folder have one as well."""
    if not address.lower().startswith(hub.SCHEME):
        return True
    return Path(address.partition("#")[0]).suffix in FOREIGN_SUFFIXES
