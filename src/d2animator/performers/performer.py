"""The one protocol between motion and picture: whoever is animated keeps to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from d2animator.faces.detector import Picture
from d2animator.faces.motion import Observation

Wanted = TypeVar("Wanted")
"""What a performer asks of itself for one frame: wanted landmarks, a pose of a head."""


Drawing = Callable[[int, Sequence[Wanted]], Any]
"""Draws the frames of a clip from a given one on, see `Performer.draw` and `drawing_of`."""


class Performer(Protocol[Wanted]):
    """Somebody who is animated.

    `wanted` reads the driver frame by frame and in order, and may remember what came before;
    `draw` and `show` make some frames at once, in several threads, and remember nothing.
    """

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...

    @property
    def composite(self) -> bool:
        """Whether parts of the source are still in the pictures."""
        ...

    @property
    def in_batches(self) -> bool:
        """Whether some frames drawn at once take less time than one by one."""
        ...

    def wanted(self, observations: Iterator[Observation]) -> Iterator[tuple[Observation, Wanted]]:
        """Tell for every frame of the driver what the person shall do in it.

        Args:
            observations: What the driver does; read no further ahead than needed.

        Yields:
            Each observation, ``limited`` where the person cannot do as much, and what is wanted.
        """
        ...

    def draw(self, wanted: Sequence[Wanted]) -> Any:
        """Draw the person in some frames.

        Args:
            wanted: What is wanted in each, as `wanted` gave it.

        Returns:
            What `show` takes: a generator's images, or pictures.
        """
        ...

    def show(self, drawn: Any, wanted: Sequence[Wanted]) -> Iterable[Picture]:
        """Put what was drawn where it belongs, such as into the source's picture.

        Args:
            drawn: What `draw` gave.
            wanted: What it was drawn for.

        Returns:
            One RGB picture (H, W, 3), uint8, for each.
        """
        ...


def drawing_of(performer: Performer[Wanted]) -> Drawing[Wanted]:
    """Give what draws the frames of one clip.

    A performer may know a way that is faster where frames follow each other: its ``drawing()``.
    That is called for all frames in order, though for several at once, from several threads.

    Args:
        performer: Who is drawn.
    """
    own = getattr(performer, "drawing", None)
    if own is not None:
        drawing: Drawing[Wanted] = own()
        return drawing

    def draw(first: int, wanted: Sequence[Wanted]) -> Any:
        del first
        return performer.draw(wanted)

    return draw
