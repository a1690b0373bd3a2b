"""Somebody new in a driver's clip: who they are, and what they do in the frames that show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from d2animator.faces.motion import Observation
from d2animator.head.follow import FollowOptions
from d2animator.head.model import Head
from d2animator.performers.photo.motion import DriverMotion, DriverState, shown_landmarks
from d2animator.performers.photo.options import RetargetOptions


@dataclass(frozen=True, eq=False)
class Meeting:
    """What some frames tell of the person that the first of them shows.

    Attributes:
        frames: The frames' numbers.
        motion: Follows the person; it has followed them through these frames.
        states: What the person does, by the number of the frame; where none shows a face it is
            what was seen before.
        shown: Numbers of the frames that show the person.
    """

    frames: tuple[int, ...]
    motion: DriverMotion
    states: dict[int, DriverState]
    shown: tuple[int, ...]


def meet(
    read: Sequence[Observation], options: FollowOptions | None = None, head: Head | None = None
) -> Meeting:
    """Learn who the first of some frames shows, and what they do in all.

    Args:
        read: Frames, the first with a face.
        options: How the head is fitted.
        head: Another model than the package's own.
    """
    person = before = read[0].person
    shown = [one for one in read if shown_landmarks(one) is not None and one.person == person]
    motion = DriverMotion(shown, options, head)
    states: dict[int, DriverState] = {}
    for one in read:
        before = one.person if shown_landmarks(one) is not None else before
        # A frame without a face belongs to who was seen before.
        state = motion.step(one) if before == person else None
        if state is not None:
            states[one.index] = state
    numbers = tuple(one.index for one in read)
    return Meeting(numbers, motion, states, tuple(one.index for one in shown))


def foreseen(
    frames: Iterator[Observation], options: RetargetOptions, head: Head | None = None
) -> tuple[list[Observation], Meeting | None]:
    """Do of a driver what the first picture waits for and no photo is needed for.

    Args:
        frames: The driver.
        options: How it is carried over.
        head: Another model than the package's own.

    Returns:
        The frames that were read, and what they tell; None where a later one is waited for.
    """
    read = list(islice(frames, options.window))
    if options.reference is not None or not read or shown_landmarks(read[0]) is None:
        return read, None
    return read, meet(read, options.follow, head)
