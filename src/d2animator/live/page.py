"""A page on this machine that shows live pictures, for machines without a window of their own.

Only this machine reaches it, and only whoever knows its address: that holds a secret.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import cv2

from d2animator.errors import OutputError
from d2animator.faces.detector import Picture

_HOST = "127.0.0.1"
_BOUNDARY = b"picture"
_QUALITY = 90
_LONGEST_KEY = 8
# A browser that takes nothing for so long has gone, in seconds.
_PATIENCE_S = 10.0


class Page:
    """Shows pictures in browsers of this machine; see `d2animator.live.viewers.Viewer`.

    Attributes:
        address: Where to look, its secret included.
    """

    def __init__(self, port: int = 0) -> None:
        """Begin to serve.

        Args:
            port: Where; 0 for any that is free.

        Raises:
            OutputError: The port is taken, or not allowed.
        """
        self._changed = threading.Condition()
        self._jpeg: bytes | None = None
        self._number = self._watching = 0
        self._ended = False
        self.line = ""
        self.queued: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.secret = secrets.token_urlsafe(16)
        try:
            self._server = _Server(self, port)
        except (OSError, OverflowError) as error:
            reason = f"port {port} cannot be had ({error}); name another one, or 0 for any"
            raise OutputError("page", reason) from error
        port = self._server.server_address[1]
        self.hosts = (f"{_HOST}:{port}", f"localhost:{port}")
        self.address = f"http://{_HOST}:{port}/{self.secret}/"
        serve = functools.partial(self._server.serve_forever, poll_interval=0.1)
        threading.Thread(target=serve, name="page", daemon=True).start()

    def show(self, picture: Picture, line: str) -> None:
        """Show a picture to whoever looks; a browser that is slow misses some."""
        self.line = line
        if not self._watching:
            return
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        with self._changed:
            self._jpeg, self._number = jpeg.tobytes(), self._number + 1
            self._changed.notify_all()

    def pressed(self) -> list[str]:
        """Give the keys that were pressed in browsers."""
        pressed: list[str] = []
        with contextlib.suppress(queue.Empty):
            while True:
                pressed.append(self.queued.get_nowait())
        return pressed

    def close(self) -> None:
        """Serve no more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    @contextlib.contextmanager
    def watched(self) -> Any:
        """Count somebody who looks."""
        with self._changed:
            self._watching += 1
        try:
            yield
        finally:
            with self._changed:
                self._watching -= 1

    def after(self, number: int) -> tuple[int, bytes | None]:
        """Wait for a picture, JPEG, newer than that of a number; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._number > number)
            return self._number, None if self._ended else self._jpeg


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A thread that sends to a browser ends when its picture does not come.
    block_on_close = False

    def __init__(self, page: Page, port: int) -> None:
        self.page = page
        super().__init__((_HOST, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Take browsers that go away for what they are."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        match self._asked():
            case "":
                nonce = secrets.token_urlsafe(16)
                page = files("d2animator.live").joinpath("page.html").read_text("utf-8")
                policy = (
                    f"default-src 'none'; img-src 'self' data:; connect-src 'self'; "
                    f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'"
                )
                self._answer("text/html", page.replace("NONCE", nonce), policy)
            case "line":
                self._answer("text/plain", self.server.page.line)
            case "stream":
                self._stream()
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self._asked() != "key" or not length.isdecimal() or int(length) > _LONGEST_KEY:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        key = self.rfile.read(int(length)).decode("utf-8", "replace")
        self.server.page.queued.put(key)
        self._answer("text/plain", "")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses hold the secret."""

    def _asked(self) -> str | None:
        """What is asked for; None without the secret, or under another machine's name."""
        page = self.server.page
        _, secret, *rest = [*self.path.split("?")[0].split("/"), ""]
        known = secrets.compare_digest(secret.encode(), page.secret.encode())
        allowed = known and self.headers.get("Host") in page.hosts
        return "/".join(rest[:-1]) if allowed and rest else None

    def _answer(self, kind: str, text: str, policy: str = "default-src 'none'") -> None:
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self._send_caution()
        self.wfile.write(body)

    def _send_caution(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()

    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"
        self.send_header("Content-Type", kind)
        self._send_caution()
        number = 0  # no picture has it
        with self.server.page.watched(), contextlib.suppress(OSError):
            self.wfile.write(b"--" + _BOUNDARY + b"\r\n")
            while True:
                number, jpeg = self.server.page.after(number)
                if jpeg is None:
                    return
                head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                # Browsers show a picture when the next one's boundary is there.
                self.wfile.write(head + jpeg + b"\r\n--" + _BOUNDARY + b"\r\n")


__all__ = ["Page"]
