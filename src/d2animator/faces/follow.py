"""Following chosen faces through a clip: by place and by looks, through occlusion and cuts.

The rules, in this order:

1. A face is looked for where it was in the frame before. What is found there is believed unless it
   looks like somebody else: then somebody stands in front, and the face counts as hidden.
2. A hidden or lost face is searched for in the whole frame and taken up again where a face looks
   like it, or stands where it was and does not look like another.
3. After a cut, and when nobody like it has come back for ``patience_s``, the largest face that is
   not followed already takes its place, as a new person. Whoever was followed before is taken up
   again as soon as that place is open anew; the one chosen first goes before those taken later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from d2animator.arguments import check_fields
from d2animator.faces.appearance import Look, blended, look_of, unlikeness
from d2animator.faces.choice import LARGEST, SECOND_LOOKS, FaceChoice
from d2animator.faces.cuts import CutDetector
from d2animator.faces.detector import NO_FACE, Face, FindsBriefly, LooksNear, Picture
from d2animator.faces.shape import Box, overlap, shared


class FaceSource(Protocol):
    """What following needs of a detector."""

    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture."""


@dataclass(frozen=True)
class FollowOptions:
    """When two faces are one; distances are those of `appearance.unlikeness`."""

    # Up to here a face looks like the one that is remembered.
    same: float = 1.2
    # From here on it is somebody else.
    other: float = 1.6
    # Seconds to wait for a hidden face before another one is followed.
    patience_s: float = 2.0
    # Share of the newest frame in what is remembered of a face.
    memory: float = 0.05
    # Two faces are one if they share so much of the smaller one's box.
    same_share: float = 0.6
    # A face stands where another was if their boxes overlap so much.
    same_place: float = 0.1

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class Sighting:
    """One followed face in one frame.

    Attributes:
        face: The face; ``found`` is false where it is not seen.
        person: Who it is: 0 for the one chosen, 1 and up for those taken in its place after a cut.
        cut: Whether the frame begins a new take.
    """

    face: Face
    person: int
    cut: bool


@dataclass
class _Seat:
    """What is remembered for one of the followed faces."""

    choice: FaceChoice
    # Looks of all who were followed here, the chosen one first.
    people: list[Look] = field(default_factory=list)
    person: int = 0
    face: Face | None = None
    last_box: Box | None = None
    lost_since: Fraction | None = None
    after_cut: bool = False

    def lose(self, time: Fraction) -> None:
        """Note that the face is no longer seen."""
        self.face = None
        self.lost_since = time if self.lost_since is None else self.lost_since

    def take(self, face: Face, look: Look, person: int, memory: float) -> None:
        """Note where the face is now and what it looks like."""
        if person == len(self.people):
            self.people.append(look)
        self.people[person] = blended(self.people[person], look, memory)
        self.person, self.face, self.last_box = person, face, face.box
        self.lost_since, self.after_cut = None, False


class FaceFollower:
    """Follows one face, or several at once, through the frames of a clip."""

    def __init__(
        self,
        source: FaceSource,
        choices: Sequence[FaceChoice] = (LARGEST,),
        options: FollowOptions | None = None,
    ) -> None:
        """Start before the first frame.

        Args:
            source: Finds faces.
            choices: Whom to follow; each is chosen in the first frame that shows such a face, and
                no two get the same one.
            options: When two faces are one.
        """
        self._source = source
        self._options = options or FollowOptions()
        self._seats = [_Seat(choice) for choice in choices]
        self._is_cut = CutDetector()
        self._searches = 0

    def step(self, frame: Picture, time: Fraction) -> tuple[Sighting, ...]:
        """Look at the next frame.

        Args:
            frame: Picture (H,W,3), uint8, RGB.
            time: Its time in seconds, growing.

        Returns:
            One sighting for each of the choices, in their order.
        """
        cut = self._is_cut(frame)
        if cut:
            for seat in self._seats:
                seat.lose(time)
                seat.after_cut = True
        self._follow(frame, time)
        if any(seat.face is None for seat in self._seats):
            self._search(frame, time)
        return tuple(Sighting(seat.face or NO_FACE, seat.person, cut) for seat in self._seats)

    def _follow(self, frame: Picture, time: Fraction) -> None:
        """Look where the faces were; rule 1."""
        seen: list[tuple[float, _Seat, Face, Look]] = []
        for seat in self._seats:
            if seat.face is None:
                continue
            face = self._beside(frame, seat.face)
            look = look_of(frame, face.landmarks) if face.found else None
            strange = 0.0 if look is None else unlikeness(look, seat.people[seat.person])
            if look is None or strange >= self._options.other:
                seat.lose(time)
            else:
                seen.append((strange, seat, face, look))
        # Of two who ended up on one face, the one who looks like it keeps it.
        kept: list[Face] = []
        for _, seat, face, look in sorted(seen, key=lambda entry: entry[0]):
            if self._is_taken(face, kept):
                seat.lose(time)
            else:
                kept.append(face)
                seat.take(face, look, seat.person, self._options.memory)

    def _beside(self, frame: Picture, last: Face) -> Face:
        """Look for a face near where it was."""
        if isinstance(self._source, LooksNear):
            return self._source.look_near(frame, last) or NO_FACE
        faces = self._faces(frame)
        best = max(faces, key=lambda face: overlap(face.box, last.box), default=NO_FACE)
        return best if self._is_near(best, last.box) else NO_FACE

    def _search(self, frame: Picture, time: Fraction) -> None:
        """Find those who are not seen; rules 2 and 3."""
        faces = self._faces(frame)
        looks = {id(face): look_of(frame, face.landmarks) for face in faces}
        for seat in self._seats:
            if seat.face is not None:
                continue
            taken = [other.face for other in self._seats if other.face is not None]
            free = [face for face in faces if not self._is_taken(face, taken)]
            found = self._first(seat, faces, free) if not seat.people else None
            if found is None and seat.people:
                found = self._again(seat, free, looks, time)
            if found is not None:
                face, person = found
                seat.take(face, looks[id(face)], person, self._options.memory)

    def _faces(self, frame: Picture) -> list[Face]:
        """Find all faces; a frame without is looked at twice only while nobody is known yet."""
        known = any(seat.people for seat in self._seats)
        again = not known and self._searches % SECOND_LOOKS == 0
        self._searches += 1
        if not again and isinstance(self._source, FindsBriefly):
            return self._source.detect_briefly(frame)
        return self._source.detect(frame)

    def _first(self, seat: _Seat, faces: list[Face], free: list[Face]) -> tuple[Face, int] | None:
        """Choose whom to follow; somebody else's face goes to nobody twice."""
        wanted = seat.choice.pick(faces)
        if wanted is None or any(wanted is face for face in free):
            return None if wanted is None else (wanted, 0)
        left = LARGEST.pick(free) if seat.choice == LARGEST else None
        return None if left is None else (left, 0)

    def _again(
        self, seat: _Seat, free: list[Face], looks: dict[int, Look], time: Fraction
    ) -> tuple[Face, int] | None:
        """Take up a face that was lost, or another in its place."""
        options = self._options
        if not free:
            return None
        now = seat.person
        if not seat.after_cut:
            near = [face for face in free if self._is_near(face, seat.last_box)]
            best = _nearest(near, looks, seat.people[now])
            if best is not None and best[0] < options.other:
                return best[1], now
        for person, look in enumerate(seat.people):
            best = _nearest(free, looks, look)
            if best is not None and best[0] < options.same:
                return best[1], person
        waited = time - (time if seat.lost_since is None else seat.lost_since)
        if not seat.after_cut and waited < options.patience_s:
            return None
        largest = LARGEST.pick(free)
        return None if largest is None else (largest, len(seat.people))

    def _is_taken(self, face: Face, others: Sequence[Face]) -> bool:
        return any(shared(face.box, other.box) > self._options.same_share for other in others)

    def _is_near(self, face: Face, place: Box | None) -> bool:
        return place is not None and overlap(face.box, place) > self._options.same_place


def _nearest(
    faces: Sequence[Face], looks: dict[int, Look], wanted: Look
) -> tuple[float, Face] | None:
    """Find the face that looks most like what is wanted."""
    rated = [(unlikeness(looks[id(face)], wanted), face) for face in faces]
    return min(rated, key=lambda entry: entry[0], default=None)
