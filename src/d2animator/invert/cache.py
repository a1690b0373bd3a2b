"""A folder of results that took long to find: codes and changed weights of sources.

An entry's name is the hash of everything it follows from, so it is never out of date: another
picture, network or setting has another name. Entries are written whole or not at all, hold only
tensors and text (safetensors), and the oldest unused ones go when the folder grows too large. A
folder that cannot be written, or a damaged entry, costs time and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from d2animator.bundles.store import home_folder, user_path
from d2animator.config import parse_json
from d2animator.errors import BundleError, OutputError
from d2animator.media.files import atomic_target
from d2animator.models import weights

_log = logging.getLogger(__name__)

DEFAULT_LIMIT_BYTES = 2 * 1024**3
_SUFFIX = ".safetensors"


def default_folder() -> Path:
    """Folder of the cache: ``$D2ANIMATOR_CACHE``, else ``d2animator`` in the user's cache."""
    own = os.environ.get("D2ANIMATOR_CACHE")
    if own:
        return user_path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (user_path(base) if base else home_folder() / ".cache") / "d2animator"


class Cache:
    """Tensors and a few figures by key.

    Attributes:
        folder: Where they lie.
    """

    def __init__(
        self, folder: str | Path | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES
    ) -> None:
        """Name the folder; it is made when something is put there.

        Args:
            folder: Default: `default_folder`.
            limit_bytes: Most bytes in it; the entries that were not used longest go first.
        """
        self.folder = default_folder() if folder is None else Path(folder)
        self._limit = limit_bytes

    def get(self, key: str) -> tuple[dict[str, Tensor], dict[str, object]] | None:
        """Look something up.

        Args:
            key: Hexadecimal digest, see `d2animator.models.hashing.Hash`.

        Returns:
            Tensors and figures as they were put, None if there are none.
        """
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                figures = dict(parse_json((file.metadata() or {})["figures"]))
            weights.check_numbers(path, tensors)
            os.utime(path)
        # What is wrong with it does not matter: all of it can be made anew.
        except (SafetensorError, OSError, LookupError, ValueError, TypeError, BundleError) as error:
            _log.warning("%s is damaged and is made anew (%s)", path, error)
            return None
        return tensors, figures

    def put(self, key: str, tensors: Mapping[str, Tensor], figures: Mapping[str, object]) -> None:
        """Keep something; where that is not possible, say so and go on.

        Args:
            key: Hexadecimal digest, see `d2animator.models.hashing.Hash`.
            tensors: By name.
            figures: What JSON can hold.
        """
        path = self._path(key)
        ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        data = save(ready, metadata={"figures": json.dumps(dict(figures))})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_target(path) as hidden:
                hidden.write_bytes(data)
        except (OSError, OutputError) as error:
            _log.warning("nothing is cached: %s", error)
            return
        self._shrink(keep=path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _shrink(self, keep: Path) -> None:
        """Remove what was not used longest until the rest is small enough."""
        entries = [(_stat(path), path) for path in self.folder.glob(f"*{_SUFFIX}")]
        entries.sort(key=lambda entry: entry[0][0], reverse=True)
        left = self._limit - _size(keep)
        for (_, size), path in entries:
            if path == keep:
                continue
            left -= size
            if left < 0:
                path.unlink(missing_ok=True)


def _stat(path: Path) -> tuple[float, int]:
    """Time of the last use and size; another process may have removed it."""
    try:
        found = path.stat()
    except OSError:
        return 0.0, 0
    return found.st_mtime, found.st_size


def _size(path: Path) -> int:
    return _stat(path)[1]


def flatten(parts: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Name the tensors of several groups ``group/name``."""
    return {f"{group}/{name}": t for group, named in parts.items() for name, t in named.items()}


def unflatten(tensors: Mapping[str, Tensor], groups: Iterable[str]) -> dict[str, dict[str, Tensor]]:
    """Undo `flatten`; groups without a tensor are empty."""
    found: dict[str, dict[str, Tensor]] = {group: {} for group in groups}
    for full, tensor in tensors.items():
        group, _, name = full.partition("/")
        found[group][name] = tensor
    return found
