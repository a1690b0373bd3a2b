"""Sets of rendered puppets on disk, in shards.

A set is a folder: ``set.json`` says how it was made, ``shard-00000/`` holds ``images.npy``
(M, S, S, 3), ``alpha.npy`` (M, S, S), ``landmarks.npy`` (M, 98, 2) in pixels and ``z.npy``
(M, Z_DIM). Picture i of a set depends on the set's seed and on i alone, so any number of processes
makes the same pictures. A set may show each person several times, in other states, clothes, places
and lights: picture i is then person ``i // states``.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError, TrainingError
from tools.puppets.world import Z_DIM, look_from_z, sample_person_z, state_from_z

if TYPE_CHECKING:
    from tools.puppets.renderer import PuppetRenderer

SHARD_SIZE = 500
_RENDER = "python -m tools.puppets render"


@dataclass(frozen=True)
class RenderOptions:
    """How a set is rendered."""

    head: str  # path of the packed head model
    count: int = 9_000  # pictures
    seed: int = 0  # of the set; evaluation uses seeds from 1000 on, training those below
    size: int = 256  # side of the pictures in pixels
    workers: int = 2  # processes; they share nothing but the folder
    states: int = 1  # pictures of each person, one after the other


@dataclass(frozen=True)
class Shard:
    """One shard, mapped from disk; see the module's text for shapes."""

    images: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    z: NDArray[np.float32]


def render_set(
    options: RenderOptions, folder: str | Path, progress: Callable[[int, int], None] | None = None
) -> None:
    """Render a set, or what is still missing of it.

    Args:
        options: How; a set that exists must have been made with the same size and seed.
        folder: Where; made if missing.
        progress: Called with (pictures done, pictures in all).

    Raises:
        ConfigError: A number is out of range.
        TrainingError: The folder holds a different set.
    """
    if min(options.count, options.workers, options.states) < 1 or options.size < 16:
        raise ConfigError("count, workers, states, size", "must be at least 1, 1, 1 and 16")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, options)
    shards = range(-(-options.count // SHARD_SIZE))
    todo = [index for index in shards if not shard_path(folder, index).is_dir()]
    rendered = options.count - sum(_shard_count(options, index) for index in todo)
    report = progress or (lambda _rendered, _total: None)
    report(rendered, options.count)
    jobs = [(options, folder, index) for index in todo]
    for made in _run(jobs, options.workers):
        rendered += made
        report(rendered, options.count)


def read_shards(folder: str | Path) -> Iterator[Shard]:
    """All finished shards of the set in ``folder``, in order, memory-mapped.

    Raises:
        TrainingError: There is none.
    """
    paths = sorted(Path(folder).glob("shard-*"))
    if not paths:
        raise TrainingError(f"{folder}: no renders there; make some with `{_RENDER}`")
    for path in paths:
        yield Shard(
            **{
                name: np.load(path / f"{name}.npy", mmap_mode="r")
                for name in ("images", "alpha", "landmarks", "z")
            }
        )


def shrink(images: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Mean over ``factor`` x ``factor`` pixels: (N, S, S, C) to (N, S/factor, S/factor, C)."""
    if factor == 1:
        return images
    count, size, channels = len(images), images.shape[1] // factor, images.shape[3]
    blocks = images.reshape(count, size, factor, size, factor, channels)
    return np.asarray(blocks.mean((2, 4), dtype=np.float32).round(), np.uint8)


def set_states(folder: str | Path) -> int:
    """Pictures of each person in the set in ``folder``.

    Raises:
        TrainingError: The folder holds no set.
    """
    try:
        return int(json.loads((Path(folder) / "set.json").read_text("utf-8")).get("states", 1))
    except (OSError, ValueError, AttributeError) as error:
        raise TrainingError(f"{folder}: no set of renders; make one with `{_RENDER}`") from error


def shard_path(folder: Path, index: int) -> Path:
    """Folder of shard ``index``."""
    return folder / f"shard-{index:05d}"


def _claim(folder: Path, options: RenderOptions) -> None:
    fixed = {"seed": options.seed, "size": options.size, "z_dim": Z_DIM, "shard": SHARD_SIZE}
    if options.states > 1:
        fixed["states"] = options.states
    note = folder / "set.json"
    if note.is_file():
        there = json.loads(note.read_text("utf-8"))
        if there != fixed:
            raise TrainingError(f"{folder} holds another set: {there}, asked for {fixed}")
    else:
        note.write_text(json.dumps(fixed, indent=2) + "\n", "utf-8")


def _shard_count(options: RenderOptions, index: int) -> int:
    return min(SHARD_SIZE, options.count - index * SHARD_SIZE)


def _run(jobs: list[tuple[RenderOptions, Path, int]], workers: int) -> Iterator[int]:
    if workers == 1 or len(jobs) < 2:
        yield from map(_render_shard, jobs)
        return
    # A fresh process each: OpenGL contexts do not survive a fork.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(_render_shard, jobs)


@functools.lru_cache(maxsize=1)  # opening one takes seconds; a process makes many shards
def _renderer(head: str, size: int) -> PuppetRenderer:
    from d2animator.head.model import load_head
    from tools.puppets.renderer import PuppetRenderer

    return PuppetRenderer(load_head(head), size)


def _render_shard(job: tuple[RenderOptions, Path, int]) -> int:
    options, folder, index = job
    renderer = _renderer(options.head, options.size)
    count = _shard_count(options, index)
    places = range(index * SHARD_SIZE, index * SHARD_SIZE + count)
    persons = (divmod(place, options.states) for place in places)
    codes = [sample_person_z(options.seed, person, state) for person, state in persons]
    renders = [renderer.render(look_from_z(z), state_from_z(z)) for z in codes]
    target = shard_path(folder, index)
    partial = target.with_name(f".{target.name}-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    np.save(partial / "images.npy", np.stack([render.image for render in renders]))
    np.save(partial / "alpha.npy", np.stack([render.alpha for render in renders]))
    np.save(partial / "landmarks.npy", np.stack([render.landmarks for render in renders]))
    np.save(partial / "z.npy", np.stack(codes))
    partial.rename(target)  # a shard is there whole or not at all
    return count
