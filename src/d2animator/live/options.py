"""How a live session takes its time."""

from __future__ import annotations

from dataclasses import dataclass, fields

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError


@dataclass(frozen=True)
class LiveOptions:
    """How a live session takes its time; all in seconds."""

    # From the first frame that shows somebody, so long is looked at to learn who it is and what
    # they look like at rest. They move the source from the first frame on.
    learning_s: float = 1.0
    # How long the last motion is held where no face is seen, before the source goes to rest.
    hold_s: float = 1.0
    # How long every change takes that no motion of the driver led to: to rest, back from it, to
    # another neutral face.
    ease_s: float = 0.4
    # Among the driver's mouths of so long ago the one is chosen that the photo's mouth moves from.
    # A smile that is held for longer still counts as one.
    mouth_s: float = 20.0

    def __post_init__(self) -> None:
        check_fields(self)
        for option in fields(self):
            seconds = getattr(self, option.name)
            if not 0 <= seconds <= 3600:
                raise ConfigError(option.name, f"expected 0 to 3600 seconds, got {seconds}")
