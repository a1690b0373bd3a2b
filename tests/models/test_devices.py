from __future__ import annotations

import pytest
import torch

from d2animator.errors import DeviceError
from d2animator.models.devices import pick_device


def test_names():
    assert pick_device("cpu") == pick_device(torch.device("cpu")) == torch.device("cpu")
    assert pick_device().type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cuda:99", "device 'cuda:99': PyTorch sees .* CUDA devices here"),
        ("gpu", "no such name"),
        ("", "no such name"),
        ("meta", "not supported"),
    ],
)
def test_what_is_not_there_is_refused(name, text):
    with pytest.raises(DeviceError, match=text):
        pick_device(name)
