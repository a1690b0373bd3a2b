"""What a generator may do about its noise inputs."""

from __future__ import annotations

from typing import Literal

from d2animator.errors import ConfigError

NoiseMode = Literal["const", "random", "none"]
NOISE_MODES = ("const", "random", "none")


def check_noise_mode(noise_mode: str) -> None:
    """Check that there is such a noise mode.

    Args:
        noise_mode: "const" adds the stored noise, "random" fresh noise, "none" nothing.

    Raises:
        ConfigError: There is none of this name.
    """
    if noise_mode not in NOISE_MODES:
        allowed = ", ".join(NOISE_MODES)
        raise ConfigError("noise_mode", f"expected one of {allowed}, got {noise_mode!r}")
