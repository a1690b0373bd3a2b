"""What a user says of inverting, made into options."""

from __future__ import annotations

from d2animator import config as configs
from d2animator.errors import ConfigError
from d2animator.invert.optimise import EFFORTS, InversionOptions


def choose_inversion(
    base: InversionOptions,
    inversion: str | None = None,
    tune: str | None = None,
    seconds: float | None = None,
) -> InversionOptions:
    """Make options of what a user says.

    Args:
        base: Where nothing else is said.
        inversion: "encoder", "optimise" or "tune".
        tune: "fast" or "full", which mean inversion "tune"; or "off", which excludes it.
        seconds: Time budget.

    Returns:
        The options.

    Raises:
        ConfigError: A value is unknown, or two exclude each other.
    """
    if tune is not None and tune not in ("off", *EFFORTS):
        raise ConfigError("tune", f"expected off, {' or '.join(EFFORTS)}, got {tune!r}")
    tuning = tune in EFFORTS
    if (tuning and inversion not in (None, "tune")) or (tune == "off" and inversion == "tune"):
        raise ConfigError("tune", f"{tune} does not go with inversion {inversion}; leave one out")
    level = "tune" if tuning else inversion
    if level is None and tune == "off" and base.level == "tune":
        level = "optimise"
    changes: dict[str, object] = {"level": level, "effort": tune if tuning else None}
    changes["seconds"] = seconds
    given = {name: value for name, value in changes.items() if value is not None}
    return configs.from_dict(InversionOptions, {**configs.to_dict(base), **given})
