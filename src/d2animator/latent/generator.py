"""What this package needs of a generator, whatever its architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from torch import Tensor, nn


class GeneratorLike(Protocol):
    """A style-based generator in the field's interface, such as ``models.generators.Generator``."""

    z_dim: int
    w_dim: int
    num_ws: int

    @property
    def mapping(self) -> Callable[..., Tensor]:
        """``mapping(z (B, z_dim), truncation_psi=1.0)`` -> w_plus (B, num_ws, w_dim)."""
        ...

    @property
    def synthesis(self) -> Callable[..., Tensor]:
        """``synthesis(w_plus (B, num_ws, w_dim))`` -> images (B, 3, R, R), about [-1, 1]."""
        ...

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Give the parameters, as a module does."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Give the weights by name, as a module does."""
        ...
