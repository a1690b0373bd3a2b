"""Scoring results against a bench: every method, and every other program, by the same rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor

from d2animator.distill.samples import Detect
from d2animator.errors import ShapeError
from d2animator.evaluate import measures, metrics
from d2animator.evaluate.judges import Judges, Opinion

COLUMNS = (
    "nme",
    "nme_driver",
    "csim",
    "fid",
    "pose_error",
    "expression_error",
    "distance",
)
"""Columns of every table; lower is better in all but ``csim``."""


@dataclass(frozen=True)
class Scores:
    """A row of a table.

    Attributes:
        method: What is scored.
        nme: Landmarks of the results against those of the truth, in % of the outer eye distance.
        nme_driver: The same against the driver's own landmarks, as the paper has it (section 4.1);
            None where the drivers were not looked at.
        csim: Cosine of the identities of result and source.
        fid: Fréchet distance of the features of all results from those of all truths.
        pose_error: Difference of the head's angles from the truth's, in degrees.
        expression_error: Difference of the expression readings, in their standard deviations.
        distance: Perceptual distance of the picture from the true one (LPIPS-like).
        details: More figures by name: ``is``, ``psnr``, ``csim_truth``, ``faces`` (share with a
            confident face), ``count``.
    """

    method: str
    nme: float
    csim: float
    fid: float
    pose_error: float
    expression_error: float
    distance: float
    nme_driver: float | None = None
    details: dict[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, str | float | None]:
        """Give the method and the columns as plain values."""
        plain = asdict(self)
        return {name: plain[name] for name in ("method", *COLUMNS)}


@dataclass(frozen=True, eq=False)
class Seen:
    """Pictures with all that can be told of them.

    Attributes:
        images: (N, 3, R, R) in [-1, 1].
        landmarks: (N, 98, 2) in pixels.
        confidence: (N,) in [0, 1].
        opinion: What the judges say.
    """

    images: Tensor
    landmarks: Tensor
    confidence: Tensor
    opinion: Opinion

    def only(self, indices: Sequence[int]) -> Seen:
        """Keep some of the pictures."""
        rows = torch.as_tensor(list(indices), dtype=torch.long)
        opinion = Opinion(
            self.opinion.identity[rows],
            self.opinion.features[rows],
            self.opinion.logits[rows],
            tuple(layer[rows] for layer in self.opinion.maps),
        )
        return Seen(self.images[rows], self.landmarks[rows], self.confidence[rows], opinion)


class Referee:
    """Looks at results and truths with the same eyes."""

    def __init__(self, detect: Detect, judges: Judges, batch: int = 16) -> None:
        """Take the eyes.

        Args:
            detect: Finds landmarks in pictures framed as the generator's.
            judges: Identity and feature networks.
            batch: Pictures at once.
        """
        self._detect, self.judges, self._batch = detect, judges, batch

    @torch.no_grad()
    def see(self, images: Tensor) -> Seen:
        """Look at images (N, 3, R, R) in [-1, 1]."""
        images = images.clamp(-1, 1)
        found = [self._detect(part) for part in torch.split(images, self._batch)]
        landmarks = torch.cat([points for points, _ in found]).float()
        confidence = torch.cat([sure for _, sure in found]).float()
        return Seen(images, landmarks, confidence, self.judges.opinion(images, self._batch))

    def score(
        self,
        method: str,
        results: Seen,
        truths: Seen,
        sources: Opinion,
        drivers: Tensor | None = None,
        spread: Tensor | None = None,
        reference: Opinion | None = None,
    ) -> Scores:
        """Compare results with truths, one to one.

        Args:
            method: Name of what made the results.
            results: N results.
            truths: N true pictures.
            sources: Opinion on the N sources.
            drivers: Landmarks (N, 98, 2) of the drivers, for ``nme_driver``.
            spread: Spread (E,) of the expression readings over true pictures, see
                `measures.expression_spread`; default: over these.
            reference: Pictures that FID compares with; default: the truths.

        Returns:
            The row.

        Raises:
            ShapeError: The numbers differ.
        """
        if len(results.images) != len(truths.images):
            raise ShapeError("results", (len(truths.images), 3, "R", "R"), results.images.shape)
        if spread is None:
            spread = measures.expression_spread(truths.landmarks)
        points, due = results.landmarks, truths.landmarks
        one, two = results.opinion, truths.opinion
        moments = [metrics.feature_moments(o.features) for o in (one, reference or two)]
        details = {
            "is": metrics.inception_score(one.logits),
            "psnr": float(metrics.psnr_db(results.images, truths.images).clamp_max(99).mean()),
            "csim_truth": float(metrics.cosine_similarity(one.identity, two.identity).mean()),
            "faces": float((results.confidence >= 0.5).float().mean()),
            "count": float(len(results.images)),
        }
        figures = {
            "nme": float(metrics.shape_error_percent(points, due).mean()),
            "csim": float(metrics.cosine_similarity(one.identity, sources.identity).mean()),
            "fid": metrics.frechet_distance(*moments),
            "pose_error": float(measures.pose_error_deg(points, due).mean()),
            "expression_error": float(measures.expression_error(points, due, spread).mean()),
            "distance": float(metrics.perceptual_distance(one.maps, two.maps).mean()),
        }
        if drivers is not None:
            figures["nme_driver"] = float(metrics.shape_error_percent(points, drivers).mean())
        rounded = {name: round(value, 4) for name, value in details.items()}
        return Scores(method, **{k: round(v, 4) for k, v in figures.items()}, details=rounded)
