"""``d2animator train``: any generator in, a bundle that animates out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.options import AsJson, Device, Quiet, Verbose
from d2animator.cli.report import Report

if TYPE_CHECKING:
    from d2animator.distill.options import TrainOptions
    from d2animator.distill.plan import Plan
    from d2animator.distill.stages import Distilled

Words = list[str] | None


Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of the bundle to make.")]
Generator = Annotated[
    str, typer.Option(help="Bundle, or path or address of a foreign .pkl or .pt file.")
]
Landmarks = Annotated[
    str | None,
    typer.Option(
        help="Bundle whose landmark networks look at the pictures.",
        show_default="the generator's own, else the embedded ones",
    ),
]
Preset = Annotated[str, typer.Option(help="full, or quick to see that it works.")]
Config = Annotated[
    Path | None, typer.Option(help="TOML file that changes the preset.", show_default="none")
]
Settings = Annotated[
    Words, typer.Option("--set", help="Any option, as key=value; may be repeated.")
]
Stages = Annotated[
    Words,
    typer.Option(
        help="samples, directions, network, encoder or evaluate; may be repeated.",
        show_default="all of them",
    ),
]
SampleCount = Annotated[
    int | None, typer.Option("--samples", help="Samples drawn.", show_default="the preset's")
]
Parts = Annotated[
    Words, typer.Option(help="Facial part to cluster; may be repeated.", show_default="all of them")
]
Clusters = Annotated[
    str | None,
    typer.Option(help="Numbers of clusters, such as 2,4,8.", show_default="the preset's"),
]
RigidPose = Annotated[
    str | None,
    typer.Option(
        help="Cluster with the head's pose removed, kept, or both.", show_default="the preset's"
    ),
]
Mixing = Annotated[
    str | None,
    typer.Option(help="Style mixing: none, fine or groups.", show_default="the preset's"),
]
IcaAbove = Annotated[
    int | None,
    typer.Option(
        help="Clusters above which differences are reduced by ICA.", show_default="the preset's"
    ),
]
LargestCosine = Annotated[
    float | None,
    typer.Option(help="Directions more alike than this are dropped.", show_default="the preset's"),
]
MixedPrecision = Annotated[
    bool, typer.Option("--mixed-precision", help="Train in bfloat16, on CUDA.")
]
Board = Annotated[
    bool, typer.Option("--tensorboard", help="Write the curves for TensorBoard, too.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done and what it takes, no more.")
]
Work = Annotated[
    Path | None, typer.Option(help="Folder of what is resumed from.", show_default="OUTPUT.work")
]
Seed = Annotated[int, typer.Option(help="Everything random follows from it.")]
License = Annotated[
    str | None, typer.Option(help="Licence of a foreign file's weights.", show_default="unknown")
]


def train(
    output: Output,
    generator: Generator = "puppet",
    landmarks: Landmarks = None,
    preset: Preset = "full",
    config: Config = None,
    settings: Settings = None,
    stage: Stages = None,
    sample_count: SampleCount = None,
    part: Parts = None,
    clusters: Clusters = None,
    rigid_pose: RigidPose = None,
    mixing: Mixing = None,
    ica_above: IcaAbove = None,
    largest_cosine: LargestCosine = None,
    mixed_precision: MixedPrecision = False,
    tensorboard: Board = False,
    dry_run: DryRun = False,
    work: Work = None,
    seed: Seed = 0,
    license: License = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find a generator's facial actions and train what animates with it; resumes."""
    from d2animator.distill import train as trainer
    from d2animator.distill.options import STAGES, read_options
    from d2animator.distill.options import preset as named
    from d2animator.training import processes

    named_options = {
        "samples.count": sample_count,
        "samples.mixing": mixing,
        "directions.parts": json.dumps(part) if part else None,
        "directions.clusters": None if clusters is None else f"[{clusters}]",
        "directions.rigid_pose": rigid_pose,
        "directions.ica_above": ica_above,
        "directions.largest_cosine": largest_cosine,
        "mixed_precision": "true" if mixed_precision else None,
        "tensorboard": "true" if tensorboard else None,
    }
    base = named(preset, work or output.with_name(f"{output.name}.work"), seed)
    options = read_options(base, config, [*(settings or ()), *_flags(named_options)])
    with processes.joined() as team:
        report = Report(quiet or not team.first, verbose)
        start = trainer.load_start(generator, landmarks, _device(device), license)
        stages = tuple(stage or STAGES)
        if dry_run:
            _tell_plan(start, options, stages, report if team.first else None, as_json)
            return
        with report.stages(options.totals()) as progress:
            done = trainer.train_bundle(start, output, options, stages, progress=progress)
        if not team.first:
            return
        if done is None:
            _tell_stages(stages, options, report, as_json)
        else:
            _tell_made(done[1], output, stages, report, as_json)


def _flags(named: Mapping[str, object]) -> list[str]:
    """Options that have flags of their own, as settings; None where nothing was said."""
    return [f"{key}={value}" for key, value in named.items() if value is not None]


def _device(name: str) -> Any:
    """The device; each of several processes on one machine takes a GPU of its own."""
    import torch

    from d2animator.models.devices import pick_device
    from d2animator.training.processes import local_rank

    target, rank = pick_device(name), local_rank()
    if target.type != "cuda" or rank is None or name not in ("auto", "cuda"):
        return target
    return pick_device(f"cuda:{rank % torch.cuda.device_count()}")


def _tell_made(
    made: Distilled, output: Path, stages: tuple[str, ...], report: Report, as_json: bool
) -> None:
    summary = {"output": str(output), "stages": list(stages), "metrics": dict(made.metrics)}
    report.end(summary if as_json else None, [f"{output}: {len(made.directions)} directions"])


def _tell_stages(
    stages: tuple[str, ...], options: TrainOptions, report: Report, as_json: bool
) -> None:
    summary: Mapping[str, object] = {
        "output": None,
        "stages": list(stages),
        "work": str(options.work),
    }
    lines = [f"{options.work}: {', '.join(stages)} done; other stages are left"]
    report.end(summary if as_json else None, lines)


def _tell_plan(
    start: Any, options: TrainOptions, stages: tuple[str, ...], report: Report | None, as_json: bool
) -> None:
    """Measure a little and say what a run would take."""
    from d2animator.distill import train as trainer
    from d2animator.distill.plan import make_plan
    from d2animator.distill.stages import check_stages

    check_stages(stages)
    found, tried = trainer.check_faces(start, options.seed)
    fitted = start.fitted(options)
    plan = make_plan(start.bundle.generator, start.detector(), fitted, stages)
    if report is None:
        return
    faces = {"faces_found": found, "faces_tried": tried, "landmarks_of": start.landmarks_of}
    report.end(
        {**dataclasses.asdict(plan), **faces} if as_json else None,
        [*_table(plan), f"faces: found in {found} of {tried} pictures by {start.landmarks_of!r}"],
    )


def _table(plan: Plan) -> list[str]:
    """A plan as lines of text."""
    rows = [("stage", "what", "pictures", "steps", "disk MiB", "memory MiB", "time")]
    rows += [
        (
            one.stage,
            one.work,
            f"{one.pictures:,}",
            f"{one.steps:,}",
            f"{one.disk_mib:,.0f}",
            f"{one.memory_mib:,.0f}",
            _duration(one.seconds),
        )
        for one in plan.stages
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    short = "" if plan.disk_free_mib > plan.disk_mib else ": NOT ENOUGH"
    return [
        *lines,
        f"time: about {_duration(plan.seconds)} on {plan.device}, "
        f"{1000 * plan.seconds_a_picture:.0f} ms a picture of {plan.resolution}x{plan.resolution}",
        f"memory: about {plan.memory_mib:,.0f} MiB for tensors and weights (computed), besides "
        f"PyTorch itself; this estimate took {plan.measured_mib:,.0f} MiB (measured)",
        f"disk: {plan.disk_mib:,.0f} MiB, {plan.disk_free_mib:,.0f} MiB free{short}",
    ]


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours} h {rest // 60:02d} min"
    return f"{rest // 60} min {rest % 60:02d} s" if rest >= 60 else f"{rest} s"
