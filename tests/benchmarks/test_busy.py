"""Endless loops beside the work end with it."""

from __future__ import annotations

import subprocess

from benchmarks import busy


def test_loops_end_with_their_block(monkeypatch) -> None:
    started = []
    begin = subprocess.Popen

    def noted(*words):
        started.append(begin(*words))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with busy.busy(2):
        assert [loop.poll() for loop in started] == [None, None]
    assert all(loop.poll() is not None for loop in started)
