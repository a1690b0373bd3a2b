"""Where a bundle is: the embedded one, a folder, or a repository of the Hub."""

from __future__ import annotations

from pathlib import Path

from d2animator.bundles import hub
from d2animator.bundles.network import FOREIGN_SUFFIXES
from d2animator.bundles.store import CONFIG_FILE
from d2animator.errors import UnknownModelError

EMBEDDED = "puppet"
_POSSIBLE = (
    f"give {EMBEDDED!r} for the embedded model, a folder with {CONFIG_FILE}, or owner/name of a "
    "repository on the Hugging Face Hub"
)


def embedded_bundle_path() -> Path:
    """Folder of the bundle that comes with the package."""
    return Path(__file__).parent / EMBEDDED


def resolve(name_or_path: str | Path | None = None, *, local_files_only: bool = False) -> Path:
    """Find a bundle.

    Args:
        name_or_path: None or "puppet" for the embedded bundle, a folder, or ``owner/name`` on the
            Hub. A folder wins over a repository of the same name; write ``./puppet`` for a folder
            of that name.
        local_files_only: Do not use the network.

    Returns:
        A folder with a ``config.json``.

    Raises:
        UnknownModelError: Nothing there, or no bundle; the message tells what is possible.
    """
    name = EMBEDDED if name_or_path is None else str(name_or_path)
    path = embedded_bundle_path() if name == EMBEDDED else Path(name).expanduser()
    if (path / CONFIG_FILE).is_file():
        return path
    if name == EMBEDDED:
        raise UnknownModelError(name, "the embedded model is not part of this installation")
    if path.is_dir():
        raise UnknownModelError(name, f"the folder has no {CONFIG_FILE}; {_POSSIBLE}")
    if path.suffix in FOREIGN_SUFFIXES and path.is_file():
        hint = "`d2animator convert` makes a bundle of a foreign network"
        raise UnknownModelError(name, f"is a file, no bundle; {hint}; {_POSSIBLE}")
    if path.exists():
        raise UnknownModelError(name, f"is a file; {_POSSIBLE}")
    if isinstance(name_or_path, Path) or not hub.is_hub_name(name):
        raise UnknownModelError(name, f"no such folder; {_POSSIBLE}")
    return hub.download(name, local_files_only=local_files_only)
