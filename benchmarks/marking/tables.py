"""What was measured, as tables of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks import figures

_HEADER = ["what happened", "clips", "clips found", "frames found", "alone"]
_HEADER += ["single pictures found", "payload read", "wrong payload", "decades, least", "median"]
_NAMES = {"photo": "Photo renderer", "generator": "Generator"}


def markdown(data: Mapping[str, Any]) -> str:
    """What the watermark survives, and false alarms."""
    parts = []
    for name, found in data["survival"].items():
        ratio = found["psnr_db"]
        sizes = ", ".join(f"{width} x {height}" for width, height in found["sizes"])
        parts.append(
            f"{_NAMES.get(name, name)}: {found['clips']} clips, {found['frames']} frames of "
            f"{sizes} pixels; PSNR of marked to unmarked {ratio['mean']} dB on average, "
            f"{ratio['lowest']} dB at worst.\n"
        )
        rows = [_row(attack, tally) for attack, tally in found["attacks"].items()]
        parts.append(figures.table(_HEADER, rows))
    unmarked = data["unmarked"]
    rows = [
        ("frames looked at", unmarked["frames"]),
        ("of them at all sizes, and mirrored", unmarked["at_all_sizes"]),
        ("false alarms", unmarked["false_alarms"]),
        ("most decades of any; 6 count as found", unmarked["most_decades"]),
    ]
    parts.append(figures.table(["without a mark", "value"], rows))
    return "\n".join(parts)


def _row(name: str, tally: Mapping[str, Any]) -> tuple[object, ...]:
    clips, frames = tally["clips"], tally["frames"]
    return (
        name,
        clips,
        _share(tally["clips_found"], clips),
        _share(tally["frames_marked"], frames),
        _share(tally["frames_by_themselves"], frames),
        f"{tally['stills_found']} of {tally['stills']}",
        _share(tally["payloads_right"], clips),
        tally["payloads_wrong"],
        f"{tally['least_decades']:.1f}",
        f"{tally['median_decades']:.1f}",
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def cost_markdown(data: Mapping[str, Any]) -> str:
    """What marking costs."""
    paid = [
        (f"a frame of {side} x {side}", took["next"], took["first"])
        for side, took in data["frame_ms"].items()
    ]
    paid.append(("a file that is signed", data["signing_ms"]["next"], data["signing_ms"]["first"]))
    ways = (("in one process", data["in_a_process"]), ("as a command", data["as_a_command"]))
    rows = [
        (f"`animate` {name}", way["runs"], way["unmarked_s"], way["marked_s"], way["more_percent"])
        for name, way in ways
    ]
    header = ["CPU time", "runs of each", "unmarked, s", "marked, s", "more, %"]
    return "\n".join(
        [
            f"Measured on: {data['machine']}; processor time throughout.\n",
            figures.table(["one core", "ms", "the first time, ms"], paid),
            f"{data['frames']} frames of the driver:\n",
            figures.table(header, rows),
        ]
    )
