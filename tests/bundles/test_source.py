"""Bundles whose generator lives elsewhere."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil

import pytest
import torch

from d2animator.bundles.bundle import (
    Bundle,
    BundleConfig,
    GeneratorSource,
    load_bundle,
    load_generator,
    save_bundle,
)
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.source import check_same, find_source, point_to
from d2animator.errors import BundleError, ConfigError, FetchError, UnknownModelError
from d2animator.models.generators import Generator
from tests.conftest import TINY
from tests.foreign.foreign_files import nvidia_network, write_pickle


@pytest.fixture
def apart(tiny_bundle, tmp_path):
    """The generator in one folder, under its own licence; all the rest in the one beside it."""
    config = BundleConfig(TINY, name="faces", license="CC-BY-NC-4.0")
    save_bundle(Bundle(config, tiny_bundle.generator), tmp_path / "faces")
    source = point_to("../faces", tmp_path / "bank")
    save_bundle(tiny_bundle, tmp_path / "bank", generator_source=source)
    return tmp_path


def test_the_generator_is_left_out_and_found(apart, tiny_bundle):
    assert not (apart / "bank" / "generator.safetensors").exists()
    loaded = load_bundle(apart / "bank")
    loaded.require()
    z = torch.randn(1, TINY.z_dim)
    assert torch.equal(loaded.generator(z), tiny_bundle.generator(z))
    assert torch.equal(load_generator(apart / "bank")(z), tiny_bundle.generator(z))
    source = loaded.config.generator_source
    assert source is not None
    assert (source.location, source.license) == ("../faces", "CC-BY-NC-4.0")
    assert loaded.config.license == "MIT"
    check_same(loaded.generator, find_source(apart / "bank", source))


def test_it_becomes_whole_when_saved_with_the_generator(apart, tiny_bundle):
    save_bundle(load_bundle(apart / "bank"), apart / "whole")
    shutil.rmtree(apart / "faces")
    z = torch.randn(1, TINY.z_dim)
    assert torch.equal(load_generator(apart / "whole")(z), tiny_bundle.generator(z))


def test_another_generator_in_its_place_is_named_by_hash(apart):
    config = BundleConfig(TINY, name="other")
    save_bundle(Bundle(config, Generator(TINY)), apart / "faces")
    with pytest.raises(BundleError, match=r"another one: its SHA-256 is [0-9a-f]{64}, config.json"):
        load_bundle(apart / "bank")
    path = apart / "faces" / "generator.safetensors"
    with pytest.raises(ConfigError, match="another generator than this bundle's"):
        check_same(Generator(TINY), path)


def test_a_generator_of_a_repository(hub, apart, tiny_bundle):
    commit = hub.add("someone/faces", apart / "faces")
    source = point_to("someone/faces")
    assert (source.revision, source.license) == (commit, "CC-BY-NC-4.0")
    save_bundle(tiny_bundle, apart / "bank", generator_source=source)
    hub.add("someone/bank", apart / "bank")
    # A later generator on the branch changes nothing: the commit is pinned.
    save_bundle(Bundle(BundleConfig(TINY), Generator(TINY)), apart / "faces")
    hub.add("someone/faces", apart / "faces")
    z = torch.randn(1, TINY.z_dim)
    assert torch.equal(load_bundle("someone/bank").generator(z), tiny_bundle.generator(z))
    hub.log.clear()
    load_bundle("someone/bank", options=HubOptions(local_files_only=True))
    assert hub.log == []
    del hub.repos["someone/faces"]
    shutil.rmtree(apart / "hub-cache")
    with pytest.raises(UnknownModelError, match=r"someone/faces.*no such repository"):
        load_bundle("someone/bank")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("{hub}/net.pkl", "a bundle may name https addresses only"),
        ("https://localhost/net.pkl", "localhost is this machine or one of a private network"),
        ("https://10.0.0.1/net.pkl", "10.0.0.1 is this machine or one of a private network"),
        ("https://169.254.169.254/latest", "169.254.169.254 is this machine or one"),
        ("https://[::1]:80/net.pkl", "::1 is this machine"),
        ("https://[bad/net.pkl", "no valid address"),
        ("https://host:99999999/net.pkl", "no valid address"),
    ],
)
def test_a_bundle_may_not_name_what_is_not_public(hub, tiny_bundle, tmp_path, address, text):
    """Whoever loads a bundle would else ask the own network's servers for whoever made it."""
    place = address.format(hub=hub.url)
    with pytest.raises(FetchError, match=re.escape(text)):
        point_to(place)
    source = GeneratorSource(place, "0" * 64)
    save_bundle(tiny_bundle, tmp_path / "bank", generator_source=source)
    with pytest.raises(FetchError, match=re.escape(text)):
        load_bundle(tmp_path / "bank")
    assert hub.log == []


def test_a_foreign_generator(tiny_bundle, tmp_path):
    file = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(tiny_bundle.generator)})
    source = point_to(file)
    assert (source.license, source.revision) == ("NOASSERTION", None)
    save_bundle(tiny_bundle, tmp_path / "bank", generator_source=source)
    loaded = load_bundle(tmp_path / "bank")
    torch.testing.assert_close(loaded.generator.mapping.w_avg, tiny_bundle.generator.mapping.w_avg)
    config = json.loads((tmp_path / "bank" / "config.json").read_text())
    config["generator"]["w_dim"] = 64
    (tmp_path / "bank" / "config.json").write_text(json.dumps(config))
    with pytest.raises(BundleError, match=r"does not fit; wrong shape: .*w_dim is 32, not 64"):
        load_generator(tmp_path / "bank")


def test_a_chain_of_pointers_is_refused(apart, tiny_bundle):
    with pytest.raises(BundleError, match="point to where the generator really is"):
        point_to("bank", apart)


def test_a_source_needs_a_hash(apart):
    source = load_bundle(apart / "bank").config.generator_source
    assert source is not None
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        dataclasses.replace(source, sha256="12")
