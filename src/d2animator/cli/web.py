"""``d2animator web``: the page in the browser, and its HTTP interface."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import sys
import webbrowser
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.groups import MARKS, grouped
from d2animator.cli.options import Device, Model, Quiet, Verbose
from d2animator.cli.report import Report
from d2animator.cli.results import load_animator
from d2animator.errors import ConfigError, InputError

if TYPE_CHECKING:
    from d2animator.animator import D2Animator
    from d2animator.web.options import WebOptions

_NEEDED = ("starlette", "uvicorn", "websockets")
_NO_SHARE = (
    "there is no tunnel to the public here: what you open stays on this machine. For others in a "
    "network that you trust, start it with --host 0.0.0.0 --auth user:password; from afar, use "
    "ssh -L"
)
_OPEN_TO_ALL = (
    "whoever reaches this machine at %s can use it, and see nobody's files but their own; "
    "add --auth user:password, and https by a proxy of yours"
)

Host = Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for others, too.")]
Auth = Annotated[
    str | None,
    typer.Option(
        metavar="USER:PASSWORD",
        help="What a browser has to give.",
        envvar="D2ANIMATOR_AUTH",
        show_default="nothing",
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(help="Name that the server is reached by, such as a proxy's; repeatable."),
]
MaxUpload = Annotated[float, typer.Option(help="Largest file that is taken, in MB.")]
MaxSeconds = Annotated[
    float, typer.Option(help="Longest part of a driver that is animated, in seconds.")
]
Share = Annotated[bool, typer.Option("--share", help="Not offered: says what to do instead.")]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")]


@grouped(marks=MARKS)
def web(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 for any that is free.")] = 8420,
    auth: Auth = None,
    allow_host: AllowHost = None,
    max_upload: MaxUpload = 200,
    max_seconds: MaxSeconds = 60,
    share: Share = False,
    open_browser: Open = True,
    model: Model = None,
    device: Device = "auto",
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    marks: Mapping[str, Any],
) -> None:
    """Open a page in the browser: animate, edit a photo, move live before a camera.

    It serves this machine alone unless it is told otherwise, and asks nobody else for anything.
    """
    if share:
        raise ConfigError("--share", _NO_SHARE)
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        what = "pip install 'd2animator[web]'"
        raise InputError(f"web: needs {', '.join(missing)}; install what is missing with {what}")
    report = Report(quiet, verbose)
    from d2animator.web.options import MB, WebOptions, read_auth
    from d2animator.web.server import serve

    options = WebOptions(
        host=host,
        port=port,
        auth=None if auth is None else read_auth(auth),
        allowed_hosts=tuple(allow_host or ()),
        max_upload=int(max_upload * MB),
        max_seconds=max_seconds,
    )

    def load() -> D2Animator:
        return load_animator(model, device, marks)

    def ready(address: str) -> None:
        _warn(report, options)
        report.line(f"d2animator is at {address} (Ctrl-C ends it)")
        if open_browser and _has_screen():
            webbrowser.open(address)

    with _results_told_on_their_page():
        serve(options, load, ready)


@contextlib.contextmanager
def _results_told_on_their_page() -> Iterator[None]:
    """Keep what there is to know of results out of the log: a dragged slider would fill it."""
    log = logging.getLogger("d2animator.animate.result")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _warn(report: Report, options: WebOptions) -> None:
    if not options.is_local and options.auth is None:
        report.note(f"warning: {_OPEN_TO_ALL % options.host}")


def _has_screen() -> bool:
    """Whether a browser would open in a window, not within this very terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
