"""Trains on the linear world as one process of perhaps several; writes this one's weights.

Usage: ``python -m tests.distill.linear_training FOLDER``, alone or through ``torchrun``.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import torch

from d2animator.distill.options import preset
from d2animator.training import processes
from d2animator.training.loop import LoopOptions, save_tensors
from tests.distill.runs import train
from tests.distill.worlds import LinearWorld, detect


def main() -> None:
    """Run every stage in the folder named on the command line."""
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    options = preset("quick", folder, seed=1)
    loop = LoopOptions(steps=6, save_every=4, report_every=3)
    options = replace(
        options,
        samples=replace(options.samples, count=600, shard=100, picture_size=16, batch=100),
        directions=replace(options.directions, parts=("mouth", "nose"), clusters=(2,), trials=2),
        pairs=replace(options.pairs, sources=12, shard=3, motions=3, batch=15),
        encoder=replace(options.encoder, batch=5, picture_batch=2),
        action_loop=loop,
        code_loop=loop,
        picture_loop=replace(loop, steps=2),
        held_out=4,
    )
    with processes.joined() as team:
        made = train(LinearWorld(), detect, options)
        weights = {
            f"{name}.{key}": value
            for name, network in (("action", made.action_network), ("encoder", made.encoder))
            for key, value in network.state_dict().items()
        }
        save_tensors(folder / f"weights-{team.rank}.safetensors", weights, {})


if __name__ == "__main__":
    main()
