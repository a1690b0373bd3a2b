"""The routes of the page and of its HTTP interface."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from d2animator.errors import D2AnimatorError
from d2animator.web import api
from d2animator.web.files import EXAMPLES, examples_folder
from d2animator.web.live import live
from d2animator.web.refusals import RefusedError, sentence
from d2animator.web.security import Guard
from d2animator.web.studio import Studio, studio_of

_log = logging.getLogger(__name__)

_STATIC = Path(__file__).resolve().parent / "static"


def make_app(studio: Studio) -> Starlette:
    """Make the application of a studio."""
    routes = [
        Route("/", _page),
        Mount("/static", StaticFiles(directory=_STATIC)),
        Route("/examples/{name}", _example),
        Route("/api/status", api.status),
        Route("/api/names", api.names),
        Route("/api/sessions", api.begin_session, methods=["POST"]),
        Route("/api/sessions/{id}", api.end_session, methods=["DELETE"]),
        WebSocketRoute("/api/sessions/{id}/open", _open),
        WebSocketRoute("/api/sessions/{id}/live", live),
        Route("/api/files", api.take_file, methods=["POST"]),
        Route("/api/files/{id}", api.remove_file, methods=["DELETE"]),
        Route("/api/animate", api.animate, methods=["POST"]),
        Route("/api/edit", api.edit, methods=["POST"]),
        Route("/api/clip", api.clip, methods=["POST"]),
        Route("/api/jobs/{id}", api.job),
        Route("/api/jobs/{id}", api.cancel, methods=["DELETE"]),
        Route("/api/jobs/{id}/result", api.result),
        Route("/api/model", api.model_card),
        Route("/api/model/directions/{index:int}.jpg", api.strip),
    ]
    return Starlette(
        routes=routes,
        lifespan=studio.open,
        middleware=[Middleware(Guard, options=studio.options)],
        exception_handlers={D2AnimatorError: _refused, Exception: _failed},
    )


async def _page(request: Request) -> Response:
    return FileResponse(_STATIC / "index.html")


async def _example(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in EXAMPLES:
        raise RefusedError(404, "there is no such example")
    return FileResponse(examples_folder() / name, headers={"cache-control": "max-age=3600"})


async def _open(socket: WebSocket) -> None:
    """Stay open as long as the page does: its session ends soon after."""
    sessions = studio_of(socket).sessions
    try:
        session = sessions.get(socket.path_params["id"])
    except RefusedError as error:
        await socket.close(1008, str(error))
        return
    sessions.page_opens(session)
    try:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive_text()
    finally:
        sessions.page_closes(session)


async def _refused(request: HTTPConnection, error: Exception) -> Response:
    """Answer what cannot be done with a sentence, its files called as their sender calls them."""
    status = error.status if isinstance(error, RefusedError) else 400
    session = request.headers.get(api.SESSION_HEADER)
    names = {}
    with contextlib.suppress(RefusedError):
        names = studio_of(request).sessions.get(session).names
    return JSONResponse({"error": sentence(error, names)}, status)


async def _failed(request: HTTPConnection, error: Exception) -> Response:
    _log.error("a request has failed", exc_info=error)
    text = "d2animator has failed; this should not happen, its log tells more"
    return JSONResponse({"error": text}, 500)
