"""The training loop that every network here shares; it knows no faces.

A task hands over a module and ``batch_loss(step, generator) -> (loss, metrics)``. Whatever is
random in a batch comes from that generator, which depends on (seed, step) alone; so a run that was
stopped and resumed sees the same batches as one that never was, and on a CPU ends with the same
weights, bit for bit. Several processes draw the same batch, compute their slices of it and average
their gradients, so that the weights stay the same everywhere.
"""

from __future__ import annotations

import copy
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from d2animator.arguments import check_fields
from d2animator.errors import TrainingError
from d2animator.progress import StepProgress
from d2animator.training import processes
from d2animator.training.checks import at_least, within
from d2animator.training.shards import save_tensors

logger = logging.getLogger(__name__)

Metrics = Mapping[str, float | Tensor]
BatchLoss = Callable[[int, torch.Generator], tuple[Tensor, Metrics]]

__all__ = [
    "BatchLoss",
    "LoopOptions",
    "LoopResult",
    "Metrics",
    "finished",
    "learning_rate_at",
    "run",
    "save_tensors",
    "step_generator",
    "update_average",
]

# Layout of checkpoints.
CHECKPOINT_VERSION = 1


@dataclass(frozen=True)
class LoopOptions:
    """How long and how fast to train; the defaults suit the small networks here on a CPU."""

    # Steps of the whole run; the learning rate's way down is laid over them.
    steps: int = 1000
    # Stop (with a checkpoint) after so many minutes of this call; None: no limit.
    minutes: float | None = None
    # Everything random follows from it.
    seed: int = 0
    # Peak learning rate.
    learning_rate: float = 1e-3
    # Share of the peak that is left at the last step (cosine in between); 1 keeps it constant.
    final_rate: float = 0.02
    # Steps of linear warm-up at the start.
    warmup: int = 50
    # Adam's two decays.
    betas: tuple[float, float] = (0.9, 0.99)
    # Decoupled weight decay (AdamW).
    weight_decay: float = 0.0
    # Largest gradient norm; None: no clipping.
    clip_norm: float | None = 1.0
    # Decay of the running average of the weights; it grows from 0.1 in the first steps.
    ema_decay: float = 0.999
    # Run the forward pass in bfloat16 where that is safe (torch.autocast).
    autocast: bool = False
    # Steps between two calls of the progress callback.
    report_every: int = 50
    # Steps between two checkpoints.
    save_every: int = 500

    def __post_init__(self) -> None:
        check_fields(self)
        at_least(self, {"steps": 0, "learning_rate": 0, "warmup": 0, "weight_decay": 0})
        at_least(self, {"report_every": 1, "save_every": 1})
        within(self, 0, 1, "final_rate", "ema_decay")


@dataclass(frozen=True)
class LoopResult:
    """What a run left behind.

    Attributes:
        module: The trained module itself (last weights).
        ema: A copy of it with averaged weights; the one to ship.
        step: Steps done in all, earlier calls included.
        finished: Whether all steps were done (False: the time was up first).
        seconds: Wall clock time of this call.
    """

    module: nn.Module
    ema: nn.Module
    step: int
    finished: bool
    seconds: float


def step_generator(seed: int, step: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Make the random generator of one step.

    Args:
        seed: Seed of the run.
        step: Number of the step; other streams of a run may use negative ones.
        device: Where the generator draws.

    Returns:
        A generator that depends on (seed, step) alone.
    """
    # Two rounds of splitmix64: torch's CPU generator reads only the low 32 bits of its seed,
    # and neighbouring seeds must not give related streams.
    mask = (1 << 64) - 1
    value = (seed * 0x9E3779B97F4A7C15 + (step + 1) * 0xD1342543DE82EF95) & mask
    for _ in range(2):
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
        value ^= value >> 31
    return torch.Generator(device=device).manual_seed(value >> 1)


def learning_rate_at(step: int, options: LoopOptions) -> float:
    """Give the learning rate of a step: linear warm-up, then a cosine down to ``final_rate``."""
    warm = min(1.0, (step + 1) / max(options.warmup, 1))
    way = min(step / max(options.steps, 1), 1.0)
    fall = options.final_rate + (1 - options.final_rate) * 0.5 * (1 + math.cos(math.pi * way))
    return options.learning_rate * warm * fall


@torch.no_grad()
def update_average(average: nn.Module, module: nn.Module, step: int, decay: float) -> None:
    """Move the running average of the weights one step; buffers are copied.

    Args:
        average: Copy of the module; changed in place.
        module: The module being trained.
        step: Step just done. Early averages forget faster: decay <= (1 + step) / (10 + step).
        decay: Largest decay.
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    averages: list[Tensor] = list(average.parameters())
    values = [parameter.detach() for parameter in module.parameters()]
    torch._foreach_lerp_(averages, values, weight)
    for mean, value in zip(average.buffers(), module.buffers(), strict=True):
        mean.copy_(value)


class _State:
    """Module, average and optimiser of a run, and their way to and from a checkpoint."""

    def __init__(self, module: nn.Module, options: LoopOptions, groups: Sequence[Any]) -> None:
        self.module = module
        self.ema = copy.deepcopy(module).requires_grad_(False)
        self.options = options
        self.step = 0
        self.optimizer = torch.optim.AdamW(
            groups,
            lr=options.learning_rate,
            betas=options.betas,
            weight_decay=options.weight_decay,
        )
        self.parameters = [p for group in self.optimizer.param_groups for p in group["params"]]

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Give every tensor of the state under its name in the checkpoint."""
        for prefix, module in (("model", self.module), ("ema", self.ema)):
            for name, value in module.state_dict().items():
                yield f"{prefix}.{name}", value
        for index, parameter in enumerate(self.parameters):
            for key, value in self.optimizer.state[parameter].items():
                yield f"optimizer.{index}.{key}", value

    def save(self, path: Path) -> None:
        tensors = dict(self.tensors()) | {"rng": torch.get_rng_state()}
        metadata = {
            "step": str(self.step),
            "options": json.dumps(asdict(self.options)),
            "version": str(CHECKPOINT_VERSION),
        }
        save_tensors(path, tensors, metadata)

    def load(self, path: Path) -> None:
        """Take over a checkpoint.

        Raises:
            TrainingError: The file is damaged, or belongs to another model or seed.
        """
        for parameter in self.parameters:
            # What AdamW makes at its first step; made here so that there is a place to copy to.
            self.optimizer.state[parameter] = {
                "step": torch.zeros((), dtype=torch.float32),
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                _check_version(path, metadata)
                stored = set(file.keys()) - {"rng"}
                wanted = dict(self.tensors())
                seed = json.loads(metadata.get("options", "{}")).get("seed")
                differing = sorted(stored ^ set(wanted))
                if differing or seed != self.options.seed:
                    what = f"tensors {', '.join(differing[:6])}" if differing else f"seed {seed}"
                    raise TrainingError(
                        f"{path}: checkpoint of another run ({what}); remove it to start afresh"
                    )
                with torch.no_grad():
                    for name, value in wanted.items():
                        value.copy_(file.get_tensor(name))
                self.step = int(metadata["step"])
                torch.set_rng_state(file.get_tensor("rng"))
        except (SafetensorError, KeyError, ValueError, RuntimeError, OSError) as error:
            raise TrainingError(f"{path}: cannot be resumed from ({error})") from error
        logger.info("resumed %s at step %d", path, self.step)


def _check_version(path: Path, metadata: Mapping[str, str]) -> None:
    version = metadata.get("version", str(CHECKPOINT_VERSION))
    if version != str(CHECKPOINT_VERSION):
        raise TrainingError(
            f"{path}: checkpoint of version {version}, this d2animator reads version "
            f"{CHECKPOINT_VERSION}; go on with the d2animator that wrote it, or remove the file"
        )


def finished(checkpoint: Path, steps: int) -> bool:
    """Tell whether a run of so many steps has been done, by its checkpoint.

    Raises:
        TrainingError: The file is damaged, or of another version.
    """
    if steps == 0:
        return True
    if not checkpoint.exists():
        return False
    try:
        with safe_open(checkpoint, framework="pt") as file:
            metadata = file.metadata() or {}
            _check_version(checkpoint, metadata)
            return int(metadata["step"]) >= steps
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise TrainingError(f"{checkpoint}: cannot be resumed from ({error})") from error


def _groups(module: nn.Module, groups: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Complete the parameter groups: each has a ``scale`` on the learning rate."""
    given = groups or [{"params": [p for p in module.parameters() if p.requires_grad]}]
    return [{"scale": 1.0, **group} for group in given]


def _train_step(state: _State, batch_loss: BatchLoss, device: torch.device) -> dict[str, Any]:
    options, step = state.options, state.step
    rate = learning_rate_at(step, options)
    for group in state.optimizer.param_groups:
        group["lr"] = rate * group["scale"]
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=options.autocast):
        loss, metrics = batch_loss(step, step_generator(options.seed, step))
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    # In the order of the parameters, which is the same everywhere.
    processes.current().average(p.grad for p in state.parameters if p.grad is not None)
    if options.clip_norm is not None:
        nn.utils.clip_grad_norm_(state.parameters, options.clip_norm)
    state.optimizer.step()
    update_average(state.ema, state.module, step, options.ema_decay)
    state.step += 1
    return {"loss": loss.detach(), "learning_rate": rate, **metrics}


def run(
    module: nn.Module,
    batch_loss: BatchLoss,
    options: LoopOptions,
    *,
    checkpoint: Path | None = None,
    progress: StepProgress | None = None,
    groups: Sequence[dict[str, Any]] | None = None,
) -> LoopResult:
    """Train a module.

    Args:
        module: What is trained and averaged; changed in place, left in training mode.
        batch_loss: Makes one batch and gives its scalar loss and some metrics (numbers or scalar
            tensors). Called as ``batch_loss(step, generator)``, with a CPU generator. Of several
            processes each gives the loss of its `processes.Processes.share`.
        options: Length, speed, seed.
        checkpoint: A safetensors file. When it exists the run goes on from there; it is written
            every ``save_every`` steps and at the end.
        progress: Called as ``progress(step, metrics)`` every ``report_every`` steps and at the end,
            with ``loss``, ``learning_rate``, ``seconds_per_step`` and the task's metrics.
        groups: Parameter groups of the optimiser, each ``{"params": [...], "scale": factor on the
            learning rate}``; default: all trainable parameters, factor 1.

    Returns:
        The module, its average and how far the run came.

    Raises:
        TrainingError: The checkpoint belongs to another run or is damaged, or the loss became
            infinite or undefined.
    """
    state = _State(module, options, _groups(module, groups))
    if checkpoint is not None and checkpoint.exists():
        state.load(checkpoint)
    device, team = next(module.parameters()).device, processes.current()
    module.train()
    start = reported = time.monotonic()
    first = state.step
    while state.step < options.steps:
        metrics = _train_step(state, batch_loss, device)
        now = time.monotonic()
        late = options.minutes is not None and team.agree(now - start >= 60 * options.minutes)
        last = late or state.step >= options.steps
        if last or state.step % options.report_every == 0:
            numbers = {name: float(value) for name, value in metrics.items()}
            if not math.isfinite(numbers["loss"]):
                raise TrainingError(f"the loss is {numbers['loss']} at step {state.step}")
            numbers["seconds_per_step"] = (now - reported) / max(state.step - first, 1)
            reported, first = now, state.step
            if progress is not None and team.first:
                progress(state.step, numbers)
        if checkpoint is not None and team.first and (last or state.step % options.save_every == 0):
            state.save(checkpoint)
        if last:
            break
    # Equal already where all machines round alike.
    team.copy_first([*module.state_dict().values(), *state.ema.state_dict().values()])
    return LoopResult(
        module, state.ema, state.step, state.step >= options.steps, time.monotonic() - start
    )
