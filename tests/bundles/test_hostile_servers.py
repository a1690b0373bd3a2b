"""Servers that mean harm, on this machine: nothing outside the cache is touched, nothing hangs."""

from __future__ import annotations

import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from d2animator.bundles import fetch as fetching
from d2animator.bundles import hosts, transport
from d2animator.bundles import hub as hubs
from d2animator.bundles.bundle import load_bundle
from d2animator.bundles.fetch import cache_folder, fetch
from d2animator.bundles.hub import HubOptions
from d2animator.errors import FetchError, InputError
from tests.bundles import hub_server

DATA = bytes(range(256)) * 64
Talk = Callable[[socket.socket], None]


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """A server that reads a request and then does as it is told; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)  # closing it would not wake who waits
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    talk(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/net.pkl"
    finally:
        over.set()
        thread.join(10)
        listener.close()


def answer(head: bytes, body: bytes = b"") -> Talk:
    return lambda connection: connection.sendall(head + b"\r\n\r\n" + body)


def drip(start: bytes, every: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(200):
            connection.sendall(every)
            time.sleep(0.05)

    return talk


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Limits of time that a test can wait for."""
    for name, seconds in (("ANSWER_S", 0.5), ("SLOW_S", 0.5)):
        monkeypatch.setattr(transport, name, seconds)
    monkeypatch.setattr(fetching, "ATTEMPTS", 2)


@pytest.mark.parametrize(
    ("talk", "text"),
    [
        (drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"), "127"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"x"), "only .* bytes in"),
    ],
    ids=["headers", "content"],
)
def test_a_byte_now_and_then_is_not_waited_for(only_loopback, impatient, talk, text):
    began = time.monotonic()
    with talking(talk) as url, pytest.raises(FetchError, match=text):
        fetch(url)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: many",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5",
        b"HTTP/1.1 two hundred",
        b"no HTTP at all",
        b"HTTP/1.1 302 Found\r\nLocation: http://[bad/x",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999999/x",
        b"HTTP/1.1 302 Found\r\nLocation: https://10.0.0.1/x",
        b"HTTP/1.1 302 Found\r\nLocation: http://example.org/x",
        b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 7-9/3\r\nContent-Length: 2",
        b"HTTP/1.1 999 Odd\r\nContent-Length: 0",
    ],
    ids=lambda head: head.decode()[9:50],
)
def test_answers_that_make_no_sense_are_one_sentence(only_loopback, impatient, head):
    with talking(answer(head)) as url, pytest.raises(FetchError) as caught:
        fetch(url)
    assert len(str(caught.value)) < 500


def test_a_name_that_leads_elsewhere_when_it_is_connected(monkeypatch):
    heard: list[bytes] = []
    look_up = socket.getaddrinfo
    asked: list[str] = []

    def rebound(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        if host != "rebound.example":
            return look_up(host, port, *rest, **more)
        asked.append(host)
        return look_up("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port, *rest, **more)

    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(30)

    def listen() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            heard.append(connection.recv(100))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    url = f"https://rebound.example:{listener.getsockname()[1]}/net.pkl"
    with listener:
        with pytest.raises(FetchError, match=r"rebound\.example is this machine or one of"):
            fetch(url, trusted=False)
        thread.join(30)
    assert heard == [b""]  # not even the beginning of a handshake
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_numbers_of_the_public_internet(number, public):
    assert hosts.is_public_number(number) is public


def test_more_than_any_network_has_is_not_begun(only_loopback, monkeypatch):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999"
    with talking(answer(head)) as url, pytest.raises(FetchError, match="larger than 16 GiB"):
        fetch(url)
    monkeypatch.setattr(fetching, "MOST_BYTES", 1000)
    endless = answer(b"HTTP/1.1 200 OK", DATA)
    with talking(endless) as url, pytest.raises(FetchError, match="larger than"):
        fetch(url)


@pytest.mark.parametrize("name", ["part", "part.json", "record.json", ".lock", "file"])
def test_no_name_of_a_file_is_in_the_way(hub, name):
    hub.plain[f"/{name}"] = DATA
    path = fetch(f"{hub.url}/{name}")
    assert path.read_bytes() == DATA
    assert fetch(f"{hub.url}/{name}") == path
    assert len(hub.log) == 2


def test_a_changed_file_in_the_cache_is_fetched_again(hub, caplog):
    hub.plain["/net.pkl"] = DATA
    path = fetch(f"{hub.url}/net.pkl")
    path.write_bytes(DATA[::-1])
    with pytest.raises(FetchError, match="damaged in the cache"):
        fetch(f"{hub.url}/net.pkl", HubOptions(local_files_only=True))
    with caplog.at_level(logging.WARNING):
        assert fetch(f"{hub.url}/net.pkl").read_bytes() == DATA
    assert "damaged or changed in the cache" in caplog.text
    due = hashlib.sha256(DATA).hexdigest()
    path.write_bytes(DATA[::-1])
    assert fetch(f"{hub.url}/net.pkl#sha256={due}").read_bytes() == DATA


@pytest.mark.parametrize(
    "address",
    [
        "https://[/x",
        "https://a b/x",
        "https://%31%30.0.0.1/x",
        "https://host:port/x",
        "https://ex\nample.org/x",
        "https://é/",
    ],
)
def test_addresses_that_are_none(only_loopback, address):
    with pytest.raises(InputError):
        fetch(address)


def outside(hub_cache: Path) -> set[Path]:
    """All files beside the Hub's cache."""
    return {path for path in hub_cache.parent.rglob("*") if not path.is_relative_to(hub_cache)}


@pytest.fixture
def mirror(hub, tiny_bundle_path, tmp_path, monkeypatch) -> tuple[Any, Path]:
    hub.add("someone/bank", tiny_bundle_path)
    cache = tmp_path / "deep" / "er" / "hub-cache"
    return hub, cache


@pytest.mark.parametrize("word", ["../../../escaped", "/tmp/escaped", "..", "a/../../b"])
def test_a_hostile_etag_writes_nothing_outside(mirror, monkeypatch, word):
    _, cache = mirror
    monkeypatch.setattr(hub_server, "_etag", lambda name, data: word)
    monkeypatch.setattr(hub_server, "_git", lambda data: word)
    monkeypatch.setattr(hub_server, "_sha256", lambda data: word)
    before = outside(cache)
    with pytest.raises(FetchError, match=r"could write outside the cache; nothing of it was used"):
        load_bundle("someone/bank", options=HubOptions(cache_dir=cache))
    with pytest.raises(FetchError, match=r"could write outside the cache"):
        hubs.download_file("hf://someone/bank/config.json", HubOptions(cache_dir=cache))
    assert {path for path in outside(cache) - before if path.is_file()} == set()


def test_a_hostile_commit_writes_nothing_outside(mirror, monkeypatch):
    hub, cache = mirror
    repo = hub.repos["someone/bank"]
    files = repo.commits[repo.branches["main"]]
    repo.branches["main"] = "../../../../escaped"
    repo.commits["../../../../escaped"] = files
    before = outside(cache)
    for wanted in (
        lambda: load_bundle("someone/bank", options=HubOptions(cache_dir=cache)),
        lambda: hubs.download_file("hf://someone/bank/config.json", HubOptions(cache_dir=cache)),
        lambda: hubs.download_file("hf://someone/bank/none.pkl", HubOptions(cache_dir=cache)),
    ):
        with pytest.raises(FetchError, match="could write outside the cache"):
            wanted()
    assert {path for path in outside(cache) - before if path.is_file()} == set()


def test_what_lies_outside_is_never_removed(tmp_path):
    (tmp_path / "kept").write_text("mine")
    snapshot = tmp_path / "cache" / "models--a--b" / "snapshots" / "c"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to(tmp_path / "kept")
    hubs._forget(snapshot / "config.json")
    assert (tmp_path / "kept").read_text() == "mine"
    assert not (snapshot / "config.json").exists()


def test_the_hubs_client_is_as_before_afterwards(mirror):
    from huggingface_hub import HfApi, file_download

    before = (HfApi.repo_info, file_download.get_hf_file_metadata)
    load_bundle("someone/bank", options=HubOptions(cache_dir=mirror[1]))
    assert (HfApi.repo_info, file_download.get_hf_file_metadata) == before


def test_the_caches_folder_without_a_home(monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "D2ANIMATOR_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert cache_folder().name == "urls"
