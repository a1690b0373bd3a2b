"""A fitted head: its camera, who it is, what it does; pose in degrees, expressions by name, a mesh.

Camera: a point V of the head (cm) is seen at  p = t + s D / (D - Z) (X, -Y)  with
(X, Y, Z) = R (V - pivot). R is ``rotation``, s ``scale``, t ``translation``; D is 95 cm, a
portrait's distance, and the pivot lies in the neck. So t is where the picture shows the pivot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.blendshapes import named_weights
from d2animator.head.model import Head, load_head
from d2animator.head.turns import angles_from_rotation

Array = NDArray[np.float64]

CAMERA_CM = 95.0
"""Distance of the camera from the pivot."""

PIVOT_CM = np.array([0.0, -6.0, -1.0])
"""What a head turns about: a point in the neck, in the head's frame. Do not change it in place."""


def project(
    vertices: NDArray[Any], rotation: Array, scale: float, translation: Array
) -> tuple[Array, Array]:
    """See points of a head through the camera above.

    Args:
        vertices: (N, 3) in the head's frame, cm.
        rotation: (3, 3).
        scale: Pixels a centimetre, at the pivot.
        translation: (2,) pixels.

    Returns:
        Places (N, 2) in pixels, and distances (N,) from the camera in cm: less is nearer.
    """
    turned = (vertices - PIVOT_CM) @ rotation.T
    distance = CAMERA_CM - turned[:, 2]
    nearness = scale * CAMERA_CM / distance
    return translation + nearness[:, None] * turned[:, :2] * (1.0, -1.0), distance


def _straight() -> Array:
    return np.zeros((2, 2))


@dataclass(frozen=True, eq=False)
class HeadFit:
    """A head in a picture.

    Attributes:
        rotation: From the head's frame to the camera's (x right, y up, z to the viewer), (3, 3).
        scale: Pixels a centimetre.
        translation: Where the picture shows the pivot in the neck, pixels (2,).
        identity: Weights (I,) of the identity modes, in standard deviations.
        expression: Weights (E,) of the expression shapes, 0 at rest and 1 for the whole of one, in
            the order of ``Head.expression_names``.
        gaze_deg: Where the left and the right eye look, relative to the head: degrees to the
            person's left and up, (2, 2).
    """

    rotation: Array
    scale: float
    translation: Array
    identity: Array
    expression: Array
    gaze_deg: Array = field(default_factory=_straight)

    @property
    def yaw_deg(self) -> float:
        """Turn to the person's left."""
        return angles_from_rotation(self.rotation)[0]

    @property
    def pitch_deg(self) -> float:
        """Nod downwards."""
        return angles_from_rotation(self.rotation)[1]

    @property
    def roll_deg(self) -> float:
        """Tilt of the crown to the person's right."""
        return angles_from_rotation(self.rotation)[2]

    def expressions(self) -> dict[str, float]:
        """Weights of the 52 usual blendshapes (ARKit's names), from 0 to about 1.

        98 points tell nothing of ``cheekPuff``, ``jawForward``, ``mouthShrugUpper``,
        ``mouthShrugLower`` and ``tongueOut``, which are 0, and little of ``cheekSquint`` and
        ``noseSneer``. The eight ``eyeLook...`` come from the pupils.
        """
        return named_weights(self.expression, self.gaze_deg)

    def mesh(self, head: Head | None = None) -> NDArray[np.float32]:
        """Vertices (N, 3) of this person with this expression, in the head's frame, cm."""
        head = load_head() if head is None else head
        neutral = head.vertices + head.identity_offset(self.identity)
        return np.asarray(neutral + head.expression_offset(self.expression), np.float32)

    def project(self, vertices: NDArray[Any]) -> tuple[Array, Array]:
        """Places (N, 2) in pixels of ``vertices`` (N, 3), and distances (N,) from the camera."""
        return project(vertices, self.rotation, self.scale, self.translation)
