"""The row of moving photos shows what users get, and needs no inversion."""

from __future__ import annotations

import numpy as np
import pytest

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import load_bundle
from d2animator.errors import ConfigError
from d2animator.evaluate.ablation import ablate
from d2animator.evaluate.benches import drawn_bench
from d2animator.evaluate.preparing import Parts
from d2animator.evaluate.puppetbench import STATE_DIM
from d2animator.evaluate.rows import METHODS, Answers, check_rows, framed
from d2animator.faces.pixels import to_pictures
from d2animator.marks.options import UNMARKED
from tests.evaluate.test_ablation import QUICK


def test_the_photo_row_is_what_animate_gives(bundle, bench, tmp_path):
    told: list[tuple[str, int]] = []
    animator = D2Animator(bundle, marks=UNMARKED)
    answers = Answers(
        Parts.of(bundle),
        bench,
        animator.sources,
        QUICK,
        tmp_path,
        lambda what, done, figures: told.append((what, done)),
    )
    pictures = to_pictures(answers.of("photo").images())
    for answer, (source, driver) in zip(pictures, bench.pairs, strict=True):
        alone = animator.animate(bench.sources[source], bench.drivers[driver], renderer="photo")
        assert alone.images is not None
        np.testing.assert_array_equal(answer, alone.images[0])
    assert told == [("photo", done) for done in (1, 2, 3)]
    again = answers.of("photo")
    assert again.content == float(pictures.sum(dtype=np.float64))
    assert len(told) == 3


def test_nothing_is_inverted_for_the_photo_row(bundle, bench, judges, tmp_path):
    rows = ("photo", "photo_framed")
    table = ablate(Parts.of(bundle), bench, judges, tmp_path, rows=rows, options=QUICK)
    assert [row.method for row in table.rows] == ["photo", "photo_framed"]
    assert table.still is None
    assert table.drivers_points > 0
    assert table.plain()["no_motion"] is None
    assert not list(tmp_path.glob("prepared-*"))
    assert not (tmp_path / "inverted").exists()


def test_framed_answers_stand_where_the_bench_has_faces():
    bundle = load_bundle()
    parts = Parts.of(bundle)
    drawn = drawn_bench(bundle.generator, STATE_DIM, pairs=2, sources=1).sources
    shifted = np.roll(drawn, 24, 2)
    usual, back = (to_pictures(framed(parts.detect, one, parts.size)) for one in (drawn, shifted))
    middle = np.s_[:, 32:-32, 64:-64]
    differs = np.abs(usual[middle].astype(float) - back[middle]).mean()
    assert differs < 0.25 * np.abs(usual[middle].astype(float) - shifted[middle]).mean()


def test_rows_stand_in_the_order_of_the_table():
    assert check_rows(("photo", "oracle", "full")) == ("full", "oracle", "photo")
    assert METHODS[-2:] == ("photo", "photo_framed")
    with pytest.raises(ConfigError, match=r"rows: expected some of .*, photo_framed, got 'best'"):
        check_rows(("best",))
