"""A live session: one frame of the driver in, one picture of the source out, at any pace."""

from __future__ import annotations

import math
import threading
import time as clock
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

from d2animator.animate.options import AnimateOptions
from d2animator.arguments import all_checked
from d2animator.errors import ConfigError, InputError
from d2animator.faces.actions import Region, region_gains
from d2animator.faces.detector import Picture
from d2animator.invert.sources import Source, Sources
from d2animator.live.acting import Acting, State
from d2animator.live.actors import Actor, actor_of
from d2animator.live.options import LiveOptions
from d2animator.live.watching import Watcher, mirrored
from d2animator.marks.marker import Marker
from d2animator.media.pictures import PictureLike, as_picture

_TICKS = 1_000_000
"""Times are kept in millionths of a second."""


@dataclass(frozen=True, eq=False)
class Cue:
    """What a session made of one frame, ready to be drawn.

    Attributes:
        actor: Who is drawn.
        wanted: What it shall do.
    """

    actor: Actor[Any]
    wanted: Any


@final
@all_checked
class Session:
    """A source that moves as somebody before a camera does; made by `D2Animator.session`.

    `feed` does all of a frame. `watch` and `draw` are its halves, for two threads: the next frame
    can be watched while the last is drawn; each is for one frame at a time. All else may be called
    at any time, from any thread.
    """

    def __init__(
        self,
        sources: Sources,
        source: Source,
        options: AnimateOptions | None = None,
        live: LiveOptions | None = None,
    ) -> None:
        """Prepare the source.

        Args:
            sources: Prepares sources, finds faces, and knows how to mark.
            source: Who moves first.
            options: How: what concerns files and clips plays no part.
            live: How long things take.
        """
        self._options, self._live = options or AnimateOptions(), live or LiveOptions()
        if self._options.reference_frame != "auto":
            reason = "a live driver has no such frame; leave it auto, and call neutral() in time"
            raise ConfigError("reference_frame", reason)
        self._sources = sources
        # One of its own: a marker keeps at hand what it needs for one size.
        self._marker = Marker(sources.marker.options)
        self._acting = Acting(actor_of(sources, source, self._options, self._live), self._live)
        self._cue = Cue(self._acting.actor, self._acting.actor.rest)
        self._drawn: tuple[Cue, Picture] | None = None
        self._watcher: Watcher | None = None
        self._shape: tuple[int, ...] = ()
        self._time: Fraction | None = None
        self._mirror = self._paused = self._closed = False
        self._lock = threading.RLock()
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="preparing")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures; another source may have another."""
        return self._acting.actor.size

    @property
    def gains(self) -> dict[Region, float]:
        """How strongly each region follows now."""
        return region_gains(self._options.regions, self._options.gains)

    @property
    def state(self) -> State:
        """What the last frame led to."""
        return State.PAUSED if self._paused else self._acting.state

    def feed(self, frame: PictureLike, time: float | None = None) -> Picture:
        """Take the driver's next frame and give the source doing the same.

        Args:
            frame: RGB (H, W, 3), uint8, of any size, or anything else that is a picture.
            time: When it was taken, in seconds, later than the one before; None for now.

        Returns:
            RGB (H, W, 3), uint8, of `size`, marked. Where no face is seen the source holds the last
            motion, and goes to rest after a while.

        Raises:
            MediaError: The frame is a file that cannot be read.
            PictureError: The frame is no picture.
            InputError: The time is not later than the last one's, or the session is closed.
        """
        return self.draw(self.watch(frame, time))

    def watch(self, frame: PictureLike, time: float | None = None) -> Cue:
        """Do the first half of `feed`: see what the driver does."""
        frame = as_picture(frame, "frame")
        if time is not None and not math.isfinite(time):
            raise InputError(f"time: expected a number of seconds, got {time}")
        now = Fraction(round((clock.monotonic() if time is None else time) * _TICKS), _TICKS)
        with self._lock:
            if self._closed:
                raise InputError("session: is closed; open another one")
            if self._time is not None and now <= self._time:
                last = f"{float(self._time):g}"
                raise InputError(f"time: expected more than the last frame's {last}, got {time}")
            self._time = now
            if self._paused:
                return self._cue
            if self._watcher is None or frame.shape != self._shape:
                # Another camera, or one that was turned: places mean something else.
                self._watcher = Watcher(self._sources.tracker(), self._options, frame.shape)
                self._acting.forget()
            self._shape, watcher = frame.shape, self._watcher
        # The longest part, meanwhile anything may be changed.
        observation = watcher(frame, now)
        with self._lock:
            if self._mirror:
                observation = mirrored(observation, watcher.width)
            wanted = self._acting(observation)
            self._cue = Cue(self._acting.actor, wanted)
            return self._cue

    def draw(self, cue: Cue) -> Picture:
        """Do the second half of `feed`: draw and mark the source."""
        last = self._drawn
        if last is None or last[0].actor is not cue.actor or last[0].wanted is not cue.wanted:
            last = self._drawn = cue, self._marker.mark(cue.actor.draw(cue.wanted))
        return last[1].copy()

    def neutral(self) -> None:
        """Take the face in the next frame for the driver's at rest.

        Relative motion is measured from it. Without this call it is learned in the first second.
        """
        with self._lock:
            self._acting.neutral()

    def change(self, source: Source | Callable[[], Source]) -> Future[None]:
        """Go on with another source, as soon as it is prepared; meanwhile the old one moves.

        Args:
            source: A picture, what `D2Animator.prepare` made of one, or a function that gives one
                of them and may take its time.

        Returns:
            Done when the other source moves; it holds the error where it cannot be used, and then
            the old one stays.
        """
        return self._preparing.submit(self._give_way, source)

    def _give_way(self, source: Source | Callable[[], Source]) -> None:
        given = source() if callable(source) else source
        actor = actor_of(self._sources, given, self._options, self._live)
        with self._lock:
            # Gains may have changed meanwhile.
            actor.change(self._options)
            self._acting.give_way(actor)
            self._cue = Cue(actor, actor.rest)

    def set(
        self,
        *,
        gains: Mapping[Region, float] | Mapping[str, float] | None = None,
        regions: Sequence[str] | None = None,
        mirror: bool | None = None,
        paused: bool | None = None,
    ) -> None:
        """Change how the source moves; what is None stays as it is.

        Args:
            gains: How strongly regions follow, see ``AnimateOptions.gains``.
            regions: Those that move.
            mirror: Whether the source moves as a mirror shows the driver.
            paused: Whether to look at no frame and keep the last picture.

        Raises:
            ConfigError: No such region, or a gain out of range.
        """
        with self._lock:
            changes: dict[str, Any] = {} if gains is None else {"gains": dict(gains)}
            if regions is not None:
                changes["regions"] = tuple(regions)
            if changes:
                self._options = self._options.changed(changes)
                self._acting.change(self._options)
            if mirror is not None and mirror != self._mirror:
                self._mirror = mirror
                if self._watcher is not None:
                    width = self._watcher.width
                    self._acting.mirror(lambda seen: mirrored(seen, width))
            if paused is not None:
                self._paused = paused
                self._acting.ease()

    def close(self) -> None:
        """End the session; a source that is being prepared is given up."""
        with self._lock:
            self._closed = True
        self._preparing.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
