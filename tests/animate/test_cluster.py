"""A crew on a real Ray cluster of two nodes, one of which is killed in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from d2animator.animate.cluster import Cluster
from d2animator.animate.many import pair_up
from d2animator.animate.options import AnimateOptions
from d2animator.animate.tasks import Shared
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.errors import ConfigError
from d2animator.marks.options import UNMARKED
from d2animator.media.clip import open_clip
from d2animator.media.images import write_image
from tests.seeing import film, picture, seeing

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def local() -> Iterator[Any]:
    from ray.cluster_utils import Cluster as LocalCluster

    cluster = LocalCluster(initialize_head=True, head_node_args={"num_cpus": 1})
    yield cluster
    cluster.shutdown()


def test_all_is_made_once_though_a_node_is_killed(
    tiny_bundle: Bundle, tmp_path: Path, local: Any
) -> None:
    save_bundle(seeing(tiny_bundle), tmp_path / "model")
    make = partial(
        D2Animator.from_pretrained, str(tmp_path / "model"), device="cpu", marks=UNMARKED
    )
    sources = [write_image(tmp_path / f"{k}.png", picture(k)) for k in range(6)]
    drivers = [film(tmp_path / f"clip{k}.mp4", "f" * (4 + k)) for k in range(2)]
    folder = tmp_path / "out"
    folder.mkdir()
    pairs = pair_up(sources, drivers, folder)
    other = local.add_node(num_cpus=1)
    local.wait_for_nodes()
    told = []
    with Cluster(make, local.address) as crew:
        assert crew.size == 2
        for outcome in Shared(crew, AnimateOptions(renderer="photo")).animate(pairs):
            told.append(outcome)
            if len(told) == 1:
                local.remove_node(other, allow_graceful=False)
    assert sorted(one.pair.output for one in told) == sorted(pair.output for pair in pairs)
    assert not [str(one.error) for one in told if one.error]
    for pair in pairs:
        assert open_clip(pair.output).count == 4 + int(pair.driver.stem[-1])


def test_no_cluster_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"no cluster answers at 127\.0\.0\.1:1 "):
        Cluster(D2Animator.from_pretrained, "127.0.0.1:1")
