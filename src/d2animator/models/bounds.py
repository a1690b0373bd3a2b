"""Bounds of networks' shapes: far above what anybody trains, and what any machine can hold."""

from __future__ import annotations

from typing import Protocol

from d2animator.errors import ConfigError

MOST_STAGES = 16
"""Stages of a network whose description lists them."""
MOST_PIXELS = 8192
"""Width and height of a generator's pictures."""
MOST_CHANNELS = 8192
"""Features of a layer."""
MOST_CODES = 4096
"""Length of a code."""
_MOST_NUMBERS = 2**28
"""Numbers of one layer's features for one picture; StyleGAN3's largest has half of that."""


def check_sizes(config: object, least: int = 1, /, **most: int) -> None:
    """Check that numbers of a configuration lie between bounds.

    Args:
        config: A dataclass.
        least: Smallest allowed value.
        most: Largest allowed value by field; of a tuple, of each of its entries.

    Raises:
        ConfigError: One does not, or a tuple has no entry or more than `MOST_STAGES`.
    """
    for name, bound in most.items():
        value = getattr(config, name)
        if isinstance(value, tuple) and not 1 <= len(value) <= MOST_STAGES:
            raise ConfigError(name, f"expected 1 to {MOST_STAGES} numbers, got {len(value)}")
        for size in value if isinstance(value, tuple) else (value,):
            # Not-a-number is on neither side of a bound.
            if not least <= size <= bound:
                raise ConfigError(name, f"expected {least} to {bound}, got {size!s:.40}")


def check_positive(config: object, *names: str, most: float = 1e6) -> None:
    """Check that numbers of a configuration are above 0, and not beyond all sense.

    Raises:
        ConfigError: One is not.
    """
    for name in names:
        value = getattr(config, name)
        if not 0 < value <= most:
            raise ConfigError(name, f"expected above 0 and up to {most:g}, got {value!s:.40}")


class _Generator(Protocol):
    @property
    def conv_clamp(self) -> float | None: ...


def check_mapping(config: _Generator) -> None:
    """Check what the configurations of all generators have, `MappingConfig` and a clamp.

    Raises:
        ConfigError: A number is out of bounds.
    """
    check_sizes(config, z_dim=MOST_CODES, w_dim=MOST_CODES, num_mapping_layers=64)
    check_sizes(config, img_channels=64, channel_base=2**24)
    check_sizes(config, 0, c_dim=2**16)
    check_positive(config, "mapping_lr_multiplier")
    if config.conv_clamp is not None:
        check_positive(config, "conv_clamp")


def check_features(name: str, channels: int, side: int) -> None:
    """Check the features of one layer.

    Args:
        name: Of the field that says how many channels there are.
        channels: How many there are.
        side: Width and height of the feature map.

    Raises:
        ConfigError: There are none, or more than a machine can hold.
    """
    if channels < 1:
        raise ConfigError(name, "every layer needs at least one channel")
    if channels > MOST_CHANNELS or channels * side**2 > _MOST_NUMBERS:
        raise ConfigError(name, f"{channels} channels of {side}x{side} are too many")
