"""Renders PuppetBench: sources, drivers, clips, and the true answer to each pair.

The same head model, OpenGL device and Pillow give the same files, byte for byte;
`d2animator.evaluate.puppetbench` says what they hold.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL

from d2animator import __version__
from d2animator.bundles.store import sha256
from d2animator.errors import ConfigError
from d2animator.evaluate.puppetbench import FORMAT_VERSION, Manifest, SequenceEntry, write_bench
from d2animator.head.model import load_head
from d2animator.media.images import write_image
from tools.puppets.parameters import expression_names, expression_vector
from tools.puppets.renderer import PuppetRenderer
from tools.puppets.world import STATE_BLOCKS, STATE_DIM, look_from_z, sample_z, state_from_z

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """What is rendered."""

    # Of all persons, states and paths; training takes seeds below 1000.
    seed: int = 1000
    # Side of the pictures in pixels, and quality of their WebP files.
    size: int = 256
    quality: int = 90
    # Single pictures, each of another person.
    sources: int = 64
    drivers: int = 64
    # (source, driver) pairs with their truth; at most sources * drivers.
    pairs: int = 208
    # Clips, frames of each and frames a second.
    sequences: int = 8
    frames: int = 24
    frame_rate: float = 12.0
    # Factor on the state codes of the sources: photographs that people hand over are calm.
    calm: float = 0.4


@dataclass(frozen=True)
class Shot:
    """A picture to render."""

    name: str
    person: int
    z: Array


# Entries of the state that a clip moves, with their largest values, for each of its two waves.
_POSE = {0: 1.3, 1: 1.0, 2: 0.7, 3: 0.8, 4: 0.6}
_LIDS = STATE_BLOCKS["pose"] + STATE_BLOCKS["gaze"]
_FIRST_ACTION = STATE_DIM - STATE_BLOCKS["expression"]
_JAW, _SMILE, _PUCKER, _BROWS = (_FIRST_ACTION + k for k in (0, 1, 3, 7))


def pairs(plan: Plan) -> list[tuple[int, int]]:
    """(source, driver) of each pair, no two alike, every driver about as often."""
    chosen = []
    for index in range(plan.pairs):
        turn, driver = divmod(index, plan.drivers)
        chosen.append(((driver + 1 + 17 * turn) % plan.sources, driver))
    if len(set(chosen)) < len(chosen):
        raise ConfigError("pairs", f"{plan.pairs} do not fit, the counts allow fewer")
    return chosen


def path_of_states(seed: int, index: int, frames: int) -> Array:
    """A short performance: head, gaze, jaw, smile, brows and a blink, smooth in time.

    Returns:
        State codes (frames, STATE_DIM).
    """
    rng = np.random.default_rng((seed, index, 7))
    time = np.arange(frames) / max(frames - 1, 1)

    def wave(amplitude: float) -> npt.NDArray[np.float64]:
        turns, phase = rng.uniform(0.7, 1.3), rng.uniform(0, 2 * np.pi)
        return np.asarray(amplitude * np.sin(2 * np.pi * turns * time + phase))

    states = np.zeros((frames, STATE_DIM))
    for entry, amplitude in _POSE.items():
        states[:, entry] = wave(amplitude)
    states[:, _SMILE] = 0.5 + wave(1.3)
    states[:, _BROWS] = wave(1.2)
    states[:, _PUCKER] = np.maximum(wave(1.0), 0)
    # Syllables: the jaw is shut half of the time.
    syllables = np.sin(2 * np.pi * (rng.uniform(1.6, 2.4) * time + rng.uniform()))
    states[:, _JAW] = 1.9 * np.maximum(syllables, 0)
    blink = rng.uniform(0.2, 0.8)
    states[:, _LIDS] = 2.2 * np.exp(-(((time - blink) / 0.05) ** 2))
    return states.astype(np.float32)


def shots(plan: Plan) -> tuple[list[Shot], list[SequenceEntry]]:
    """All pictures, and which of them make the clips."""
    first_person = plan.sources + plan.drivers
    sources = [_with_state(sample_z(plan.seed, i), plan.calm) for i in range(plan.sources)]
    drivers = [sample_z(plan.seed, plan.sources + i) for i in range(plan.drivers)]
    pictures = [Shot(f"source-{i:03d}", i, z) for i, z in enumerate(sources)]
    pictures += [Shot(f"driver-{i:03d}", plan.sources + i, z) for i, z in enumerate(drivers)]
    for index, (source, driver) in enumerate(pairs(plan)):
        z = np.concatenate([drivers[driver][:STATE_DIM], sources[source][STATE_DIM:]])
        pictures.append(Shot(f"truth-{index:03d}", source, z))
    entries = []
    for index in range(plan.sequences):
        clip, entry = _sequence(plan, index, first_person + 2 * index)
        pictures += clip
        entries.append(entry)
    return pictures, entries


def render_bench(head: Path, folder: Path, plan: Plan | None = None) -> Manifest:
    """Render the benchmark.

    Args:
        head: Packed head model.
        folder: Where to; what lies there is replaced.
        plan: What to render.

    Raises:
        ConfigError: The plan asks for more pairs than its pictures allow.
        MediaError: There is no head model.
        InputError: moderngl or a usable OpenGL is missing.
    """
    plan = plan or Plan()
    wanted, entries = shots(plan)
    renderer = PuppetRenderer(load_head(head), plan.size)
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "pictures").mkdir(parents=True)
    try:
        rows = [_render(renderer, shot, folder, plan.quality) for shot in wanted]
        device = renderer.device
    finally:
        renderer.close()
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        made={
            "plan": asdict(plan),
            "head_sha256": sha256(head),
            "renderer": f"d2animator {__version__}",
            "opengl": device,
            "pillow": PIL.__version__,
        },
        size=plan.size,
        expression_names=expression_names(),
        pictures=tuple(shot.name for shot in wanted),
        sources=tuple(s.name for s in wanted if s.name.startswith("source-")),
        drivers=tuple(s.name for s in wanted if s.name.startswith("driver-")),
        pairs=tuple(
            (f"source-{source:03d}", f"driver-{driver:03d}", f"truth-{index:03d}")
            for index, (source, driver) in enumerate(pairs(plan))
        ),
        sequences=tuple(entries),
        files={},
    )
    return write_bench(folder, columns, manifest)


def _sequence(plan: Plan, index: int, person: int) -> tuple[list[Shot], SequenceEntry]:
    name = f"sequence-{index}"
    states = path_of_states(plan.seed, index, plan.frames)
    look, driving_look = (sample_z(plan.seed, who)[STATE_DIM:] for who in (person, person + 1))

    def clip(role: str, who: int, z: Array) -> Iterator[Shot]:
        for frame, state in enumerate(states):
            yield Shot(f"{name}-{role}-{frame:02d}", who, np.concatenate([state, z]))

    driver = list(clip("driver", person + 1, driving_look))
    truth = list(clip("truth", person, look))
    # Drawn once more under its own name: the source is a role, and a file can be handed over.
    source = Shot(f"{name}-source", person, truth[0].z)
    entry = SequenceEntry(
        name,
        plan.frame_rate,
        source.name,
        tuple(shot.name for shot in driver),
        tuple(shot.name for shot in truth),
    )
    return [source, *driver, *truth], entry


def _with_state(z: Array, factor: float) -> Array:
    calm = z.copy()
    calm[:STATE_DIM] *= factor
    return calm


def _render(
    renderer: PuppetRenderer, shot: Shot, folder: Path, quality: int
) -> dict[str, npt.NDArray[Any]]:
    state = state_from_z(shot.z)
    drawn = renderer.render(look_from_z(shot.z), state)
    write_image(folder / "pictures" / f"{shot.name}.webp", drawn.image, quality)
    return {
        "person": np.array(shot.person, np.int32),
        "z": shot.z,
        "landmarks": drawn.landmarks,
        "yaw_pitch_roll_deg": np.array(state.yaw_pitch_roll_deg, np.float32),
        "gaze_deg": np.array(state.gaze_deg, np.float32),
        "expression": expression_vector(state),
    }
