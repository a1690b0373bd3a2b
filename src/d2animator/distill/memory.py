"""How much memory tensors will need, found without having it.

A network is run on PyTorch's fake tensors, which have shapes but no numbers; every storage that
comes and goes is counted.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten


class _Count(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the bytes of all storages that are alive."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.alive = self.peak = 0
        # Views of weights are no new storages.
        self._known = {
            value.untyped_storage()._cdata
            for module in modules
            for value in (*module.parameters(), *module.buffers())
        }

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for value in tree_flatten(result)[0]:
            if isinstance(value, Tensor):
                self._add(value.untyped_storage())
        return result

    def _add(self, storage: torch.UntypedStorage) -> None:
        # Views share a storage; their Python objects differ.
        key = storage._cdata
        if key in self._known:
            return
        size = storage.nbytes()
        self._known.add(key)
        self.alive += size
        self.peak = max(self.peak, self.alive)
        weakref.finalize(storage, self._drop, key, size)

    def _drop(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.alive -= size


def peak_bytes(compute: Callable[..., object], *modules: nn.Module) -> int:
    """Most bytes of tensors, made by a computation, that would be alive at once.

    Args:
        compute: Called with the modules; all tensors that it makes, and their weights, have shapes
            but no numbers. It must not look at any number.
        *modules: Networks that it uses; they stay as they are.

    Returns:
        Bytes, without those of the weights. What kernels need inside for themselves is not in it.
    """
    fake = FakeTensorMode()
    empty = [_without_numbers(module, fake) for module in modules]
    count = _Count(empty)
    with fake, count:
        compute(*empty)
    return count.peak


def _without_numbers(module: nn.Module, fake: FakeTensorMode) -> nn.Module:
    """Copy a module without copying its numbers."""
    known: dict[int, Any] = {}
    for value in (*module.parameters(), *module.buffers()):
        empty = fake.from_tensor(value.detach())
        known[id(value)] = (
            nn.Parameter(empty, requires_grad=value.requires_grad)
            if isinstance(value, nn.Parameter)
            else empty
        )
    return copy.deepcopy(module, known)


def weight_bytes(*modules: nn.Module) -> int:
    """Bytes of the parameters and buffers of modules."""
    tensors = [t for module in modules for t in (*module.parameters(), *module.buffers())]
    return sum(tensor.nbytes for tensor in tensors)
