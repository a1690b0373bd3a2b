import numpy as np
import pytest

from d2animator.errors import InputError, ShapeError
from d2animator.head.fit import bounded_solution, fit_picture, point_model
from d2animator.head.measures import lid_openness, lip_gap_cm, unexplained_cm
from d2animator.head.model import load_head
from d2animator.head.pose import CAMERA_CM, PIVOT_CM, project
from tests.head.heads import known_head, seen_points

POSES = [(0, 0, 0), (25, 0, 0), (-25, -10, 5), (5, 20, -15), (40, 0, 0), (0, 0, 60)]


def residual_cm(fit, points):
    return np.linalg.norm(unexplained_cm(fit, points), axis=1)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), POSES)
@pytest.mark.parametrize("person", [0, 1])
def test_the_pose_is_found(yaw, pitch, roll, person):
    truth = known_head(yaw=yaw, pitch=pitch, roll=roll, person=person)
    fit = fit_picture(seen_points(truth))
    assert abs(fit.yaw_deg - yaw) < 2.5
    assert abs(fit.pitch_deg - pitch) < 4
    assert abs(fit.roll_deg - roll) < 2
    assert abs(fit.scale / truth.scale - 1) < 0.06
    assert residual_cm(fit, seen_points(truth)).mean() < 0.08


@pytest.mark.parametrize(
    "expression",
    [
        {"jawOpen": 0.6},
        {"mouthSmile_L": 0.7, "mouthSmile_R": 0.7},
        {"eyeBlink_L": 0.9},
        {"browOuterUp_L": 0.8, "browOuterUp_R": 0.8},
    ],
)
def test_the_expression_is_found(expression):
    truth = known_head(yaw=10, person=2, **expression)
    fit = fit_picture(seen_points(truth))
    own = dict(zip(load_head().expression_names, fit.expression, strict=True))
    for name, weight in expression.items():
        assert own[name] > 0.5 * weight
    for name in {"eyeBlink_R", "jawOpen"} - set(expression):
        assert own[name] < 0.2


def test_the_person_is_found():
    truth = known_head(person=3)
    other = known_head(person=4)
    model = point_model()
    fit = fit_picture(seen_points(truth))
    neutral = model.mean + model.identity @ fit.identity
    to_self = np.linalg.norm(neutral - model.mean - model.identity @ truth.identity, axis=1).mean()
    to_other = np.linalg.norm(neutral - model.mean - model.identity @ other.identity, axis=1).mean()
    assert to_self < 0.6 * to_other


def test_a_similarity_changes_place_size_and_roll_alone():
    points = seen_points(known_head(yaw=15, pitch=5, person=1, jawOpen=0.3))
    fit = fit_picture(points)
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # A turn about the picture of the pivot is one about the camera's axis through it.
    moved = fit_picture((points - fit.translation) @ turn.T * 3.5 + (1000, 50))
    np.testing.assert_allclose(moved.expression, fit.expression, atol=0.02)
    np.testing.assert_allclose(moved.scale, 3.5 * fit.scale, rtol=0.003)
    np.testing.assert_allclose(moved.translation, (1000, 50), atol=3.5)
    spin = np.array([[turn[0, 0], -turn[0, 1], 0], [-turn[1, 0], turn[1, 1], 0], [0, 0, 1]])
    np.testing.assert_allclose(moved.rotation, spin @ fit.rotation, atol=0.01)


@pytest.mark.parametrize("scale", [4.0, 200.0])
def test_faces_may_be_small_or_large(scale):
    rng = np.random.default_rng(0)
    points = (
        seen_points(known_head(yaw=-20, scale=scale, person=1)) + rng.normal(size=(98, 2)) * 0.4
    )
    fit = fit_picture(points)
    assert abs(fit.yaw_deg + 20) < 6
    assert np.isfinite(fit.mesh()).all()


def test_a_hand_before_the_chin_leaves_the_pose():
    points = seen_points(known_head(yaw=10, person=1))
    hidden = points.copy()
    hidden[10:23] += (60, -40)
    assert abs(fit_picture(hidden).yaw_deg - fit_picture(points).yaw_deg) < 6


@pytest.mark.parametrize("gaze", [(0.0, 0.0), (20.0, 0.0), (-15.0, 10.0), (0.0, -12.0)])
@pytest.mark.parametrize("yaw", [0.0, 20.0])
def test_the_gaze_is_found(gaze, yaw):
    fit = fit_picture(seen_points(known_head(yaw=yaw), gaze))
    np.testing.assert_allclose(fit.gaze_deg.mean(0), gaze, atol=7)
    names = fit.expressions()
    if gaze[0] > 0:
        assert names["eyeLookOutLeft"] > 0.3
        assert names["eyeLookInRight"] > 0.3
        assert names["eyeLookInLeft"] == 0


def test_weights_have_the_usual_names():
    names = fit_picture(seen_points(known_head(jawOpen=0.5, person=1))).expressions()
    assert len(names) == 52
    assert max(names, key=lambda name: names[name] * (not name.startswith("eyeLook"))) == "jawOpen"
    assert names["tongueOut"] == names["cheekPuff"] == 0


def test_the_camera_is_as_written():
    vertices = np.array([[0.0, -6.0, -1.0], [2.0, -1.0, 4.0]])
    places, distance = project(vertices, np.eye(3), 10.0, np.array([100.0, 200.0]))
    np.testing.assert_allclose(places[0], (100, 200))  # the pivot
    x, y, z = vertices[1] - PIVOT_CM
    nearness = CAMERA_CM / (CAMERA_CM - z)
    np.testing.assert_allclose(places[1], (100 + 10 * nearness * x, 200 - 10 * nearness * y))
    np.testing.assert_allclose(distance, (CAMERA_CM, CAMERA_CM - z))


def test_lids_and_lips_are_measured():
    open_eyes = seen_points(known_head())
    shut_left = seen_points(known_head(eyeBlink_L=1.0))
    left, right = lid_openness(shut_left) / lid_openness(open_eyes)
    assert left < 0.35
    assert right > 0.95
    assert lip_gap_cm(seen_points(known_head(jawOpen=0.5)), 20) > lip_gap_cm(open_eyes, 20) + 0.8


def test_bounds_hold_and_leave_the_rest_free():
    hessian = np.array([[2.0, 0.5], [0.5, 1.0]])
    slope = np.array([4.0, 1.0])
    none = np.full(2, np.inf)
    np.testing.assert_allclose(
        bounded_solution(hessian, slope, -none, none), np.linalg.solve(hessian, slope)
    )
    most = np.array([0.5, np.inf])
    change = bounded_solution(hessian, slope, -none, most)
    np.testing.assert_allclose(change, (0.5, 1.0 - 0.5 * 0.5))


def test_degenerate_points_are_named():
    good = seen_points(known_head())
    with pytest.raises(ShapeError, match="landmarks"):
        fit_picture(good[:68])
    with pytest.raises(InputError, match="finite"):
        fit_picture(np.where(np.arange(98)[:, None] == 5, np.nan, good))
    for points in (np.zeros((98, 2)), np.ones((98, 2)) * 7, good * (1, 0)):
        with pytest.raises(InputError, match="one place or line"):
            fit_picture(points)


@pytest.mark.parametrize("seed", range(5))
def test_nonsense_stays_bounded(seed):
    points = np.random.default_rng(seed).normal(size=(98, 2)) * 100
    fit = fit_picture(points)
    assert np.isfinite(fit.mesh()).all()
    assert np.abs(fit.identity).max() <= 4
    assert fit.expression.min() >= 0
    assert fit.expression.max() <= 1.1 + 1e-9
    np.testing.assert_allclose(fit.rotation @ fit.rotation.T, np.eye(3), atol=1e-9)
