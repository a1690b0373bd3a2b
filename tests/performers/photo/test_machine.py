"""Machine code of the inner loops is made once and kept."""

from __future__ import annotations

from pathlib import Path

import torch

from d2animator.invert.cache import Cache
from d2animator.performers.photo.machine import begin, code_for, entry, this_machine


def test_code_is_kept_for_the_next_process(tmp_path: Path) -> None:
    memory, machine = Cache(tmp_path), this_machine()
    code = code_for(machine, memory)
    (kept,) = tmp_path.iterdir()
    assert code_for(machine, None) == code
    memory.put(kept.stem, {"code": torch.tensor([7, 8], dtype=torch.uint8)}, {})
    assert code_for(machine, memory) == b"\7\10"


def test_what_is_begun_is_ready_for_all() -> None:
    begin()
    assert entry("raster.fill") is entry("raster.fill")
