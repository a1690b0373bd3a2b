"""Sources: pictures, faces in them, and portraits of these, made once for any number of drivers."""

from __future__ import annotations

import logging

import numpy as np
import torch
from torch import Tensor

from d2animator.bundles.bundle import Bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.engines.choice import Engines
from d2animator.errors import ConfigError, NoFaceError
from d2animator.faces.choice import parse_choice, searched
from d2animator.faces.compose import Picture, Points
from d2animator.faces.detector import Detector, Face, TellsOutline
from d2animator.faces.layouts import POINTS
from d2animator.invert.cache import Cache
from d2animator.invert.choice import choose_inversion
from d2animator.invert.optimise import InversionOptions
from d2animator.invert.prepare import Preparer
from d2animator.invert.quality import Embed
from d2animator.marks.marker import Marker
from d2animator.media.images import on_white
from d2animator.media.pictures import PictureLike, as_picture, name_of
from d2animator.performers.photo import machine
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait
from d2animator.progress import Progress

WELL_DRAWN, WELL_DETAILED = 0.15, 0.5
"""Largest difference, and least likeness of details, at a glance, of a face that the generator
knows; see `Preparer.glance`.

Of 64 held-out renders the embedded generator comes within .05 to .13, with details alike by .57 to
.95. Five photographs and paintings and the frames of four films come no nearer than .13, and those
within .15 are alike by .42 at most.
"""

_ASKED_FOR = (
    "The embedded generator draws puppets: it makes of a photo a puppet that resembles it. "
    "--renderer photo, without --inversion and --tune, moves the photo itself."
)
_CHOSEN = (
    "The embedded generator draws this very face, so the generator moves it. "
    "--renderer photo moves the picture itself instead."
)

_log = logging.getLogger(__name__)

Source = PictureLike | Portrait | Photo
"""A picture, see `as_picture`, or what was prepared of one."""


class Sources:
    """Makes portraits with a bundle.

    Attributes:
        bundle: The networks; nothing of it is changed.
        detector: Finds faces in sources and drivers.
        device: What the networks run on.
        inversion: How sources are inverted where nothing else is said.
        marker: Marks what is made of the sources.
        inverts: Whether somebody said so: then sources are inverted, and no photo moves by itself.
    """

    def __init__(
        self,
        bundle: Bundle,
        detector: Detector,
        device: torch.device,
        inversion: InversionOptions | None = None,
        *,
        engines: Engines | None = None,
        cache: Cache | None = None,
        identity: Embed | None = None,
        marker: Marker | None = None,
    ) -> None:
        """Take what is needed.

        Args:
            bundle: All parts that animating needs, on ``device``.
            detector: Any, see `d2animator.faces.detector.Detector`.
            device: Where to compute.
            inversion: How sources are inverted where nothing else is said.
            engines: What draws portraits; inverting is always done by PyTorch in fp32.
            cache: Where codes and tuned weights are kept; None for nowhere.
            identity: Tells who a picture (B, 3, R, R) shows, for the reports of inversions.
            marker: Marks what is made of the sources; None for the default marks.
        """
        self.bundle, self.detector, self.device = bundle, detector, device
        self.inversion = inversion or InversionOptions()
        self.inverts = inversion is not None
        self.marker = marker or Marker()
        self._cache = cache
        self._preparer = Preparer(
            bundle, self.tracker, device, engines=engines, cache=cache, identity=identity
        )
        self._told: set[str] = set()

    def tracker(self) -> Detector:
        """Make a detector that has seen nothing yet."""
        return self.detector.fresh()

    def faces(
        self, picture: PictureLike, *, opacity: bool = False
    ) -> tuple[str, Picture, list[Face]]:
        """Read a picture and find all of its faces; the name is for messages.

        Args:
            picture: The picture.
            opacity: Whether one that is transparent somewhere is given with a fourth channel.

        Raises:
            MediaError: The file is no picture.
            PictureError: The object is no picture.
        """
        image = as_picture(picture, "picture", opacity=opacity)
        return name_of(picture), image, self.tracker().detect(on_white(image))

    def face(
        self, picture: PictureLike, face: str = "largest", *, opacity: bool = False
    ) -> tuple[Picture, Points]:
        """Read a picture and find the landmarks (P, 2) of one of its faces, in pixels.

        Raises:
            NoFaceError: It does not show this face.
            MediaError: The file is no picture.
            PictureError: The object is no picture.
        """
        choice = parse_choice("source_face", face)
        name, image, faces = self.faces(picture, opacity=opacity)
        chosen = choice.pick(faces)
        if chosen is None:
            raise NoFaceError(name, searched(image, self.detector, choice, len(faces)))
        return image, chosen.landmarks.astype(np.float64)

    def portrait(
        self,
        source: Source,
        face: str = "largest",
        inversion: str | None = None,
        tune: str | None = None,
        seconds: float | None = None,
    ) -> Portrait:
        """Find a face of a picture and invert it, unless that is done already.

        Args:
            source: A picture, or a portrait, which is given back.
            face: Which face, see ``AnimateOptions.source_face``.
            inversion: See ``AnimateOptions``, as for the rest.
            tune: See there.
            seconds: See there.
        """
        if isinstance(source, Portrait):
            return source
        if isinstance(source, Photo):
            raise ConfigError("source", "was prepared to move as a photo; prepare it for generator")
        return self.inverted(*self.face(source, face), inversion, tune, seconds)

    def photo(
        self,
        image: Picture,
        points: Points,
        size: int | None = None,
        progress: Progress | None = None,
    ) -> Photo:
        """Make a face of a picture, with landmarks (98, 2) in its pixels, ready to move.

        Args:
            image: The picture (H, W, 3), or with opacity (H, W, 4).
            points: The landmarks.
            size: Longer side of the results, see ``AnimateOptions``.
            progress: Told what is done.
        """
        self.expect_photo()
        outlines = None
        if isinstance(self.detector, TellsOutline) and len(points) == POINTS:
            outlines = self.detector.outlines(points[None].astype(np.float32))
        outline = None if outlines is None else outlines[0]
        return Photo.prepare(image, points, outline, size, progress=progress)

    def expect_photo(self) -> None:
        """Begin, beside other work, what photos need before they can move."""
        machine.begin(self._cache)

    def drawn_well(self, image: Picture, points: Points) -> bool:
        """Tell, at a glance, whether the generator draws this very person.

        It is asked for the encoder's answer alone; a source that networks were tuned to is drawn
        well, too.
        """
        seen = self._preparer.glance(on_white(image), points)
        return seen.distance <= WELL_DRAWN and seen.likeness >= WELL_DETAILED

    def inverted(
        self,
        image: Picture,
        points: Points,
        inversion: str | None = None,
        tune: str | None = None,
        seconds: float | None = None,
        *,
        asked_for: bool = True,
    ) -> Portrait:
        """Invert a face of a picture (H, W, 3 or 4), with landmarks (P, 2) in its pixels.

        Args:
            image: The picture.
            points: The landmarks.
            inversion: See ``AnimateOptions``, as for the rest.
            tune: See there.
            seconds: See there.
            asked_for: Whether somebody asked for the generator; else it was chosen because it draws
                this face.
        """
        options = choose_inversion(self.inversion, inversion, tune, seconds)
        self._tell_once(_ASKED_FOR if asked_for else _CHOSEN)
        chosen = inversion is not None or tune is not None
        portrait = self._preparer.prepare(image, points, options, chosen=chosen)
        if portrait.report is not None and (advice := portrait.report.advice()):
            _log.warning("%s", advice)
        return portrait

    def tuned(self, source: PictureLike, mode: str, seconds: float | None = None) -> Portrait:
        """Tune networks to the largest face of a source, for this call and all later ones."""
        options = choose_inversion(self.inversion, None, mode, seconds)
        image, points = self.face(source)
        portrait = self.inverted(image, points, None, mode, seconds)
        self._preparer.remember(image, points, options)
        return portrait

    def portrait_of(self, w_plus: Tensor, like: Portrait | None = None) -> Portrait:
        """Make a portrait of a code (1, L, D); its landmarks are those of what is drawn.

        Args:
            w_plus: The code.
            like: Portrait whose networks, picture and report it shall have; None for none.
        """
        return self._preparer.portrait_of(w_plus, like)

    def _tell_once(self, sentence: str) -> None:
        """Say what the embedded model does to a source, and what would not."""
        if sentence not in self._told and self.bundle.config.name == EMBEDDED:
            _log.warning("%s", sentence)
        self._told.add(sentence)
