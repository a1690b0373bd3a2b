from pathlib import Path

from d2animator import D2Animator
from d2animator.animate.many import animate_many, pair_up

animator = D2Animator.from_pretrained()
sources = sorted(Path("examples").glob("*.png"))
drivers = sorted(Path("examples").glob("*"))
folder = Path("out")
folder.mkdir()
for outcome in animate_many(animator, pair_up(sources, drivers, folder)):
    print(outcome.pair.output, "failed" if outcome.error else "done")
