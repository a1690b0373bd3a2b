"""How a photo is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from d2animator.arguments import check_fields


@dataclass(frozen=True)
class DrawOptions:
    """How a photo is drawn; the defaults suit portraits."""

    # Whether the background is kept as it is and the head cut out before it; else it gives way.
    keep_background: bool = True
    # How strongly skin that turns or folds changes its brightness: 0 not at all, 1 as computed.
    shading: float = 0.5
    # Motion in cm by which the drawn face, mouth and eyes have wholly replaced the still ones.
    fade_cm: float = 0.12

    def __post_init__(self) -> None:
        check_fields(self)
