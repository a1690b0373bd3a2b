"""A bundle: all that animates a face, in a folder of one ``config.json`` and safetensors files.

======================== ==========================================================
file                     holds
======================== ==========================================================
config.json              `d2animator.bundles.description.BundleConfig`
generator.safetensors    the generator
landmarks.safetensors    ``finder.*`` and ``network.*``
encoder.safetensors      the inversion encoder
directions.safetensors   ``vectors`` (K, L, D) and the table of what they do; names, groups,
                         sources, regions as metadata ``labels``
action.safetensors       the facial action network
statistics.safetensors   mean, spread, axes and limits of W
limits.safetensors       how far faces went in training: of landmarks ``axes`` (K, P, 2) and
                         ``longest``, of motions in W ``motion_longest``
======================== ==========================================================

Only a generator is always there, if perhaps in another place that ``generator_source`` names;
``NEEDED_TO_ANIMATE`` names what animating needs.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from d2animator.arguments import checked
from d2animator.bundles import store
from d2animator.bundles.description import (
    FILES,
    FORMAT_VERSION,
    NEEDED_TO_ANIMATE,
    NETWORKS,
    BundleConfig,
    GeneratorSource,
    read_config,
)
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.locate import embedded_bundle_path, foreign_file, resolve
from d2animator.bundles.parts import STATISTICS, read_generator, read_parts
from d2animator.errors import BundleError
from d2animator.faces.detect import FaceTracker
from d2animator.faces.layouts import POINTS, named_layout
from d2animator.faces.limit import LandmarkLimit
from d2animator.foreign.network import read_network
from d2animator.latent.directions import Directions
from d2animator.latent.limit import MotionLimit
from d2animator.latent.statistics import WStatistics
from d2animator.media.files import write_json
from d2animator.models import weights
from d2animator.models.action import ActionNetwork
from d2animator.models.devices import pick_device
from d2animator.models.encoder import Encoder
from d2animator.models.generators import Generator
from d2animator.models.landmarks import FaceFinder, LandmarkNetwork

__all__ = [
    "NEEDED_TO_ANIMATE",
    "AnimatingParts",
    "Bundle",
    "BundleConfig",
    "GeneratorSource",
    "HubOptions",
    "embedded_bundle_path",
    "is_half",
    "load_bundle",
    "load_generator",
    "read_config",
    "resolve",
    "save_bundle",
]


@dataclass(frozen=True, eq=False)
class AnimatingParts:
    """What animating needs besides a generator and a detector, known to be there."""

    encoder: Encoder
    action_network: ActionNetwork
    statistics: WStatistics


@dataclass(frozen=True, eq=False)
class Bundle:
    """The parts of a bundle in memory; parts that it lacks are None."""

    # Origin and description; shapes and hashes are brought up to date when saving.
    config: BundleConfig
    generator: Generator
    finder: FaceFinder | None = None
    landmark_network: LandmarkNetwork | None = None
    encoder: Encoder | None = None
    directions: Directions | None = None
    action_network: ActionNetwork | None = None
    w_statistics: WStatistics | None = None
    landmark_limit: LandmarkLimit | None = None
    motion_limit: MotionLimit | None = None
    # Where it was loaded from, for messages; "" for nowhere.
    origin: str = ""

    def __post_init__(self) -> None:
        _check_fit(self)

    def to(self, device: torch.device) -> Bundle:
        """Give a bundle of the same parts on a device; this one stays where it is."""
        parts = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        there = {
            name: copy.deepcopy(part).to(device)
            for name, part in parts.items()
            if hasattr(part, "to")
        }
        return dataclasses.replace(self, **there)

    def require(self, parts: Iterable[str] = NEEDED_TO_ANIMATE) -> None:
        """Check that parts are there.

        Args:
            parts: Names of fields of this class.

        Raises:
            BundleError: Some are not; ``missing`` names them all.
        """
        missing = [part for part in parts if getattr(self, part) is None]
        if missing:
            raise self._lacking(missing)

    def animating(self) -> AnimatingParts:
        """Give what animating needs besides a generator and a detector.

        Raises:
            BundleError: Some of it is not there; ``missing`` names all of that.
        """
        encoder, action, statistics = self.encoder, self.action_network, self.w_statistics
        if encoder is None or action is None or statistics is None:
            raise self._lacking(("encoder", "action_network", "w_statistics"))
        return AnimatingParts(encoder, action, statistics)

    def bank(self) -> Directions:
        """Give the directions.

        Raises:
            BundleError: There are none.
        """
        if self.directions is None:
            raise self._lacking(("directions",))
        return self.directions

    def tracker(self) -> FaceTracker:
        """Make a detector of the landmark networks, where they are; it has seen nothing yet.

        Raises:
            BundleError: There are none; ``missing`` names them.
        """
        finder, network = self.finder, self.landmark_network
        if finder is None or network is None:
            raise self._lacking(("finder", "landmark_network"))
        return FaceTracker(finder, network, next(network.parameters()).device)

    def _lacking(self, parts: Iterable[str]) -> BundleError:
        missing = [part for part in parts if getattr(self, part) is None]
        place = self.origin or self.config.name
        reason = (
            "this bundle lacks parts that this needs; "
            f"`d2animator train --generator {place} -o FOLDER` makes a bundle with all of them"
        )
        return BundleError(place, reason, missing=missing)


@checked
def load_generator(
    path_or_name: str | Path = "puppet",
    device: str | torch.device = "cpu",
    options: HubOptions | None = None,
) -> Generator:
    """Load the generator of a bundle.

    Args:
        path_or_name: See `d2animator.bundles.locate.resolve`; or a foreign file, as a path,
            ``https://...`` or ``hf://owner/name/file``, see
            `d2animator.foreign.network.read_network`. Such a file is read anew every time;
            `d2animator.bundles.convert.convert` makes a bundle of it.
        device: See `d2animator.models.devices.pick_device`.
        options: How to fetch what is not on this machine.

    Returns:
        The generator in evaluation mode, without gradients of its parameters.

    Raises:
        UnknownModelError: No such bundle.
        FetchError: It cannot be fetched.
        BundleError: Its files do not fit together.
        UnsafeFileError: A foreign file names something that no network needs.
        DeviceError: No such device.
    """
    target = pick_device(device)
    foreign = foreign_file(path_or_name, options)
    if foreign is not None:
        return read_network(foreign).generator.to(target)
    folder = resolve(path_or_name, options)
    return read_generator(folder, read_config(folder), options).to(target)


@checked
def load_bundle(
    path: str | Path | None = None,
    device: str | torch.device = "cpu",
    options: HubOptions | None = None,
) -> Bundle:
    """Load a bundle.

    Args:
        path: See `d2animator.bundles.locate.resolve`.
        device: See `d2animator.models.devices.pick_device`.
        options: How to fetch what is not on this machine.

    Returns:
        The bundle, its networks in evaluation mode and without gradients of their parameters.

    Raises:
        UnknownModelError: No such bundle.
        FetchError: It cannot be fetched.
        BundleError: Its files do not fit together; names every key and tensor at fault.
        DeviceError: No such device.
    """
    target = pick_device(device)
    folder = resolve(path, options)
    config = read_config(folder)
    parts = read_parts(folder, config, options)
    try:
        loaded = {name: part.to(target) for name, part in parts.items()}
        return Bundle(config, **loaded, origin=str(folder if path is None else path))
    except BundleError as error:
        raise BundleError(folder, str(error)) from error


def save_bundle(
    bundle: Bundle,
    path: str | Path,
    *,
    half: bool = False,
    generator_source: GeneratorSource | None = None,
) -> BundleConfig:
    """Write a bundle, whole or not at all.

    Args:
        bundle: What to write.
        path: The folder. An older bundle there is replaced, except for files that are not part
            of a bundle, such as a model card.
        half: Store weights in fp16; they are fp32 again after loading.
        generator_source: Leave the generator out, and point to this place instead; see
            `d2animator.bundles.source.point_to`. None to write it with the rest.

    Returns:
        The configuration that was written.

    Raises:
        OutputError: The folder holds something else, or cannot be written.
    """
    own = frozenset({store.CONFIG_FILE, *FILES.values()})
    with store.replaced_folder(Path(path), own) as folder:
        contents = _contents(bundle)
        if generator_source is not None:
            del contents[FILES["generator"]]
        for name, (tensors, metadata) in contents.items():
            # W's axes stay exact: they are small, and products of them must be the identity.
            small = half and name not in (FILES["w_statistics"], FILES["landmark_limit"])
            weights.write_tensors(folder / name, tensors, metadata, half=small)
        written = dataclasses.replace(
            bundle.config,
            format_version=FORMAT_VERSION,
            generator_source=generator_source,
            files={file.name: store.sha256(file) for file in sorted(folder.iterdir())},
            **{name: _config_of(getattr(bundle, name)) for name in NETWORKS},
        )
        write_json(folder / store.CONFIG_FILE, written)
    return written


def is_half(folder: Path) -> bool:
    """Tell whether a bundle's weights are stored in fp16."""
    tensors, _ = weights.read_tensors(folder / FILES["generator"])
    return any(tensor.dtype == torch.float16 for tensor in tensors.values())


_Contents = tuple[Mapping[str, Tensor], Mapping[str, str]]


def _config_of(network: Any) -> Any:
    return None if network is None else network.config


def _contents(bundle: Bundle) -> dict[str, _Contents]:
    """Tensors and metadata of every file."""
    contents: dict[str, _Contents] = {FILES["generator"]: (bundle.generator.state_dict(), {})}
    landmarks = {
        prefix + name: tensor
        for prefix, network in (("finder.", bundle.finder), ("network.", bundle.landmark_network))
        if network is not None
        for name, tensor in network.state_dict().items()
    }
    if landmarks:
        contents[FILES["finder"]] = (landmarks, {})
    if bundle.encoder is not None:
        contents[FILES["encoder"]] = (bundle.encoder.state_dict(), {})
    if bundle.action_network is not None:
        contents[FILES["action_network"]] = (bundle.action_network.state_dict(), {})
    if bundle.directions is not None:
        # One entry: safetensors writes several in a random order, and hashes are to repeat.
        vectors, labels = bundle.directions.pack()
        contents[FILES["directions"]] = (vectors, {"labels": labels})
    if bundle.w_statistics is not None:
        tensors = {name: getattr(bundle.w_statistics, name) for name in STATISTICS}
        contents[FILES["w_statistics"]] = (tensors, {})
    if bundle.landmark_limit is not None:
        limit = bundle.landmark_limit
        tensors = {"axes": torch.from_numpy(limit.axes), "longest": _exact(limit.longest)}
        if bundle.motion_limit is not None:
            tensors["motion_longest"] = _exact(bundle.motion_limit.longest)
        contents[FILES["landmark_limit"]] = (tensors, {})
    return contents


def _exact(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def _check_fit(bundle: Bundle) -> None:
    """Parts that are wired together must agree on sizes."""
    width, layers = bundle.generator.w_dim, bundle.generator.num_ws
    rules: list[tuple[str, int, int]] = []  # name, what it is, what it has to be
    if bundle.encoder is not None:
        shape = bundle.encoder.config
        rules += [
            ("encoder.w_dim", shape.w_dim, width),
            ("encoder.num_ws", shape.num_ws, layers),
        ]
    if bundle.action_network is not None:
        action = bundle.action_network.config
        rules += [
            ("action_network.w_dim", action.w_dim, width),
            ("action_network.layers", action.layers, min(action.layers, layers)),
        ]
        points = named_layout(bundle.config.landmark_layout).points
        rules.append(("action_network.points", action.points, points))
    if bundle.landmark_limit is not None:
        points = named_layout(bundle.config.landmark_layout).points
        rules.append(("landmark_limit.points", bundle.landmark_limit.axes.shape[1], points))
    if bundle.landmark_network is not None:
        # Our own network has 98 points whatever the layout: 68 of them are read off.
        rules.append(("landmark_network.points", bundle.landmark_network.config.points, POINTS))
    if bundle.directions is not None:
        _, found_layers, found_width = bundle.directions.vectors.shape
        rules += [
            ("directions' layers", found_layers, min(found_layers, layers)),
            ("directions' w_dim", found_width, width),
        ]
    wrong = [f"{name} is {actual}, not {due}" for name, actual, due in rules if actual != due]
    if wrong:
        raise BundleError(bundle.config.name, "parts do not fit together", mismatched=wrong)
