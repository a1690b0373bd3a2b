"""Which file ``--output`` means, and that it is none of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Inputs = str | Path | Sequence[str | Path | None]


def output_file(output: str, default: str, inputs: Inputs) -> Path:
    """Find the file to write.

    Args:
        output: What was given: a file, or a folder (one that is there, or a name that ends with
            ``/``).
        default: Name of the file in a folder.
        inputs: What is read, a file or several; None is passed over.

    Raises:
        MediaError: An input is no file that can be read; nothing heavy has been loaded yet.
        OutputError: It is one of the inputs.
    """
    from d2animator.media.outputs import in_folder

    target = in_folder(output, default)
    check_files(target, inputs, [inputs] if isinstance(inputs, str | Path) else inputs)
    return target


def check_files(target: Path | None, inputs: Inputs, files: Sequence[str | Path | None]) -> None:
    """Check what a command reads and writes before anything heavy is loaded.

    Args:
        target: What is written, None for nothing.
        inputs: What it must not be.
        files: What has to be a file that can be read; None is passed over.

    Raises:
        MediaError: An input is no file that can be read.
        OutputError: The target is one of the inputs.
    """
    from d2animator.media.files import check_readable
    from d2animator.media.outputs import check_not_input

    for path in files:
        if path is not None:
            check_readable(path)
    check_not_input(target, inputs)


def default_name(command: str, *inputs: Path | None) -> str:
    """Name a command's result in a folder: ``SOURCE--COMMAND.png``, .mp4 if an input moves.

    Args:
        command: The command.
        *inputs: What is read, the source first; None is passed over.
    """
    from d2animator.media.images import is_picture

    given = [one for one in inputs if one is not None]
    still = all(is_picture(one) for one in given)
    return f"{given[0].stem}--{command}{'.png' if still else '.mp4'}"
