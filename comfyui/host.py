"""What the nodes ask of ComfyUI: progress, interruption, its folders. Without it they go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from d2animator.errors import ConfigError

SUFFIX = ".safetensors"


class Progress:
    """Tells how far some equal parts of work are, and ends it when the user interrupts.

    One is made for every run of a node. It is a progress function of d2animator, called after
    every frame and at the beginning of every phase; ComfyUI's interruption leaves it as an
    exception, on which d2animator tidies up.

    Attributes:
        part: Index of the part that is being worked on.
    """

    def __init__(self, parts: int = 1) -> None:
        self.part = 0
        self._parts = parts
        self._bar: Any = None

    def __call__(self, done: int, total: int | None) -> None:
        """Be told the number of frames done and to expect."""
        stop_if_interrupted()
        if total is None:
            return
        whole = total * self._parts
        if self._bar is None:
            self._bar = _progress_bar(whole)
        if self._bar is not None:
            self._bar.update_absolute(self.part * total + done, whole)

    def phase(self, name: str) -> None:
        """Be told what begins."""
        stop_if_interrupted()


def stop_if_interrupted() -> None:
    """Raise ComfyUI's own exception where the user has asked to stop."""
    try:
        from comfy.model_management import throw_exception_if_processing_interrupted
    except ImportError:
        return
    throw_exception_if_processing_interrupted()


def _progress_bar(total: int) -> Any:
    try:
        from comfy.utils import ProgressBar
    except ImportError:
        return None
    return ProgressBar(total)


def template_to_write(name: str) -> Path:
    """Give the file of a name in ComfyUI's output folder.

    Raises:
        ConfigError: The name leads out of the folder.
    """
    path = _inside(_folders()[-1], name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def template_to_read(name: str) -> Path:
    """Find a template of a name in ComfyUI's input folder, then in its output folder.

    Raises:
        ConfigError: There is none, or the name leads out of the folders.
    """
    candidates = [_inside(folder, name) for folder in _folders()]
    for path in candidates:
        if path.is_file():
            return path
    places = " or ".join(str(path) for path in candidates)
    raise ConfigError("name", f"expected a motion template, found none at {places}")


def _folders() -> tuple[Path, ...]:
    try:
        import folder_paths
    except ImportError:
        return (Path.cwd(),)
    return Path(folder_paths.get_input_directory()), Path(folder_paths.get_output_directory())


def _inside(folder: Path, name: str) -> Path:
    """A path that a workflow from somebody else may name."""
    name = name.strip()
    path = (folder / (name if name.endswith(SUFFIX) else name + SUFFIX)).resolve()
    if not name or not path.is_relative_to(folder.resolve()):
        raise ConfigError("name", f"expected a file's name within {folder}, got {name!r}")
    return path
