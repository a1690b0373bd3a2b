"""Edits of a photo while a slider is dragged: prepared once, drawn for every change."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from d2animator.errors import printable
from d2animator.web.files import Stored
from d2animator.web.refusals import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from d2animator.animator import D2Animator
    from d2animator.performers.photo.photo import Photo
    from d2animator.performers.portrait import Portrait

PREVIEW_SIDE = 512
"""Longer side of what is shown while a slider moves, in pixels."""

FORMATS = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""Kinds of pictures that come out, and how HTTP calls them."""

_MOST_KEPT = 3


class Prepared:
    """Photos of one session that are ready to move, the last few of them.

    Attributes:
        lock: Held while one is prepared or drawn: they are for one thread at a time.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.lock = threading.RLock()
        self._photos: OrderedDict[tuple[str, int], Photo | Portrait] = OrderedDict()

    def get(self, animator: D2Animator, stored: Stored, side: int) -> Photo | Portrait:
        """Give a photo, prepared now where it is not yet.

        Args:
            animator: Prepares it.
            stored: The picture.
            side: Longer side of what is drawn of it, in pixels.
        """
        with self.lock:
            key = (stored.id, side)
            if key not in self._photos:
                ready = animator.prepare(stored.path, renderer="photo", size=side)
                self._photos[key] = ready
                while len(self._photos) > _MOST_KEPT:
                    self._photos.popitem(last=False)
            self._photos.move_to_end(key)
            return self._photos[key]

    def forget(self, id: str) -> None:
        """Let go of a picture."""
        for key in [key for key in self._photos if key[0] == id]:
            self._photos.pop(key, None)


def side_of(stored: Stored, wanted: int | None, most: int) -> int:
    """Choose the longer side of an edit: what is wanted, else the picture's own up to a limit.

    Raises:
        RefusedError: The file is no picture, or more is wanted than is allowed.
    """
    if stored.kind != "picture" or stored.width is None or stored.height is None:
        raise RefusedError(400, f"{stored.name}: is no picture; expected a photo to edit")
    if wanted is not None and not 16 <= wanted <= most:
        raise RefusedError(400, f"size: expected 16 to {most}, got {wanted}")
    from d2animator.performers.photo.photo import LONGEST_SIDE

    longest = max(stored.width, stored.height)
    return min(longest, LONGEST_SIDE, most) if wanted is None else wanted


def check_names(amounts: Mapping[str, float]) -> None:
    """Check that a photo can be edited by these names.

    Raises:
        RefusedError: It cannot, by one of them.
    """
    from d2animator.performers.photo.edits import FRIENDLY, GAZE_DEG, NAMES, POSE_DEG

    for name in amounts:
        if name not in NAMES:
            known = ", ".join([*POSE_DEG, *GAZE_DEG, *FRIENDLY])
            what = printable(name, 60)
            raise RefusedError(400, f"{what}: expected {known} or one of the 52 blendshapes")


def preview(
    animator: D2Animator, prepared: Prepared, stored: Stored, amounts: Mapping[str, float]
) -> tuple[bytes, bool]:
    """Draw an edit to be shown at once.

    Returns:
        A JPEG of at most `PREVIEW_SIDE` pixels, watermarked; and whether more was wanted than can
        be drawn well, and made smaller.
    """
    from d2animator.media.images import encode_jpeg, on_white
    from d2animator.models.threads import threads_each

    side = side_of(stored, None, PREVIEW_SIDE)
    with prepared.lock:
        photo = prepared.get(animator, stored, side)
        # The browser that shows it wants a processor, too; threads would wait for one another.
        with threads_each(1):
            done = animator.edit(photo, amounts)
    images = done.images or ()
    return encode_jpeg(on_white(images[0]), 90), bool(done.limited_frames)


def edited_file(
    animator: D2Animator,
    prepared: Prepared,
    stored: Stored,
    amounts: Mapping[str, float],
    side: int,
    kind: str,
    folder: Path,
) -> bytes:
    """Draw an edit to be kept: a file's content, watermarked and signed.

    Args:
        animator: Draws it.
        prepared: The session's photos.
        stored: The picture.
        amounts: Changes by name.
        side: Longer side in pixels.
        kind: One of `FORMATS`.
        folder: Where the file is written and removed again.
    """
    path = folder / f"{secrets.token_hex(8)}.{kind}"
    try:
        with prepared.lock:
            animator.edit(prepared.get(animator, stored, side), amounts, path)
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


def slider_groups() -> list[dict[str, Any]]:
    """Tell the names that an edit of a photo knows, in groups, each with its bounds.

    Returns:
        Groups with a ``title`` and ``sliders``; a slider has ``name``, ``least``, ``most``,
        ``step`` and ``unit``.
    """
    from d2animator.head.blendshapes import BLENDSHAPES
    from d2animator.performers.photo.edits import FRIENDLY, GAZE_DEG, POSE_DEG, VALUES

    def degrees(name: str, largest: float) -> dict[str, Any]:
        return {"name": name, "least": -largest, "most": largest, "step": 0.5, "unit": "°"}

    def weight(name: str) -> dict[str, Any]:
        least, most = VALUES
        return {"name": name, "least": least, "most": most, "step": 0.02, "unit": ""}

    parts = {"eye": "Eyes, one by one", "brow": "Brows, one by one", "mouth": "Mouth, one by one"}
    groups: dict[str, list[dict[str, Any]]] = {
        "Expression": [weight(name) for name in FRIENDLY],
        "Head and gaze": [degrees(*item) for item in (POSE_DEG | GAZE_DEG).items()],
    }
    for name in BLENDSHAPES:
        title = next((parts[part] for part in parts if name.startswith(part)), "Jaw, cheeks, nose")
        if name != "tongueOut":  # the head model has no tongue
            groups.setdefault(title, []).append(weight(name))
    return [{"title": title, "sliders": sliders} for title, sliders in groups.items()]
