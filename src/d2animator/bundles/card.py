"""The model card of a bundle, as a pure function of its configuration."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping

from d2animator.bundles.description import NEEDED_TO_ANIMATE, NETWORKS, BundleConfig
from d2animator.errors import printable

CARD = "README.md"
# What Markdown would take for more than text.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~$]")
# A card with this line is ours, and is written anew; without it, it is the user's, and is kept.
MARK = "<!-- Written by d2animator. Remove this line to keep your own changes. -->"
# SPDX identifiers that the Hub knows by the same word in lower case.
_KNOWN_LICENSES = (
    *("mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "openrail"),
    *("cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0"),
    *("cc-by-nc-nd-4.0", "gpl-3.0", "agpl-3.0", "lgpl-3.0"),
)
_INTENDED = """\
Animating the face of a picture with the pose and expression of a video: artwork, avatars,
anonymised video conferences, research on generators. With people's pictures, only with the
consent of everybody who is shown."""
_MISUSE = """\
Not for showing people doing or saying what they did not, for passing a check of identity, for
harassment or deception, nor for judging who somebody is or how somebody feels. Say openly that a
video was made by a machine; in many places the law asks for it. What the generator has not seen
(large turns of the head, hands before the face, faces unlike those it was trained on) comes out
wrong."""


def model_card(
    config: BundleConfig, *, repo_id: str | None = None, pictures: str = "", curves: str = ""
) -> str:
    """Write the card.

    Args:
        config: The bundle's.
        repo_id: ``owner/name`` that it is published as; None for a folder.
        pictures: File name of sample pictures beside the card; "" for none.
        curves: File name of a picture of the training's learning curves; "" for none.

    Returns:
        Markdown with a YAML header.
    """
    place = repo_id or "path/to/this/folder"
    parts = [_header(config), MARK, f"# {_text(config.name)}"]
    parts.append(_text(config.description) or "A bundle of d2animator.")
    if pictures:
        parts.append(
            f"![Faces drawn by this generator]({pictures})\n\nFaces that its generator drew."
        )
    parts += ["## What it is", _what(config), "## How to use it", _use(config, place)]
    parts += ["## Training data and provenance", _table(config.provenance, "stated by its maker")]
    figures = {name: f"{value:.6g}" for name, value in config.metrics.items()}
    parts += ["## Measured", _table(figures, "measured")]
    if curves:
        parts.append(f"![Learning curves of its training]({curves})")
    parts += ["## Intended use", _INTENDED, "## Misuse and limits", _MISUSE]
    parts += ["## Licence", _licences(config)]
    return "\n\n".join(parts) + "\n"


def is_own(text: str) -> bool:
    """Whether a card is one that `model_card` wrote, and nobody has taken over since."""
    return MARK in text


def licenses(config: BundleConfig) -> dict[str, str]:
    """Licences of a bundle's weights: its own, and its generator's if that lives elsewhere."""
    if config.generator_source is None:
        return {"bundle": config.license}
    return {"bundle": config.license, "generator": config.generator_source.license}


def _header(config: BundleConfig) -> str:
    license = config.license.lower()
    lines = ["---", "library_name: d2animator"]
    if license in _KNOWN_LICENSES:
        lines.append(f"license: {license}")
    elif config.license == "NOASSERTION":
        lines.append("license: unknown")
    else:
        lines += ["license: other", f"license_name: {json.dumps(license)}"]
    if config.action_network is not None:
        lines.append("pipeline_tag: image-to-video")
    if base := _base_model(config):
        lines.append(f"base_model: {json.dumps(base)}")
    tags = ["d2animator", "face-animation", "gan", config.generator.architecture]
    return "\n".join([*lines, "tags:", *(f"- {json.dumps(tag)}" for tag in tags), "---"])


def _base_model(config: BundleConfig) -> str | None:
    """Repository of the Hub that the generator comes from."""
    source = config.generator_source
    if source is not None and source.revision is not None:
        return source.location
    found = re.match(r"hf://([\w.-]+/[\w.-]+)", config.provenance.get("origin", ""))
    return found[1] if found else None


def _what(config: BundleConfig) -> str:
    shape = config.generator
    size = f"{shape.img_resolution} × {shape.img_resolution}"
    lines = [f"A {shape.architecture} generator of {size} pixels, {shape.num_ws} codes"]
    others = [name.replace("_", " ") for name in NETWORKS[1:] if getattr(config, name)]
    lines[0] += f", and with it: {', '.join(others)}." if others else ", and nothing else."
    source = config.generator_source
    if source is not None:
        at = f" at {_code(source.revision)}" if source.revision else ""
        lines.append(
            "The generator is not part of this bundle: it is taken from "
            f"{_code(source.location)}{at} (SHA-256 `{source.sha256}`), under its own licence."
        )
    lines.append(
        f"Landmarks are `{config.landmark_layout}`; the first {config.coarse_layers} codes carry "
        "pose and expression."
    )
    return "\n".join(lines)


def _use(config: BundleConfig, place: str) -> str:
    networks = [name for name in NEEDED_TO_ANIMATE if name in NETWORKS]
    if all(getattr(config, name) is not None for name in networks):
        body = (
            "from d2animator import D2Animator\n\n"
            f'animator = D2Animator.from_pretrained("{place}")\n'
            'animator.animate("photo.jpg", "clip.mp4", "out.mp4")'
        )
        shell = f"d2animator animate photo.jpg clip.mp4 -o out.mp4 --model {place}"
    else:
        body = f'from d2animator import load_generator\n\ngenerator = load_generator("{place}")'
        shell = f"d2animator info {place}"
    return f"```sh\npip install d2animator\n{shell}\n```\n\n```python\n{body}\n```"


def _table(entries: Mapping[str, str], verb: str) -> str:
    if not entries:
        return f"Nothing was {verb}."
    rows = [
        f"| {_text(name.replace('_', ' '))} | {_text(text)} |" for name, text in entries.items()
    ]
    return "\n".join(["| what | value |", "|---|---|", *rows])


def _text(text: str) -> str:
    """Words of a bundle's as plain text: a card is shown as a page, and must not become another."""
    return _MARKUP.sub(r"\\\g<0>", html.escape(printable(text), quote=False))


def _code(text: str) -> str:
    """The same within back quotes."""
    return f"`{printable(text).replace('`', '?')}`"


def _licences(config: BundleConfig) -> str:
    names = {"bundle": "This bundle's files", "generator": "The generator, which lives elsewhere"}
    unknown = "not stated; ask its maker before you use it"
    return "\n".join(
        f"- {names[part]}: {unknown if name == 'NOASSERTION' else _text(name)}"
        for part, name in licenses(config).items()
    )
