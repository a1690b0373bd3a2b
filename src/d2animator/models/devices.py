"""Naming the device to compute on."""

from __future__ import annotations

import torch

from d2animator.errors import DeviceError


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
