"""Sources: levels, budgets, the cache, and a bundle that never changes."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from typer.testing import CliRunner

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.cli import app
from d2animator.errors import ConfigError
from d2animator.invert import finetune, prepare
from d2animator.invert.cache import Cache
from d2animator.invert.choice import choose_inversion
from d2animator.invert.optimise import InversionOptions
from d2animator.invert.quality import InversionReport
from d2animator.invert.tune import TuningOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import read_image, write_image
from tests.seeing import picture, seeing

QUICK = InversionOptions(steps=3)
WIDE = np.pad(picture(), ((30, 70), (40, 90), (0, 0)), mode="wrap")


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    tuning = TuningOptions(steps=6, learning_rate=1e-2)
    monkeypatch.setattr(prepare, "_TUNING", {"fast": tuning, "full": tuning})
    full = finetune.FinetuneOptions()
    little = dataclasses.replace(
        full,
        own=dataclasses.replace(full.own, motions=7),
        loop=dataclasses.replace(full.loop, steps=3),
    )
    monkeypatch.setattr(finetune, "FinetuneOptions", lambda: little)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def animator(tiny_bundle: Bundle, cache: Cache) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=QUICK, cache=cache, marks=UNMARKED)


def entries(cache: Cache) -> int:
    return len(list(cache.folder.glob("*"))) if cache.folder.exists() else 0


def test_each_level_comes_nearer(animator: D2Animator) -> None:
    kinds: tuple[dict[str, Any], ...] = (
        {"inversion": "encoder"},
        {"inversion": "optimise"},
        {"tune": "fast"},
    )
    reports = [animator.portrait(picture(), **kind).report for kind in kinds]
    assert [report.level for report in reports] == ["encoder", "optimise", "tune"]
    assert [report.effort for report in reports] == [None, None, "fast"]
    assert reports[0].distance == pytest.approx(reports[0].start_distance, abs=1e-5)
    assert reports[2].distance < reports[1].distance < reports[0].distance
    assert reports[2].psnr > reports[0].psnr
    assert all(report.identity is None and not report.cached for report in reports)


def test_a_tuned_source_leaves_the_bundle_and_other_sources_alone(
    animator: D2Animator, tiny_bundle: Bundle
) -> None:
    bundle = animator.bundle
    before = copy.deepcopy(bundle.generator.state_dict())
    action = copy.deepcopy(bundle.action_network.state_dict())
    other = animator.prepare(picture(5), inversion="encoder")
    seen = other.reconstruction()
    tuned = animator.finetune(picture(), "full")
    assert tuned.action is not None
    assert tuned.action is not bundle.action_network
    again = animator.prepare(picture(5), inversion="encoder")
    assert torch.equal(seen, again.reconstruction())
    assert again.action is None
    for network, kept in ((bundle.generator, before), (bundle.action_network, action)):
        assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
    with torch.no_grad():
        untuned = bundle.generator.synthesis(tuned.w_plus)
    assert not torch.equal(tuned.reconstruction(), untuned)


@pytest.mark.parametrize("tune", ["off", "fast", "full"])
def test_the_second_time_it_is_there_already(
    animator: D2Animator, tiny_bundle: Bundle, cache: Cache, tune: str
) -> None:
    first = animator.prepare(picture(), tune=tune)
    kept = entries(cache)
    other = D2Animator(seeing(tiny_bundle), inversion=QUICK, cache=cache, marks=UNMARKED)
    second = other.prepare(picture(), tune=tune)
    assert (first.report.cached, second.report.cached) == (False, True)
    assert second.report.seconds == pytest.approx(first.report.seconds, rel=0.5)
    assert torch.equal(first.w_plus, second.w_plus)
    assert torch.equal(first.reconstruction(), second.reconstruction())
    assert (first.action is None) == (second.action is None) == (tune != "full")
    assert entries(cache) == kept


def test_nothing_stale_comes_from_the_cache(
    animator: D2Animator, tiny_bundle: Bundle, cache: Cache
) -> None:
    animator.prepare(picture())
    changed = copy.deepcopy(seeing(tiny_bundle).generator)
    with torch.no_grad():
        next(changed.synthesis.parameters()).add_(1e-3)
    retrained = dataclasses.replace(seeing(tiny_bundle), generator=changed)
    nudged = picture()
    nudged[32, 32] ^= 64
    for fresh in (
        animator.prepare(nudged),
        animator.prepare(picture(), seconds=100.0),
        D2Animator(
            seeing(tiny_bundle), inversion=InversionOptions(steps=4), cache=cache, marks=UNMARKED
        ).prepare(picture()),
        D2Animator(retrained, inversion=QUICK, cache=cache, marks=UNMARKED).prepare(picture()),
    ):
        assert not fresh.report.cached
    assert animator.prepare(picture()).report.cached


def test_what_finetune_did_is_taken_from_then_on(animator: D2Animator, cache: Cache) -> None:
    assert animator.prepare(picture()).report.level == "optimise"
    tuned = animator.finetune(picture())
    assert tuned.report.level == "tune"
    taken = animator.prepare(picture())
    assert torch.equal(taken.reconstruction(), tuned.reconstruction())
    assert (taken.report.level, taken.report.cached) == ("tune", True)
    assert animator.prepare(picture(), inversion="encoder").report.level == "encoder"
    assert animator.prepare(picture(), tune="off").report.level == "optimise"
    assert animator.prepare(picture(5)).report.level == "optimise"
    result = animator.animate(picture(), [picture(1)])
    assert result.inversion.level == "tune"
    animator.finetune(picture(), "off")
    assert animator.prepare(picture()).report.level == "optimise"


def test_what_the_cache_lost_is_not_made_again_unasked(animator: D2Animator, cache: Cache) -> None:
    animator.finetune(picture())
    largest = max(cache.folder.iterdir(), key=lambda path: path.stat().st_size)
    largest.unlink()
    assert animator.prepare(picture()).report.level == "optimise"


def test_without_a_cache_everything_works(tiny_bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    animator = D2Animator(
        seeing(tiny_bundle), inversion=QUICK, cache=Cache(tmp_path / "file"), marks=UNMARKED
    )
    assert not animator.prepare(picture()).report.cached
    assert not animator.prepare(picture()).report.cached


def test_identity_is_measured_where_there_is_a_network(tiny_bundle: Bundle, cache: Cache) -> None:
    def colours(images: torch.Tensor) -> torch.Tensor:
        return images.mean((2, 3))

    animator = D2Animator(
        seeing(tiny_bundle), inversion=QUICK, cache=cache, identity=colours, marks=UNMARKED
    )
    report = animator.prepare(picture()).report
    assert report.identity is not None
    assert -1 <= report.identity <= 1


def test_a_poor_inversion_says_what_would_help(
    animator: D2Animator, caplog: pytest.LogCaptureFixture
) -> None:
    rng = np.random.default_rng(0)
    noise = (255 * (rng.random((64, 64, 3)) > 0.3)).astype(np.uint8)
    with caplog.at_level(logging.WARNING, "d2animator"):
        assert animator.prepare(noise, inversion="encoder").report.poor
    assert "optimise or tune comes nearer" in caplog.text
    good = InversionReport("tune", "fast", 0.02, 0.1, 35.0, 0.95, 1.0, cached=False)
    assert good.advice() is None

    def advice(**changes: Any) -> str:
        return dataclasses.replace(good, identity=0.1, **changes).advice() or ""

    assert "tune full" in advice()
    assert "trained on such pictures" in advice(effort="full")
    assert "inversion tune" in advice(level="optimise")
    assert "not very like" in advice(distance=0.2)
    # Of a picture that the generator does not draw, the network of its world is no judge.
    assert not advice(distance=0.15)


@pytest.mark.parametrize(
    ("inversion", "tune", "expected"),
    [
        (None, None, ("optimise", "fast")),
        ("encoder", None, ("encoder", "fast")),
        ("encoder", "off", ("encoder", "fast")),
        ("tune", None, ("tune", "fast")),
        ("tune", "full", ("tune", "full")),
        (None, "full", ("tune", "full")),
        (None, "off", ("optimise", "fast")),
    ],
)
def test_levels_and_tuning_go_together(
    inversion: str | None, tune: str | None, expected: tuple[str, str]
) -> None:
    options = choose_inversion(InversionOptions(), inversion, tune, 3.0)
    assert (options.level, options.effort) == expected
    assert options.seconds == 3.0


@pytest.mark.parametrize(
    ("inversion", "tune", "seconds", "named"),
    [
        ("tune", "off", None, "tune"),
        ("encoder", "fast", None, "tune"),
        (None, "slow", None, "tune"),
        ("guess", None, None, "level"),
        (None, None, 0.0, "seconds"),
    ],
)
def test_what_does_not_go_together_is_named(
    inversion: str | None, tune: str | None, seconds: float | None, named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        choose_inversion(InversionOptions(), inversion, tune, seconds)


def test_off_undoes_an_animators_own_tuning() -> None:
    assert choose_inversion(InversionOptions(level="tune"), tune="off").level == "optimise"


def test_a_wide_picture_comes_back_whole(animator: D2Animator) -> None:
    images = np.stack(show(animator, WIDE, [picture(2 * k) for k in range(6)], paste_back=True))
    assert images.shape[1:] == WIDE.shape
    changed = (images != WIDE).any(axis=(0, 3))
    assert 0 < changed.mean() < 0.9
    assert float(images[:, ~changed].astype(float).std(axis=0).max()) == 0
    one = [picture()]
    assert show(animator, WIDE, one, paste_back=False)[0].shape == (32, 32, 3)
    assert show(animator, WIDE, one, paste_back=False, size=50)[0].shape == (50, 50, 3)
    assert show(animator, WIDE, one, paste_back=True, size=80)[0].shape == (68, 80, 3)
    assert show(animator, picture(), one, paste_back=True)[0].shape == (64, 64, 3)
    assert show(animator, picture(), one)[0].shape == (32, 32, 3)


def show(animator: D2Animator, source: Any, driver: Any, **options: Any) -> tuple[Any, ...]:
    images = animator.animate(source, driver, **options).images
    assert images is not None
    return images


def test_a_code_has_no_picture_to_go_back_to(animator: D2Animator) -> None:
    bare = animator.sources.portrait_of(animator.prepare(picture()).w_plus)
    assert animator.animate(bare, [picture()]).inversion is None
    with pytest.raises(ConfigError, match="paste_back"):
        animator.animate(bare, [picture()], paste_back=True)
    with pytest.raises(ConfigError, match="size"):
        animator.animate(bare, [picture()], size=4)


def test_the_command_line_tunes(tiny_bundle: Bundle, tmp_path: Path) -> None:
    save_bundle(seeing(tiny_bundle), tmp_path / "bundle")
    source = str(write_image(tmp_path / "photo.png", WIDE))
    driver = str(write_image(tmp_path / "driver.png", picture(3)))
    model = ["--model", str(tmp_path / "bundle"), "--device", "cpu", "--json", "-q"]
    runner = CliRunner()

    def run(*words: str) -> Any:
        done = runner.invoke(app, [*words, *model])
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    assert run("finetune", source)["inversion"]["effort"] == "fast"
    target = str(tmp_path / "out.png")
    found = run("animate", source, driver, "-o", target)["inversion"]
    assert (found["level"], found["cached"]) == ("tune", True)
    options = ("--inversion", "encoder", "--crop", "--size", "64", "--seconds", "9")
    found = run("animate", source, driver, "-o", target, *options)["inversion"]
    assert found["level"] == "encoder"
    assert read_image(target).shape == (64, 64, 3)
    done = runner.invoke(
        app, ["animate", source, driver, "--inversion", "encoder", "--tune", "full", *model]
    )
    assert done.exit_code == 2
    assert "leave one out" in done.stderr


@pytest.mark.parametrize("spoil", ["narrow", "nan", "surplus", "empty"])
def test_an_entry_that_does_not_fit_is_made_anew(
    animator: D2Animator, tiny_bundle: Bundle, cache: Cache, spoil: str
) -> None:
    first = animator.prepare(picture())
    for path in cache.folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            figures = file.metadata()
        if "code/w_plus" not in tensors:
            continue
        code = tensors["code/w_plus"]
        changes = {
            "narrow": {"code/w_plus": code[..., :-1].contiguous()},
            "nan": {"code/w_plus": code * torch.nan},
            "surplus": {"generator/no.such.weight": torch.zeros(3)},
            "empty": {},
        }
        kept = {} if spoil == "empty" else tensors
        save_file(kept | changes[spoil], path, figures)
    other = D2Animator(seeing(tiny_bundle), inversion=QUICK, cache=cache, marks=UNMARKED)
    again = other.prepare(picture())
    assert again.report is not None
    assert not again.report.cached
    assert torch.equal(again.w_plus, first.w_plus)
