"""The evaluation bundle: networks that judge puppets, beside the embedded model.

A folder of one ``config.json`` and ``recognition.safetensors`` (tensors ``identity.*`` and
``features.*``). For the embedded model the identity network also says, in the report of an
inversion, whether the person is still the same.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from d2animator import config as configs
from d2animator.bundles import store
from d2animator.errors import BundleError, ConfigError
from d2animator.media.files import write_json
from d2animator.models import weights
from d2animator.models.devices import pick_device
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    IdentityNetwork,
    IdentityNetworkConfig,
)

WEIGHTS_FILE = "recognition.safetensors"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class RecognitionConfig:
    """What ``config.json`` holds."""

    # Shapes of the two networks.
    identity: IdentityNetworkConfig
    features: FeatureNetworkConfig
    # Version of this layout.
    format_version: int = FORMAT_VERSION
    # Licence of the weights, as an SPDX identifier.
    license: str = "MIT"
    # Cosine similarity above which two pictures are called the same person; None if unmeasured.
    same_person: float | None = None
    # What was measured, by name.
    metrics: Mapping[str, float] = field(default_factory=dict)
    # Where it comes from: recipe, seeds, versions.
    provenance: Mapping[str, str] = field(default_factory=dict)
    # SHA-256 of the weights; written by `save_recognition`.
    sha256: str = ""


@dataclass(frozen=True, eq=False)
class Recognition:
    """The networks in memory, in evaluation mode; pictures as each network's ``forward`` says."""

    identity: IdentityNetwork
    features: FeatureNetwork
    config: RecognitionConfig


def puppet_recognition_path() -> Path:
    """Folder of the evaluation bundle that comes with the package."""
    return Path(__file__).parent / "puppet_eval"


def load_recognition(
    path: str | Path | None = None, device: str | torch.device = "cpu"
) -> Recognition:
    """Load an evaluation bundle.

    Args:
        path: Its folder; None for the one for puppets that comes with the package.
        device: See `d2animator.models.devices.pick_device`.

    Returns:
        Both networks, without gradients of their parameters.

    Raises:
        BundleError: The folder holds no evaluation bundle, or its files do not fit together.
        DeviceError: No such device.
    """
    target = pick_device(device)
    folder = puppet_recognition_path() if path is None else Path(path)
    config = _read_config(folder / store.CONFIG_FILE)
    # The random start of a network that is about to be loaded must not move the caller's seed.
    with torch.random.fork_rng(devices=[]):
        identity, features = IdentityNetwork(config.identity), FeatureNetwork(config.features)
    path = folder / WEIGHTS_FILE
    tensors, _ = weights.read_tensors(path)
    weights.fill(path, {"identity.": identity, "features.": features}, tensors)
    if store.sha256(path) != config.sha256:
        reason = f"damaged or changed: its SHA-256 is not the one in {store.CONFIG_FILE}"
        raise BundleError(path, reason)
    identity.to(target).eval().requires_grad_(False)
    features.to(target).eval().requires_grad_(False)
    return Recognition(identity, features, config)


def puppet_identity(images: Tensor) -> Tensor:
    """Tell who puppets are, see `IdentityNetwork`; the network is loaded when first asked."""
    found: Tensor = _puppet_recognition(images.device).identity(images)
    return found


@functools.cache
def _puppet_recognition(device: torch.device) -> Recognition:
    return load_recognition(device=device)


def save_recognition(
    recognition: Recognition, path: str | Path, *, half: bool = True
) -> RecognitionConfig:
    """Write an evaluation bundle, whole or not at all.

    Args:
        recognition: What to write.
        path: The folder; an older bundle there is replaced.
        half: Store matrices and kernels in fp16.

    Returns:
        The configuration that was written.

    Raises:
        OutputError: The folder holds something else, or cannot be written.
    """
    networks = {"identity.": recognition.identity, "features.": recognition.features}
    tensors = {
        prefix + name: tensor
        for prefix, network in networks.items()
        for name, tensor in network.state_dict().items()
    }
    own = frozenset({store.CONFIG_FILE, WEIGHTS_FILE})
    with store.replaced_folder(Path(path), own) as folder:
        weights.write_tensors(folder / WEIGHTS_FILE, tensors, {}, half=half)
        written = dataclasses.replace(
            recognition.config,
            identity=recognition.identity.config,
            features=recognition.features.config,
            format_version=FORMAT_VERSION,
            sha256=store.sha256(folder / WEIGHTS_FILE),
        )
        write_json(folder / store.CONFIG_FILE, written)
    return written


def _read_config(path: Path) -> RecognitionConfig:
    try:
        plain = configs.load_json(path)
        version = plain.get("format_version", FORMAT_VERSION)
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise BundleError(path, f"format {version} is later than this one; update d2animator")
        return configs.from_dict(RecognitionConfig, plain)
    except ConfigError as error:
        raise BundleError(path, str(error).removeprefix(f"{path}: ")) from error
