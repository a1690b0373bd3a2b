"""The frames of a video that is a source: its face followed, and the one to invert chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from d2animator.errors import MediaError, NoFaceError
from d2animator.faces.actions import ACTIONS, measure_actions
from d2animator.faces.choice import looked_at, parse_choice
from d2animator.faces.detector import Picture
from d2animator.faces.follow import FaceFollower, FaceSource
from d2animator.faces.layouts import POINTS
from d2animator.faces.motion import Observation, OneEuroFilter, Points
from d2animator.media.clip import Clip
from d2animator.media.video import Frame

# Frames with the face among which the one to invert is looked for: some twenty seconds.
_LOOKED_AT = 500


@dataclass(frozen=True, eq=False)
class Shot:
    """A frame of a source video.

    Attributes:
        frame: The frame.
        points: Landmarks (P, 2) of the followed face in its pixels; None where it is not seen.
        score: How sure the detector is, 0 to 1.
        cut: Whether the frame begins a new take.
    """

    frame: Frame
    points: Points | None
    score: float
    cut: bool


def follow_shots(clip: Clip, source: FaceSource, face: str) -> Iterator[Shot]:
    """Follow one face through a source video.

    Args:
        clip: Its frames are read as far as shots are taken.
        source: Finds faces; one that has seen nothing of another clip.
        face: Whom to follow, as in ``AnimateOptions.source_face``.

    Yields:
        Every frame. Whoever takes the place of the chosen person after a cut is nobody.
    """
    follower = FaceFollower(source, (parse_choice("source_face", face),))
    for frame in clip.frames:
        (seen,) = follower.step(frame.image, frame.time)
        own = seen.face.found and seen.person == 0
        points = seen.face.landmarks.astype(np.float64) if own else None
        yield Shot(frame, points, seen.face.score, seen.cut)


def choose_shot(clip: Clip, source: FaceSource, face: str) -> tuple[Frame, Points]:
    """Find the frame to invert: the face in front, eyes open, mouth closed, surely seen.

    Args:
        clip: See `follow_shots`; the first 500 frames that show the face are looked at.
        source: See `follow_shots`.
        face: See `follow_shots`.

    Returns:
        The frame, and the face's landmarks (P, 2) in its pixels.

    Raises:
        NoFaceError: No frame shows such a face.
        MediaError: The clip has a single frame.
    """
    count, looked = 0, 0
    best: tuple[float, Frame, Points] | None = None
    for shot in follow_shots(clip, source, face):
        count += 1
        if shot.points is None:
            continue
        looked += 1
        rating = rate_face(shot.points, shot.score, shot.frame.image)
        if best is None or rating > best[0]:
            best = rating, shot.frame, shot.points
        if looked == _LOOKED_AT:
            break
    if count == 1:
        reason = "has a single frame, which does not move; save it as a picture (.png) to use it"
        raise MediaError(clip.name, reason)
    if best is None:
        raise NoFaceError(clip.name, looked_at(count, face, source))
    return best[1], best[2]


def rate_face(points: Points, score: float, image: Picture) -> float:
    """Tell how good a face is to start from.

    Args:
        points: Its landmarks (P, 2) in pixels.
        score: How sure the detector is, 0 to 1.
        image: The frame (H, W, 3).

    Returns:
        More is better: 1 and a little for a face seen from the front, whole and surely, with open
        eyes and a closed mouth; these two are told of 98 points only.
    """
    inside = ((points >= 0) & (points <= (image.shape[1], image.shape[0]))).all(1).mean()
    seen = score * float(inside)
    if len(points) != POINTS:
        return seen
    done = dict(zip(ACTIONS, measure_actions(torch.from_numpy(points)[None])[0], strict=True))
    front = torch.deg2rad(done["yaw"]).cos() * torch.deg2rad(done["pitch"]).cos()
    awake = torch.minimum(done["eye_right"], done["eye_left"]) - done["mouth_open"]
    return seen * float(front + awake)


def steadied(shots: Iterable[Shot], side: float) -> Iterator[Shot]:
    """Smooth where the face is, so that it does not tremble in its frames.

    Args:
        shots: The frames, in order.
        side: Side of the face's `ffhq_crop` in pixels.

    Yields:
        The same frames with smoothed points.
    """
    follow = OneEuroFilter()
    for shot in shots:
        if shot.points is None or shot.cut:
            follow.reset()
        if shot.points is not None:
            points = side * follow(shot.points / side, float(shot.frame.time))
            shot = replace(shot, points=points)
        yield shot


class Reel:
    """A source video played along with a driver; its last frame is held at the end."""

    def __init__(self, shots: Iterable[Shot]) -> None:
        """Start before the first frame.

        Args:
            shots: All frames of the video, at least one, in order; read one ahead.
        """
        self._shots = iter(shots)
        self._now, self._next = next(self._shots), next(self._shots, None)

    def at(self, observation: Observation) -> Shot:
        """Give what the video shows at an observation's time: its last frame that is not later."""
        while self._next is not None and self._next.frame.time <= observation.time:
            self._now, self._next = self._next, next(self._shots, None)
        return self._now

    def observations(self) -> Iterator[Observation]:
        """Give the video's own frames, as those of a driver that does nothing.

        Each is to be asked for with `at` before the next one is taken.
        """
        shot: Shot | None = self._now
        while shot is not None:
            about = (None, shot.points is not None)
            damaged = shot.frame.damaged
            time = shot.frame.time
            yield Observation(shot.frame.index, time, *about, cut=shot.cut, damaged=damaged)
            shot = self._next
