from pathlib import Path

from d2animator import trainer
from d2animator.distill.options import preset, read_options

start = trainer.load_start("puppet")  # or "network.pkl", or a bundle's folder
found, tried = trainer.check_faces(start)
print(f"a face in {found} of {tried} pictures")

settings = ["samples.count=40", "directions.clusters=[2]"]
options = read_options(preset("quick", Path("own.work")), None, settings)
done = trainer.train_bundle(start, "own", options, ["samples"])
print(done)  # None: the other stages are left
