"""What the Hub's client raises, as sentences that name the next step."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator

from d2animator.errors import FetchError, UnknownModelError

_LOG_IN = "log in with `hf auth login` (or set HF_TOKEN, or pass token=)"


def explain(
    error: Exception, name: str, endpoint: str, offline: bool
) -> FetchError | UnknownModelError:
    """Turn an error of the Hub's client into one of ours.

    Args:
        error: What was raised; its causes are looked at too.
        name: What was asked for.
        endpoint: Address of the Hub.
        offline: Whether the network was not to be used.

    Returns:
        The error to raise instead.
    """
    from huggingface_hub import errors as hub

    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, hub.GatedRepoError):
            return FetchError(name, _gated(link, endpoint))
        if isinstance(link, hub.RevisionNotFoundError):
            reason = "the repository has no such revision; name a branch, tag or commit of it"
            return UnknownModelError(name, reason)
        if isinstance(link, hub.RepositoryNotFoundError):
            return UnknownModelError(name, _no_repository(endpoint))
        if isinstance(link, hub.HFValidationError):
            return UnknownModelError(name, f"not a name on the Hub ({_first_line(link)})")
        absent = isinstance(link, hub.EntryNotFoundError)
        if absent and not isinstance(link, hub.LocalEntryNotFoundError):
            return UnknownModelError(name, "the repository has no such file; check its name")
    return FetchError(name, _out_of_reach(chain, name, endpoint, offline))


def refused_push(error: Exception, name: str, endpoint: str) -> FetchError:
    """Turn an error met while writing to the Hub into one of ours."""
    from huggingface_hub import errors as hub

    for link in _causes(error):
        status = _status(link)
        if status in (401, 403):
            reason = f"may not write there ({status}); {_LOG_IN} with a token that may write"
            return FetchError(name, f"{reason}, and check that the name is your own: {name}")
        if isinstance(link, hub.RevisionNotFoundError):
            return FetchError(name, "no such branch to write to; leave the revision out")
        if isinstance(link, hub.RepositoryNotFoundError):
            return FetchError(name, f"no such repository on {endpoint}; check its name")
        if isinstance(link, hub.HFValidationError):
            return FetchError(name, f"not a name on the Hub ({_first_line(link)})")
    reason = _out_of_reach(list(_causes(error)), name, endpoint, False)
    return FetchError(name, f"cannot be written: {reason}")


def is_web_page(start: bytes) -> bool:
    """Whether a file that should hold data begins like HTML."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml"))


def web_page(place: str) -> str:
    """What to say when a web page came instead of data."""
    return (
        f"what answered for {place} is a web page, not the file (a login page of the network, or "
        "of the server?); open it in a browser and log in there, or check the address, HF_ENDPOINT "
        "and the proxy"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from, the outermost first."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _gated(error: BaseException, endpoint: str) -> str:
    repo = getattr(error, "repo_id", None) or "the repository"
    page = f"{endpoint}/{repo}" if "/" in str(repo) else endpoint
    if _status(error) == 401:
        return f"access is gated (401): ask for it at {page}, then {_LOG_IN}"
    return (
        f"access is gated, and this token's account has none (403): ask for it at {page}, or "
        "use the token of an account that has"
    )


def _no_repository(endpoint: str) -> str:
    return (
        f"no such folder, and {endpoint} shows no such repository: check the name; if it is "
        f"private, {_LOG_IN}"
    )


def _out_of_reach(chain: list[BaseException], name: str, endpoint: str, offline: bool) -> str:
    from huggingface_hub.errors import FileMetadataError

    statuses = [status for status in map(_status, chain) if status is not None]
    if any(isinstance(link, OSError) and link.errno == errno.ENOSPC for link in chain):
        return "no space left on the cache's disk; free some, or name another with cache_dir"
    if any(_is_page(link) or isinstance(link, FileMetadataError) for link in chain):
        return web_page(endpoint)
    if statuses and statuses[0] in (401, 403):
        return f"the Hub refuses access ({statuses[0]}); {_LOG_IN}"
    if statuses:
        return f"the Hub answers {statuses[0]}; try again later"
    if offline:
        return (
            "not, or not wholly, in the cache, and the network is not to be used "
            f"(local_files_only or HF_HUB_OFFLINE); fetch it with `d2animator download {name}`"
        )
    if any("Consistency check failed" in str(link) for link in chain):
        return f"broke off before all of it had come; fetch again ({_first_line(chain[0])})"
    cause = _first_line(chain[-1])
    # What the HTTP library raises has another name in every version of the Hub's client.
    if any(isinstance(link, OSError) or "http" in type(link).__module__ for link in chain):
        advice = "check the connection, the proxy and HF_ENDPOINT"
        return f"{endpoint} cannot be reached ({cause}); {advice}"
    return f"the Hub's client failed ({type(chain[0]).__name__}: {cause})"


def _status(error: BaseException) -> int | None:
    code = getattr(getattr(error, "response", None), "status_code", None)
    return code if isinstance(code, int) else None


def _is_page(error: BaseException) -> bool:
    return isinstance(error, json.JSONDecodeError) and is_web_page(error.doc[:512].encode())


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
