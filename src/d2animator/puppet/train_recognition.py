"""Training of the networks that judge puppets, on renders and on nothing else.

The identity network learns from sets that show each person several times, in other poses, clothes,
places and lights: a person's pictures must lie together and a margin apart from all others
(CosFace, Wang et al. 2018). The feature network reads a puppet's own parameters from its picture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize, smooth_l1_loss

from d2animator import __version__
from d2animator.bundles.recognition import Recognition, RecognitionConfig, save_recognition
from d2animator.distill.training import LoopOptions, run
from d2animator.errors import ConfigError, TrainingError
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    FeaturePrediction,
    IdentityNetwork,
    IdentityNetworkConfig,
)
from d2animator.puppet.augment import crop, degrade
from d2animator.puppet.clutter import uniform
from d2animator.puppet.dataset import read_shards, set_states
from d2animator.puppet.parameters import (
    LOOK_CLASSES,
    expression_names,
    expression_vector,
    look_class,
    person_entries,
)
from d2animator.puppet.verification import Verification, verify
from d2animator.puppet.world import STATE_DIM, Z_DIM, state_from_z

Progress = Callable[[str, int, dict[str, float]], None]

_Module = TypeVar("_Module", bound=nn.Module)


@dataclass(frozen=True)
class RecognitionTraining:
    """How the two networks are trained."""

    # Persons in a batch of the identity network, and pictures of each.
    persons: int = 24
    views: int = 3
    # Pictures in a batch of the feature network.
    batch: int = 64
    # CosFace: what the right cosine is lowered by, and the factor on all cosines.
    margin: float = 0.3
    scale: float = 24.0
    # Weight of reading the person's own parameters from the embedding: it says of persons never
    # seen how far apart they are.
    person_weight: float = 0.5
    # Share of the persons that is held back to measure with.
    held_back: float = 0.1
    # Shapes of the networks; names and numbers of the feature network's answers are filled in.
    identity_config: IdentityNetworkConfig = field(default_factory=IdentityNetworkConfig)
    feature_config: FeatureNetworkConfig = field(default_factory=FeatureNetworkConfig)
    # Length and speed of the two runs.
    identity: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=1200, learning_rate=3e-3, weight_decay=5e-3, ema_decay=0.998, autocast=True
        )
    )
    features: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=1300, learning_rate=3e-3, weight_decay=1e-3, ema_decay=0.998, autocast=True
        )
    )

    def __post_init__(self) -> None:
        if min(self.persons, self.batch) < 1 or self.views < 2:
            raise ConfigError("persons, batch, views", "must be at least 1, 1 and 2")
        if not 0 < self.held_back < 1:
            raise ConfigError("held_back", f"must lie between 0 and 1, got {self.held_back}")


class People(NamedTuple):
    """Renders in memory."""

    images: Tensor  # (N,3,S,S) uint8
    z: Tensor  # (N,Z_DIM)
    persons: Tensor  # (N,) whole numbers; equal ones mean the same person


class Truth(NamedTuple):
    """What the feature network has to say about N pictures; see `FeaturePrediction`."""

    classes: Tensor  # (N,)
    pose_deg: Tensor  # (N,3)
    gaze_deg: Tensor  # (N,2)
    expression: Tensor  # (N,E)
    look: Tensor  # (N,M)


def load_people(folders: Sequence[str | Path]) -> People:
    """Read sets of renders into memory.

    Args:
        folders: Sets as `dataset.render_set` leaves them, with pictures of one size.

    Raises:
        TrainingError: A folder holds no finished shard.
    """
    images, codes, persons, first = [], [], [], 0
    for folder in folders:
        states = set_states(folder)
        shards = list(read_shards(folder))
        if not shards:
            raise TrainingError(f"{folder}: no renders there; make some with `puppet render`")
        images += [torch.from_numpy(np.array(s.images)).permute(0, 3, 1, 2) for s in shards]
        codes += [torch.from_numpy(np.array(s.z, dtype=np.float32)) for s in shards]
        count = sum(len(s.z) for s in shards)
        persons.append(first + torch.arange(count) // states)
        first = int(persons[-1][-1]) + 1
    return People(torch.cat(images).contiguous(), torch.cat(codes), torch.cat(persons))


def truth_of(z: Tensor) -> Truth:
    """What the feature network has to say about puppets with codes ``z`` (N,Z_DIM)."""
    codes = z.numpy()
    states = [state_from_z(code) for code in codes]
    return Truth(
        torch.tensor([look_class(code) for code in codes]),
        torch.tensor([state.yaw_pitch_roll_deg for state in states]),
        torch.tensor([state.gaze_deg for state in states]),
        torch.from_numpy(np.stack([expression_vector(state) for state in states])),
        z[:, STATE_DIM:],
    )


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
    gain = torch.exp(0.06 * torch.randn(count, 3, 1, 1, generator=generator))
    rough = degrade((out * gain).clamp(0, 1), generator)
    chosen = uniform(generator, count, 1, 1, 1) < 0.5
    return torch.where(chosen, rough, out) * 2 - 1


class _Recogniser(nn.Module):
    """The identity network with what only its training needs."""

    def __init__(self, network: IdentityNetwork, persons: int, entries: int) -> None:
        super().__init__()
        self.network = network
        self.prototypes = nn.Parameter(torch.randn(persons, network.config.embedding))
        self.read = nn.Linear(network.config.embedding, entries)

    def losses(
        self, images: Tensor, labels: Tensor, entries: Tensor, options: RecognitionTraining
    ) -> tuple[Tensor, dict[str, Tensor]]:
        embeddings = self.network(images)
        cosines = linear(embeddings, normalize(self.prototypes, dim=1)).float()
        rows = torch.arange(len(labels))
        lowered = cosines.clone()
        lowered[rows, labels] = cosines[rows, labels] - options.margin
        person = cross_entropy(options.scale * lowered, labels)
        # Embeddings have length one: the factor lets a small layer answer in the entries' spread.
        read = smooth_l1_loss(self.read(4 * embeddings).float(), entries)
        right = (cosines.argmax(1) == labels).float().mean()
        loss = person + options.person_weight * read
        return loss, {"right": right, "read": read.detach()}


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
) -> IdentityNetwork:
    """Train the identity network; returns the averaged one, in evaluation mode.

    Args:
        people: Every person as often; see `RecognitionTraining.views`.
        options: Length, speed, shape.
        checkpoint: Where to resume from and to leave the state.
        progress: Called with (step, metrics).

    Raises:
        TrainingError: Persons with too few pictures, or too few persons for a batch.
    """
    table = _pictures_of(people.persons, options)
    entries = people.z[:, torch.from_numpy(person_entries())]
    torch.manual_seed(options.identity.seed)
    network = IdentityNetwork(options.identity_config)
    recogniser = _Recogniser(network, len(table), entries.shape[1])
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
) -> FeatureNetwork:
    """Train the feature network; returns the averaged one, in evaluation mode.

    Args:
        people: Any renders.
        options: Length, speed, shape.
        checkpoint: Where to resume from and to leave the state.
        progress: Called with (step, metrics).
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
    progress: Progress | None = None,
) -> RecognitionConfig:
    """Train both networks and write the evaluation bundle; resumes what was interrupted.

    Args:
        people_folders: Sets that show each person several times.
        more_folders: Further sets of any kind for the feature network.
        work: Folder for checkpoints.
        output: Folder of the bundle.
        options: Length, speed, shapes.
        progress: Called with (``identity`` or ``features``, step, metrics).

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
        people, options, work / "identity.checkpoint.safetensors", report("identity")
    )
    everything = _joined(people, load_people(more_folders)) if more_folders else people
    features = train_features(
        everything, options, work / "features.checkpoint.safetensors", report("features")
    )
    found = measure_recognition(identity, features, held)
    recipe = {
        "made_with": f"d2animator {__version__}",
        "identity": f"renders, seed {options.identity.seed}, {options.identity.steps} x "
        f"{options.persons} x {options.views}, {len(people.z)} pictures",
        "features": f"renders, seed {options.features.seed}, {options.features.steps} x "
        f"{options.batch}, {len(everything.z)} pictures",
    }
    config = RecognitionConfig(
        identity=identity.config,
        features=features.config,
        same_person=round(found[0].threshold, 3),
        metrics={name: round(value, 4) for name, value in found[1].items()},
        provenance=recipe,
    )
    return save_recognition(Recognition(identity, features, config), output)


def split_people(people: People, held_back: float) -> tuple[People, People]:
    """The first persons, and the last ``held_back`` of them (at least two), renumbered from 0."""
    count = int(people.persons.max()) + 1
    keep = count - max(2, round(count * held_back))
    first = people.persons < keep
    held = People(people.images[~first], people.z[~first], people.persons[~first] - keep)
    return People(people.images[first], people.z[first], people.persons[first]), held


def _joined(first: People, second: People) -> People:
    persons = torch.cat([first.persons, second.persons + int(first.persons.max()) + 1])
    return People(
        torch.cat([first.images, second.images]), torch.cat([first.z, second.z]), persons
    )


@torch.no_grad()
def measure_recognition(
    identity: IdentityNetwork, features: FeatureNetwork, people: People
) -> tuple[Verification, dict[str, float]]:
    """How well both do on pictures that they have not seen.

    Returns:
        How the same person is told from others; and by name: that, mean absolute errors of pose
        and gaze in degrees, correlation of the expression weights that vary, share of classes.
    """
    embeddings, answers = [], []
    for part in people.images.split(64):
        pictures = part.float() / 127.5 - 1
        embeddings.append(identity(pictures))
        answers.append(features(pictures))
    found = verify(torch.cat(embeddings).numpy(), people.persons.numpy())
    told = FeaturePrediction(*(torch.cat(column) for column in zip(*answers, strict=True)))
    truth = truth_of(people.z)
    errors = (told.pose_deg - truth.pose_deg).abs().mean(0).tolist()
    varied = truth.expression.std(0) > 0.05
    metrics = {
        "identity_auc": found.auc,
        "identity_equal_error": found.equal_error,
        "identity_same": found.same,
        "identity_different": found.different,
        **dict(zip(("yaw_error_deg", "pitch_error_deg", "roll_error_deg"), errors, strict=True)),
        "gaze_error_deg": float((told.gaze_deg - truth.gaze_deg).abs().mean()),
        "expression_error": float((told.expression - truth.expression).abs().mean()),
        "expression_correlation": float(
            _correlations(told.expression[:, varied], truth.expression[:, varied]).median()
        ),
        "class_accuracy": float((told.logits.argmax(1) == truth.classes).float().mean()),
    }
    return found, metrics


def _correlations(one: Tensor, other: Tensor) -> Tensor:
    """Pearson's correlation of each column of two (N,C)."""
    a, b = one - one.mean(0), other - other.mean(0)
    scale = (a.square().sum(0) * b.square().sum(0)).sqrt().clamp(min=1e-12)
    return (a * b).sum(0) / scale


def _pictures_of(persons: Tensor, options: RecognitionTraining) -> Tensor:
    """Positions (persons, pictures of each) of each person's pictures."""
    counts = persons.bincount()
    fewest = int(counts.min())
    if fewest < options.views or len(counts) < 2:
        raise TrainingError(
            f"identity needs at least 2 persons with {options.views} pictures each, there are "
            f"{len(counts)} with as few as {fewest}; render a set with --states {options.views} "
            "or more"
        )
    order = persons.argsort(stable=True).split(counts.tolist())
    return torch.stack([places[:fewest] for places in order])


def _train(
    module: _Module,
    batch_loss: Callable[[int, torch.Generator], tuple[Tensor, dict[str, Tensor]]],
    options: LoopOptions,
    checkpoint: Path | None,
    progress: Callable[[int, dict[str, float]], None] | None,
) -> _Module:
    result = run(module, batch_loss, options, checkpoint=checkpoint, progress=progress)
    return result.ema  # type: ignore[return-value]
