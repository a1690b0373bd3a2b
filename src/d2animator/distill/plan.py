"""What a run would do and need, before it is done: stages, pictures, disk, memory, time."""

from __future__ import annotations

import copy
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from d2animator.distill.augdistiller import action_loss
from d2animator.distill.clusters import settle_centres
from d2animator.distill.encoder import EncoderTask
from d2animator.distill.memory import peak_bytes, weight_bytes
from d2animator.distill.options import STAGES, TrainOptions
from d2animator.distill.pairs import AugOptions
from d2animator.distill.samples import Detect, Pictures, draw_codes, layer_groups, render
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.pixels import to_bytes
from d2animator.latent.generator import GeneratorLike
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.training.loop import step_generator

_MIB = 2**20
_LANDMARKS = 98 * 2 * 4
# Model, average and two moments of the optimiser, 4 bytes each.
_CHECKPOINT_BYTES = 16
# Gradients too.
_TRAINING_BYTES = 20
# A backward pass costs about twice a forward pass.
_FORWARD_AND_BACKWARD = 3


@dataclass(frozen=True)
class StagePlan:
    """One stage.

    Attributes:
        stage: Its name.
        work: What it does, in words.
        pictures: Pictures drawn and looked at.
        steps: Training steps.
        disk_mib: What it writes to the work folder.
        memory_mib: Most memory for tensors at once, computed.
        seconds: Estimated time on this device.
    """

    stage: str
    work: str
    pictures: int
    steps: int
    disk_mib: float
    memory_mib: float
    seconds: float


@dataclass(frozen=True)
class Plan:
    """A whole run.

    Attributes:
        stages: The stages that were asked for.
        device: What the time was estimated on.
        resolution: Width of the generator's pictures.
        seconds: Estimated time.
        disk_mib: What is written to the work folder.
        disk_free_mib: What is free there.
        memory_mib: The largest stage's memory and the networks' weights, computed; PyTorch itself
            (some hundred MiB) and its kernels' own buffers come on top.
        measured_mib: Largest memory of this process, or of its GPU, while the few pictures of the
            estimate were made.
        seconds_a_picture: Time to draw a picture and find its landmarks.
    """

    stages: tuple[StagePlan, ...]
    device: str
    resolution: int
    seconds: float
    disk_mib: float
    disk_free_mib: float
    memory_mib: float
    measured_mib: float
    seconds_a_picture: float


@dataclass(frozen=True)
class _Speed:
    """Seconds that one of each takes."""

    picture: float
    network_step: float
    code_step: float
    picture_step: float
    # One cluster's centre, settled among one thousand samples.
    clustering: float


def make_plan(
    generator: GeneratorLike,
    detect: Detect,
    options: TrainOptions,
    stages: Iterable[str] = STAGES,
) -> Plan:
    """Plan a run: draws a few pictures to measure the time, writes nothing.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        options: The run.
        stages: Names in `STAGES`.

    Returns:
        The plan.

    Raises:
        ConfigError: The options do not fit together.
    """
    options.check()
    device = next(generator.parameters()).device
    options = options.resolved(device.type)
    wanted = set(stages)
    codes = draw_codes(generator, range(4), 1, options.seed).expand(-1, generator.num_ws, -1)
    few = codes[:1] if _resolution(generator, codes) >= 512 else codes
    speed, resolution = _measure(generator, detect, options, few)
    planned = [stage for stage in _stages(generator, options, speed) if stage.stage in wanted]
    weights = weight_bytes(cast(nn.Module, generator)) / _MIB
    return Plan(
        tuple(planned),
        str(device),
        resolution,
        round(sum(stage.seconds for stage in planned), 1),
        round(sum(stage.disk_mib for stage in planned), 1),
        round(_free(options.work) / _MIB, 1),
        round(weights + max(stage.memory_mib for stage in planned), 1),
        round(_measured(device), 1),
        round(speed.picture, 4),
    )


def _resolution(generator: GeneratorLike, codes: Tensor) -> int:
    stated = getattr(generator, "img_resolution", None)
    return int(stated) if stated is not None else int(render(generator, codes[:1]).shape[-1])


def _measure(
    generator: GeneratorLike, detect: Detect, options: TrainOptions, codes: Tensor
) -> tuple[_Speed, int]:
    """Time the parts of a run, some seconds in all."""
    images = render(generator, codes)
    landmarks, _ = detect(images)
    picture = _seconds(lambda: detect(render(generator, codes))) / len(codes)
    device = next(generator.parameters()).device
    width = images.shape[-1]
    points = landmarks.nan_to_num(0.5).to(device) + torch.rand(landmarks.shape).to(device)
    shape = replace(_action_shape(generator, options), points=landmarks.shape[1])
    network = ActionNetwork(shape).to(device)
    faces = normalise_landmarks(points)[:1].repeat(options.pairs.batch, 1, 1)

    def learn() -> None:
        loss: Any = action_loss(network(faces, faces + 0.01), torch.zeros(1, device=device))
        loss.backward()

    learning = _seconds(learn)
    size = options.samples.picture_size or 64
    small = to_bytes(functional.adaptive_avg_pool2d(images, size))
    encoder = Encoder(EncoderConfig(generator.num_ws, generator.w_dim)).to(device)
    pictures = Pictures(small, codes[:, 0], landmarks / width)
    task = EncoderTask(encoder, generator, pictures, options.encoder)

    def encode() -> None:
        loss: Any = task.code_loss(0, step_generator(0, 0))[0]
        loss.backward()

    code = _seconds(encode)

    def draw() -> None:
        with torch.no_grad():
            generator.synthesis(codes[:1].to(device))

    drawing = _seconds(draw) * options.encoder.picture_batch * _FORWARD_AND_BACKWARD
    features = torch.randn(1000, 8)
    clustering = _seconds(lambda: settle_centres(features, 8, 0)) / 8
    return _Speed(picture, learning, code, drawing + code, clustering), width


def _seconds(compute: Callable[[], object]) -> float:
    """Time of one call: the shortest of up to three after a first one, within some seconds."""
    compute()
    times: list[float] = []
    while len(times) < 3 and sum(times) < 3:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        start = time.perf_counter()
        compute()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times)


def _action_shape(generator: GeneratorLike, options: TrainOptions) -> ActionNetworkConfig:
    return ActionNetworkConfig(
        w_dim=generator.w_dim,
        layers=min(options.directions.layers, generator.num_ws),
        directions=options.directions.count if options.combine else 0,
        input=options.network_input,
    )


def _stages(generator: GeneratorLike, options: TrainOptions, speed: _Speed) -> list[StagePlan]:
    """All stages of a run."""

    def draw(network: Any, batch: int) -> None:
        codes = torch.empty(batch, generator.num_ws, generator.w_dim)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            network.synthesis(codes)

    def learn(network: Any, batch: int) -> None:
        codes = torch.empty(batch, generator.num_ws, generator.w_dim, requires_grad=True)
        network.synthesis(codes).mean().backward()

    module = cast(nn.Module, generator)
    if next(generator.parameters()).device.type != "cpu":
        module = copy.deepcopy(module).cpu()
    drawing = peak_bytes(lambda net: draw(net, options.samples.batch), module)
    held = peak_bytes(lambda net: draw(net, options.pairs.render_batch), module)
    learning = peak_bytes(lambda net: learn(net, options.encoder.picture_batch), module)
    return [
        _plan_samples(generator, options, speed, drawing),
        _plan_directions(generator, options, speed, held),
        _plan_network(generator, options, speed, held),
        _plan_encoder(generator, options, speed, learning),
        StagePlan(
            "evaluate",
            f"{options.held_out} new faces",
            3 * options.held_out,
            0,
            0.0,
            round(held / _MIB, 1),
            round(3 * options.held_out * speed.picture, 1),
        ),
    ]


def _plan_samples(
    generator: GeneratorLike, options: TrainOptions, speed: _Speed, drawing: int
) -> StagePlan:
    chosen = options.samples
    groups = max(layer_groups(generator.num_ws, chosen.coarse_layers, chosen.mixing)) + 1
    plain = groups * generator.w_dim * 4 + _LANDMARKS + 4
    pictures = min(chosen.count, chosen.pictures) * 3 * chosen.picture_size**2
    shard = min(chosen.shard, chosen.count) * (plain + 3 * chosen.picture_size**2)
    return StagePlan(
        "samples",
        f"{chosen.count:,} samples",
        chosen.count,
        0,
        round((chosen.count * plain + pictures) / _MIB, 1),
        round((drawing + 2 * shard) / _MIB, 1),
        round(chosen.count * speed.picture, 1),
    )


def _plan_directions(
    generator: GeneratorLike, options: TrainOptions, speed: _Speed, held: int
) -> StagePlan:
    chosen, count = options.directions, options.samples.count
    jobs = chosen.jobs()
    pictures = (chosen.count * 3 // 2 * 2 + 1) * chosen.trials
    # Codes as they are, whitened, and without the pose; landmarks and their features.
    groups = max(
        layer_groups(generator.num_ws, options.samples.coarse_layers, options.samples.mixing)
    )
    kept = min(count, chosen.stream_above)
    memory = kept * (3 * (groups + 1) * generator.w_dim * 4 + 4 * _LANDMARKS)
    memory += min(count, options.samples.pictures) * 3 * options.samples.picture_size**2
    clusters = sum(job.count for job in jobs) * count / 1000 * speed.clustering
    return StagePlan(
        "directions",
        f"{len(jobs)} clusterings, {chosen.count * 3 // 2} directions tried",
        pictures,
        0,
        round(chosen.count * chosen.layers * generator.w_dim * 4 / _MIB, 1),
        round((memory + held) / _MIB, 1),
        round(clusters + pictures * speed.picture, 1),
    )


def _plan_network(
    generator: GeneratorLike, options: TrainOptions, speed: _Speed, held: int
) -> StagePlan:
    chosen = options.pairs
    states = chosen.sources * (chosen.motions + 1)
    layers = min(options.directions.layers, generator.num_ws)
    pool = states * (_LANDMARKS + 4 * options.directions.count + 4 * layers + 1)
    with torch.device("meta"):
        weights = weight_bytes(ActionNetwork(_action_shape(generator, options))) // 4
    steps = options.action_loop.steps
    batch = _batch_bytes(chosen, layers * generator.w_dim)
    return StagePlan(
        "network",
        f"{chosen.sources:,} faces in {chosen.motions + 1} states",
        states,
        steps,
        round((pool + _CHECKPOINT_BYTES * weights) / _MIB, 1),
        round((2 * pool + max(held, batch) + _TRAINING_BYTES * weights) / _MIB, 1),
        round(states * speed.picture + steps * speed.network_step, 1),
    )


def _batch_bytes(options: AugOptions, numbers: int) -> int:
    # Truth, motion, their difference and its gradient.
    return options.batch * numbers * 4 * 8


def _plan_encoder(
    generator: GeneratorLike, options: TrainOptions, speed: _Speed, learning: int
) -> StagePlan:
    with torch.device("meta"):
        shape = EncoderConfig(generator.num_ws, generator.w_dim)
        weights = weight_bytes(Encoder(shape)) // 4
    codes, pictures = options.code_loop.steps, options.picture_loop.steps
    kept = min(options.samples.count, options.samples.pictures)
    store = kept * (3 * options.samples.picture_size**2 + generator.w_dim * 4 + _LANDMARKS)
    files = (codes > 0) + (pictures > 0)
    drawn = learning if pictures else 0
    return StagePlan(
        "encoder",
        f"{codes} steps on codes, {pictures} through the generator",
        0,
        codes + pictures,
        round(files * _CHECKPOINT_BYTES * weights / _MIB, 1),
        round((2 * store + drawn + _TRAINING_BYTES * weights) / _MIB, 1),
        round(codes * speed.code_step + pictures * speed.picture_step, 1),
    )


def _free(work: Path) -> int:
    """Free bytes where a folder is or would be made."""
    place = work.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def _measured(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / _MIB
    try:
        import resource
    except ImportError:  # not on Windows
        return 0.0
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, except on macOS.
    return largest / (_MIB if sys.platform == "darwin" else 1024)
