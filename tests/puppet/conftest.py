"""The made-up head, packed once for all tests of puppets."""

from __future__ import annotations

from pathlib import Path

import pytest

from d2animator.puppet.pack import pack_head
from tests.puppet.ball_head import IDENTITY_MODES, write_facexmodel


@pytest.fixture(scope="session")
def head_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_facexmodel(tmp_path_factory.mktemp("facexmodel"))
    target = folder / "head.npz"
    pack_head(folder, target, IDENTITY_MODES)
    return target
