"""How far landmarks went in training, and keeping a driver's motion within that.

A network asked for a larger motion than it was ever shown answers with anything. Training's
changes of landmarks span few independent ways of moving: their principal axes. In units of its
typical size along each axis, a change has a length; nearly all of training's stay below a limit,
and a driver's longer one is shortened to the limit, its direction kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import check_shape
from d2animator.faces.motion import Observation, Points


@dataclass(frozen=True, eq=False)
class LandmarkLimit:
    """What motions a network was trained on.

    Attributes:
        axes: Principal axes of the changes of normalised landmarks (K, P, 2), each divided by the
            changes' standard deviation along it: a product with a change is in typical sizes.
        longest: Length, in typical sizes, that all but few of training's changes keep below.
    """

    axes: NDArray[np.float32]
    longest: float

    def __post_init__(self) -> None:
        check_shape("axes", self.axes, ("K", "P", 2))

    def to(self, device: object) -> LandmarkLimit:
        """Give itself: it is used where the driver's landmarks are, not on a device."""
        del device
        return self

    def length(self, change: NDArray[np.floating]) -> NDArray[np.float64]:
        """Measure changes of landmarks (..., P, 2) in typical sizes (...)."""
        flat = np.asarray(change, np.float64).reshape(*change.shape[:-2], -1)
        along = flat @ self.axes.reshape(len(self.axes), -1).T.astype(np.float64)
        return np.asarray(np.linalg.norm(along, axis=-1))


def measure_limit(
    changes: NDArray[np.floating], *, variance: float = 0.98, share: float = 0.995
) -> LandmarkLimit:
    """Find the range of training's changes.

    Args:
        changes: Changes of normalised landmarks from one picture of a face to another (N, P, 2),
            with each the opposite change as well, or as good as: their mean is taken for zero.
        variance: Share of the changes' variance that the axes explain; what is beyond is noise. By
            default so much that blinks and smiles, small beside turns, have axes too.
        share: Share of the changes that are no longer than the limit.

    Returns:
        The range.
    """
    check_shape("changes", changes, ("N", "P", 2))
    flat = np.asarray(changes, np.float64).reshape(len(changes), -1)
    values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    values, vectors = values[::-1], vectors[:, ::-1]
    count = int(np.searchsorted(np.cumsum(values) / values.sum(), variance)) + 1
    axes = (vectors[:, :count] / np.sqrt(values[:count])).T
    lengths = np.linalg.norm(flat @ axes.T, axis=1)
    shaped = axes.reshape(count, *changes.shape[1:]).astype(np.float32)
    return LandmarkLimit(shaped, float(np.quantile(lengths, share)))


def limited(
    observations: Iterable[Observation], limit: LandmarkLimit, rest: Points
) -> Iterator[Observation]:
    """Shorten the changes that are longer than a network knows.

    Args:
        observations: The stream.
        limit: How far landmarks may go.
        rest: Landmarks (P, 2) that changes are counted from.

    Yields:
        The same observations; ``limited`` where one was changed.
    """
    for observation in observations:
        if observation.landmarks is None:
            yield observation
            continue
        change = observation.landmarks - rest
        length = float(limit.length(change))
        if length <= limit.longest:
            yield observation
        else:
            nearer = rest + change * (limit.longest / length)
            yield replace(observation, landmarks=nearer, limited=True)
