"""What the watermark survives, how often it is found where there is none, what it costs.

    python -m benchmarks.marking --photo moved/*.mp4 --generator drawn/*.mp4 --unmarked real/*.mp4

Clips that the program made, unmarked, are marked, encoded as the program does, and harmed in the
usual ways. ``d2animator.marks.watch`` then looks for the mark, knowing nothing of what happened.
"""

from __future__ import annotations

import argparse
import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import figures

if TYPE_CHECKING:
    from d2animator.marks.statistic import Match
    from d2animator.marks.watch import WatermarkFinding

Picture = NDArray[np.uint8]
Clip = list[Picture]

PAYLOAD = 0xB5E3
FRAMES = 25
# Every so many frames without a mark one is searched at all sizes.
FULL_SEARCH_EVERY = 60
TARGETS = {"psnr_db": 42.0, "ms": 3.0, "false_alarm": 1e-6}


def read(path: Path, most: int, first: int = 0) -> Clip:
    """Read frames of a clip."""
    from d2animator.media.clip import open_clip

    frames: Clip = []
    for frame in open_clip(path).frames:
        if frame.index >= first:
            frames.append(frame.image)
        if len(frames) == most:
            break
    return frames


def encoded(clip: Clip, crf: int, codec: str = "libx264", rate: int = 25) -> Clip:
    """Encode to a file in memory and decode."""
    height, width = (side - side % 2 for side in clip[0].shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream: Any = output.add_stream(codec, rate=Fraction(rate), options={"crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx265":
            stream.codec_context.options |= {"x265-params": "log-level=none"}
        for picture in clip:
            even = np.ascontiguousarray(picture[:height, :width])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as source:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in source.decode(video=0)
        ]


def resized(picture: Picture, scale: float) -> Picture:
    """Resize both sides."""
    height, width = picture.shape[:2]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def jpeg(picture: Picture, quality: int) -> Picture:
    """Write and read as JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def cropped(picture: Picture, share: float) -> Picture:
    """Keep a share of both sides, from no round place."""
    height, width = picture.shape[:2]
    top, left = round(0.13 * height), round(0.19 * width)
    return np.ascontiguousarray(
        picture[top : top + round(share * height), left : left + round(share * width)]
    )


def screenshot(picture: Picture) -> Picture:
    """Show at 83 % in a window on a larger desktop, save as JPEG."""
    small = resized(picture, 0.83)
    height, width = small.shape[:2]
    desktop = np.full((round(1.25 * height), round(1.4 * width), 3), 236, np.uint8)
    desktop[31 : 31 + height, 57 : 57 + width] = small
    return jpeg(desktop, 80)


def palette(picture: Picture) -> Picture:
    """Reduce to 256 colours, as a GIF does."""
    reduced = Image.fromarray(picture).quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
    return np.array(reduced.convert("RGB"))


def each(change: Callable[[Picture], Picture]) -> Callable[[Clip], Clip]:
    """Do the same to every frame."""
    return lambda clip: [change(picture) for picture in clip]


ATTACKS: dict[str, Callable[[Clip], Clip]] = {
    "none (H.264 at crf 18, as written)": lambda clip: clip,
    "H.264 at crf 23": lambda clip: encoded(clip, 23),
    "H.264 at crf 28": lambda clip: encoded(clip, 28),
    "H.265 at crf 28": lambda clip: encoded(clip, 28, "libx265"),
    "half the size": each(lambda picture: resized(picture, 0.5)),
    "half the size, then H.264 at crf 23": lambda clip: encoded(
        each(lambda picture: resized(picture, 0.5))(clip), 23
    ),
    "JPEG at 70": each(lambda picture: jpeg(picture, 70)),
    "screenshot (83 %, offset, JPEG at 80)": each(screenshot),
    "crop to 70 %": each(lambda picture: cropped(picture, 0.7)),
    "crop to 70 %, enlarged again, H.264 at crf 23": lambda clip: encoded(
        each(lambda picture: resized(cropped(picture, 0.7), 1 / 0.7))(clip), 23
    ),
    "30 to 25 frames a second, H.264 at crf 23": lambda clip: encoded(
        [picture for index, picture in enumerate(clip) if index % 6 != 5], 23
    ),
    "mirrored": each(lambda picture: np.ascontiguousarray(picture[:, ::-1])),
    "without colour": each(
        lambda picture: np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    ),
    "256 colours (GIF)": each(palette),
    "turned by 2 degrees": each(lambda picture: turned(picture, 2.0)),
}


def turned(picture: Picture, degrees: float) -> Picture:
    """Turn about the middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height)), np.uint8)


@dataclass
class Tally:
    """Counts over clips."""

    clips: int = 0
    clips_found: int = 0
    payloads_right: int = 0
    payloads_wrong: int = 0
    frames: int = 0
    frames_found: int = 0
    frames_alone: int = 0
    stills_found: int = 0
    decades: list[float] = field(default_factory=list)

    def add(self, finding: WatermarkFinding, still: WatermarkFinding) -> None:
        """Take a clip, and one frame of it looked at as a picture, into account."""
        self.stills_found += still.found
        self.payloads_wrong += still.payload not in (PAYLOAD, None)
        self.clips += 1
        self.clips_found += finding.found
        self.payloads_right += finding.payload == PAYLOAD
        self.payloads_wrong += finding.payload not in (PAYLOAD, None)
        self.frames += finding.frames
        self.frames_found += sum(last - first + 1 for first, last in finding.marked_frames)
        self.frames_alone += finding.frames_by_themselves
        self.decades.append(abs(finding.log10_chance))

    def plain(self) -> dict[str, Any]:
        """What JSON can hold."""
        return {
            "clips": self.clips,
            "clips_found": self.clips_found,
            "payloads_right": self.payloads_right,
            "payloads_wrong": self.payloads_wrong,
            "frames": self.frames,
            "frames_found": self.frames_found,
            "frames_by_themselves": self.frames_alone,
            "stills_found": self.stills_found,
            "least_decades": round(min(self.decades), 1),
            "median_decades": round(float(np.median(self.decades)), 1),
        }


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal to noise, dB."""
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / error))


def survival(paths: Sequence[Path], frames: int, attacks: Sequence[str]) -> dict[str, Any]:
    """Mark clips, harm them, look for the mark.

    Args:
        paths: Clips without a mark.
        frames: How many of each.
        attacks: Names of `ATTACKS`.
    """
    from d2animator.marks.embed import Watermark
    from d2animator.marks.watch import watch

    tallies = {name: Tally() for name in attacks}
    ratios: list[float] = []
    for path in paths:
        clip = read(path, frames)
        mark = Watermark(PAYLOAD)
        marked = [mark.add(picture) for picture in clip]
        ratios += [psnr(one, other) for one, other in zip(clip, marked, strict=True)]
        written = encoded(marked, 18)
        for name, tally in tallies.items():
            harmed = ATTACKS[name](written)
            tally.add(watch(harmed), watch([harmed[len(harmed) // 2]]))
    return {
        "clips": len(paths),
        "size": list(clip[0].shape[1::-1]),
        "psnr_db": {"lowest": round(min(ratios), 2), "mean": round(float(np.mean(ratios)), 2)},
        "attacks": {name: tally.plain() for name, tally in tallies.items()},
    }


def false_alarms(paths: Sequence[Path], most: int, every: int) -> dict[str, Any]:
    """Look for the mark where there is none, in single frames.

    Args:
        paths: Clips and pictures without a mark.
        most: Frames of each at most.
        every: Every so many frames one is searched at all sizes, mirrored too.
    """
    from d2animator.marks.residual import residual_of
    from d2animator.marks.search import full_search, quick_search

    quick: list[Match] = []
    full: list[Match] = []
    for picture in _pictures(paths, most):
        residual = residual_of(picture)
        if len(quick) % every == 0:
            full.append(full_search(residual, *picture.shape[:2]).match)
        quick.append(quick_search(residual, *picture.shape[:2]).match)
    matches = quick + full
    return {
        "frames": len(quick),
        "frames_searched_at_all_sizes": len(full),
        "false_alarms": sum(match.found for match in matches),
        # What a bound of 1 allows as the most surprising of one frame; found is 6 and more.
        "most_decades": round(max(match.surprise for match in matches) / math.log(10), 2),
    }


def _pictures(paths: Sequence[Path], most: int) -> Iterator[Picture]:
    for path in paths:
        yield from read(path, most)


def cost(picture: Picture, repeats: int = 60) -> dict[str, float]:
    """CPU time of marking a frame, ms, on one core; the lower quartile of many.

    Args:
        picture: Any; it is resized to each size.
        repeats: How often.
    """
    from d2animator.marks.embed import Watermark

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    taken: dict[str, float] = {}
    for side in (256, 512, 1024):
        sized = np.asarray(cv2.resize(picture, (side, side)), np.uint8)
        mark = Watermark(PAYLOAD)
        mark.add(sized)
        times = []
        for _ in range(repeats):
            start = time.process_time()
            mark.add(sized)
            times.append(1000 * (time.process_time() - start))
        taken[str(side)] = round(float(np.percentile(times, 25)), 2)
    cv2.setNumThreads(threads)
    return taken


def markdown(data: dict[str, Any]) -> str:
    """The tables of the documentation."""
    parts = []
    for name, rows in data["survival"].items():
        width, height = rows["size"]
        ratio = rows["psnr_db"]
        parts.append(
            f"{name[0].upper()}{name[1:]}: {rows['clips']} clips of {width} x {height} pixels, "
            f"{data['frames_of_a_clip']} frames each; PSNR of marked to unmarked "
            f"{ratio['mean']} dB on average, {ratio['lowest']} dB at worst.\n"
        )
        parts.append(figures.table(_HEADER, [_row(one, of) for one, of in rows["attacks"].items()]))
    unmarked = data["unmarked"]
    times = data["ms"]
    rows = [
        ("unmarked frames looked at", unmarked["frames"]),
        ("of them at all sizes, and mirrored", unmarked["frames_searched_at_all_sizes"]),
        ("false alarms", unmarked["false_alarms"]),
        ("most decades of any; 6 count as found", unmarked["most_decades"]),
        *((f"marking a frame of {side} x {side}, ms", took) for side, took in times.items()),
    ]
    return "\n".join([*parts, figures.table(["unmarked, and cost", "value"], rows)])


_HEADER = ["what happened", "clips found", "frames found", "single pictures found", "payload read"]
_HEADER += ["wrong payload", "decades, least", "median"]


def _row(name: str, tally: dict[str, Any]) -> tuple[object, ...]:
    frames = tally["frames"]
    return (
        name,
        f"{tally['clips_found']} of {tally['clips']}",
        f"{100 * tally['frames_found'] / frames:.1f} %",
        f"{tally['stills_found']} of {tally['clips']}",
        f"{tally['payloads_right']} of {tally['clips']}",
        tally["payloads_wrong"],
        tally["least_decades"],
        tally["median_decades"],
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, nargs="*", default=[], help="moved photos, unmarked")
    parser.add_argument("--generator", type=Path, nargs="*", default=[], help="drawn, unmarked")
    parser.add_argument("--unmarked", type=Path, nargs="*", default=[], help="any, unmarked")
    parser.add_argument("--frames", type=int, default=FRAMES, help="of each clip to be marked")
    parser.add_argument("--unmarked-frames", type=int, default=500, help="of each unmarked clip")
    parser.add_argument("--attacks", nargs="*", choices=list(ATTACKS), default=list(ATTACKS))
    parser.add_argument("--write", action="store_true", help="write docs/figures/marking.*")
    options = parser.parse_args()
    kinds = {"photo renderer": options.photo, "generator": options.generator}
    kinds = {name: paths for name, paths in kinds.items() if paths}
    every = [*options.photo, *options.generator, *options.unmarked]
    if not every:
        parser.error("name clips with --photo, --generator or --unmarked")
    data = {
        "frames_of_a_clip": options.frames,
        "survival": {
            name: survival(paths, options.frames, options.attacks) for name, paths in kinds.items()
        },
        "unmarked": false_alarms(every, options.unmarked_frames, FULL_SEARCH_EVERY),
        "ms": cost(read(every[0], 1)[0]),
        "targets": TARGETS,
    }
    command = "python -m benchmarks.marking --photo ... --generator ... --unmarked ... --write"
    figures.show("marking", data, markdown(data), command, keep=options.write)


if __name__ == "__main__":
    main()
