"""The script of docs/reference/http.md, against a server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.browsing import served
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import save_bundle
from d2animator.media.video import VideoReader

SCRIPT = Path(__file__).resolve().parent.parent.parent / "docs" / "examples" / "http.sh"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_a_shell_script_animates(animator: D2Animator, files: Path) -> None:
    model = files / "model"
    save_bundle(animator.bundle, model)
    with served("--model", str(model), environment={"TMPDIR": str(files)}) as address:
        words = [str(files / name) for name in ("me.png", "clip.mp4", "out.mp4")]
        environment = {**os.environ, "D2ANIMATOR_SERVER": address}
        done = subprocess.run(
            ["sh", str(SCRIPT), *words], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(files.glob("d2animator-web-*/*")) == []
    assert len(list(VideoReader(files / "out.mp4"))) == 6
