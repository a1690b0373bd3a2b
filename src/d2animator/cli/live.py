"""``d2animator live``: a picture that moves as you do before a camera."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.groups import GENERATOR, MARKS, grouped
from d2animator.cli.options import (
    AsJson,
    Device,
    Face,
    Gains,
    Model,
    PasteBack,
    Quiet,
    Regions,
    Renderer,
    SourceFace,
    Verbose,
    region_options,
)
from d2animator.cli.paths import check_files
from d2animator.cli.report import Report
from d2animator.cli.results import load_animator, loading, those_given
from d2animator.cli.stopping import Terminated

if TYPE_CHECKING:
    from d2animator.animator import D2Animator
    from d2animator.live.controls import Controls
    from d2animator.live.loop import Loop
    from d2animator.live.session import Session
    from d2animator.live.viewers import Viewer
    from d2animator.marks.marker import Marker
    from d2animator.media.camera import Camera

_MOST_SOURCES = 9
# A drawn frame that is looked at and corrected comes later than one that is not.
_CORRECTIONS = 0
# How often the running figures are told, in seconds.
_TELL_S = 0.5

Sources = Annotated[
    list[Path] | None,
    typer.Argument(metavar="SOURCE...", help="Pictures with a face; keys 1 to 9 choose one."),
]
CameraName = Annotated[
    str,
    typer.Option(help="A number, an address (https, rtsp, rtsps), or a video that plays as one."),
]
Anonymise = Annotated[
    bool,
    typer.Option("--anonymise", help="Move somebody who does not exist, in place of a picture."),
]
Show = Annotated[
    str,
    typer.Option(help="window, page (for a browser of this machine), none, or auto to choose."),
]
Record = Annotated[
    Path | None, typer.Option(help="A video to keep what is shown in.", show_default="none")
]


@grouped(generator=GENERATOR, marks=MARKS)
def live(
    sources: Sources = None,
    anonymise: Anonymise = False,
    seed: Annotated[int, typer.Option(help="Which person that is; keys 1 to 9 add to it.")] = 0,
    camera: CameraName = "0",
    mirror: Annotated[bool, typer.Option("--mirror", help="Move as a mirror shows you.")] = False,
    show: Show = "auto",
    port: Annotated[int, typer.Option(help="Of the page.", show_default="any")] = 0,
    virtual_camera: Annotated[
        bool, typer.Option("--virtual-camera", help="Be a camera for other programs.")
    ] = False,
    record: Record = None,
    renderer: Renderer = None,
    size: Annotated[int, typer.Option(help="Longer side of the pictures in pixels.")] = 512,
    regions: Regions = None,
    gains: Gains = None,
    face: Face = None,
    source_face: SourceFace = None,
    paste_back: PasteBack = None,
    model: Model = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    generator: Mapping[str, Any],
    marks: Mapping[str, Any],
) -> None:
    """Make a picture move as you do before a camera, until q or Ctrl-C; --corrections is 0 here.

    Look straight ahead for the first second, or press n then: motion is measured from that face.
    Space pauses, m mirrors, left and right choose a region of the face, up and down say how
    strongly it follows.
    """
    pictures = list(sources or [])
    _check(pictures, anonymise, show)
    check_files(record, [*pictures, camera], pictures)
    report = Report(quiet, verbose)
    with loading(report):
        from d2animator.live.loop import Loop
        from d2animator.media.camera import open_camera

        opened = open_camera(camera)
        animator = load_animator(model, device, marks)
    given = {"renderer": renderer, "size": size, "face": face, "source_face": source_face}
    given |= {"paste_back": paste_back, "motion": "absolute" if anonymise else None, **generator}
    how = {"corrections": _CORRECTIONS, **those_given(given)} | region_options(regions, gains)
    choices: list[Any] = [*pictures]
    if anonymise:
        choices, opened = _strangers(animator, opened, seed)
    with contextlib.ExitStack() as stack:
        session, controls = _begun(stack, animator, choices, how, mirror)
        viewers = _viewers(stack, report, session, show, port, virtual_camera)
        loop, marker = Loop(session, opened), animator.sources.marker
        viewers += _recordings(stack, record, session, marker, loop, opened, pictures)
        with loop, report.running("live") as tell:
            _run(loop, session, viewers, controls, tell)
        figures = loop.tally.figures()
    summary = {**vars(figures), "camera": opened.name, "output": record and str(record)}
    report.end(summary if as_json else None, [str(figures)])


def _strangers(animator: D2Animator, camera: Camera, seed: int) -> tuple[list[Any], Camera]:
    """Make what draws people who do not exist, unlike whoever is seen first."""
    from d2animator.live.meeting import first_seen

    unlike, camera = first_seen(animator.sources.tracker(), camera)
    person = functools.partial(animator.stranger, unlike=unlike)
    return [functools.partial(person, seed + more) for more in range(_MOST_SOURCES)], camera


def _begun(
    stack: contextlib.ExitStack,
    animator: D2Animator,
    choices: list[Any],
    how: Mapping[str, Any],
    mirror: bool,
) -> tuple[Session, Controls]:
    """Begin with the first of the sources."""
    from d2animator.live.controls import Controls

    first = choices[0]() if callable(choices[0]) else choices[0]
    session = stack.enter_context(animator.session(first, **how))
    session.set(mirror=mirror)
    return session, Controls(session, choices, mirror=mirror)


def _check(pictures: list[Path], anonymise: bool, show: str) -> None:
    if anonymise == bool(pictures):
        raise typer.BadParameter("expected either a picture, SOURCE, or --anonymise")
    if len(pictures) > _MOST_SOURCES:
        raise typer.BadParameter(f"expected at most {_MOST_SOURCES} pictures, a key for each")
    if show not in ("auto", "window", "page", "none"):
        raise typer.BadParameter(f"--show: expected auto, window, page or none, got {show!r}")


def _viewers(
    stack: contextlib.ExitStack,
    report: Report,
    session: Session,
    show: str,
    port: int,
    virtual_camera: bool,
) -> list[Viewer]:
    """Open a window or a page, whichever can be seen, and a camera for other programs."""
    from d2animator.live.page import Page
    from d2animator.live.viewers import VirtualCamera, Window, has_display

    viewers: list[Viewer] = []
    if show == "window" or (show == "auto" and has_display()):
        viewers.append(Window("d2animator"))
    elif show != "none":
        page = Page(port)
        viewers.append(page)
        typer.echo(f"look at {page.address} with a browser of this machine", err=True)
    for viewer in viewers:
        stack.callback(viewer.close)
    if virtual_camera:
        seen = VirtualCamera(session.size)
        report.note(f"other programs find it as {seen.name}")
        viewers.append(seen)
        stack.callback(seen.close)
    return viewers


def _recordings(
    stack: contextlib.ExitStack,
    target: Path | None,
    session: Session,
    marker: Marker,
    loop: Loop,
    camera: Camera,
    inputs: list[Path],
) -> list[Viewer]:
    """Keep what is shown, where that is wanted, with the sound of a camera that is a file."""
    from d2animator.live.recording import Recording
    from d2animator.media.camera import Played

    if target is None:
        return []
    kept = Recording(
        target,
        session.size,
        marker,
        tuple(inputs),
        clock=lambda: loop.taken,
        sound_from=camera.sound_from if isinstance(camera, Played) else None,
    )
    stack.callback(kept.close)
    return [kept]


def _run(
    loop: Loop,
    session: Session,
    viewers: list[Viewer],
    controls: Controls,
    tell: Callable[[str], None],
) -> None:
    """Show pictures until somebody asks for the end, or a file has ended."""
    told, line = 0.0, ""
    with _ended_by_hand():
        for picture in loop:
            if time.monotonic() - told > _TELL_S:
                told = time.monotonic()
                line = "; ".join(
                    part
                    for part in (session.state, str(loop.tally.recently()), controls.said)
                    if part
                )
                tell(line)
            for viewer in viewers:
                viewer.show(picture, line)
                for key in viewer.pressed():
                    controls.press(key)
            if controls.ended:
                return


@contextlib.contextmanager
def _ended_by_hand() -> Iterator[None]:
    """Take Ctrl-C for the usual end that it is here."""
    try:
        yield
    except Terminated:
        raise
    except KeyboardInterrupt:
        return
