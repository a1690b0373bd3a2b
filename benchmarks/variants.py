"""Heatmaps or coordinates in, a free motion or coefficients over the bank out: which is better?

    python -m benchmarks.variants                                       # small, some minutes
    python -m benchmarks.variants --faces 1200 --steps 2000 --held-out 300 --write

trains the facial action network of a bundle in all four variants on the same pairs, and moves faces
that none has seen: to other states of themselves along the bank's directions, and, where the
generator's codes tell the truth, to the states of other persons. ``--write`` puts the table into
``docs/figures/variants.*``. Pairs and checkpoints lie in ``--work``: a stopped run goes on.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from benchmarks import figures
from d2animator.bundles.bundle import Bundle, load_bundle
from d2animator.distill import augdistiller, heldout
from d2animator.distill.augdistiller import AugOptions, PairPool
from d2animator.distill.samples import detect_codes, fingerprint
from d2animator.distill.shapes import nme_percent
from d2animator.evaluate.preparing import Parts
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions, add_motion, bound_motion
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.training.loop import LoopOptions, step_generator
from tools.puppets.world import STATE_DIM, Z_DIM

INPUTS: tuple[Literal["heatmaps", "coordinates"], ...] = ("heatmaps", "coordinates")
ANSWERS = ("coefficients", "free")


@dataclass(frozen=True)
class Sizes:
    """How much is trained and measured."""

    # Faces in the pool of pairs.
    faces: int = 60
    # Steps of every network.
    steps: int = 300
    # Faces that each network is measured on.
    held_out: int = 48
    # Everything random follows from it.
    seed: int = 0

    def pairs(self) -> AugOptions:
        """How the pool is made: the training's own options, with fewer faces."""
        return AugOptions(sources=self.faces, shard=min(self.faces, 100), seed=self.seed)

    def loop(self) -> LoopOptions:
        """How each network is trained."""
        return LoopOptions(steps=self.steps, learning_rate=2e-3, seed=self.seed)


def measure(bundle: Bundle, sizes: Sizes, work: Path) -> dict[str, Any]:
    """Train and measure all variants.

    Args:
        bundle: Generator, landmark networks and bank; its own action network is not looked at.
        sizes: How much.
        work: Folder of pairs and checkpoints.

    Returns:
        ``rows``, a variant each, and the sizes.
    """
    parts, options = Parts.of(bundle), sizes.pairs()
    pool = augdistiller.collect_pairs(
        parts.generator,
        parts.detect,
        parts.directions,
        parts.statistics,
        options,
        work / f"pairs-{fingerprint(None, parts.name, options)}",
        detector_name=parts.name,
        progress=lambda done, _: print(f"pairs: {done} faces", file=sys.stderr),
    )
    rows = [
        {"input": seen, "answer": answer} | _variant(parts, pool, seen, answer, sizes, work)
        for seen, answer in itertools.product(INPUTS, ANSWERS)
    ]
    return {"model": bundle.config.name, **vars(sizes), "pairs": pool.pairs(), "rows": rows}


def _variant(
    parts: Parts,
    pool: PairPool,
    seen: Literal["heatmaps", "coordinates"],
    answer: str,
    sizes: Sizes,
    work: Path,
) -> dict[str, Any]:
    """Train one variant, or take it up, and measure it."""
    bank, loop = parts.directions, sizes.loop()
    shape = ActionNetworkConfig(
        w_dim=bank.vectors.shape[2],
        layers=bank.vectors.shape[1],
        directions=len(bank) if answer == "coefficients" else 0,
        input=seen,
    )
    torch.manual_seed(sizes.seed)
    network = ActionNetwork(shape)
    name = fingerprint(None, parts.name, sizes.pairs(), loop, shape)

    def report(step: int, numbers: dict[str, float]) -> None:
        print(f"{seen}, {answer}: step {step} {numbers['explained']:.3f}", file=sys.stderr)

    network = augdistiller.train_action(
        network,
        pool,
        bank,
        sizes.pairs(),
        loop,
        checkpoint=work / f"action-{name}.safetensors",
        progress=report,
    )
    found = heldout.measure(
        parts.generator,
        parts.detect,
        network,
        bank,
        parts.statistics,
        sizes.pairs(),
        sizes.held_out,
    )
    return {
        "weights": sum(weight.numel() for weight in network.parameters()),
        "ms_a_pair": _milliseconds(network, pool),
        "explained": _explained(network, pool, parts.directions, sizes),
        "nme_self_percent": found["nme_self_percent"],
        "nme_still_percent": found["nme_still_percent"],
        "nme_cross_percent": _crossed(parts, network, sizes),
    }


@torch.no_grad()
def _explained(network: ActionNetwork, pool: PairPool, bank: Directions, sizes: Sizes) -> float:
    """Share of the motions' variance, over some pairs of the pool, that a network tells."""
    options = replace(sizes.pairs(), batch=1000)
    task = augdistiller.PairTask(network, pool, bank, options)
    _, found = task.batch_loss(0, step_generator(sizes.seed, -78))
    return round(float(found["explained"]), 3)


def _milliseconds(network: ActionNetwork, pool: PairPool) -> float:
    """Time of one pair alone, as in animating, the fastest of some."""
    points = normalise_landmarks(pool.landmarks[:1, 0])
    times = []
    with torch.inference_mode():
        for _ in range(20):
            start = time.perf_counter()
            network(points, points + 0.01)
            times.append(time.perf_counter() - start)
    return round(1000 * min(times), 2)


@torch.no_grad()
def _crossed(parts: Parts, network: ActionNetwork, sizes: Sizes) -> float | None:
    """NME of sources moved like other persons, against the generator's own true answer, in %."""
    generator = parts.generator
    if generator.z_dim != Z_DIM:
        return None
    random = step_generator(sizes.seed, -77)
    looks, states = (
        torch.randn(sizes.held_out, generator.z_dim, generator=random) for _ in range(2)
    )
    truth = torch.cat([states[:, :STATE_DIM], looks[:, STATE_DIM:]], 1)

    def seen(codes: Tensor) -> Tensor:
        return detect_codes(generator, parts.detect, codes)[0].float()

    codes = generator.mapping(looks)
    points = [normalise_landmarks(seen(generator.mapping(z))) for z in (looks, states, truth)]
    delta = network(points[0], points[1])
    delta = bound_motion(codes, delta, parts.statistics.w_avg, parts.statistics.limits)
    moved = normalise_landmarks(seen(add_motion(codes, delta)))
    return round(float(nme_percent(moved, points[2]).mean()), 3)


def markdown(data: Mapping[str, Any]) -> str:
    """The table of the documentation."""
    header = (
        *("sees, answers", "weights", "ms a pair", "motion explained"),
        *("NME self, %", "without motion, %", "NME cross, %"),
    )
    columns = (
        *("weights", "ms_a_pair", "explained"),
        *("nme_self_percent", "nme_still_percent", "nme_cross_percent"),
    )
    rows = [
        (f"{row['input']}, {row['answer']}", *(row[column] for column in columns))
        for row in data["rows"]
    ]
    best = min(data["rows"], key=lambda row: row["nme_cross_percent"] or row["nme_self_percent"])
    return (
        f"{data['faces']} faces, {data['pairs']} pairs, {data['steps']} steps; {data['held_out']} "
        f"faces measured. Best: {best['input']} in, {best['answer']} out.\n\n"
    ) + figures.table(header, rows)


def main() -> None:
    """Command line."""
    usual = Sizes()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--faces", type=int, default=usual.faces, help="in the pool of pairs")
    parser.add_argument("--steps", type=int, default=usual.steps, help="of each network")
    parser.add_argument("--held-out", type=int, default=usual.held_out, help="faces measured")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--work", type=Path, default=Path("runs/variants"))
    parser.add_argument("--write", action="store_true", help="into the documentation")
    asked = parser.parse_args()
    sizes = replace(
        usual, faces=asked.faces, steps=asked.steps, held_out=asked.held_out, seed=asked.seed
    )
    data = measure(load_bundle(asked.model), sizes, asked.work)
    print(markdown(data))
    if asked.write:
        command = (
            f"python -m benchmarks.variants --faces {sizes.faces} --steps {sizes.steps} "
            f"--held-out {sizes.held_out} --write"
        )
        figures.write("variants", data, markdown(data), command)
        figures.fill_pages()


if __name__ == "__main__":
    main()
