"""The smallest puppet generator that the tests of its training share."""

from __future__ import annotations

from d2animator.models.stylegan2 import GeneratorConfig
from tools.puppets.generator_options import MappingTraining
from tools.puppets.world import Z_DIM

TINY = GeneratorConfig(
    z_dim=Z_DIM,
    w_dim=16,
    img_resolution=32,
    num_mapping_layers=2,
    mapping_lr_multiplier=1.0,
    channels={"4": 8, "8": 8, "16": 8, "32": 8},
    noise=False,
)

LESSONS = MappingTraining(steps=5, batch=16, pool=100)
