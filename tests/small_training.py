"""The smallest training that still goes through every stage with the embedded generator."""

from __future__ import annotations

import itertools
from pathlib import Path

CONFIG = """
held_out = 3

[samples]
count = 60
shard = 20
batch = 10

[directions]
parts = ["mouth", "nose"]
clusters = [2, 3]
count = 8
trials = 1
# So few samples are mostly noise.
least_signal = 0.0
least_effect_percent = 0.0
largest_identity = 1.0
least_agreement = 0.0

[pairs]
sources = 6
motions = 2
shard = 2
batch = 16

[action_loop]
steps = 10
save_every = 3
report_every = 2

[encoder]
batch = 4
picture_batch = 1

[code_loop]
steps = 6
save_every = 2
report_every = 2

[picture_loop]
steps = 2
save_every = 1
report_every = 1
"""


def small_config(folder: Path) -> Path:
    """Write the options of that training."""
    path = folder / "small.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def words(output: Path, *more: str | Path) -> list[str]:
    """Arguments of the command line that runs it."""
    given = {"-o": output, "--preset": "quick", "--config": small_config(output.parent)}
    return ["train", *(str(word) for word in itertools.chain(*given.items(), more)), "-q"]
