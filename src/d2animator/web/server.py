"""The server: a place to listen at, a temporary folder, and a clean end."""

from __future__ import annotations

import contextlib
import errno
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from d2animator.errors import ConfigError, InputError
from d2animator.web.loading import Loading
from d2animator.web.options import WebOptions
from d2animator.web.sessions import Sessions
from d2animator.web.studio import Stage, Studio

if TYPE_CHECKING:
    import uvicorn

    from d2animator.animator import D2Animator

_MOST_WAITING = 64
_MOST_FRAME = 4_000_000
_PATIENCE_S = 5


def serve(
    options: WebOptions, load: Callable[[], D2Animator], ready: Callable[[str], None]
) -> None:
    """Serve the page until the program is told to end; files of its users go with it.

    Args:
        options: Where, and how much one user may ask for.
        load: Gives the animator; called in a thread of its own.
        ready: Called with the page's address, once it can be opened.

    Raises:
        ConfigError: The address or port cannot be had.
    """
    with listening(options) as place, tempfile.TemporaryDirectory(prefix="d2animator-web-") as at:
        sessions = Sessions(Path(at), options)
        studio = Studio(options, Loading(load), sessions, Stage(options.max_live))
        try:
            server = make_server(studio)
            ready(address(place, options))
            server.run(sockets=[place])
        finally:
            sessions.close()


def make_server(studio: Studio) -> uvicorn.Server:
    """Make the server of a studio, not yet running."""
    import uvicorn

    from d2animator.web.app import make_app

    return uvicorn.Server(
        uvicorn.Config(
            make_app(studio),
            # What fails is logged by the application; the rest is who leaves in the middle.
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            ws="websockets-sansio",
            ws_max_size=_MOST_FRAME,
            limit_concurrency=_MOST_WAITING,
            timeout_graceful_shutdown=_PATIENCE_S,
            lifespan="on",
        )
    )


@contextlib.contextmanager
def listening(options: WebOptions) -> Iterator[socket.socket]:
    """Listen at the address that the options name.

    Raises:
        ConfigError: Another program listens there, or this machine has no such address.
    """
    try:
        known = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError("host", f"{options.host}: no such address ({error.strerror})") from error
    family, kind, protocol, _, where = known[0]
    with socket.socket(family, kind, protocol) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind(where)
        except OSError as error:
            raise _refusal(error, options) from error
        place.listen()  # a browser that is quicker than the server waits for it
        yield place


def address(place: socket.socket, options: WebOptions) -> str:
    """Tell the page's address, as a browser on this machine takes it."""
    port = place.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(options.host, options.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{port}"


def _refusal(error: OSError, options: WebOptions) -> InputError:
    if error.errno == errno.EADDRINUSE:
        reason = f"{options.port} is taken by another program; name another one, or 0 for any"
        return ConfigError("port", reason)
    if error.errno == errno.EACCES:
        return ConfigError("port", f"{options.port} may not be used; name one above 1023")
    return ConfigError("host", f"{options.host}: cannot listen there ({error.strerror})")
