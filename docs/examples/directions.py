import torch

from d2animator import load_bundle
from d2animator.latent.directions import move

bundle = load_bundle("puppet")
generator, directions = bundle.generator, bundle.directions
if directions is None:
    raise SystemExit("this bundle has no directions")
print(", ".join(directions.names))

coefficients = torch.zeros(1, len(directions))
coefficients[0, 0] = 1.0  # the first direction, as far as is plausible
with torch.no_grad():
    w_plus = generator.mapping(torch.randn(1, generator.z_dim))
    images = generator.synthesis(move(w_plus, directions, coefficients))
