"""Makes the compact head model that the package carries.

    python -m tools.pack_head ict_head.npz src/d2animator/head/data/head.safetensors

The input is the full model that `d2animator.head.model.load_head` reads from a ``.npz``. Kept are
skin, eye sockets, gums and teeth; lashes and the cover of the lids' seam are left out. The same
input gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from d2animator.head.model import Head, load_head
from d2animator.head.packed import pack, unpack

KEPT = ("face", "head", "socket", "gums", "teeth")
IDENTITY_MODES = 40
INNER_MODES = 16
# Displacements below this many cm are taken for noise of the half precision they came in.
LEAST_CM = 0.002


def main() -> None:
    """Pack a head, and tell how far the compact one is from it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="full head model, .npz")
    parser.add_argument("target", type=Path, help="file to write, .safetensors")
    options = parser.parse_args()
    full = only_parts(load_head(options.source))
    tensors, labels = pack(_as_dict(full), IDENTITY_MODES, INNER_MODES)
    metadata = {"head": json.dumps(labels, sort_keys=True)}
    options.target.write_bytes(save(tensors, metadata))
    print(f"{options.target}: {options.target.stat().st_size / 1e6:.2f} MB")
    for name, (typical, largest) in errors_cm(full, Head(**unpack(tensors, labels))).items():
        print(f"{name}: error {typical:.4f} cm (root mean square), {largest:.4f} cm (largest)")


def only_parts(head: Head) -> Head:
    """Leave out the parts that are not kept; they come last, so no vertex changes its number."""
    count = head.parts[KEPT[-1]][1]
    if set(head.parts) - set(KEPT) != {name for name, (a, _) in head.parts.items() if a >= count}:
        raise SystemExit(f"the parts {', '.join(KEPT)} must come first in the source")
    shapes = head.expression_shapes[:, : 3 * count].reshape(-1, count, 3)
    still = np.abs(shapes).max(-1, keepdims=True) < LEAST_CM
    return replace(
        head,
        vertices=head.vertices[:count],
        triangles=head.triangles[(head.triangles < count).all(1)],
        uv=head.uv[:count],
        identity_modes=head.identity_modes[:, : 3 * count],
        expression_shapes=np.where(still, 0, shapes).reshape(len(shapes), -1),
        parts={name: head.parts[name] for name in KEPT},
    )


def errors_cm(full: Head, compact: Head) -> dict[str, tuple[float, float]]:
    """Distance between the two for random people, and for every expression at weight one.

    Returns:
        Root mean square and largest distance in cm: of people with the same modes, of people of the
        full model, of expressions.
    """
    rng = np.random.default_rng(0)
    count = len(compact.identity_modes)
    differences: dict[str, list[np.ndarray]] = {"packing of people": [], "people": []}
    for _ in range(50):
        person = rng.normal(size=len(full.identity_modes)).astype(np.float32)
        shape = compact.identity_offset(person[:count])
        differences["packing of people"].append(shape - full.identity_offset(person[:count]))
        differences["people"].append(shape - full.identity_offset(person))
    shapes = compact.expression_shapes - full.expression_shapes
    differences["expressions"] = list(shapes.reshape(len(shapes), -1, 3))
    result = {}
    for name, offsets in differences.items():
        lengths = np.linalg.norm(np.stack(offsets), axis=-1)
        result[name] = (float(np.sqrt((lengths**2).mean())), float(lengths.max()))
    return result


def _as_dict(head: Head) -> dict[str, object]:
    return {field.name: getattr(head, field.name) for field in fields(head)}


if __name__ == "__main__":
    main()
