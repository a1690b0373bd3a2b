"""What the server holds: the animator, who is there, and how much they may ask for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread

from d2animator.web.loading import Loading
from d2animator.web.options import WebOptions
from d2animator.web.refusals import RefusedError
from d2animator.web.sessions import Sessions

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

P = ParamSpec("P")
T = TypeVar("T")

_SWEEP_S = 1.0
_LOAD_AFTER_S = 0.5


@dataclass(eq=False)
class Stage:
    """How many people are before their cameras.

    Attributes:
        most: At once.
        busy: Now.
    """

    most: int
    busy: int = 0

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be one of them for a while.

        Raises:
            RefusedError: There are enough.
        """
        if self.busy >= self.most:
            raise RefusedError(429, f"{self.busy} people are live already; try again in a while")
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


@dataclass(frozen=True, eq=False)
class Studio:
    """What the server holds.

    Attributes:
        options: How much one user may ask for.
        animator: Gives the animator, and waits for it.
        sessions: Who is there.
        stage: How many are live.
    """

    options: WebOptions
    animator: Loading
    sessions: Sessions
    stage: Stage

    @contextlib.asynccontextmanager
    async def open(self, app: object) -> AsyncIterator[dict[str, Any]]:
        """Look after the sessions while the server runs; everything ends with it."""
        sweeping = asyncio.create_task(self._sweep())
        # The first page comes first: loading takes all the processor that it can get.
        asyncio.get_running_loop().call_later(_LOAD_AFTER_S, self.animator.begin)
        try:
            yield {"studio": self}
        finally:
            sweeping.cancel()
            await anyio.to_thread.run_sync(self.sessions.close)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.sessions.sweep()


def studio_of(connection: HTTPConnection) -> Studio:
    """Give the studio that a request is for."""
    studio: Studio = connection.state.studio
    return studio


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do something that takes a while without keeping others waiting."""
    return await anyio.to_thread.run_sync(partial(call, *args, **kwargs))
