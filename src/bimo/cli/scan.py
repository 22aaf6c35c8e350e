"""`bimo scan` and `bimo forms`: what a poem is, where it breaks its form, and which forms there are."""

from __future__ import annotations

import json
import re
from itertools import zip_longest

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bimo.cli.console import interface_language, out, words
from bimo.cli.files import main_text
from bimo.text.errors import InputError
from bimo.text.finding import Finding, Severity
from bimo.verse.form import Form, all_forms, find_form
from bimo.verse.scan import scan as scan_poem
from bimo.verse.scansion import Mark, Scan, ScannedLine
from bimo.verse.told import as_data, finding_told

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.HINT: "dim"}
_POLICIES = ("any", "common", "strict")


_POEM = typer.Argument(None, metavar="[POEM]...", help="the poem, or its file | 诗，或诗的文件")


def scan(
    text: list[str] | None = _POEM,
    file: str | None = typer.Option(None, "--file", help="the file of the poem | 诗的文件"),
    form: str | None = typer.Option(None, "--form", help="check it as this form | 按此体裁检查"),
    book: str | None = typer.Option(None, "--book", help="pingshui|cilin|xinyun|tongyun | 韵书"),
    readings: str = typer.Option("any", "--readings", help="any|common|strict: which readings count | 多音字的取舍"),
    as_json: bool = typer.Option(False, "--json", help="print one JSON object | 输出 JSON"),
) -> None:
    """Say what form a poem has, show its tones or stresses and rhymes, and name every fault."""
    if readings not in _POLICIES:
        allowed = ", ".join(_POLICIES)
        raise InputError("cli.bad_choice", option="--readings", value=readings, near="any", allowed=allowed)
    poem = main_text(text or [], file, required=True) or ""
    found = scan_poem(poem, form=form, book=book, policy=readings)  # type: ignore[arg-type]  # checked above
    if as_json:
        out.file.write(json.dumps(as_data(found, interface_language()), ensure_ascii=False, indent=2) + "\n")
    else:
        show(found)
    if not found.holds:
        raise typer.Exit(1)


def forms(
    name: str | None = typer.Argument(None, metavar="[NAME]", help="show this form | 查看某一体裁"),
) -> None:
    """List the forms of verse, or show one with its rules and a poem."""
    lang = interface_language()
    if name:
        _show_form(find_form(name))
        return
    found = all_forms().values()
    for form in found:
        if form.kind != "ci":
            out.print(f"{form.names[lang]} ({form.id}): {form.about[lang]}", markup=False, soft_wrap=True)
    tunes = "、".join(form.id for form in found if form.kind == "ci")
    out.print(f"{words('cli.tunes')} {tunes}", markup=False, soft_wrap=True)


def _show_form(form: Form) -> None:
    lang = interface_language()
    out.print(f"{form.names[lang]} ({form.id})", style="bold", markup=False)
    out.print(form.about[lang], markup=False, soft_wrap=True)
    if form.passes:
        best = form.passes[0]
        out.print(f"\n{best.title}  {best.author}".rstrip(), style="dim", markup=False)
        show(scan_poem(best.text, form=form))


def show(found: Scan, console: Console = out) -> None:
    """Print a scan: form, lines with their marks and rhymes, and the findings with their cures."""
    lang = interface_language()
    console.print(_headline(found), style="bold", markup=False)
    wrong = {place for finding in found.findings if finding.severity >= Severity.ERROR for place in _places(finding)}
    for line in found.lines:
        for row in _rows(line, wrong):
            console.print(row, soft_wrap=True)
    for finding in found.findings:
        console.print(_finding(found.text, finding), style=_STYLES[finding.severity], markup=False, soft_wrap=True)
    for near in found.near if found.form is None else ():
        name = all_forms()[near.form].names[lang]
        console.print(words("cli.nearest_form", form=name, errors=near.errors), markup=False)
        for finding in near.findings[:3]:
            console.print("  " + _finding(found.text, finding), style="dim", markup=False, soft_wrap=True)


def _headline(found: Scan) -> str:
    lang = interface_language()
    if found.form is None:
        return words("cli.no_form_met")
    form = all_forms()[found.form]
    from bimo.verse.readings import BOOKS

    book = BOOKS[found.book][lang] if found.book in BOOKS else found.book
    parts = [form.names[lang], found.variant, book]
    verdict = words("cli.form_holds" if found.holds else "cli.form_broken")
    return " · ".join([part for part in parts if part] + [verdict])


def _places(finding: Finding) -> range:
    return range(finding.span.start, finding.span.end)


def _rows(line: ScannedLine, wrong: set[int]) -> list[Text]:
    """Three rows: the marks, the syllables with the rhyme after them, and the readings."""
    cells = [
        (_shown(mark), mark.text, _brief(mark.reading), not mark.ok or mark.span.start in wrong) for mark in line.marks
    ]
    widths = [max(map(cell_len, cell[:3])) + 1 for cell in cells]
    rows = [Text(), Text(), Text()]
    for cell, width in zip_longest(cells, widths):
        for row, content, style in zip(rows, cell[:3], ("cyan", "", "dim"), strict=True):
            row.append(content, style="bold red" if cell[3] and row is not rows[2] else style)
            row.append(" " * (width - cell_len(content)))
    if line.rhyme or line.group:
        rows[1].append(f"  {line.rhyme} {line.group}".rstrip(), style="green")
    return rows if any(cell[2] for cell in cells) else rows[:2]


def _brief(reading: str) -> str:
    """A reading without the tone, which stands above it: 尤 for 下平十一尤, 二部 for 第二部平."""
    if found := re.fullmatch(r"[上下平去入声]{2}[一二三四五六七八九十]+(\w)", reading):
        return found[1]
    return re.sub(r"^第(.+部).$", r"\1", reading)


def _shown(mark: Mark) -> str:
    """The tone or stress that was found; where another was expected, that too."""
    if mark.ok or not mark.expected or mark.expected == mark.found:
        return mark.found
    return f"{mark.found}→{mark.expected}"


def _finding(text: str, finding: Finding) -> str:
    lang = interface_language()
    before = text[: finding.span.start]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    notice, hint = finding_told(finding, lang)
    return f"{line}:{column} {notice} {hint}".rstrip()
