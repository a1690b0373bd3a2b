"""What evaluation asks about a puppet, as numbers read from its code."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from tools.puppets.world import (
    BLOCKS,
    LOOK_BLOCKS,
    SURROUNDINGS,
    Z_DIM,
    State,
    look_from_z,
    split_z,
    state_from_z,
)

Array = NDArray[np.float32]

SKIN_BINS = 4
LOOK_CLASSES = SKIN_BINS * 2 * 2
_LONG_HAIR_CM = 3.0
_LIGHT_HAIR = 0.09  # mean linear intensity that about half of the puppets exceed
_LUMA = np.array((0.2126, 0.7152, 0.0722))


@functools.cache
def expression_names() -> tuple[str, ...]:
    """Names of all expressions that a state can have, sorted."""
    # Entries this large drive every action, one way or the other, and close and turn the eyes.
    probes = (sign * np.full(Z_DIM, 3.0, np.float32) for sign in (1, -1))
    return tuple(sorted({name for z in probes for name in state_from_z(z).expression}))


def expression_vector(state: State) -> Array:
    """Weights (N,) of ``state`` in the order of `expression_names`."""
    weights = [state.expression.get(name, 0.0) for name in expression_names()]
    return np.array(weights, np.float32)


def person_entries() -> NDArray[np.bool_]:
    """Which entries (Z_DIM,) of a code make the person: the look without its surroundings."""
    makes = [name in LOOK_BLOCKS and name not in SURROUNDINGS for name in BLOCKS]
    return np.repeat(makes, list(BLOCKS.values()))


def look_class(z: Array) -> int:
    """The kind of look of code ``z`` (Z_DIM,), 0 to LOOK_CLASSES - 1.

    Tone of the skin in four steps of equal frequency, hair that is long or short, and hair that is
    light or dark: what ImageNet's classes are to the Inception Score, for puppets.
    """
    look = look_from_z(z)
    first_skin_entry = float(split_z(z)["skin"][0])
    # The quartiles of a Gaussian entry.
    skin = int(np.searchsorted((-0.6745, 0.0, 0.6745), first_skin_entry))
    long = look.hair.length > _LONG_HAIR_CM
    light = float(look.hair_colour @ _LUMA) > _LIGHT_HAIR
    return (skin * 2 + int(long)) * 2 + int(light)
