"""`bimo models`: which weights are here, fetch them, delete them, choose one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from bimo.cli.console import complain, err, out, say, words
from bimo.models.catalog import DEFAULT, Asset, Entry, assets, catalog, default_id, find_any, use
from bimo.models.download import pull, remove
from bimo.models.part import megabytes
from bimo.models.protocol import Cancel
from bimo.text.errors import DownloadError

_ID = "id in the catalogue | 目录中的模型名"

models_app = typer.Typer(
    help="the models on this machine: list, fetch, remove, choose | 本机的模型：列出、下载、删除、选用",
    no_args_is_help=True,
)


@models_app.command("list", help="the models Bimo knows, and which are here | 笔墨认识的模型，以及本机已有的模型")
def list_models() -> None:
    """Print the catalogue as a table."""
    from rich.table import Table
    from rich.text import Text

    default = default_id()
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in ("id", "size", "languages", "licence", "state"):
        justify = "right" if name == "size" else "left"
        table.add_column(words(f"models.head_{name}"), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for entry in (*catalog().values(), *assets().values()):
        cells = (entry.id, megabytes(entry.size), " ".join(entry.languages), entry.licence, _state(entry, default))
        table.add_row(*map(Text, cells))
    # A pipe has no width of its own, and a cut line helps nobody.
    out.print(table, soft_wrap=False, crop=False, width=None if out.is_terminal else 120)
    if default not in catalog():
        out.print("\n" + words("models.other_default", id=default), markup=False)


@models_app.command("pull", help="fetch a model, or go on fetching it | 下载模型，或从断点继续")
def pull_model(id: str | None = typer.Argument(None, help=_ID)) -> None:
    """Fetch the weights of `id`, by default those that Bimo uses."""
    default = default_id()
    entry = find_any(id or (default if default in catalog() else DEFAULT))
    try:
        path = pull_with_bar(entry)
    except DownloadError as error:
        if error.code != "models.pull_cancelled":
            raise
        complain(error)
        raise typer.Exit(130) from None
    out.print(words("models.weights_ready", id=entry.id, path=path), markup=False)


@models_app.command("remove", help="delete a model from this machine | 从本机删除模型")
def remove_model(id: str = typer.Argument(help=_ID)) -> None:
    """Delete the weights of `id` and what an unfinished download left."""
    freed = remove(find_any(id))
    code = "models.weights_removed" if freed else "models.weights_absent"
    out.print(words(code, id=id, freed=megabytes(freed)), markup=False)


@models_app.command("use", help="choose the model that Bimo writes with | 选择写作时使用的模型")
def use_model(
    id: str = typer.Argument(
        metavar="ID|FILE",
        help="id in the catalogue, a .gguf file, or openai:NAME@URL | 目录中的模型名、.gguf 文件，或 openai:名称@地址",
    ),
) -> None:
    """Store the default model."""
    chosen = use(id)
    out.print(words("models.weights_chosen", id=chosen), markup=False)
    if (actual := default_id()) != chosen:
        say("models.choice_overruled", id=actual)


def pull_with_bar(entry: Asset) -> Path:
    """Fetch weights with a progress bar on standard error; Ctrl-C stops and keeps what arrived.

    Raises like `bimo.models.download.pull`.
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[source]}"),
    )
    say("models.pulling", id=entry.id, size=megabytes(entry.size))
    with stopped_by_ctrl_c() as cancel, Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=entry.size, source=words("models.checking"))
        known = ""

        def show(done: int, total: int, source: str) -> None:
            nonlocal known
            if source != known:
                # Hashing what is here already is much faster than any network and would spoil the time left.
                known = source
                bar.reset(task, total=total, completed=done, source=source)
            bar.update(task, completed=done)

        return pull(entry, progress=show, cancel=cancel, notice=lambda notice: say(notice.code, **dict(notice.details)))


@contextmanager
def stopped_by_ctrl_c() -> Iterator[Cancel]:
    """A switch that Ctrl-C turns on, instead of ending the program."""
    cancel = Cancel()

    def stop(number: int, frame: FrameType | None) -> None:
        cancel.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


def _state(entry: Asset, default: str) -> str:
    unmeasured = isinstance(entry, Entry) and not entry.measured
    marks = {"installed": entry.installed, "default": entry.id == default, "unmeasured": unmeasured}
    return " · ".join(words(f"models.state_{name}") for name, holds in marks.items() if holds)
