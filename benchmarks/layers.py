"""What each layer of a generator does to landmarks and looks, as a table.

    python -m benchmarks.layers

is ``d2animator layers`` with more pairs and the figures written to ``docs/figures/layers.*``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks import figures

if TYPE_CHECKING:
    from d2animator.bundles.bundle import Bundle
    from d2animator.distill.layers import LayerReport

PAIRS = 24


def measure(bundle: Bundle, pairs: int) -> LayerReport:
    """Measure a bundle's generator with its own landmark networks.

    Args:
        bundle: Has both.
        pairs: How many pairs of faces.
    """
    from d2animator.distill.layers import LayerOptions, measure_layers

    detect = bundle.tracker().landmarks_and_scores
    return measure_layers(bundle.generator, detect, LayerOptions(pairs=pairs))


def markdown(report: LayerReport, rates: Sequence[int]) -> str:
    """The table of the documentation.

    Args:
        report: What was measured.
        rates: Samples across, one a layer.
    """
    header = [
        *("layer", "samples across", "moves, %", "without place, size, roll, %", "looks, %"),
        *("moved with all before, %", "looked with all before, %"),
    ]
    rows = [
        (
            *(one.layer, rate, one.moves_percent, one.shape_percent, one.looks_percent),
            *(one.moved_percent, one.looked_percent),
        )
        for one, rate in zip(report.layers, rates, strict=True)
    ]
    note = (
        f"{report.pairs} pairs of faces whose landmarks lie {report.apart_percent:.1f} % of the "
        f"eye distance apart; {report.coarse_layers} layers do {report.share:.0%} of the way.\n\n"
    )
    return note + figures.table(header, rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args()
    from d2animator.bundles.bundle import load_bundle
    from d2animator.models.generators import layer_rates

    bundle = load_bundle(options.model)
    rates = layer_rates(bundle.generator.config)
    report = measure(bundle, options.pairs)
    data: dict[str, Any] = {"layer_rates": list(rates), **report.plain()}
    print(json.dumps(data, indent=2))
    figures.write("layers", data, markdown(report, rates), "python -m benchmarks.layers")


if __name__ == "__main__":
    main()
