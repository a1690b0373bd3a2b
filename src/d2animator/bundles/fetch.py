"""Files at plain addresses: fetched once, checked, resumed where they broke off, and kept.

The talking is done by `d2animator.bundles.transport`; ``hf://owner/name/file`` goes to
`d2animator.bundles.hub`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import json
import logging
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from d2animator import __version__
from d2animator.bundles import hosts, hub, refusals, transport
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.store import home_folder, sha256, user_path
from d2animator.config import parse_json
from d2animator.errors import FetchError

_log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
# How often a broken connection is taken up again before giving up.
ATTEMPTS = 4
_SCHEMES = ("https://", "http://", hub.SCHEME)
# The largest networks have a tenth of that.
MOST_BYTES = 16 << 30


@dataclass(frozen=True)
class Address:
    """An address taken apart."""

    # Without the fragment.
    url: str
    # What the file's SHA-256 has to be, from ``#sha256=...``; None for unknown.
    sha256: str | None = None

    @property
    def file_name(self) -> str:
        """The last part of the path, fit for any file system."""
        last = urllib.parse.unquote(urllib.parse.urlsplit(self.url).path).rpartition("/")[2]
        return re.sub(r"[^\w.-]", "_", last)[-100:].lstrip(".") or "file"

    @property
    def shown(self) -> str:
        """For messages and records: without user names, passwords and signatures."""
        return transport.shown_address(self.url)


@dataclass(frozen=True)
class _Record:
    """What is known of a file in the cache, or of a part of it."""

    url: str
    # The server's word for this version of the file; "" for none.
    etag: str = ""
    modified: str = ""
    size: int | None = None
    sha256: str = ""


def is_address(name: str | Path) -> bool:
    """Whether ``name`` is an address that `fetch` understands, not a path."""
    return isinstance(name, str) and name.lower().startswith(_SCHEMES)


def split_address(text: str) -> Address:
    """Take an address apart.

    Raises:
        FetchError: It makes no sense, the hash is none, or a plain http address comes without one.
    """
    url, _, fragment = text.partition("#")
    transport.check_form(url)
    due = fragment.removeprefix("sha256=").lower() if fragment else None
    if due is not None and not re.fullmatch(r"[0-9a-f]{64}", due):
        raise FetchError(url, f"expected #sha256= and 64 hexadecimal digits, got #{fragment}")
    if not text.lower().startswith(hub.SCHEME):
        _check_scheme(url, due)
    return Address(url, due)


def cache_folder(options: HubOptions | None = None) -> Path:
    """Folder of the files that came from plain addresses.

    ``cache_dir`` of the options, else D2ANIMATOR_CACHE, else ``d2animator`` in the user's cache
    folder (XDG_CACHE_HOME, or ``~/.cache``).
    """
    if options is not None and options.cache_dir is not None:
        return user_path(options.cache_dir) / "urls"
    if own := os.environ.get("D2ANIMATOR_CACHE"):
        return user_path(own) / "urls"
    users = os.environ.get("XDG_CACHE_HOME")
    return (user_path(users) if users else home_folder() / ".cache") / "d2animator" / "urls"


def fetch(address: str, options: HubOptions | None = None, *, trusted: bool = True) -> Path:
    """Fetch a file, or find it in the cache.

    A file that came from a plain address is fetched anew when the server has another version of
    it, unless the address says which SHA-256 it has: then the network is not even asked.

    Args:
        address: ``https://...`` or ``hf://owner/name[@revision]/file``; ``#sha256=...`` at its
            end is checked. ``http://`` needs it, except on this machine.
        options: How to fetch.
        trusted: Whether the user named the address. One that a bundle names has to be https, and
            must not lead to this machine or a private network.

    Returns:
        The file in the cache; do not change it.

    Raises:
        FetchError: Out of reach, closed, broken off, too large or slow, a web page instead, another
            hash, or an address that must not be asked.
        UnknownModelError: No such repository, revision or file on the Hub.
    """
    options = options or HubOptions()
    where = split_address(address)
    if where.url.lower().startswith(hub.SCHEME):
        path = hub.download_file(where.url, options)
        return _checked(path, where, where.url)
    if not trusted:
        if not where.url.lower().startswith("https://"):
            raise FetchError(where.shown, "a bundle may name https addresses only")
        hosts.check_public(where.url, where.shown)
    folder = cache_folder(options) / hashlib.sha256(where.url.encode()).hexdigest()[:20]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Another process may want the same file at the same time.
        with FileLock(folder / ".lock"):
            return _Fetch(where, folder, options, trusted=trusted).run()
    except OSError as error:
        raise FetchError(where.shown, _cause(error)) from error
    # Headers and hosts that make no sense; numbers that no port has.
    except (ValueError, OverflowError) as error:
        reason = f"the address or the server's answer is malformed ({error!s:.200})"
        raise FetchError(where.shown, reason) from error


class _Fetch:
    """One file, from its address to its place in the cache."""

    def __init__(self, where: Address, folder: Path, options: HubOptions, *, trusted: bool) -> None:
        self._where = where
        self._options = options
        self._trusted = trusted
        # In a folder of its own: no name can be that of what is kept beside it.
        self._target = folder / "file" / where.file_name
        self._record_file = folder / "record.json"
        self._part = folder / "part"
        self._part_record_file = folder / "part.json"

    def run(self) -> Path:
        """Do what is needed to have the file."""
        kept = _read_record(self._record_file) if self._target.is_file() else None
        if kept is not None and sha256(self._target) != kept.sha256:
            _log.warning("%s was damaged or changed in the cache", self._where.shown)
            kept = None
        if kept is not None and not self._options.force_download:
            due = self._where.sha256
            if self._options.offline or due == kept.sha256:
                return _checked(self._target, self._where, self._where.shown)
        elif self._options.offline:
            reason = "not in the cache, and the network is not to be used (local_files_only)"
            if self._target.is_file():
                reason = f"damaged in the cache ({self._target}), and the network is not to be used"
            raise FetchError(self._where.shown, reason)
        else:
            kept = None
        try:
            self._fetch(kept)
        except FetchError as error:
            if kept is None or not isinstance(
                error.__cause__, urllib.error.URLError | TimeoutError
            ):
                raise
            _log.warning("%s; using what is in the cache", error)
        return self._target

    def _fetch(self, kept: _Record | None) -> None:
        """Fetch the file, taking up broken connections; nothing to do if it is the same still."""
        for attempt in range(1, ATTEMPTS + 1):
            before = self._part.stat().st_size if self._part.exists() else 0
            try:
                with contextlib.closing(self._open(kept)) as answer:
                    if answer.status == 304:
                        return
                    record = self._receive(answer)
                break
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, urllib.error.HTTPError):
                    error.close()
                    if error.code == 416:  # the part is no part of this file any more
                        self._part.unlink(missing_ok=True)
                        continue
                    raise FetchError(self._where.shown, _status(error.code)) from error
                got = self._part.stat().st_size if self._part.exists() else 0
                if attempt == ATTEMPTS or (got <= before and attempt > 1) or _is_final(error):
                    raise FetchError(self._where.shown, _broken(error, got)) from error
                _log.info("%s broke off after %d bytes; going on", self._where.shown, got)
        else:
            raise FetchError(self._where.shown, "the server answers 416 again and again")
        self._keep(record)

    def _open(self, kept: _Record | None) -> Any:
        headers = {"User-Agent": f"d2animator/{__version__}", "Accept-Encoding": "identity"}
        part = _read_record(self._part_record_file) if self._part.is_file() else None
        version = part and (part.etag or part.modified)
        if version:
            headers["Range"] = f"bytes={self._part.stat().st_size}-"
            headers["If-Range"] = version
        else:
            self._part.unlink(missing_ok=True)
        if kept is not None and kept.etag:
            headers["If-None-Match"] = kept.etag
        elif kept is not None and kept.modified:
            headers["If-Modified-Since"] = kept.modified
        request = urllib.request.Request(self._where.url, headers=headers)  # noqa: S310 - checked
        try:
            opener = transport.make_opener(self._where.url, trusted=self._trusted)
            return opener.open(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            if error.code == 304:
                return error
            raise

    def _receive(self, answer: Any) -> _Record:
        """Write what comes to the part file; returns what is known of the whole."""
        if "text/html" in (answer.headers.get("Content-Type") or "").lower():
            raise FetchError(self._where.shown, refusals.web_page(self._where.shown))
        start = self._start(answer)
        length = transport.length_of(answer.headers.get("Content-Length"))
        record = _Record(
            self._where.shown,
            # A weak ETag, W/"...", does not promise the same bytes.
            transport.version_of(answer.headers.get("ETag"), r'"[\x21\x23-\x7e]*"'),
            transport.version_of(answer.headers.get("Last-Modified"), r"[\w,: +-]+"),
            None if length is None else start + length,
        )
        if (record.size or 0) > MOST_BYTES:
            raise FetchError(self._where.shown, _too_large())
        self._part_record_file.write_text(json.dumps(asdict(record)), encoding="utf-8")
        done = start
        with self._part.open("ab" if start else "wb") as file:
            for chunk in transport.chunks(answer):
                if done == 0 and refusals.is_web_page(chunk[:512]):
                    raise FetchError(self._where.shown, refusals.web_page(self._where.shown))
                file.write(chunk)
                done += len(chunk)
                if done > MOST_BYTES:
                    raise FetchError(self._where.shown, _too_large())
                if self._options.progress is not None:
                    self._options.progress(done, record.size)
        if record.size is not None and done < record.size:
            raise ConnectionResetError(f"{done} of {record.size} bytes came")
        return record

    def _start(self, answer: Any) -> int:
        """Number of bytes that are there already and that the answer goes on from."""
        if answer.status != 206:
            return 0
        there = self._part.stat().st_size
        said = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range") or "")
        if said is None or int(said[1]) != there:
            self._part.unlink()
            raise ConnectionResetError("the server sent another range than was asked for")
        return there

    def _keep(self, record: _Record) -> None:
        """Check the whole file, and put it in its place."""
        got = sha256(self._part)
        if self._where.sha256 is not None and got != self._where.sha256:
            self._part.unlink()
            raise FetchError(self._where.shown, _other_hash(got, self._where.sha256))
        self._target.parent.mkdir(exist_ok=True)
        self._part.replace(self._target)
        self._part_record_file.unlink(missing_ok=True)
        text = json.dumps(asdict(record) | {"sha256": got}, indent=2)
        self._record_file.write_text(text, encoding="utf-8")


def _check_scheme(url: str, due: str | None) -> None:
    parts = urllib.parse.urlsplit(url)
    secure = parts.scheme == "https" or hosts.is_loopback(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(url, "expected an https address")
    if not secure and due is None:
        reason = "plain http can be changed on the way; use https, or add #sha256=... to it"
        raise FetchError(url, reason)


def _too_large() -> str:
    return f"larger than {MOST_BYTES >> 30} GiB, which no network is"


def _checked(path: Path, where: Address, shown: str) -> Path:
    if where.sha256 is not None and (got := sha256(path)) != where.sha256:
        raise FetchError(shown, f"{_other_hash(got, where.sha256)}; {path} is the file")
    return path


def _read_record(path: Path) -> _Record | None:
    try:
        return _Record(**parse_json(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _other_hash(got: str, due: str) -> str:
    return f"its SHA-256 is {got}, and should be {due}: the file or the address is another one"


def _status(code: int) -> str:
    if code in (401, 403):
        return f"the server refuses access ({code}); fetch it with a browser, and name the file"
    if code in (404, 410):
        return f"there is no such file ({code}); check the address"
    return f"the server answers {code}; try again later"


def _is_final(error: Exception) -> bool:
    """Whether trying again at once is in vain."""
    reason = getattr(error, "reason", error)
    return isinstance(error, urllib.error.URLError) or getattr(reason, "errno", 0) == errno.ENOSPC


def _broken(error: Exception, got: int) -> str:
    cause = _cause(error)
    if not got:
        return cause
    return f"broke off after {got} bytes ({cause}); the next try goes on from there"


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if getattr(reason, "errno", 0) == errno.ENOSPC:
        return "no space left on the cache's disk; free some, or name another with cache_dir"
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    if isinstance(error, urllib.error.URLError):
        return f"cannot be reached ({text}); check the connection and the proxy"
    return str(text)
