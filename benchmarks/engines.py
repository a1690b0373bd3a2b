"""What each engine takes for a frame, and whether bfloat16 draws the same.

    python -m benchmarks.engines            # milliseconds of all engines, in turn
    python -m benchmarks.engines --same     # 500 faces of the embedded model in fp32 and bfloat16

Engines take turns, each frame is timed on the processor's clock (others that run there do not
count), and the median is told. What they are compared to is the paper's form, with weights of its
own for every picture. PyTorch and that form run in two processes more: one with the C library's
memory as it comes, and one in which the environment keeps all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from benchmarks import figures
from d2animator.bundles.bundle import load_bundle
from d2animator.engines.allocator import keep_memory
from d2animator.engines.choice import has_openvino
from d2animator.engines.engine import Engine, TorchEngine
from d2animator.engines.precision import LEAST_PSNR, psnr
from d2animator.models import ops
from d2animator.models.generators import TRUNCATION, Generator
from d2animator.models.stylegan2 import GeneratorConfig
from tests.models import references

CASES = ("embedded", "256", "1024")
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}
# Distance of two points of the layout, the outer corners of the eyes.
_EYES = (60, 72)
_MOST_OFF = 0.003


def generator_of(case: str) -> Generator:
    """The embedded generator, or one of the official shape with random weights."""
    if case == "embedded":
        return load_bundle().generator
    torch.manual_seed(0)
    side = int(case)
    shape = GeneratorConfig(img_resolution=side, channel_base=16384 if side == 256 else 32768)
    generator = Generator(shape).eval().requires_grad_(False)
    for name, value in generator.named_parameters():
        if name.endswith("noise_strength"):
            value.fill_(0.1)
    return generator


class PaperEngine(TorchEngine):
    """Draws with weights of its own for every picture, as the paper writes it."""

    def draw(self, w_plus: Tensor) -> Tensor:
        """Draw codes, see `TorchEngine.draw`."""
        with (
            mock.patch.object(ops, "modulated_conv2d", _paper),
            mock.patch.object(ops, "upsample2d", _paper_upsample),
        ):
            return super().draw(w_plus)


def _paper(x: Tensor, weight: Tensor, styles: Tensor, up: int = 1) -> tuple[Tensor, Tensor]:
    y = references.modulated_conv2d(x, weight, styles, demodulate=True, up=up)
    return y, y.new_ones(y.shape[:2])


def _paper_upsample(x: Tensor) -> Tensor:
    return references.upfirdn2d(x, ops.resample_filter() * 4, up=2, padding=(2, 1))


def engines_of(generator: Generator, which: str) -> dict[str, Engine]:
    """Engines by name: "own" for those of the product, else PyTorch and the paper's form."""
    if which != "own":
        return {"paper": PaperEngine(generator), "torch": TorchEngine(generator)}
    found: dict[str, Engine] = {"torch": TorchEngine(generator)}
    if has_openvino():
        from d2animator.engines.compiled import OpenVinoEngine

        found["openvino fp32"] = OpenVinoEngine(generator, 1, torch.float32)
        found["openvino bfloat16"] = OpenVinoEngine(generator, 1, torch.bfloat16)
    return found


def timed(engines: dict[str, Engine], w_plus: Tensor, times: int) -> dict[str, float]:
    """Median milliseconds of a frame on the processor's clock, the engines in turn."""
    spent: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(times + 2):  # the first two only warm up
        for name, engine in engines.items():
            began = time.process_time()
            engine.draw(w_plus)
            if turn > 1:
                spent[name].append(1000 * (time.process_time() - began))
    return {name: round(sorted(all_of)[times // 2], 1) for name, all_of in spent.items()}


def one_case(case: str, which: str, times: int) -> dict[str, float]:
    """Measure one generator in this process, with one thread."""
    torch.set_num_threads(1)
    if which == "own":
        keep_memory()
    generator = generator_of(case)
    w_plus = generator.mapping(torch.randn(1, generator.z_dim), truncation_psi=TRUNCATION)
    with torch.inference_mode():
        return timed(engines_of(generator, which), w_plus, times)


def measure(cases: tuple[str, ...] = CASES, times: int = 9) -> dict[str, Any]:
    """Measure all, each generator and memory in a process of its own."""
    found: dict[str, Any] = {}
    for case in cases:
        found[case] = {}
        for which in ("default", "tuned", "own"):
            words = ["--case", case, "--which", which, "--times", str(times)]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.engines", *words],
                env={**os.environ, "OMP_NUM_THREADS": "1", **(TUNED if which == "tuned" else {})},
                capture_output=True,
                text=True,
                check=True,
                cwd=figures.ROOT,
            )
            found[case][which] = json.loads(done.stdout.splitlines()[-1])
    return {"threads": 1, "times": times, "cases": found}


def markdown(data: dict[str, Any]) -> str:
    """The tables of the documentation."""
    rows = []
    for case, found in data["cases"].items():
        default, tuned = (found[which]["paper"] for which in ("default", "tuned"))
        named = [("paper's form, default memory", default), ("paper's form, tuned memory", tuned)]
        named += [
            (f"torch, {which} memory", found[which]["torch"]) for which in ("default", "tuned")
        ]
        named += list(found["own"].items())
        rows += [
            (case, name, f"{ms:.1f}", f"{default / ms:.1f} ×", f"{tuned / ms:.1f} ×")
            for name, ms in named
        ]
    note = "One thread; median milliseconds of a frame on the processor's clock.\n\n"
    header = ["generator", "engine", "ms", "against default", "against tuned"]
    return note + figures.table(header, rows)


def same(faces: int = 500) -> dict[str, Any]:
    """Draw faces of the embedded model in fp32 and in bfloat16, and find their landmarks."""
    from d2animator.engines.compiled import OpenVinoEngine
    from d2animator.engines.running import has_bfloat16

    bundle = load_bundle()
    generator, tracker = bundle.generator, bundle.tracker()
    exact = OpenVinoEngine(generator, 1, torch.float32)
    quick = OpenVinoEngine(generator, 1, torch.bfloat16)
    random = torch.Generator().manual_seed(1)
    alike, off = [], []
    for _ in range(0, faces, 10):
        z = torch.randn(10, generator.z_dim, generator=random)
        with torch.inference_mode():
            w_plus = generator.mapping(z, truncation_psi=TRUNCATION)
        pictures = exact.draw(w_plus), quick.draw(w_plus)
        alike += [psnr(*pair) for pair in zip(*pictures, strict=True)]
        points, others = (tracker.landmarks_batch(drawn) for drawn in pictures)
        eyes = (points[:, _EYES[0]] - points[:, _EYES[1]]).norm(dim=-1)
        off += ((points - others).norm(dim=-1).mean(1) / eyes).tolist()
    return {
        "faces": len(alike),
        "bfloat16_here": has_bfloat16(),
        "psnr_least": round(min(alike), 1),
        "psnr_median": round(sorted(alike)[len(alike) // 2], 1),
        "landmarks_mean": round(sum(off) / len(off), 5),
        "landmarks_most": round(max(off), 5),
        "same": min(alike) >= LEAST_PSNR and sum(off) / len(off) <= _MOST_OFF,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--same", action="store_true", help="whether bfloat16 draws the same")
    parser.add_argument("--faces", type=int, default=500)
    parser.add_argument("--times", type=int, default=9, help="frames of each engine")
    parser.add_argument("--case", choices=CASES, help="only this generator, in this process")
    parser.add_argument("--which", default="own", help="own, default or tuned memory")
    parser.add_argument("--write", action="store_true", help="write docs/figures/engines.*")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(one_case(options.case, options.which, options.times)))
        return
    if options.same:
        print(json.dumps(same(options.faces), indent=2))
        return
    data = measure(times=options.times)
    figures.show(
        "engines", data, markdown(data), "python -m benchmarks.engines", keep=options.write
    )


if __name__ == "__main__":
    main()
