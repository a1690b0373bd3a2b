"""The HTTP interface: JSON in, JSON, pictures and clips out; see docs/reference/http.md."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from d2animator import __version__
from d2animator.config import parse_json
from d2animator.errors import printable
from d2animator.web import edits, files, model, work
from d2animator.web.jobs import Job
from d2animator.web.refusals import RefusedError
from d2animator.web.sessions import Session
from d2animator.web.studio import Studio, in_thread, studio_of

SESSION_HEADER = "x-session"
LIMITED_HEADER = "x-limited"
"""Told with a preview for which more was wanted than can be drawn well."""

_MOST_JSON = 1 << 16


async def status(request: Request) -> Response:
    """Tell whether the model is ready, how many jobs wait, and what may be asked for."""
    studio = studio_of(request)
    limits = studio.options
    return JSONResponse(
        {
            "version": __version__,
            "model": studio.animator.state,
            "error": studio.animator.error,
            "waiting": studio.sessions.jobs.waiting(),
            "limits": {
                "upload": limits.max_upload,
                "seconds": limits.max_seconds,
                "side": limits.max_side,
            },
            "examples": [f"{files.EXAMPLE_PREFIX}{name}" for name in files.EXAMPLES],
        }
    )


async def begin_session(request: Request) -> Response:
    """Begin a session, which holds files and jobs."""
    session = studio_of(request).sessions.begin()
    return JSONResponse({"id": session.id}, 201)


async def end_session(request: Request) -> Response:
    """End a session: its jobs end, its files are removed."""
    await in_thread(studio_of(request).sessions.end, request.path_params["id"])
    return Response(status_code=204)


async def take_file(request: Request) -> Response:
    """Take a file, the request's body, and tell what it is."""
    studio, session = _studio_and_session(request)
    studio.sessions.check_room(session)
    name = files.plain_name(request.query_params.get("name", "file"))
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdecimal() else None
    most = studio.options.max_upload
    path = await files.receive(request.stream(), session.folder, name, most, announced)
    id = secrets.token_urlsafe(16)
    try:
        stored = await in_thread(files.look_at, path, name, id)
    except Exception as error:
        path.unlink(missing_ok=True)
        raise RefusedError(400, str(error).replace(str(path), name)) from error
    session.files[id] = stored
    return JSONResponse(_file(stored), 201)


async def remove_file(request: Request) -> Response:
    """Remove a file."""
    studio, session = _studio_and_session(request)
    await in_thread(studio.sessions.remove, session, request.path_params["id"])
    return Response(status_code=204)


async def animate(request: Request) -> Response:
    """Put an animation into the queue."""
    studio, session = _studio_and_session(request)
    wishes = await _json(request, ("source", "driver", "options", "format"))
    source = await in_thread(studio.sessions.file, session, wishes.get("source"))
    driver = await in_thread(studio.sessions.file, session, wishes.get("driver"))
    if source.kind == "motion":
        raise RefusedError(400, f"{source.name}: is a motion, which has nobody to animate")
    options = await in_thread(work.read_options, wishes.get("options", {}), driver, studio.options)
    kind = work.read_format(wishes.get("format"), driver)
    target = session.folder / f"{secrets.token_hex(8)}.{kind}"
    doing = work.animation(studio.animator, source, driver, target, options)
    return _accepted(studio, studio.sessions.jobs.add(session.id, doing, session.names))


async def edit(request: Request) -> Response:
    """Edit a photo and answer with the picture."""
    studio, session = _studio_and_session(request)
    wishes = await _json(request, ("source", "amounts", "size", "format", "preview"))
    stored = await in_thread(studio.sessions.file, session, wishes.get("source"))
    amounts = await _amounts(wishes.get("amounts", {}))
    kind = str(wishes.get("format", "png"))
    if kind not in edits.FORMATS:
        raise RefusedError(400, f"format: expected {', '.join(edits.FORMATS)}, got {kind[:40]!r}")
    animator = await in_thread(studio.animator)
    if wishes.get("preview"):
        drawing = (animator, session.prepared, stored, amounts)
        content, limited = await in_thread(edits.preview, *drawing)
        told = {LIMITED_HEADER: "true"} if limited else {}
        return Response(content, headers=told, media_type=edits.FORMATS["jpeg"])
    size = _integer("size", wishes.get("size"))
    side = await in_thread(edits.side_of, stored, size, studio.options.max_side)
    how = (amounts, side, kind, session.folder)
    content = await in_thread(edits.edited_file, animator, session.prepared, stored, *how)
    return Response(content, media_type=edits.FORMATS[kind])


async def clip(request: Request) -> Response:
    """Put a clip of an edit into the queue."""
    from d2animator.animate.options import AnimateOptions

    studio, session = _studio_and_session(request)
    wishes = await _json(request, ("source", "amounts", "seconds", "size"))
    stored = await in_thread(studio.sessions.file, session, wishes.get("source"))
    amounts = await _amounts(wishes.get("amounts", {}))
    seconds = _number("seconds", wishes.get("seconds", 3))
    if not 0 < seconds <= studio.options.max_seconds:
        most = f"{studio.options.max_seconds:g}"
        raise RefusedError(400, f"seconds: expected more than 0, up to {most}, got {seconds:g}")
    size = _integer("size", wishes.get("size"))
    side = await in_thread(edits.side_of, stored, size, studio.options.max_side)
    options = AnimateOptions(size=side, frame_rate=Fraction(25))
    target = session.folder / f"{secrets.token_hex(8)}.mp4"
    doing = work.edit_clip(studio.animator, stored, amounts, target, seconds, options)
    return _accepted(studio, studio.sessions.jobs.add(session.id, doing, session.names))


async def job(request: Request) -> Response:
    """Tell how far a job is."""
    studio = studio_of(request)
    return JSONResponse(_job(studio, studio.sessions.jobs.get(request.path_params["id"])))


async def cancel(request: Request) -> Response:
    """End a job."""
    studio = studio_of(request)
    found = studio.sessions.jobs.get(request.path_params["id"])
    studio.sessions.jobs.cancel(found)
    return JSONResponse(_job(studio, found))


async def result(request: Request) -> Response:
    """Give what a job made; ``?download=1`` to be saved."""
    found = studio_of(request).sessions.jobs.get(request.path_params["id"])
    if found.made is None or not found.made.path.is_file():
        raise RefusedError(409, "there is no result; ask /api/jobs how far it is")
    path = found.made.path
    return FileResponse(
        path,
        media_type=work.FORMATS[path.suffix[1:]],
        filename=found.made.name,
        content_disposition_type=(
            "attachment" if request.query_params.get("download") else "inline"
        ),
    )


async def names(request: Request) -> Response:
    """Tell the names that an edit knows, in groups, with their bounds."""
    return JSONResponse({"groups": await in_thread(edits.slider_groups)})


async def model_card(request: Request) -> Response:
    """Tell what the model is."""
    animator = await in_thread(studio_of(request).animator)
    return JSONResponse(await in_thread(model.model_card, animator))


async def strip(request: Request) -> Response:
    """Draw a face along a direction of the model."""
    animator = await in_thread(studio_of(request).animator)
    picture = await in_thread(model.direction_strip, animator, request.path_params["index"])
    return Response(picture, media_type="image/jpeg", headers={"cache-control": "max-age=3600"})


def _studio_and_session(request: Request) -> tuple[Studio, Session]:
    studio = studio_of(request)
    return studio, studio.sessions.get(request.headers.get(SESSION_HEADER))


async def _json(request: Request, known: tuple[str, ...]) -> Mapping[str, Any]:
    """Read a request's body: one JSON object with no other names than the known ones."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_JSON:
            raise RefusedError(413, f"expected a JSON object of at most {_MOST_JSON} bytes")
    try:
        found = parse_json(body)
    except ValueError as error:
        raise RefusedError(400, f"expected a JSON object ({printable(str(error), 200)})") from error
    if not isinstance(found, dict):
        raise RefusedError(400, f"expected a JSON object, got {type(found).__name__}")
    unknown = [name for name in found if name not in known]
    if unknown:
        what = printable(unknown[0], 60)
        raise RefusedError(400, f"{what}: unknown, expected one of {', '.join(known)}")
    return found


async def _amounts(given: object) -> dict[str, float]:
    if not isinstance(given, Mapping) or len(given) > 200:
        raise RefusedError(400, "amounts: expected names and numbers")
    amounts = {str(name): _number(str(name), value) for name, value in given.items()}
    await in_thread(edits.check_names, amounts)
    return amounts


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(400, f"{printable(name, 60)}: expected a number, got {str(value)[:40]}")
    return float(value)


def _integer(name: str, value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise RefusedError(400, f"{name}: expected a whole number, got {str(value)[:40]}")
    return value


def _file(stored: files.Stored) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.name,
        "kind": stored.kind,
        "width": stored.width,
        "height": stored.height,
        "seconds": stored.seconds,
    }


def _accepted(studio: Studio, job: Job) -> Response:
    return JSONResponse(_job(studio, job), 202, headers={"location": f"/api/jobs/{job.id}"})


def _job(studio: Studio, job: Job) -> dict[str, Any]:
    """A job as JSON holds it."""
    now, left = time.monotonic(), job.left_s(time.monotonic())
    told: dict[str, Any] = {
        "id": job.id,
        "state": job.state,
        "phase": job.phase,
        "ahead": studio.sessions.jobs.ahead(job),
        "done": job.done,
        "total": job.total,
        "elapsed_s": round(job.elapsed_s(now), 1),
        "left_s": None if left is None else round(left, 1),
        "error": job.error,
        "result": None,
    }
    if job.made is not None:
        path = job.made.path
        told["result"] = {
            "url": f"/api/jobs/{job.id}/result",
            "name": job.made.name,
            "type": work.FORMATS[path.suffix[1:]],
            **job.made.summary,
        }
    return told
