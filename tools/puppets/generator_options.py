"""How the puppet generator is built and trained: its shape, its stages and its finish."""

from __future__ import annotations

from dataclasses import dataclass, field

from d2animator.models.stylegan2 import GeneratorConfig
from tools.puppets.critic import CriticConfig
from tools.puppets.world import Z_DIM

# A small StyleGAN2: 256 pixels, 1.6 million parameters. Few mapping layers at full
# learning rate: w is to stay close to z, whose axes are already independent; the third is for what
# is worn, whose shape and colour matter where it is worn alone. The last resolution is thin, as its
# feature maps cost the most.
PUPPET_GENERATOR = GeneratorConfig(
    z_dim=Z_DIM,
    w_dim=256,
    img_resolution=256,
    num_mapping_layers=3,
    mapping_lr_multiplier=1.0,
    channels={"4": 128, "8": 128, "16": 128, "32": 96, "64": 64, "128": 32, "256": 16},
    noise=False,
)


@dataclass(frozen=True)
class Stage:
    """Training at one resolution."""

    resolution: int  # pixels
    steps: int  # optimiser steps
    batch: int  # renders a step
    learning_rate: float  # at the start; demodulated weights bear, and want, large ones
    final_rate: float = 0.5  # share of it that is left at the end


# About 70 minutes on one CPU core, half of it in the last stage.
STAGES = (
    Stage(16, 800, 32, learning_rate=0.05),
    Stage(32, 1_200, 24, learning_rate=0.04),
    Stage(64, 1_800, 16, learning_rate=0.03),
    Stage(128, 3_600, 10, learning_rate=0.02, final_rate=0.02),
    Stage(256, 4_800, 8, learning_rate=0.015, final_rate=0.02),
)

# A generator that is to learn what further entries of z mean goes on from what it knows, once its
# mapping network has learned it; from small pictures on, too.
AGAIN = (
    Stage(16, 2_500, 32, learning_rate=0.05),
    Stage(32, 3_500, 32, learning_rate=0.05),
    Stage(64, 3_000, 16, learning_rate=0.035),
    Stage(128, 2_500, 10, learning_rate=0.02, final_rate=0.2),
    Stage(256, 2_200, 8, learning_rate=0.014, final_rate=0.02),
)


@dataclass(frozen=True)
class MappingTraining:
    """How a mapping network learns what further entries of z mean."""

    steps: int = 6_000  # optimiser steps
    batch: int = 512  # codes a step
    learning_rate: float = 0.02  # at the start
    pool: int = 40_000  # sets of worn things that the lessons are drawn from


@dataclass(frozen=True)
class Finish:
    """How the finish is trained."""

    steps: int = 4_500  # optimiser steps; 0 leaves the finish out
    batch: int = 8  # renders a step
    learning_rate: float = 0.004  # of the generator
    critic_rate: float = 0.2  # the critic's, as a share of it
    adversarial: float = 0.3  # weight of winning against the critic
    features: float = 1.0  # weight of looking the same to it
    penalty: float = 2.0  # of the squared gradient of the critic's scores by the pictures
    penalty_every: int = 8  # steps from one penalty to the next
    critic: CriticConfig = field(default_factory=CriticConfig)


@dataclass(frozen=True)
class GeneratorTraining:
    """How the generator is trained."""

    stages: tuple[Stage, ...] = STAGES
    again: tuple[Stage, ...] = AGAIN  # where the generator of a smaller world goes on
    mapping: MappingTraining = field(default_factory=MappingTraining)  # before ``again``
    finish: Finish = field(default_factory=Finish)
    seed: int = 0  # of weights and batches
    coarse_layers: int = 8  # layers of w_plus that carry pose and expression (paper, section 3.2)
    mixing: float = 0.4  # share of a batch whose fine layers get another state
    gradient_weight: float = 1.0  # of the L1 distance between picture gradients
    detail_weight: float = 3.0  # extra weight of eyes, mouth and what is worn
    config: GeneratorConfig = field(default_factory=lambda: PUPPET_GENERATOR)
