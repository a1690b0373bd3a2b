"""Which file ``--output`` means, and that it is none of the inputs."""

from __future__ import annotations

from pathlib import Path


def output_file(output: str, default: str, inputs: object) -> Path:
    """Find the file to write.

    Args:
        output: What was given: a file, or a folder (one that is there, or a name that ends with
            ``/``).
        default: Name of the file in a folder.
        inputs: What is read, a path or several; of a folder or a pattern every file counts.

    Raises:
        OutputError: It is one of the inputs.
    """
    from d2animator.media.outputs import check_not_input, in_folder

    target = in_folder(output, default)
    check_not_input(target, inputs)
    return target


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
