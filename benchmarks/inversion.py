"""Does the person stay the person, and the picture the picture? Held-out renders as photos.

    python -m benchmarks.inversion --head ict_head.npz --work scratch --write

renders puppets of a set that no training uses (once, into the folder), inverts each at every
level, moves it to another state of the same puppet, and compares with the picture rendered there;
then it lays some of them into larger pictures and measures the seam. Rendering needs the extra
``puppet``. ``--levels`` without a value measures the seams alone and keeps the stored levels.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import figures, seams
from benchmarks.seams import Picture
from benchmarks.tracker import read_frames
from d2animator.faces.align import ffhq_crop, normalise_landmarks
from d2animator.faces.pixels import to_pictures
from d2animator.faces.warp import warp_tensor
from d2animator.marks.options import UNMARKED
from d2animator.performers.portrait import Portrait

if TYPE_CHECKING:
    from d2animator import D2Animator
    from d2animator.invert.quality import Embed

SEED = 1000  # of a set that no training uses
SIDE = 256  # of the renders
LEVELS = ("encoder", "optimise", "fast", "full")
HeldOut = dict[str, NDArray[Any]]


def held_out(head: Path | None, work: Path, count: int) -> HeldOut:
    """Render, or read what was rendered: ``source``, ``moved`` and their points and codes.

    Args:
        head: Packed head model; needed where the folder does not hold enough.
        work: Folder.
        count: Puppets.
    """
    path = work / "held_out.npz"
    if path.is_file():
        with np.load(path) as stored:
            found = {name: stored[name] for name in stored.files}
        if len(found["source"]) >= count:
            return {name: values[:count] for name, values in found.items()}
    if head is None:
        raise SystemExit(f"{path} holds too few renders; name the head model with --head")
    made = _render(head, count)
    work.mkdir(parents=True, exist_ok=True)
    np.savez(path, **made)  # type: ignore[arg-type]
    return made


def _render(head: Path, count: int) -> HeldOut:
    from d2animator.head.model import load_head
    from tools.puppets.renderer import PuppetRenderer
    from tools.puppets.world import STATE_DIM, look_from_z, sample_z, state_from_z

    renderer = PuppetRenderer(load_head(head), SIDE)
    rows: dict[str, list[Any]] = {}
    for index in range(count):
        z = sample_z(SEED, index)
        moved = z.copy()
        moved[:STATE_DIM] = sample_z(SEED + 1, index)[:STATE_DIM]
        for name, code in (("source", z), ("moved", moved)):
            drawn = renderer.render(look_from_z(code), state_from_z(code))
            rows.setdefault(name, []).append(drawn.image)
            rows.setdefault(f"{name}_points", []).append(drawn.landmarks)
            rows.setdefault(f"{name}_z", []).append(code)
    return {name: np.stack(values) for name, values in rows.items()}


def nme_percent(found: NDArray[Any], true: NDArray[Any]) -> float:
    """Mean distance of normalised landmarks (98, 2) in % of the outer eye corners' distance."""
    one = normalise_landmarks(np.asarray(found, np.float64))
    other = normalise_landmarks(np.asarray(true, np.float64))
    eyes = float(np.linalg.norm(other[60] - other[72]))
    return 100 * float(np.linalg.norm(one - other, axis=1).mean()) / eyes


class Measure:
    """Moves portraits to known places and says how far off they are."""

    def __init__(self, animator: D2Animator, identity: Embed | None) -> None:
        self._animator, self._identity = animator, identity

    def points(self, picture: Picture) -> NDArray[np.float64] | None:
        """Landmarks (98, 2) of the picture's face, None for no face."""
        record = self._animator.landmarks(picture)[0]
        return None if record.points is None else np.asarray(record.points, np.float64)

    def of_code(self, w_plus: Tensor) -> Portrait | None:
        """Portrait of a code (1, L, D); None where its picture shows no face."""
        bundle = self._animator.bundle
        with torch.no_grad():
            points = self.points(to_pictures(bundle.generator.synthesis(w_plus))[0])
        if points is None:
            return None
        landmarks = torch.from_numpy(normalise_landmarks(points)).to(w_plus)
        statistics = bundle.animating().statistics
        limits: dict[str, Any] = {"w_avg": statistics.w_avg, "limits": statistics.limits}
        return Portrait(bundle.generator, w_plus, landmarks, **limits)

    def row(
        self, portrait: Portrait, source: Picture, moved: Picture, true: NDArray[Any]
    ) -> dict[str, float]:
        """Figures of one source."""
        images = self._animator.animate(portrait, moved, paste_back=False).images or ()
        points = self.points(images[0])
        rest = to_pictures(portrait.reconstruction())[0]
        found: dict[str, float] = {}
        if points is not None:
            found["nme"] = nme_percent(points, true)
        if portrait.report is not None:
            report = portrait.report
            found |= {"psnr": report.psnr, "distance": report.distance, "seconds": report.seconds}
        if self._identity is not None:
            for name, picture in (("identity_rest", rest), ("identity", images[0])):
                similar = self._similar(source, picture)
                found |= {} if similar is None else {name: similar}
        return found

    def _similar(self, one: Picture, other: Picture) -> float | None:
        crops: list[Tensor] = []
        for picture in (one, other):
            points = self.points(picture)
            if points is None or self._identity is None:
                return None
            crops.append(self._identity(warp_tensor(picture, ffhq_crop(points, 128), 128)))
        return float(torch.nn.functional.cosine_similarity(crops[0], crops[1])[0])


def levels(
    animator: D2Animator, renders: HeldOut, wanted: Sequence[str], identity: Embed | None
) -> dict[str, list[dict[str, float]]]:
    """Figures of every source, by level; ``true`` is the code that the source was rendered from."""
    measure = Measure(animator, identity)
    rows: dict[str, list[dict[str, float]]] = {}
    generator = animator.bundle.generator
    for index, source in enumerate(renders["source"]):
        moved, true = renders["moved"][index], renders["moved_points"][index]
        if measure.points(source) is None or measure.points(moved) is None:
            continue
        portraits: dict[str, Portrait] = {}
        z = torch.from_numpy(renders["source_z"][index]).float()[None]
        if z.shape[1] == generator.z_dim:
            with torch.no_grad():
                code = generator.mapping(z.to(animator.device))
            portraits |= {"true": one} if (one := measure.of_code(code)) else {}
        for level in wanted:
            tune = level if level in ("fast", "full") else None
            portraits[level] = animator.portrait(
                source, inversion=None if tune else level, tune=tune
            )
        for name, portrait in portraits.items():
            rows.setdefault(name, []).append(measure.row(portrait, source, moved, true))
    return rows


def medians(rows: Sequence[dict[str, float]]) -> dict[str, float | int | None]:
    """Median of each figure over the sources that have it, and their number."""
    names = ("identity", "identity_rest", "psnr", "distance", "nme", "seconds")
    found: dict[str, float | int | None] = {"sources": len(rows)}
    for name in names:
        values = [row[name] for row in rows if name in row]
        found[name] = round(float(np.median(values)), 4) if values else None
    return found


def stored_levels(folder: Path = figures.FIGURES) -> dict[str, dict[str, float | int | None]]:
    """Read the levels' figures as they were last written; none where there are none."""
    path = folder / "inversion.json"
    if not path.is_file():
        return {}
    stored: dict[str, dict[str, float | int | None]] = json.loads(path.read_text("utf-8"))["levels"]
    return stored


def markdown(data: dict[str, Any]) -> str:
    """The tables of the documentation."""
    names = {
        "true": "true code",
        "encoder": "`encoder`",
        "optimise": "`optimise`",
        "fast": "`tune`, `fast`",
        "full": "`tune`, `full`",
    }
    header = ["inversion", "identity", "identity at rest", "PSNR, dB", "NME, %", "seconds"]
    rows = [
        (
            names[level],
            *(row[n] for n in ("identity", "identity_rest", "psnr", "nme", "seconds")),
        )
        for level, row in data["levels"].items()
    ]
    text = figures.table(header, rows)
    if data["seams"]:
        text += "\n" + seams.markdown(data["seams"], data.get("references"))
    return text


def load_identity(path: str | None) -> Embed | None:
    """Load the identity network of an evaluation bundle; None for none."""
    if path is None:
        return None
    module = importlib.import_module("d2animator.bundles.recognition")
    network: Embed = module.load_recognition(path or None).identity
    return network


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--head", type=Path, help="packed head model")
    parser.add_argument("--work", type=Path, default=Path("inversion.work"), help="for renders")
    parser.add_argument("--count", type=int, default=50, help="puppets")
    parser.add_argument(
        "--levels",
        nargs="*",
        choices=LEVELS,
        default=list(LEVELS),
        help="of inversion; no value: measure the seams alone, keep the stored levels",
    )
    parser.add_argument(
        "--identity", nargs="?", const="", help="evaluation bundle; no value: the embedded one"
    )
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--driver", type=Path, default=figures.ROOT / "examples" / "driving.mp4")
    parser.add_argument("--seams", type=int, default=5, help="pictures to measure seams in")
    parser.add_argument("--frames", type=int, default=100, help="frames of each")
    parser.add_argument("--write", action="store_true", help="write docs/figures/inversion.*")
    options = parser.parse_args()
    from d2animator import D2Animator

    animator = D2Animator.from_pretrained(options.model, marks=UNMARKED)
    renders = held_out(options.head, options.work, options.count)
    if options.levels:
        rows = levels(animator, renders, options.levels, load_identity(options.identity))
        found = {level: medians(each) for level, each in rows.items()}
    else:
        found = stored_levels()
    frames = list(itertools.islice(read_frames(options.driver), options.frames))
    photos = [
        seams.framed(picture, i) for i, picture in enumerate(renders["source"][: options.seams])
    ]
    data = {
        "seed": SEED,
        "levels": found,
        "seams": [seams.seam(animator, photo, frames) for photo in photos],
        "references": seams.references(renders),
    }
    command = "python -m benchmarks.inversion"
    figures.show("inversion", data, markdown(data), command, keep=options.write)


if __name__ == "__main__":
    main()
