from __future__ import annotations

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2animator.models.hashing import Hash


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_other_parts_have_another_hash(one: list[str], other: list[str]) -> None:
    same = Hash().add(*one).digest() == Hash().add(*other).digest()
    assert same == (one == other)


def test_the_hash_sees_numbers_shapes_kinds_and_weights() -> None:
    numbers = torch.arange(6.0)
    layer = nn.Linear(2, 3)
    parts: list[Any] = [
        numbers,
        numbers.view(2, 3),
        numbers.double(),
        numbers + 1,
        layer,
        "a",
        b"a",
        None,
    ]
    digests = {Hash().add(part).digest() for part in parts}
    assert len(digests) == len(parts)
    before = Hash().add(layer).digest()
    with torch.no_grad():
        layer.bias[0] += 1e-3
    assert Hash().add(layer).digest() != before
