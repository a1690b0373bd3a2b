"""Rows of the ablation draw what users get: nothing of the product is made a second time."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from torch import Tensor

from d2animator.animator import D2Animator
from d2animator.distill.limits import motion_limit
from d2animator.errors import NoFaceError
from d2animator.evaluate.answering import driving_landmarks
from d2animator.evaluate.methods import LED, Methods
from d2animator.evaluate.preparing import Parts, prepare
from d2animator.invert.cache import Cache
from d2animator.marks.options import UNMARKED
from tests.evaluate.test_ablation import QUICK
from tests.seeing import BLACK, picture

# Of the numbers in codes: `animate` leads pairs alone, the ablation those of a source together.
SAME, OTHER = 5e-6, 1e-4


def silent(what: str, done: int, figures: dict[str, float]) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def methods(bundle, bench, tmp_path_factory) -> Methods:
    work = tmp_path_factory.mktemp("methods")
    parts = Parts.of(bundle)
    return Methods(parts, prepare(parts, bench, QUICK.inversion, work, silent), QUICK, work, silent)


def animated_code(animator: D2Animator, *args: Any, **changes: Any) -> Tensor:
    """The code (1, L, D) that `animate` draws last: that of the only frame."""
    drawn: list[Tensor] = []
    synthesis = animator.bundle.generator.synthesis
    hook = synthesis.register_forward_pre_hook(lambda _, inputs: drawn.append(inputs[0]))
    try:
        animator.animate(*args, **changes)
    finally:
        hook.remove()
    return drawn[-1]


@pytest.mark.parametrize("method", ["full", "no_correction", "no_finetune", "no_cludistiller"])
def test_a_row_draws_what_animate_draws(methods, bench, method):
    animator, codes = methods.animator(method), methods.codes(method)
    for index, (source, driver) in enumerate(bench.pairs):
        portrait = methods.portrait(method, source)
        assert (portrait.action is not None) == LED[method].finetuned
        how = methods.options(method)
        alone = animated_code(animator, portrait, bench.drivers[driver], options=how)
        assert float((codes[index] - alone[0]).abs().max()) < SAME
        assert float((codes[index] - methods.still()[index]).abs().max()) > OTHER


def test_rows_differ_in_what_they_leave_out(methods):
    codes = {method: methods.codes(method) for method in ("full", "no_finetune", "no_correction")}
    for one, other in itertools.combinations(codes.values(), 2):
        assert float((one - other).abs().max()) > OTHER


def test_nor_are_sources_prepared_in_another_way(methods, bench, tmp_path):
    bundle = methods.animator("no_finetune").bundle
    animator = D2Animator(bundle, inversion=QUICK.inversion, cache=Cache(tmp_path), marks=UNMARKED)
    codes = methods.codes("no_finetune")
    for index, (source, driver) in enumerate(bench.pairs):
        alone = animated_code(
            animator, bench.sources[source], bench.drivers[driver], renderer="generator"
        )
        assert float((codes[index] - alone[0]).abs().max()) < SAME


def test_a_row_keeps_to_the_limits_that_its_own_training_measures(methods, bundle):
    for method in ("full", "no_cludistiller"):
        made = methods.animator(method).bundle
        assert made.landmark_limit is not bundle.landmark_limit
        assert made.landmark_limit.longest < bundle.landmark_limit.longest
        vectors, statistics = made.directions.vectors, made.w_statistics
        limit = motion_limit(vectors, statistics, QUICK.pairs.most_active)
        assert made.motion_limit.longest == limit.longest


def test_a_driver_without_a_face_is_named(methods):
    sources = methods.animator("full").sources
    with pytest.raises(NoFaceError, match="driver 1"):
        driving_landmarks(sources, [picture(), BLACK])
