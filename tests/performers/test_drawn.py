from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch

from d2animator.animate.run import batches
from d2animator.bundles.bundle import Bundle
from d2animator.errors import ShapeError
from d2animator.faces.motion import Observation
from d2animator.faces.pixels import to_pictures
from d2animator.models.action import ActionNetwork
from d2animator.models.generators import Generator
from d2animator.performers.canvas import Square
from d2animator.performers.drawn import Drawn
from d2animator.performers.motion import ActionMotion
from d2animator.performers.portrait import Portrait
from d2animator.performers.transfer import Transfer
from tests.seeing import face_shape


@pytest.fixture(scope="module")
def portrait(tiny_generator: Generator) -> Portrait:
    with torch.no_grad():
        w_plus = tiny_generator.mapping(torch.ones(1, tiny_generator.z_dim))
    return Portrait(tiny_generator, w_plus, face_shape())


@pytest.fixture
def network(tiny_bundle: Bundle) -> ActionNetwork:
    assert tiny_bundle.action_network is not None
    return tiny_bundle.action_network


def test_at_rest_it_is_the_generators_picture(
    portrait: Portrait, tiny_generator: Generator
) -> None:
    with torch.no_grad():
        expected = tiny_generator.synthesis(portrait.w_plus)
    assert torch.equal(portrait.reconstruction(), expected)
    assert portrait.resolution == expected.shape[-1] == 32


def test_a_batch_is_its_pictures_one_by_one(portrait: Portrait) -> None:
    delta = torch.randn(3, 8, portrait.w_plus.shape[2])
    single = torch.cat([portrait.render(one) for one in delta.split(1)])
    assert torch.allclose(portrait.render(delta), single, atol=1e-5)


def test_only_moved_layers_move(portrait: Portrait, tiny_generator: Generator) -> None:
    delta = torch.randn(1, 2, portrait.w_plus.shape[2])
    code = portrait.w_plus.clone()
    code[:, :2] += delta
    with torch.no_grad():
        assert torch.equal(portrait.render(delta), tiny_generator.synthesis(code))


def test_a_bound_shortens_large_motions_only(tiny_generator: Generator) -> None:
    w_plus = torch.zeros(1, tiny_generator.num_ws, tiny_generator.w_dim)
    limits = torch.ones(tiny_generator.num_ws)
    bounded = Portrait(tiny_generator, w_plus, face_shape(), w_avg=w_plus[0, 0], limits=limits)
    free = Portrait(tiny_generator, w_plus, face_shape())
    unit = torch.nn.functional.normalize(torch.randn(1, 8, tiny_generator.w_dim), dim=-1)
    assert torch.allclose(bounded.render(0.9 * unit), free.render(0.9 * unit), atol=1e-5)
    assert torch.allclose(bounded.render(5 * unit), free.render(unit), atol=1e-4)


def test_shapes_are_checked(portrait: Portrait, tiny_generator: Generator) -> None:
    with pytest.raises(ShapeError, match="w_plus"):
        Portrait(tiny_generator, portrait.w_plus[:, :3], face_shape())
    with pytest.raises(ShapeError, match="landmarks"):
        Portrait(tiny_generator, portrait.w_plus, face_shape()[None])
    with pytest.raises(ShapeError, match="delta"):
        portrait.render(torch.zeros(1, 8, 3))


def test_motion_is_the_action_networks(network: ActionNetwork) -> None:
    start = face_shape()
    targets = start + 0.02 * torch.randn(4, 98, 2)
    motion = ActionMotion(network, start)(targets)
    with torch.no_grad():
        expected = network(start.expand(4, -1, -1), targets)
    assert torch.allclose(motion, expected, atol=1e-5)


def test_no_motion_from_a_face_to_itself(network: ActionNetwork) -> None:
    start = face_shape()
    still = ActionMotion(network, start)(start.expand(3, -1, -1))
    assert torch.allclose(still, torch.zeros_like(still), atol=1e-6)


def performed(performer: Drawn, observations: Iterator[Observation], size: int):
    """What a run does with a performer, without a file."""
    for seen, wanted in batches(performer.wanted(observations), size):
        yield from zip(seen, performer.show(performer.draw(wanted), wanted), strict=True)


def test_every_observation_gets_a_picture(portrait: Portrait, network: ActionNetwork) -> None:
    rest = face_shape()
    moved = (rest + 0.05 * torch.randn(98, 2)).double().numpy()
    faces = [None, moved, moved, rest.double().numpy(), moved]
    observations = [Observation(k, Fraction(k, 25), f, f is not None) for k, f in enumerate(faces)]
    motion = ActionMotion(network, rest)
    performer = Drawn(portrait, motion, Transfer(rest), Square(portrait.resolution))
    drawn = list(performed(performer, iter(observations), 2))
    assert [one for one, _ in drawn] == observations
    images = [image for _, image in drawn]
    assert all(image.shape == (32, 32, 3) and image.dtype == np.uint8 for image in images)
    still = to_pictures(portrait.reconstruction())[0]
    for index in (0, 3):
        assert np.abs(images[index].astype(int) - still).max() <= 1
    assert np.array_equal(images[1], images[2])
    assert not np.array_equal(images[1], still)


def test_only_a_batch_is_read_ahead(portrait: Portrait, network: ActionNetwork) -> None:
    rest, read = face_shape(), list[int]()

    def endless():
        for index in range(10**9):
            read.append(index)
            yield Observation(index, Fraction(index, 25), None, False)

    motion = ActionMotion(network, rest)
    performer = Drawn(portrait, motion, Transfer(rest), Square(portrait.resolution))
    pictures = performed(performer, endless(), 3)
    for _ in range(4):
        next(pictures)
    assert len(read) == 6


def test_pictures_are_rounded_and_clipped() -> None:
    images = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0]).expand(1, 3, 1, 5)
    assert to_pictures(images)[0, 0, :, 0].tolist() == [0, 0, 128, 255, 255]
