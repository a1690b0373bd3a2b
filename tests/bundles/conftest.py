"""A Hub on loopback, and a guard that lets nothing else be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.bundles.hub_server import Hub, running


@pytest.fixture
def only_loopback(monkeypatch) -> Iterator[None]:
    """Fail the test if it tries to reach anything but this machine, even if nobody notices."""
    tried: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            tried.append(address)
            raise OSError(f"{address} is out of bounds")
        return connect(self, address)

    def guarded_look_up(host, *args, **kwargs):
        if host not in ("127.0.0.1", "::1", "localhost"):
            tried.append(host)
            raise socket.gaierror(socket.EAI_NONAME, f"{host} is out of bounds")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield
    assert tried == []


@pytest.fixture
def hub(only_loopback, tmp_path, monkeypatch) -> Iterator[Hub]:
    """An empty Hub that the library talks to, with an empty cache and nobody logged in."""
    from huggingface_hub import constants

    # What the client reads from the environment, it reads once, when it is imported.
    for name, value in {
        "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
        "HF_TOKEN_PATH": str(tmp_path / "no-token"),
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_DISABLE_TELEMETRY": True,
        "HF_HUB_OFFLINE": False,
    }.items():
        monkeypatch.setattr(constants, name, value)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("D2ANIMATOR_CACHE", str(tmp_path / "cache"))
    with running() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
