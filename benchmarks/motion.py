"""Does the result keep still where the driver does, in time with it, and the shape of its own face?

    python -m benchmarks.motion

Pairs of puppets: one is the source, the other drives, drawn by the bundle's own generator, so that
what the driver does is known. A camera's noise is laid over every frame of the driver. Driver and
result are read by the bundle's own landmark network, in the same way.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import figures
from d2animator import D2Animator
from d2animator.faces.pixels import to_pictures
from d2animator.faces.shape import eye_distance
from d2animator.faces.template import MotionTemplate
from d2animator.invert.prepare import Preparer
from d2animator.marks.options import UNMARKED
from d2animator.performers.portrait import Portrait

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]
Smooth = Literal["euro", "none"]
Motion = Literal["relative", "absolute"]

SMOOTHINGS: tuple[Smooth, ...] = ("euro", "none")
MOTIONS: tuple[Motion, ...] = ("relative", "absolute")
GROUPS = ("pose", "expression")
LEAK = ("apart", "moved", "carried")
TRIED = 8  # directions of a group, of which one is a clip's motion
TRUNCATION = 0.7  # of the puppets: plain ones, whose landmarks are read well
RATE = 25
NOISE = 5.0  # standard deviation of the camera's noise, of 255
BATCH = 8
AMPLITUDE = 0.8  # of the fast motion, in weights of a direction
# Of the fast motion's parts, in Hz: no common period within a clip.
FREQUENCIES = (1.1, 2.3, 3.7)
MOST_LAG = 5
LARGEST_JITTER = 1.2
LARGEST_LAG = 1.0


def jitter(landmarks: Array) -> float:
    """How much landmarks tremble: root mean square of their second differences.

    Args:
        landmarks: (T, P, 2).

    Returns:
        Percent of the distance between the outer eye corners.
    """
    second = np.diff(landmarks, n=2, axis=0)
    return float(100 * np.sqrt((second**2).sum(-1).mean()) / mean_eye_distance(landmarks))


def mean_eye_distance(landmarks: Array) -> float:
    """Mean distance between the outer eye corners of (T, P, 2)."""
    return float(eye_distance(torch.from_numpy(landmarks)).mean())


def lag(truth: Array, landmarks: Array) -> float:
    """By how many frames landmarks come after the truth.

    Args:
        truth: What moves them (T,).
        landmarks: (T, P, 2); their main motion is compared.

    Returns:
        Frames, with parts of one: where the correlation of the two is the largest.
    """
    flat = landmarks.reshape(len(landmarks), -1)
    centred = flat - flat.mean(0)
    main = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    shifts = range(-MOST_LAG, MOST_LAG + 1)
    found = np.array([_correlation(truth, main, shift) for shift in shifts])
    found = found * np.sign(found[MOST_LAG])  # which way the main motion points is chance
    best = int(np.clip(found.argmax(), 1, len(found) - 2))
    before, top, after = found[best - 1 : best + 2]
    bend = before - 2 * top + after
    return best - MOST_LAG + (0.0 if bend == 0 else float(0.5 * (before - after) / bend))


def _correlation(truth: Array, other: Array, shift: int) -> float:
    """Of the truth with what comes ``shift`` frames later."""
    inside = slice(MOST_LAG, len(truth) - MOST_LAG)
    later = slice(MOST_LAG + shift, len(truth) - MOST_LAG + shift)
    return float(np.corrcoef(truth[inside], other[later])[0, 1])


@dataclass(frozen=True)
class Leak:
    """What of the driver's face shape comes through where the driver is at rest.

    Attributes:
        apart: Distance of the driver's landmarks from the source's, % of the eye distance.
        moved: Distance of the result's from the source's, likewise.
        carried: Share of the difference between driver and source that the result has, in %.
    """

    apart: float
    moved: float
    carried: float


def leak(source: Array, driver: Array, result: Array) -> Leak:
    """Compare three faces (P, 2) at rest."""
    wide = mean_eye_distance(source[None])
    wanted, got = driver - source, result - source
    share = float((wanted * got).sum() / (wanted**2).sum())
    far = [float(100 * np.linalg.norm(one, axis=-1).mean() / wide) for one in (wanted, got)]
    return Leak(far[0], far[1], 100 * share)


class Stage:
    """A source, and a driver that is drawn as it is told."""

    def __init__(self, animator: D2Animator, seed: int) -> None:
        self.animator = animator
        bundle = animator.bundle
        self._bank = bundle.bank()
        self._preparer = Preparer(bundle, bundle.tracker, animator.device)
        self._random = torch.Generator().manual_seed(seed)
        self._noise = np.random.default_rng(seed)
        self.source, self._driver = self._person(), self._person()
        self._moving: dict[str, Tensor] = {}

    def _person(self) -> Portrait:
        generator = self.animator.bundle.generator
        with torch.inference_mode():
            z = torch.randn(1, generator.z_dim, generator=self._random).to(self.animator.device)
            return self._preparer.portrait_of(generator.mapping(z, truncation_psi=TRUNCATION))

    def direction(self, group: str) -> Tensor:
        """The one, of a group's first directions (l, D), that moves the driver's landmarks most."""
        if group not in self._moving:
            vectors = self._bank.only(group).vectors[:TRIED]
            own = self._driver.landmarks
            moved = [self._preparer.portrait_of(self._driver.moved(one[None])) for one in vectors]
            far = torch.stack([(one.landmarks - own).norm() for one in moved])
            self._moving[group] = vectors[int(far.argmax())]
        return self._moving[group]

    def film(self, weights: Array, direction: Tensor) -> list[NDArray[np.uint8]]:
        """Draw the driver, moved along a direction frame by frame, under a camera's noise."""
        moves = torch.from_numpy(weights).to(direction)[:, None, None] * direction
        drawn = [to_pictures(self._driver.render(part)) for part in torch.split(moves, BATCH)]
        return [self._seen(picture) for picture in np.concatenate(drawn)]

    def _seen(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        noisy = picture + self._noise.normal(0, NOISE, picture.shape)
        return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

    def follow(self, frames: Iterable[NDArray[np.uint8]]) -> MotionTemplate:
        """What is seen in frames."""
        return self.animator.motions(list(frames))[0]

    def perform(self, motion: MotionTemplate, smooth: Smooth, how: Motion = "relative") -> Array:
        """Animate the source, and read the landmarks (T, P, 2) of the result."""
        done = self.animator.animate(
            self.source, motion, smooth=smooth, motion=how, reference_frame=0
        )
        return self.follow(done.images or ()).landmarks.astype(np.float64)

    def own(self) -> Array:
        """Landmarks (P, 2) of the source at rest."""
        return self.source.landmarks.double().cpu().numpy()


def measure_jitter(stage: Stage, frames: int) -> dict[str, float]:
    """The result's trembling over that of a still driver, for each smoothing."""
    motion = stage.follow(stage.film(np.zeros(frames), stage.direction("pose")))
    driver = jitter(motion.landmarks.astype(np.float64))
    found: dict[str, float] = {"driver_percent": driver}
    for smooth in SMOOTHINGS:
        found[smooth] = jitter(stage.perform(motion, smooth)) / driver
    return found


def measure_lag(stage: Stage, frames: int, group: str) -> dict[str, float]:
    """By how many frames the result comes after what moves the driver, for each smoothing."""
    times = np.arange(frames) / RATE
    waves = np.sum([np.sin(2 * np.pi * one * times + one) for one in FREQUENCIES], axis=0)
    truth = AMPLITUDE * waves / np.abs(waves).max()
    motion = stage.follow(stage.film(truth, stage.direction(group)))
    return {smooth: lag(truth, stage.perform(motion, smooth)) for smooth in SMOOTHINGS}


def measure_leak(stage: Stage) -> dict[str, Leak]:
    """How far the driver's face shape comes through when it is back at rest after a turn."""
    weights = AMPLITUDE * np.array([0, 0, 0.5, 1, 0.5, 0, 0, 0])
    motion = stage.follow(stage.film(weights, stage.direction("pose")))
    driver = motion.landmarks[-1].astype(np.float64)
    return {
        how: leak(stage.own(), driver, stage.perform(motion, "euro", how)[-1]) for how in MOTIONS
    }


def measure(animator: D2Animator, pairs: int, frames: int, seed: int = 0) -> dict[str, Any]:
    """All figures, as medians over pairs of puppets.

    Args:
        animator: What is measured.
        pairs: How many.
        frames: Length of a clip; more than 12.
        seed: Of the puppets and the noise.
    """
    jitters, leaks = [], []
    lags: dict[str, list[dict[str, float]]] = {group: [] for group in GROUPS}
    for index in range(pairs):
        stage = Stage(animator, seed + index)
        jitters.append(measure_jitter(stage, frames))
        leaks.append(measure_leak(stage))
        for group, found in lags.items():
            found.append(measure_lag(stage, frames, group))
    return {
        "pairs": pairs,
        "frames": frames,
        "jitter": _medians(jitters),
        "lag": {group: _medians(found) for group, found in lags.items()},
        "leak": {how: _medians([asdict(one[how]) for one in leaks]) for how in MOTIONS},
        "targets": {"jitter": LARGEST_JITTER, "lag": LARGEST_LAG},
    }


def _medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.median([row[name] for row in rows])), 3) for name in rows[0]}


def markdown(data: dict[str, Any]) -> str:
    """The tables of the documentation."""
    note = f"Medians over {data['pairs']} pairs of puppets, {data['frames']} frames a clip.\n\n"
    header = ["smoothing", "jitter over the driver's", *(f"lag, {one}" for one in GROUPS)]
    rows = [
        (f"`{smooth}`", data["jitter"][smooth], *(data["lag"][one][smooth] for one in GROUPS))
        for smooth in SMOOTHINGS
    ]
    first = figures.table(header, rows)
    header = ["at rest", "driver from source, %", "result from source, %", "carried over, %"]
    shapes = [(how, *(data["leak"][how][name] for name in LEAK)) for how in MOTIONS]
    return note + first + "\n" + figures.table(header, shapes)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--write", action="store_true", help="write docs/figures/motion.*")
    options = parser.parse_args()
    animator = D2Animator.from_pretrained(options.model, marks=UNMARKED)
    data = measure(animator, options.pairs, options.frames)
    command = f"python -m benchmarks.motion --pairs {options.pairs} --frames {options.frames}"
    figures.show("motion", data, markdown(data), command, keep=options.write)


if __name__ == "__main__":
    main()
