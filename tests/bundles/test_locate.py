from __future__ import annotations

from pathlib import Path

import pytest

from d2animator.bundles import hub
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.locate import embedded_bundle_path, resolve
from d2animator.errors import FetchError, UnknownModelError


def test_folders(tiny_bundle_path, monkeypatch):
    assert resolve(tiny_bundle_path) == tiny_bundle_path
    assert resolve(str(tiny_bundle_path)) == tiny_bundle_path
    # A folder wins over a repository of the same name.
    monkeypatch.chdir(tiny_bundle_path.parent.parent)
    relative = f"{tiny_bundle_path.parent.name}/{tiny_bundle_path.name}"
    assert hub.is_hub_name(relative)
    assert resolve(relative) == Path(relative)


def test_embedded():
    assert embedded_bundle_path().name == "puppet"
    if not embedded_bundle_path().exists():
        pytest.skip("the embedded bundle is not here")
    assert resolve() == resolve("puppet") == embedded_bundle_path()


def test_what_is_no_bundle_is_refused_and_told_what_is(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"")
    for name, text in (
        (tmp_path, "the folder has no config.json"),
        (tmp_path / "a.pkl", "is a file"),
        (tmp_path / "none", "no such folder"),
        ("none", "no such folder"),
        ("a/b/c", "no such folder"),
        ("./none", "no such folder"),
        ("~/none", "no such folder"),
        ("no\\ne", "no such folder"),
        ("no/ne/", "no such folder"),
        ("", "the folder has no config.json|no such folder"),
    ):
        with pytest.raises(UnknownModelError, match=text) as caught:
            resolve(name)
        assert "owner/name of a repository" in str(caught.value)
        assert caught.value.name == str(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("owner/name", True),
        ("o.w-n/n_a.m-e1", True),
        ("name", False),
        ("./name", False),
        ("../name", False),
        ("a/b/c", False),
        ("/name", False),
        ("owner/", False),
        ("owner/name/", False),
        ("~/name", False),
        ("owner\\name", False),
        ("ownér/name", False),
    ],
)
def test_names_of_repositories(name, expected):
    assert hub.is_hub_name(name) is expected


def test_what_is_not_in_the_cache_cannot_be_had_offline(tmp_path):
    options = HubOptions(cache_dir=tmp_path, local_files_only=True)
    said = "no folder of that name, and .*d2animator download nobody/nothing"
    with pytest.raises(FetchError, match=said):
        resolve("nobody/nothing", options)
