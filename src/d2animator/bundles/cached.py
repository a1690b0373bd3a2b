"""What is kept of what was fetched and worked out, and how it goes."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from d2animator.bundles import fetch
from d2animator.bundles.store import CONFIG_FILE
from d2animator.config import parse_json


@dataclass(frozen=True)
class Cached:
    """Something that was fetched, or worked out."""

    # owner/name, the address, or what it is.
    name: str
    folder: str
    bytes: int
    # Where it lies: in the Hub's cache, which others use as well, or in d2animator's own.
    kind: Literal["hub", "address", "sources"]


def hub_cache() -> str:
    """Folder in which the Hub's client keeps what it fetched."""
    from huggingface_hub import constants

    return str(constants.HF_HUB_CACHE)


def cached_bundles() -> Iterator[Cached]:
    """Bundles in the Hub's cache, a line for each version; nothing else that is there."""
    from huggingface_hub import scan_cache_dir

    if not Path(hub_cache()).is_dir():
        return
    for repo in sorted(scan_cache_dir().repos, key=lambda repo: repo.repo_id):
        for revision in repo.revisions:
            files = [file for file in revision.files if file.file_name == CONFIG_FILE]
            if any(_is_bundle(Path(file.file_path)) for file in files):
                where = str(revision.snapshot_path)
                name = f"{repo.repo_id}@{revision.commit_hash[:10]}"
                yield Cached(name, where, revision.size_on_disk, "hub")


def cached_files() -> Iterator[Cached]:
    """Files that came from plain addresses."""
    for record in sorted(fetch.cache_folder().glob("*/record.json")):
        try:
            url = str(parse_json(record.read_bytes())["url"])
        except (OSError, ValueError, KeyError, TypeError):
            url = "a damaged entry"
        size = sum(path.stat().st_size for path in record.parent.rglob("*") if path.is_file())
        yield Cached(url, str(record.parent), size, "address")


def cached_sources() -> Iterator[Cached]:
    """Codes and tuned networks of sources, all of them in a line."""
    folder = fetch.cache_folder().parent
    sizes = [path.stat().st_size for path in _sources(folder)]
    if sizes:
        name = f"codes and weights of sources ({len(sizes)})"
        yield Cached(name, str(folder), sum(sizes), "sources")


def clear(entries: Iterable[Cached]) -> None:
    """Remove what is cached; a bundle of the Hub without what other versions share with it.

    Raises:
        OSError: Something cannot be removed.
    """
    for entry in entries:
        if entry.kind == "hub":
            _remove_revision(Path(entry.folder).name)
        elif entry.kind == "address":
            shutil.rmtree(entry.folder)
        else:
            for path in _sources(Path(entry.folder)):
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()


def _remove_revision(revision: str) -> None:
    from huggingface_hub import scan_cache_dir

    scan_cache_dir().delete_revisions(revision).execute()


def _sources(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.safetensors") if path.is_file()]


def _is_bundle(config: Path) -> bool:
    try:
        plain = parse_json(config.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(plain, dict) and {"generator", "format_version"} <= plain.keys()
