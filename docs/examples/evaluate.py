from pathlib import Path

from d2animator import load_bundle
from d2animator.evaluate import protocols
from d2animator.evaluate.benches import drawn_bench
from d2animator.evaluate.puppetbench import STATE_DIM

# A bench whose truth the generator itself knows: the source's look with the driver's state.
bench = drawn_bench(load_bundle().generator, STATE_DIM, pairs=2, sources=2)
jobs = protocols.jobs_of(bench, "cross")
print(protocols.write_jobs(jobs, Path("jobs")))  # what another program is to animate
