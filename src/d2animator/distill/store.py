"""The store of samples: a folder of safetensors shards, each written whole or not at all.

A call goes on where an earlier one stopped, and a million samples need the memory of one shard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open

from d2animator.distill.samples import (
    Detect,
    Pictures,
    SampleOptions,
    SampleSet,
    fingerprint,
    layer_groups,
    make_shard,
)
from d2animator.errors import TrainingError
from d2animator.latent.generator import GeneratorLike
from d2animator.progress import StepProgress
from d2animator.training import processes
from d2animator.training.loop import save_tensors
from d2animator.training.shards import check_manifest, has_shard, load_shard


@dataclass(frozen=True, eq=False)
class SampleStore:
    """A folder of shards with samples; reading it takes the memory of one shard at a time.

    Attributes:
        folder: The folder.
        options: How many samples, of which kind.
        name: What the shards depend on.
        groups: For each layer of w_plus the group it takes its w from, length L.
    """

    folder: Path
    options: SampleOptions
    name: str
    groups: tuple[int, ...]

    def ranges(self) -> list[range]:
        """Give the samples of each shard."""
        step, count = self.options.shard, self.options.count
        return [range(first, min(first + step, count)) for first in range(0, count, step)]

    def path(self, indices: range) -> Path:
        """Give the file of a shard."""
        return self.folder / f"samples-{indices.start // self.options.shard:05d}.safetensors"

    def missing(self) -> list[range]:
        """Give the shards that are not there, or not whole."""
        return [part for part in self.ranges() if not has_shard(self.path(part), len(part))]

    def shard(self, indices: range) -> SampleSet:
        """Read the confident samples of one shard.

        Raises:
            TrainingError: It is missing, damaged, or of another store.
        """
        whole = load_shard(self.path(indices), self.name, len(indices))
        if whole is None:
            raise TrainingError(f"{self.path(indices)}: missing; run the stage samples")
        keep = whole["confidence"] >= self.options.least_confidence
        keep &= whole["landmarks"].isfinite().all(-1).all(-1)
        images = whole.get("images")
        return SampleSet(
            whole["codes"][keep],
            self.groups,
            whole["landmarks"][keep],
            int((~keep).sum()),
            None if images is None else images[keep],
        )

    def kept(self) -> int:
        """Count the confident samples, without reading pictures."""
        count = 0
        for indices in self.ranges():
            with safe_open(self.path(indices), framework="pt") as file:
                confidence = file.get_tensor("confidence")
                finite = file.get_tensor("landmarks").isfinite().all(-1).all(-1)
            count += int(((confidence >= self.options.least_confidence) & finite).sum())
        return count

    def shards(self) -> Iterator[SampleSet]:
        """Read shard after shard."""
        for indices in self.ranges():
            yield self.shard(indices)

    def head(self, most: int) -> SampleSet:
        """Read about the first ``most`` samples, in whole shards.

        Pictures come along only when every shard that was read has them.
        """
        parts: list[SampleSet] = []
        for indices in self.ranges():
            if indices.start < most:
                parts.append(self.shard(indices))
        images = [part.images for part in parts if part.images is not None]
        return SampleSet(
            torch.cat([part.codes for part in parts]),
            self.groups,
            torch.cat([part.landmarks for part in parts]),
            sum(part.left_out for part in parts),
            torch.cat(images) if len(images) == len(parts) else None,
        )

    def small_pictures(self) -> Pictures:
        """Read the samples whose pictures were kept.

        Raises:
            TrainingError: None were kept.
        """
        return self.head(max(self.options.pictures, 1)).small_pictures()


def open_store(
    generator: GeneratorLike,
    options: SampleOptions,
    folder: Path,
    *,
    detector_name: str = "",
    write: bool = True,
) -> SampleStore:
    """Open a store, which may be empty yet.

    Args:
        generator: Draws the pictures.
        options: How many samples, of which kind.
        folder: The store.
        detector_name: Stands for the detector.
        write: Whether a new store may be given its name.

    Returns:
        The store; see `fill_store`.

    Raises:
        TrainingError: The folder holds samples of another generator, detector or kind.
        OutputError: The folder cannot be written.
    """
    apart = ("count", "batch", "pictures")
    kept = {key: value for key, value in asdict(options).items() if key not in apart}
    name = fingerprint(generator, detector_name, sorted(kept.items()))
    made_by = {
        "generator": fingerprint(generator),
        "detector": detector_name,
        **{f"samples.{key}": str(value) for key, value in sorted(kept.items())},
    }
    if processes.current().first:
        check_manifest(folder, made_by, write=write)
    groups = layer_groups(generator.num_ws, options.coarse_layers, options.mixing)
    return SampleStore(folder, options, name, groups)


def fill_store(
    store: SampleStore,
    generator: GeneratorLike,
    detect: Detect,
    progress: StepProgress | None = None,
) -> None:
    """Make the samples that a store lacks; several processes share them by whole shards.

    Args:
        store: The store.
        generator: Draws the pictures.
        detect: Finds landmarks in them.
        progress: Called as ``progress(samples done, {"left_out": ...})`` after every shard of the
            first process.

    Raises:
        TrainingError: A shard is of another generator, detector or kind, or damaged.
        OutputError: The disk is full.
    """
    team, left_out = processes.current(), 0
    for indices in team.own(store.ranges()):
        shard = load_shard(store.path(indices), store.name, len(indices))
        if shard is None:
            shard = make_shard(generator, detect, store.options, indices, list(store.groups))
            save_tensors(store.path(indices), shard, {"of": store.name})
        left_out += int((shard["confidence"] < store.options.least_confidence).sum())
        if progress is not None and team.first:
            progress(indices.stop, {"left_out": float(left_out)})
    team.wait()
