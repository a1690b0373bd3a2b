"""Who may ask: the server's own page, from a place that is allowed, with the right password."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from d2animator.web.options import WebOptions

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

HEADERS = {
    # Nothing but this server is ever asked for anything, whatever a page says.
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), browsing-topics=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_SAFE_METHODS = ("GET", "HEAD")
# A wrong password costs its sender this many seconds.
_SLOW_S = 0.5


class Guard:
    """Lets through what may be asked, and adds the headers that keep a browser to this server."""

    def __init__(self, app: App, options: WebOptions) -> None:
        """Guard an ASGI application."""
        self._app, self._options = app, options
        own = (options.host, "localhost", socket.gethostname(), *options.allowed_hosts)
        self._hosts = {name.lower() for name in own}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refusal(scope, headers)
        # A browser that asks for a socket gives no password, and an unguessable address instead.
        if refused is None and scope["type"] == "http" and not self._knows_password(headers):
            await asyncio.sleep(_SLOW_S if b"authorization" in headers else 0)
            refused = (401, "User and password are asked for.")
        if refused is not None:
            await _refuse(scope, send, *refused)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Message, headers: dict[bytes, str]) -> tuple[int, str] | None:
        """What speaks against a request, from wherever it comes."""
        host = headers.get(b"host", "")
        if not self._is_own(host):
            # A foreign name that somebody has let point here would make foreign pages our own.
            return 421, "This server does not go by that name; start it with --allow-host NAME."
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        origin = headers.get(b"origin")
        if changes and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "Another site's page may not ask this server for anything."
        if changes and headers.get(b"sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "Another site's page may not ask this server for anything."
        return None

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.lower() in self._hosts
        return True

    def _knows_password(self, headers: dict[bytes, str]) -> bool:
        auth = self._options.auth
        if auth is None:
            return True
        kind, _, word = headers.get(b"authorization", "").partition(" ")
        try:
            given = base64.b64decode(word, validate=True)
        except (binascii.Error, ValueError):
            return False
        wanted = ":".join(auth).encode()
        return kind.lower() == "basic" and hmac.compare_digest(given, wanted)


def _completed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers of an answer with those of ours that it lacks."""
    there = list(headers)
    named = {name.lower() for name, _ in there}
    ours = ((name.encode(), value.encode()) for name, value in HEADERS.items())
    return there + [(name, value) for name, value in ours if name not in named]


async def _refuse(scope: Message, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": text})
        return
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="d2animator", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": _completed(headers)})
    body = json.dumps({"error": text}).encode()
    await send({"type": "http.response.body", "body": body})
