"""Against a server that speaks the Hub's protocol."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
import torch

from d2animator.bundles import hub as hubs
from d2animator.bundles.bundle import load_bundle, load_generator
from d2animator.bundles.hub import PATTERNS, HubOptions
from d2animator.bundles.locate import resolve
from d2animator.errors import BundleError, ConfigError, FetchError, UnknownModelError
from tests.bundles.hub_server import Repo
from tests.foreign.foreign_files import nvidia_network, write_pickle

NAME = "someone/faces"


@pytest.fixture
def filled(hub, tiny_bundle_path):
    hub.add(NAME, tiny_bundle_path)
    return hub


def weights(bundle):
    return torch.cat([value.flatten().double() for value in bundle.generator.state_dict().values()])


def test_a_cold_download_tells_its_progress(filled, tiny_bundle, tiny_bundle_path):
    told = []
    options = HubOptions(progress=lambda done, total: told.append((done, total)))
    loaded = load_bundle(NAME, options=options)
    assert torch.equal(weights(loaded), weights(tiny_bundle))
    size = sum(path.stat().st_size for path in tiny_bundle_path.iterdir())
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert sorted(filled.fetched()) == sorted(path.name for path in tiny_bundle_path.iterdir())


def test_only_a_bundles_files_are_fetched(filled):
    filled.repos[NAME].commit({"extra.bin": b"x" * 100, "README.md": b"# Card"})
    folder = resolve(NAME)
    assert {path.name for path in folder.iterdir()} <= set(PATTERNS)


def test_a_warm_cache_fetches_no_file(filled):
    first = resolve(NAME)
    filled.log.clear()
    assert resolve(NAME) == first
    assert filled.fetched() == []
    resolve(NAME, HubOptions(force_download=True))
    assert "generator.safetensors" in filled.fetched()


@pytest.mark.parametrize("by_environment", [True, False])
def test_offline_from_the_cache(filled, monkeypatch, by_environment):
    first = resolve(NAME)
    filled.log.clear()
    if by_environment:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert resolve(NAME, HubOptions(local_files_only=not by_environment)) == first
    assert filled.log == []
    with pytest.raises(FetchError, match="not, or not wholly, in the cache"):
        resolve("someone/else", HubOptions(local_files_only=True))


def test_the_cache_serves_when_the_hub_is_down(filled, monkeypatch):
    first = resolve(NAME)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert resolve(NAME) == first
    with pytest.raises(
        FetchError, match=r"127\.0\.0\.1:9 cannot be reached .* check the connection"
    ):
        resolve("someone/else")


@pytest.mark.parametrize("spell", ["option", "at", "scheme"])
def test_a_revision(filled, tiny_bundle_path, tmp_path, spell):
    other = shutil.copytree(tiny_bundle_path, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"name": "second"}))
    commit = filled.add(NAME, other, "v2")
    name = {"option": NAME, "at": f"{NAME}@v2", "scheme": f"hf://{NAME}@v2"}[spell]
    loaded = resolve(name, HubOptions(revision="v2" if spell == "option" else None))
    assert json.loads((loaded / "config.json").read_text())["name"] == "second"
    assert hubs.commit_of(loaded) == commit
    assert json.loads((resolve(NAME) / "config.json").read_text())["name"] == "tiny"
    with pytest.raises(UnknownModelError, match="no such revision; name a branch, tag or commit"):
        resolve(f"{NAME}@v3")


def test_a_subfolder(hub, tiny_bundle_path, tmp_path):
    shutil.copytree(tiny_bundle_path, tmp_path / "repo" / "small")
    hub.add(NAME, tmp_path / "repo")
    with pytest.raises(UnknownModelError, match="with subfolder: small"):
        resolve(NAME)
    found = resolve(NAME, HubOptions(subfolder="small"))
    assert found == resolve(f"hf://{NAME}/small")
    load_bundle(tmp_path / "repo", options=HubOptions(subfolder="small"))


@pytest.mark.parametrize(
    ("token", "text"),
    [
        (None, r"gated \(401\): ask for it at .*/someone/faces, then log in with `hf auth login`"),
        ("hf_stranger", r"gated, and this token's account has none \(403\): ask for it at "),
    ],
)
def test_gated(filled, token, text):
    filled.repos[NAME].allowed = {"hf_friend"}
    with pytest.raises(FetchError, match=text) as caught:
        resolve(NAME, HubOptions(token=token))
    assert "hf_stranger" not in str(caught.value)
    resolve(NAME, HubOptions(token="hf_friend"))


@pytest.mark.parametrize("token", [None, "hf_anybody"])
def test_missing(hub, token):
    with pytest.raises(UnknownModelError, match="shows no such repository: check the name; if it"):
        resolve("someone/missing", HubOptions(token=token))


def test_a_token_is_not_shown():
    assert "hf_secret" not in repr(HubOptions(token="hf_secret"))


def test_a_broken_connection_is_taken_up_where_it_broke(filled, tiny_bundle, monkeypatch):
    from huggingface_hub import constants

    # The client keeps what came in pieces of 10 MB, far more than a whole tiny bundle.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    whole = len(filled.repos[NAME].at("main")[1]["generator.safetensors"])
    filled.breaks.append(5000)
    assert torch.equal(weights(load_bundle(NAME)), weights(tiny_bundle))
    assert whole > 5000
    assert any(wanted == "bytes=5000-" for _, _, wanted in filled.log)


def test_what_had_come_before_an_interruption_is_not_fetched_again(filled):
    folder = resolve(NAME)
    (folder / "encoder.safetensors").resolve().unlink()
    (folder / "encoder.safetensors").unlink()
    filled.log.clear()
    assert (resolve(NAME) / "encoder.safetensors").is_file()
    assert filled.fetched() == ["encoder.safetensors"]


def test_a_damaged_file_is_named_with_its_hash_and_forgotten(filled, tiny_bundle):
    filled.damaged.add("encoder.safetensors")
    due = listed_hash(filled, "encoder.safetensors")
    with pytest.raises(FetchError, match=r"encoder\.safetensors arrived damaged") as caught:
        resolve(NAME)
    assert due in str(caught.value)
    filled.damaged.clear()
    assert torch.equal(weights(load_bundle(NAME)), weights(tiny_bundle))


def test_a_file_damaged_in_the_cache_is_named_with_its_hash(filled):
    path = (resolve(NAME) / "encoder.safetensors").resolve()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    due = listed_hash(filled, "encoder.safetensors")
    with pytest.raises(
        BundleError, match=f"SHA-256 is [0-9a-f]+, config.json says {due}; fetch it"
    ):
        load_bundle(NAME, options=HubOptions(local_files_only=True))
    load_bundle(NAME, options=HubOptions(force_download=True))


def listed_hash(hub, file):
    return json.loads(hub.repos[NAME].at("main")[1]["config.json"])["files"][file]


def test_a_login_page_is_no_bundle(filled):
    filled.captive = True
    with pytest.raises(FetchError, match=r"is a web page, not the file .*login page.*log in there"):
        resolve(NAME)
    with pytest.raises(FetchError, match="is a web page"):
        load_generator(f"hf://{NAME}/net.pkl")


def test_a_login_page_in_place_of_a_file_is_forgotten(hub):
    page = b"<!DOCTYPE html><html>log in</html>"
    repo = hub.repos[NAME] = Repo()
    repo.commit({"config.json": page})
    with pytest.raises(FetchError, match="is a web page"):
        resolve(NAME)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"model.safetensors": b"x"}, "has no config.json, so it is no bundle; it holds model"),
        ({"net.pkl": b"x"}, f"`d2animator convert hf://{NAME}/net.pkl -o FOLDER` makes one"),
        ({}, "it holds nothing that is wanted"),
    ],
)
def test_a_repository_without_a_bundle(hub, files, text):
    repo = hub.repos[NAME] = Repo()
    repo.commit(files)
    with pytest.raises(UnknownModelError, match=text):
        resolve(NAME)


def test_somebody_elses_configuration(hub):
    repo = hub.repos[NAME] = Repo()
    repo.commit({"config.json": b'{"model_type": "bert", "hidden_size": 768}'})
    with pytest.raises(BundleError, match="describes something else, no bundle of d2animator"):
        load_bundle(NAME)


def test_a_later_format_says_to_update(filled):
    repo = filled.repos[NAME]
    config = json.loads(repo.at("main")[1]["config.json"])
    later = json.dumps(config | {"format_version": 99, "new_part": {}}).encode()
    repo.commit({"config.json": later})
    with pytest.raises(BundleError, match=r"\(format 99, this one reads up to .*pip install -U"):
        load_bundle(NAME)


def test_a_foreign_network_of_the_hub(hub, tiny_generator, tmp_path):
    network = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(tiny_generator)})
    repo = hub.repos[NAME] = Repo()
    repo.commit({"nets/net.pkl": network.read_bytes()})
    loaded = load_generator(f"hf://{NAME}/nets/net.pkl")
    assert torch.equal(loaded.mapping.w_avg, tiny_generator.mapping.w_avg)
    with pytest.raises(UnknownModelError, match="no such file; check its name"):
        load_generator(f"hf://{NAME}/nets/other.pkl")
    wrong = "0" * 64
    with pytest.raises(FetchError, match=f"SHA-256 is [0-9a-f]+, and should be {wrong}"):
        load_generator(f"hf://{NAME}/nets/net.pkl#sha256={wrong}")


@pytest.mark.parametrize(
    ("name", "repo", "revision", "path"),
    [
        ("a/b", "a/b", None, ""),
        ("a/b@v1.0", "a/b", "v1.0", ""),
        ("hf://a/b", "a/b", None, ""),
        ("hf://a/b@main/c/d.pkl", "a/b", "main", "c/d.pkl"),
        ("hf://a/b@refs%2Fpr%2F1/c", "a/b", "refs/pr/1", "c"),
    ],
)
def test_names(name, repo, revision, path):
    assert hubs.split_name(name) == hubs.HubName(repo, revision, path)


@pytest.mark.parametrize("name", ["a", "a/b/c", "hf://a", "hf://a/b/../c", "a/b@", "/a/b"])
def test_names_that_are_none(name):
    with pytest.raises(UnknownModelError, match="expected owner/name"):
        hubs.split_name(name)


@pytest.mark.parametrize(
    "wrong", [{"subfolder": "../x"}, {"subfolder": "/x"}, {"force_download": True}]
)
def test_options_that_contradict(wrong):
    with pytest.raises(ConfigError):
        dataclasses.replace(HubOptions(local_files_only=True), **wrong)
