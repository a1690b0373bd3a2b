"""How often the mark is found in what was marked, and in what was not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.marking.attacks import HARDER, USUAL, Clip, Picture, encoded

PAYLOAD = 0xB5E3
HARDER_EVERY = 5
"""Every so many clips go through what is harder, too."""
STILL_EVERY = 2
"""Of every so many clips a frame is looked at as a single picture, too."""
FULL_EVERY = 20
"""Every so many frames without a mark one is searched at all sizes."""


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal to noise, dB."""
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / error))


def try_clip(
    clip: Clip, attacks: Mapping[str, Callable[[Clip], Clip]], *, still: bool
) -> dict[str, Any]:
    """Mark a clip, harm it, look for the mark.

    Args:
        clip: Pictures without a mark.
        attacks: What is done to it.
        still: Whether to look at one of its frames as a single picture as well.

    Returns:
        Size, PSNR of each frame, and by attack what was found in the clip, in how many of its
        frames by themselves, and in one of its frames as a single picture.
    """
    from d2animator.marks.embed import Watermark
    from d2animator.marks.watch import watch

    mark = Watermark(PAYLOAD)
    marked = [mark.add(picture) for picture in clip]
    written = encoded(marked, 18)
    found: dict[str, Any] = {}
    for name, attack in attacks.items():
        harmed = attack(written)
        says = watch(harmed)
        found[name] = {
            "found": says.found,
            "payload": says.payload,
            "decades": abs(says.log10_chance),
            "frames": says.frames,
            "frames_marked": sum(1 + last - first for first, last in says.marked_frames),
            "frames_by_themselves": says.frames_by_themselves,
        }
        if still:
            picture = watch([harmed[len(harmed) // 2]])
            found[name] |= {"still_found": picture.found, "still_payload": picture.payload}
    return {
        "size": list(clip[0].shape[1::-1]),
        "psnr_db": [round(psnr(*pair), 2) for pair in zip(clip, marked, strict=True)],
        "attacks": found,
    }


def attacks_of(number: int) -> dict[str, Callable[[Clip], Clip]]:
    """What the clip of a number goes through."""
    return USUAL | HARDER if number % HARDER_EVERY == 0 else USUAL


def add_up(clips: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up what `try_clip` found in the clips of one renderer."""
    names = [name for name in USUAL | HARDER if any(name in one["attacks"] for one in clips)]
    ratios = [ratio for one in clips for ratio in one["psnr_db"]]
    sides = sorted({tuple(one["size"]) for one in clips})
    return {
        "clips": len(clips),
        "frames": len(ratios),
        "sizes": [list(side) for side in sides],
        "psnr_db": {"lowest": min(ratios), "mean": round(float(np.mean(ratios)), 2)},
        "attacks": {
            name: _tally([one["attacks"][name] for one in clips if name in one["attacks"]])
            for name in names
        },
    }


def _tally(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    decades = [one["decades"] for one in found]
    payloads = [one.get(name) for one in found for name in ("payload", "still_payload")]
    stills = [one["still_found"] for one in found if "still_found" in one]
    return {
        "clips": len(found),
        "clips_found": sum(one["found"] for one in found),
        "payloads_right": sum(one["payload"] == PAYLOAD for one in found),
        "payloads_wrong": sum(payload not in (PAYLOAD, None) for payload in payloads),
        "frames": sum(one["frames"] for one in found),
        "frames_marked": sum(one["frames_marked"] for one in found),
        "frames_by_themselves": sum(one["frames_by_themselves"] for one in found),
        "stills": len(stills),
        "stills_found": sum(stills),
        "least_decades": round(min(decades), 1),
        "median_decades": round(float(np.median(decades)), 1),
    }


def unmarked(pictures: Iterable[Picture], first: int = 0) -> dict[str, Any]:
    """Look for the mark where there is none, in single frames.

    Args:
        pictures: Without a mark.
        first: Number of the first of them, which says where all sizes are searched.

    Returns:
        Frames looked at, those of them at all sizes, false alarms, and the most decades of any.
    """
    from d2animator.marks.residual import residual_of
    from d2animator.marks.search import full_search, quick_search

    frames, full, alarms, most = 0, 0, 0, 0.0
    for number, picture in enumerate(pictures, first):
        residual, size = residual_of(picture), picture.shape[:2]
        search = full_search if number % FULL_EVERY == 0 else quick_search
        match = search(residual, *size).match
        frames, full, alarms = frames + 1, full + (search is full_search), alarms + match.found
        # A bound of 1 is what a frame allows at most; 6 and more is found.
        most = max(most, match.surprise / math.log(10))
    return {"frames": frames, "at_all_sizes": full, "false_alarms": alarms, "most_decades": most}


def all_unmarked(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up what `unmarked` found."""
    parts = list(parts)
    sums = {name: sum(one[name] for one in parts) for name in ("frames", "at_all_sizes")}
    alarms = sum(one["false_alarms"] for one in parts)
    most = round(max((one["most_decades"] for one in parts), default=0.0), 2)
    return {**sums, "false_alarms": alarms, "most_decades": most}


def noted(path: Path) -> dict[str, Any] | None:
    """What was found before, None for nothing yet."""
    told: dict[str, Any] | None = None
    if path.exists():
        told = json.loads(path.read_text(encoding="utf-8"))
    return told


def note(path: Path, found: Mapping[str, Any]) -> None:
    """Note what was found; the file is there whole or not at all."""
    hidden = path.with_suffix(".part")
    hidden.write_text(json.dumps(found), encoding="utf-8")
    hidden.replace(path)
