"""Training of the networks that judge puppets, on renders and on nothing else.

The identity network learns from sets that show each person several times, in other poses, clothes,
places and lights: a person's pictures must lie nearer to each other than to anybody else's of the
batch (supervised contrast, Khosla et al. 2020), and tell the person's own parameters. The feature
network reads all of a puppet's parameters from its picture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, smooth_l1_loss

from d2animator import __version__
from d2animator.bundles.recognition import Recognition, RecognitionConfig, save_recognition
from d2animator.errors import ConfigError
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    FeaturePrediction,
    IdentityNetwork,
    IdentityNetworkConfig,
)
from d2animator.progress import StageProgress
from d2animator.training.loop import LoopOptions, run
from tools.puppets.augment import crop, degrade
from tools.puppets.clutter import uniform
from tools.puppets.parameters import LOOK_CLASSES, expression_names, person_entries
from tools.puppets.people import (
    People,
    Truth,
    joined,
    load_people,
    measure_recognition,
    pictures_of,
    split_people,
    truth_of,
)
from tools.puppets.world import STATE_DIM, Z_DIM

_Module = TypeVar("_Module", bound=nn.Module)


@dataclass(frozen=True)
class RecognitionTraining:
    """How the two networks are trained."""

    # Persons in a batch of the identity network, and pictures of each.
    persons: int = 48
    views: int = 2
    # Pictures in a batch of the feature network.
    batch: int = 64
    # Cosines are divided by it before they compete.
    temperature: float = 0.1
    # Weight of reading the person's own parameters from the embedding: it says of persons never
    # seen how far apart they are.
    person_weight: float = 2.0
    # Share of the persons that is held back to measure with.
    held_back: float = 0.1
    # Shapes of the networks; names and numbers of the feature network's answers are filled in.
    identity_config: IdentityNetworkConfig = field(default_factory=IdentityNetworkConfig)
    feature_config: FeatureNetworkConfig = field(default_factory=FeatureNetworkConfig)
    # Length and speed of the two runs.
    identity: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=2000, learning_rate=2e-3, weight_decay=5e-3, ema_decay=0.998, autocast=True
        )
    )
    features: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=1800, learning_rate=3e-3, weight_decay=1e-3, ema_decay=0.998, autocast=True
        )
    )

    def __post_init__(self) -> None:
        if min(self.persons, self.batch) < 1 or self.views < 2:
            raise ConfigError("persons, batch, views", "must be at least 1, 1 and 2")
        if not 0 < self.held_back < 1:
            raise ConfigError("held_back", f"must lie between 0 and 1, got {self.held_back}")


def views(images: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Pictures as a tracker might have aligned them and a camera or generator might show them.

    Args:
        images: Renders (B,3,S,S) uint8.
        size: Side of the views in pixels, a multiple of 8.
        generator: Where the randomness comes from.

    Returns:
        (B,3,size,size) in [-1,1].
    """
    count, side = len(images), images.shape[-1]
    angle = 0.06 * torch.randn(count, generator=generator)
    width = side * torch.exp(0.04 * torch.randn(count, generator=generator))
    cos, sin = width * angle.cos(), width * angle.sin()
    turn = torch.stack([cos, -sin, sin, cos], -1).view(-1, 2, 2)
    shift = 0.015 * side * torch.randn(count, 2, generator=generator)
    matrices = torch.cat([turn, (0.5 * side + shift - turn.sum(-1) * 0.5)[:, :, None]], -1)
    out = crop(images.float() / 255, matrices, size, padding="border")
    # Half of them as they are: most pictures to be judged are clean.
    chosen = (uniform(generator, count) < 0.5).nonzero()[:, 0]
    gain = torch.exp(0.06 * torch.randn(len(chosen), 3, 1, 1, generator=generator))
    out[chosen] = degrade((out[chosen] * gain).clamp(0, 1), generator)
    return out * 2 - 1


class _Recogniser(nn.Module):
    """The identity network with what only its training needs."""

    def __init__(self, network: IdentityNetwork, entries: int) -> None:
        super().__init__()
        self.network = network
        self.read = nn.Linear(network.config.embedding, entries)

    def losses(
        self, images: Tensor, labels: Tensor, entries: Tensor, options: RecognitionTraining
    ) -> tuple[Tensor, dict[str, Tensor]]:
        embeddings = self.network(images)
        person, right = contrast(embeddings, labels, options.temperature)
        # Embeddings have length one: the factor lets a small layer answer in the entries' spread.
        read = smooth_l1_loss(self.read(4 * embeddings).float(), entries)
        loss = person + options.person_weight * read
        return loss, {"right": right, "read": read.detach()}


def contrast(embeddings: Tensor, labels: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """How well pictures of one person lie together, and apart from the others' of the batch.

    Args:
        embeddings: Unit vectors (B,E); everybody is there at least twice.
        labels: Who each is, (B,).
        temperature: Of the softmax over cosines.

    Returns:
        Scalar loss, and the share of pictures whose nearest other picture shows the same person.
    """
    alone = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    cosines = (embeddings @ embeddings.T).float().masked_fill(alone, -1e4)
    same = (labels[:, None] == labels[None]) & ~alone
    chances = torch.log_softmax(cosines / temperature, dim=1)
    loss = -(chances * same).sum(1) / same.sum(1)
    right = (labels[cosines.argmax(1)] == labels).float().mean()
    return loss.mean(), right


def feature_loss(prediction: FeaturePrediction, truth: Truth) -> tuple[Tensor, dict[str, Tensor]]:
    """Score the feature network's answers.

    Returns:
        Scalar loss; metrics: ``yaw`` and ``expression`` (mean absolute errors, degrees and
        weights) and ``right`` (share of classes).
    """
    pose = smooth_l1_loss(prediction.pose_deg / 5, truth.pose_deg / 5)
    gaze = smooth_l1_loss(prediction.gaze_deg / 5, truth.gaze_deg / 5)
    expression = smooth_l1_loss(5 * prediction.expression, 5 * truth.expression)
    look = smooth_l1_loss(prediction.look, truth.look)
    kind = cross_entropy(prediction.logits, truth.classes)
    loss = pose + gaze + 2 * expression + 2 * look + 0.3 * kind
    metrics = {
        "yaw": (prediction.pose_deg - truth.pose_deg)[:, 0].detach().abs().mean(),
        "expression": (prediction.expression - truth.expression).detach().abs().mean(),
        "right": (prediction.logits.argmax(1) == truth.classes).float().mean(),
    }
    return loss, metrics


def train_identity(
    people: People,
    options: RecognitionTraining,
    checkpoint: Path | None = None,
    progress: Callable[[int, dict[str, float]], None] | None = None,
    start: IdentityNetwork | None = None,
) -> IdentityNetwork:
    """Train the identity network; returns the averaged one, in evaluation mode.

    Args:
        people: Every person as often; see `RecognitionTraining.views`.
        options: Length, speed, shape.
        checkpoint: Where to resume from and to leave the state.
        progress: Called with (step, metrics).
        start: A network to go on from, of the same shape.

    Raises:
        TrainingError: Persons with too few pictures, or too few persons for a batch.
    """
    table = pictures_of(people.persons, options.views)
    entries = people.z[:, torch.from_numpy(person_entries())]
    torch.manual_seed(options.identity.seed)
    network = IdentityNetwork(options.identity_config)
    _take(network, start)
    recogniser = _Recogniser(network, entries.shape[1])
    recogniser.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    size = options.identity_config.trunk.input_size

    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        with torch.autocast("cpu", enabled=False), torch.no_grad():
            labels = torch.randperm(len(table), generator=generator)[: options.persons]
            order = torch.rand(len(labels), table.shape[1], generator=generator).argsort(1)
            places = table[labels].gather(1, order)[:, : options.views].flatten()
            labels = labels.repeat_interleave(options.views)
            images = views(people.images[places], size, generator)
        images = images.contiguous(memory_format=torch.channels_last)
        return recogniser.losses(images, labels, entries[places], options)

    averaged = _train(recogniser, batch_loss, options.identity, checkpoint, progress)
    return averaged.network.eval()


def train_features(
    people: People,
    options: RecognitionTraining,
    checkpoint: Path | None = None,
    progress: Callable[[int, dict[str, float]], None] | None = None,
    start: FeatureNetwork | None = None,
) -> FeatureNetwork:
    """Train the feature network; returns the averaged one, in evaluation mode.

    Args:
        people: Any renders.
        options: Length, speed, shape.
        checkpoint: Where to resume from and to leave the state.
        progress: Called with (step, metrics).
        start: A network to go on from; it may know fewer entries of z.
    """
    truth = truth_of(people.z)
    torch.manual_seed(options.features.seed)
    shape = dataclasses.replace(
        options.feature_config,
        expressions=expression_names(),
        classes=LOOK_CLASSES,
        looks=Z_DIM - STATE_DIM,
    )
    network = FeatureNetwork(shape)
    _take(network, start)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch_loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        with torch.autocast("cpu", enabled=False), torch.no_grad():
            places = torch.randint(0, len(people.z), (options.batch,), generator=generator)
            images = views(people.images[places], shape.trunk.input_size, generator)
        images = images.contiguous(memory_format=torch.channels_last)
        return feature_loss(network(images), Truth(*(column[places] for column in truth)))

    return _train(network, batch_loss, options.features, checkpoint, progress).eval()


def train_recognition(
    people_folders: Sequence[str | Path],
    more_folders: Sequence[str | Path],
    work: str | Path,
    output: str | Path,
    options: RecognitionTraining | None = None,
    progress: StageProgress | None = None,
    start: Recognition | None = None,
) -> RecognitionConfig:
    """Train both networks and write the evaluation bundle; resumes what was interrupted.

    Args:
        people_folders: Sets that show each person several times.
        more_folders: Further sets of any kind for the feature network.
        work: Folder for checkpoints.
        output: Folder of the bundle.
        options: Length, speed, shapes.
        progress: Called with (``identity`` or ``features``, step, metrics).
        start: Networks to go on from.

    Returns:
        What was written; its metrics are those of persons held back from training.

    Raises:
        TrainingError: A folder holds no renders or too few, or a checkpoint belongs to another run.
        OutputError: The target cannot be written.
    """
    options = options or RecognitionTraining()
    work = Path(work)

    def report(name: str) -> Callable[[int, dict[str, float]], None]:
        return lambda step, metrics: progress(name, step, metrics) if progress else None

    people, held = split_people(load_people(people_folders), options.held_back)
    identity = train_identity(
        people,
        options,
        work / "identity.checkpoint.safetensors",
        report("identity"),
        None if start is None else start.identity,
    )
    everything = joined(people, load_people(more_folders)) if more_folders else people
    features = train_features(
        everything,
        options,
        work / "features.checkpoint.safetensors",
        report("features"),
        None if start is None else start.features,
    )
    verification, metrics = measure_recognition(identity, features, held)
    config = RecognitionConfig(
        identity=identity.config,
        features=features.config,
        same_person=round(verification.threshold, 3),
        metrics={name: round(value, 4) for name, value in metrics.items()},
        provenance=_recipe(options, len(people.z), len(everything.z), start),
    )
    return save_recognition(Recognition(identity, features, config), output)


def _recipe(
    options: RecognitionTraining, persons: int, pictures: int, start: Recognition | None
) -> dict[str, str]:
    """What was run, on how many pictures of persons and of anything."""
    steps = {
        "identity": f"renders, seed {options.identity.seed}, {options.identity.steps} x "
        f"{options.persons} x {options.views}, {persons} pictures",
        "features": f"renders, seed {options.features.seed}, {options.features.steps} x "
        f"{options.batch}, {pictures} pictures",
    }
    if start is not None:
        before = start.config.provenance
        steps = {
            name: f"{before.get(name, 'unknown')}; trained on: {run}" for name, run in steps.items()
        }
    return {"made_with": f"d2animator {__version__}", **steps}


def _take(network: nn.Module, start: nn.Module | None) -> None:
    """Give a network the weights of an earlier one, where these have the same shape."""
    if start is None:
        return
    state = network.state_dict()
    known = {
        name: value
        for name, value in start.state_dict().items()
        if name in state and state[name].shape == value.shape
    }
    network.load_state_dict(state | known)


def _train(
    module: _Module,
    batch_loss: Callable[[int, torch.Generator], tuple[Tensor, dict[str, Tensor]]],
    options: LoopOptions,
    checkpoint: Path | None,
    progress: Callable[[int, dict[str, float]], None] | None,
) -> _Module:
    result = run(module, batch_loss, options, checkpoint=checkpoint, progress=progress)
    return result.ema  # type: ignore[return-value]
