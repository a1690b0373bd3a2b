"""The map is the house: the architecture page against the import contracts and the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")


def test_the_page_lists_the_layers_of_the_contract() -> None:
    listed = PAGE.split("<!-- layers -->")[1].split("<!-- /layers -->")[0]
    rows = re.findall(r"^\d+\. (.*?) — ", listed, re.MULTILINE)
    page = [row.replace("`", "") for row in rows]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(
        contract["layers"]
        for contract in contracts["tool"]["importlinter"]["contracts"]
        if contract["id"] == "layers"
    )
    assert page == [re.sub(r"[()]", "", layer) for layer in layers]


def test_every_file_that_the_page_names_is_there() -> None:
    names = re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE)
    assert len(names) > 15
    package = ROOT / "src" / "d2animator"
    assert [name for name in names if not (package / name).is_file()] == []


def test_animating_loads_neither_the_training_nor_a_compiler() -> None:
    code = (
        "import numpy as np, sys\n"
        "from d2animator import D2Animator\n"
        "animator = D2Animator.from_pretrained(device='cpu')\n"
        "stranger = animator.stranger(1)\n"
        "animator.animate(stranger, 'examples/source.png')\n"
        "print(*(n for n in sys.modules if n.startswith(('d2animator.distill', "
        "'d2animator.training', 'd2animator.evaluate', 'sklearn', 'torch._dynamo'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []
