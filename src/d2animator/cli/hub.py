"""``download``, ``push``, ``info`` and ``doctor``: bundles of others, and what there is here."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.options import AsJson, Quiet, Verbose
from d2animator.cli.report import Report

if TYPE_CHECKING:
    from d2animator.bundles.health import Health
    from d2animator.bundles.info import BundleInfo

Bundle = Annotated[
    str,
    typer.Argument(
        metavar="BUNDLE", help="A folder, owner/name[@revision] on the Hub, or puppet (embedded)."
    ),
]
Revision = Annotated[
    str | None, typer.Option(help="Branch, tag or commit.", show_default="main branch")
]
Subfolder = Annotated[
    str | None, typer.Option(help="The bundle's folder inside it.", show_default="its root")
]
CacheDir = Annotated[
    Path | None, typer.Option(help="Where to keep what is fetched.", show_default="HF_HOME")
]


def download(
    name: Bundle,
    revision: Revision = None,
    subfolder: Subfolder = None,
    cache_dir: CacheDir = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is here.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Fetch a bundle and what it points to, check it, and print its folder."""
    report = Report(quiet, verbose)
    from d2animator.bundles.description import check_hash, read_config
    from d2animator.bundles.hub import HubOptions
    from d2animator.bundles.locate import resolve
    from d2animator.bundles.source import find_source

    with report.bytes("fetching") as progress:
        options = HubOptions(
            revision=revision,
            cache_dir=cache_dir,
            force_download=force,
            subfolder=subfolder,
            progress=progress,
        )
        folder = resolve(name, options)
        config = read_config(folder)
        for file in config.files:
            check_hash(folder / file, config)
        source = config.generator_source
        generator = None if source is None else find_source(folder, source, options)
    summary = {"folder": str(folder), "generator": generator and str(generator)}
    if as_json:
        report.end(summary, [])
    else:
        typer.echo(folder)  # even when quiet: it is what was asked for


def push(
    bundle: Annotated[Path, typer.Argument(help="The bundle's folder.")],
    repo: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="Repository on the Hub.")],
    private: Annotated[
        bool | None,
        typer.Option("--private/--public", help="Of a new one.", show_default="owner's default"),
    ] = None,
    message: Annotated[
        str | None, typer.Option(help="First line of the commit.", show_default="the name")
    ] = None,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Open a pull request instead.")
    ] = False,
    revision: Annotated[
        str | None, typer.Option(help="Branch to write to.", show_default="main branch")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Publish a bundle with a model card; the token is HF_TOKEN's or `hf auth login`'s."""
    report = Report(quiet, verbose)
    from d2animator.bundles.locate import resolve
    from d2animator.bundles.progress import silent
    from d2animator.bundles.publish import PushOptions, push_folder

    options = PushOptions(private, message, create_pr, revision)
    with silent() if quiet else contextlib.nullcontext():
        url = push_folder(resolve(bundle), repo, options)
    if as_json:
        report.end({"url": url}, [])
    else:
        typer.echo(url)


def info(
    bundle: Bundle = "puppet",
    revision: Revision = None,
    subfolder: Subfolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say what is inside a bundle: parts, sizes, licences, figures, where it comes from."""
    report = Report(quiet, verbose)
    from d2animator.bundles.hub import HubOptions
    from d2animator.bundles.info import describe

    with report.bytes("fetching") as progress:
        options = HubOptions(revision=revision, subfolder=subfolder, progress=progress)
        found = describe(bundle, options)
    report.end(_plain(found) if as_json else None, _info_lines(found))


def doctor(
    clear: Annotated[bool, typer.Option("--clear", help="Empty the cache.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say what is installed, which devices there are, what is cached and what is missing."""
    report = Report(quiet, verbose)
    from d2animator.bundles.health import examine

    found = examine()
    if clear and found.cached:
        _clear(found, report, yes=yes)
        found = examine()
    report.end(_plain(found) if as_json else None, _health_lines(found))


def _clear(found: Health, report: Report, *, yes: bool) -> None:
    """Empty the cache, if that is really meant."""
    from d2animator.bundles import cached
    from d2animator.errors import OutputError

    sizes = sum(one.bytes for one in found.cached)
    what = f"{len(found.cached)} entries of the cache, {_size(sizes)}"
    names = ", ".join(one.name for one in found.cached)
    if not yes:
        typer.confirm(f"Remove {what} ({names})?", abort=True, err=True)
    try:
        cached.clear(found.cached)
    except OSError as error:
        raise OutputError(error.filename or "cache", f"cannot be removed ({error})") from error
    report.note(f"removed {what}")


def _plain(found: Any) -> dict[str, Any]:
    return {
        field.name: _plain_value(getattr(found, field.name)) for field in dataclasses.fields(found)
    }


def _plain_value(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _plain(value)
    if isinstance(value, tuple):
        return [_plain_value(entry) for entry in value]
    return dict(value) if hasattr(value, "items") else value


def _info_lines(found: BundleInfo) -> list[str]:
    size = f"{found.img_resolution}x{found.img_resolution}"
    lines = [f"{found.name}: {found.description}" if found.description else found.name]
    lines.append(f"  folder      {found.folder}")
    lines.append(f"  generator   {found.architecture}, {size}, w {found.num_ws} x {found.w_dim}")
    if (source := found.generator_source) is not None:
        at = f" at {source.revision}" if source.revision else ""
        lines.append(f"              not in this bundle: {source.location}{at}")
    for part, name in found.licenses.items():
        unknown = "not stated" if name == "NOASSERTION" else name
        lines.append(f"  licence     {unknown} ({part})")
    for one in found.parts:
        size = "not fetched" if one.bytes is None else _size(one.bytes)
        lines.append(f"  part        {one.name:18} {size:>11}  {one.file}  {one.sha256[:12]}")
    if found.lacking:
        lines.append(f"  lacking     {', '.join(found.lacking)}: cannot animate yet")
    lines += [f"  measured    {name}: {value:.6g}" for name, value in found.metrics.items()]
    lines += [f"  provenance  {name}: {text}" for name, text in found.provenance.items()]
    return lines


def _health_lines(found: Health) -> list[str]:
    lines = [f"d2animator {found.d2animator}, Python {found.python}, {found.system}"]
    for package in found.packages:
        extra = f" (extra {package.extra})" if package.extra else ""
        lines.append(f"  {package.name:20} {package.version or 'not installed'}{extra}")
    lines += [f"  device               {name}" for name in found.devices]
    lines += [f"  engine               {name}" for name in found.engines]
    lines.append(f"  hub                  {found.endpoint}, {_state(found)}")
    lines.append(f"  cache of the Hub     {found.hub_cache}")
    lines.append(f"  cache of addresses   {found.address_cache}")
    lines += [f"  cached               {one.name}, {_size(one.bytes)}" for one in found.cached]
    if len(found.cached) > 1:
        total = _size(sum(one.bytes for one in found.cached))
        lines.append(f"  cached in all        {total}; `d2animator doctor --clear` removes it")
    if not found.cached:
        lines.append("  cached               nothing yet")
    lines += [f"  missing              {one.what}: {one.command}" for one in found.missing]
    lines += [f"  no answer            {trouble}" for trouble in found.troubles]
    return lines


def _state(found: Health) -> str:
    account = "logged in" if found.logged_in else "not logged in (`hf auth login`)"
    return f"{account}{', offline by HF_HUB_OFFLINE' if found.offline else ''}"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"
