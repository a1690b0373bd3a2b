"""What happens while a command loads."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from d2animator.cli.waiting import untidied

EXAMPLES = Path(__file__).parents[2] / "examples"

# Tells what is loaded when the command says that it loads, and goes no further.
_SCRIPT = """
import sys
from d2animator.cli import main
from d2animator.cli.report import Report

def told(report):
    heavy = {"torch", "cv2", "av", "openvino", "llvmlite"} & set(sys.modules)
    raise SystemExit(f"loading after {sorted(heavy)}")

Report.loading = told
main()
"""


@pytest.mark.parametrize(
    "command",
    [
        ["animate", "astronaut.jpg", "driving.mp4", "-o", "out.mp4", "--region", "eyes"],
        ["animate", ".", "driving.mp4", "-o", "made"],
        ["edit", "astronaut.jpg", "--set", "smile=1", "-o", "out.png"],
    ],
)
def test_a_command_says_that_it_loads_before_it_does(command, tmp_path):
    given = [str(EXAMPLES / word) if (EXAMPLES / word).exists() else word for word in command]
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *given], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stderr.strip().endswith("loading after []")


def test_garbage_is_looked_for_again_after_loading():
    def fail() -> None:
        with untidied():
            assert not gc.isenabled()
            raise OSError("lost")

    with pytest.raises(OSError, match="lost"):
        fail()
    assert gc.isenabled()
    gc.unfreeze()
