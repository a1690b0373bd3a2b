"""Trains the puppet generator's encoder on, on renders.

`d2animator train` teaches an encoder on the generator's own samples, as for every generator. For
puppets there is more: each render comes with the z that the generator would draw it from, hence
with its true code, so that the encoder also learns what a picture looks like that the generator
did not draw.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from d2animator.bundles.bundle import Bundle, BundleConfig, load_bundle, save_bundle
from d2animator.distill.encoder import EncoderOptions, train_encoder
from d2animator.distill.samples import Pictures
from d2animator.errors import TrainingError
from d2animator.models.generators import Generator
from d2animator.training.loop import LoopOptions
from tools.puppets.dataset import read_shards, shrink


@dataclass(frozen=True)
class EncoderTraining:
    """How the encoder is trained on."""

    encoder: EncoderOptions = field(
        default_factory=lambda: EncoderOptions(cropped=0.5, unchanged=0.6)
    )
    code_loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=3000, learning_rate=1e-3, autocast=True)
    )
    picture_loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=400, learning_rate=3e-4, autocast=True)
    )


def pictures_of_renders(generator: Generator, folders: Sequence[str | Path], size: int) -> Pictures:
    """Read renders with the codes that the generator has for them.

    Args:
        generator: Maps each render's z to w.
        folders: Sets of renders.
        size: Side of the pictures in pixels, a divisor of the rendered one.

    Raises:
        TrainingError: A folder holds no finished shard.
    """
    images, codes, landmarks = [], [], []
    for folder in folders:
        for shard in read_shards(folder):
            side = shard.images.shape[1]
            small = shrink(np.asarray(shard.images), side // size)
            images.append(torch.from_numpy(small).permute(0, 3, 1, 2))
            landmarks.append(torch.from_numpy(np.asarray(shard.landmarks, np.float32) / side))
            with torch.no_grad():
                codes.append(generator.mapping.single(torch.from_numpy(np.array(shard.z))))
    return Pictures(torch.cat(images).contiguous(), torch.cat(codes), torch.cat(landmarks))


def train_encoder_on(
    folders: Sequence[str | Path],
    work: str | Path,
    base: str | Path,
    target: str | Path,
    options: EncoderTraining | None = None,
    *,
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> BundleConfig:
    """Train a bundle's encoder on, on renders, and write the bundle with it.

    Args:
        folders: Sets of renders.
        work: Folder for checkpoints; the same call resumes from there.
        base: Bundle with generator and encoder.
        target: Folder of the bundle to write; may be ``base``.
        options: How.
        progress: Called with the step and metrics.

    Returns:
        What was written.

    Raises:
        TrainingError: There are no renders, the bundle has no encoder or a generator of another
            kind, or a checkpoint belongs to another run.
        UnknownModelError: No such base.
        OutputError: The target cannot be written.
    """
    options = options or EncoderTraining()
    bundle = load_bundle(base)
    generator, before = bundle.generator, bundle.encoder
    if before is None or generator.config.architecture != "stylegan2":
        raise TrainingError(f"{base}: needs a StyleGAN2 generator and an encoder")
    pictures = pictures_of_renders(generator, folders, before.config.input_size)
    Path(work).mkdir(parents=True, exist_ok=True)
    encoder = train_encoder(
        copy.deepcopy(before),
        generator,
        pictures,
        options.encoder,
        options.code_loop,
        options.picture_loop,
        work=Path(work),
        progress=progress,
    )
    recipe = (
        f"trained on on {len(pictures.codes)} renders, "
        f"codes {options.code_loop.steps} x {options.encoder.batch}, "
        f"pictures {options.picture_loop.steps} x {options.encoder.picture_batch}"
    )
    config = replace(bundle.config, provenance={**bundle.config.provenance, "encoder": recipe})
    changed: Bundle = replace(bundle, config=config, encoder=encoder)
    return save_bundle(changed, target)
