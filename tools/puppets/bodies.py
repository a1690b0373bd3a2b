"""Puppets from head to chest, with what of them is head and what is body.

A set is a folder of shards, each with ``images.npy`` (M, S, S, 3), ``person.npy`` (M, S, S), 255
where the puppet hides the background, and ``body.npy`` (M, S, S), 255 where that is clothes or
shoulders. Picture i depends on the seed and on i alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import TrainingError
from tools.puppets.geometry import Mesh, torso_mesh
from tools.puppets.world import Look, State, look_from_z, sample_z, state_from_z

if TYPE_CHECKING:
    from tools.puppets.renderer import PuppetRenderer

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]

REACH_CM = 34.0
"""From the middle of the pictures to their sides."""
SIZE = 168
"""Side of the pictures in pixels."""
_SHARD = 250
# Two garments that differ wherever a garment is seen.
_DARK, _BRIGHT = np.zeros(3, np.float32), np.array([40.0, 0.0, 40.0], np.float32)
_PARTS = ("images", "person", "body")


@dataclass(frozen=True)
class Figure:
    """One puppet.

    Attributes:
        image: (S, S, 3).
        person: (S, S), 255 where it hides the background.
        body: (S, S), 255 where that is clothes or shoulders.
    """

    image: Picture
    person: Picture
    body: Picture


def draw_figure(renderer: PuppetRenderer, seed: int, index: int) -> Figure:
    """Draw puppet ``index`` of the set ``seed``, with a body of its own.

    Args:
        renderer: Draws pictures of `SIZE`.
        seed: Of the set.
        index: Of the puppet.
    """
    random = np.random.default_rng((seed, index, 77))
    z = sample_z(seed, index)
    look, state = varied(look_from_z(z), random), turned_more(state_from_z(z), random)
    torso = shaped_torso(random)

    def drawn(own: Look) -> tuple[Picture, Picture]:
        render = renderer.render(own, state, reach_cm=REACH_CM, torso=torso)
        return render.image, render.alpha

    image, alpha = drawn(look)
    plain = replace(look, garment=replace(look.garment, stripes=0.0))
    dark, bright = (drawn(replace(plain, cloth=cloth))[0] for cloth in (_DARK, _BRIGHT))
    apart = (bright.astype(int) - dark)[..., [0, 2]].max(-1)
    return Figure(image, alpha, np.asarray(np.clip(apart * 3, 0, alpha), np.uint8))


def varied(look: Look, random: np.random.Generator) -> Look:
    """A look whose hair may be longer and fuller than puppets', or its shoulders bare."""
    hair = look.hair
    if hair.length > 2 and random.random() < 0.6:
        hair = replace(
            hair,
            length=float(random.uniform(4, 26)),
            volume=hair.volume * float(random.uniform(0.8, 2.2)),
            flare=float(random.uniform(-0.15, 0.3)),
        )
    elif random.random() < 0.25:
        hair = replace(hair, volume=hair.volume * float(random.uniform(1.0, 3.5)))
    bare = random.random() < 0.15
    return replace(look, hair=hair, cloth=look.skin if bare else look.cloth)


def turned_more(state: State, random: np.random.Generator) -> State:
    """A state whose head turns and tilts as far as heads on photos do."""
    yaw, pitch, roll = state.yaw_pitch_roll_deg
    more = random.normal(0, (12, 6, 8))
    pose = (float(yaw + more[0]), float(pitch + more[1]), float(roll + more[2]))
    return replace(state, yaw_pitch_roll_deg=pose)


def shaped_torso(random: np.random.Generator) -> Mesh:
    """Shoulders of some width and slope that lean, turn and stand somewhere under the head."""
    plain = torso_mesh()
    points = plain.points.astype(np.float64)
    points[:, 0] *= random.uniform(0.72, 1.15)
    points[:, 2] *= random.uniform(0.9, 1.3)
    aside = np.maximum(np.abs(points[:, 0]) - 6, 0)
    points[:, 1] -= aside * random.uniform(-0.12, 0.35)
    points[:, 1] -= points[:, 0] * random.normal(0, 0.07)  # one shoulder higher
    angle = np.radians(random.normal(0, 22))
    cosine, sine = np.cos(angle), np.sin(angle)
    x, z = points[:, 0].copy(), points[:, 2].copy()
    points[:, 0], points[:, 2] = cosine * x + sine * z, cosine * z - sine * x
    low = np.clip((-11.5 - points[:, 1]) / 6, 0, 1)  # the neck stays where it is
    points[:, 0] += low * random.normal(0, 1.5)
    points[:, 1] += low * random.uniform(-1.5, 1.5)
    points[:, 2] += low * random.uniform(-5, 1.5)  # hair falls before shoulders, or behind
    return Mesh(points.astype(np.float32), plain.normals, plain.triangles)


def render_figures(
    renderer: PuppetRenderer,
    folder: Path,
    count: int,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Render a set, or what is still missing of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, count, _SHARD):
        target = folder / f"shard-{first // _SHARD:05d}"
        if not target.is_dir():
            places = range(first, min(first + _SHARD, count))
            figures = [draw_figure(renderer, seed, place) for place in places]
            partial = target.with_name(f".{target.name}")
            partial.mkdir(exist_ok=True)
            for name, part in zip(_PARTS, ("image", "person", "body"), strict=True):
                np.save(partial / f"{name}.npy", np.stack([getattr(one, part) for one in figures]))
            partial.rename(target)
        if progress is not None:
            progress(min(first + _SHARD, count), count)


def read_figures(folder: Path) -> tuple[Picture, Picture, Picture]:
    """Pictures (N, S, S, 3), persons and bodies (N, S, S) of a set.

    Raises:
        TrainingError: There is none.
    """
    shards = sorted(folder.glob("shard-*"))
    if not shards:
        raise TrainingError(f"{folder}: no figures; render some: python -m tools.puppets figures")
    read = [np.concatenate([np.load(shard / f"{name}.npy") for shard in shards]) for name in _PARTS]
    return read[0], read[1], read[2]
