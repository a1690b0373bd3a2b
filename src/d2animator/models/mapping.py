"""The mapping network that StyleGAN2 and StyleGAN3 share: Gaussian z to the code w.

Written from Karras et al., arXiv:1812.04948 (mapping, truncation). Parameters and buffers carry the
names that the field's checkpoints use, so that such checkpoints load by name.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from d2animator.errors import check_shape
from d2animator.models import ops


class MappingConfig(Protocol):
    """What the mapping network needs of a generator's configuration."""

    @property
    def z_dim(self) -> int:
        """Length of the Gaussian input z."""

    @property
    def c_dim(self) -> int:
        """Length of the class label, 0 for none."""

    @property
    def w_dim(self) -> int:
        """Length of the intermediate code w."""

    @property
    def num_ws(self) -> int:
        """Layers L of a w_plus code."""

    @property
    def num_mapping_layers(self) -> int:
        """Fully connected layers from z to w."""

    @property
    def mapping_lr_multiplier(self) -> float:
        """Learning-rate factor of these layers."""


def start_weight(shape: tuple[int, ...], divisor: float = 1.0) -> Tensor:
    """Normal numbers over a divisor.

    Without memory (on the device ``meta``) they are left out: to draw them there, or to divide,
    PyTorch would load its compiler, for two seconds.
    """
    weight = torch.empty(shape)
    return weight if weight.is_meta else weight.normal_() / divisor


class FullyConnectedLayer(nn.Module):
    """Linear layer with equalised learning rate (arXiv:1710.10196, section 4.1).

    Weights are stored at unit variance and scaled at run time, so that every layer learns at the
    same speed; ``lr_multiplier`` slows a layer down further.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        lr_multiplier: float = 1.0,
        bias_init: float = 0.0,
        activate: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(start_weight((out_features, in_features), lr_multiplier))
        self.bias = nn.Parameter(torch.full((out_features,), bias_init / lr_multiplier))
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_features) -> (B, out_features)."""
        # The gain goes to the small input rather than to the large weight.
        y = nn.functional.linear(x * self.weight_gain, self.weight, self.bias * self.bias_gain)
        return nn.functional.leaky_relu(y, ops.SLOPE) * math.sqrt(2.0) if self.activate else y


class MappingNetwork(nn.Module):
    """Gaussian z (and a class label) to the intermediate code w, with its running mean."""

    w_avg: Tensor

    def __init__(self, config: MappingConfig) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim = config.z_dim, config.c_dim, config.w_dim
        self.num_ws, self.num_layers = config.num_ws, config.num_mapping_layers
        if config.c_dim:
            self.embed = FullyConnectedLayer(config.c_dim, config.w_dim)
        width = config.z_dim + (config.w_dim if config.c_dim else 0)
        for index in range(config.num_mapping_layers):
            layer = FullyConnectedLayer(
                width, config.w_dim, lr_multiplier=config.mapping_lr_multiplier, activate=True
            )
            self.add_module(f"fc{index}", layer)
            width = config.w_dim
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def forward(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """Codes of one sample each, the same w in every layer.

        Args:
            z: (B, z_dim), standard normal.
            c: (B, c_dim) class labels; needed exactly when ``c_dim`` > 0.
            truncation_psi: 1 leaves w as it is, 0 gives the mean ``w_avg``.
            truncation_cutoff: Number of first layers to truncate, None for all.

        Returns:
            (B, num_ws, w_dim), fp32.

        Raises:
            ShapeError: ``z`` or ``c`` has a wrong shape.
        """
        w = self.single(z, c)
        ws = w[:, None].repeat(1, self.num_ws, 1)
        if truncation_psi == 1:
            return ws
        cutoff = self.num_ws if truncation_cutoff is None else truncation_cutoff
        return torch.cat([self.w_avg.lerp(ws[:, :cutoff], truncation_psi), ws[:, cutoff:]], dim=1)

    def single(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Codes before they are repeated over layers: (B, z_dim) -> (B, w_dim)."""
        check_shape("z", z, ("batch", self.z_dim))
        with torch.autocast(z.device.type, enabled=False):
            x = ops.normalise_second_moment(z.to(self.w_avg.dtype))
            if self.c_dim:
                label = x.new_zeros(0, 0) if c is None else c.to(x.dtype)
                check_shape("c", label, (len(z), self.c_dim))
                x = torch.cat([x, ops.normalise_second_moment(self.embed(label))], dim=1)
            for index in range(self.num_layers):
                x = self.get_submodule(f"fc{index}")(x)
        return x

    @torch.no_grad()
    def update_average(self, w: Tensor, beta: float = 0.998) -> None:
        """Move ``w_avg`` towards the mean of ``w`` (B, w_dim), as training does every step."""
        self.w_avg.copy_(w.detach().to(self.w_avg).mean(dim=0).lerp(self.w_avg, beta))
