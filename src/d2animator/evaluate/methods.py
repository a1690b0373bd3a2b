"""Rows of the ablation that the generator draws: each takes sources and drivers to codes of W+.

Rows with a network animate as the product does, with what they learned in the bundle's place. What
was made is kept in a work folder under the name of what it was made of, so a run that was stopped
goes on, and changing one option redoes only what depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from d2animator import __version__
from d2animator.animate.options import AnimateOptions
from d2animator.animator import D2Animator
from d2animator.distill.samples import fingerprint
from d2animator.evaluate import oracle
from d2animator.evaluate.answering import answer
from d2animator.evaluate.learning import OWN, Learner
from d2animator.evaluate.preparing import Parts, Prepared
from d2animator.evaluate.sizes import AblationOptions
from d2animator.invert.finetune import Finetuner
from d2animator.invert.tune import with_delta
from d2animator.marks.options import UNMARKED
from d2animator.models.action import ActionNetwork
from d2animator.performers.portrait import Portrait
from d2animator.progress import StageProgress
from d2animator.training.loop import save_tensors


@dataclass(frozen=True)
class Led:
    """A row whose sources are led by a facial action network.

    Attributes:
        bank: The directions that it combines.
        finetuned: Whether the network is fine-tuned on each source.
        corrected: Whether motions are corrected by what is seen; the paper's are not.
    """

    bank: str
    finetuned: bool = False
    corrected: bool = True


LED = {
    "full": Led(OWN, finetuned=True),
    "no_finetune": Led(OWN),
    "no_correction": Led(OWN, finetuned=True, corrected=False),
    "no_finetune_no_correction": Led(OWN, corrected=False),
    "no_cludistiller": Led("no_cludistiller"),
    "no_cludistiller_no_correction": Led("no_cludistiller", corrected=False),
    "labelled": Led("labelled"),
    "ganspace": Led("ganspace"),
    "sefa": Led("sefa"),
}
"""Rows with a network."""

CODED = (*LED, "coarse_swap", "oracle")
"""All rows that end in codes."""


class Methods:
    """All rows of `CODED` on one bench."""

    def __init__(
        self,
        parts: Parts,
        prepared: Prepared,
        options: AblationOptions,
        work: Path,
        progress: StageProgress,
    ) -> None:
        """Take what rows share.

        Args:
            parts: Generator, detector, the bundle's directions.
            prepared: Sources and drivers.
            options: Sizes.
            work: Folder of what is kept.
            progress: Called as ``progress(what, done, figures)``.
        """
        self._parts, self._prepared, self._options = parts, prepared, options
        self._work, self._progress = work, progress
        self._learner = Learner(parts, options, work, progress)
        self._layers = parts.directions.vectors.shape[1]
        self._animators: dict[str, D2Animator] = {}
        self._finetuners: dict[str, Finetuner] = {}

    def codes(self, method: str) -> Tensor:
        """Give the codes (P, L, D) that a method of `CODED` answers the pairs with."""
        path = self._path(f"codes-{method}", self._options, AnimateOptions())
        if path.exists():
            return load_file(path)["codes"]
        if method in LED:
            codes = self._led(method)
        else:
            codes = self._oracle() if method == "oracle" else self._swapped()
        save_tensors(path, {"codes": codes}, {})
        return codes

    def still(self) -> Tensor:
        """Give the sources' own codes (P, L, D): no motion at all."""
        return self._prepared.codes[self._prepared.sides()[0]]

    def animator(self, method: str) -> D2Animator:
        """Give the product with what a row of `LED` learned in its bundle's place."""
        bank = LED[method].bank
        if bank not in self._animators:
            self._animators[bank] = D2Animator(self._learner.bundle(bank), marks=UNMARKED)
        return self._animators[bank]

    def portrait(self, method: str, source: int) -> Portrait:
        """Give a source, by its position in the bench, ready for a row of `LED`."""
        code = self._prepared.codes[source : source + 1]
        portrait = self.animator(method).sources.portrait_of(code)
        if not LED[method].finetuned:
            return portrait
        return replace(portrait, action=self._finetuned(method, source))

    def options(self, method: str) -> AnimateOptions:
        """Tell how a row of `LED` animates."""
        usual = AnimateOptions()
        return usual if LED[method].corrected else replace(usual, corrections=0)

    def _led(self, method: str) -> Tensor:
        """Lead every source to its drivers."""
        codes, prepared = self.still(), self._prepared
        sources, drivers = (torch.tensor(side) for side in prepared.sides())
        for done, source in enumerate(sorted(set(sources.tolist())), start=1):
            rows = sources == source
            codes[rows] = answer(
                self.animator(method).sources,
                self.portrait(method, source),
                prepared.driving[drivers[rows]],
                self.options(method),
            )
            self._progress(method, done, {})
        return codes

    def _finetuned(self, method: str, source: int) -> ActionNetwork:
        """Fine-tune a row's network on a source."""
        bank, options = LED[method].bank, self._options
        network = self.animator(method).bundle.animating().action_network
        about = (options.pairs, options.loop, options.seed, options.finetune)
        path = self._path(f"finetuned-{bank}-{source:03d}", *about)
        if not path.exists():
            generator, code = self._parts.bundle.generator, self._prepared.codes[source]
            save_tensors(path, self._finetuner(method).tune(generator, code.unsqueeze(0)), {})
        return with_delta(network, load_file(path))

    def _finetuner(self, method: str) -> Finetuner:
        """Give what fine-tunes a row's network; it keeps pictures that all sources share."""
        bank = LED[method].bank
        if bank not in self._finetuners:
            sources = self.animator(method).sources
            parts = sources.bundle.animating()
            self._finetuners[bank] = Finetuner(
                sources.bundle.generator,
                lambda: sources.tracker().landmarks_and_scores,
                parts.action_network,
                sources.bundle.bank(),
                parts.statistics,
                self._options.finetune,
            )
        return self._finetuners[bank]

    def _swapped(self) -> Tensor:
        """Take the driver's coarse layers, as pSp and StyleFusion mix codes."""
        sources, drivers = self._prepared.sides()
        coarse = self._prepared.driver_codes[drivers][:, : self._layers]
        return torch.cat([coarse, self._prepared.codes[sources][:, self._layers :]], 1)

    def _oracle(self) -> Tensor:
        """Start where the network leads and go on to the true landmarks."""
        starts, still = self.codes("no_finetune"), self.still()
        codes, options = [], self._options.oracle
        for first in range(0, len(starts), options.batch):
            part = slice(first, first + options.batch)
            codes.append(
                oracle.optimise(
                    self._parts.generator,
                    self._parts.landmark_network,
                    self._parts.statistics,
                    still[part],
                    starts[part],
                    self._prepared.true_landmarks[part],
                    self._layers,
                    options,
                )
            )
            self._progress("oracle", min(part.stop, len(starts)), {})
        return torch.cat(codes)

    def _path(self, what: str, *about: object) -> Path:
        """Name a file by what its content follows from, besides the pictures and the model."""
        name = fingerprint(None, __version__, self._parts.name, self._prepared.name(), *about)
        return self._work / f"{what}-{name}.safetensors"
