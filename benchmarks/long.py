"""Are long clips, and clips at odd rates, kept frame by frame, in time, and in bounded memory?

    python -m benchmarks.long --work scratch

makes drivers of the frames of a short clip, over and over, with a tone beside them: one at
30000/1001 frames a second for a minute, one whose rate varies, and one of an hour at a low rate.
Each is animated in a process of its own, whose peak is what the system says of it. The minute is at
the full rate because a video encoder goes on taking memory for some hundred frames. The source is
inverted by the encoder alone: optimising takes more memory than anything after it, and would hide
what grows with the length.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Nothing heavy up here: on Linux the peak of a process starts at its parent's size.
from benchmarks import figures
from benchmarks.large import peak_mib

if TYPE_CHECKING:
    import av

NTSC = Fraction(30000, 1001)
# Steps between the frames of the varying clip, in thirtieths of a second; no pattern of a rate.
STEPS = (1, 1, 2, 1, 3, 1, 1, 5)
SAMPLE_RATE = 48000
CHUNK = 1024
# Packets may be stamped in ticks of a container; what is nearer than this is the same place.
LARGEST_OFFSET_MS = 1.0
LARGEST_RATIO = 1.1


@dataclass(frozen=True)
class Plan:
    """A driver to be made.

    Attributes:
        name: Of the clip and in the table.
        rate: Frames a second; of the varying clip the steps' unit.
        seconds: How long.
        varies: Whether the steps between frames differ.
    """

    name: str
    rate: Fraction
    seconds: float
    varies: bool = False

    def times(self) -> Iterator[Fraction]:
        """Yield the frames' times in seconds."""
        time = Fraction(0)
        for step in cycle(STEPS if self.varies else (1,)):
            if time >= self.seconds:
                return
            yield time
            time += step / self.rate


def plans(seconds: float, minutes: float, low_rate: Fraction) -> dict[str, Plan]:
    """The drivers by name.

    Args:
        seconds: Length of those at full rate.
        minutes: Length of the long one.
        low_rate: Frames a second of the long one.
    """
    every = (
        Plan("29.97", NTSC, seconds),
        Plan("varying", Fraction(30), seconds, varies=True),
        Plan("long", low_rate, 60 * minutes),
    )
    return {plan.name: plan for plan in every}


def make_driver(plan: Plan, pictures: Path, folder: Path) -> Path:
    """Write a driver, unless it is there already.

    Args:
        plan: Which.
        pictures: Clip whose frames are repeated.
        folder: Where to; the name tells everything that the driver depends on.
    """
    from d2animator.media.audio import AudioSource
    from d2animator.media.video import VideoReader
    from d2animator.media.writer import VideoWriter

    path = folder / f"{plan.name}-{float(plan.rate):g}-{plan.seconds:g}.mp4"
    if path.exists():
        return path
    sound = path.with_suffix(".m4a")
    make_tone(sound, plan.seconds)
    frames = [frame.image for frame in VideoReader(pictures)]
    size = (frames[0].shape[1], frames[0].shape[0])
    base = Fraction(1, 90_000) if plan.varies else None
    rate = plan.rate * len(STEPS) / sum(STEPS) if plan.varies else plan.rate
    with VideoWriter(
        path, size, rate, time_base=base, audio=AudioSource(sound), preset="ultrafast"
    ) as writer:
        for time, image in zip(plan.times(), cycle(frames), strict=False):
            writer.write(image, time)
    sound.unlink()
    return path


def make_tone(path: Path, seconds: float) -> None:
    """Write a tone of 440 Hz, a second at a time."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=SAMPLE_RATE)
        stream.layout = "mono"
        for start in range(0, round(seconds * SAMPLE_RATE), CHUNK):
            phase = 2 * np.pi * 440 / SAMPLE_RATE * np.arange(start, start + CHUNK)
            wave = (0.3 * np.sin(phase)).astype(np.float32)[None]
            frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, start
            frame.time_base = Fraction(1, SAMPLE_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def animate(source: Path, driver: Path, output: Path, model: str | None) -> dict[str, Any]:
    """Animate in this process and tell how long it took and what it held at most."""
    from d2animator import D2Animator
    from d2animator.marks.options import UNMARKED

    animator = D2Animator.from_pretrained(model, device="cpu", marks=UNMARKED)
    done = animator.animate(source, driver, output, inversion="encoder")
    return {"seconds": round(done.seconds, 1), "peak_mib": round(peak_mib(), 1)}


def stamps(path: Path, kind: str) -> list[Fraction]:
    """Presentation times of all packets of the video or the audio, seconds, growing."""
    import av

    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return sorted(_times(container, stream))


def _times(container: av.container.InputContainer, stream: Any) -> Iterator[Fraction]:
    for packet in container.demux(stream):
        if packet.pts is not None and packet.size:
            yield packet.pts * Fraction(packet.time_base.numerator, packet.time_base.denominator)


@dataclass(frozen=True)
class Kept:
    """How a result keeps its driver's time.

    Attributes:
        driver: Name of the driver.
        frames: Frames of the driver.
        result_frames: Frames of the result.
        stamps_differ: Frames that are shown at another time from the first one than the driver's.
        sound_packets_lost: Packets of sound in the driver that the result has not.
        sound_offset_ms: By how much the sound has moved against the picture at the end.
        seconds: Time it took.
        peak_mib: Most memory of the process.
    """

    driver: str
    frames: int
    result_frames: int
    stamps_differ: int
    sound_packets_lost: int
    sound_offset_ms: float
    seconds: float
    peak_mib: float


def compare(name: str, driver: Path, result: Path, told: dict[str, Any]) -> Kept:
    """Compare a result with its driver, packet by packet.

    Args:
        name: Of the driver.
        driver: The clip.
        result: What was made of it.
        told: What `animate` told.
    """
    pictures = [stamps(path, "video") for path in (driver, result)]
    sounds = [stamps(path, "audio") for path in (driver, result)]
    starts = [times[0] for times in pictures]
    both = zip(*pictures, strict=False)
    last = min(len(times) for times in sounds) - 1
    ends = [times[last] - start for times, start in zip(sounds, starts, strict=True)]
    return Kept(
        driver=name,
        frames=len(pictures[0]),
        result_frames=len(pictures[1]),
        stamps_differ=sum(a - starts[0] != b - starts[1] for a, b in both),
        sound_packets_lost=len(sounds[0]) - len(sounds[1]),
        sound_offset_ms=round(float(1000 * abs(ends[1] - ends[0])), 4),
        **told,
    )


def one_case(
    plan: Plan, source: Path, pictures: Path, folder: Path, model: str | None
) -> dict[str, Any]:
    """Do one driver; what needs memory is done in processes of their own."""
    words = ["--source", str(source), "--pictures", str(pictures), "--work", str(folder)]
    words += ["--model", model] if model else []
    shared = ["--plan", json.dumps({**asdict(plan), "rate": str(plan.rate)}), *words]
    told = {step: _apart([*shared, "--step", step]) for step in ("make", "animate", "compare")}
    return told["compare"]


def _apart(words: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.long", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=figures.ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def do_step(
    step: str, plan: Plan, source: Path, pictures: Path, folder: Path, model: str | None
) -> dict[str, Any]:
    """Do one step in this process.

    Args:
        step: "make", "animate" or "compare"; a later one needs the earlier ones' files.
        plan: The driver.
        source: A picture.
        pictures: Clip whose frames are repeated.
        folder: Where all files are kept.
        model: Bundle, None for the embedded one.
    """
    driver = make_driver(plan, pictures, folder)
    result = folder / f"result-{driver.name}"
    told = result.with_suffix(".json")
    if step == "animate":
        told.write_text(json.dumps(animate(source, driver, result, model)), encoding="utf-8")
    if step != "compare":
        return {}
    return asdict(compare(plan.name, driver, result, json.loads(told.read_text(encoding="utf-8"))))


def measure(
    cases: dict[str, Plan], source: Path, pictures: Path, folder: Path, model: str | None
) -> dict[str, Any]:
    """All figures.

    Args:
        cases: See `plans`.
        source: A picture.
        pictures: Clip whose frames are repeated.
        folder: Where all files are kept.
        model: Bundle, None for the embedded one.
    """
    rows = {name: one_case(plan, source, pictures, folder, model) for name, plan in cases.items()}
    return {
        "bundle": "the embedded bundle" if model is None else f"the bundle {Path(model).name}",
        "rows": rows,
        "seconds": cases["29.97"].seconds,
        "low_rate": float(cases["long"].rate),
        "minutes": cases["long"].seconds / 60,
        "memory_ratio": round(rows["long"]["peak_mib"] / rows["29.97"]["peak_mib"], 3),
        "targets": {"sound_offset_ms": LARGEST_OFFSET_MS, "memory_ratio": LARGEST_RATIO},
    }


def markdown(data: dict[str, Any]) -> str:
    """The table of the documentation."""
    low, minutes = f"{data['low_rate']:g} a second", f"{data['minutes']:g} min"
    short = f"{data['seconds']:g} s"
    shown = {
        "29.97": f"{short} at 30000/1001 a second",
        "varying": f"{short} at a varying rate",
        "long": f"{minutes} at {low}",
    }
    note = (
        f"With {data['bundle']}. The peak for {minutes} is {data['memory_ratio']:.2f} times that "
        f"for {short}. The long driver has {low} and its sound at the full rate: more frames "
        "would take a CPU hours.\n\n"
    )
    header = ["driver", "frames", "of the result", "times that differ", "sound lost"]
    rows = [
        (
            shown[name],
            row["frames"],
            row["result_frames"],
            row["stamps_differ"],
            row["sound_packets_lost"],
            f"{row['sound_offset_ms']:.3f}",
            round(row["peak_mib"]),
        )
        for name, row in data["rows"].items()
    ]
    return note + figures.table([*header, "sound's offset at the end, ms", "peak, MiB"], rows)


def main() -> None:
    """Command line."""
    examples = figures.ROOT / "examples"
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder of drivers and results")
    parser.add_argument("--source", type=Path, default=examples / "source.png")
    parser.add_argument("--pictures", type=Path, default=examples / "driving.mp4")
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--seconds", type=float, default=60.0, help="of clips at full rate")
    parser.add_argument("--minutes", type=float, default=60.0, help="of the long clip")
    parser.add_argument("--low-rate", type=Fraction, default=Fraction(2), help="of the long clip")
    parser.add_argument("--write", action="store_true", help="write docs/figures/long.*")
    parser.add_argument("--step", choices=["make", "animate", "compare"], help=argparse.SUPPRESS)
    parser.add_argument("--plan", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.work.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    given = (options.source.resolve(), options.pictures.resolve(), folder, options.model)
    if options.step:
        plan = Plan(**{**options.plan, "rate": Fraction(options.plan["rate"])})
        print(json.dumps(do_step(options.step, plan, *given)))
        return
    data = measure(plans(options.seconds, options.minutes, options.low_rate), *given)
    print(json.dumps(data, indent=2))
    print(markdown(data))
    if options.write:
        lengths = f"--seconds {options.seconds:g} --minutes {options.minutes:g}"
        words = f"{lengths} --low-rate {options.low_rate}"
        figures.write(
            "long", data, markdown(data), f"python -m benchmarks.long --work scratch {words}"
        )


if __name__ == "__main__":
    main()
