"""What the nodes do, in calls of `d2animator`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import torch

from d2animator.errors import ConfigError

from .host import Progress, template_to_read, template_to_write
from .pictures import Picture, face_masks, moving, to_images, to_pictures

if TYPE_CHECKING:
    from torch import Tensor

    from d2animator import D2Animator


def load(model: str, device: str) -> tuple[D2Animator]:
    """Load an animator; ComfyUI keeps it as long as the workflow asks for the same."""
    from d2animator import D2Animator

    return (D2Animator.from_pretrained(model.strip() or None, device=device),)


def animate(
    animator: D2Animator,
    source: Tensor,
    frames: Tensor | None = None,
    video: Any = None,
    template: Any = None,
    frame_rate: float = 25.0,
    renderer: str = "auto",
    motion: str = "relative",
    face: str = "largest",
    source_face: str = "largest",
    size: int = 0,
    **gains: float,
) -> tuple[Tensor, Tensor]:
    """Animate every picture of a batch; the frames of the first come first."""
    moves = moving(frames, video, template, frame_rate)
    options: dict[str, Any] = {
        "renderer": renderer,
        "motion": motion,
        "face": face,
        "source_face": source_face,
        "frame_rate": moves.frame_rate,
        "size": size or None,
        "gains": gains,
    }
    # A box is one of the source's pixels; in the result it is the largest face that is told.
    seen = "largest" if "," in source_face else source_face
    pictures: list[Picture] = []
    masks = []
    sources = to_pictures(source)
    progress = Progress(len(sources))
    for progress.part, picture in enumerate(sources):
        result = animator.animate(picture, moves.driver, progress=progress, **options)
        made = result.images or ()
        pictures += made
        masks.append(face_masks(animator, made, seen))
    return to_images(pictures), torch.cat(masks)


def edit(
    animator: D2Animator,
    image: Tensor,
    renderer: str = "photo",
    more: str = "",
    **amounts: float,
) -> tuple[Tensor]:
    """Change every face of a batch by names; sliders at 0 say nothing."""
    wanted = {name: value for name, value in amounts.items() if value} | amounts_of(more)
    sources = to_pictures(image)
    progress = Progress(len(sources))
    pictures: list[Picture] = []
    for progress.part, picture in enumerate(sources):
        result = animator.edit(picture, wanted, progress=progress, renderer=renderer)
        pictures += result.images or ()
    return (to_images(pictures),)


def amounts_of(lines: str) -> dict[str, float]:
    """Read amounts such as ``jawLeft=0.4``, one a line.

    Raises:
        ConfigError: A line is none.
    """
    found = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, _, amount = line.partition("=")
        try:
            found[name.strip()] = float(amount)
        except ValueError:
            raise ConfigError("more", f"expected name=number on each line, got {line!r}") from None
    return found


def take_motion(
    animator: D2Animator,
    frames: Tensor | None = None,
    video: Any = None,
    frame_rate: float = 25.0,
    face: str = "largest",
) -> tuple[Any]:
    """Take the motion of a clip, without its pictures."""
    moves = moving(frames, video, None, frame_rate)
    (template,) = animator.motions(moves.driver, (face,), Progress(), frame_rate=moves.frame_rate)
    return (template,)


def save_template(template: Any, name: str) -> tuple[str]:
    """Write a motion template to ComfyUI's output folder."""
    from d2animator.animate.template import write_template

    return (str(write_template(template_to_write(name), template)),)


def load_template(name: str) -> tuple[Any]:
    """Read a motion template; nothing in the file is ever carried out."""
    from d2animator.faces.template import read_template

    return (read_template(template_to_read(name)),)


def template_state(name: str) -> str:
    """Tell one content of a template's file from another."""
    return hashlib.sha256(template_to_read(name).read_bytes()).hexdigest()
