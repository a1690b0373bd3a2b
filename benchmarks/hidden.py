"""What a photo does not show, drawn by the photo renderer or by the generator: which is truer?

    python -m benchmarks.hidden --write --sheet sheet.png

moves sources of PuppetBench with both renderers. Over the photo renderer's picture it lays the
generator's inside of the mouth, and its skin where the source hardly shows any: fitted to the same
landmarks, in the colours of what is around. Each is compared with the truth in that region alone:
where it stands, and with the truth fitted as well, so that the look alone counts. The generator's
part is from what it draws for the driver, or led to the moved photo's landmarks, or of the truth's
own code, which is the best that any inversion and any motion could give.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks import figures, mixing
from benchmarks.marking.cost import machine
from benchmarks.mixing import CHEEK, MOUTH, REGIONS, Array, View
from benchmarks.puppetbench import DATA
from d2animator.animate.driver import open_driver
from d2animator.animate.performer import photographed
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import load_bundle
from d2animator.distill.samples import render
from d2animator.evaluate.answering import PHOTO, answer
from d2animator.evaluate.benches import to_images
from d2animator.evaluate.judges import load_judges
from d2animator.evaluate.preparing import draw, read
from d2animator.evaluate.puppetbench import BenchPicture, load_bench
from d2animator.evaluate.rows import framed, framing
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.pixels import to_pictures
from d2animator.invert.cache import Cache
from d2animator.marks.options import UNMARKED
from d2animator.media.images import write_image

Row = dict[str, Any]

GAP, TURN_DEG, LEAST_PIXELS = 0.04, 12.0, 30
"""Lips are apart, a head is turned from here on; smaller regions are not measured."""
SAID = {
    "photo": "photo renderer",
    "generator": "generator",
    "mixed generator": "mixed",
    "mixed led": "mixed, led by the photo's landmarks",
    "mixed known": "mixed, from the truth's code",
    "flat": "mixed, one colour in place of all",
}
"""Who draws a region, as the table says it."""
ABOUT = {MOUTH: "inside of the mouth", CHEEK: "skin turned into sight"}
WAYS = {"place": "where it stands", "look": "fitted"}


class Stage:
    """Draws pairs of a bench, and compares; what was inverted is kept in a folder."""

    def __init__(self, model: str | None, work: Path) -> None:
        """Open the bundle, its detector and the network that knows persons."""
        bundle = load_bundle(model)
        self.name, self._generator = bundle.config.name, bundle.generator
        self._detect, self._judges = bundle.tracker().landmarks_and_scores, load_judges()
        cache = Cache(work / "inverted")
        self._sources = D2Animator(bundle, cache=cache, marks=UNMARKED).sources
        self._side = bundle.generator.img_resolution

    def compare(
        self, source: BenchPicture, others: Sequence[tuple[BenchPicture, BenchPicture]]
    ) -> Iterator[Row]:
        """Move a source by drivers, and compare each answer with its truth."""
        image, points = self._sources.face(source.image())
        photo, portrait = self._sources.photo(image, points), self._sources.portrait(image)
        head, well = mixing.Head(photo), self._sources.drawn_well(image, points)
        for driver, truth in others:
            following = open_driver(driver.image(), PHOTO)
            seen = list(following.observations(self._sources.tracker(), PHOTO))
            ((_, target),) = photographed(photo, following, PHOTO).wanted(iter(seen))
            moved, masks = self._framed(photo.scene.draw(target), head.regions(target))
            views = {"photo": self._view(moved)}
            turn = truth.yaw_pitch_roll_deg[0] - source.yaw_pitch_roll_deg[0]
            due = {MOUTH: mixing.lips_gap(truth.landmarks) > GAP, CHEEK: abs(turn) > TURN_DEG}
            due = {r: wanted and masks[r].sum() >= LEAST_PIXELS for r, wanted in due.items()}
            row: Row = {"source": source.name, "truth": truth.name, "drawn_well": well}
            if not any(due.values()):
                continue
            driving = np.stack(
                [np.asarray(seen[0].landmarks), normalise_landmarks(views["photo"].points)]
            )
            code = self._generator.mapping(torch.from_numpy(truth.z)[None])
            codes = answer(self._sources, portrait, torch.from_numpy(driving))
            drawn = (*torch.split(draw(self._generator, codes), 1), render(self._generator, code))
            views |= {name: self._view(one) for name, one in zip(mixing.DRAWN, drawn, strict=True)}
            views["truth"] = self._view(to_images(truth.image()[None], self._side))
            row["pictures"] = {name: view.picture for name, view in views.items()}
            for region in (r for r in REGIONS if due[r]):
                row[region], pictures = mixing.compared(views, region, masks)
                row[region]["csim"] = self._same(image, {n: pictures[n] for n in SAID})
                row["pictures"] |= {f"{region}, {name}": one for name, one in pictures.items()}
            yield row

    def _view(self, images: Tensor) -> View:
        """Look at an image (1, 3, S, S)."""
        picture = to_pictures(images)[0].astype(np.float32)
        return View(picture, read(self._detect, images)[0].double().numpy())

    def _framed(self, moved: Array, masks: dict[str, Array]) -> tuple[Tensor, dict[str, Array]]:
        """Show a moved photo and its masks as the bench's camera does."""
        images = to_images(moved[None], self._side)
        matrix = framing(read(self._detect, images)[0].numpy(), self._side).matrix
        crop = framed(self._detect, moved[None], self._side)
        seen = {name: mixing.resampled(mask, matrix) > 0.5 for name, mask in masks.items()}
        return crop, {name: mask.astype(np.float32) for name, mask in seen.items()}

    def _same(self, source: Array, pictures: Mapping[str, Array]) -> dict[str, float]:
        """Cosines of the identities of pictures and of the source."""
        every = np.stack([source, *(one.round().astype(np.uint8) for one in pictures.values())])
        own, *others = self._judges.opinion(to_images(every, self._side)).identity
        return {n: round(float(one @ own), 4) for n, one in zip(pictures, others, strict=True)}


def summary(rows: Sequence[Row]) -> list[Row]:
    """Means over pairs, by region, way of comparing and who draws; and how many pairs gain."""
    lines = []
    for region in REGIONS:
        found = [row[region] for row in rows if region in row]
        for way in WAYS if found else ():
            for name in SAID:
                psnr = [one[way][name]["psnr"] for one in found]
                usual = [one[way]["photo"]["psnr"] for one in found]
                better = sum(mine > its for mine, its in zip(psnr, usual, strict=True))
                line = {"region": region, "way": way, "who": name, "pairs": len(found)}
                line |= {"csim": float(np.mean([one["csim"][name] for one in found]))}
                for figure in ("psnr", "mae", "pattern", "edge"):
                    line[figure] = float(np.mean([one[way][name][figure] for one in found]))
                lines.append(line | {"better": None if name == "photo" else better})
    return lines


def markdown(data: Mapping[str, Any]) -> str:
    """The table of the documentation."""
    header = (
        *("region, compared", "drawn by", "pairs", "PSNR ↑, dB", "nearer than the photo's"),
        *("error ↓, grey levels", "pattern ↑", "gradient at the border", "CSIM ↑"),
    )
    rows = [
        (
            *(f"{ABOUT[line['region']]}, {WAYS[line['way']]}", SAID[line["who"]], line["pairs"]),
            *(line[name] for name in ("psnr", "better", "mae", "pattern", "edge")),
            f"{line['csim']:.3f}",
        )
        for line in data["summary"]
    ]
    note = (
        f"{data['pairs']} pairs of {data['sources']} sources, {data['drawn_well']} of which "
        f"{data['model']} draws well; {data['measured']}.\n\n"
    )
    return note + figures.table(header, rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--every", type=int, default=2, help="of so many sources one is taken")
    parser.add_argument("--work", type=Path, default=Path("evaluation.work"))
    parser.add_argument("--sheet", type=Path, help="file for pictures of ten pairs")
    parser.add_argument("--write", action="store_true", help="write docs/figures/hidden.*")
    asked = parser.parse_args()
    bench, stage = load_bench(DATA), Stage(asked.model, asked.work)
    rows: list[Row] = []
    truths = list(zip(bench.pairs, bench.truth, strict=True))
    for place, source in list(enumerate(bench.sources))[:: asked.every]:
        others = [(bench.drivers[pair[1]], truth) for pair, truth in truths if pair[0] == place]
        rows += stage.compare(source, others)
    pictures = [row.pop("pictures") for row in rows]
    well = {row["source"]: row["drawn_well"] for row in rows}
    data = {
        "model": stage.name,
        "pairs": len(rows),
        "sources": len(well),
        "drawn_well": sum(well.values()),
        "measured": f"{datetime.now(UTC):%Y-%m-%d} ({machine()})",
        "summary": summary(rows),
    }
    text, command = markdown(data), "python -m benchmarks.hidden --write"
    figures.show("hidden", data, text, command, keep=asked.write)
    if asked.sheet:
        write_image(asked.sheet, mixing.sheet(pictures, tuple(SAID)))


if __name__ == "__main__":
    main()
