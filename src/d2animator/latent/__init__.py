"""Moving in a generator's latent space."""
