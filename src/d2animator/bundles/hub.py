"""Bundles from the Hugging Face Hub; the only module that may use the network."""

from __future__ import annotations

import re
from pathlib import Path

from d2animator.bundles.description import FILES
from d2animator.bundles.store import CONFIG_FILE
from d2animator.errors import UnknownModelError

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
# What a bundle consists of; nothing else of a repository is fetched.
PATTERNS = (CONFIG_FILE, *sorted(set(FILES.values())))


def is_hub_name(name: str) -> bool:
    """Whether ``name`` looks like ``owner/name``."""
    return _NAME.fullmatch(name) is not None


def download(name: str, *, revision: str | None = None, local_files_only: bool = False) -> Path:
    """Fetch a bundle into the Hub's cache, or find it there.

    Args:
        name: ``owner/name``.
        revision: Branch, tag or commit; None for the main branch.
        local_files_only: Use the cache alone.

    Returns:
        The folder in the cache.

    Raises:
        UnknownModelError: No such repository, or the Hub is out of reach.
    """
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            name,
            revision=revision,
            local_files_only=local_files_only,
            allow_patterns=list(PATTERNS),
        )
    # The Hub's client raises errors of its own, of its HTTP library and of the system; all of
    # them mean the same to the caller.
    except Exception as error:
        cause = str(error).strip().partition("\n")[0] or type(error).__name__
        reason = f"no such folder, and the Hugging Face Hub did not give it either ({cause})"
        raise UnknownModelError(name, reason) from error
    return Path(folder)
