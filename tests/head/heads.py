"""Heads whose pose, identity and expression are known, and the points that a camera sees."""

import numpy as np

from d2animator.head.fit import point_model
from d2animator.head.model import load_head
from d2animator.head.pose import HeadFit
from d2animator.head.turns import rotation_from_angles


def known_head(
    *, yaw=0.0, pitch=0.0, roll=0.0, scale=20.0, place=(256.0, 400.0), person=0, **expression
):
    """A head of ``person`` (0 the mean one) with expressions of the model's own names."""
    head = load_head()
    identity = np.zeros(40)
    if person:
        identity = 0.7 * np.random.default_rng(person).normal(size=40)
    weights = head.expression_weights(expression).astype(float)
    rotation = rotation_from_angles(yaw, pitch, roll)
    return HeadFit(rotation, scale, np.array(place), identity, weights)


def seen_points(fit, gaze_deg=(0.0, 0.0)):
    """Points (98, 2) of a head that looks so far to its left and up."""
    skin, _ = fit.project(point_model().shape(fit))
    left, up = np.radians(gaze_deg)
    ray = np.array([np.sin(left) * np.cos(up), np.sin(up), np.cos(left) * np.cos(up)])
    balls = load_head().eyeballs(fit.identity).astype(float)
    pupils, _ = fit.project(np.stack([ball[:3] + ball[3] * ray for ball in balls[::-1]]))
    return np.concatenate([skin, pupils])
