"""A bank of directions in a work folder, with the name of what it depends on."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open

from d2animator.latent.directions import Directions
from d2animator.training.shards import save_tensors


def save_directions(path: Path, directions: Directions, name: str) -> None:
    """Keep a bank in a work folder, with the name of what it depends on."""
    tensors, labels = directions.pack()
    save_tensors(path, tensors, {"of": name, "labels": labels})


def load_directions(path: Path, name: str) -> Directions | None:
    """Read a bank of a work folder; None when it is missing or depends on something else."""
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if metadata.get("of") != name or "labels" not in metadata:
            return None
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return Directions.unpack(tensors, metadata["labels"])
