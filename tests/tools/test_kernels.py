"""The loops' translation: the carried code is that of the functions as they are."""

from __future__ import annotations

import re

from tools.kernels import TARGET, code, fingerprint, kernels


def test_carried_code_is_of_the_functions_as_they_are():
    found = re.search(r"^; from (\w+)$", TARGET.read_text("ascii"), re.MULTILINE)
    assert found is not None
    assert found[1] == fingerprint(list(kernels())), "run `python -m tools.kernels`"


def test_code_is_whole_and_for_every_processor():
    text, loops = TARGET.read_text("ascii"), list(kernels())
    assert re.findall(r"^define void @([\w.]+)\(", text, re.MULTILINE) == [
        loop.name for loop in loops
    ]
    assert all(
        name.startswith("llvm.")
        for name in re.findall(r"^declare .*@([\w.]+)\(", text, re.MULTILINE)
    )
    assert "target" not in text


def test_a_loop_is_translated():
    loop = next(loop for loop in kernels() if loop.name == "points.mix")
    text = code([loop])
    assert "define void @points.mix(" in text
    assert "NRT" not in text
