"""What a package index shows of the project: the README, with addresses that hold there, too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_ROOT = Path(__file__).resolve().parent
_LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^]]*)\]\((?!https?:|#|mailto:)(?P<path>[^)]+)\)")


def anywhere(text: str, repository: str | None, version: str) -> str:
    """Give pictures and links within the repository addresses that hold outside of it.

    Args:
        text: Markdown.
        repository: Its address; None leaves everything as it is.
        version: Of the release; its tag is what the addresses lead to.
    """
    if repository is None:
        return text

    def absolute(match: re.Match[str]) -> str:
        kind = "raw" if match["picture"] else "blob"
        address = f"{repository.rstrip('/')}/{kind}/v{version}/{match['path']}"
        return f"{match['picture']}[{match['words']}]({address})"

    return _LINK.sub(absolute, text)


class CustomMetadataHook(MetadataHookInterface):
    """Hatchling's name for it; pyproject.toml turns it on."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the field that pyproject.toml calls dynamic."""
        text = (_ROOT / "README.md").read_text(encoding="utf-8")
        repository = metadata.get("urls", {}).get("Repository")
        shown = anywhere(text, repository, metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": shown}
