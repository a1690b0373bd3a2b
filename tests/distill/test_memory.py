"""Memory that is counted without being had."""

from __future__ import annotations

import torch
from torch import nn

from d2animator.distill.memory import peak_bytes, weight_bytes
from d2animator.models.generators import Generator

MIB = 2**20


def test_tensors_that_are_alive_at_once_are_counted() -> None:
    def compute() -> None:
        one = torch.empty(1024, 1024)  # 4 MiB
        two = one + 1
        del one
        three = two.view(-1)[:100] * 2
        del two, three
        torch.empty(512, 512)

    assert peak_bytes(compute) == 8 * MIB


def test_weights_do_not_count_and_gradients_do() -> None:
    module = nn.Linear(512, 1024, bias=False)

    def forward(net: nn.Module) -> None:
        with torch.no_grad():
            net(torch.empty(1, 512))

    def train(net: nn.Module) -> None:
        net(torch.empty(1, 512)).sum().backward()

    assert peak_bytes(forward, module) < 10_000
    assert peak_bytes(train, module) >= weight_bytes(module) == 2 * MIB
    assert module.weight.grad is None


def test_a_generators_memory_grows_with_the_batch(tiny_generator: Generator) -> None:
    def draw(batch: int) -> int:
        def compute(net: nn.Module) -> None:
            with torch.no_grad():
                net.get_submodule("synthesis")(torch.empty(batch, 8, 32))

        return peak_bytes(compute, tiny_generator)

    assert 1.5 * draw(8) < draw(16) < 2.5 * draw(8)
