"""PuppetBench on disk: pictures of puppets whose every parameter and true animation are known.

A folder holds ``manifest.json`` (how it was made, names, SHA-256 of every file),
``parameters.safetensors`` (a row for each picture) and ``pictures/``. The repository's
``tools.puppets`` renders it; nothing here does.

For every pair of a source and a driver there is the *truth*: the source's person, clothes, place
and light in the driver's pose, gaze and expression. All pictures are framed as the generator's
are (FFHQ's crop, kept upright), so an animation can be compared with its truth pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from d2animator import config as configs
from d2animator.bundles.store import sha256
from d2animator.errors import BundleError, ConfigError
from d2animator.media.files import write_json
from d2animator.media.images import read_image

MANIFEST = "manifest.json"
PARAMETERS = "parameters.safetensors"
FORMAT_VERSION = 1

STATE_DIM = 22
"""Entries of a puppet's code z that are its state, the first ones: pose, gaze, expression."""

Z_DIM = 92
"""Entries of a puppet's code z: its state, then its look."""

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BenchPicture:
    """One rendered picture, and all that is true of it.

    Attributes:
        name: Its name in the benchmark, such as ``source-003``.
        path: The file.
        person: Number of the identity (of clothes, place and light as well); equal numbers mean
            the same person.
        z: Code (Z_DIM,): state, then look.
        landmarks: The 98 points (98, 2) in pixels.
        yaw_pitch_roll_deg: Head pose (3,): turn to the person's left, nod downwards, tilt of the
            crown to the person's right.
        gaze_deg: Where the eyes look, relative to the head: to the person's left and up, (2,).
        expression: Weights (N,) of the expressions, in the order of
            ``PuppetBench.expression_names``.
    """

    name: str
    path: Path
    person: int
    z: Array
    landmarks: Array
    yaw_pitch_roll_deg: Array
    gaze_deg: Array
    expression: Array

    def image(self) -> NDArray[np.uint8]:
        """The picture, (S, S, 3) uint8 RGB, read from disk at each call.

        Raises:
            MediaError: The file is missing or damaged.
        """
        return read_image(self.path)


@dataclass(frozen=True, eq=False)
class BenchSequence:
    """A short clip that drives a source, with the truth frame by frame.

    The source is in the state of the driver's first frame. So the truth is the same whether motion
    is carried over absolutely or relative to the first frame.

    Attributes:
        name: Such as ``sequence-2``.
        frame_rate: Frames a second.
        source: The picture to animate; ``truth[0]`` shows the same.
        driver: The driving frames, of another person.
        truth: The source's person in the state of each driving frame.
    """

    name: str
    frame_rate: float
    source: BenchPicture
    driver: tuple[BenchPicture, ...]
    truth: tuple[BenchPicture, ...]


@dataclass(frozen=True, eq=False)
class PuppetBench:
    """The benchmark.

    Attributes:
        sources: Pictures to animate, each of another person, poses and expressions mild.
        drivers: Pictures that say how, of other persons.
        pairs: (source, driver) as positions in ``sources`` and ``drivers``.
        truth: The true answer to each pair, absolute: the driver's state exactly.
        sequences: Clips.
        expression_names: Names of the expression weights, N.
        size: Side of all pictures in pixels.
        manifest: What ``manifest.json`` says: seeds, versions, files.
    """

    sources: tuple[BenchPicture, ...]
    drivers: tuple[BenchPicture, ...]
    pairs: tuple[tuple[int, int], ...]
    truth: tuple[BenchPicture, ...]
    sequences: tuple[BenchSequence, ...]
    expression_names: tuple[str, ...]
    size: int
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class SequenceEntry:
    """A sequence in the manifest; pictures by name."""

    name: str
    frame_rate: float
    source: str
    driver: tuple[str, ...]
    truth: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` holds."""

    # Version of this layout.
    format_version: int
    # How it was made: seeds, sizes, versions, the head model's SHA-256.
    made: Mapping[str, Any]
    # Side of all pictures in pixels.
    size: int
    # Names of the columns of ``expression`` in the parameters.
    expression_names: tuple[str, ...]
    # Names of the pictures, in the order of the rows of the parameters.
    pictures: tuple[str, ...]
    # Roles, by name of the picture.
    sources: tuple[str, ...]
    drivers: tuple[str, ...]
    # Names of a pair's source, driver and truth.
    pairs: tuple[tuple[str, str, str], ...]
    sequences: tuple[SequenceEntry, ...]
    # SHA-256 of every other file, by its path in the folder.
    files: Mapping[str, str]


# Columns of the parameters and their width; None for one that the manifest knows.
COLUMNS: dict[str, tuple[int | None, ...]] = {
    "person": (),
    "z": (None,),
    "landmarks": (98, 2),
    "yaw_pitch_roll_deg": (3,),
    "gaze_deg": (2,),
    "expression": (None,),
}


def load_bench(folder: str | Path, *, check: bool = False) -> PuppetBench:
    """Read PuppetBench; pictures are read later, one by one.

    Args:
        folder: The data folder, ``benchmarks/puppetbench/data`` in a checkout of the repository.
        check: Compare every file with its SHA-256 as well.

    Raises:
        BundleError: The folder holds no whole PuppetBench; says what is missing or differs.
    """
    folder = Path(folder)
    manifest, plain = _read_manifest(folder / MANIFEST)
    _check_files(folder, manifest, check)
    pictures = _pictures(folder, manifest)
    try:
        sources = {name: place for place, name in enumerate(manifest.sources)}
        drivers = {name: place for place, name in enumerate(manifest.drivers)}
        return PuppetBench(
            sources=tuple(pictures[name] for name in manifest.sources),
            drivers=tuple(pictures[name] for name in manifest.drivers),
            pairs=tuple((sources[s], drivers[d]) for s, d, _ in manifest.pairs),
            truth=tuple(pictures[truth] for _, _, truth in manifest.pairs),
            sequences=tuple(_sequence(entry, pictures) for entry in manifest.sequences),
            expression_names=manifest.expression_names,
            size=manifest.size,
            manifest=plain,
        )
    except KeyError as error:
        raise BundleError(folder / MANIFEST, f"names {error}, which is not in the set") from error


def write_bench(
    folder: str | Path, columns: Mapping[str, NDArray[Any]], manifest: Manifest
) -> Manifest:
    """Write parameters and manifest into a folder whose pictures are there already.

    Args:
        folder: Holds ``pictures/``, one file for each of ``manifest.pictures``, named like it.
        columns: The parameters by the names of ``COLUMNS``, a row for each picture.
        manifest: All but ``files``, which is filled in.

    Returns:
        The manifest as written.

    Raises:
        BundleError: A column is missing or of a wrong shape.
    """
    folder = Path(folder)
    _check_columns(
        folder / PARAMETERS, columns, len(manifest.pictures), len(manifest.expression_names)
    )
    save_file(dict(columns), folder / PARAMETERS)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    hashes = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    manifest = replace(manifest, files=hashes)
    write_json(folder / MANIFEST, manifest)
    return manifest


def _read_manifest(path: Path) -> tuple[Manifest, dict[str, Any]]:
    if not path.is_file():
        raise BundleError(
            path.parent,
            f"no PuppetBench: {MANIFEST} is missing; it comes with a checkout of the repository, "
            "in benchmarks/puppetbench/data",
        )
    try:
        plain = configs.load_json(path)
        manifest = configs.from_dict(Manifest, plain)
    except ConfigError as error:
        raise BundleError(path, str(error).removeprefix(f"{path}: ")) from error
    if manifest.format_version > FORMAT_VERSION:
        raise BundleError(path, f"format {manifest.format_version} is too new; update d2animator")
    return manifest, plain


def _check_files(folder: Path, manifest: Manifest, hashes: bool) -> None:
    missing = [name for name in manifest.files if not (folder / name).is_file()]
    if missing:
        raise BundleError(folder, "not the whole of PuppetBench", missing=missing[:6])
    changed = [n for n, due in manifest.files.items() if hashes and sha256(folder / n) != due]
    if changed:
        raise BundleError(folder, f"files that are not the manifest's: {', '.join(changed[:6])}")


def _pictures(folder: Path, manifest: Manifest) -> dict[str, BenchPicture]:
    path = folder / PARAMETERS
    try:
        columns = load_file(path)
    except (SafetensorError, OSError) as error:
        raise BundleError(path, f"not a whole safetensors file ({error})") from error
    _check_columns(path, columns, len(manifest.pictures), len(manifest.expression_names))
    files = {Path(name).stem: folder / name for name in manifest.files}
    try:
        return {
            name: BenchPicture(
                name=name,
                path=files[name],
                person=int(columns["person"][row]),
                **{column: columns[column][row] for column in COLUMNS if column != "person"},
            )
            for row, name in enumerate(manifest.pictures)
        }
    except KeyError as error:
        raise BundleError(folder, f"there is no file for picture {error}") from error


def _check_columns(
    path: Path, columns: Mapping[str, NDArray[Any]], rows: int, expressions: int
) -> None:
    missing, surplus = COLUMNS.keys() - columns.keys(), columns.keys() - COLUMNS.keys()
    wrong = []
    for name in COLUMNS.keys() & columns.keys():
        shape = columns[name].shape
        due = (rows, *(w or (expressions if name == "expression" else -1) for w in COLUMNS[name]))
        if len(shape) != len(due) or any(w not in (-1, s) for s, w in zip(shape, due, strict=True)):
            wrong.append(f"{name} {shape}")
    if missing or surplus or wrong:
        raise BundleError(
            path, missing=sorted(missing), unexpected=sorted(surplus), mismatched=sorted(wrong)
        )


def _sequence(entry: SequenceEntry, pictures: Mapping[str, BenchPicture]) -> BenchSequence:
    def frames(names: Sequence[str]) -> tuple[BenchPicture, ...]:
        return tuple(pictures[name] for name in names)

    return BenchSequence(
        entry.name,
        entry.frame_rate,
        pictures[entry.source],
        frames(entry.driver),
        frames(entry.truth),
    )
