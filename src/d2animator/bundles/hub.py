"""Bundles and files of the Hugging Face Hub, fetched once and kept in its cache."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from d2animator import __version__
from d2animator.arguments import check_fields
from d2animator.bundles import refusals
from d2animator.bundles.description import FILES
from d2animator.bundles.mirrors import checked_answers
from d2animator.bundles.progress import bar_class
from d2animator.bundles.store import CONFIG_FILE, sha256
from d2animator.config import parse_json
from d2animator.errors import ConfigError, FetchError, UnknownModelError

SCHEME = "hf://"
DEFAULT_ENDPOINT = "https://huggingface.co"
# What a bundle consists of; nothing else of a repository is fetched.
PATTERNS = (CONFIG_FILE, *sorted(set(FILES.values())))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
_TRUE = {"1", "on", "yes", "true"}


@dataclass(frozen=True)
class HubOptions:
    """How to fetch, and from where."""

    # Branch, tag or commit; None for the main branch.
    revision: str | None = None
    # Folder to keep fetched files in; None for the Hub's own (HF_HOME), and for plain addresses
    # that of `d2animator.bundles.fetch.cache_folder`.
    cache_dir: str | Path | None = None
    # Access token; None for the one of HF_TOKEN or `hf auth login`, False for none at all.
    token: str | bool | None = field(default=None, repr=False)
    # Use what is in the cache, and no network.
    local_files_only: bool = False
    # Fetch again what is in the cache.
    force_download: bool = False
    # Folder of the bundle inside the repository or folder.
    subfolder: str | None = None
    # Called with bytes done and to expect (None for unknown); None for the Hub's own bars.
    progress: Callable[[int, int | None], None] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.local_files_only and self.force_download:
            raise ConfigError("force_download", "fetches again, but local_files_only forbids it")
        parts = PurePosixPath(self.subfolder or "").parts
        if ".." in parts or (parts and parts[0] == "/"):
            reason = f"expected a folder inside the repository, got {self.subfolder!r}"
            raise ConfigError("subfolder", reason)

    @property
    def offline(self) -> bool:
        """Whether the network is not to be used, here or by HF_HUB_OFFLINE."""
        return self.local_files_only or os.environ.get("HF_HUB_OFFLINE", "").lower() in _TRUE


@dataclass(frozen=True)
class HubName:
    """``owner/name``, perhaps with a revision, and a place inside."""

    # owner/name.
    repo: str
    # Branch, tag or commit; None for what the options say.
    revision: str | None = None
    # File or folder inside the repository; "" for its root.
    path: str = ""


def endpoint() -> str:
    """Address of the Hub: HF_ENDPOINT, or the public one."""
    return (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def is_hub_name(name: str) -> bool:
    """Whether ``name`` looks like ``owner/name``, with or without ``@revision``."""
    return _NAME.fullmatch(name.partition("@")[0]) is not None


def split_name(name: str) -> HubName:
    """Take ``owner/name[@revision]`` or ``hf://owner/name[@revision][/path]`` apart.

    Raises:
        UnknownModelError: It has another form.
    """
    inner = name.removeprefix(SCHEME)
    found = re.fullmatch(rf"({_NAME.pattern})(?:@([^/\s]+))?(?:/(.+?))?/?", inner)
    if found is None or (found[3] and not name.startswith(SCHEME)) or ".." in inner.split("/"):
        form = f"owner/name[@revision] or {SCHEME}owner/name[@revision]/path"
        raise UnknownModelError(name, f"not a name on the Hub; expected {form}")
    # A branch such as refs/pr/1 has its slashes written as %2F.
    revision = found[2] and found[2].replace("%2F", "/").replace("%2f", "/")
    return HubName(found[1], revision, found[3] or "")


def download(
    name: str, options: HubOptions | None = None, patterns: Sequence[str] = PATTERNS
) -> Path:
    """Fetch a bundle into the Hub's cache, or find it there.

    Every file that is fetched is checked against the SHA-256 of ``config.json``; one that does
    not fit is taken out of the cache again.

    Args:
        name: ``owner/name[@revision]``, or ``hf://owner/name[@revision][/subfolder]``.
        options: How to fetch. What ``name`` says wins.
        patterns: Names of the files to fetch.

    Returns:
        The folder in the cache.

    Raises:
        UnknownModelError: No such repository or revision, or no bundle in it.
        FetchError: The Hub is out of reach or closed, or something else came.
    """
    from huggingface_hub import snapshot_download

    options = options or HubOptions()
    where = split_name(name)
    subfolder = (where.path or options.subfolder or "").strip("/")
    prefix = f"{subfolder}/" if subfolder else ""
    began = time.time()
    try:
        with checked_answers(endpoint()):
            folder = snapshot_download(
                where.repo,
                allow_patterns=[prefix + pattern for pattern in patterns],
                **_arguments(where, options),
            )
    except FetchError:
        raise
    # The Hub's client raises errors of its own, of its HTTP library and of the system.
    except Exception as error:
        raise refusals.explain(error, name, endpoint(), options.offline) from error
    bundle = Path(folder, subfolder)
    if not (bundle / CONFIG_FILE).is_file():
        raise UnknownModelError(name, _without_bundle(where, subfolder, options))
    if not options.offline:
        # File systems round the time of a change, some of them to two seconds.
        _check_fetched(name, bundle, began - 2)
    return bundle


def download_file(name: str, options: HubOptions | None = None) -> Path:
    """Fetch one file of a repository into the Hub's cache, or find it there.

    Args:
        name: ``hf://owner/name[@revision]/path``.
        options: How to fetch. What ``name`` says wins.

    Returns:
        The file in the cache.

    Raises:
        UnknownModelError: No such repository, revision or file.
        FetchError: The Hub is out of reach or closed, or something else came.
    """
    from huggingface_hub import hf_hub_download

    options = options or HubOptions()
    where = split_name(name)
    if not where.path:
        raise UnknownModelError(name, f"names no file; expected {SCHEME}owner/name/path/to/file")
    try:
        with checked_answers(endpoint()):
            found = hf_hub_download(where.repo, where.path, **_arguments(where, options))
    except FetchError:
        raise
    # As above.
    except Exception as error:
        raise refusals.explain(error, name, endpoint(), options.offline) from error
    path = Path(found)
    if refusals.is_web_page(_start(path)):
        _forget(path)
        raise FetchError(name, refusals.web_page(endpoint()))
    return path


def commit_of(folder: Path) -> str | None:
    """Commit that a folder of the Hub's cache is a snapshot of; None for any other folder."""
    parts = folder.absolute().parts
    if "snapshots" not in parts[:-1]:
        return None
    commit = parts[parts.index("snapshots") + 1]
    return commit if re.fullmatch(r"[0-9a-f]{40}", commit) else None


def _arguments(where: HubName, options: HubOptions) -> dict[str, Any]:
    """What both ways of fetching need."""
    arguments: dict[str, Any] = {
        "revision": where.revision or options.revision,
        "cache_dir": options.cache_dir,
        "token": options.token,
        "local_files_only": options.offline,
        "force_download": options.force_download,
        # Given always: the client reads HF_ENDPOINT when it is imported, and never again.
        "endpoint": endpoint(),
        "library_name": "d2animator",
        "library_version": __version__,
    }
    if options.progress is not None:
        arguments["tqdm_class"] = bar_class(options.progress)
    return arguments


def _without_bundle(where: HubName, subfolder: str, options: HubOptions) -> str:
    """What to say of a repository without ``config.json``."""
    place = f"the repository's folder {subfolder}" if subfolder else "the repository"
    reason = f"{place} has no {CONFIG_FILE}, so it is no bundle"
    from huggingface_hub import HfApi

    try:
        revision = where.revision or options.revision
        api = HfApi(endpoint=endpoint(), token=options.token)
        files = [] if options.offline else api.list_repo_files(where.repo, revision=revision)
    except Exception:  # the list only makes the message better
        files = []
    networks = [file for file in files if file.endswith((".pkl", ".pt", ".pth"))]
    bundles = [file for file in files if PurePosixPath(file).name == CONFIG_FILE]
    if bundles:
        folders = ", ".join(str(PurePosixPath(file).parent) for file in bundles[:5])
        return f"{reason}; name one of its folders with subfolder: {folders}"
    if networks:
        command = f"d2animator convert {SCHEME}{where.repo}/{networks[0]} -o FOLDER"
        return f"{reason}; `{command}` makes one of its network"
    return f"{reason}; it holds {', '.join(files[:5]) or 'nothing that is wanted'}"


def _check_fetched(name: str, folder: Path, began: float) -> None:
    """Check files that have just come against ``config.json``, and forget damaged ones."""
    path = folder / CONFIG_FILE
    text = path.read_bytes()
    if refusals.is_web_page(text[:512]):
        _forget(path)
        raise FetchError(name, refusals.web_page(endpoint()))
    try:
        listed = dict(parse_json(text).get("files", {}))
    except (ValueError, AttributeError, TypeError):
        return  # reading it properly, later on, says what is wrong
    for file, due in listed.items():
        fetched = folder / str(file)
        if file not in PATTERNS or not fetched.is_file() or fetched.stat().st_mtime < began:
            continue
        if (got := sha256(fetched)) != due:
            _forget(fetched)
            reason = (
                f"{file} arrived damaged: its SHA-256 is {got}, {CONFIG_FILE} says {due}; it was "
                "taken out of the cache, so fetch again (if that does not help, the repository's "
                "file itself is at fault)"
            )
            raise FetchError(name, reason)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _forget(path: Path) -> None:
    """Take a file out of the Hub's cache: the name in the snapshot, and what it points to there."""
    content, repo = path.resolve(), _repo_folder(path)
    path.unlink(missing_ok=True)
    if repo is not None and content.is_relative_to(repo.resolve()):
        content.unlink(missing_ok=True)


def _repo_folder(path: Path) -> Path | None:
    """The folder of the Hub's cache that has a repository's snapshots and contents."""
    return next((folder.parent for folder in path.parents if folder.name == "snapshots"), None)
