"""Bundles for others: with a model card and pictures, in a folder or on the Hub."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from d2animator.arguments import check_fields
from d2animator.bundles import hub, refusals
from d2animator.bundles.bundle import Bundle, load_generator, save_bundle
from d2animator.bundles.card import CARD, is_own, model_card
from d2animator.bundles.description import (
    BundleConfig,
    GeneratorSource,
    check_hash,
    read_config,
)
from d2animator.bundles.source import check_same, find_source, point_to
from d2animator.bundles.store import CONFIG_FILE
from d2animator.errors import ConfigError, UnknownModelError
from d2animator.faces.pixels import to_picture
from d2animator.marks.marker import Marker, origin_of
from d2animator.media.images import write_image
from d2animator.models.generators import TRUNCATION, Generator

SAMPLES = "samples.png"
CURVES = "curves.png"
"""Learning curves; a card shows them where training has left them beside it."""
PICTURES = 8
_MOST_PICTURES = 64
_COLUMNS = 4
# Side of a picture on the card, at most.
_SIDE_PX = 256


@dataclass(frozen=True)
class PushOptions:
    """How to publish."""

    # Whether a new repository is private; None for the owner's default.
    private: bool | None = None
    # First line of the commit; None for one that says what it is.
    commit_message: str | None = None
    # Open a pull request instead of writing to the branch.
    create_pr: bool = False
    # Branch to write to, made if it is not there; None for the main branch.
    revision: str | None = None
    # Access token that may write; None for the one of HF_TOKEN or `hf auth login`.
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)


def save_with_card(
    bundle: Bundle,
    path: Path,
    *,
    half: bool = False,
    elsewhere: GeneratorSource | str | bool = False,
    pictures: int = PICTURES,
) -> BundleConfig:
    """Write a bundle with its card.

    Args:
        bundle: What to write.
        path: The folder. A bundle there is replaced; a card that somebody wrote is kept.
        half: Store weights in fp16.
        elsewhere: Where the generator is, to point to it instead of writing it; True for where
            the bundle's configuration says it is. False to write it.
        pictures: Number of samples to draw, 0 for none.

    Returns:
        The configuration that was written.

    Raises:
        OutputError: It cannot be written.
        ConfigError: Nothing is known of where the generator is, or there is another one there.
    """
    if not 0 <= pictures <= _MOST_PICTURES:
        raise ConfigError("pictures", f"expected 0 to {_MOST_PICTURES}, got {pictures:.6g}")
    source = _source(bundle, path, elsewhere)
    written = save_bundle(bundle, path, half=half, generator_source=source)
    write_card(path, written, bundle.generator, pictures)
    return written


def write_card(
    folder: Path, config: BundleConfig, generator: Generator, pictures: int = PICTURES
) -> None:
    """Write a bundle's card and pictures, unless there is a card that somebody wrote."""
    card = folder / CARD
    if card.is_file() and not is_own(card.read_text(encoding="utf-8")):
        return
    drawn = pictures > 0 and generator.config.img_channels == 3
    if drawn:
        _write_samples(folder / SAMPLES, draw_samples(generator, pictures))
    else:
        (folder / SAMPLES).unlink(missing_ok=True)
    curves = CURVES if (folder / CURVES).is_file() else ""
    text = model_card(config, pictures=SAMPLES if drawn else "", curves=curves)
    card.write_text(text, encoding="utf-8")


def _write_samples(path: Path, sheet: NDArray[np.uint8]) -> None:
    """Write a sheet of faces that do not exist, which says so."""
    marker = Marker()
    write_image(path, marker.mark(sheet))
    marker.sign_file(path, origin=origin_of((), marker, composite=False))


@torch.inference_mode()
def draw_samples(generator: Generator, count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Draw random faces side by side, four a row.

    Args:
        generator: Draws them, one after the other.
        count: How many.
        seed: The same faces for the same seed.

    Returns:
        RGB picture (H, W, 3), uint8; each face at most 256 pixels wide.
    """
    random = torch.Generator().manual_seed(seed)
    device = generator.mapping.w_avg.device
    side = min(generator.img_resolution, _SIDE_PX)
    columns = min(count, _COLUMNS)
    sheet = np.full((-(-count // columns) * side, columns * side, 3), 255, dtype=np.uint8)
    for index in range(count):
        z = torch.randn(1, generator.z_dim, generator=random).to(device)
        image = generator.synthesis(generator.mapping(z, truncation_psi=TRUNCATION)).float()
        pixels = to_picture(torch.nn.functional.adaptive_avg_pool2d(image, side))
        row, column = divmod(index, columns)
        sheet[row * side : (row + 1) * side, column * side : (column + 1) * side] = pixels
    return sheet


def push_with_card(
    bundle: Bundle,
    repo_id: str,
    options: PushOptions | None = None,
    *,
    half: bool = False,
    elsewhere: GeneratorSource | str | bool = False,
    pictures: int = PICTURES,
) -> str:
    """Publish a bundle in memory; see `save_with_card` and `push_folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "bundle"
        save_with_card(bundle, folder, half=half, elsewhere=elsewhere, pictures=pictures)
        return push_folder(folder, repo_id, options)


def push_folder(folder: str | Path, repo_id: str, options: PushOptions | None = None) -> str:
    """Publish a bundle's folder as one commit to a repository of the Hub.

    The files' hashes are checked first. A folder without a card gets one on the way; it is not
    written to the folder. Parts that the repository has and the bundle lacks are deleted there.

    Args:
        folder: The bundle.
        repo_id: ``owner/name``; made if it is not there.
        options: How to publish.

    Returns:
        Address of the commit, or of the pull request.

    Raises:
        UnknownModelError: No repository has such a name.
        BundleError: The folder holds no bundle, or a damaged one.
        FetchError: The Hub is out of reach, or the token may not write there.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    if not hub.is_hub_name(repo_id) or "@" in repo_id:
        reason = "expected owner/name, made of letters, digits, hyphens, dots and underscores"
        raise UnknownModelError(repo_id, reason)
    folder, options = Path(folder), options or PushOptions()
    config = read_config(folder)
    for name in config.files:
        check_hash(folder / name, config)
    with tempfile.TemporaryDirectory() as scratch:
        files = {CONFIG_FILE: folder / CONFIG_FILE}
        files |= {name: folder / name for name in config.files}
        files |= _card_files(folder, config, repo_id, Path(scratch))
        api = HfApi(endpoint=hub.endpoint(), token=options.token, library_name="d2animator")
        try:
            present = _prepare(api, repo_id, options)
            stale = (present & set(hub.PATTERNS)) - files.keys()
            additions = [CommitOperationAdd(name, str(path)) for name, path in files.items()]
            done = api.create_commit(
                repo_id,
                [*additions, *(CommitOperationDelete(name) for name in sorted(stale))],
                commit_message=options.commit_message or f"d2animator bundle {config.name}",
                create_pr=options.create_pr,
                revision=options.revision,
            )
        # The Hub's client raises errors of its own, of its HTTP library and of the system.
        except Exception as error:
            raise refusals.refused_push(error, repo_id, hub.endpoint()) from error
    return str(done.pr_url if options.create_pr else done.commit_url)


def _prepare(api: Any, repo_id: str, options: PushOptions) -> set[str]:
    """Make the repository and the branch; returns the files that are there."""
    api.create_repo(repo_id, private=options.private, exist_ok=True)
    if options.revision is not None:
        api.create_branch(repo_id, branch=options.revision, exist_ok=True)
    return set(api.list_repo_files(repo_id, revision=options.revision))


def _card_files(folder: Path, config: BundleConfig, repo_id: str, scratch: Path) -> dict[str, Path]:
    """Card and pictures to publish, by name; made if the folder has none."""
    card, samples = folder / CARD, folder / SAMPLES
    if card.is_file() and not is_own(card.read_text(encoding="utf-8")):
        return {path.name: path for path in (card, samples) if path.is_file()}
    if not card.is_file():
        samples = scratch / SAMPLES
        write_card(scratch, config, load_generator(folder))
    pictures = {SAMPLES: samples} if samples.is_file() else {}
    text = model_card(config, repo_id=repo_id, pictures=SAMPLES if pictures else "")
    (scratch / CARD).write_text(text, encoding="utf-8")
    return {CARD: scratch / CARD, **pictures}


def _source(
    bundle: Bundle, path: Path, elsewhere: GeneratorSource | str | bool
) -> GeneratorSource | None:
    if elsewhere is False:
        return None
    source = bundle.config.generator_source if elsewhere is True else elsewhere
    if source is None:
        reason = (
            "the generator is to be left out, but nothing is known of where it is; name a "
            "repository of the Hub, a folder, or an address"
        )
        raise ConfigError("generator_source", reason)
    if not isinstance(source, GeneratorSource):
        source = point_to(str(source), path)
    check_same(bundle.generator, find_source(path, source))
    return source
