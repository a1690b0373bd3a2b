"""Loading, saving and sharing an animator: what everybody knows from other libraries."""

from __future__ import annotations

import abc
import logging
import tempfile
from pathlib import Path
from typing import Self

import torch

from d2animator.bundles.bundle import Bundle, GeneratorSource, load_bundle
from d2animator.bundles.hub import HubOptions
from d2animator.bundles.locate import EMBEDDED
from d2animator.bundles.publish import PICTURES, PushOptions, push_folder, save_with_card
from d2animator.bundles.recognition import load_recognition, puppet_recognition_path
from d2animator.faces.detector import Detector
from d2animator.latent.inversion import InversionOptions
from d2animator.latent.quality import Embed
from d2animator.models.devices import pick_device, pick_dtype

_log = logging.getLogger(__name__)


class Pretrained(abc.ABC):
    """Something that a bundle holds.

    Attributes:
        bundle: The networks.
    """

    bundle: Bundle

    @abc.abstractmethod
    def __init__(
        self,
        bundle: Bundle,
        device: str | torch.device = "cpu",
        inversion: InversionOptions | None = None,
        dtype: str | torch.dtype | None = None,
        detector: Detector | str | None = None,
        *,
        identity: Embed | None = None,
    ) -> None: ...

    @classmethod
    def from_pretrained(
        cls,
        repo_or_dir: str | Path | None = None,
        *,
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        subfolder: str | None = None,
        dtype: str | torch.dtype | None = None,
        device: str | torch.device = "auto",
        inversion: InversionOptions | None = None,
        detector: Detector | str | None = None,
    ) -> Self:
        """Load an animator, fetching its bundle if it is not on this machine yet.

        Args:
            repo_or_dir: A bundle's folder, a repository of the Hub (``owner/name``,
                ``owner/name@revision``), or None for the embedded one.
            revision: Branch, tag or commit; None for the main branch.
            cache_dir: Folder to keep fetched files in; None for the Hub's own.
            token: Access token; None for the one of HF_TOKEN or `hf auth login`.
            local_files_only: Use the cache, and no network.
            force_download: Fetch again what is in the cache.
            subfolder: Folder of the bundle inside the repository.
            dtype: Precision to draw frames in: "float32", "bfloat16" (CPU, CUDA) or "float16"
                (CUDA). Faces are found and sources inverted in fp32 always.
            device: "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1" or "mps".
            inversion: How sources are inverted.
            detector: Finds faces in sources and drivers: a detector, the name of one
                (`d2animator.faces.detectors.choice.make_detector`), or None for the bundle's own.

        Raises:
            UnknownModelError: No such bundle.
            FetchError: It cannot be fetched.
            BundleError: Its files do not fit together.
            DeviceError: No such device.
            ConfigError: No such precision on this device, or options that contradict each other.
            DetectorError: The detector cannot be had, or does not fit the bundle.
        """
        target = pick_device(device)
        precision = pick_dtype(dtype, target)
        options = HubOptions(
            revision=revision,
            cache_dir=cache_dir,
            token=token,
            local_files_only=local_files_only,
            force_download=force_download,
            subfolder=subfolder,
        )
        _log.info("running on %s", target)
        bundle = load_bundle(repo_or_dir, target, options)
        embed = None
        if bundle.config.name == EMBEDDED and puppet_recognition_path().is_dir():
            embed = load_recognition(device=target).identity
        return cls(bundle, target, inversion, precision, detector, identity=embed)

    def save_pretrained(
        self,
        path: str | Path,
        *,
        half: bool = False,
        with_generator: bool = True,
        generator_source: GeneratorSource | str | None = None,
        pictures: int = PICTURES,
    ) -> None:
        """Write the bundle, with a model card, to a folder that `from_pretrained` loads.

        Args:
            path: The folder. A bundle there is replaced; a card that you wrote is kept.
            half: Store weights in fp16.
            with_generator: False to leave the generator out and to point to where it is.
            generator_source: Where the generator is if it is left out: a repository of the Hub, a
                folder (seen from ``path``), a foreign file or its address; None for where the
                bundle came from had it.
            pictures: Number of samples to draw for the card, 0 for none.

        Raises:
            OutputError: It cannot be written.
            ConfigError: The generator is left out and nothing is known of where it is, or there
                is another one there.
        """
        place = generator_source if generator_source is not None else not with_generator
        save_with_card(self.bundle, Path(path), half=half, elsewhere=place, pictures=pictures)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        commit_message: str | None = None,
        create_pr: bool = False,
        revision: str | None = None,
        token: str | None = None,
        half: bool = False,
        with_generator: bool = True,
        generator_source: GeneratorSource | str | None = None,
        pictures: int = PICTURES,
    ) -> str:
        """Publish the bundle, with a model card, as one commit to a repository of the Hub.

        Args:
            repo_id: ``owner/name``; made if it is not there.
            private: Whether a new repository is private; None for the owner's default.
            commit_message: The first line of the commit.
            create_pr: Open a pull request instead of writing to the branch.
            revision: Branch to write to, made if it is not there; None for the main branch.
            token: Access token that may write; None for the one of HF_TOKEN or `hf auth login`.
            half: See `save_pretrained`, as for the rest.
            with_generator: False to point to the generator instead.
            generator_source: Where the generator is if it is left out.
            pictures: Number of samples to draw for the card.

        Returns:
            Address of the commit, or of the pull request.

        Raises:
            FetchError: The Hub is out of reach, or the token may not write there.
            ConfigError: See `save_pretrained`.
        """
        options = PushOptions(private, commit_message, create_pr, revision, token)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "bundle"
            self.save_pretrained(
                folder,
                half=half,
                with_generator=with_generator,
                generator_source=generator_source,
                pictures=pictures,
            )
            return push_folder(folder, repo_id, options)
