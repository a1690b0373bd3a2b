"""Checks on what a server of the Hub says before its words become names of files.

The Hub's client names files of its cache by the server's ETags and commits. A hostile mirror could
put ``../`` into them, so its answers are looked at between the server and the client. The client
has no hook for that: its functions are wrapped for as long as a download takes.
"""

from __future__ import annotations

import contextlib
import functools
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from d2animator.errors import FetchError, printable

# One part of a path, and no way up.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+=-]{0,127}")
_lock = threading.RLock()


def check_word(endpoint: str, what: str, word: object) -> None:
    """Check a word of a server's that is to name a file.

    Args:
        endpoint: The server, for messages.
        what: Such as "ETag".
        word: The word; None for none.

    Raises:
        FetchError: It could lead out of a folder.
    """
    if word is None or (isinstance(word, str) and _SAFE.fullmatch(word)):
        return
    shown = printable(str(word), 60)
    reason = f"the server sent {what} {shown!r}, which could write outside the cache; nothing of it"
    raise FetchError(endpoint, f"{reason} was used; check HF_ENDPOINT")


@contextlib.contextmanager
def checked_answers(endpoint: str) -> Iterator[None]:
    """Let the Hub's client see no answer that could name a file outside its cache.

    Args:
        endpoint: The server, for messages.
    """
    from huggingface_hub import HfApi, file_download

    def checked(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                answer = function(*arguments, **named)
            except Exception as error:
                headers = getattr(getattr(error, "response", None), "headers", None) or {}
                check_word(endpoint, "the commit", headers.get("X-Repo-Commit"))
                raise
            words = answer[1:3] if isinstance(answer, tuple) else (None, None)
            for what, name in (("the ETag", "etag"), ("the commit", "commit_hash")):
                check_word(endpoint, what, getattr(answer, name, None))
            for what, name in (("the commit", "sha"), ("the commit", "resolved")):
                check_word(endpoint, what, getattr(answer, name, None))
            check_word(endpoint, "the ETag", words[0])
            check_word(endpoint, "the commit", words[1])
            return answer

        return call

    places = (
        (file_download, "_get_metadata_or_catch_error"),
        (file_download, "get_hf_file_metadata"),
        (HfApi, "repo_info"),
        (HfApi, "resolve_revision"),
    )
    with _lock:
        before = [(owner, name, getattr(owner, name, None)) for owner, name in places]
        for owner, name, function in before:
            if function is not None:
                setattr(owner, name, checked(function))
        try:
            yield
        finally:
            for owner, name, function in before:
                if function is not None:
                    setattr(owner, name, function)
