"""A source picture as a scene in which only the face moves.

What the generator draws is laid back where the crop was cut out, under a soft mask over the face
at rest and the moved face. Outside the mask the result holds the source's bytes.

A head that turns also wanders over the generator's picture, but in the source's hair, ears and
neck stay. So each drawn face is shifted until its outline sits in the still head where it did at
rest (`outline_anchor`); it turns, nods and tilts in its place.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

from d2animator.errors import ShapeError, check_shape
from d2animator.faces.align import Similarity, ffhq_crop
from d2animator.faces.blend import face_box, face_distance, face_mask, soften, spread_from
from d2animator.faces.layouts import LEFT_EYE, MOUTH_LEFT, MOUTH_RIGHT, RIGHT_EYE
from d2animator.faces.pixels import to_image, to_picture, to_pictures
from d2animator.faces.pose import solve_pose
from d2animator.faces.warp import warp_tensor

Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]

# A picture is larger than its face's crop when one of its sides is longer by this factor.
LARGER = 1.25
# Colours are moved by no more than this, of [-1, 1]; more is a wrong match, not a cast of light.
_MOST_COLOUR = 0.25


class Scene:
    """A source picture, and where in it the generator's pictures belong.

    Attributes:
        image: The source (H, W, 3), or with opacity (H, W, 4), uint8; never changed.
        placing: Map from its pixels to those of the generator's pictures.
        landmarks: The face's landmarks (98, 2) in its pixels.
    """

    def __init__(
        self,
        image: Picture,
        placing: Similarity,
        landmarks: npt.ArrayLike,
        *,
        rest: npt.ArrayLike | None = None,
        colours: Tensor | None = None,
    ) -> None:
        """Describe the scene.

        Args:
            image: The source (H, W, 3) or (H, W, 4), uint8.
            placing: Map from its pixels to those of the generator's pictures.
            landmarks: The face's landmarks (98, 2) in its pixels.
            rest: Landmarks (98, 2) of the face at rest as drawn, in pixels of the generator's
                pictures; None for the source's own.
            colours: What to add to what is drawn at rest (1, 3, R, R), see `match_colours`; None
                for nothing.

        Raises:
            ShapeError: The picture has another shape.
        """
        check_shape("image", image, ("H", "W", 4 if image.shape[2:] == (4,) else 3))
        self.image = image
        self.placing = placing
        self.landmarks: Points = np.asarray(landmarks, np.float64)
        self._rest: Points = np.asarray(
            placing.apply(self.landmarks) if rest is None else rest, np.float64
        )
        self._colours = colours

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.image.shape[1], self.image.shape[0]

    @property
    def is_larger(self) -> bool:
        """Whether the picture shows clearly more than the square crop around its face."""
        side = 1 / ffhq_crop(self.landmarks, 1).scale
        return max(self.size) > LARGER * side

    def resized(self, longest: int) -> Scene:
        """Give the same scene with another length of the picture's longer side, in pixels."""
        width, height = self.size
        factor = longest / max(width, height)
        new = max(1, round(width * factor)), max(1, round(height * factor))
        if new == (width, height):
            return self
        mode = "area" if factor < 1 else "bicubic"
        resampled = interpolate(to_image(self.image[..., :3]), (new[1], new[0]), mode=mode)
        image = to_picture(resampled)
        if self.image.shape[2] == 4:
            opacity = to_image(np.repeat(self.image[..., 3:], 3, axis=2))
            resampled = interpolate(opacity, (new[1], new[0]), mode=mode)
            image = np.dstack([image, to_picture(resampled)[..., :1]])
        # One factor for both axes: the sides are whole pixels, at most half a pixel off.
        grow = Similarity(np.array([[factor, 0.0, 0.0], [0.0, factor, 0.0]]))
        placing = self.placing.compose(grow.inverse())
        return self._with(image, placing, grow.apply(self.landmarks))

    def moved(self, image: Picture, placing: Similarity, landmarks: npt.ArrayLike) -> Scene:
        """Give the scene of another frame of the same clip, with the same colours.

        Raises:
            ShapeError: The frame has another size.
        """
        if image.shape != self.image.shape:
            raise ShapeError("image", self.image.shape, image.shape)
        return self._with(image, placing, landmarks)

    def followed(self, image: Picture, landmarks: npt.ArrayLike) -> Scene:
        """Give the scene of another frame of the same clip, where the face was followed to.

        Args:
            image: The frame (H, W, 3), uint8.
            landmarks: The face's landmarks (98, 2) in its pixels.

        Raises:
            ShapeError: The frame has another size.
        """
        points = np.asarray(landmarks, np.float64)
        return self.moved(image, carried(self.placing, self.landmarks, points), points)

    def _with(self, image: Picture, placing: Similarity, landmarks: npt.ArrayLike) -> Scene:
        return Scene(image, placing, landmarks, rest=self._rest, colours=self._colours)

    @torch.no_grad()
    def paste(self, images: Tensor, landmarks: Tensor) -> Picture:
        """Lay drawn faces into the picture.

        Args:
            images: What the generator drew (B, 3, R, R), about [-1, 1].
            landmarks: Points (B, 98, 2) of the drawn faces, in pixels of ``images``.

        Returns:
            Pictures (B, H, W, 3), uint8, or (B, H, W, 4) as the source. Where the mask is zero they
            equal the source.
        """
        check_shape("landmarks", landmarks, (len(images), "P", 2))
        drawn = images.float()
        shifts = self._shifts(landmarks)
        box, mask = self._cover(landmarks.to(drawn.device), shifts, images.shape[-1])
        left, top, right, bottom = box
        part = to_image(self.image[top:bottom, left:right, :3]).to(drawn.device)
        lifted = self._lift(drawn, box, shifts)
        if self._colours is not None:
            lifted = lifted + self._lift(self._colours.to(drawn), box, np.zeros((1, 2)))
        mixed = part + mask * (lifted.clamp(-1, 1) - part)
        results = np.repeat(self.image[None], len(images), axis=0)
        untouched = (mask[:, 0] == 0).cpu().numpy()[..., None]
        inner = results[:, top:bottom, left:right]
        inner[..., :3] = np.where(untouched, inner[..., :3], to_pictures(mixed))
        if inner.shape[-1] == 4:
            drawn_on = (255 * mask[:, 0]).round().byte().cpu().numpy()
            inner[..., 3] = np.maximum(inner[..., 3], drawn_on)
        return results

    @torch.no_grad()
    def mask(self, landmarks: Tensor, resolution: int) -> Tensor:
        """Give the mask with which `paste` lays faces into the picture.

        Args:
            landmarks: As for `paste`.
            resolution: Side R of the generator's pictures.

        Returns:
            (B, 1, H, W) in [0, 1]; where it is 0 the result equals the source.
        """
        width, height = self.size
        box, part = self._cover(landmarks, self._shifts(landmarks), resolution)
        left, top, right, bottom = box
        whole = part.new_zeros(len(part), 1, height, width)
        whole[..., top:bottom, left:right] = part
        return whole

    def _shifts(self, landmarks: Tensor) -> Points:
        """How far the outlines of drawn faces have wandered (B, 2), in the generator's pixels."""
        seen = landmarks.double().cpu().numpy()
        return outline_anchor(seen) - outline_anchor(self._rest)

    def _cover(self, landmarks: Tensor, shifts: Points, resolution: int) -> tuple[Box, Tensor]:
        """Give the box in which something changes, and the masks (B, 1, h, w) there."""
        seen = landmarks.double().cpu().numpy()
        moved = self.placing.inverse().apply(seen - shifts[:, None])
        both = np.concatenate([self.landmarks[None], moved])
        points = torch.from_numpy(both).to(landmarks.device, torch.float32)
        box = face_box(points, *self.size)
        masks = face_mask(points, box)
        mask = torch.maximum(masks[:1], masks[1:]) * self._inside(box, resolution, points)
        # A rim that 8 bits cannot show would only blur the border of what is untouched.
        return box, mask * (mask > 1 / 512)

    def _lift(self, images: Tensor, box: Box, shifts: Points) -> Tensor:
        """Resample pictures (B, 3, R, R), from (B, 2) pixels on, at those of a box."""
        size = images.shape[-1]
        scale = self.placing.scale  # the generator's pixels for one of the source's
        if scale > 1.3:  # bilinear sampling alone would alias
            images = interpolate(images, size=max(1, round(size / scale)), mode="area")
        positions = (
            self._positions(box, size)[None] + torch.from_numpy(shifts / size)[:, None, None]
        )
        mode = "bicubic" if scale < 0.75 else "bilinear"
        grid = (positions * 2 - 1).to(images)
        return grid_sample(images, grid, mode=mode, padding_mode="border", align_corners=False)

    def _positions(self, box: Box, size: int) -> Tensor:
        """Where a box's pixels lie in the generator's picture (h, w, 2), in its widths."""
        left, top, right, bottom = box
        x, y = np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5)
        return torch.from_numpy(self.placing.apply(np.stack([x, y], -1)) / size)

    def _inside(self, box: Box, size: int, like: Tensor) -> Tensor:
        """Fade out where the generator's picture ends: (1, 1, h, w)."""
        positions = self._positions(box, size).to(like)
        edge = torch.minimum(positions, 1 - positions).amin(-1)
        return soften(1 - edge / 0.05)[None, None]


def outline_anchor(landmarks: Points) -> Points:
    """Find the point of faces that stays in place in a still head.

    Across, that is the middle between both ends of the contour: the eyes and the nose wander
    between these when a head turns. Down, it is the centre of `ffhq_crop`, which an opening mouth
    does not move.

    Args:
        landmarks: Points (..., 98, 2).

    Returns:
        Points (..., 2).
    """
    ends = [landmarks[..., part, 0].mean(-1) for part in (slice(0, 7), slice(26, 33))]
    eyes = landmarks[..., [*RIGHT_EYE, *LEFT_EYE], 1].mean(-1)
    mouth = landmarks[..., [MOUTH_RIGHT, MOUTH_LEFT], 1].mean(-1)
    return np.asarray(np.stack([(ends[0] + ends[1]) / 2, eyes + 0.1 * (mouth - eyes)], -1))


def carried(placing: Similarity, before: Points, now: Points) -> Similarity:
    """Find where a face belongs in another frame of its clip.

    The size changes as the head's does, whatever its pose and expression. The place is such that
    the head's outline (`outline_anchor`) stays where it is in the generator's picture: eyes and
    nose of a head that turns wander in it, and the drawn face must not follow them. A tilt is a
    motion, not a place.

    Args:
        placing: Map from the first frame's pixels to those of the generator's pictures.
        before: The face's landmarks (98, 2) in the first frame's pixels.
        now: The same in the other frame's.

    Returns:
        The map from the other frame's pixels.
    """
    sizes = solve_pose(torch.from_numpy(np.stack([before, now]))).scale
    grown = placing.matrix * np.array([[1.0, 1.0, 0.0]]) * float(sizes[0] / sizes[1])
    off = outline_anchor(placing.apply(before)) - outline_anchor(Similarity(grown).apply(now))
    return Similarity(grown + np.concatenate([np.zeros((2, 2)), off[:, None]], axis=1))


@torch.no_grad()
def match_colours(
    image: Picture, placing: Similarity, landmarks: npt.ArrayLike, drawn: Tensor
) -> Tensor:
    """Find what to add to drawn pictures so that their colours fit the source around the face.

    The differences of source and drawn picture are taken in a band along the rim of the face at
    rest, and spread smoothly over the picture (membrane cloning, with the same membrane for all
    frames, so that it cannot flicker).

    Args:
        image: The source (H, W, 3), uint8.
        placing: Map from its pixels to those of the generator's pictures.
        landmarks: The face's landmarks (98, 2) in its pixels.
        drawn: The source at rest as the generator draws it (1, 3, R, R).

    Returns:
        What to add (1, 3, R, R).
    """
    size = drawn.shape[-1]
    crop = warp_tensor(image, placing, size).to(drawn)
    points = torch.from_numpy(placing.apply(landmarks))[None].to(drawn)
    centres = torch.arange(size, device=drawn.device) + 0.5
    positions = torch.stack(torch.meshgrid(centres, centres, indexing="xy"), -1)
    distance = face_distance(points, positions)[:, None]
    band = (1 - distance.abs()).clamp_min(0)
    difference = (crop - drawn.float().clamp(-1, 1)).clamp(-_MOST_COLOUR, _MOST_COLOUR)
    return spread_from(difference, band).clamp(-_MOST_COLOUR, _MOST_COLOUR)


def resize_square(images: Tensor, side: int) -> Tensor:
    """Resample pictures (B, 3, R, R) to (B, 3, side, side) without aliasing."""
    if images.shape[-1] == side:
        return images
    if side < images.shape[-1]:
        return interpolate(images, size=side, mode="area")
    return interpolate(images, size=side, mode="bicubic", align_corners=False)
