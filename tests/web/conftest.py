"""The server with tiny networks that see; left out where the extra ``web`` is not installed."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.media.images import write_image
from tests.seeing import film, picture, seeing
from tests.web.users import ADDRESS

if importlib.util.find_spec("starlette") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a photo, a clip and something that is neither."""
    write_image(tmp_path / "me.png", picture(size=96))
    film(tmp_path / "clip.mp4", "ffxxff")
    film(tmp_path / "dark.mp4", "xxxx")
    (tmp_path / "notes.txt").write_text("no picture at all\n" * 50)
    return tmp_path


@pytest.fixture
def serving(tmp_path: Path, animator: D2Animator) -> Iterator[Callable[..., Any]]:
    """Opens a client of a server of its own; options are those of `WebOptions`."""
    from starlette.testclient import TestClient

    from d2animator.web.app import make_app
    from d2animator.web.loading import Loading
    from d2animator.web.options import WebOptions
    from d2animator.web.sessions import Sessions
    from d2animator.web.studio import Stage, Studio

    with contextlib.ExitStack() as stack:

        def serve(load: Callable[[], D2Animator] = lambda: animator, **options: Any) -> Any:
            folder = tmp_path / "served"
            folder.mkdir(exist_ok=True)
            limits = WebOptions(**options)
            sessions = Sessions(folder, limits)
            studio = Studio(limits, Loading(load), sessions, Stage(limits.max_live))
            client = TestClient(make_app(studio), base_url=ADDRESS)
            return stack.enter_context(client)

        yield serve


@pytest.fixture
def client(serving: Callable[..., Any]) -> Any:
    return serving()
