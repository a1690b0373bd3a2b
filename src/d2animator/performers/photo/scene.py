"""One photo, prepared once, and drawn as often as wanted: the person in it moves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ShapeError, check_shape
from d2animator.head.model import Head, load_head
from d2animator.head.pose import HeadFit
from d2animator.performers.photo.background import take_apart
from d2animator.performers.photo.closing import close_lids, draw_lashes
from d2animator.performers.photo.cutout import cut_out
from d2animator.performers.photo.drawing import DrawOptions
from d2animator.performers.photo.eyes import Eye, dragged, draw_balls, make_eyes
from d2animator.performers.photo.face import Face, Shown, make_mirror, make_skin
from d2animator.performers.photo.glasses import look_for_glasses, stiffness
from d2animator.performers.photo.grid import HeadGrid
from d2animator.performers.photo.mouth import Mouth, draw_mouth, make_mouth
from d2animator.performers.photo.pixels import write_changed
from d2animator.performers.photo.points import moved_bounds
from d2animator.performers.photo.raster import draw_attributes
from d2animator.performers.photo.shading import fit_light
from d2animator.performers.photo.shapes import Box, box_around, smoothstep
from d2animator.performers.photo.surface import Posed, Surface
from d2animator.performers.photo.target import HeadTarget

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]

# What may move lies within so many cm of the head's middle: to the sides, up, down.
_REACH_CM = (31.0, 36.0, 27.0)
_MIDDLE = np.array([[0.0, 2.5, 0.0]], np.float32)
# A face as opaque as this hides what is under it.
_COVERS = np.float32(0.9999)
# A gaze that turned by this many radians has moved the eyes as far as a centimetre would the face.
_GAZE_RADIUS_CM = 1.2


class PhotoScene:
    """A photo whose person can be moved.

    Attributes:
        image: The photo, (H, W, 3) or (H, W, 4), uint8.
        fit: Its head.
        window: The part of the photo outside of which nothing ever changes.
        trust: How well the person could be cut out, 0 to 1; 0 where it was not tried.
        cut: Whether the head is cut out before a kept background.
        has_body: Whether shoulders and clothes can go along with it.
        glasses: Glasses that are seen on the face, None for none.
    """

    def __init__(
        self,
        image: Picture,
        fit: HeadFit,
        window: Box,
        surface: Surface,
        options: DrawOptions,
    ) -> None:
        """Prepare the layers; use `prepare`."""
        self.image, self.fit, self.window = image, fit, window
        self._surface, self._options = surface, options
        crop = np.ascontiguousarray(image[window.rows_columns])
        self._crop = np.ascontiguousarray(crop[..., :3])
        self._texture = np.dstack([self._crop, np.zeros(crop.shape[:2], np.uint8)])
        self._texture = np.ascontiguousarray(self._texture, np.float32)
        start = surface.start
        size = crop.shape[0], crop.shape[1]
        _, depth = draw_attributes(
            surface.solid,
            start.places,
            start.depth,
            np.ones((len(start.places), 1), np.float32),
            size,
        )
        cutout = cut_out(self._crop, surface, depth) if options.keep_background else None
        self.trust = 0.0 if cutout is None else cutout.trust
        self.glasses = look_for_glasses(self._crop, surface)
        if self.glasses is not None:
            surface.stiffen(stiffness(surface, self.glasses))
        height, width = image.shape[:2]
        borders = (
            window.left == 0,
            window.top == 0,
            window.right == width,
            window.bottom == height,
        )
        backdrop = take_apart(crop, surface, cutout, borders)
        self.cut = backdrop.cut
        self.has_body = backdrop.body is not None
        surface.hold(backdrop.hold)
        self._grid = HeadGrid(crop, surface, backdrop, depth, borders)
        skin = make_skin(surface, depth)
        light = fit_light(self._crop, surface, skin.visible, skin.detail)
        mirror = make_mirror(self._crop, surface, skin)
        self._face = Face(surface, skin, mirror, light)
        self._eyes: list[Eye] = make_eyes(self._crop, surface, self.glasses)
        whites = [eye.white for eye in self._eyes]
        self._mouth: Mouth = make_mouth(self._crop, surface, light, whites)

    @classmethod
    def prepare(
        cls,
        image: Picture,
        landmarks: NDArray[Any],
        outline: NDArray[Any] | None,
        fit: HeadFit,
        head: Head | None = None,
        options: DrawOptions | None = None,
    ) -> PhotoScene:
        """Do all that is done once for a photo.

        Args:
            image: (H, W, 3), or (H, W, 4) with opacity, uint8.
            landmarks: (98, 2) of the face, layout ``wflw98``, in pixels of the image.
            outline: Visible outline of the face, (33, 2), where it is known.
            fit: The head fitted to these landmarks.
            head: The head model of the fit; None for the package's own.
            options: How it is drawn.

        Raises:
            ShapeError: An array of another shape.
        """
        check_shape("image", image, ("H", "W", "C"))
        if image.shape[2] not in (3, 4):
            raise ShapeError("image", ("H", "W", 3), image.shape)
        check_shape("landmarks", landmarks, (98, 2))
        image = np.array(image, np.uint8, order="C")
        points = np.array(landmarks, np.float64)
        window = _window(image.shape[:2], fit)
        surface = Surface(load_head() if head is None else head, fit, points, window.origin)
        return cls(image, fit, window, surface, options or DrawOptions())

    def draw(self, target: HeadTarget, onto: Picture | None = None) -> Picture:
        """The photo with its person moved.

        Args:
            target: What the head shall do.
            onto: Picture of the photo's shape to draw on, left as it is; None for the photo. Only
                what the motion changes is drawn on it.

        Returns:
            A new picture; at rest it equals ``onto`` byte by byte.
        """
        out = (self.image if onto is None else onto).copy()
        posed = self._surface.pose(target)
        gaze = np.asarray(target.gaze, np.float32)
        turned = float(np.abs(gaze - np.eye(3, dtype=np.float32)).max()) * _GAZE_RADIUS_CM
        most = max(posed.moved_cm, turned)
        if not (np.isfinite(most) and most * self._surface.scale > 1e-3):
            return out
        share = float(smoothstep(most / self._options.fade_cm))
        moved = self._grid.move(posed, self._changing(posed))
        box = moved.box
        if not box.holds():
            return out
        sources = dragged(self._face.places, self._eyes, self._surface, gaze)
        shown = self._face.show(posed, box, self._options.shading, sources)
        hidden = np.zeros((box.height, box.width), np.bool_)
        # The face has colours alone: a photo's own opacity is the grid's everywhere.
        if shown is not None and share == 1 and self.image.shape[2] == 3:
            hidden[shown.box.seen_from(box).rows_columns] = shown.near[..., 2] > _COVERS
        canvas = self._grid.draw(moved, hidden)
        if shown is not None:
            self._draw_face(canvas, box, posed, shown, gaze, share)
        self._write(out, canvas, box)
        return out

    def _changing(self, posed: Posed) -> Box:
        """Around the face's moved vertices and the eyes, where they are and where they were."""
        start, rims = self._surface.start.places, self._surface.points[60:76]
        face = np.arange(self._surface.head.parts["face"][1], dtype=np.int32)
        moved = moved_bounds(start, posed.places, face)
        return box_around(
            np.concatenate([moved, posed.places[rims], start[rims]]), 0.5 * self._surface.scale
        )

    def _draw_face(
        self, canvas: Array, box: Box, posed: Posed, shown: Shown, gaze: Array, share: float
    ) -> None:
        """Mouth, eyes and face over the moved head, in place."""
        colours = canvas[..., :3]
        draw_mouth(colours, box, self._crop, self._mouth, self._surface, posed, shown, share)
        draw_balls(colours, box, self._eyes, self._surface, posed, gaze, share)
        colour = self._face.colour(self._texture, shown)
        beside = self._face.colour_beside(self._crop, shown)
        close_lids(colour[..., :3], beside, shown, self._eyes, posed)
        part = colours[shown.box.seen_from(box).rows_columns]
        self._face.blend(part, shown, colour, beside, share)
        draw_lashes(colours, box, self._eyes, posed, share)

    def _write(self, out: Picture, canvas: Array, box: Box) -> None:
        """Put what has changed into a picture, in place."""
        x, y = self.window.left, self.window.top
        place = Box(box.left + x, box.top + y, box.right + x, box.bottom + y).rows_columns
        write_changed(canvas, self.image[place], out[place])


def _window(size: tuple[int, int], fit: HeadFit) -> Box:
    """The part of a photo (H, W) in which a head may move."""
    flat, _ = fit.project(_MIDDLE)
    x, y = np.nan_to_num(flat[0])
    aside, up, down = (cm * fit.scale for cm in _REACH_CM)
    height, width = size
    left, right = np.clip([np.floor(x - aside), np.ceil(x + aside)], 0, width).astype(int)
    top, bottom = np.clip([np.floor(y - up), np.ceil(y + down)], 0, height).astype(int)
    return Box(int(left), int(top), int(right), int(bottom))


__all__ = ["DrawOptions", "PhotoScene"]
