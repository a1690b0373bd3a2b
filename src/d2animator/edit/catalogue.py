"""A bank of directions as a list, and as a page of pictures."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from d2animator.bundles.bundle import Bundle, is_half, resolve, save_bundle
from d2animator.errors import ConfigError
from d2animator.faces.actions import POSE_ACTIONS, REGIONS
from d2animator.faces.pixels import to_pictures
from d2animator.latent.directions import EXPRESSION, POSE, Directions, add_motion
from d2animator.latent.measuring import measure_directions
from d2animator.marks.marker import Marker
from d2animator.media.files import atomic_target, check_writable
from d2animator.media.images import encode_jpeg
from d2animator.models.generators import TRUNCATION
from d2animator.progress import Progress

STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""How far a strip's pictures go along their direction."""

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem;
       color: #222; background: #fff }
h2 { margin-top: 2.5rem } figure { margin: 0 0 1.5rem } figcaption b { font-size: 1.05em }
img { width: 100%; display: block; border-radius: 4px } small { color: #666 }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 }
small { color: #999 } }
"""


def choose(
    bank: Directions, group: str | None = None, region: str | None = None, name: str | None = None
) -> list[int]:
    """Find directions.

    Args:
        bank: The bank.
        group: ``"pose"`` or ``"expression"``; None for both.
        region: One of the regions; None for all.
        name: Text that is to be in the name; None for any.

    Returns:
        Their indices.

    Raises:
        ConfigError: No such group or region, or a region is asked for and nobody has measured
            the directions.
    """
    if group not in (None, POSE, EXPRESSION):
        raise ConfigError("group", f"expected {POSE} or {EXPRESSION}, got {group!r}")
    if region is not None and region not in REGIONS:
        raise ConfigError("region", f"expected one of {', '.join(REGIONS)}, got {region!r}")
    if region is not None and bank.table is None:
        raise ConfigError("region", "these directions were never measured; run with --measure")
    regions = bank.table.regions if bank.table is not None else bank.groups
    return [
        index
        for index in range(len(bank))
        if group in (None, bank.groups[index])
        and region in (None, regions[index])
        and (name or "").lower() in bank.names[index].lower()
    ]


def as_plain(bank: Directions, keep: Sequence[int]) -> dict[str, Any]:
    """Tell of some directions in what JSON can hold.

    Args:
        bank: The bank.
        keep: Indices.

    Returns:
        ``directions``, each with ``name``, ``group``, ``region``, ``source``, ``effects`` (change
        of each action for a step of 1), ``relative`` (the same in units of ``ranges``) and
        ``identity``; and ``ranges``. None stands for what nobody has measured.
    """
    table = bank.table
    rows: list[dict[str, Any]] = []
    for index in keep:
        row: dict[str, Any] = {
            "name": bank.names[index],
            "group": bank.groups[index],
            "region": None,
            "source": bank.sources[index],
            "effects": None,
            "relative": None,
            "identity": None,
        }
        if table is not None:
            row["region"] = table.regions[index]
            for key, values in (("effects", table.effects), ("relative", table.relative())):
                numbers = [round(float(value), 4) for value in values[index]]
                row[key] = dict(zip(table.actions, numbers, strict=True))
            row["identity"] = round(float(table.identity_changes()[index]), 3)
        rows.append(row)
    ranges = None
    if table is not None:
        numbers = [round(float(value), 4) for value in table.ranges]
        ranges = dict(zip(table.actions, numbers, strict=True))
    return {"directions": rows, "ranges": ranges}


def measure_bundle(
    bundle: Bundle,
    path: str | Path,
    progress: Progress | None = None,
) -> Bundle:
    """Measure a bundle's directions and write them back.

    Args:
        bundle: What ``path`` holds.
        path: The bundle's folder.
        progress: Called with the number of directions done and of all.

    Returns:
        The bundle with measured, newly named directions.

    Raises:
        BundleError: It lacks a part.
        OutputError: The folder cannot be written.
    """
    bank, detect = bundle.bank(), bundle.tracker().landmarks_and_scores
    table = measure_directions(bundle.generator, detect, bank, progress=progress)
    folder = resolve(path)
    done = replace(bundle, directions=bank.measured(table))
    save_bundle(done, folder, half=is_half(folder))
    return done


def write_gallery(
    bundle: Bundle,
    keep: Sequence[int],
    path: str | Path,
    seed: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Write a page with a strip of pictures for each of some directions.

    One file, the pictures inside it: it can be sent, and opens without a server.

    Args:
        bundle: Has generator and directions.
        keep: Indices of the directions.
        path: An .html file.
        seed: The faces follow from it; each strip shows another one.
        progress: Called with the number of strips done and of all.

    Returns:
        The path.

    Raises:
        OutputError: It cannot be written.
    """
    target = check_writable(path, (".html", ".htm"))
    bank = bundle.bank()
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(len(keep), bundle.generator.z_dim, generator=draw)
    plain = as_plain(bank, keep)["directions"]
    figures: dict[str, list[str]] = {}
    marker = Marker()
    for place, index in enumerate(keep):
        strip = draw_strip(bundle, index, z[place : place + 1])
        data = base64.b64encode(encode_jpeg(marker.mark(strip))).decode("ascii")
        row = plain[place]
        figures.setdefault(row["region"] or row["group"], []).append(_figure(row, data))
        if progress is not None:
            progress(place + 1, len(keep))
    with atomic_target(target) as hidden:
        hidden.write_text(_page(bundle.config.name, figures), encoding="utf-8")
    return target


def draw_strip(bundle: Bundle, index: int, z: torch.Tensor) -> NDArray[np.uint8]:
    """Draw a face along one direction, at `STEPS`, from left to right.

    Args:
        bundle: Has generator and directions.
        index: Which direction.
        z: Which face, (1, D).

    Returns:
        RGB picture (H, W, 3), uint8.
    """
    vectors, generator = bundle.bank().vectors, bundle.generator
    steps = vectors.new_tensor(STEPS).view(-1, 1, 1)
    with torch.inference_mode():
        w_plus = generator.mapping(z.to(vectors.device), truncation_psi=TRUNCATION)
        images = generator.synthesis(add_motion(w_plus, steps * vectors[index]))
    return np.concatenate(list(to_pictures(images)), axis=1)


def _page(name: str, figures: dict[str, list[str]]) -> str:
    title = html.escape(f"Directions of {name or 'a bundle'}")
    steps = " · ".join(f"{step:+g}" if step else "at rest" for step in STEPS)
    parts = [f"<h2>{html.escape(head)}</h2>\n" + "\n".join(rows) for head, rows in figures.items()]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n<p>From left to right: {steps}.</p>\n" + "\n".join(parts)
    ) + "\n</body></html>\n"


def _figure(row: dict[str, Any], data: str) -> str:
    name = html.escape(row["name"])
    said = most_effects(row)
    return (
        f'<figure><img alt="{name}, from -1 to 1" src="data:image/jpeg;base64,{data}">\n'
        f"<figcaption><b>{name}</b> {html.escape(said)}<br>"
        f"<small>{html.escape(row['group'])}, from {html.escape(row['source'])}</small>"
        "</figcaption></figure>"
    )


def most_effects(row: dict[str, Any]) -> str:
    """Say what a direction does most, as `as_plain` tells it; "" where nobody has measured it."""
    if row["effects"] is None:
        return ""
    most = sorted(row["effects"], key=lambda key: -abs(row["relative"][key]))[:4]
    said = ", ".join(say_effect(key, row["effects"][key]) for key in most)
    return f"{said}, person {row['identity']:.2f}"


def say_effect(name: str, value: float) -> str:
    """Say how much an action changes, in degrees or % of the outer eye distance."""
    if name in POSE_ACTIONS:
        return f"{name} {value:+.1f}°"
    return f"{name.replace('_', ' ')} {100 * value:+.1f} %"
