from __future__ import annotations

import dataclasses
import json

import pytest

from d2animator.bundles.bundle import load_bundle
from d2animator.errors import ConfigError
from d2animator.evaluate.ablation import ablate
from d2animator.evaluate.benches import drawn_bench
from d2animator.evaluate.preparing import Parts
from d2animator.evaluate.puppetbench import STATE_DIM
from d2animator.evaluate.rows import METHODS
from d2animator.evaluate.scores import COLUMNS
from d2animator.evaluate.sizes import ablation_preset

_QUICK = ablation_preset("quick")
QUICK = dataclasses.replace(
    _QUICK,
    state_dim=4,
    inversion=dataclasses.replace(_QUICK.inversion, steps=1),
    pairs=dataclasses.replace(_QUICK.pairs, sources=4, motions=3),
    loop=dataclasses.replace(_QUICK.loop, steps=5),
)


@pytest.fixture(scope="module")
def parts(bundle) -> Parts:
    return Parts.of(bundle)


def test_two_rows_and_again_from_the_folder(parts, bench, judges, tmp_path):
    told: list[str] = []
    rows = ("no_cludistiller", "coarse_swap")
    first = ablate(
        parts,
        bench,
        judges,
        tmp_path,
        rows=rows,
        options=QUICK,
        progress=lambda what, done, figures: told.append(what),
    )
    assert [row.method for row in first.rows] == list(rows)
    assert {"invert sources", "samples", "scored coarse_swap"} <= set(told)
    told.clear()
    again = ablate(
        parts,
        bench,
        judges,
        tmp_path,
        rows=rows,
        options=QUICK,
        progress=lambda what, done, figures: told.append(what),
    )
    assert told == []
    assert again.plain() == first.plain()


def test_the_json_is_what_was_promised(parts, bench, judges, tmp_path):
    table = ablate(parts, bench, judges, tmp_path, rows=("coarse_swap",), options=QUICK)
    plain = json.loads(json.dumps(table.plain()))
    assert list(plain["rows"][0]) == ["method", *COLUMNS]
    assert plain["no_motion"]["method"] == "no_motion"
    assert plain["no_motion"]["csim"] > 0.9  # the source, redrawn
    assert plain["pairs"] == len(bench.pairs)


def test_pictures_can_be_kept(parts, bench, judges, tmp_path):
    kept = {}
    ablate(
        parts,
        bench,
        judges,
        tmp_path,
        rows=("coarse_swap",),
        options=QUICK,
        keep=lambda method, images: kept.update({method: images}),
    )
    assert kept["coarse_swap"].shape == (len(bench.pairs), 3, parts.size, parts.size)


def test_unknown_rows_are_refused(parts, bench, judges, tmp_path):
    with pytest.raises(ConfigError, match="rows: expected some of full, no_finetune"):
        ablate(parts, bench, judges, tmp_path, rows=("magic",))


def test_there_are_two_presets():
    with pytest.raises(ConfigError, match="full or quick"):
        ablation_preset("medium")


@pytest.mark.slow
def test_the_whole_table_on_the_embedded_model(judges, tmp_path):
    """Tiny sizes: nothing is learned well, but the order that needs no learning must show."""
    bundle = load_bundle()
    drawn = drawn_bench(bundle.generator, STATE_DIM, pairs=4, sources=2)
    options = ablation_preset("quick")
    table = ablate(Parts.of(bundle), drawn, judges, tmp_path, options=options)
    rows = {row.method: row for row in table.rows}
    assert tuple(rows) == METHODS
    assert rows["oracle"].nme < rows["no_finetune"].nme < table.still.nme
    # Forty steps teach a network nothing of SeFa's directions, and its corrections lead astray.
    assert all(row.details["faces"] > 0.5 for name, row in rows.items() if name != "sefa")
    assert rows["no_finetune"].nme < rows["no_finetune_no_correction"].nme
    assert rows["full"].nme != rows["no_finetune"].nme
