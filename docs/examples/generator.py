import torch

from d2animator import load_generator

generator = load_generator("puppet")
z = torch.randn(4, generator.z_dim)
with torch.no_grad():
    w_plus = generator.mapping(z, truncation_psi=0.8)  # (4, num_ws, w_dim)
    images = generator.synthesis(w_plus)  # (4, 3, R, R) in [-1, 1]
print(tuple(w_plus.shape), tuple(images.shape))
