from pathlib import Path

from d2animator.distill import train
from d2animator.distill.options import preset, read_options

start = train.load_start("puppet")  # or "network.pkl", or a bundle's folder
found, tried = train.check_faces(start)
print(f"a face in {found} of {tried} pictures")

settings = ["samples.count=40", "directions.clusters=[2]"]
options = read_options(preset("quick", Path("own.work")), None, settings)
done = train.train_bundle(start, "own", options, ["samples"])
print(done)  # None: the other stages are left
