from __future__ import annotations

import dataclasses
import re
import shutil

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]  # the Hub's client brings it along

from d2animator.bundles.bundle import Bundle, BundleConfig, load_bundle, save_bundle
from d2animator.bundles.card import MARK, model_card
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.info import describe
from d2animator.bundles.locate import resolve
from d2animator.bundles.publish import (
    SAMPLES,
    PushOptions,
    draw_samples,
    push_folder,
    save_with_card,
    write_card,
)
from d2animator.errors import BundleError, ConfigError, FetchError
from d2animator.marks.credentials import read_credentials
from d2animator.media.images import read_image, write_image
from d2animator.models.generators import Generator
from tests.conftest import TINY

# The Hub's client uses a spelling that its own HTTP library warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME = "me/faces"
WRITER = PushOptions(token="hf_writer")


def header(text):
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1])


def test_a_card_says_what_the_bundle_says(tiny_bundle_path):
    config = load_bundle(tiny_bundle_path).config
    config = dataclasses.replace(config, metrics={"nme_self_percent": 3.25}, license="CC-BY-4.0")
    text = model_card(config, repo_id=NAME, pictures=SAMPLES)
    assert header(text) == {
        "library_name": "d2animator",
        "license": "cc-by-4.0",
        "pipeline_tag": "image-to-video",
        "tags": ["d2animator", "face-animation", "gan", "stylegan2"],
    }
    for wanted in (
        f'from_pretrained("{NAME}")',
        "| nme self percent | 3.25 |",
        "| seed | 2 |",
        "## Intended use",
        "## Misuse",
        f"]({SAMPLES})",
        "This bundle's files: CC-BY-4.0",
    ):
        assert wanted in text


def test_a_card_of_a_generator_alone():
    config = BundleConfig(
        TINY, license="LicenseRef-NVIDIA", provenance={"origin": "hf://a/b/c.pkl"}
    )
    text = model_card(config)
    head = header(text)
    assert (head["license"], head["license_name"]) == ("other", "licenseref-nvidia")
    assert head["base_model"] == "a/b"
    assert "pipeline_tag" not in head
    assert "load_generator(" in text
    assert "Nothing was measured." in text
    assert header(model_card(BundleConfig(TINY, license="NOASSERTION")))["license"] == "unknown"


def test_samples_are_the_generators(tiny_generator):
    sheet = draw_samples(tiny_generator, 5)
    assert sheet.shape == (64, 128, 3)
    assert sheet.dtype == np.uint8
    assert (sheet[32:, 32:] == 255).all()
    assert sheet[:32].std() > 1
    np.testing.assert_array_equal(sheet, draw_samples(tiny_generator, 5))
    assert (draw_samples(tiny_generator, 5, seed=1) != sheet).any()


def test_saved_with_a_card_that_is_renewed_until_somebody_takes_it_over(tiny_bundle, tmp_path):
    save_with_card(tiny_bundle, tmp_path / "b", pictures=4)
    card = tmp_path / "b" / "README.md"
    assert read_image(tmp_path / "b" / SAMPLES).shape == (32, 128, 3)
    assert read_credentials(tmp_path / "b" / SAMPLES).says_synthetic
    card.write_text(card.read_text() + "more")
    save_with_card(tiny_bundle, tmp_path / "b", pictures=0)
    assert "more" not in card.read_text()
    assert not (tmp_path / "b" / SAMPLES).exists()
    card.write_text("mine")
    save_with_card(tiny_bundle, tmp_path / "b")
    assert card.read_text() == "mine"


def test_a_card_shows_the_learning_curves_that_lie_beside_it(tiny_bundle, tmp_path):
    write_image(tmp_path / "curves.png", np.zeros((4, 4, 3), np.uint8))
    write_card(tmp_path, tiny_bundle.config, tiny_bundle.generator, pictures=0)
    assert "](curves.png)" in (tmp_path / "README.md").read_text()
    (tmp_path / "curves.png").unlink()
    write_card(tmp_path, tiny_bundle.config, tiny_bundle.generator, pictures=0)
    assert "curves.png" not in (tmp_path / "README.md").read_text()


def test_leaving_the_generator_out_needs_a_place(tiny_bundle, tmp_path):
    with pytest.raises(ConfigError, match="nothing is known of where it is; name a repository"):
        save_with_card(tiny_bundle, tmp_path / "b", elsewhere=True)
    save_bundle(Bundle(BundleConfig(TINY, license="X"), tiny_bundle.generator), tmp_path / "g")
    save_with_card(tiny_bundle, tmp_path / "b", elsewhere="../g")
    text = (tmp_path / "b" / "README.md").read_text()
    assert "is taken from `../g`" in text
    assert "The generator, which lives elsewhere: X" in text
    # Loaded and saved again, it still knows.
    save_with_card(load_bundle(tmp_path / "b"), tmp_path / "c", elsewhere=True, pictures=0)
    assert not (tmp_path / "c" / "generator.safetensors").exists()
    save_bundle(Bundle(BundleConfig(TINY), Generator(TINY)), tmp_path / "other")
    with pytest.raises(ConfigError, match="another generator than this bundle's"):
        save_with_card(tiny_bundle, tmp_path / "d", elsewhere="../other")


def test_pushed_and_pulled_bytes_are_the_same(hub, tiny_bundle_path):
    url = push_folder(tiny_bundle_path, NAME, WRITER)
    commit = hub.repos[NAME].branches["main"]
    assert url == f"{hub.url}/{NAME}/commit/{commit}"
    pulled = resolve(NAME)
    names = sorted(path.name for path in pulled.iterdir())
    assert names == sorted(path.name for path in tiny_bundle_path.iterdir())
    for name in names:
        assert (pulled / name).read_bytes() == (tiny_bundle_path / name).read_bytes()
    files = hub.repos[NAME].at("main")[1]
    card = files["README.md"].decode()
    assert MARK in card
    assert f'from_pretrained("{NAME}")' in card
    assert files[SAMPLES].startswith(b"\x89PNG")
    assert not (tiny_bundle_path / "README.md").exists()


def test_a_second_push_deletes_what_the_bundle_lacks(hub, tiny_bundle, tiny_bundle_path, tmp_path):
    push_folder(tiny_bundle_path, NAME, WRITER)
    hub.repos[NAME].commit({"notes.txt": b"kept"})
    save_with_card(dataclasses.replace(tiny_bundle, encoder=None), tmp_path / "less")
    (tmp_path / "less" / "README.md").write_text("---\nlicense: mit\n---\nmine")
    push_folder(tmp_path / "less", NAME, WRITER)
    files = hub.repos[NAME].at("main")[1]
    assert "encoder.safetensors" not in files
    assert files["notes.txt"] == b"kept"
    assert files["README.md"].endswith(b"mine")


def test_private_branches_and_pull_requests(hub, tiny_bundle_path):
    push_folder(tiny_bundle_path, NAME, dataclasses.replace(WRITER, private=True, revision="v2"))
    assert hub.repos[NAME].private
    assert "config.json" not in hub.repos[NAME].at("main")[1]
    assert "config.json" in hub.repos[NAME].at("v2")[1]
    url = push_folder(tiny_bundle_path, NAME, dataclasses.replace(WRITER, create_pr=True))
    assert url == f"{hub.url}/{NAME}/discussions/1"
    assert "config.json" not in hub.repos[NAME].at("main")[1]
    resolve(NAME, HubOptions(revision="v2", token="hf_writer"))


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("hf_reader", 403)])
def test_a_token_that_may_not_write(hub, tiny_bundle_path, token, status):
    with pytest.raises(
        FetchError, match=rf"may not write there \({status}\); log in with"
    ) as caught:
        push_folder(tiny_bundle_path, NAME, PushOptions(token=token))
    assert "hf_reader" not in str(caught.value)


def test_a_hub_out_of_reach_or_behind_a_login_page(hub, tiny_bundle_path, monkeypatch):
    hub.captive = True
    with pytest.raises(FetchError, match=r"cannot be written: .* is a web page"):
        push_folder(tiny_bundle_path, NAME, WRITER)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FetchError, match=r"cannot be written: http.* cannot be reached"):
        push_folder(tiny_bundle_path, NAME, WRITER)


def test_a_damaged_bundle_is_not_published(hub, tiny_bundle_path, tmp_path):
    folder = shutil.copytree(tiny_bundle_path, tmp_path / "b")
    content = (folder / "encoder.safetensors").read_bytes()
    (folder / "encoder.safetensors").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match="damaged or changed"):
        push_folder(folder, NAME, WRITER)
    assert hub.log == []


def test_info(hub, tiny_bundle_path, tmp_path):
    found = describe(tiny_bundle_path)
    assert (found.name, found.img_resolution, found.lacking) == ("tiny", 32, ())
    sizes = {part.name: part.bytes for part in found.parts}
    assert sizes["encoder"] == (tiny_bundle_path / "encoder.safetensors").stat().st_size
    assert sizes.keys() >= {"generator", "finder", "landmark_network", "directions"}
    commit = hub.add(NAME, tiny_bundle_path)
    there = describe(NAME)
    assert (there.commit, {part.bytes for part in there.parts}) == (commit, {None})
    assert hub.fetched() == ["config.json"]
    assert dataclasses.replace(there, folder="", commit=None, parts=()) == dataclasses.replace(
        found, folder="", parts=()
    )
