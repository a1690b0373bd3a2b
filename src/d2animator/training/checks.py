"""Checks that the options of several stages share."""

from __future__ import annotations

from collections.abc import Mapping

from d2animator.errors import ConfigError


def at_least(options: object, least: Mapping[str, float]) -> None:
    """Check that fields are not below a bound.

    Args:
        options: A dataclass.
        least: Smallest allowed value by field.

    Raises:
        ConfigError: A field is below.
    """
    for name, bound in least.items():
        value = getattr(options, name)
        if not value >= bound:  # so that not-a-number is refused
            raise ConfigError(name, f"expected at least {bound}, got {value}")


def within(options: object, low: float, high: float, *names: str) -> None:
    """Check that fields lie in ``low`` to ``high``.

    Raises:
        ConfigError: A field does not.
    """
    for name in names:
        value = getattr(options, name)
        if not low <= value <= high:
            raise ConfigError(name, f"expected {low} to {high}, got {value}")
