"""In processes of their own: an allocator cannot be set back."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from d2animator.engines.allocator import keep_memory

CODE = """
import resource, torch
from d2animator.engines.allocator import keep_memory
print(keep_memory())

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    for _ in range(12):  # small blocks between the large ones are put to use again after some time
        torch.empty(2**22).zero_()
    before = faults()
    for _ in range(8):
        torch.empty(2**22).zero_()
    print(faults() - before)

import threading
for run in (work, lambda: (t := threading.Thread(target=work), t.start(), t.join())):
    run()
"""
PAGES = 8 * 2**24 // 4096


def told(**environment: str) -> tuple[bool, int, int]:
    """Whether it was done, and page faults of eight large tensors, here and in a thread."""
    names = ("MALLOC_", "GLIBC_TUNABLES", "D2ANIMATOR_ALLOCATOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**kept, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    kept_memory, here, there = done.stdout.split()
    return kept_memory == "True", int(here), int(there)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only of glibc")
def test_memory_that_was_used_once_costs_nothing_again() -> None:
    done, *faults = told()
    assert done
    assert max(faults) < PAGES / 8


def test_whoever_sets_the_allocator_knows_better() -> None:
    assert not told(D2ANIMATOR_ALLOCATOR="default")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("MALLOC_TRIM_THRESHOLD_", "100000"), ("GLIBC_TUNABLES", "glibc.malloc.mmap_max=3")],
)
def test_so_does_the_environment(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert not keep_memory.__wrapped__()
