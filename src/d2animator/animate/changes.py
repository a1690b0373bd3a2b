"""A change of a face, for whichever renderer draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from d2animator.performers.photo.photo import Photo
from d2animator.performers.photo.target import HeadTarget
from d2animator.performers.portrait import Portrait


@dataclass(frozen=True, eq=False)
class Change:
    """A change of a face, for whoever draws it.

    Attributes:
        check: Raises where the generator's directions cannot do it.
        portrait: Changes a portrait.
        photo: Tells what the head of a photo shall do.
    """

    check: Callable[[], object]
    portrait: Callable[[Portrait], Portrait]
    photo: Callable[[Photo], HeadTarget]
