"""How bytes come from a plain address: careful redirects, and limits of time.

The standard library does the talking: which HTTP library the Hub's client brings along changes
from version to version.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import IO, Any

from d2animator.bundles import hosts
from d2animator.errors import FetchError, printable

# An answer has to begin within the first, and to bring the third in each of the second.
ANSWER_S = 120.0
SLOW_S = 60.0
SLOW_BYTES = 16_384
_CHUNK = 1 << 20


def shown_address(url: str) -> str:
    """An address for messages and records: without user names, passwords and signatures."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", ""))


class _CarefulRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects to https on the public internet alone; on this machine, anywhere on it."""

    def __init__(self, url: str, *, trusted: bool) -> None:
        self._shown = shown_address(url)
        self._own = trusted and hosts.is_loopback(url)

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any
    ) -> Any:
        """Go on to another address, or close the connection to the first one."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except (ValueError, FetchError):
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def _check(self, url: str) -> None:
        check_form(url)
        if self._own and hosts.is_loopback(url):
            return
        shown = shown_address(url)
        if not url.lower().startswith("https://"):
            raise FetchError(self._shown, f"leads on to {shown}, which is not https")
        hosts.check_public(url, shown)


class _Http(urllib.request.HTTPHandler):
    """http, with a limit of time for an answer to begin."""

    def __init__(self, trusted: str | None) -> None:
        super().__init__()
        self._trusted = trusted

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return _answer(self, http.client.HTTPConnection, req, self._trusted)


class _Https(urllib.request.HTTPSHandler):
    """https, with a limit of time for an answer to begin."""

    def __init__(self, trusted: str | None) -> None:
        super().__init__()
        self._trusted = trusted

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return _answer(self, http.client.HTTPSConnection, req, self._trusted)


def _answer(
    handler: urllib.request.AbstractHTTPHandler,
    kind: type[http.client.HTTPConnection],
    request: urllib.request.Request,
    trusted: str | None,
) -> http.client.HTTPResponse:
    """Wait for an answer's headers, not for ever: a server may send a byte now and then.

    Args:
        handler: Does the talking.
        kind: How to connect.
        request: What to ask.
        trusted: The host that may be anywhere; all others have to be on the public internet.
    """
    asked = urllib.parse.urlsplit(request.full_url)
    # What goes through a proxy is connected to the proxy, which is the user's own.
    own_host = urllib.parse.unquote(asked.netloc)
    direct = request.host == own_host or not urllib.request.getproxies()
    public = direct and asked.hostname != trusted and not _both_local(asked.hostname, trusted)
    made: list[http.client.HTTPConnection] = []
    late = threading.Event()

    def connect(host: str, **settings: Any) -> http.client.HTTPConnection:
        connection = kind(host, **settings)
        if public:
            connection._create_connection = hosts.connect_public  # type: ignore[attr-defined]
        made.append(connection)
        return connection

    def stop() -> None:
        late.set()
        for connection in made:
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(ANSWER_S, stop)
    timer.daemon = True
    timer.start()
    try:
        answer = handler.do_open(connect, request)
    finally:
        timer.cancel()
    if late.is_set():  # a connection that ends is taken for the end of the headers
        answer.close()
        raise TimeoutError(f"no answer within {ANSWER_S:g} s")
    return answer


def _both_local(host: str | None, trusted: str | None) -> bool:
    return hosts.is_loopback(f"//{host}") and hosts.is_loopback(f"//{trusted}")


def make_opener(url: str, *, trusted: bool) -> urllib.request.OpenerDirector:
    """Make an opener for http and https alone: no files, no FTP, no data in the address.

    Args:
        url: What is to be asked for.
        trusted: Whether the user named it; then this machine may lead on to itself.
    """
    host = urllib.parse.urlsplit(url).hostname if trusted else None
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Http(host),
        _Https(host),
        urllib.request.HTTPDefaultErrorHandler(),
        _CarefulRedirects(url, trusted=trusted),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def check_form(url: str) -> None:
    """Check that an address is one that can be asked at all.

    Raises:
        FetchError: It is not.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port
        url.encode("ascii")
    except ValueError as error:  # UnicodeError is one
        raise FetchError(printable(url, 200), f"no valid address ({error!s:.100})") from error
    if "%" in parts.netloc.rpartition("@")[2]:
        raise FetchError(printable(url, 200), "no valid address: its host is written with %")
    if not url.isprintable() or " " in url:
        raise FetchError(printable(url, 200), "no valid address: write spaces as %20")


def length_of(text: str | None) -> int | None:
    """Number of a ``Content-Length``, None for none.

    Raises:
        ValueError: It is no number.
    """
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,18}", text.strip()):
        raise ValueError(f"Content-Length {text[:40]!r}")
    return int(text)


def version_of(text: str | None, form: str) -> str:
    """A server's word for a version of a file, if it is one that can be said back to it."""
    word = (text or "").strip()
    return word if len(word) <= 200 and re.fullmatch(form, word) else ""


def chunks(answer: Any) -> Iterator[bytes]:
    """Parts of an answer as they come.

    Raises:
        TimeoutError: They come too slowly.
    """
    began, got = time.monotonic(), 0
    # Not `read`, which would wait for a whole part: a server may send a byte now and then.
    while chunk := answer.read1(_CHUNK):
        yield chunk
        got += len(chunk)
        now = time.monotonic()
        if now - began > SLOW_S:
            if got < SLOW_BYTES:
                raise TimeoutError(f"only {got} bytes in {now - began:.0f} s")
            began, got = now, 0
