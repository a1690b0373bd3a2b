"""The face's edge as a camera sees it: which vertices stick out most, and what moves them.

Landmark marching (Zhu et al. 2015): each point of the contour may march over the face, to wherever
the head sticks out most in the direction that the edge faces.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.faces.layouts import PARTS
from d2animator.head.linear import fitted_expressions, linearised, motion_of
from d2animator.head.model import Head
from d2animator.head.pose import HeadFit

Array = NDArray[np.float64]

_CONTOUR = len(PARTS["contour"])
# A point may march so far from its place on the neutral head, and so far along the contour, in cm.
_REACH_CM, _ALONG_CM = 3.5, 0.45
# And so far behind it: beside the face ears begin, under the chin the neck does.
_BEHIND_CM = (0.3, 1.3)
# So many of the vertices within reach are enough.
_CANDIDATES = 24
# An edge further off than about this counts less and less: hair, collars, hands.
_OUTLIER_CM = 0.6


@dataclass(frozen=True, eq=False)
class EdgeModel:
    """Vertices that may be the edge.

    Attributes:
        mean: (V, 3).
        identity: (V, 3, I).
        expression: (V, 3, F) of the expressions that are fitted.
        candidates: For each of the 33 points positions among those, (33, C); repeated where there
            are fewer.
    """

    mean: Array
    identity: Array
    expression: Array
    candidates: NDArray[np.intp]


@functools.lru_cache(maxsize=2)
def edge_model(head: Head) -> EdgeModel:
    """Find the vertices that may be the edge; done once for each head."""
    start, stop = head.parts["face"]
    skin = head.vertices[start:stop].astype(np.float64)
    contour = head.wflw96[:_CONTOUR]
    places = head.vertices[contour].astype(np.float64)
    along = np.gradient(places, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    rows = []
    for own, place, direction in zip(contour, places, along, strict=True):
        away = skin - place
        near = np.linalg.norm(away, axis=1) < _REACH_CM
        beside = np.abs(away @ direction) < _ALONG_CM
        below = abs(float(direction[0]))  # 1 under the chin, 0 beside the face
        behind = _BEHIND_CM[0] + below * (_BEHIND_CM[1] - _BEHIND_CM[0])
        row = np.append(start + np.flatnonzero(near & beside & (away[:, 2] > -behind)), own)
        rows.append(row[np.linspace(0, len(row) - 1, _CANDIDATES).round().astype(int)])
    vertices, positions = np.unique(np.stack(rows), return_inverse=True)
    return EdgeModel(
        mean=head.vertices[vertices].astype(np.float64),
        identity=motion_of(vertices, head.identity_modes),
        expression=motion_of(vertices, head.expression_shapes[fitted_expressions(head)]),
        candidates=positions.reshape(len(rows), -1),
    )


def edge_rows(fit: HeadFit, outline: Array, head: Head, free_identity: bool) -> tuple[Array, Array]:
    """How far the edge is from where it is seen, and what changes that.

    Only the distance across the edge counts: along it, nobody can tell one point from the next.

    Args:
        fit: The head.
        outline: Visible contour (33, 2), in the fit's unit.
        head: Its model.
        free_identity: Whether the identity is an unknown.

    Returns:
        Columns (33, U) of the unknowns, as of `linearised`, and distances (33,), in cm.
    """
    model, count = edge_model(head), len(fit.identity)
    shape = model.mean + model.identity[:, :, :count] @ fit.identity
    shape += model.expression @ fit.expression[fitted_expressions(head)]
    out = facing(outline)
    seen = fit.project(shape)[0]
    reach = np.einsum("pcd,pd->pc", seen[model.candidates], out)
    edge = model.candidates[np.arange(len(out)), reach.argmax(1)]
    identity = model.identity[edge][:, :, :count] if free_identity else None
    places, columns = linearised(fit, shape[edge], identity, model.expression[edge])
    apart = (outline - fit.translation) / fit.scale - places
    distance = (apart * out).sum(1)
    trust = 1 / np.sqrt(1 + (distance / _OUTLIER_CM) ** 2)
    return np.einsum("pdu,pd->pu", columns, out) * trust[:, None], distance * trust


def facing(outline: Array) -> Array:
    """Where each point (33, 2) of a contour faces: unit vectors (33, 2), out of the face."""
    along = np.gradient(outline, axis=0)
    out = np.stack([along[:, 1], -along[:, 0]], 1)
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
    inwards = (out * (outline - outline.mean(0))).sum() < 0
    return np.asarray(-out if inwards else out)
