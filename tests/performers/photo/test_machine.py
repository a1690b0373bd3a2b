"""Machine code of the inner loops is made once and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from d2animator.invert.cache import Cache
from d2animator.performers.photo import machine
from d2animator.performers.photo.machine import begin, code_for, entry, this_machine


def test_code_is_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, made = Cache(tmp_path), this_machine()
    code = code_for(made, memory)
    assert code_for(made, None) == code
    monkeypatch.setattr(machine, "_compiled", never)
    assert code_for(made, memory) == code


@pytest.mark.parametrize("damage", ["a byte", "the end", "all of it", "no digest", "other code"])
def test_damaged_code_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """LLVM would end the process at it, so that nothing but the right code may come back."""
    memory, made = Cache(tmp_path), this_machine()
    code = code_for(made, memory)
    (kept,) = tmp_path.iterdir()
    data = bytearray(kept.read_bytes())
    if damage == "a byte":
        data[-len(code) // 2] ^= 1
    elif damage == "the end":
        del data[-9:]
    elif damage == "all of it":
        data[:] = bytes(len(data))
    if damage in ("no digest", "other code"):
        found = memory.get(kept.stem)
        assert found is not None
        figures = found[1] if damage == "other code" else {}
        memory.put(kept.stem, {"code": torch.zeros(9, dtype=torch.int16)}, figures)
    else:
        kept.write_bytes(data)
    assert code_for(made, memory) == code
    assert "damaged and is made anew" in caplog.text
    monkeypatch.setattr(machine, "_compiled", never)
    assert code_for(made, memory) == code


def never(source: str, made: Any) -> bytes:
    """Stand for a translation that nobody should need."""
    raise AssertionError("translated again")


def test_what_is_begun_is_ready_for_all() -> None:
    begin()
    assert entry("raster.fill") is entry("raster.fill")
