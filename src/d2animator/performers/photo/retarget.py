"""From a driver's motion to what the head in the photo shall do.

    expression = e_photo + (e - e_ref)      the mouth's e_ref from a frame of its own
    rotation   = limit(R R_ref^T) R_photo
    place      = t_photo + the driver's shift, limited

e and R are the driver's fit of a frame, those with _ref its fit of the reference frame. Four things
that weights alone carry over badly are corrected: lids close by the share of their opening that the
driver's do; the jaw opens until the gap of the lips changes as the driver's does; the eyes turn as
the driver's pupils tell; and what the driver's fit leaves of its lips is added in part.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import NoFaceError
from d2animator.faces.actions import Region
from d2animator.faces.layouts import PARTS
from d2animator.faces.motion import Observation
from d2animator.head.turns import (
    rotation_from_vector,
    soft_limit,
    vector_from_rotation,
)
from d2animator.performers.photo.limits import limited_turn, shared_shift, turned_eyes
from d2animator.performers.photo.meeting import Meeting, meet
from d2animator.performers.photo.motion import DriverMotion, DriverState, shown_landmarks
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.reference import Reference, choose_reference
from d2animator.performers.photo.shapes import smoothstep
from d2animator.performers.photo.subject import SIDES, Subject
from d2animator.performers.photo.target import HeadTarget, at_rest, interpolated

__all__ = ["HeadTarget", "RetargetOptions", "Retargeter", "at_rest", "interpolated"]

Array = NDArray[np.float64]

# Frames that are read ahead where somebody new appears in the driver's clip.
_NEWCOMER_WINDOW = 32
_REGION_OF_EXPRESSION: tuple[tuple[tuple[str, ...], Region], ...] = (
    (("brow",), "brows"),
    (("eyeLook",), "gaze"),
    (("eye",), "eyes"),
    (("mouth", "jaw", "cheek", "nose"), "mouth"),
)
# What a fit leaves of the lips is their shape in motion; what it leaves of brows, nose and contour
# is the driver's own face, which would make another person of the photo's.
_LIPS = list(PARTS["mouth"])
# What points tell little of is taken in part, what they tell too little of in excess.
_TOLD = {"noseSneer": 0.5, "mouthSmile": 1.2}
# Weights stay within these bounds, where shapes still look like faces.
_LEAST, _LEAST_BROW, _MOST = -0.25, -0.12, 1.15
_MOST_ROOM = 1.4
# Lids: what landmarks read as the gap of shut ones, in eye widths; how much further than in the
# photo they open; what an eye must be open by for its share to be measured.
_SHUT, _MOST_SHARE, _LEAST_OPEN = 0.07, 1.35, 0.08
# Closing by this share is taken for the whole, and less of it for the less.
_NEARLY_SHUT, _FIRMNESS = 0.85, 1.7
# Half of the difference of both eyes' closing: up to here they blink together, from here one winks.
_SAME_BLINK, _WINK = 0.2, 0.45
# Least motion of the lips by the jaw, cm, for the gap to be corrected by it; bounds of that.
_LEAST_JAW_CM, _JAW_BOUNDS, _MOST_JAW = 0.5, (-0.35, 0.45), 1.3
# Lips move at most so far besides, cm.
_MOST_EXTRA_CM = 0.6
# A limited motion is named where it lost more than this.
_LOST_ZOOM, _LOST_CM = 0.08, 2.5


class Retargeter:
    """Carries a driver's motion over to one photo, frame by frame."""

    def __init__(
        self,
        subject: Subject,
        options: RetargetOptions | None = None,
        met: Meeting | None = None,
    ) -> None:
        """Prepare a photo's person.

        Args:
            subject: The photo's person.
            options: How.
            met: What is known already of the first person of the clip that comes next.
        """
        self._subject, self._met = subject, met
        self._options = options or RetargetOptions()
        names = subject.head.expression_names
        self._regions = [region_of(name) for name in names]
        self._known = np.array([_TOLD.get(name.split("_")[0], 1.0) for name in names])
        self._brows = np.array([region == "brows" for region in self._regions])
        self._mouth = np.array([region == "mouth" for region in self._regions])
        index = subject.head.expression_index
        self._blink = [index[f"eyeBlink_{side}"] for side in SIDES]
        self._wide = [index[f"eyeWide_{side}"] for side in SIDES]
        self._jaw = index["jawOpen"]
        raising = np.array([name.startswith(("browInnerUp", "browOuterUp")) for name in names])
        self._least = np.where(raising, _LEAST_BROW, _LEAST)
        self._blink_cm = [
            -subject.lid_gap_cm(subject.shapes[shape], eye) for eye, shape in enumerate(self._blink)
        ]
        self._jaw_cm = subject.lip_gap_cm(subject.shapes[self._jaw])

    def targets(self, frames: Iterable[Observation]) -> Iterator[HeadTarget]:
        """Carry a clip over.

        Args:
            frames: The driver, in order; read ``window`` frames ahead before the first target, and
                a few where somebody new appears, so memory does not grow with the clip.

        Yields:
            A target a frame; the photo at rest as long as there was no face.

        Raises:
            NoFaceError: The wanted reference frame shows no face.
        """
        met, self._met = self._met, None
        cast = _Cast(iter(frames), self._subject, self._options, met)
        for state, reference in cast:
            if state is None or reference is None:
                yield at_rest(self._subject.fit)
            else:
                yield self.target(state, reference)

    def target(self, state: DriverState, reference: Reference) -> HeadTarget:
        """Carry one state over.

        Args:
            state: What the driver does.
            reference: What its motion is measured from.
        """
        rotation, turn_lost = self._rotation(state, reference.pose)
        translation, scale, body, place_lost = self._place(state, reference.pose)
        extra = self._extra(state, reference.mouth)
        expression = self._weights(state, reference)
        expression = self._with_lids(expression, state, reference.eyes)
        expression = self._with_jaw(expression, extra, state, reference.mouth)
        return HeadTarget(
            rotation=rotation,
            scale=scale,
            translation=translation,
            expression=expression,
            gaze=self._gaze(state, reference.eyes),
            extra=extra,
            body=body,
            bounded=turn_lost or place_lost,
        )

    def _rotation(self, state: DriverState, rest: DriverState) -> tuple[Array, bool]:
        """The head's rotation (3, 3), and whether it had to be limited."""
        own, options = self._subject.fit, self._options
        start = rest.fit.rotation if options.relative else own.rotation
        turn = vector_from_rotation(state.fit.rotation @ start.T)
        wanted = rotation_from_vector(options.gain("pose") * turn)
        return limited_turn(own.rotation, wanted, options)

    def _place(
        self, state: DriverState, rest: DriverState
    ) -> tuple[Array, float, Array | None, bool]:
        """Where the head's pivot is in the photo, its scale, and what the body does.

        Returns:
            Pivot (2,), scale, the body's shift (2,) or None, and whether they had to be limited.
        """
        own, options = self._subject.fit, self._options
        gain = options.gain("pose")
        if not (state.placed and rest.placed) or gain == 0:
            return own.translation, own.scale, None, False
        zoom = gain * float(np.log(state.fit.scale / rest.fit.scale))
        kept_zoom = float(soft_limit(np.array(zoom), np.log(options.most_zoom)))
        shift = gain * (state.fit.translation - rest.fit.translation) / rest.fit.scale
        length = float(np.linalg.norm(shift))
        alone, along = shared_shift(length, options, with_body=self._subject.has_body)
        way = own.scale * shift / max(length, 1e-9)
        lost = abs(zoom - kept_zoom) > _LOST_ZOOM or length - alone - along > _LOST_CM
        body = way * along if along else None
        translation = own.translation + way * (alone + along)
        return translation, own.scale * float(np.exp(kept_zoom)), body, lost

    def _weights(self, state: DriverState, reference: Reference) -> Array:
        """Expression (E,) before the corrections."""
        own, options = self._subject.fit.expression, self._options
        mouth = self._mouth
        if options.relative:
            rest = np.where(mouth, reference.mouth.fit.expression, reference.eyes.fit.expression)
            if not options.own_mouth:
                rest = np.where(mouth, own, rest)
        else:
            rest = own
        gains = np.array([options.gain(region) for region in self._regions]) * self._known
        change = gains * (state.fit.expression - rest)
        change[self._brows] = soft_limit(change[self._brows], options.most_brows)
        # What the driver does already in the reference must not be missing from the whole of it.
        room = np.clip((1 - own) / np.maximum(1 - rest, 0.5), 1.0, _MOST_ROOM)
        change = np.where((change > 0) & mouth, change * room, change)
        return np.where(change == 0, own, np.clip(own + change, self._least, _MOST))

    def _with_lids(self, expression: Array, state: DriverState, rest: DriverState) -> Array:
        """Let each eye close by the share that the driver's does."""
        subject, options = self._subject, self._options
        gain = options.gain("eyes")
        own, mended = subject.fit.expression, expression.copy()
        lids = [*self._blink, *self._wide]
        mended[lids] = own[lids]
        if gain == 0:
            return mended
        before = rest.openness if options.relative else subject.openness
        closing = (before - state.openness) / np.maximum(before - _SHUT, _LEAST_OPEN)
        for eye, (blink, own_closing) in enumerate(
            zip(self._blink, agreed_closing(closing), strict=True)
        ):
            share = 1 - gain * firm_closing(float(own_closing), options.most_wider)
            at_rest_cm = subject.lid_gap_cm(subject.points, eye)
            wanted = at_rest_cm * min(max(share, -0.05), _MOST_SHARE)
            have = subject.lid_gap_cm(subject.moved(mended), eye)
            mended[blink] += (have - wanted) / self._blink_cm[eye]
        return mended

    def _with_jaw(
        self, expression: Array, extra: Array | None, state: DriverState, rest: DriverState
    ) -> Array:
        """Open the jaw until the gap of the lips changes as the driver's does."""
        subject, options = self._subject, self._options
        gain = options.gain("mouth")
        if gain == 0 or self._jaw_cm < _LEAST_JAW_CM:
            return expression
        change = gain * options.lip_gain * (state.lip_gap - rest.lip_gap) * subject.eye_cm
        own = subject.lip_gap_cm(subject.points)
        wanted = own + change
        if not options.relative or not options.own_mouth:
            wanted = options.lip_gain * state.lip_gap * subject.eye_cm
        have = subject.lip_gap_cm(subject.moved(expression, extra))
        missing = (max(wanted, min(own, 0.0)) - have) / self._jaw_cm
        mended = expression.copy()
        jaw = mended[self._jaw] + float(np.clip(missing, *_JAW_BOUNDS))
        mended[self._jaw] = min(jaw, max(_MOST_JAW, float(expression[self._jaw])))
        return mended

    def _gaze(self, state: DriverState, rest: DriverState) -> Array:
        """Turns (2, 3, 3) of the eyes, both alike, from where they look in the photo."""
        options = self._options
        own = self._subject.fit.gaze_deg.mean(0)
        start = rest.gaze_deg if options.relative else own
        change = options.gain("gaze") * (state.gaze_deg - start)
        return turned_eyes(own, own + soft_limit(change, options.most_gaze_deg))

    def _extra(self, state: DriverState, rest: DriverState) -> Array | None:
        """What the lips of the points (96, 3) do that the driver's fit does not explain."""
        options = self._options
        if not options.unexplained_share or not options.relative:
            return None
        change = state.unexplained[_LIPS] - rest.unexplained[_LIPS]
        bounded = np.clip(change, -_MOST_EXTRA_CM, _MOST_EXTRA_CM)
        extra = np.zeros_like(state.unexplained)
        extra[_LIPS] = options.gain("mouth") * options.unexplained_share * bounded
        return extra


class _Cast:
    """Who is seen in a driver's clip: a motion and a reference for each person."""

    def __init__(
        self,
        frames: Iterator[Observation],
        subject: Subject,
        options: RetargetOptions,
        met: Meeting | None,
    ) -> None:
        self._frames, self._subject, self._options = frames, subject, options
        self._met = met
        self._ahead: deque[Observation] = deque()
        self._motions: dict[int, DriverMotion] = {}
        self._references: dict[int, Reference] = {}
        # States that were worked out while reading ahead, by frame.
        self._ready: dict[int, DriverState | None] = {}

    def __iter__(self) -> Iterator[tuple[DriverState | None, Reference | None]]:
        person: int | None = None
        while (frame := self._next()) is not None:
            observation = frame
            if shown_landmarks(frame) is not None:
                person = observation.person
                if person not in self._motions:
                    self._meet(frame)
            if person is None:
                yield None, None
            elif observation.index in self._ready:
                yield self._ready.pop(observation.index), self._references[person]
            else:
                yield self._motions[person].step(frame), self._references[person]

    def _next(self) -> Observation | None:
        return self._ahead.popleft() if self._ahead else next(self._frames, None)

    def _meet(self, frame: Observation) -> None:
        """Read ahead to learn who somebody is, and what their motion is measured from."""
        person, options = frame.person, self._options
        first = not self._motions
        count = options.window if first else _NEWCOMER_WINDOW
        wanted = options.reference if first else None
        index = frame.index
        last = index + count - 1 if wanted is None else max(wanted, index + count - 1)
        while (self._ahead[-1] if self._ahead else frame).index < last:
            further = next(self._frames, None)
            if further is None:
                break
            self._ahead.append(further)
        read = (frame, *self._ahead)
        met, self._met = self._met, None
        if met is None or met.frames != tuple(one.index for one in read):
            met = meet(read, options.follow, self._subject.head)
        self._motions[person] = met.motion
        self._ready.update(met.states)
        if wanted is None:
            states = [met.states[index] for index in met.shown]
            chosen = choose_reference(states, self._subject)
        elif wanted in met.shown:
            chosen = Reference.of(met.states[wanted])
        else:
            raise NoFaceError("driver", "the wanted reference frame shows no face", wanted)
        self._references[person] = chosen


def firm_closing(closing: float, most_wider: float) -> float:
    """Share that lids close by, from what landmarks show of it.

    Landmarks wander while lids are open, and do not quite meet when they are shut: small changes
    count less than they seem, a nearly closed eye is closed.

    Args:
        closing: 0 as in the reference, 1 for shut, below 0 for wider.
        most_wider: How far lids open further at most.
    """
    if closing <= 0:
        return float(soft_limit(np.array(closing), most_wider))
    return float(min(closing / _NEARLY_SHUT, 1.0) ** _FIRMNESS)


def agreed_closing(closing: Array) -> Array:
    """What both lids close by (2,), if small differences are taken for errors.

    Eyes blink together, and the far eye of a turned face is read badly: what differs little is
    brought together, a wink stays one.

    Args:
        closing: Of the left and the right eye, (2,), as of `firm_closing`.
    """
    middle, half = closing.mean(), (closing[0] - closing[1]) / 2
    apart = half * smoothstep((abs(half) - _SAME_BLINK) / (_WINK - _SAME_BLINK))
    return np.array([middle + apart, middle - apart])


def region_of(name: str) -> Region:
    """The region that an expression of the head model belongs to."""
    return next(region for starts, region in _REGION_OF_EXPRESSION if name.startswith(starts))
