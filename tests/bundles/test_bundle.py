from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from d2animator.bundles import store
from d2animator.bundles.bundle import Bundle, load_bundle, load_generator, save_bundle
from d2animator.bundles.description import FILES, NEEDED_TO_ANIMATE, BundleConfig
from d2animator.bundles.store import sha256
from d2animator.errors import BundleError, ConfigError, DeviceError, OutputError
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.models.generators import Generator
from d2animator.models.stylegan3 import AliasFreeConfig
from tests.conftest import TINY

NETWORKS = ("generator", "finder", "landmark_network", "encoder", "action_network")


@pytest.fixture
def folder(tiny_bundle_path: Path, tmp_path: Path) -> Path:
    """A bundle of one's own to spoil."""
    return Path(shutil.copytree(tiny_bundle_path, tmp_path / "bundle"))


def _edit_config(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    edit(config)
    path.write_text(json.dumps(config))


def _edit_tensors(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path)


def _same_networks(one: Bundle, other: Bundle, atol: float) -> None:
    for name in NETWORKS:
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.config == theirs.config
        assert not ours.training
        assert not any(parameter.requires_grad for parameter in ours.parameters())
        for key, value in theirs.state_dict().items():
            torch.testing.assert_close(ours.state_dict()[key], value, rtol=atol, atol=atol)


def test_save_and_load_give_the_same_bundle(tiny_bundle, tiny_bundle_path):
    loaded = load_bundle(tiny_bundle_path)
    _same_networks(loaded, tiny_bundle, atol=0)
    assert loaded.landmark_limit is not None
    assert loaded.landmark_limit.longest == tiny_bundle.landmark_limit.longest
    assert np.array_equal(loaded.landmark_limit.axes, tiny_bundle.landmark_limit.axes)
    for part in ("directions", "w_statistics"):
        for field in dataclasses.fields(getattr(tiny_bundle, part)):
            ours, theirs = (getattr(getattr(b, part), field.name) for b in (loaded, tiny_bundle))
            same = torch.equal(ours, theirs) if isinstance(theirs, torch.Tensor) else ours == theirs
            assert same, field.name
    assert loaded.config.name == "tiny"
    assert loaded.config.provenance == {"seed": "2"}
    assert set(loaded.config.files) == set(FILES.values())
    loaded.require()


def test_saving_again_gives_the_same_files(tiny_bundle_path, tmp_path):
    save_bundle(load_bundle(tiny_bundle_path), tmp_path / "again")
    for file in tiny_bundle_path.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_half_precision_is_smaller_and_close(tiny_bundle, tiny_bundle_path, tmp_path):
    save_bundle(tiny_bundle, tmp_path / "half", half=True)
    loaded = load_bundle(tmp_path / "half")
    _same_networks(loaded, tiny_bundle, atol=1e-3)
    assert all(p.dtype == torch.float32 for p in loaded.generator.parameters())
    name = FILES["generator"]
    sizes = [(path / name).stat().st_size for path in (tmp_path / "half", tiny_bundle_path)]
    assert sizes[0] < 0.7 * sizes[1]


def test_weights_beyond_half_precision_stay_whole(tiny_bundle, tmp_path):
    assert tiny_bundle.w_statistics is not None
    wild = Encoder(tiny_bundle.encoder.config).eval()
    with torch.no_grad():
        wild.code.weight.fill_(1e6)
    save_bundle(dataclasses.replace(tiny_bundle, encoder=wild), tmp_path / "wild", half=True)
    loaded = load_bundle(tmp_path / "wild").encoder
    assert loaded is not None
    assert torch.equal(loaded.code.weight, wild.code.weight)


def test_generator_alone(tiny_generator, tmp_path):
    config = BundleConfig(TINY, name="only")
    save_bundle(Bundle(config, tiny_generator), tmp_path / "only")
    bundle = load_bundle(tmp_path / "only")
    assert bundle.encoder is None
    assert bundle.directions is None
    with pytest.raises(
        BundleError, match=r"only: this bundle lacks parts .*`d2animator train --generator"
    ) as caught:
        bundle.require()
    assert caught.value.missing == NEEDED_TO_ANIMATE
    z = torch.randn(1, 16)
    generator = load_generator(tmp_path / "only")
    assert not generator.training
    torch.testing.assert_close(generator(z), tiny_generator(z), rtol=0, atol=0)


def test_loading_leaves_the_callers_seed_alone(tiny_bundle_path):
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    load_bundle(tiny_bundle_path)
    assert torch.equal(torch.randn(3), expected)


def test_every_wrong_tensor_is_named(folder):
    def spoil(tensors):
        tensors.pop("mapping.w_avg")
        tensors["surplus"] = torch.zeros(1)
        tensors["synthesis.b4.const"] = torch.zeros(16, 4, 5)

    path = folder / "generator.safetensors"
    _edit_tensors(path, spoil)
    with pytest.raises(BundleError) as caught:
        load_generator(folder)
    assert caught.value.path == path
    assert caught.value.missing == ("mapping.w_avg",)
    assert caught.value.unexpected == ("surplus",)
    assert caught.value.mismatched == ("synthesis.b4.const (expected (16, 4, 4), got (16, 4, 5))",)


@pytest.mark.parametrize("file", sorted(set(FILES.values())))
def test_a_surplus_tensor_in_any_file_is_named(folder, file):
    path = folder / file
    save_file({**load_file(path), "surplus": torch.zeros(1)}, path)
    with pytest.raises(BundleError, match=rf"{file}: unexpected: surplus"):
        load_bundle(folder)


@pytest.mark.parametrize("file", sorted(set(FILES.values())))
def test_broken_files(folder, file):
    path = folder / file
    whole = path.read_bytes()
    for content in (b"", b"no safetensors at all", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(BundleError, match=f"{file}: not a whole safetensors file"):
            load_bundle(folder)
    path.unlink()
    with pytest.raises(BundleError, match=f"files do not match config.json; missing: {file}"):
        load_bundle(folder)


def test_changed_weights_are_noticed(folder):
    path = folder / "action.safetensors"
    _edit_tensors(path, lambda tensors: tensors["scale"].add_(1))
    with pytest.raises(BundleError, match="damaged or changed: its SHA-256"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        (None, "metadata; missing: labels"),
        ({"labels": "{}"}, "metadata; missing: names"),
        ({"labels": "{"}, "metadata: Expecting property name"),
        ({"labels": "[]"}, "metadata: list indices"),
        ({"labels": '{"names": [], "groups": [], "sources": []}'}, "metadata: names: expected"),
    ],
)
def test_directions_with_wrong_labels(folder, metadata, text):
    path = folder / "directions.safetensors"
    save_file(load_file(path), path, metadata=metadata)
    _edit_config(folder, lambda c: c["files"].update({path.name: sha256(path)}))
    with pytest.raises(BundleError, match=text):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda c: c["generator"].update(depth=3), r"generator.depth: unknown key; allowed: arch"),
        (lambda c: c.update(nmae="x"), r"nmae: unknown key; did you mean 'name'"),
        (lambda c: c.pop("generator"), "generator: missing in BundleConfig"),
        (lambda c: c["generator"].update(z_dim="16"), r"generator\.z_dim: expected int"),
        (lambda c: c.update(coarse_layers=9), "coarse_layers: expected 1 to 8"),
        (lambda c: c.update(landmark_layout="x"), "landmark_layout: expected one of 'wflw98'"),
        (lambda c: c["files"].update({"x.py": ""}), r"files: no part of a bundle: x\.py"),
        (lambda c: c["files"].pop("encoder.safetensors"), "unexpected: encoder.safetensors"),
        (lambda c: c.update(encoder=None), "unexpected: encoder.safetensors"),
        (lambda c: c.update(format_version=2), "written by a later version.*update d2animator"),
        (lambda c: c["action_network"].update(sigma=-1), "sigma: expected above 0"),
    ],
)
def test_bad_configurations(folder, edit, text):
    _edit_config(folder, edit)
    with pytest.raises(BundleError, match=text):
        load_bundle(folder)


def test_all_unknown_keys_are_named(folder):
    def spoil(config):
        config["one"] = 1
        config["encoder"]["two"] = 2

    _edit_config(folder, spoil)
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    assert caught.value.unexpected == ("encoder.two", "one")


def test_configuration_that_is_no_json(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(BundleError, match="not valid JSON"):
        load_bundle(folder)


def test_another_low_pass_filter_is_refused(tiny_generator, tmp_path):
    config = BundleConfig(TINY)
    state = {name: value.clone() for name, value in tiny_generator.state_dict().items()}
    state["synthesis.b8.resample_filter"] += 1
    other = type(tiny_generator)(TINY)
    other.load_state_dict(state)
    save_bundle(Bundle(config, other), tmp_path / "b")
    with pytest.raises(BundleError, match=r"b8\.resample_filter: only the low-pass filter"):
        load_generator(tmp_path / "b")


def test_parts_have_to_fit_together(tiny_bundle):
    encoder = Encoder(EncoderConfig(4, 31, input_size=32, channels=(8, 8, 8)))
    action = ActionNetwork(ActionNetworkConfig(31, points=68, filters=2, layers=9))
    with pytest.raises(BundleError) as caught:
        dataclasses.replace(tiny_bundle, encoder=encoder, action_network=action)
    assert caught.value.mismatched == (
        "encoder.w_dim is 31, not 32",
        "encoder.num_ws is 4, not 8",
        "action_network.w_dim is 31, not 32",
        "action_network.layers is 9, not 8",
        "action_network.points is 68, not 98",
    )


def test_replacing_a_bundle_keeps_files_that_are_not_ours(tiny_generator, folder):
    (folder / "README.md").write_text("a card")
    (folder / "pictures").mkdir()
    save_bundle(Bundle(BundleConfig(TINY), tiny_generator), folder)
    names = {file.name for file in folder.iterdir()}
    assert names == {"README.md", "pictures", "config.json", "generator.safetensors"}
    assert [file.name for file in folder.parent.iterdir()] == ["bundle"]


def test_other_peoples_folders_are_not_replaced(tiny_bundle, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"a folder without config\.json"):
        save_bundle(tiny_bundle, tmp_path / "notes")
    with pytest.raises(OutputError, match="is a file"):
        save_bundle(tiny_bundle, tmp_path / "notes" / "a.txt")
    with pytest.raises(OutputError, match="cannot be written"):
        save_bundle(tiny_bundle, tmp_path / "notes" / "a.txt" / "b")
    assert (tmp_path / "notes" / "a.txt").read_text() == "mine"


def test_a_failed_save_leaves_the_old_bundle(tiny_bundle, folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    broken = dataclasses.replace(tiny_bundle.config, metrics={"nme": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_bundle(dataclasses.replace(tiny_bundle, config=broken), folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in folder.parent.iterdir()] == ["bundle"]


def test_all_files_have_the_usual_permissions(folder):
    (folder / "usual").touch()
    assert len({file.stat().st_mode for file in folder.iterdir()}) == 1


def test_devices_are_checked_first(tmp_path):
    with pytest.raises(DeviceError):
        load_generator(tmp_path, device="cuda:99")


def test_coarse_layers_stay_within_the_generator():
    with pytest.raises(ConfigError, match="coarse_layers: expected 1 to 6"):
        BundleConfig(dataclasses.replace(TINY, img_resolution=16))


def test_a_few_words_cannot_ask_for_gigabytes(tmp_path):
    """The description is compared with the bounds, then with the file, before anything is built."""
    config = AliasFreeConfig(
        z_dim=4, w_dim=4, img_resolution=16, channel_base=16, channel_max=2, num_layers=3,
        num_critical=1, first_cutoff=1.0, first_stopband=2.0,
    )  # fmt: skip
    save_bundle(Bundle(BundleConfig(config, coarse_layers=2), Generator(config)), tmp_path / "b")
    path = tmp_path / "b" / "config.json"
    plain = json.loads(path.read_text())
    for change, text in (
        ({"margin_size": 15_000}, "margin_size: expected 0 to 64, got 15000"),
        ({"channel_base": 2**23, "channel_max": 8192}, "wrong shape"),
        ({"z_dim": 4096}, r"mapping.fc0.weight \(expected \(4, 4096\), got \(4, 4\)\)"),
        ({"filter_size": 10**9}, "filter_size"),
        ({"num_layers": 10**9}, "num_layers"),
    ):
        path.write_text(json.dumps(plain | {"generator": plain["generator"] | change}))
        began = time.process_time()
        with pytest.raises(BundleError, match=text):
            load_bundle(tmp_path / "b")
        assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"generator": NaN}',
        '{"a": 1e999}',
        "{" + '"a":{' * 50_000,
        '"\\ud800"',
        "\0",
    ],
    ids=["deep list", "NaN", "inf", "deep object", "surrogate", "nul"],
)
def test_json_that_is_none_is_one_sentence(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(BundleError) as caught:
        load_bundle(tmp_path)
    assert len(str(caught.value)) < 500 + len(str(tmp_path))


def test_a_bundle_that_cannot_animate_says_where_it_is_and_what_to_do(tiny_generator, tmp_path):
    save_bundle(Bundle(BundleConfig(TINY), tiny_generator), tmp_path / "b")
    loaded = load_bundle(tmp_path / "b")
    with pytest.raises(
        BundleError, match=f"{tmp_path}/b: .*d2animator train --generator"
    ) as caught:
        loaded.animating()
    assert caught.value.missing == ("encoder", "action_network", "w_statistics")
    for needed in (loaded.bank, loaded.tracker):
        with pytest.raises(BundleError, match="missing: "):
            needed()


def test_what_killed_runs_left_behind_goes(tiny_bundle, tmp_path, monkeypatch):
    half = tmp_path / ".own.0123456789ab.part"
    half.mkdir()
    (half / "config.json").write_text("{}")
    target = tmp_path / "own"
    save_bundle(tiny_bundle, target)
    assert [entry.name for entry in tmp_path.iterdir()] == ["own"]
    (target / "README.md").write_text("mine")
    # Ended between its two moves, a run leaves the old folder under another name: it comes back.
    monkeypatch.setattr(store, "_FORGOTTEN_SECONDS", -1)
    target.rename(tmp_path / ".own.1234.old")
    save_bundle(tiny_bundle, target)
    assert [entry.name for entry in tmp_path.iterdir()] == ["own"]
    assert (target / "README.md").read_text() == "mine"
    shutil.copytree(target, tmp_path / ".own.1234.old")
    save_bundle(tiny_bundle, target)
    assert [entry.name for entry in tmp_path.iterdir()] == ["own"]


def test_a_link_to_a_bundle_stays_one(tiny_bundle, tmp_path):
    save_bundle(tiny_bundle, tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    save_bundle(tiny_bundle, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "config.json").is_file()
    assert {entry.name for entry in tmp_path.iterdir()} == {"real", "link"}
