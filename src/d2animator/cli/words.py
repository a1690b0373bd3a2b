"""Options of other programs, and what they are called here."""

from __future__ import annotations

from typing import Any

_CALLED = {
    "--relative": "--motion relative",
    "--absolute": "--motion absolute",
    "--flag-relative-motion": "--motion relative, or --motion absolute",
    "--driving-multiplier": "--multiplier, or --gain REGION=AMOUNT",
    "--animation-region": "--region",
    "--driving-option": "--region pose, or --region expression",
    "--flag-pasteback": "--paste-back, or --crop",
    "--pasteback": "--paste-back",
    "--flag-stitching": "nothing: the head always stays on its neck",
    "--flag-do-crop": "--source-face",
    "--flag-crop-driving-video": "--face",
    "--face-index": "--face",
    "--face-box": "--face x,y,width,height",
    "--driving-smooth-observation-variance": "--smooth",
    "--find-best-frame": "--reference-frame auto",
    "--best-frame": "--reference-frame",
    "--adapt-scale": "nothing: proportions are always adapted",
    "--checkpoint": "--model",
    "--config": "--model",
    "--source-image": "--source",
    "--driving-video": "--driving",
    "--driver": "--driving",
    "--result-video": "--output",
    "--result-dir": "--output FOLDER/",
    "--output-dir": "--output FOLDER/",
    "--audio-priority": "--audio",
    "--no-audio": "--audio none",
    "--cpu": "--device cpu",
    "--gpu": "--device cuda",
    "--device-id": "--device cuda:N",
    "--flag-force-cpu": "--device cpu",
    "--concat": "--compare",
    "--side-by-side": "--compare",
}
"""By their names with hyphens."""


def point_to_option(error: Any) -> None:
    """Add to the complaint about an unknown option what it is called here, if that is known."""
    name = getattr(error, "option_name", None)
    if isinstance(name, str) and (called := _CALLED.get(name.replace("_", "-").lower())):
        error.message = f"{error.message.rstrip('.')}; here it is {called}."
        error.possibilities = None
