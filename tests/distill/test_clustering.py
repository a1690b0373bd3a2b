"""Streamed clustering finds what clustering in memory finds, in bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from d2animator.distill.cludistiller import CluOptions, find_directions
from d2animator.distill.clustering import (
    Balance,
    Job,
    Preparation,
    cluster_streamed,
    cluster_whole,
)
from d2animator.distill.clusters import nearest_centres, settle_centres
from d2animator.distill.samples import SampleOptions, SampleSet
from d2animator.distill.store import SampleStore, fill_store, open_store
from d2animator.latent.statistics import measure_w
from tests.distill.worlds import STATES, LinearWorld, detect, template, true_direction
from tests.steadiness import Check

JOBS = [Job("mouth", "residual", 3), Job("mouth", "residual", 4), Job("nose", "aligned", 3)]


@pytest.fixture(scope="module")
def world() -> LinearWorld:
    return LinearWorld()


@pytest.fixture(scope="module")
def store(world: LinearWorld, seed: int, tmp_path_factory: pytest.TempPathFactory) -> SampleStore:
    options = SampleOptions(count=6000, batch=500, shard=500, picture_size=0, seed=seed)
    made = open_store(world, options, tmp_path_factory.mktemp("store"))
    fill_store(made, world, detect)
    return made


def test_streamed_clusters_are_about_those_in_memory(
    world: LinearWorld, store: SampleStore, seed: int, check: Check
) -> None:
    samples = store.head(6000)
    ready = Preparation.fit(samples, measure_w(world, samples=2000, seed=seed), 1, JOBS)
    whole = list(cluster_whole(samples, ready, JOBS, seed))
    streamed = list(cluster_streamed(store.head(2000), store.shards, ready, JOBS, seed))
    assert [job for job, _, _ in whole] == [job for job, _, _ in streamed] == JOBS
    for (job, means, sizes), (_, others, counts) in zip(whole, streamed, strict=True):
        assert float(counts.sum()) == float(sizes.sum()) == len(samples)
        nearest = torch.cdist(means, others).min(1).values
        name = f"{job.part} {job.count}: distance"
        check(name, (nearest / means.norm(dim=1).mean()).max(), below=0.35)


def test_directions_from_a_stream_are_the_worlds(
    world: LinearWorld, store: SampleStore, seed: int, check: Check
) -> None:
    options = CluOptions(
        parts=("mouth", "brows", "nose"), clusters=(2, 4), trials=2, count=16, seed=seed
    )
    statistics = measure_w(world, samples=2000, seed=seed)
    bank = find_directions(
        world, detect, store.head(2000), statistics, options, shards=store.shards
    )
    unit = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    for state in ("jaw", "brows", "yaw"):
        assert state in STATES
        check(state, (unit @ true_direction(world, state)).abs().max(), above=0.95)


_PROGRAM = """
import json, resource, sys
from pathlib import Path
import torch
from d2animator.distill.clustering import Job, Preparation, cluster_streamed
from d2animator.distill.samples import SampleOptions, SampleSet
from d2animator.distill.store import SampleStore
from d2animator.training.loop import save_tensors
from d2animator.latent.statistics import w_statistics
from tests.distill.worlds import template

torch.set_num_threads(1)
folder, count = Path(sys.argv[1]), int(sys.argv[2])
options = SampleOptions(count=count, shard=2000, picture_size=0)
store = SampleStore(folder, options, "synthetic", (0,) * 8)
random = torch.Generator().manual_seed(0)
for indices in store.ranges():
    codes = torch.randn(len(indices), 1, 16, generator=random)
    faces = template() + 0.02 * torch.randn(len(indices), 98, 2, generator=random)
    tensors = {"codes": codes, "landmarks": faces, "confidence": torch.ones(len(indices))}
    save_tensors(store.path(indices), tensors, {"of": "synthetic"})
jobs = [Job("mouth", "posed", 2), Job("mouth", "posed", 4), Job("pupils", "residual", 3)]
head = store.head(4000)
ready = Preparation.fit(head, w_statistics(head.codes[:, 0], 8), 1, jobs)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = list(cluster_streamed(head, store.shards, ready, jobs, 0))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"grown": after - before, "seen": int(found[0][2].sum())}))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_samples(tmp_path: Path) -> None:
    """200,000 faces are 163 MB in memory; a stream of them needs about what 20,000 do."""
    grown = {}
    for count in (20_000, 200_000):
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(tmp_path / str(count)), str(count)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said["seen"] == count
        grown[count] = said["grown"] / 1024
    assert grown[200_000] < grown[20_000] + 40


def test_balanced_features_have_spread_one_and_leave_nothing_large_out(seed: int, check: Check):
    random = torch.Generator().manual_seed(seed)
    open_and_smile = torch.randn(4000, 2, generator=random) * torch.tensor([5.0, 0.8])
    turn = torch.linalg.qr(torch.randn(6, 6, generator=random))[0]
    features = torch.cat([open_and_smile, torch.zeros(4000, 4)], 1) @ turn + 3
    features = features + 0.05 * torch.randn(4000, 6, generator=random)
    found = Balance.fit(features, share=0.99).apply(features)
    assert found.shape == (4000, 2)
    assert torch.allclose(found.std(0), torch.ones(2), atol=0.03)
    # Each component is one of the two motions, up to its sign.
    agreement = torch.corrcoef(torch.cat([found, open_and_smile], 1).T)[:2, 2:].abs()
    check("agreement", agreement.amax(1).min(), above=0.98)


def test_balanced_clusters_tell_the_small_motion(seed: int, check: Check):
    """Of a mouth that opens a lot and smiles a little, four clusters see both, not four gaps."""
    random = torch.Generator().manual_seed(seed + 1)
    moves = torch.randn(3000, 2, generator=random) * torch.tensor([5.0, 0.8])

    def smiles_told(features):
        features = features / features.std(0).max()
        labels = nearest_centres(features, settle_centres(features, 4, seed))
        means = torch.stack([moves[labels == k, 1].mean() for k in range(4)])
        return float(means.std() / moves[:, 1].std())

    check("balanced", smiles_told(Balance.fit(moves, share=0.999).apply(moves)), above=0.5)
    check("by size", smiles_told(moves), below=0.2)


def test_what_surrounds_the_face_cannot_be_read_off_the_codes_of_expressions(
    seed: int, check: Check
):
    random = torch.Generator().manual_seed(seed + 2)
    world = LinearWorld()
    statistics = measure_w(world, samples=2000, seed=seed)
    codes = world.mapping(torch.randn(1500, world.z_dim, generator=random))[:, :1]
    landmarks = template() + 0.002 * torch.randn(1500, 98, 2, generator=random)
    white = statistics.whiten(codes).flatten(1)
    # Hair whose brightness is one axis of W.
    bright = (128 + 40 * white[:, 5]).clamp(0, 255).to(torch.uint8)
    images = bright[:, None, None, None].expand(-1, 3, 16, 16).clone()
    images[:, :, 5:14, 4:12] = 100
    samples = SampleSet(codes, (0,) * world.num_ws, landmarks, 0, images)
    jobs = [Job("mouth", "residual", 2)]
    ready = Preparation.fit(samples, statistics, 1, jobs)

    def told(residual: bool) -> float:
        left = ready.codes(samples, residual=residual)
        return float(torch.corrcoef(torch.stack([left[:, 5], white[:, 5]]))[0, 1].abs())

    spread = ready.codes(samples, residual=True)[:, 5].std() / white[:, 5].std()
    check("left of expressions", spread, below=0.15)
    check("told by turns", told(residual=False), above=0.9)
