"""Training of the face finder and the landmark network on renders, and on nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from d2animator.errors import ConfigError
from d2animator.faces.layouts import (
    BROW_PAIRS,
    CORNER_PAIRS,
    GAZE_PAIRS,
    LID_PAIRS,
    LIP_PAIRS,
    PARTS,
    POINTS,
    SMILE_PAIRS,
)
from d2animator.models.landmarks import (
    FaceFinder,
    FaceFinderConfig,
    LandmarkNetwork,
    LandmarkNetworkConfig,
    LandmarkPrediction,
)
from d2animator.progress import StageProgress
from d2animator.training.loop import LoopOptions, run, save_tensors
from tools.puppets.dataset import read_shards, shrink
from tools.puppets.scenes import CropBatch, Renders, SceneBatch, SceneMaker, finder_targets

_Module = TypeVar("_Module", bound=nn.Module)
# Vectors that carry the expression, and what each counts: a pupil moves by a hundredth of the face.
_PAIRS = torch.tensor(LID_PAIRS + LIP_PAIRS + CORNER_PAIRS + BROW_PAIRS + SMILE_PAIRS + GAZE_PAIRS)
_PAIR_WEIGHTS = torch.ones(len(_PAIRS))
_PAIR_WEIGHTS[-len(GAZE_PAIRS) :] = 4.0
# Side of the renders that both networks learn from; crops are smaller than that.
_RENDER_SIZE = 128
_SCENE_SIZE = 128


@dataclass(frozen=True)
class LandmarkTrainingOptions:
    """How the two networks are trained."""

    # Crops a step of the landmark network.
    network_batch: int = 32
    # Steps with hard crops (rough, dirty, covered): they teach where a face is. The gentler ones
    # that follow teach what it does; without them lips and lids are never learned.
    hard_steps: int = 2000
    # Hardness of the crops after that, 0 to 1.
    gentle: float = 0.25
    # Scenes a step of the face finder.
    finder_batch: int = 24
    # Pictures of clutter drawn at the start.
    clutter: int = 512
    # Shapes of the networks.
    network_config: LandmarkNetworkConfig = field(default_factory=LandmarkNetworkConfig)
    finder_config: FaceFinderConfig = field(default_factory=FaceFinderConfig)
    # Length and speed of the two runs.
    network: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=8000, learning_rate=4e-3, weight_decay=1e-3, ema_decay=0.998, autocast=True
        )
    )
    finder: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=1200, learning_rate=2e-3, weight_decay=1e-3, ema_decay=0.998, autocast=True
        )
    )

    def __post_init__(self) -> None:
        if min(self.network_batch, self.finder_batch, self.clutter) < 1:
            raise ConfigError("network_batch, finder_batch, clutter", "must be at least 1")


def load_renders(folders: Sequence[str | Path]) -> Renders:
    """Read sets of renders into memory.

    Args:
        folders: Sets as `dataset.render_set` leaves them; all with pictures of one size, which
            are shrunk to about 128 pixels.

    Raises:
        TrainingError: A folder holds no finished shard.
    """
    images, masks, landmarks = [], [], []
    for folder in folders:
        for shard in read_shards(folder):
            factor = max(1, shard.images.shape[1] // _RENDER_SIZE)
            pictures = np.concatenate([shard.images, shard.alpha[..., None]], axis=3)
            small = torch.from_numpy(shrink(pictures, factor)).permute(0, 3, 1, 2)
            images.append(small[:, :3])
            masks.append(small[:, 3:])
            points = np.array(shard.landmarks, dtype=np.float32) / factor
            landmarks.append(torch.from_numpy(points))
    return Renders(torch.cat(images).contiguous(), torch.cat(landmarks), torch.cat(masks))


def network_loss(
    prediction: LandmarkPrediction, batch: CropBatch
) -> tuple[Tensor, dict[str, Tensor]]:
    """Score the landmark network's answers.

    The points' errors count absolutely, as do those of the openings of lids and lips and their
    like, which are small and carry the expression; the claimed scales by the Laplace likelihood
    of the errors.

    Args:
        prediction: Answers for B crops.
        batch: The truth.

    Returns:
        Scalar loss; metrics: ``points`` (mean error, crop widths) and ``face`` (accuracy).
    """
    faces = batch.is_face
    predicted, wanted = prediction.landmarks[faces], batch.landmarks[faces]
    error = (predicted - wanted).abs()
    points = (error.mean((0, 2)) * _point_weights()).mean()
    missed = (_apertures(predicted) - _apertures(wanted)).abs().mean((0, 2))
    apertures = (missed * _PAIR_WEIGHTS).mean()
    distance = error.detach().mean(2)
    log_scales = prediction.log_scales[faces]
    scales = (distance * (-log_scales).exp() + log_scales).mean()
    face = binary_cross_entropy_with_logits(prediction.face_logits, faces.float())
    right = ((prediction.face_logits > 0) == faces).float().mean()
    loss = 10 * points + 20 * apertures + 0.05 * scales + 0.2 * face
    return loss, {"points": error.detach().mean(), "face": right}


def finder_loss(finder: FaceFinder, scenes: SceneBatch) -> tuple[Tensor, dict[str, Tensor]]:
    """Score the finder's maps: focal loss on the heat, absolute errors of size and place.

    Args:
        finder: The network.
        scenes: B scenes.

    Returns:
        Scalar loss; metrics: ``size`` (mean error of the log-size) and ``offset`` (cells).
    """
    config = finder.config
    heat, weight, regression, inside = finder_targets(
        scenes,
        config.stride,
        config.smallest_px,
        config.largest_px,
        config.reference_size_px,
    )
    maps = finder(scenes.images.contiguous(memory_format=torch.channels_last))
    surprise = (maps.logits.sigmoid() - heat).detach().square()
    plain = binary_cross_entropy_with_logits(maps.logits, heat, reduction="none")
    count = inside.sum().clamp(min=1)
    presence = (surprise * weight * plain).sum() / count
    answers = torch.cat([maps.log_sizes[:, None], maps.offsets], 1)
    error = (answers - regression).abs().clamp(max=3.0) * inside[:, None]
    size, offset = error[:, 0].sum() / count, error[:, 1:].sum() / count / 2
    return presence + size + 0.5 * offset, {"size": size.detach(), "offset": offset.detach()}


def train_network(
    maker: SceneMaker,
    options: LandmarkTrainingOptions,
    checkpoint: Path | None = None,
    progress: Callable[[int, dict[str, float]], None] | None = None,
    start: LandmarkNetwork | None = None,
) -> LandmarkNetwork:
    """Train the landmark network; returns the averaged one, in evaluation mode.

    Args:
        maker: Draws the batches.
        options: Length, speed, shape.
        checkpoint: Where to resume from and to leave the state.
        progress: Called with (step, metrics).
        start: A network to go on from, with gentle crops alone; it is left as it is.
    """
    torch.manual_seed(options.network.seed)
    network = LandmarkNetwork(options.network_config) if start is None else copy.deepcopy(start)
    network.requires_grad_(True)
    hard_steps = options.hard_steps if start is None else 0
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        with torch.autocast("cpu", enabled=False), torch.no_grad():
            size = network.config.input_size
            hardness = 1.0 if step < hard_steps else options.gentle
            batch = maker.crops(options.network_batch, size, generator, hardness)
        images = batch.images.contiguous(memory_format=torch.channels_last)
        return network_loss(network(images), batch)

    return _train(network, batch_loss, options.network, checkpoint, progress)


def train_finder(
    maker: SceneMaker,
    options: LandmarkTrainingOptions,
    checkpoint: Path | None = None,
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> FaceFinder:
    """Train the face finder; returns the averaged one, in evaluation mode.

    Args:
        maker: Draws the batches.
        options: Length, speed, shape.
        checkpoint: Where to resume from and to leave the state.
        progress: Called with (step, metrics).
    """
    torch.manual_seed(options.finder.seed)
    finder = FaceFinder(options.finder_config)
    finder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        with torch.autocast("cpu", enabled=False), torch.no_grad():
            scenes = maker.scenes(options.finder_batch, _SCENE_SIZE, generator)
        return finder_loss(finder, scenes)

    return _train(finder, batch_loss, options.finder, checkpoint, progress)


def train_landmarks(
    folders: Sequence[str | Path],
    output: str | Path,
    options: LandmarkTrainingOptions | None = None,
    progress: StageProgress | None = None,
    start: tuple[FaceFinder, LandmarkNetwork] | None = None,
) -> tuple[FaceFinder, LandmarkNetwork]:
    """Train both networks and write their weights; resumes what was interrupted.

    Args:
        folders: Sets of renders.
        output: Weights to write (``.safetensors``, names ``finder.*`` and ``network.*``); the
            checkpoints lie beside it.
        options: Length, speed, shapes.
        progress: Called with (``finder`` or ``network``, step, metrics).
        start: Networks to go on from: the finder is kept, the landmark network trained on.

    Returns:
        Both networks with averaged weights, in evaluation mode.

    Raises:
        TrainingError: A folder holds no renders, or a checkpoint belongs to another run.
    """
    options = options or LandmarkTrainingOptions()
    output = Path(output)
    maker = SceneMaker(load_renders(folders), options.network.seed, options.clutter)

    def report(name: str) -> Callable[[int, dict[str, float]], None]:
        return lambda step, metrics: progress(name, step, metrics) if progress else None

    def checkpoint(name: str) -> Path:
        return output.with_name(f"{output.stem}.{name}.checkpoint.safetensors")

    if start is None:
        finder = train_finder(maker, options, checkpoint("finder"), report("finder"))
        network = train_network(maker, options, checkpoint("network"), report("network"))
    else:
        finder, before = start
        go_on = checkpoint("go-on")
        network = train_network(maker, options, go_on, report("network"), before)
    save_networks(output, finder, network)
    return finder, network


def save_networks(path: Path, finder: FaceFinder, network: LandmarkNetwork) -> None:
    """Write both networks into one safetensors file, names ``finder.*`` and ``network.*``."""
    tensors = {f"finder.{name}": value for name, value in finder.state_dict().items()}
    tensors |= {f"network.{name}": value for name, value in network.state_dict().items()}
    save_tensors(path, tensors, {})


def _train(
    module: _Module,
    batch_loss: Callable[[int, torch.Generator], tuple[Tensor, dict[str, Tensor]]],
    options: LoopOptions,
    checkpoint: Path | None,
    progress: Callable[[int, dict[str, float]], None] | None,
) -> _Module:
    result = run(module, batch_loss, options, checkpoint=checkpoint, progress=progress)
    return result.ema.eval()  # type: ignore[return-value]


def _point_weights() -> Tensor:
    """Weights (98,) with mean 1: the contour is vague, eyes and mouth matter most."""
    weights = torch.ones(POINTS)
    weights[list(PARTS["contour"])] = 0.5
    for part in ("eyes", "mouth", "pupils"):
        weights[list(PARTS[part])] = 1.4
    return weights / weights.mean()


def _apertures(landmarks: Tensor) -> Tensor:
    """Vectors (B,V,2) of `_PAIRS`: across lids, lips and mouth, from corners to pupils, ..."""
    return landmarks[:, _PAIRS[:, 1]] - landmarks[:, _PAIRS[:, 0]]
