"""How well does a motion go over to another puppet, and what does a second look bring?

    python -m benchmarks.transfer --write

The generator's own puppets are sources and drivers, so that the right answer can be drawn as well:
the source's look with the driver's state. Nothing is inverted: what is measured is the motion
alone, that of `D2Animator.animate` for a driver that is a picture.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from benchmarks import figures

if TYPE_CHECKING:
    from d2animator.bundles.bundle import Bundle
SEED = 77
SPREAD = 0.9  # of z, in standard deviations: rare puppets apart
ACTIONS = ("yaw", "pitch", "mouth_open", "mouth_width", "smile", "eye_right", "gaze_yaw")


@dataclass(frozen=True, eq=False)
class Seen:
    """Codes, their pictures, and what landmarks these have.

    Attributes:
        w_plus: Codes (N, L, D).
        images: Pictures (N, 3, R, R).
        landmarks: Normalised landmarks (N, 98, 2).
        actions: What the faces do (N, A).
    """

    w_plus: Tensor
    images: Tensor
    landmarks: Tensor
    actions: Tensor


class Transfer:
    """Pairs of puppets whose right answer is known."""

    def __init__(self, bundle: Bundle, pairs: int, state_dim: int) -> None:
        """Draw sources, drivers and right answers.

        Args:
            bundle: Generator, landmark networks, action network, statistics.
            pairs: How many.
            state_dim: Entries of z that are the state.
        """
        from d2animator.animator import D2Animator
        from d2animator.evaluate.preparing import Parts
        from d2animator.marks.options import UNMARKED

        self._parts = Parts.of(bundle)
        self._sources = D2Animator(bundle, marks=UNMARKED).sources
        random = torch.Generator().manual_seed(SEED)
        source = SPREAD * torch.randn(pairs, self._parts.generator.z_dim, generator=random)
        driver = SPREAD * torch.randn(pairs, self._parts.generator.z_dim, generator=random)
        answer = torch.cat([driver[:, :state_dim], source[:, state_dim:]], 1)
        self.source, self.driver, self.truth = (self.of_z(z) for z in (source, driver, answer))

    def of_z(self, z: Tensor) -> Seen:
        """Draw z (N, z_dim)."""
        with torch.no_grad():
            return self.see(self._parts.generator.mapping(z))

    def see(self, w_plus: Tensor) -> Seen:
        """Draw codes (N, L, D)."""
        from d2animator.evaluate.preparing import draw, read
        from d2animator.faces.actions import measure_actions
        from d2animator.faces.align import normalise_landmarks

        images = draw(self._parts.generator, w_plus)
        points = read(self._parts.detect, images)
        return Seen(w_plus, images, normalise_landmarks(points), measure_actions(points))

    def moved(self, wanted: Tensor, corrections: int) -> Seen:
        """Move the sources to normalised landmarks (N, 98, 2)."""
        from d2animator.animate.options import AnimateOptions
        from d2animator.evaluate.answering import answer

        options = AnimateOptions(corrections=corrections)
        codes = [
            answer(self._sources, self._sources.portrait_of(code), points, options)
            for code, points in zip(
                torch.split(self.source.w_plus, 1), torch.split(wanted, 1), strict=True
            )
        ]
        return self.see(torch.cat(codes))


def nme_percent(found: Tensor, truth: Tensor) -> float:
    """Mean distance of landmarks (N, 98, 2), in % of the eye distance."""
    from d2animator.distill.shapes import nme_percent as errors

    return float(errors(found, truth).mean())


def follows(found: Seen, transfer: Transfer, action: str) -> tuple[float, float]:
    """How an action's change follows the true one: correlation, and slope through zero."""
    from d2animator.faces.actions import ACTIONS as NAMES

    place = NAMES.index(action)
    start = transfer.source.actions[:, place]
    true = (transfer.truth.actions[:, place] - start).double().numpy()
    got = (found.actions[:, place] - start).double().numpy()
    return float(np.corrcoef(true, got)[0, 1]), float((true * got).sum() / (true * true).sum())


def measure(bundle: Bundle, pairs: int, state_dim: int) -> dict[str, Any]:
    """All figures."""
    from d2animator.bundles.recognition import load_recognition

    identity = load_recognition().identity
    transfer = Transfer(bundle, pairs, state_dim)

    def who(images: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.cat([identity(part) for part in torch.split(images, 16)])

    true = who(transfer.truth.images)
    rows = []
    for driver, wanted in (("another person", transfer.driver), ("the source", transfer.truth)):
        for corrections in (0, 1, 2):
            found = transfer.moved(wanted.landmarks, corrections)
            csim = torch.nn.functional.cosine_similarity(who(found.images), true).mean()
            row: dict[str, Any] = {"driver": driver, "corrections": corrections}
            row |= {"nme": nme_percent(found.landmarks, transfer.truth.landmarks)}
            row |= {"csim": float(csim)}
            row |= {name: follows(found, transfer, name) for name in ACTIONS}
            rows.append(row)
    return {
        "pairs": pairs,
        "still": nme_percent(transfer.source.landmarks, transfer.truth.landmarks),
        "drivers_points": nme_percent(transfer.driver.landmarks, transfer.truth.landmarks),
        "rows": rows,
    }


def markdown(data: dict[str, Any]) -> str:
    """The table of the documentation."""
    header = ["whose landmarks", "corrections", "NME, %", "CSIM", *ACTIONS]
    rows: list[Sequence[object]] = [
        (
            *(row[name] for name in ("driver", "corrections", "nme", "csim")),
            *(f"{row[name][0]:.2f} / {row[name][1]:.2f}" for name in ACTIONS),
        )
        for row in data["rows"]
    ]
    note = (
        f"{data['pairs']} pairs. Without any motion the landmarks are {data['still']:.1f} % off, "
        f"the driver's own, as they are, {data['drivers_points']:.1f} %. Of each action: "
        "correlation with the true change, and slope.\n\n"
    )
    return note + figures.table(header, rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--pairs", type=int, default=96)
    parser.add_argument("--write", action="store_true", help="write docs/figures/transfer.*")
    options = parser.parse_args()
    from d2animator.bundles.bundle import load_bundle
    from tools.puppets.world import STATE_DIM

    data = measure(load_bundle(options.model), options.pairs, STATE_DIM)
    print(json.dumps(data, indent=2))
    print(markdown(data))
    if options.write:
        figures.write("transfer", data, markdown(data), "python -m benchmarks.transfer --write")


if __name__ == "__main__":
    main()
