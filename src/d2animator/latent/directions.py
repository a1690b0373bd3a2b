"""Directions of W+ and moving along them, within bounds; knows nothing of how they were found.

Paper symbols: V = {v_i} is ``Directions.vectors`` (K, L, D), r_i are ``coefficients`` (B, K), Δw is
``delta`` (B, L, D), w̄ is ``w_avg`` (D,). L may be smaller than the number of layers of w_plus: a
bank that moves the first 8 layers stores 8, and the others stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from d2animator.config import parse_json
from d2animator.errors import ConfigError, ShapeError, check_shape
from d2animator.latent.table import EXPRESSION, POSE, TENSORS, DirectionTable

__all__ = [
    "EXPRESSION",
    "POSE",
    "DirectionTable",
    "Directions",
    "add_motion",
    "bound_factors",
    "bound_motion",
    "move",
]

_LABELS = ("names", "groups", "sources")


@dataclass(frozen=True, eq=False)
class Directions:
    """A bank of K directions; +-1 along one is a large but plausible motion.

    Attributes:
        vectors: Directions (K, L, D), float32; L counts from the coarsest layer.
        names: One name each, unique.
        groups: ``"pose"`` or ``"expression"`` each.
        sources: How each was found, such as ``"mouth/free/12 clusters"``.
        table: What each does, None where nobody has measured it.
    """

    vectors: Tensor
    names: tuple[str, ...]
    groups: tuple[str, ...]
    sources: tuple[str, ...]
    table: DirectionTable | None = None

    def __post_init__(self) -> None:
        check_shape("vectors", self.vectors, ("K", "L", "D"))
        for field in _LABELS:
            count = len(getattr(self, field))
            if count != len(self.vectors):
                raise ShapeError(field, (len(self.vectors),), (count,))
        if self.table is not None and len(self.table.regions) != len(self.vectors):
            raise ShapeError("table", (len(self.vectors),), (len(self.table.regions),))
        for group in self.groups:
            if group not in (POSE, EXPRESSION):
                raise ConfigError("groups", f"must be {POSE!r} or {EXPRESSION!r}, got {group!r}")

    def __len__(self) -> int:
        """Give the number of directions."""
        return len(self.names)

    def only(self, group: str) -> Directions:
        """Keep the directions of one group, ``"pose"`` or ``"expression"``."""
        keep = [index for index, own in enumerate(self.groups) if own == group]
        return Directions(
            self.vectors[keep],
            tuple(self.names[index] for index in keep),
            tuple(self.groups[index] for index in keep),
            tuple(self.sources[index] for index in keep),
            None if self.table is None else self.table.only(keep),
        )

    def to(self, device: torch.device | str) -> Directions:
        """Give the same directions on another device."""
        table = None if self.table is None else self.table.to(device)
        return replace(self, vectors=self.vectors.to(device), table=table)

    def measured(self, table: DirectionTable) -> Directions:
        """Give the same directions with a table, and the names and groups that follow from it."""
        return replace(self, names=table.names(), groups=table.groups(), table=table)

    def pack(self) -> tuple[dict[str, Tensor], str]:
        """Take the bank apart into what a file holds: tensors, and the rest as JSON."""
        labels: dict[str, object] = {name: getattr(self, name) for name in _LABELS}
        tensors = {"vectors": self.vectors}
        if self.table is not None:
            labels |= {"actions": self.table.actions, "regions": self.table.regions}
            tensors |= {name: getattr(self.table, name) for name in TENSORS}
        return tensors, json.dumps(labels, ensure_ascii=False)

    @classmethod
    def unpack(cls, tensors: Mapping[str, Tensor], labels: str) -> Directions:
        """Undo `pack`; files from before there were tables have none.

        Raises:
            KeyError: A label is missing.
            ValueError: The labels are no JSON, or the parts do not fit together.
        """
        read = parse_json(labels)
        columns = {name: tuple(map(str, read[name])) for name in _LABELS}
        table = None
        if "actions" in read:
            told = {name: tuple(map(str, read[name])) for name in ("actions", "regions")}
            measured = {name: tensors[name].float() for name in TENSORS}
            table = DirectionTable(**told, **measured)  # type: ignore[arg-type]
        return cls(tensors["vectors"].float(), **columns, table=table)

    def combine(self, coefficients: Tensor) -> Tensor:
        """Sum the directions with weights (paper, section 3.2: r · V).

        Args:
            coefficients: Weights (B, K).

        Returns:
            Motion (B, L, D).

        Raises:
            ShapeError: There is not one coefficient a direction.
        """
        check_shape("coefficients", coefficients, ("B", len(self)))
        return torch.einsum("bk,kld->bld", coefficients, self.vectors)


def add_motion(w_plus: Tensor, delta: Tensor) -> Tensor:
    """Add a motion to the first layers of a code.

    Args:
        w_plus: Codes (B, L, D) or (1, L, D).
        delta: Motions (B, l, D), l <= L.

    Returns:
        Moved codes (B, L, D).

    Raises:
        ShapeError: The axes do not fit.
    """
    layers = w_plus.shape[1]
    check_shape("w_plus", w_plus, ("B", "L", "D"))
    check_shape("delta", delta, ("B", "l", w_plus.shape[2]))
    if delta.shape[1] > layers:
        raise ShapeError("delta", ("B", f"at most {layers}", w_plus.shape[2]), delta.shape)
    moved = w_plus[:, : delta.shape[1]] + delta
    rest = w_plus[:, delta.shape[1] :].expand(len(moved), -1, -1)
    return torch.cat([moved, rest], dim=1)


def move(w_plus: Tensor, directions: Directions, coefficients: Tensor) -> Tensor:
    """Move codes along directions.

    Args:
        w_plus: Codes (B, L, D).
        directions: The bank.
        coefficients: How far along each direction (B, K); 1 is a large, plausible motion.

    Returns:
        Moved codes (B, L, D).

    Raises:
        ShapeError: The axes do not fit.
    """
    return add_motion(w_plus, directions.combine(coefficients))


def bound_factors(w_plus: Tensor, delta: Tensor, w_avg: Tensor, limits: Tensor) -> Tensor:
    """How far motions may go, layer by layer, until the moved code reaches its limit.

    Args:
        w_plus: Codes to move (B, L, D).
        delta: Motions (B, l, D), l <= L.
        w_avg: Mean code (D,).
        limits: Largest allowed distance from ``w_avg`` for each layer (L,).

    Returns:
        Factors (B, l) in [0, 1]. A layer that already lies outside may move inwards, or along the
        ball it lies on.
    """
    layers = delta.shape[1]
    offset = w_plus[:, :layers] - w_avg
    # |offset + t delta|^2 = radius^2 has its larger root at t = (-b + sqrt(b^2 + a c)) / a.
    radius = torch.maximum(limits[:layers], offset.norm(dim=-1))
    a = delta.square().sum(-1).clamp_min(1e-20)
    b = (offset * delta).sum(-1)
    c = radius.square() - offset.square().sum(-1)
    return ((-b + (b.square() + a * c).clamp_min(0).sqrt()) / a).clamp(0, 1)


def bound_motion(w_plus: Tensor, delta: Tensor, w_avg: Tensor, limits: Tensor) -> Tensor:
    """Shorten motions until the moved code is within its limits (see `bound_factors`).

    A pull of the moved code towards the mean would take some of the person away with it; this keeps
    the motion's direction.

    Args:
        w_plus: Codes to move (B, L, D).
        delta: Motions (B, l, D), l <= L.
        w_avg: Mean code (D,).
        limits: Largest allowed distance from ``w_avg`` for each layer (L,).

    Returns:
        Motions (B, l, D).
    """
    return delta * bound_factors(w_plus, delta, w_avg, limits).unsqueeze(-1)
