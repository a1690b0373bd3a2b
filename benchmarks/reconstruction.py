"""How near do encoder and optimisation come to pictures that the generator never saw?

    python -m tools.puppets render --head HEAD -o held --seed 1002 --count 1000
    python -m benchmarks.reconstruction --renders held --write

inverts renders of a set that no training uses, with the encoder and 100 steps of optimisation, and
writes ``docs/figures/reconstruction.json`` and ``.md``, and a sheet of pictures and what became of
them into ``docs/images/reconstruction.png``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks import figures, gallery
from d2animator.bundles.bundle import load_bundle
from d2animator.bundles.recognition import load_recognition
from d2animator.evaluate import metrics
from d2animator.evaluate.preparing import Parts, draw, read
from d2animator.faces.pixels import from_bytes, to_pictures
from d2animator.invert.optimise import InversionOptions, face_weight, invert
from tools.puppets.people import load_people


def measure(drawn: Tensor, images: Tensor, identity: torch.nn.Module) -> dict[str, float]:
    """Compare pictures (N, 3, R, R) in [-1, 1], one to one."""
    with torch.no_grad():
        one, two = (torch.cat([identity(p) for p in torch.split(x, 32)]) for x in (drawn, images))
    psnr, same = metrics.psnr_db(drawn, images), metrics.cosine_similarity(one, two)
    return {
        "psnr": round(float(psnr.mean()), 3),
        "psnr_median": round(float(psnr.median()), 3),
        "identity": round(float(same.mean()), 4),
        "identity_median": round(float(same.median()), 4),
    }


def run(parts: Parts, images: Tensor, steps: int) -> dict[str, Tensor]:
    """Invert pictures (N, 3, R, R): what the encoder alone and what both together draw."""
    points = read(parts.detect, images).numpy()
    drawn = {}
    for name, count in (("encoder", 0), (f"encoder and {steps} steps", steps)):
        options = InversionOptions(steps=count)
        codes = [
            invert(
                parts.generator,
                parts.encoder,
                image,
                options,
                statistics=parts.statistics,
                weight=face_weight(landmarks, parts.size),
            ).w_plus
            for image, landmarks in zip(torch.split(images, 1), points, strict=True)
        ]
        drawn[name] = draw(parts.generator, torch.cat(codes))
    return drawn


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--renders", type=Path, required=True, help="set of an unseen seed")
    parser.add_argument("--count", type=int, default=200, help="renders")
    parser.add_argument("--steps", type=int, default=100, help="of optimisation")
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--write", action="store_true", help="write docs/figures, docs/images")
    options = parser.parse_args()
    parts = Parts.of(load_bundle(options.model))
    identity = load_recognition().identity
    pictures = load_people([options.renders]).images[: options.count]
    images = from_bytes(pictures)
    if images.shape[-1] != parts.size:
        images = torch.nn.functional.interpolate(images, (parts.size, parts.size), mode="area")
    began = time.monotonic()
    found = run(parts, images, options.steps)
    rows = {name: measure(drawn, images, identity) for name, drawn in found.items()}
    data = {
        "renders": len(images),
        "seconds": round(time.monotonic() - began, 1),
        "rows": rows,
    }
    table = figures.table(
        ["inversion", "PSNR, dB (mean)", "identity cosine (mean)", "(median)"],
        [(name, r["psnr"], r["identity"], r["identity_median"]) for name, r in rows.items()],
    )
    text = f"{len(images)} renders of a seed that no training uses.\n\n{table}"
    print(text)
    if options.write:
        figures.write("reconstruction", data, text, "python -m benchmarks.reconstruction")
        gallery.save("reconstruction.png", _sheet([images, *found.values()]))


def _sheet(kinds: list[Tensor], columns: int = 10) -> np.ndarray[Any, Any]:
    return gallery.sheet([list(to_pictures(kind[:columns])) for kind in kinds])


if __name__ == "__main__":
    main()
