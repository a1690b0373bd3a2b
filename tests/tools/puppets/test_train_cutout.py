"""Training of the cut-out: batches that are true, and runs that go on where they stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from d2animator.errors import ConfigError
from d2animator.models.cutout import CUT_SIZE, CutoutNetwork
from d2animator.training.loop import LoopOptions
from tools.puppets import train_cutout as training
from tools.puppets.train_cutout import CutMaker, CutoutTraining, cut_loss

SIDE = 168


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> CutMaker:
    """Figures of a disc over a box, drawn before little clutter."""
    folder = tmp_path_factory.mktemp("figures") / "shard-00000"
    folder.mkdir()
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    head = np.hypot(x - SIDE / 2, (y - 65) * 0.8) < 24
    body = (np.abs(x - SIDE / 2) < 50) & (y > 95) & ~head
    image = np.where(head[..., None], (220, 170, 140), np.where(body[..., None], 60, 128))
    for name, part in (
        ("images", image),
        ("person", (head | body) * 255),
        ("body", body * 255),
    ):
        np.save(folder / f"{name}.npy", np.repeat(part[None], 4, 0).astype(np.uint8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_BANK", 32)
        return CutMaker([folder.parent])


def test_batches_tell_what_every_pixel_shows(maker: CutMaker) -> None:
    cuts = maker.batch(8, torch.Generator().manual_seed(1))
    assert len(maker) == 4
    assert cuts.images.shape == (8, 3, CUT_SIZE, CUT_SIZE)
    assert float(cuts.images.min()) >= 0
    assert float(cuts.images.max()) <= 1
    assert torch.allclose(cuts.shares.sum(1), torch.ones(8, CUT_SIZE, CUT_SIZE), atol=1e-5)
    assert float((cuts.images * (1 - cuts.there)).abs().max()) == 0
    head, body = cuts.shares[:, 1].mean(), cuts.shares[:, 2].mean()
    assert 0.05 < float(head) < 0.25
    assert 0.15 < float(body) < 0.5
    middle = CUT_SIZE // 2
    assert float(cuts.there[:, 0, middle, middle].min()) == 1  # the head is always on the photo


def test_a_batch_depends_on_its_generator_alone(maker: CutMaker) -> None:
    first, again, other = (maker.batch(3, torch.Generator().manual_seed(k)) for k in (1, 1, 2))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


def test_the_loss_counts_what_the_photo_shows(maker: CutMaker) -> None:
    cuts = maker.batch(2, torch.Generator().manual_seed(1))
    right = cuts.shares.clamp_min(1e-6).log()
    loss, told = cut_loss(right, cuts)
    worse, _ = cut_loss(-right, cuts)
    assert float(loss) < float(worse)
    assert float(told["right"]) > 0.999
    outside = torch.where(cuts.there > 0, right, -right)
    assert float(cut_loss(outside, cuts)[0]) == pytest.approx(float(loss))


def test_training_goes_on_where_it_stopped(maker: CutMaker, tmp_path: Path) -> None:
    loop = LoopOptions(steps=2, save_every=1, report_every=1, warmup=1)
    options = CutoutTraining(batch=2, loop=loop)
    whole = training.train_cutout(maker, options)
    half = replace(options, loop=replace(loop, minutes=0.0))
    checkpoint = tmp_path / "run.safetensors"
    for _ in range(2):
        network = training.train_cutout(maker, half, checkpoint=checkpoint)
    for name, value in whole.state_dict().items():
        assert torch.equal(network.state_dict()[name], value), name
    training.save_cutout(network, tmp_path / "cutout.safetensors")
    kept = load_file(tmp_path / "cutout.safetensors")
    assert {one.dtype for one in kept.values()} == {torch.float16}
    CutoutNetwork().load_state_dict({name: one.float() for name, one in kept.items()})


def test_a_batch_has_pictures() -> None:
    with pytest.raises(ConfigError):
        CutoutTraining(batch=0)
