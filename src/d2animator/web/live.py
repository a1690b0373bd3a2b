"""The browser's camera drives a source: frames in, pictures out, over one socket.

The page sends JSON once, ``{"source": ID}``, with ``size``, ``gains`` and ``mirror`` if it wants,
and is told ``{"ready": true}`` when the source is prepared. From then on it sends frames: four
bytes, a number of its own (big-endian), and a JPEG. It gets the same number and a JPEG back. A
frame that comes while another is being worked on takes the place of the one that waits: nothing
queues up. JSON in between changes things: ``gains``, ``mirror``, ``paused``, and ``neutral`` to
measure from the next frame on. ``{"state": ...}`` and ``{"error": ...}`` come back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from d2animator.config import parse_json
from d2animator.errors import D2AnimatorError
from d2animator.web.edits import PREVIEW_SIDE
from d2animator.web.refusals import RefusedError, sentence
from d2animator.web.studio import Studio, in_thread, studio_of

if TYPE_CHECKING:
    from d2animator.live.session import Session as LiveSession

_NUMBER = 4
_QUALITY = 85
_CHANGES = ("gains", "mirror", "paused")


@dataclass(eq=False)
class _Newest:
    """The frame that waits, if any: the newest one."""

    frame: bytes | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, frame: bytes) -> None:
        self.frame = frame
        self.came.set()

    async def take(self) -> bytes:
        await self.came.wait()
        self.came.clear()
        frame, self.frame = self.frame, None
        return frame or b""


_Part = Callable[[WebSocket, "LiveSession", _Newest], Awaitable[None]]


async def live(socket: WebSocket) -> None:
    """Let a camera drive a source until the page has enough of it."""
    studio = studio_of(socket)
    await socket.accept()
    # The page left, or the server ends.
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        try:
            with studio.stage.entered():
                session = await _begun(socket, studio)
                try:
                    with _sharing_processors():
                        await _play(socket, session)
                finally:
                    session.close()
        except D2AnimatorError as error:
            names = {}
            with contextlib.suppress(RefusedError):
                names = studio.sessions.get(socket.path_params["id"]).names
            await socket.send_json({"error": sentence(error, names)})
            await socket.close(1000)


def _sharing_processors() -> AbstractContextManager[None]:
    """Leave half of the processors to the browser, as a rule on this machine, too."""
    from d2animator.models.threads import given_threads, threads_each

    return threads_each(max(1, given_threads() // 2))


async def _begun(socket: WebSocket, studio: Studio) -> LiveSession:
    """Prepare the source that the page names."""
    owner = studio.sessions.get(socket.path_params["id"])
    wish = _read(await socket.receive_text())
    stored = await in_thread(studio.sessions.file, owner, wish.get("source"))
    if stored.kind != "picture":
        raise RefusedError(400, f"{stored.name}: is no picture; expected a photo to move")
    size = wish.get("size", PREVIEW_SIDE)
    if not isinstance(size, int) or not 16 <= size <= studio.options.max_side:
        raise RefusedError(400, f"size: expected 16 to {studio.options.max_side}")
    animator = await in_thread(studio.animator)
    session = await in_thread(animator.session, stored.path, size=size)
    try:
        _change(session, wish)
        width, height = session.size
        await socket.send_json({"ready": True, "width": width, "height": height})
    except BaseException:
        session.close()
        raise
    return session


async def _play(socket: WebSocket, session: LiveSession) -> None:
    """Answer frames, the newest first and no other, until the socket closes."""
    newest = _Newest()
    problems: list[D2AnimatorError] = []
    async with anyio.create_task_group() as group:

        async def until_over(part: _Part) -> None:
            try:
                await part(socket, session, newest)
            except D2AnimatorError as error:
                problems.append(error)
            except (WebSocketDisconnect, RuntimeError):
                pass  # the page left while it was being answered
            group.cancel_scope.cancel()

        group.start_soon(until_over, _listen)
        group.start_soon(until_over, _answer)
    if problems:
        raise problems[0]


async def _listen(socket: WebSocket, session: LiveSession, newest: _Newest) -> None:
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        if (frame := message.get("bytes")) is not None:
            newest.put(frame)
        elif (text := message.get("text")) is not None:
            _change(session, _read(text))


async def _answer(socket: WebSocket, session: LiveSession, newest: _Newest) -> None:
    told: object = None
    while True:
        frame = await newest.take()
        picture = await in_thread(_moved, session, frame[_NUMBER:])
        await socket.send_bytes(frame[:_NUMBER] + picture)
        if session.state is not told:
            told = session.state
            await socket.send_json({"state": told.value})


def _moved(session: LiveSession, frame: bytes) -> bytes:
    """The source doing what a frame shows, JPEG to JPEG."""
    from d2animator.media.images import encode_jpeg, read_image

    return encode_jpeg(session.feed(read_image(frame)), _QUALITY)


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = parse_json(text)
    except ValueError as error:
        raise RefusedError(400, f"expected a JSON object ({error})") from error
    if not isinstance(found, Mapping):
        raise RefusedError(400, "expected a JSON object")
    return found


def _change(session: LiveSession, wish: Mapping[str, Any]) -> None:
    changes = {name: wish[name] for name in _CHANGES if name in wish}
    for name in ("mirror", "paused"):
        if not isinstance(changes.get(name, False), bool):
            raise RefusedError(400, f"{name}: expected true or false")
    gains = changes.get("gains", {})
    if not isinstance(gains, Mapping) or not all(
        isinstance(gain, int | float) for gain in gains.values()
    ):
        raise RefusedError(400, "gains: expected regions and numbers")
    if changes:
        session.set(**changes)
    if wish.get("neutral") is True:
        session.neutral()
