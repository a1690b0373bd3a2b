"""What there is to tell, and to show, of the model that animates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from d2animator.web.refusals import RefusedError

if TYPE_CHECKING:
    from d2animator.animator import D2Animator


def model_card(animator: D2Animator) -> dict[str, Any]:
    """Tell what a bundle is, as JSON holds it.

    Returns:
        ``name``, ``description``, ``facts`` (what and value), ``provenance``, ``metrics``,
        ``licenses``, ``steps`` of the strips, and ``directions``: each with name, group, what it
        does most, and the address of its strip.
    """
    from d2animator.bundles.card import licenses
    from d2animator.edit.catalogue import STEPS, as_plain, most_effects

    config, bank = animator.bundle.config, animator.bundle.directions
    rows = [] if bank is None else as_plain(bank, range(len(bank)))["directions"]
    side = config.generator.img_resolution
    return {
        "name": config.name,
        "description": config.description,
        "facts": {
            "generator": f"{config.generator.architecture}, {side} × {side} pixels",
            "landmarks": config.landmark_layout,
            "directions": str(len(rows)),
            "device": str(animator.device),
            "marks": _marks(animator),
        },
        "provenance": dict(config.provenance),
        "metrics": dict(config.metrics),
        "licenses": licenses(config),
        "steps": list(STEPS),
        "directions": [
            {
                "name": row["name"],
                "group": row["region"] or row["group"],
                "effects": most_effects(row),
                "strip": f"/api/model/directions/{index}.jpg",
            }
            for index, row in enumerate(rows)
        ],
    }


def direction_strip(animator: D2Animator, index: int) -> bytes:
    """Draw a face of the generator along a direction, as a JPEG; another face for each.

    Raises:
        RefusedError: There is no such direction.
    """
    import torch

    from d2animator.edit.catalogue import draw_strip
    from d2animator.media.images import encode_jpeg

    bank = animator.bundle.directions
    if bank is None or not 0 <= index < len(bank):
        raise RefusedError(404, f"there is no direction {index}")
    draw = torch.Generator().manual_seed(index)
    z = torch.randn(1, animator.bundle.generator.z_dim, generator=draw)
    strip = draw_strip(animator.bundle, index, z)
    return encode_jpeg(animator.sources.marker.mark(strip))


def _marks(animator: D2Animator) -> str:
    marks = animator.sources.marker.summary()
    said = {
        "an invisible watermark": marks["watermark"] is not None,
        "signed metadata": marks["manifest"],
        "a label": marks["label"] is not None,
    }
    return ", ".join(name for name, there in said.items() if there) or "none"
