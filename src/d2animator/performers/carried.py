"""Corrections that are carried over from frame to frame of a clip.

A network's first answer is wrong in much the same way in neighbouring frames. So what corrected
them takes the place of the first look at a new one: half of the looks give the same nearness.
"""

from __future__ import annotations

import threading

import torch
from torch import Tensor

from d2animator.performers.motion import ActionMotion, bounded

# What corrected a frame is known so many frames later, which leaves those between to other threads.
LAG = 16
# So many frames' corrections are averaged: one alone carries its own errors on.
_AVERAGED = 8


class CarriedMotion:
    """The motions of one clip's frames; see `ActionMotion`.

    Every frame has to be asked for, in order; those of up to `LAG` frames may be at work at once,
    in several threads. What comes out does not depend on which is done first.
    """

    def __init__(self, motion: ActionMotion) -> None:
        """Begin a clip.

        Args:
            motion: Of the source; with fewer than two corrections nothing is carried over.
        """
        self._motion = motion
        self._known: dict[int, Tensor | None] = {}
        self._changed = threading.Condition()

    def __call__(self, first: int, wanted: Tensor) -> Tensor:
        """Predict the motions that lead to wanted landmarks.

        Args:
            first: Number of the first frame.
            wanted: Normalised landmarks k_t (B, P, 2) of that and the following frames.

        Returns:
            Motions Δw (B, l, D).
        """
        if self._motion.corrections < 2:
            return self._motion(wanted)
        # What starts anew and what is carried on apart, so that batches change nothing.
        new = min(max(0, LAG - first), len(wanted))
        parts = [wanted[:new], *torch.split(wanted[new:], LAG)]
        motions = []
        for part in (part for part in parts if len(part)):
            motions.append(self._part(first, part))
            first += len(part)
        return torch.cat(motions)

    @torch.inference_mode()
    def _part(self, first: int, wanted: Tensor) -> Tensor:
        """The same for at most `LAG` frames."""
        numbers = range(first, first + len(wanted))
        corrections = self._motion.corrections
        made: Tensor | None = None
        try:
            answer = self._motion.predicted(wanted)
            if first < LAG:
                motions = self._motion.corrected(answer, wanted, corrections)
            else:
                carried = bounded(self._carried(numbers, answer), answer)
                start = self._motion.limited(answer + carried)
                motions = self._motion.corrected(start, wanted, corrections - 1)
            made = motions - answer
        finally:  # who waits for frames that failed shall not wait for ever
            self._tell(numbers, made)
        return motions

    def _carried(self, numbers: range, answer: Tensor) -> Tensor:
        """What corrected frames before those with these numbers, like their answer (B, l, D)."""
        needed = [_averaged(number) for number in numbers]
        first, last = needed[0][0], needed[-1][-1]
        with self._changed:
            self._changed.wait_for(lambda: all(n in self._known for n in range(first, last + 1)))
            known = [[self._known[number] for number in earlier] for earlier in needed]
        return torch.stack([_mean(one, like) for one, like in zip(known, answer, strict=True)])

    def _tell(self, numbers: range, made: Tensor | None) -> None:
        """Remember what corrected frames, None if they failed, and forget what nobody needs."""
        with self._changed:
            for index, number in enumerate(numbers):
                self._known[number] = None if made is None else made[index]
            oldest = numbers[0] - 4 * LAG
            for number in [number for number in self._known if number < oldest]:
                del self._known[number]
            self._changed.notify_all()


def _averaged(number: int) -> range:
    """Numbers of the frames whose corrections a frame starts from."""
    last = number - LAG
    return range(max(0, last - _AVERAGED + 1), last + 1)


def _mean(corrections: list[Tensor | None], like: Tensor) -> Tensor:
    there = [one for one in corrections if one is not None]
    return torch.stack(there).mean(0) if there else torch.zeros_like(like)
