"""A name for what something follows from: numbers, text and networks."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn


class Hash:
    """SHA-256 over numbers and text, each with its kind and length."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, *parts: str | bytes | Tensor | nn.Module | None) -> Hash:
        """Take more into account; returns itself."""
        for part in parts:
            if isinstance(part, nn.Module):
                for name, value in sorted(part.state_dict().items()):
                    self.add(name, value)
            elif isinstance(part, Tensor):
                data = part.detach().cpu().contiguous()
                self.add(f"{data.dtype} {tuple(data.shape)}")
                self._hash.update(data.flatten().view(torch.uint8).numpy().tobytes())
            else:
                data_bytes = part.encode() if isinstance(part, str) else part
                head = "none" if data_bytes is None else str(len(data_bytes))
                self._hash.update(f"{type(part).__name__} {head} ".encode())
                self._hash.update(data_bytes or b"")
        return self

    def digest(self) -> str:
        """Hexadecimal digest."""
        return self._hash.hexdigest()
