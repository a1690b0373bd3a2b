from __future__ import annotations

import hashlib

import pytest

from d2animator.bundles.bundle import load_bundle, load_generator
from d2animator.bundles.convert import convert
from d2animator.bundles.fetch import cache_folder, fetch, is_address, split_address
from d2animator.bundles.hub import HubOptions
from d2animator.errors import FetchError, UnknownModelError
from tests.foreign.foreign_files import nvidia_network, write_pickle

DATA = bytes(range(256)) * 64
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def url(hub):
    hub.plain["/nets/net.pkl"] = DATA
    return f"{hub.url}/nets/net.pkl"


def requests(hub):
    return [(method, wanted) for method, _, wanted in hub.log]


def test_fetched_once_and_told(hub, url):
    told = []
    path = fetch(url, HubOptions(progress=lambda *state: told.append(state)))
    assert (path.name, path.read_bytes()) == ("net.pkl", DATA)
    assert told[-1] == (len(DATA), len(DATA))
    told.clear()
    assert fetch(url, HubOptions(progress=lambda *state: told.append(state))) == path
    assert told == []  # asked whether it is the same still, and it was
    assert len(hub.log) == 2
    assert fetch(f"{url}#sha256={HASH}") == path
    assert fetch(url, HubOptions(local_files_only=True)) == path
    assert len(hub.log) == 2
    fetch(url, HubOptions(force_download=True))
    assert len(hub.log) == 3


def test_another_version_takes_the_place_of_the_first(hub, url):
    fetch(url)
    hub.plain["/nets/net.pkl"] = DATA[::-1]
    assert fetch(url).read_bytes() == DATA[::-1]


def test_it_goes_on_where_it_broke_off_in_the_same_call(hub, url):
    hub.breaks += [5000, 3000]
    assert fetch(url).read_bytes() == DATA
    assert requests(hub) == [("GET", ""), ("GET", "bytes=5000-"), ("GET", "bytes=8000-")]


def test_it_goes_on_where_it_broke_off_in_the_next_call(hub, url):
    hub.breaks += [5000, 1, 1, 1]
    with pytest.raises(FetchError, match=r"broke off after 5003 bytes .* next try goes on from"):
        fetch(url)
    hub.log.clear()
    assert fetch(url).read_bytes() == DATA
    assert requests(hub) == [("GET", "bytes=5003-")]


def test_a_part_of_another_version_is_not_gone_on_with(hub, url):
    hub.breaks += [5000, 1, 1, 1]
    with pytest.raises(FetchError):
        fetch(url)
    hub.plain["/nets/net.pkl"] = DATA[::-1]
    assert fetch(url).read_bytes() == DATA[::-1]


def test_a_damaged_file_is_named_by_its_hash_and_not_kept(hub, url):
    hub.damaged.add("net.pkl")
    with pytest.raises(FetchError, match=f"SHA-256 is [0-9a-f]+, and should be {HASH}"):
        fetch(f"{url}#sha256={HASH}")
    hub.damaged.clear()
    assert fetch(f"{url}#sha256={HASH}").read_bytes() == DATA


@pytest.mark.parametrize("by_content", [True, False])
def test_a_login_page_is_refused(hub, url, by_content):
    hub.captive = not by_content
    hub.plain["/nets/net.pkl"] = b"\n<html>log in</html>"
    with pytest.raises(FetchError, match=r"net\.pkl is a web page, not the file \(a login page"):
        fetch(url)
    assert not list(cache_folder().rglob("net.pkl"))


def test_a_missing_file(hub):
    with pytest.raises(FetchError, match=r"there is no such file \(404\); check the address"):
        fetch(f"{hub.url}/none.pkl")


def test_out_of_reach_but_in_the_cache(hub, url, caplog):
    path = fetch(url)
    hub.plain.clear()
    assert fetch(url) == path
    assert "using what is in the cache" in caplog.text
    with pytest.raises(FetchError, match=r"cannot be reached .* check the connection"):
        fetch("http://127.0.0.1:9/net.pkl")
    with pytest.raises(FetchError, match="not in the cache, and the network is not to be used"):
        fetch(f"{url}2", HubOptions(local_files_only=True))


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("http://example.org/net.pkl", "use https, or add #sha256="),
        ("https:///net.pkl", "expected an https address"),
        ("https://example.org/net.pkl#sha256=12", "64 hexadecimal digits, got #sha256=12"),
        ("https://example.org/net.pkl#part", "64 hexadecimal digits, got #part"),
    ],
)
def test_addresses_that_are_refused(only_loopback, address, text):
    with pytest.raises(FetchError, match=text):
        fetch(address)


def test_what_is_an_address():
    assert is_address("https://a/b")
    assert is_address("hf://a/b")
    assert not is_address("file:///etc/passwd")
    assert not is_address("a/b")
    where = split_address(f"https://me:pass@a.org/x/%2e%2e%2fn%20t.pkl?sign=1#sha256={HASH}")
    assert (where.sha256, where.file_name) == (HASH, "n_t.pkl")
    assert where.shown == "https://a.org/x/%2e%2e%2fn%20t.pkl"


def test_a_network_at_an_address(hub, tiny_generator, tmp_path):
    file = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(tiny_generator)})
    hub.plain["/net.pkl"] = file.read_bytes()
    address = f"{hub.url}/net.pkl"
    assert load_generator(address).config == load_generator(file).config
    made = convert(address, tmp_path / "out")
    assert made.provenance["origin"] == address
    assert made.name == "net"
    with pytest.raises(UnknownModelError, match="the address of a file, no bundle"):
        load_bundle(address)
