"""What the user sees while a command runs, and when it is done."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from d2animator.errors import printable


class _Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """Give the rate; nothing while it is not known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s")


class _Bar:
    """A bar that counts steps, and before them names what is done."""

    def __init__(self, progress: Progress, task: TaskID, what: str) -> None:
        self._progress, self._task, self._what = progress, task, what

    def phase(self, name: str) -> None:
        self._progress.update(self._task, description=name)

    def __call__(self, done: int, total: int | None) -> None:
        self._progress.update(self._task, description=self._what, completed=done, total=total)


class Report:
    """What the user sees: progress and messages on standard error, results on standard output."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._console = Console(stderr=True)
        self._quiet = quiet
        handler = RichHandler(console=self._console, show_time=False, show_path=False)
        handler.addFilter(_made_printable)
        logger = logging.getLogger("d2animator")
        logger.handlers = [handler]
        logger.setLevel(logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING)

    @contextlib.contextmanager
    def bar(self, what: str) -> Iterator[Callable[[int, int | None], None] | None]:
        """Show progress; yields the function to call with (done, total)."""
        if self._quiet:
            yield None
            return
        words = TextColumn("{task.description}")
        columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console) as progress:
            yield _Bar(progress, progress.add_task(what, total=None), what)

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        """Say that the program is being loaded, which takes longer than anything before."""
        with contextlib.nullcontext() if self._quiet else self._console.status("loading"):
            yield

    @contextlib.contextmanager
    def bytes(self, what: str) -> Iterator[Callable[[int, int | None], None]]:
        """Show a download as soon as there is one; yields the function for (done, total)."""
        columns = (TextColumn(what), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        bar = Progress(*columns, console=self._console, disable=self._quiet)
        task = bar.add_task(what, total=None)

        def show(done: int, total: int | None) -> None:
            bar.start()  # not before: most files are in the cache, and nothing is to be seen
            bar.update(task, completed=done, total=total)

        try:
            yield show
        finally:
            if bar.live.is_started:
                bar.stop()

    @contextlib.contextmanager
    def steps(self) -> Iterator[Callable[[str, int, Mapping[str, float]], None] | None]:
        """Show training; yields the function to call with (stage, step, metrics)."""
        if self._quiet:
            yield None
            return
        with self._console.status("starting") as status:

            def show(stage: str, step: int, metrics: Mapping[str, float]) -> None:
                figures = "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())
                status.update(f"{stage}: step {step}  {figures}")

            yield show

    @contextlib.contextmanager
    def running(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show how something goes that has no end; yields the function to tell it."""
        if self._quiet:
            yield lambda text: None
            return
        with self._console.status(what) as status:
            yield lambda text: status.update(f"{what}: {escape(text)}")

    @contextlib.contextmanager
    def stages(
        self, totals: Mapping[str, int]
    ) -> Iterator[Callable[[str, int, Mapping[str, float]], None] | None]:
        """Show a bar for each stage, with rate and time left.

        Args:
            totals: Number of steps of each stage.

        Yields:
            The function to call with (stage, step, metrics); None when nothing is to be shown.
        """
        if self._quiet:
            yield None
            return
        columns = (
            TextColumn("{task.description:10}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        with Progress(*columns, console=self._console) as progress:
            tasks: dict[str, TaskID] = {}

            def show(stage: str, step: int, metrics: Mapping[str, float]) -> None:
                if stage not in tasks:
                    tasks[stage] = progress.add_task(stage, total=totals.get(stage), figures="")
                hidden = ("seconds_per_step", "learning_rate")
                figures = "  ".join(
                    f"{name} {value:.3g}" for name, value in metrics.items() if name not in hidden
                )
                progress.update(tasks[stage], completed=step, figures=figures)

            yield show

    def line(self, text: str) -> None:
        """Say something on standard output, unless only errors are wanted."""
        if not self._quiet:
            typer.echo(_printable_lines(text))

    def note(self, text: str) -> None:
        """Say something on standard error, unless only errors are wanted."""
        if not self._quiet:
            typer.echo(_printable_lines(text), err=True)

    def error(self, text: str) -> None:
        """Say what went wrong where the work goes on."""
        typer.echo(f"error: {printable(text, 4000)}", err=True)

    def end(self, summary: Mapping[str, object] | list[Any] | None, lines: list[str]) -> None:
        """Say what came out: JSON if there is any, else plain lines."""
        if summary is not None:
            typer.echo(json.dumps(summary))
            return
        for line in lines:
            self.line(line)


def _printable_lines(text: str) -> str:
    """Text whose lines are fit for a terminal, whatever files have put into them."""
    return "\n".join(printable(line, 4000) for line in text.split("\n"))


def _made_printable(record: logging.LogRecord) -> bool:
    record.msg, record.args = _printable_lines(record.getMessage()), ()
    return True
