"""ComfyUI's own nodes that the workflows use, as far as these need them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from d2animator.media.images import read_image, write_image
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter


class Core:
    """Where the nodes below find files; a test sets it."""

    folder: Path


class Video:
    """A VIDEO, of which d2animator asks its parts."""

    def __init__(self, images: torch.Tensor, frame_rate: Fraction, audio: Any = None) -> None:
        self._parts = SimpleNamespace(images=images, frame_rate=frame_rate, audio=audio)

    def get_components(self) -> SimpleNamespace:
        return self._parts


class LoadImage(Core):
    RETURN_TYPES = ("IMAGE", "MASK")
    FUNCTION = "load"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"image": ([],)}}

    def load(self, image):
        picture = read_image(self.folder / "input" / image)
        return torch.from_numpy(picture.astype(np.float32) / 255.0)[None], torch.zeros(1, 64, 64)


class LoadVideo(Core):
    RETURN_TYPES = ("VIDEO",)
    FUNCTION = "load"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"file": ([],)}}

    def load(self, file):
        reader = VideoReader(self.folder / "input" / file)
        frames = np.stack([frame.image for frame in reader]).astype(np.float32) / 255.0
        return (Video(torch.from_numpy(frames), reader.frame_rate, reader.audio),)


class GetVideoComponents:
    RETURN_TYPES = ("IMAGE", "AUDIO", "FLOAT")
    FUNCTION = "take"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"video": ("VIDEO",)}}

    def take(self, video):
        parts = video.get_components()
        return parts.images, parts.audio, float(parts.frame_rate)


class CreateVideo:
    RETURN_TYPES = ("VIDEO",)
    FUNCTION = "make"

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"images": ("IMAGE",), "fps": ("FLOAT", {"default": 30.0})},
            "optional": {"audio": ("AUDIO",)},
        }

    def make(self, images, fps, audio=None):
        return (Video(images, Fraction(fps).limit_denominator(1001), audio),)


class SaveVideo(Core):
    RETURN_TYPES = ()
    FUNCTION = "save"

    @classmethod
    def INPUT_TYPES(cls):
        options = {"filename_prefix": ("STRING",), "format": ([],), "codec": ([],)}
        return {"required": {"video": ("VIDEO",), **options}}

    def save(self, video, filename_prefix, format, codec):
        parts = video.get_components()
        target = self.folder / "output" / f"{filename_prefix}_00001_.mp4"
        target.parent.mkdir(parents=True, exist_ok=True)
        height, width = parts.images.shape[1:3]
        with VideoWriter(target, (width, height), parts.frame_rate) as writer:
            for image in levels(parts.images):
                writer.write(image)
        return ()


class SaveImage(Core):
    RETURN_TYPES = ()
    FUNCTION = "save"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"images": ("IMAGE",), "filename_prefix": ("STRING",)}}

    def save(self, images, filename_prefix):
        for index, image in enumerate(levels(images)):
            target = self.folder / "output" / f"{filename_prefix}_{index + 1:05}_.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_image(target, image)
        return ()


def levels(images: torch.Tensor) -> Any:
    """ComfyUI's own way to 8 bits."""
    return np.clip(255.0 * images.numpy(), 0, 255).astype(np.uint8)


_NODES: tuple[type, ...] = (
    LoadImage,
    LoadVideo,
    GetVideoComponents,
    CreateVideo,
    SaveVideo,
    SaveImage,
)
CORE = {node.__name__: node for node in _NODES}
