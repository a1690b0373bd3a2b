import numpy as np
import pytest

from d2animator.errors import ShapeError
from d2animator.head.edge import edge_model, edge_rows, facing
from d2animator.head.fit import fit_picture
from d2animator.head.linear import fitted_expressions
from d2animator.head.model import load_head
from tests.head.heads import known_head, seen_points


def visible_edge(fit):
    """The contour (33, 2) where the head sticks out most."""
    head, model = load_head(), edge_model(load_head())
    shape = model.mean + model.identity @ fit.identity
    shape += model.expression @ fit.expression[fitted_expressions(head)]
    seen = fit.project(shape)[0]
    out = facing(seen_points(fit)[:33])
    reach = np.einsum("pcd,pd->pc", seen[model.candidates], out)
    return seen[model.candidates[np.arange(33), reach.argmax(1)]]


def test_the_edge_faces_out_of_the_face():
    contour = seen_points(known_head())[:33]
    out = facing(contour)
    np.testing.assert_allclose(facing(contour[::-1])[::-1], out)
    assert out[16, 1] > 0.9  # the chin's, down
    assert out[2, 0] < -0.9 < 0.9 < out[30, 0]


@pytest.mark.parametrize("yaw", [0, 30])
def test_a_fitting_head_has_nothing_to_mend(yaw):
    fit = known_head(yaw=yaw, person=2)
    _, distance = edge_rows(fit, visible_edge(fit), load_head(), free_identity=True)
    assert np.abs(distance).mean() < 0.1


def test_the_rows_tell_how_the_edge_moves():
    fit = known_head(yaw=25, person=2)
    edge = visible_edge(fit)
    columns, before = edge_rows(fit, edge, load_head(), free_identity=True)
    _, after = edge_rows(fit, edge + np.array([2.0, 0.0]), load_head(), free_identity=True)
    # A shift of the picture by 2 pixels is one of .1 cm of the head's place, the unknown 4.
    np.testing.assert_allclose(after - before, 0.1 * columns[:, 4], atol=0.01)


def test_an_outline_mends_a_contour_that_is_off():
    truth = known_head(yaw=30, person=3)
    points = seen_points(truth)
    points[:33] += np.random.default_rng(0).normal(size=(33, 2)) * 6
    edge = visible_edge(truth)

    def off(fit):
        return np.abs(edge_rows(fit, edge, load_head(), free_identity=True)[1]).mean()

    assert off(fit_picture(points, edge)) < 0.8 * off(fit_picture(points))


def test_an_outline_has_33_points():
    with pytest.raises(ShapeError, match="outline"):
        fit_picture(seen_points(known_head()), np.zeros((30, 2)))
