from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from d2animator.cli import app

needs_server = pytest.mark.skipif(
    importlib.util.find_spec("starlette") is None, reason="the extra web is not installed"
)


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["web", "--no-open", *words])
    return done.exit_code, done.output


def test_there_is_no_tunnel_to_the_public():
    code, said = run("--share")
    assert code == 2
    assert "no tunnel" in said
    assert "--auth" in said


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    code, said = run()
    assert code == 2
    assert "pip install 'd2animator[web]'" in said


@needs_server
def test_a_password_needs_a_user():
    assert run("--auth", "secret") == (2, "error: auth: expected user:password\n")


@needs_server
def test_a_port_that_is_taken_is_said():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = run("--port", str(port))
    assert code == 2
    assert f"{port} is taken by another program" in said


@needs_server
def test_an_address_of_another_machine_is_said():
    code, said = run("--host", "192.0.2.1", "--port", "0")
    assert code == 2
    assert "192.0.2.1" in said


def test_help_and_the_server_load_nothing_heavy():
    """The first page comes before what draws is loaded."""
    code = (
        "import sys\nfrom d2animator.cli import app\n"
        "assert not {'torch', 'numpy', 'starlette', 'uvicorn'} & set(sys.modules)\n"
        "try:\n    import d2animator.web.server, d2animator.web.app\n"
        "except ImportError:\n    pass\n"
        "assert not {'torch', 'numpy', 'cv2', 'av'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@needs_server
@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_it_serves_warns_and_ends_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "d2animator", "web", "--no-open", "--port", "0"]
    command += ["--host", "0.0.0.0", "--model", str(tmp_path / "nowhere")]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as server,
        contextlib.ExitStack() as ending,
    ):
        ending.callback(server.kill)  # or a failure would wait for it without end
        assert server.stdout is not None
        assert server.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(found[0], timeout=60) as page:
            assert b"d2animator" in page.read()
        assert [path.name[:15] for path in tmp_path.iterdir()] == ["d2animator-web-"]
        for _ in range(200):
            with urllib.request.urlopen(f"{found[0]}/api/status", timeout=60) as status:
                if b'"failed"' in status.read():
                    break
            time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 128 + signal.SIGTERM
        said = server.stderr.read()
    assert "whoever reaches this machine" in said
    assert "the model cannot be loaded" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
