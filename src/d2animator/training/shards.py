"""Files of a work folder: whole or not there, and never mistaken for another run's."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from d2animator import config as configs
from d2animator.errors import ConfigError, OutputError, TrainingError
from d2animator.media.files import atomic_target, write_json

MANIFEST = "store.json"


@contextlib.contextmanager
def disk_errors(path: Path, size: int = 0) -> Iterator[None]:
    """Turn what the system says about writing a file of some bytes into one sentence.

    Raises:
        OutputError: The disk is full, or the place cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(path, _why(path, size, error)) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, folders that are missing included.

    Raises:
        OutputError: The disk is full, or the place cannot be written.
    """
    with atomic_target(path) as hidden, disk_errors(path, len(content)), hidden.open("wb") as file:
        file.write(content)
        file.flush()
        # The name must not reach the disk before the content does.
        os.fsync(file.fileno())


def _why(path: Path, size: int, error: OSError) -> str:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot be written ({error.strerror})"
    free = shutil.disk_usage(path.parent).free
    return (
        f"the disk is full ({size / 1e6:.1f} MB wanted, {free / 1e6:.1f} MB free); what was "
        "written before is whole: make room and run the same command again"
    )


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file whole or not at all.

    Raises:
        OutputError: The disk is full, or the place cannot be written.
    """
    # Cloned: safetensors refuses tensors that share memory or are not contiguous.
    plain = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    write_whole(path, save(plain, metadata=dict(metadata)))


def load_shard(path: Path, name: str, count: int) -> dict[str, Tensor] | None:
    """Read a shard of a store.

    Args:
        path: The file.
        name: The store's fingerprint.
        count: Samples the shard should hold.

    Returns:
        Its tensors; None when it is missing or has another number of samples.

    Raises:
        TrainingError: The shard is of another generator, detector or kind, or damaged.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("of") != name:
                raise TrainingError(
                    f"{path}: made by another generator, detector or options; "
                    "use another work folder"
                )
            keys = list(file.keys())
            if not keys or file.get_slice(keys[0]).get_shape()[0] != count:
                return None
            return {key: file.get_tensor(key) for key in keys}
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"{path}: damaged ({error}); remove it, it is made again") from error


def has_shard(path: Path, count: int) -> bool:
    """Tell whether a shard with so many samples is there, without reading them."""
    if not path.exists():
        return False
    try:
        with safe_open(path, framework="pt") as file:
            keys = list(file.keys())
            return bool(keys) and file.get_slice(keys[0]).get_shape()[0] == count
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"{path}: damaged ({error}); remove it, it is made again") from error


def check_manifest(folder: Path, made_by: Mapping[str, str], *, write: bool = True) -> None:
    """Check that a store was made by what would go on with it; name it if it is new.

    Args:
        folder: The store.
        made_by: What the store depends on, by what it is ("generator", "detector", ...).
        write: Whether a store without a name is given this one.

    Raises:
        TrainingError: It was made by something else; the message says what differs.
        OutputError: It cannot be written.
    """
    path = folder / MANIFEST
    if not path.exists():
        if write:
            with disk_errors(path, 1000):
                folder.mkdir(parents=True, exist_ok=True)
                write_json(path, dict(made_by))
        return
    try:
        stored = configs.load_json(path)
    except ConfigError as error:
        raise TrainingError(f"{error}; remove {path} if the samples beside it are yours") from error
    differing = [what for what, name in made_by.items() if stored.get(what) != name]
    if differing:
        what = differing[0]
        raise TrainingError(
            f"{folder}: made with another {what} ({str(stored.get(what))[:120]}, now "
            f"{made_by[what][:120]}); use another work folder"
        )
