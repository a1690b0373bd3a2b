"""All variants of the facial action network, at a size at which nothing is learned."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import variants
from d2animator.bundles.bundle import Bundle
from tests.seeing import seeing

SIZES = variants.Sizes(faces=3, steps=2, held_out=2)


def test_four_variants_are_trained_once_and_taken_up(tiny_bundle: Bundle, tmp_path: Path) -> None:
    bundle = seeing(tiny_bundle)
    data = variants.measure(bundle, SIZES, tmp_path)
    json.dumps(data, allow_nan=False)
    assert [(row["input"], row["answer"]) for row in data["rows"]] == [
        ("heatmaps", "coefficients"),
        ("heatmaps", "free"),
        ("coordinates", "coefficients"),
        ("coordinates", "free"),
    ]
    assert len({row["weights"] for row in data["rows"]}) == 4
    assert len({row["nme_still_percent"] for row in data["rows"]}) == 1  # the same faces for all
    assert all(row["nme_cross_percent"] is None for row in data["rows"])  # no puppets: no truth
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    assert len(files) == 5
    again = variants.measure(bundle, SIZES, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")} == files
    kept = ("weights", "nme_self_percent")
    assert [[row[k] for k in kept] for row in again["rows"]] == [
        [row[k] for k in kept] for row in data["rows"]
    ]
    text = variants.markdown(data)
    assert "\n| coordinates, free |" in text
    assert text.startswith("3 faces")
