"""The training loop: resumes bit for bit, stops in time, refuses other runs' checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from d2animator.errors import TrainingError
from d2animator.training.loop import (
    BatchLoss,
    LoopOptions,
    learning_rate_at,
    run,
    step_generator,
)
from tests.steadiness import Check

OPTIONS = LoopOptions(steps=12, warmup=2, report_every=5, save_every=4, seed=3)


def _net(width: int = 8) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, 2)
    )


def _task(module: nn.Module) -> BatchLoss:
    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        x = torch.randn(16, 4, generator=generator)
        return (module(x) - x[:, :2]).square().mean(), {"step": float(step)}

    return batch_loss


def _same(one: nn.Module, two: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_resumed_run_ends_with_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    whole = _net()
    torch.manual_seed(7)
    straight = run(whole, _task(whole), OPTIONS)

    broken = _net()
    torch.manual_seed(7)
    task = _task(broken)

    def dies(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        if step == 6:
            raise KeyboardInterrupt
        loss, metrics = task(step, generator)
        return loss, dict(metrics)  # type: ignore[arg-type]

    file = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt):
        run(broken, dies, OPTIONS, checkpoint=file)
    torch.manual_seed(99)
    fresh = _net()
    resumed = run(fresh, _task(fresh), OPTIONS, checkpoint=file)
    assert resumed.step == 12
    assert resumed.finished
    assert _same(straight.module, resumed.module)
    assert _same(straight.ema, resumed.ema)
    assert not _same(resumed.module, resumed.ema)


def test_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    first = _net()
    done = run(first, _task(first), OPTIONS, checkpoint=file)
    again = _net()
    result = run(again, _task(again), OPTIONS, checkpoint=file)
    assert _same(done.ema, result.ema)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.safetensors"]


def test_time_budget_stops_after_the_running_step(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    module = _net()
    result = run(module, _task(module), replace(OPTIONS, minutes=0.0), checkpoint=file)
    assert (result.step, result.finished) == (1, False)
    assert file.exists()


def test_progress_reports_loss_rate_and_task_metrics() -> None:
    seen: list[tuple[int, dict[str, float]]] = []
    module = _net()
    run(module, _task(module), OPTIONS, progress=lambda step, metrics: seen.append((step, metrics)))
    assert [step for step, _ in seen] == [5, 10, 12]
    assert set(seen[0][1]) == {"loss", "learning_rate", "seconds_per_step", "step"}


def test_checkpoint_of_another_model_or_seed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    module = _net()
    run(module, _task(module), OPTIONS, checkpoint=file)
    with pytest.raises(TrainingError, match="seed 3"):
        run(module, _task(module), replace(OPTIONS, seed=4), checkpoint=file)
    other = _net(width=9)
    with pytest.raises(TrainingError, match="cannot be resumed"):
        run(other, _task(other), OPTIONS, checkpoint=file)
    deeper = nn.Sequential(_net(), nn.Linear(2, 2))
    with pytest.raises(TrainingError, match="another run"):
        run(deeper, _task(deeper), OPTIONS, checkpoint=file)
    file.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match="cannot be resumed"):
        run(module, _task(module), OPTIONS, checkpoint=file)


def test_infinite_loss_is_an_error() -> None:
    module = nn.Linear(1, 1)

    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        return module(torch.ones(1, 1)).sum() / 0.0, {}

    with pytest.raises(TrainingError, match="loss is"):
        run(module, batch_loss, OPTIONS)


def test_groups_scale_the_learning_rate() -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 2)
    module = nn.Sequential(first, second)
    before = first.weight.detach().clone()
    groups: list[dict[str, Any]] = [
        {"params": list(first.parameters()), "scale": 0.0},
        {"params": list(second.parameters())},
    ]
    run(module, _task(module), OPTIONS, groups=groups)
    assert torch.equal(first.weight, before)


def test_learning_rate_rises_then_falls_to_its_final_share() -> None:
    options = LoopOptions(steps=100, warmup=10, learning_rate=1.0, final_rate=0.1)
    rates = [learning_rate_at(step, options) for step in range(101)]
    assert rates[0] == pytest.approx(0.1, rel=0.01)
    assert max(rates) == max(rates[8:12])
    assert rates[100] == pytest.approx(0.1)


def test_step_generators_differ_and_repeat(seed: int, check: Check) -> None:
    draws = {
        (base, step): torch.randn(4, generator=step_generator(base, step))
        for base in range(3)
        for step in range(-2, 20)
    }
    assert len({tuple(draw.tolist()) for draw in draws.values()}) == len(draws)
    assert torch.equal(draws[1, 5], torch.randn(4, generator=step_generator(1, 5)))
    # Neighbouring streams are unrelated.
    a, b = (torch.randn(20000, generator=step_generator(seed, step)) for step in (0, 1))
    check("correlation", (a * b).mean(), above=-0.03, below=0.03)


def test_autocast_trains_in_bfloat16() -> None:
    seen: list[torch.dtype] = []
    module = nn.Linear(4, 2)

    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        out = module(torch.randn(4, 4, generator=generator))
        seen.append(out.dtype)
        return out.float().square().mean(), {}

    run(module, batch_loss, replace(OPTIONS, steps=2, autocast=True))
    assert seen == [torch.bfloat16] * 2
