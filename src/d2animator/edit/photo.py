"""Edits of a photo that itself moves: what its head shall do, in place of a motion in W+."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from d2animator.animate.driver import Driver
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import limited, moves_relatively
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import Run
from d2animator.faces.actions import region_gains
from d2animator.faces.detector import Picture
from d2animator.faces.motion import Observation, Points
from d2animator.invert.sources import Sources
from d2animator.performers.photo.edits import disentangled
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.photo import Photo, Photographed
from d2animator.performers.photo.retarget import Retargeter
from d2animator.performers.photo.target import HeadTarget, at_rest, interpolated


def interpolated_pictures(
    photo: Photo, target: Points, shares: NDArray[np.float64], options: AnimateOptions
) -> NDArray[np.uint8]:
    """Move a photo to the pose and expression of a face, and draw what lies between.

    Args:
        photo: The photo.
        target: Landmarks (98, 2) of the face.
        shares: How far to go in each picture (B,), 1 for all of it.
        options: ``paste_back`` and ``limit_motion`` matter here.

    Returns:
        Pictures (B, H, W, 3), uint8.
    """
    start = at_rest(photo.subject.fit)
    how = limited(RetargetOptions(), options)
    end = disentangled(photo.subject, pose=target, expression=target, options=how)
    targets = [interpolated(start, end, float(share)) for share in shares]
    performer = Photographed(photo, crop=options.paste_back is False)
    return np.stack(list(performer.show(performer.draw(targets), targets)))


def show_target(photo: Photo, target: HeadTarget, run: Run) -> AnimationResult:
    """Show a photo whose head does one thing, as a picture."""
    performer = Photographed(photo, crop=run.options.paste_back is False)
    observation = Observation(0, Fraction(0), None, True, limited=target.bounded)
    pictures = performer.show(performer.draw([target]), [target])
    frames = iter([(observation, pictures[0])])
    return run.delivery.take(frames, performer.size, composite=True)


def disentangled_photo(
    sources: Sources, photo: Photo, drivers: Mapping[str, Driver], leading: str, run: Run
) -> AnimationResult:
    """Give a photo the pose of one driver and the expression of another.

    Args:
        sources: Has the detector.
        photo: The photo.
        drivers: ``"pose"``, ``"expression"`` or both.
        leading: The one that gives number and times of the frames; the other one repeats its last
            frame when it ends before.
        run: Where the result goes; its driver is the leading one.
    """
    options = run.options
    performer = _PoseAndExpression(photo, sources, drivers, leading, run)
    observations = drivers[leading].observations(sources.tracker(), options)
    return run.perform(performer, observations)


class _PoseAndExpression:
    """A photo whose head turns as one driver's does and whose face moves as another's."""

    def __init__(
        self,
        photo: Photo,
        sources: Sources,
        drivers: Mapping[str, Driver],
        leading: str,
        run: Run,
    ) -> None:
        options = run.options
        gains = region_gains(options.regions, options.gains)
        self._photo, self._leading = photo, leading
        self._streams: dict[str, Iterator[Observation]] = {}
        self._movers: dict[str, Photographed] = {}
        for name, driver in drivers.items():
            how = RetargetOptions(
                relative=name == "expression" and moves_relatively(driver, options),
                gains={
                    region: gain if (region == "pose") == (name == "pose") else 0.0
                    for region, gain in gains.items()
                },
            )
            how = limited(how, options)
            crop = options.paste_back is False
            self._movers[name] = Photographed(photo, Retargeter(photo.subject, how), crop=crop)
            if name != leading:
                self._streams[name] = driver.observations(sources.tracker(), options)
        self._shown = self._movers[leading]
        self.size = self._shown.size
        self.composite, self.in_batches = True, False

    def wanted(
        self, observations: Iterator[Observation]
    ) -> Iterator[tuple[Observation, HeadTarget]]:
        """Put both drivers together; see `Performer`."""
        streams = {**self._streams, self._leading: observations}
        wanted = {name: self._movers[name].wanted(stream) for name, stream in streams.items()}
        last: dict[str, HeadTarget] = {}
        for observation, target in wanted.pop(self._leading):
            last[self._leading] = target
            for name, others in wanted.items():
                _, last[name] = next(others, (None, last.get(name, target)))
            yield observation, _together(at_rest(self._photo.subject.fit), last)

    def draw(self, wanted: Sequence[HeadTarget]) -> Sequence[Picture]:
        """Draw the photo; see `Performer`."""
        return self._shown.draw(wanted)

    def show(self, pictures: Sequence[Picture], wanted: Sequence[HeadTarget]) -> Sequence[Picture]:
        """Show it; see `Performer`."""
        return self._shown.show(pictures, wanted)


def _together(rest: HeadTarget, targets: Mapping[str, HeadTarget]) -> HeadTarget:
    """Pose of one target and expression of another; what neither says stays at rest."""
    pose, face = targets.get("pose", rest), targets.get("expression", rest)
    return replace(
        face,
        rotation=pose.rotation,
        scale=pose.scale,
        translation=pose.translation,
        bounded=pose.bounded or face.bounded,
    )
