"""Numbers in a graph of OpenVINO's operations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from openvino import Node
from openvino import opset13 as op
from torch import Tensor


def constant(value: Tensor | NDArray[np.generic] | Sequence[float] | float) -> Node:
    """Numbers of any shape, fp32."""
    numbers = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
    return op.constant(np.ascontiguousarray(numbers, dtype=np.float32).reshape(np.shape(numbers)))


def integers(*values: int) -> Node:
    """A list of whole numbers; one alone is a scalar."""
    return op.constant(np.asarray(values[0] if len(values) == 1 else values, dtype=np.int64))
