"""The made-up head, packed once for all tests of puppets, and a renderer of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from d2animator.errors import InputError
from d2animator.head.model import Head, load_head
from tests.tools.puppets.ball_head import IDENTITY_MODES, write_facexmodel
from tools.puppets.pack import pack_head
from tools.puppets.renderer import PuppetRenderer


@pytest.fixture(scope="session")
def head_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_facexmodel(tmp_path_factory.mktemp("facexmodel"))
    target = folder / "head.npz"
    pack_head(folder, target, IDENTITY_MODES)
    return target


@pytest.fixture(scope="session")
def head(head_file: Path) -> Head:
    return load_head(head_file)


@pytest.fixture(scope="session")
def renderer(head: Head) -> Iterator[PuppetRenderer]:
    pytest.importorskip("moderngl")
    try:
        made = PuppetRenderer(head, size=64)
    except InputError as error:
        pytest.skip(str(error))
    yield made
    made.close()
