"""``d2animator layers``: what each layer of a generator does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from d2animator.cli.detectors import named_detector
from d2animator.cli.options import AsJson, Detector, DetectorFile, Device, Quiet, Verbose
from d2animator.cli.report import Report

if TYPE_CHECKING:
    from d2animator.distill.layers import LayerReport


def layers(
    generator: Annotated[
        str, typer.Argument(help="Bundle, or foreign file, with the generator.")
    ] = "puppet",
    pairs: Annotated[int, typer.Option(help="Pairs of faces that exchange layers.")] = 16,
    seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0,
    model: Annotated[
        str | None,
        typer.Option(help="Bundle with the landmark networks.", show_default="the embedded one"),
    ] = None,
    detector: Detector = "bundled",
    detector_file: DetectorFile = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure how far each layer of a generator moves the face, and how far it changes it."""
    report = Report(quiet, verbose)
    from d2animator.bundles.bundle import load_generator
    from d2animator.distill.layers import LayerOptions, measure_layers
    from d2animator.models.generators import layer_rates, usual_coarse_layers

    options = LayerOptions(pairs=pairs, seed=seed)
    network = load_generator(generator, device)
    finds = named_detector(detector, model, device, detector_file)
    with report.bar("exchanging layers") as progress:
        found = measure_layers(network, finds.landmarks_and_scores, options, progress=progress)
    rates, usual = layer_rates(network.config), usual_coarse_layers(network.config)
    summary = {
        "generator": generator,
        "architecture": network.config.architecture,
        "img_resolution": network.img_resolution,
        "layer_rates": list(rates),
        "usual_coarse_layers": usual,
        **found.plain(),
    }
    report.end(summary if as_json else None, lines(found, rates, usual))


def lines(found: LayerReport, rates: tuple[int, ...], usual: int) -> list[str]:
    """Give the table, and what follows from it, as text.

    Args:
        found: What was measured.
        rates: Samples across, one a layer.
        usual: The number of coarse layers that is usual for the shape.
    """
    head = (
        f"{'layer':>5}{'samples':>9}{'moves':>9}{'shape':>9}{'looks':>9}{'moved':>10}{'looked':>9}"
    )
    rows = [
        f"{one.layer:>5}{rate:>9}{one.moves_percent:>8.1f}%{one.shape_percent:>8.1f}%"
        f"{one.looks_percent:>8.1f}%{one.moved_percent:>9.1f}%{one.looked_percent:>8.1f}%"
        for one, rate in zip(found.layers, rates, strict=True)
    ]
    return [
        head,
        *rows,
        "moves, shape: landmarks, in % of the eye distance, when this layer alone is exchanged",
        "looks: change of the look, in % of that between two people",
        "moved, looked: the same, in % of the whole way, for this layer and all before it",
        f"{found.pairs} pairs, landmarks {found.apart_percent:.1f}% of the eye distance apart",
        f"coarse layers: {found.coarse_layers} do {100 * found.share:.0f}% of the way "
        f"(usual for this shape: {usual})",
    ]
