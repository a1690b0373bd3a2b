"""Naming the device to compute on, and the precision."""

from __future__ import annotations

import torch

from d2animator.errors import ConfigError, DeviceError


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """Turn a name into a device that is there.

    Args:
        name: "cpu", "cuda", "cuda:1", "mps", or "auto" for a GPU where there is one.

    Returns:
        The device.

    Raises:
        DeviceError: No such device here, or no such name.
    """
    text = str(name)
    if text == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(text)
    except RuntimeError as error:
        raise DeviceError(text, "no such name; use auto, cpu, cuda, cuda:N or mps") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DeviceError(text, f"PyTorch sees {count} CUDA devices here; use cpu or auto")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError(text, "PyTorch sees no Apple GPU here; use cpu or auto")
    if device.type not in ("cpu", "cuda", "mps"):
        raise DeviceError(text, "not supported; use auto, cpu, cuda, cuda:N or mps")
    return device


# What frames can be drawn in.
DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def pick_dtype(
    name: str | torch.dtype | None, device: torch.device, architecture: str = "stylegan2"
) -> torch.dtype:
    """Turn a name into a precision that frames can be drawn in on a device.

    Args:
        name: "float32" (also None), "bfloat16" (CPU and CUDA) or "float16" (CUDA), or the
            ``torch.dtype`` of one of them.
        device: Where frames are drawn.
        architecture: What draws them; StyleGAN3 needs "float32", its filters lose too much.

    Returns:
        The precision.

    Raises:
        ConfigError: No such precision, or not on this device, or not for this generator.
    """
    text = "float32" if name is None else str(name).removeprefix("torch.")
    if text not in DTYPES:
        raise ConfigError("dtype", f"expected one of {', '.join(DTYPES)}, got {text}")
    if text != "float32" and architecture != "stylegan2":
        raise ConfigError("dtype", f"{architecture} draws in float32 alone, got {text}")
    allowed = {"cpu": ("float32", "bfloat16"), "cuda": tuple(DTYPES)}.get(device.type, ("float32",))
    if text not in allowed:
        reason = f"{text} is not supported on {device.type}; use {' or '.join(allowed)}"
        raise ConfigError("dtype", reason)
    return DTYPES[text]
