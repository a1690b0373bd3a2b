"""Where one take of a clip ends and another begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from d2animator.arguments import check_fields


@dataclass(frozen=True)
class CutOptions:
    """When a change of the picture is a cut."""

    # Rows and columns of the grid of pixels that two frames are compared on.
    grid: int = 24
    # Least mean change of a pixel, of 255, after taking out the change of brightness.
    least_change: float = 14.0
    # ... and least factor over the mean change of the frames before.
    least_factor: float = 3.5
    # Least share of pixels whose colour class changes hands; a pan keeps its colours.
    least_share: float = 0.22
    # Share of the newest frame in the mean change.
    memory: float = 0.2

    def __post_init__(self) -> None:
        check_fields(self)


class CutDetector:
    """Compares each frame with the one before, on a coarse grid."""

    def __init__(self, options: CutOptions | None = None) -> None:
        self._options = options or CutOptions()
        self._last: npt.NDArray[np.float64] | None = None
        self._usual = 2.0

    def __call__(self, image: npt.NDArray[np.uint8]) -> bool:
        """Tell whether a frame begins a new take; the first one does not.

        Args:
            image: Next frame (H,W,3), uint8.
        """
        grid, last = _grid(image, self._options.grid), self._last
        self._last = grid
        if last is None or last.shape != grid.shape:
            return last is not None
        shift = grid - last
        change = float(np.abs(shift - shift.mean()).mean())
        options = self._options
        jump = change > max(options.least_change, options.least_factor * self._usual)
        if jump and _moved_share(grid, last) > options.least_share:
            # Not part of what is usual, or the next cut would have to be a larger one.
            return True
        self._usual += options.memory * (change - self._usual)
        return False


def _grid(image: npt.NDArray[np.uint8], cells: int) -> npt.NDArray[np.float64]:
    """Mean colours (cells, cells, 3) of up to four by four pixels in each cell."""
    rows = _places(image.shape[0], cells * 4)
    columns = _places(image.shape[1], cells * 4)
    picked = image[np.ix_(rows, columns)].astype(np.float64)
    blocks = picked.reshape(cells, 4, cells, 4, 3)
    return np.asarray(blocks.mean((1, 3)))


def _places(length: int, count: int) -> npt.NDArray[np.int64]:
    return ((np.arange(count) + 0.5) * length / count).astype(np.int64)


def _moved_share(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Half the distance of two colour histograms of 4 x 4 x 4 classes, 0 to 1."""
    counts = [
        np.bincount((grid // 64).astype(int).reshape(-1, 3) @ [16, 4, 1], minlength=64)
        for grid in (one, other)
    ]
    return float(np.abs(counts[0] - counts[1]).sum() / (2 * counts[0].sum()))
