"""From a source picture to a portrait: its code, networks tuned to it, and how good they are."""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from d2animator import __version__
from d2animator import config as configs
from d2animator.bundles.bundle import Bundle
from d2animator.engines.choice import Engines
from d2animator.engines.engine import Engine
from d2animator.errors import ConfigError, InputError, check_shape
from d2animator.faces.align import Similarity, normalise_landmarks
from d2animator.faces.compose import Picture, Points, Scene, match_colours
from d2animator.faces.detector import Detector
from d2animator.faces.layouts import POINTS
from d2animator.invert.cache import Cache, flatten, unflatten
from d2animator.invert.optimise import InversionOptions, face_weight, invert
from d2animator.invert.placing import place_face
from d2animator.invert.quality import (
    Embed,
    Glance,
    InversionReport,
    identity_similarity,
    weighted_psnr,
)
from d2animator.invert.tune import Delta, TuningOptions, tune_generator, with_delta
from d2animator.latent.distance import weighted_distance
from d2animator.media.images import on_white
from d2animator.models.generators import Generator
from d2animator.models.hashing import Hash
from d2animator.performers.portrait import Portrait

if TYPE_CHECKING:
    from d2animator.invert.finetune import Finetuner

_log = logging.getLogger(__name__)

# Share of a time budget that the code may take where tuning follows, and that of the generator
# where the action network follows as well.
_CODE_SHARE, _GENERATOR_SHARE = 0.25, 0.7
_TUNING = {"fast": TuningOptions(steps=80), "full": TuningOptions(steps=240)}


@dataclass(frozen=True, eq=False)
class _Placed:
    """A source's face where the generator draws it."""

    crop: Tensor  # (1, 3, R, R)
    weight: Tensor  # (1, 1, R, R)
    placing: Similarity


@dataclass(frozen=True, eq=False)
class _Inverted:
    """What is cached: the code, and what changes in the networks."""

    w_plus: Tensor
    generator: Delta
    action: Delta
    start_distance: float
    seconds: float


class Preparer:
    """Inverts sources with a bundle, or finds in the cache what it did before."""

    def __init__(
        self,
        bundle: Bundle,
        tracker: Callable[[], Detector],
        device: torch.device,
        *,
        engines: Engines | None = None,
        cache: Cache | None = None,
        identity: Embed | None = None,
    ) -> None:
        """Take what is needed; nothing of it is changed.

        Args:
            bundle: All parts that animating needs, on ``device``.
            tracker: Makes a tracker that has seen nothing yet.
            device: Where to compute.
            engines: What draws portraits; inverting is always done by PyTorch in fp32.
            cache: Where results are kept; None for nowhere.
            identity: Tells who it is, for the report.
        """
        self._bundle, self._tracker, self._device = bundle, tracker, device
        self._cache, self._identity = cache, identity
        self._engines = engines or Engines()
        # What draws the bundle's generator; that of a tuned one comes with its portrait.
        self._engine = self._engines.generator(bundle.generator)
        self._parts = bundle.animating()
        self._finetuner: Finetuner | None = None
        self._model = ""

    def prepare(
        self, image: Picture, points: Points, options: InversionOptions, *, chosen: bool = True
    ) -> Portrait:
        """Make a portrait.

        Args:
            image: The source (H, W, 3), or with opacity (H, W, 4), uint8.
            points: Its face's landmarks (98, 2) in pixels.
            options: How to invert it.
            chosen: Whether somebody asked for these options; if not, those of the last `remember`
                for this source are taken, as long as their result is cached.

        Returns:
            The portrait, with its report and its scene.
        """
        placed = self._place(on_white(image), points)
        stored = None
        if not chosen:
            options, stored = self._recall(placed, options)
        began = time.monotonic()
        key = self._key(placed, options)
        stored = stored or self._stored(key)
        inverted = stored or self._find(placed, options)
        if stored is None and self._cache is not None:
            inverted = replace(inverted, seconds=time.monotonic() - began)
            self._store(key, inverted)
        return self._portrait(image, points, placed, options, inverted, cached=stored is not None)

    def glance(self, image: Picture, points: Points) -> Glance:
        """Tell how near the generator comes to a face at a glance.

        It is asked for the encoder's answer alone, unless networks were tuned to this source
        before, see `remember`.

        Args:
            image: The source (H, W, 3), uint8.
            points: Its face's landmarks (P, 2) in pixels.

        Returns:
            How near; a source that is remembered is as near as can be.
        """
        placed = self._place(image, points)
        if self._recall(placed, InversionOptions())[1] is not None:
            return Glance(0.0, 1.0)
        with torch.inference_mode():
            drawn = self._bundle.generator.synthesis(self._parts.encoder(placed.crop))
        return Glance.of(drawn, placed.crop, placed.weight)

    def remember(self, image: Picture, points: Points, options: InversionOptions) -> None:
        """Take these options for this source from now on where nothing else is asked for.

        Args:
            image: The source (H, W, 3), uint8.
            points: Its face's landmarks (98, 2) in pixels.
            options: How it was inverted.
        """
        if self._cache is not None:
            key = self._key(self._place(image, points), None)
            self._cache.put(key, {}, {"options": configs.to_dict(options)})

    def portrait_of(self, w_plus: Tensor, like: Portrait | None = None) -> Portrait:
        """Make a portrait of a code (1, L, D); its landmarks are those of what is drawn.

        Args:
            w_plus: The code.
            like: Portrait whose networks, picture and report it shall have; None for none.
        """
        if like is None:
            return self._drawn_by(self._bundle.generator, w_plus, self._engine)
        return replace(
            self._drawn_by(like.generator, w_plus, like.engine),
            action=like.action,
            scene=like.scene,
            report=like.report,
        )

    def _drawn_by(self, generator: Generator, w_plus: Tensor, engine: Engine | None) -> Portrait:
        statistics, reader = self._parts.statistics, self._tracker()
        unread = Portrait(
            generator,
            w_plus,
            w_plus.new_zeros(reader.layout.points, 2),
            w_avg=statistics.w_avg,
            limits=statistics.limits,
            engine=engine,
        )
        landmarks = reader.landmarks_batch(unread.reconstruction())
        return replace(unread, landmarks=normalise_landmarks(landmarks)[0])

    def _place(self, image: Picture, points: Points) -> _Placed:
        generator = self._bundle.generator
        crop, seen, placing = place_face(
            image,
            points,
            generator.img_resolution,
            lambda crop: generator.synthesis(self._parts.encoder(crop)),
            self._tracker().landmarks_batch,
            self._device,
        )
        return _Placed(crop, face_weight(seen, generator.img_resolution).to(crop), placing)

    def _find(self, placed: _Placed, options: InversionOptions) -> _Inverted:
        """Invert, and tune as far as asked for."""
        began = time.monotonic()
        generator, statistics = self._bundle.generator, self._parts.statistics
        tuning = options.level == "tune"
        budget = options.seconds
        coding = options
        if tuning and budget is not None:
            coding = replace(options, seconds=budget * _CODE_SHARE)
        code = invert(
            generator,
            self._parts.encoder,
            placed.crop,
            coding,
            statistics=statistics,
            weight=placed.weight,
        )
        changes: tuple[Delta, Delta] = ({}, {})
        if tuning:
            left = None if budget is None else max(budget - (time.monotonic() - began), 0.1)
            changes = self._tune(placed, code.w_plus, options, left)
        return _Inverted(code.w_plus, *changes, code.start_distance, time.monotonic() - began)

    def _tune(
        self, placed: _Placed, w_plus: Tensor, options: InversionOptions, seconds: float | None
    ) -> tuple[Delta, Delta]:
        full = options.effort == "full"
        share = _GENERATOR_SHARE if full else 1.0
        change = tune_generator(
            self._bundle.generator,
            w_plus,
            placed.crop,
            self._parts.statistics,
            _TUNING[options.effort],
            weight=placed.weight,
            seconds=None if seconds is None else share * seconds,
        )
        if not full or self._bundle.directions is None:
            return change, {}
        tuned = with_delta(self._bundle.generator, change)
        left = None if seconds is None else (1 - share) * seconds
        return change, self._fine_tune(tuned, w_plus, left)

    def _fine_tune(self, generator: Generator, w_plus: Tensor, seconds: float | None) -> Delta:
        """Train the action network on, on this source's motions (paper, section 3.2)."""
        # Imported here: who animates what is prepared already needs no training.
        from d2animator.invert.finetune import Finetuner

        bundle = self._bundle
        if bundle.directions is None:
            return {}
        if self._finetuner is None:
            self._finetuner = Finetuner(
                bundle.generator,
                lambda: self._tracker().landmarks_and_scores,
                self._parts.action_network,
                bundle.directions,
                self._parts.statistics,
            )
        return self._finetuner.tune(generator, w_plus, seconds)

    def _portrait(
        self,
        image: Picture,
        points: Points,
        placed: _Placed,
        options: InversionOptions,
        inverted: _Inverted,
        *,
        cached: bool,
    ) -> Portrait:
        generator, engine = self._bundle.generator, self._engine
        if inverted.generator:
            generator = with_delta(generator, inverted.generator)
            engine = self._engines.generator(generator)
        portrait = self._drawn_by(generator, inverted.w_plus, engine)
        drawn = portrait.reconstruction().clone()
        report = self._report(placed, options, inverted, drawn, cached=cached)
        _log.info("inverted with %s", report.describe())
        scene = None
        if len(points) == POINTS:  # the mask's shape is known for this layout alone
            colours = match_colours(on_white(image), placed.placing, points, drawn)
            rest = self._tracker().landmarks_batch(drawn)[0].double().cpu().numpy()
            scene = Scene(image, placed.placing, points, rest=rest, colours=colours)
        network = self._parts.action_network
        action = with_delta(network, inverted.action) if inverted.action else None
        return replace(portrait, report=report, scene=scene, action=action)

    def _report(
        self,
        placed: _Placed,
        options: InversionOptions,
        inverted: _Inverted,
        drawn: Tensor,
        *,
        cached: bool,
    ) -> InversionReport:
        who = None
        if self._identity is not None:
            who = identity_similarity(placed.crop, drawn, self._identity)
        return InversionReport(
            level=options.level,
            effort=options.effort if options.level == "tune" else None,
            distance=weighted_distance(drawn, placed.crop, placed.weight),
            start_distance=inverted.start_distance,
            psnr=weighted_psnr(drawn, placed.crop, placed.weight),
            identity=who,
            seconds=inverted.seconds,
            cached=cached,
        )

    def _key(self, placed: _Placed, options: InversionOptions | None) -> str:
        """Name of a result: everything that it follows from, this package's version included."""
        if not self._model:
            parts = self._bundle
            statistics = self._parts.statistics
            whole = Hash().add(parts.generator, self._parts.encoder, self._parts.action_network)
            whole.add(
                *(getattr(statistics, entry.name) for entry in dataclasses.fields(statistics))
            )
            whole.add(None if parts.directions is None else parts.directions.vectors)
            self._model = whole.digest()
        settings = "any"
        if options is not None:
            used: dict[str, object] = {"inversion": configs.to_dict(options)}
            if options.level == "tune":
                used["tuning"] = configs.to_dict(_TUNING[options.effort])
            if options.level == "tune" and options.effort == "full":
                from d2animator.invert.finetune import FinetuneOptions

                used["network"] = configs.to_dict(FinetuneOptions())
            settings = json.dumps(used, sort_keys=True)
        what = Hash().add("source", __version__, self._model, settings)
        return what.add(placed.crop, placed.weight).digest()

    def _recall(
        self, placed: _Placed, options: InversionOptions
    ) -> tuple[InversionOptions, _Inverted | None]:
        known = None if self._cache is None else self._cache.get(self._key(placed, None))
        if known is None:
            return options, None
        try:
            wanted = configs.from_dict(
                InversionOptions, cast(dict[str, object], known[1]["options"])
            )
        except (ConfigError, KeyError):
            return options, None
        stored = self._stored(self._key(placed, wanted))
        return (options, None) if stored is None else (wanted, stored)

    def _stored(self, key: str) -> _Inverted | None:
        entry = None if self._cache is None else self._cache.get(key)
        if entry is None:
            return None
        try:
            return self._unpacked(*entry)
        except (LookupError, TypeError, ValueError, InputError) as error:
            _log.warning("an entry of the cache does not fit and is made anew (%s)", error)
            return None

    def _unpacked(self, tensors: dict[str, Tensor], figures: dict[str, object]) -> _Inverted:
        """Take an entry of the cache apart, and check that it fits the networks."""
        parts = unflatten(tensors, ("code", "generator", "action"))
        moved = {
            group: {name: value.to(self._device) for name, value in named.items()}
            for group, named in parts.items()
        }
        generator = self._bundle.generator
        w_plus = moved["code"]["w_plus"].float()
        check_shape("w_plus", w_plus, (1, generator.num_ws, generator.w_dim))
        networks = {"generator": generator, "action": self._parts.action_network}
        for part, network in networks.items():
            wanted = network.state_dict()
            for name, value in moved[part].items():
                check_shape(name, value, tuple(wanted[name].shape))
        start, seconds = (float(str(figures[n])) for n in ("start_distance", "seconds"))
        return _Inverted(w_plus, moved["generator"], moved["action"], start, seconds)

    def _store(self, key: str, inverted: _Inverted) -> None:
        if self._cache is None:
            return
        parts = {
            "code": {"w_plus": inverted.w_plus},
            "generator": inverted.generator,
            "action": inverted.action,
        }
        figures = {"start_distance": inverted.start_distance, "seconds": inverted.seconds}
        self._cache.put(key, flatten(parts), figures)
