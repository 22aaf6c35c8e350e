"""`bimo check`: what the critics find in texts, with the place, the words, the reason and the cure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from bimo.cli.console import err, interface_language, out, say, words
from bimo.cli.files import main_text, names_file
from bimo.text.errors import InputError, Language
from bimo.text.finding import Severity
from bimo.text.reading import read_text

if TYPE_CHECKING:
    from bimo.critique.check import Found, Progress, Report
    from bimo.critique.passage import Kind, Passage
    from bimo.critique.registry import Knowing
    from bimo.models.protocol import Model

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.HINT: "cyan"}
_LEVELS = {"hint": Severity.HINT, "warning": Severity.WARNING, "error": Severity.ERROR}
_QUOTE = 60

_FILES = typer.Argument(None, metavar="[FILE]...", help="the texts | 文字文件")
_ONLY = typer.Option(
    None, "--only", metavar="NAMES", help="groups or critics, with commas | 只用这些类别或检查，逗号分隔"
)
_WAIVE = typer.Option(None, "--waive", metavar="KEY", help="call a finding intended | 声明某处是有意为之")


@dataclass(frozen=True)
class Checked:
    """A text with what the critics say of it; `path` is None for what was no file."""

    name: str
    path: Path | None
    passage: Passage
    report: Report


def check(
    files: list[str] | None = _FILES,
    bible: str | None = typer.Option(
        None, "--bible", metavar="FILE", help="names and facts, as TOML or JSON | 设定集（TOML 或 JSON）"
    ),
    only: list[str] | None = _ONLY,
    deep: bool = typer.Option(False, "--deep", help="ask the model too | 也让模型检查"),
    model: str | None = typer.Option(None, "--model", metavar="ID", help="the model to ask | 所用模型"),
    lang: str | None = typer.Option(None, "--lang", "--language", help="zh|en: language of the text | 文字的语言"),
    kind: str | None = typer.Option(None, "--kind", help="prose|verse|fountain: how to read it | 文字的种类"),
    strict: bool = typer.Option(False, "--strict", help="matters of taste too | 连同见仁见智之处"),
    fail_on: str = typer.Option(
        "warning", "--fail-on", help="hint|warning|error|never: what ends with status 1 | 何种级别以状态 1 结束"
    ),
    waive: list[str] | None = _WAIVE,
    as_json: bool = typer.Option(False, "--json", help="print one JSON object | 输出 JSON"),
    sarif: bool = typer.Option(False, "--sarif", help="print SARIF 2.1.0 for other programs | 输出 SARIF 2.1.0"),
    listed: bool = typer.Option(False, "--list", help="list the critics | 列出全部检查"),
) -> None:
    """Check language, continuity and more; every finding quotes the words it speaks of. Nothing is changed."""
    _allowed("--lang", lang, ("zh", "en"))
    _allowed("--kind", kind, ("prose", "verse", "fountain"))
    _allowed("--fail-on", fail_on, (*_LEVELS, "never"))
    if listed:
        _list()
        return
    wanted = [name.strip() for each in only or () for name in each.split(",") if name.strip()]
    knowing = _knowing(bible, strict)
    texts = _texts(files or [])
    with _model(deep, model) as opened:
        found = [
            _checked(
                name,
                path,
                _passage(text, lang, kind),
                knowing=_asking(knowing, opened),
                wanted=wanted,
                waive=frozenset(waive or ()),
            )
            for name, path, text in texts
        ]
    _unknown_keys(frozenset(waive or ()), found)
    if sarif:
        from bimo.cli.sarif import sarif_of

        print_json(sarif_of(found, interface_language()))
    elif as_json:
        print_json({"texts": [_data(each) for each in found]})
    else:
        for each in found:
            show(each)
        _sum_up(found)
    lowest = _LEVELS.get(fail_on)
    if lowest and any(one.finding.severity >= lowest for each in found for one in each.report.findings):
        raise typer.Exit(1)


def print_json(data: object) -> None:
    """Print one JSON value to standard output."""
    out.file.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def _allowed(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        from bimo.cli.help import nearest

        near = nearest(value, list(allowed))
        raise InputError("cli.bad_choice", option=option, value=value, near=near, allowed=", ".join(allowed))


def _list() -> None:
    from bimo.critique.registry import all_critics

    lang = interface_language()
    for each in all_critics().values():
        marks = "".join(f" · {words(f'cli.critic_{mark}')}" for mark in ("cheap", "deep") if getattr(each, mark))
        out.print(f"{each.group:<12}{each.id:<18}{each.names[lang]}{marks}", markup=False)


def _texts(files: list[str]) -> list[tuple[str, Path | None, str]]:
    """Name, file and text of each text; what is no file at all is a text itself, or stands on standard input."""
    if files and all(names_file(each) for each in files):
        return [(each, Path(each), read_text(each)) for each in files]
    return [("-", None, main_text(files, None, required=True) or "")]


def _passage(text: str, lang: str | None, kind: str | None) -> Passage:
    from bimo.critique.passage import Passage

    return Passage.of(text, cast("Language | None", lang), cast("Kind | None", kind))


def _knowing(bible: str | None, strict: bool) -> Knowing:
    from bimo.critique.bible import Bible, read_bible
    from bimo.critique.registry import Knowing

    known = read_bible(Path(bible)) if bible else Bible()
    for name in known.shared:
        say("cli.shared_name", name=name, count=len(known.called(name)))
    return Knowing(known, {"strict": "yes"} if strict else {})


def _asking(knowing: Knowing, model: Model | None) -> Knowing:
    """What is known, for one text: with a memory of its own."""
    from dataclasses import replace

    from bimo.critique.memory import Memory

    return replace(knowing, model=model, memory=Memory())


@contextmanager
def _model(deep: bool, id: str | None) -> Iterator[Model | None]:
    if not deep:
        yield None
        return
    from bimo.models.select import open_model

    opened = open_model(id)
    try:
        yield opened
    finally:
        opened.close()


def _checked(
    name: str, path: Path | None, passage: Passage, *, knowing: Knowing, wanted: list[str], waive: frozenset[str]
) -> Checked:
    from bimo.critique.check import check as ask
    from bimo.critique.intended import intended, keep_intended
    from bimo.critique.memory import memory_of
    from bimo.models.places import state_dir

    folder = path.absolute().parent if path else None
    kept = memory_of(path, state_dir() / "critique") if path else None
    if kept:
        knowing.memory.load(kept)
    waived = intended(folder) if folder else frozenset()
    complete = False
    try:
        with _bar(name) as progress:
            report = ask(passage, knowing, only=wanted or None, waived=waived, progress=progress)
        complete = True
    finally:
        # Also what a check that was stopped has found; what cannot be remembered is found again.
        with suppress(OSError):
            if kept:
                knowing.memory.save(kept, complete=complete)
    if waive and folder:
        newly = [each for each in report.findings if each.key in waive]
        keep_intended(folder, newly, passage)
        report = _without(report, waive)
    return Checked(name, path, passage, report)


def _without(report: Report, waive: frozenset[str]) -> Report:
    from dataclasses import replace

    left = tuple(each for each in report.findings if each.key not in waive)
    return replace(report, findings=left, waived=report.waived + len(report.findings) - len(left))


def _unknown_keys(waive: frozenset[str], found: list[Checked]) -> None:
    from bimo.critique.intended import intended

    folders = {each.path.absolute().parent for each in found if each.path}
    for key in sorted(waive - frozenset().union(*map(intended, folders))):
        raise InputError("cli.no_finding", key=key)


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """A bar on a terminal, which goes away again."""
    if not err.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn(), console=err, transient=True
    ) as bar:
        task = bar.add_task(words("cli.checking", name=name))
        yield lambda done, total: bar.update(task, completed=done, total=max(1, total))


def _data(checked: Checked) -> dict[str, Any]:
    from bimo.critique.told import as_data

    return {"name": checked.name, **as_data(checked.report, checked.passage, interface_language())}


def show(checked: Checked) -> None:
    """Print the findings of a text, one a line as `name:line:column`, and below each what it stands against."""
    for found in checked.report.findings:
        _show_finding(checked, found)
    lang = interface_language()
    for gap in checked.report.gaps:
        err.print(gap.message(lang), style="dim", markup=False)


def _show_finding(checked: Checked, found: Found) -> None:
    from rich.text import Text

    from bimo.critique.told import finding_told

    passage, finding, lang = checked.passage, found.finding, interface_language()
    text, hint = finding_told(finding, lang)
    quote = finding.span.of(passage.text)
    line = Text(f"{_place(checked, finding.span.start)}: ")
    line.append(words(f"cli.level_{finding.severity.name.lower()}"), style=_STYLES[finding.severity])
    if f"“{quote}”" not in text:
        line.append(f" “{_brief(quote)}”", style="bold")
    line.append(f" {text} ")
    line.append(hint, style="green")
    line.append(f" [{found.key}]", style="dim")
    out.print(line)
    for span in finding.evidence:
        beside = f"    {_place(checked, span.start)}: “{_brief(span.of(passage.text))}”"
        out.print(beside, style="dim", markup=False)


def _place(checked: Checked, offset: int) -> str:
    line, column = checked.passage.line_column(offset)
    return f"{checked.name}:{line}:{column}"


def _brief(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= _QUOTE else f"{flat[: _QUOTE // 2]}…{flat[-_QUOTE // 2 :]}"


def _sum_up(found: list[Checked]) -> None:
    counts = {level: 0 for level in reversed(Severity)}
    for each in found:
        for one in each.report.findings:
            counts[one.finding.severity] += 1
    waived = sum(each.report.waived for each in found)
    shown = {level.name.lower(): count for level, count in counts.items()}
    sys.stdout.flush()
    say("cli.checked" if any(counts.values()) else "cli.checked_clean", waived=waived, **shown)
