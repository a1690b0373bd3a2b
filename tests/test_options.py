"""Options of all kinds: a value of a wrong type is refused by name."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import d2animator
from d2animator.bundles.hub import HubOptions
from d2animator.distill.options import TrainOptions
from d2animator.distill.samples import SampleOptions
from d2animator.errors import ConfigError
from d2animator.head.fit import FitOptions
from d2animator.head.follow import FollowOptions
from d2animator.training.loop import LoopOptions


class Anything:
    """What no option can be."""


def option_classes() -> list[type]:
    """Every dataclass of options that the package has."""
    found = []
    for module in pkgutil.walk_packages(d2animator.__path__, "d2animator."):
        if not module.name.endswith("__main__"):
            members = vars(importlib.import_module(module.name)).values()
            found += [
                one
                for one in members
                if isinstance(one, type)
                and dataclasses.is_dataclass(one)
                and one.__name__.endswith("Options")
                and one.__module__ == module.name
            ]
    return found


def test_no_option_of_any_kind_takes_a_wrong_type(tmp_path: Path):
    classes = option_classes()
    assert len(classes) > 30
    for cls in classes:
        needed = {"work": tmp_path} if cls.__name__ == "TrainOptions" else {}
        for option in dataclasses.fields(cls):
            for wrong in (Anything(), np.zeros(3), [Anything()]):
                with pytest.raises(ConfigError) as caught:
                    cls(**needed | {option.name: wrong})
                key = caught.value.key.split("[")[0]
                assert key == option.name, (cls, option.name)
        made = cls(**needed)
        same = dataclasses.replace(made)
        assert dataclasses.astuple(same) == dataclasses.astuple(made)


def test_options_within_options_are_taken_as_they_are():
    fit = FitOptions(rounds=3)
    assert FollowOptions(fit=fit).fit is fit
    for wrong in (LoopOptions(), {"rounds": 3}, 3, None):
        with pytest.raises(ConfigError, match=r"^fit: expected FitOptions, got "):
            FollowOptions(fit=wrong)  # type: ignore[arg-type]
    assert TrainOptions(Path("w"), samples=SampleOptions(count=7)).samples.count == 7


def test_a_function_may_be_an_option():
    assert HubOptions(progress=print).progress is print
    with pytest.raises(ConfigError, match="progress: expected a function, got int 3"):
        HubOptions(progress=3)  # type: ignore[arg-type]
