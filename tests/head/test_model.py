import numpy as np
import pytest

from d2animator.errors import MediaError
from d2animator.head.blendshapes import BLENDSHAPES, MODEL_NAMES, model_names
from d2animator.head.model import NormalField, load_head
from d2animator.head.packed import pack, unpack


def test_the_head_of_the_package_is_whole():
    head = load_head()
    count = len(head.vertices)
    assert head.expression_names == MODEL_NAMES
    assert max(stop for _, stop in head.parts.values()) == count
    assert sum(len(own) for own in head.part_triangles.values()) == len(head.triangles)
    assert head.identity_modes.shape == (40, 3 * count)
    assert head.expression_shapes.shape == (len(MODEL_NAMES), 3 * count)
    assert np.isfinite(head.expression_shapes).all()
    assert np.isfinite(head.identity_modes).all()


def test_the_points_lie_where_a_face_has_them():
    head = load_head()
    points = head.vertices[head.wflw96]
    # x to the person's left, y up, z out of the face: the right outer eye corner has x < 0.
    assert points[60, 0] < -3 < 3 < points[72, 0]
    assert points[16, 1] < points[85, 1] < points[54, 1] < points[60, 1] < points[35, 1]
    assert points[54, 2] == points[:, 2].max()
    np.testing.assert_allclose(points[60, 0], -points[72, 0], atol=0.05)


@pytest.mark.parametrize("name", ["eyeBlink_L", "jawOpen", "mouthSmile_R"])
def test_expressions_move_what_they_are_named_for(name):
    head = load_head()
    offset = head.expression_offset(head.expression_weights({name: 1.0}))[head.wflw96]
    moved = np.linalg.norm(offset, axis=1)
    top = int(moved.argmax())
    wanted = {"eyeBlink_L": range(68, 76), "jawOpen": range(96), "mouthSmile_R": range(76, 96)}[
        name
    ]
    assert top in wanted
    assert moved[top] > 0.5
    if name == "jawOpen":  # the chin goes down, the brows stay
        assert offset[16, 1] < -1
        assert moved[33:51].max() < 0.01


def test_eyeballs_lie_behind_the_lids():
    head = load_head()
    left, right = head.eyeballs(np.zeros(40))
    assert left[0] > 0 > right[0]
    lids = head.vertices[head.wflw96[68:76]]
    assert (np.linalg.norm(lids - left[:3], axis=1) < 1.5 * left[3]).all()


def test_normals_point_outwards():
    head = load_head()
    normals = NormalField(head.triangles, len(head.vertices))(head.vertices)
    np.testing.assert_allclose(np.linalg.norm(normals[head.wflw96], axis=1), 1, atol=1e-3)
    assert normals[head.wflw96[54], 2] > 0.5  # the tip of the nose


def test_packing_keeps_a_head():
    head = load_head()
    fields = {name: getattr(head, name) for name in head.__dataclass_fields__}
    tensors, labels = pack(fields, identity_modes=5, inner_modes=3)
    again = unpack(tensors, labels)
    outer = head.parts["socket"][1]
    near = np.abs(again["identity_modes"] - head.identity_modes[:5])[:, : 3 * outer]
    assert near.max() < 0.006  # half a step of a byte, of a mode of 1.4 cm
    assert np.abs(again["expression_shapes"] - head.expression_shapes).max() < 0.02
    assert not again["identity_modes"][4, 3 * outer :].any()
    assert (again["wflw96"] == head.wflw96).all()


def test_what_is_no_head_is_named(tmp_path):
    with pytest.raises(MediaError, match="no such head model"):
        load_head(tmp_path / "absent.npz")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"nothing")
    with pytest.raises(MediaError, match="not a packed head model"):
        load_head(broken)


def test_the_usual_names_stand_for_the_models_own():
    assert len(BLENDSHAPES) == 52
    own = [part for name in BLENDSHAPES for part in model_names(name)]
    assert sorted(own) == sorted(MODEL_NAMES)
    assert model_names("tongueOut") == ()
    assert model_names("mouthLeft") == ("mouthLeft",)
    assert model_names("browInnerUp") == ("browInnerUp_L", "browInnerUp_R")
