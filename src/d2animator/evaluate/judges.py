"""Networks that judge pictures: whose face it is, and what it looks like.

For puppets they come with the package (`d2animator.bundles.recognition`), trained on renders and
named as such. For photographs the field uses ArcFace and Inception; their weights are others'
property, and are fetched by the libraries that keep them when they are first used. Figures of
different judges must not be compared.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from d2animator.bundles.recognition import load_recognition
from d2animator.errors import ConfigError
from d2animator.faces.pixels import to_bytes

PUPPETS = "puppets"
PHOTOS = "photos"
JUDGES = (PUPPETS, PHOTOS)

# The middle of an FFHQ crop that ArcFace is shown, as a share of its side.
_ARCFACE_PART = (0.13, 0.87)


class Opinion(NamedTuple):
    """What judges say about N pictures."""

    identity: Tensor  # (N, E), unit length
    features: Tensor  # (N, F) for Fréchet distances
    logits: Tensor  # (N, C) for the inception score
    maps: tuple[Tensor, ...]  # (N, c, h, w) a layer, for perceptual distances


@dataclass(frozen=True, eq=False)
class Judges:
    """Networks that judge.

    Attributes:
        name: Named in every report.
        look: Images (B, 3, R, R) in [-1, 1] -> their opinion.
    """

    name: str
    look: Callable[[Tensor], Opinion]

    def opinion(self, images: Tensor, batch: int = 16) -> Opinion:
        """Judge images (N, 3, R, R) in [-1, 1], some at a time."""
        with torch.no_grad():
            parts = [self.look(part) for part in torch.split(images, batch)]
        maps = zip(*(part.maps for part in parts), strict=True)
        return Opinion(
            torch.cat([part.identity for part in parts]),
            torch.cat([part.features for part in parts]),
            torch.cat([part.logits for part in parts]),
            tuple(torch.cat(layer) for layer in maps),
        )


def load_judges(name: str | Path = PUPPETS) -> Judges:
    """Load the judges.

    Args:
        name: ``puppets`` (come with the package), ``photos`` (the extra of that name, whose
            libraries fetch their weights on first use), or the folder of an evaluation bundle.

    Raises:
        ConfigError: No such judges, or a library is missing.
        BundleError: The evaluation bundle is missing or damaged.
    """
    if name == PHOTOS:
        return _photo_judges()
    folder = None if name == PUPPETS else Path(name)
    if folder is not None and not folder.is_dir():
        allowed = ", ".join(JUDGES)
        raise ConfigError("judges", f"expected {allowed} or a folder, got {str(name)!r}")
    found = load_recognition(folder)
    label = PUPPETS if folder is None else folder.name
    return network_judges(found.identity, found.features, f"{label} ({found.config.sha256[:8]})")


def network_judges(identity: nn.Module, features: nn.Module, name: str) -> Judges:
    """Make judges of two networks.

    Args:
        identity: Images (B, 3, R, R) -> embeddings (B, E) of unit length.
        features: Images -> something with ``features`` (B, F) and ``logits`` (B, C); what its
            ``trunk.layers`` put out serves the perceptual distance.
        name: Their name in reports.

    Returns:
        The judges.
    """
    layers = _kept_layers(features)

    def look(images: Tensor) -> Opinion:
        maps: list[Tensor] = []
        hooks = [
            layer.register_forward_hook(lambda _m, _i, out: maps.append(out)) for layer in layers
        ]
        try:
            seen: Any = features(images)
        finally:
            for hook in hooks:
                hook.remove()
        return Opinion(identity(images), seen.features, seen.logits, tuple(maps))

    return Judges(name, look)


def _kept_layers(features: nn.Module) -> Sequence[nn.Module]:
    """The stages of a network whose maps are compared; the last one of each size will do."""
    trunk = getattr(features, "trunk", None)
    layers = list(getattr(trunk, "layers", []))
    if not layers:
        raise ConfigError("features", f"{type(features).__name__} has no trunk of layers")
    return layers[1:]  # the first only regroups pixels


def _photo_judges() -> Judges:
    """ArcFace by insightface and Inception by torch-fidelity: a thin seam to both."""
    insightface, fidelity = _library("insightface.app"), _library("torch_fidelity")
    arcface = insightface.FaceAnalysis(name="buffalo_l").models["recognition"]
    names = ["64", "192", "2048", "logits_unbiased"]
    inception = fidelity.create_feature_extractor("inception-v3-compat", names, cuda=False)

    def look(images: Tensor) -> Opinion:
        pixels = to_bytes(images)
        low, high = (round(share * images.shape[-1]) for share in _ARCFACE_PART)
        faces = nn.functional.interpolate(
            pixels[:, :, low:high, low:high].float(), (112, 112), mode="bilinear", antialias=True
        )
        bgr = list(faces.flip(1).permute(0, 2, 3, 1).round().to(torch.uint8).numpy())
        identity = nn.functional.normalize(torch.from_numpy(arcface.get_feat(bgr)))
        one, two, features, logits = inception(pixels)
        return Opinion(identity, features, logits, (one[:, :, None, None], two[:, :, None, None]))

    return Judges("photos (ArcFace of insightface buffalo_l, Inception of torch-fidelity)", look)


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            "judges",
            f"photos need {name.partition('.')[0]}, which is not installed: "
            "`pip install d2animator[photos]` (weights are fetched on first use, under their "
            f"own licences), or judge with {PUPPETS}",
        ) from error
