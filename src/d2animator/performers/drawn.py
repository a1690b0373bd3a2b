"""A source drawn by the generator: the paper's G(w_s + Δw)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator.faces.compose import Scene
from d2animator.faces.detector import Picture
from d2animator.faces.motion import Observation
from d2animator.performers.canvas import Canvas, FullFrame, ReadLandmarks
from d2animator.performers.carried import CarriedMotion
from d2animator.performers.motion import ActionMotion
from d2animator.performers.performer import Drawing
from d2animator.performers.portrait import Portrait
from d2animator.performers.transfer import Transfer


@dataclass(frozen=True, eq=False)
class Drawn:
    """A portrait in motion; see `d2animator.performers.performer.Performer`.

    Attributes:
        portrait: Whom to draw.
        motion: The facial action network with the portrait's landmarks.
        transfer: From the driver's landmarks to the portrait's.
        canvas: What drawn faces are shown on.
    """

    portrait: Portrait
    motion: ActionMotion
    transfer: Transfer
    canvas: Canvas

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return self.canvas.size

    @property
    def in_batches(self) -> bool:
        """Yes: networks take some pictures at once faster."""
        return True

    @property
    def composite(self) -> bool:
        """Whether the source's picture is around the face."""
        return isinstance(self.canvas, FullFrame)

    def wanted(self, observations: Iterator[Observation]) -> Iterator[tuple[Observation, Tensor]]:
        """Tell the landmarks (P, 2), normalised, that the person shall have in every frame."""
        return self.transfer(observations)

    def draw(self, wanted: Sequence[Tensor]) -> Tensor:
        """Draw the person with wanted landmarks k_t: G(w_s + FAN(k_s, k_t)) (section 3.3).

        Args:
            wanted: Normalised landmarks (P, 2), one for each picture.

        Returns:
            Pictures (B, 3, R, R), about [-1, 1].
        """
        return self.portrait.render(self.motion(torch.stack(list(wanted))))

    def drawing(self) -> Drawing[Tensor]:
        """Draw a clip, in which a frame's motion starts from what corrected earlier ones.

        See `d2animator.performers.performer.drawing_of` and `CarriedMotion`.
        """
        motion = CarriedMotion(self.motion)

        def draw(first: int, wanted: Sequence[Tensor]) -> Tensor:
            return self.portrait.render(motion(first, torch.stack(list(wanted))))

        return draw

    def show(self, images: Tensor, wanted: Sequence[Tensor]) -> Sequence[Picture]:
        """Show drawn images (B, 3, R, R) on the canvas: pictures (H, W, 3), uint8."""
        del wanted
        return list(self.canvas.show(images))


@dataclass(frozen=True, eq=False)
class DrawnOnto:
    """A portrait drawn into its picture, in which others move, too.

    See `d2animator.performers.together.Layer`.

    Attributes:
        drawn: The portrait in motion.
        scene: Where it belongs in the picture.
        read_landmarks: Finds the landmarks of drawn faces.
    """

    drawn: Drawn
    scene: Scene
    read_landmarks: ReadLandmarks

    def wanted(self, observations: Iterator[Observation]) -> Iterator[tuple[Observation, Tensor]]:
        """Tell the landmarks (P, 2), normalised, that the person shall have in every frame."""
        return self.drawn.wanted(observations)

    def onto(self, pictures: Sequence[Picture], wanted: Sequence[Tensor]) -> Sequence[Picture]:
        """Lay the person with wanted landmarks into pictures (H, W, 3), uint8."""
        images, scene = self.drawn.draw(wanted), self.scene
        landmarks = self.read_landmarks(images)
        laid = []
        for index, picture in enumerate(pictures):
            own = slice(index, index + 1)
            here = scene.moved(picture, scene.placing, scene.landmarks)
            laid.append(here.paste(images[own], landmarks[own])[0])
        return laid
