"""What a bundle says of its own making, as the documentation's table of training costs.

    python -m benchmarks.recipe

reads the embedded bundle (or ``--model FOLDER``) and writes ``docs/figures/training.json`` and
``training.md``: sizes of its networks, and the metrics and origin in its ``config.json``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import figures
from d2animator.bundles.bundle import Bundle, load_bundle
from d2animator.bundles.locate import resolve

PARTS = {
    "generator": "generator",
    "finder": "face finder",
    "landmark_network": "landmark network",
    "encoder": "inversion encoder",
    "action_network": "facial action network",
}


def parameters(bundle: Bundle) -> dict[str, int]:
    """Number of trained parameters of each network that the bundle has."""
    networks = {name: getattr(bundle, name) for name in PARTS}
    return {
        PARTS[name]: sum(parameter.numel() for parameter in network.parameters())
        for name, network in networks.items()
        if network is not None
    }


def describe(bundle: Bundle, folder: Path) -> dict[str, object]:
    """All figures.

    Args:
        bundle: The bundle.
        folder: Where it lies.
    """
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    return {
        "parameters": parameters(bundle),
        "megabytes": round(sum(sizes.values()) / 1e6, 1),
        "directions": 0 if bundle.directions is None else len(bundle.directions),
        "metrics": dict(bundle.config.metrics),
        "provenance": dict(bundle.config.provenance),
    }


def markdown(bundle: Bundle, data: dict[str, object]) -> str:
    """The tables of the documentation."""
    sizes = [(name, f"{count / 1e6:.2f}") for name, count in parameters(bundle).items()]
    metrics = [(name.replace("_", " "), value) for name, value in bundle.config.metrics.items()]
    origin = bundle.config.provenance.items()
    return "\n".join(
        [
            f"The bundle takes {data['megabytes']} MB and has {data['directions']} directions.\n",
            figures.table(["network", "million parameters"], sizes),
            figures.table(["measured while training", "value"], metrics),
            figures.table(["origin", "what was run"], [(name, text) for name, text in origin]),
        ]
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    options = parser.parse_args()
    bundle = load_bundle(options.model)
    data = describe(bundle, resolve(options.model))
    figures.write("training", data, markdown(bundle, data), "python -m benchmarks.recipe")


if __name__ == "__main__":
    main()
