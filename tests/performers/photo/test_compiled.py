"""Inner loops: what they refuse, and that the carried code is theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from d2animator.errors import InputError
from d2animator.performers.photo.compiled import Kernel, compiled
from d2animator.performers.photo.points import mix


@compiled("float32[:, ::1], float32[:], float32, int32")
def _never_translated(a, b, c, d):
    """Say something."""


def test_arguments_are_told_from_the_signature():
    assert isinstance(_never_translated, Kernel)
    kinds = [
        ("float32", 2, True),
        ("float32", 1, False),
        ("float32", 0, False),
        ("int32", 0, False),
    ]
    assert [(kind.name, *others) for kind, *others in _never_translated.kinds] == kinds
    assert _never_translated.name == "test_compiled._never_translated"
    assert _never_translated.__doc__ == "Say something."


@pytest.mark.parametrize("change", ["type", "dimensions", "order", "count"])
def test_arguments_of_other_types_are_refused(change):
    values, weights = np.zeros((4, 3), np.float32), np.zeros((2, 2), np.float32)
    vertices, out = np.zeros((2, 2), np.int32), np.zeros((2, 3), np.float32)
    if change == "type":
        vertices = vertices.astype(np.int64)
    elif change == "dimensions":
        weights = weights[0]
    elif change == "order":
        values = np.asfortranarray(values)
    given: tuple[Any, ...] = (values, vertices, weights, out)[: 3 if change == "count" else 4]
    with pytest.raises(InputError, match=r"points\.mix: expected float32\[:, ::1\], int32"):
        mix(*given)
