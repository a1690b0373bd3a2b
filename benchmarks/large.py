"""What a 1024x1024 StyleGAN2 asks of a CPU: its seconds and peak memory in each step.

    python -m benchmarks.large

writes a file in rosinality's layout with random weights of the official shape (30 million
parameters) to a temporary folder, converts it, saves and loads the bundle and draws one frame. Each
step runs in a process of its own, whose peak is what the system says of it.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Nothing heavy up here: on Linux the peak of a process starts at its parent's size.
from benchmarks import figures

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 1024
WIDTH = 512  # of z and w, and of the widest layers
MAPPING_LAYERS = 8


def channels(side: int) -> int:
    """Channels of the official network (configuration F) at a resolution."""
    return min(WIDTH, 32768 // side)


def random_weights(side: int) -> dict[str, Tensor]:
    """Weights of a StyleGAN2 generator by rosinality's names.

    Args:
        side: Width and height of its pictures, a power of two from 8.
    """
    import torch

    random = torch.Generator().manual_seed(0)
    weights: dict[str, Tensor] = {}

    def add(name: str, *shape: int, scale: float = 1.0) -> None:
        weights[name] = scale * torch.randn(*shape, generator=random)

    def add_layer(name: str, into: int, out: int, kernel: int) -> None:
        add(f"{name}.conv.weight", 1, out, into, kernel, kernel)
        add(f"{name}.conv.modulation.weight", into, WIDTH)
        weights[f"{name}.conv.modulation.bias"] = torch.ones(into)
        if kernel == 1:
            weights[f"{name}.bias"] = torch.zeros(1, out, 1, 1)
        else:
            weights[f"{name}.activate.bias"] = torch.zeros(out)
            add(f"{name}.noise.weight", 1, scale=0.1)

    for layer in range(1, MAPPING_LAYERS + 1):
        add(f"style.{layer}.weight", WIDTH, WIDTH, scale=100.0)  # stored divided by 0.01
        weights[f"style.{layer}.bias"] = torch.zeros(WIDTH)
    add("input.input", 1, channels(4), 4, 4)
    add_layer("conv1", channels(4), channels(4), 3)
    add_layer("to_rgb1", channels(4), 3, 1)
    add("noises.noise_0", 1, 1, 4, 4)
    for index, size in enumerate(2**power for power in range(3, side.bit_length())):
        before, now = channels(size // 2), channels(size)
        add_layer(f"convs.{2 * index}", before, now, 3)
        add_layer(f"convs.{2 * index + 1}", now, now, 3)
        add_layer(f"to_rgbs.{index}", now, 3, 1)
        for layer in (2 * index + 1, 2 * index + 2):
            add(f"noises.noise_{layer}", 1, 1, size, size)
    return weights


def do_write(folder: Path, side: int) -> dict[str, Any]:
    """Write the foreign file."""
    import torch

    weights = random_weights(side)
    noise = sum(value.numel() for name, value in weights.items() if name.startswith("noises."))
    torch.save({"g_ema": weights, "latent_avg": torch.zeros(WIDTH)}, folder / "network.pt")
    count = sum(value.numel() for value in weights.values())
    return {"parameters": count - noise, "file_mib": _mib(folder / "network.pt")}


def do_convert(folder: Path, side: int) -> dict[str, Any]:
    """Make a bundle of it, as ``d2animator convert`` does."""
    from d2animator.bundles.convert import convert

    made = convert(folder / "network.pt", folder / "bundle")
    return {"img_resolution": made.generator.img_resolution, "expected": side}


def do_load(folder: Path, side: int) -> dict[str, Any]:
    """Load the bundle's generator."""
    del side
    from d2animator import load_generator

    return {"num_ws": load_generator(folder / "bundle").num_ws}


def do_save(folder: Path, side: int) -> dict[str, Any]:
    """Load the bundle and save it again."""
    del side
    from d2animator.bundles.bundle import load_bundle, save_bundle

    save_bundle(load_bundle(folder / "bundle"), folder / "again")
    return {"bundle_mib": _mib(folder / "again" / "generator.safetensors")}


def do_render(folder: Path, side: int) -> dict[str, Any]:
    """Load the generator and draw one frame."""
    import torch

    from d2animator import load_generator

    generator = load_generator(folder / "bundle")
    began = time.process_time()
    with torch.inference_mode():
        image = generator(torch.randn(1, WIDTH, generator=torch.Generator().manual_seed(1)))
    drawn = time.process_time() - began
    if image.shape != (1, 3, side, side) or not bool(image.isfinite().all()):
        raise SystemExit(f"expected a picture of {side} pixels, got {tuple(image.shape)}")
    return {"frame_s": round(drawn, 2)}


def do_nothing(folder: Path, side: int) -> dict[str, Any]:
    """Import what all steps need."""
    del folder, side
    import d2animator.bundles.convert  # noqa: F401 -- its size is what is measured

    return {}


STEPS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "import": do_nothing,
    "write": do_write,
    "convert": do_convert,
    "load": do_load,
    "save": do_save,
    "render": do_render,
}
SHOWN = {
    "import": "PyTorch and d2animator alone",
    "convert": "`d2animator convert`",
    "load": "`load_generator`",
    "save": "load and save the bundle",
    "render": "load and draw one frame",
}


def peak_mib() -> float:
    """Most memory that this process has held so far, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


def _mib(path: Path) -> float:
    return round(path.stat().st_size / 2**20, 1)


def one_step(name: str, folder: Path, side: int, threads: int) -> dict[str, Any]:
    """Do a step in this process.

    Returns:
        Its own figures, the process's seconds on a CPU (others that run there do not change them)
        from its start, and its peak.
    """
    import torch

    torch.set_num_threads(threads)
    found = STEPS[name](folder, side)
    return {**found, "cpu_s": round(time.process_time(), 2), "peak_mib": round(peak_mib())}


def measure(side: int = SIDE, threads: int = 1) -> dict[str, Any]:
    """Do all steps, each in a process of its own.

    Args:
        side: Width and height of the pictures.
        threads: Of PyTorch.
    """
    steps: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in STEPS:
            words = ["--step", name, "--folder", folder, "--side", str(side)]
            command = [sys.executable, "-m", "benchmarks.large", *words, "--threads", str(threads)]
            done = subprocess.run(command, capture_output=True, text=True, cwd=figures.ROOT)
            if done.returncode:
                raise SystemExit(f"{name}: {done.stderr}")
            steps[name] = json.loads(done.stdout.splitlines()[-1])
    return {
        "img_resolution": side,
        "threads": threads,
        "python": platform.python_version(),
        "steps": steps,
    }


def markdown(data: dict[str, Any]) -> str:
    """The table of the documentation."""
    steps = data["steps"]
    side, millions = data["img_resolution"], steps["write"]["parameters"] / 1e6
    note = (
        f"A random StyleGAN2 of {side} × {side} pixels, {millions:.1f} million parameters, a file "
        f"of {steps['write']['file_mib']:.0f} MiB; threads: {data['threads']}. One frame takes "
        f"{steps['render']['frame_s']:.1f} s of the last step.\n\n"
    )
    rows = [
        (text, f"{steps[name]['cpu_s']:.1f}", steps[name]["peak_mib"])
        for name, text in SHOWN.items()
    ]
    return note + figures.table(["step, in a process of its own", "CPU seconds", "peak, MiB"], rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--step", choices=STEPS, help="do only this, in this process")
    parser.add_argument("--folder", type=Path, help="where the step's files are")
    options = parser.parse_args()
    if options.step:
        print(json.dumps(one_step(options.step, options.folder, options.side, options.threads)))
        return
    data = measure(options.side, options.threads)
    print(json.dumps(data, indent=2))
    if options.side == SIDE:
        figures.write("large", data, markdown(data), "python -m benchmarks.large")


if __name__ == "__main__":
    main()
