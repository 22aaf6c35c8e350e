"""`bimo measure`: one page about a text, in the terminal, as JSON, or as a page with plots."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import typer

from bimo.cli.console import err, interface_language, out, words
from bimo.cli.files import OutFile, main_text
from bimo.text.errors import InputError
from bimo.text.language import detect
from bimo.text.reading import read_text

if TYPE_CHECKING:
    from bimo.critique.portrait import Portrait
    from bimo.text.finding import Measure

_BARS = "▁▂▃▄▅▆▇█"

_TEXT = typer.Argument(None, metavar="[TEXT]...", help="the text, or its file | 文字，或其文件")


def measure(
    text: list[str] | None = _TEXT,
    file: str | None = typer.Option(None, "--file", help="the file of the text | 文字所在的文件"),
    like: str | None = typer.Option(
        None, "--like", metavar="FILE", help="prose to compare the manner with | 与之比较文风的文件"
    ),
    lang: str | None = typer.Option(None, "--lang", help="zh|en: language of the text | 文字的语言"),
    html: str | None = typer.Option(None, "--html", metavar="FILE", help="write a page with plots | 写出带图的网页"),
    as_json: bool = typer.Option(False, "--json", help="print one JSON object | 输出 JSON"),
) -> None:
    """Measure manner, feelings, originality and structure of a text, beside human figures."""
    from bimo.critique.portrait import portrait

    if lang not in (None, "zh", "en"):
        raise InputError("cli.bad_choice", option="--lang", value=lang, near="zh", allowed="zh, en")
    body = main_text(text or [], file, required=True) or ""
    target = OutFile(Path(html)) if html else None
    spoken = cast(Literal["zh", "en"], lang or detect(body))
    found = portrait(body, spoken, like=read_text(like) if like else "", progress=_progress)
    if as_json:
        out.file.write(json.dumps(as_data(found), ensure_ascii=False, indent=2) + "\n")
    else:
        show(found)
    if target:
        from bimo.cli.measure_page import page

        title = Path(file or (text or [""])[0][:80]).stem or words("cli.measure_title")
        target.write(page(found, title, body))
        err.print(words("cli.written_page", path=html), markup=False)


def _progress(step: int, steps: int) -> None:
    if err.is_terminal:
        sys.stderr.write(
            "\r" + " " * 40 if step == steps else f"\r{words('cli.measuring', step=step + 1, steps=steps)}"
        )
        sys.stderr.write("\r" if step == steps else "")
        sys.stderr.flush()


def as_data(found: Portrait) -> dict[str, object]:
    """The portrait as plain values for JSON; spans are [start, end] in code points."""
    return {
        "language": found.lang,
        "length": found.count,
        "measures": [
            {**dataclasses.asdict(each), "human": _band(found, each), "evidence": list(each.evidence)}
            for each in found.measures
        ],
        "registers": [dataclasses.asdict(each) for each in found.registers],
        "mood": {
            "valence": found.mood.valence,
            "arousal": found.mood.arousal,
            "feelings": dict(found.mood.feelings.most_common()),
        },
        "arc": {
            "shape": found.arc.shape,
            "fit": found.arc.fit,
            "points": [
                {"span": [span.start, span.end], "valence": value, "smooth": smooth}
                for span, value, smooth in zip(found.arc.spans, found.arc.values, found.arc.smooth, strict=True)
            ],
        },
        **{
            name: [{"span": [span.start, span.end], "value": value} for span, value in curve]
            for name, curve in (("drift", found.drift), ("strange", found.strange), ("rhythm", found.rhythm))
        },
        "characters": {
            name: [{"span": [span.start, span.end], "valence": mood.valence} for span, mood in seen]
            for name, seen in found.characters.items()
        },
        "echoes": [{"phrase": phrase, "times": times} for phrase, times in found.echoes],
        "likeness": dataclasses.asdict(found.likeness) if found.likeness else None,
    }


def _band(found: Portrait, measure: Measure) -> list[float] | None:
    band = found.bands.get(measure.name)
    return [band.low, band.middle, band.high] if band else None


def rows(found: Portrait) -> list[tuple[str, str, str, str]]:
    """Every measure as four texts: its name, its value, the human band, and the words behind it."""
    told = []
    for each in found.measures:
        band = found.bands.get(each.name)
        human = f"{band.low:g}–{band.high:g}" if band else ""
        mark = " !" if band and not band.low <= each.value <= band.high else ""
        unit = each.unit if each.unit in ("%", "‰", "字", "") else f" {each.unit}"
        evidence = "、".join(each.evidence) if found.lang == "zh" else ", ".join(each.evidence)
        told.append((words(f"cli.measure_{each.name}"), f"{each.value:.1f}{unit}{mark}", human, evidence))
    return told


def sentences(found: Portrait) -> list[str]:
    """What is told in words: register, feelings, arc, characters, drift, likeness, echoes."""
    lang = interface_language()
    joint = "、" if lang == "zh" else ", "
    told = []
    if found.registers:
        # A genre that only cue words speak for has a star.
        listed = [
            f"{words(f'cli.register_{_key(each.name)}')} {each.score:.2f}{'*' if each.by == 'cues' else ''}"
            for each in found.registers[:4]
        ]
        told.append(words("cli.told_register", registers=joint.join(listed)))
    feelings = [f"{words(f'cli.feeling_{name}')} {count}" for name, count in found.mood.feelings.most_common(5)]
    mood = f"{found.mood.valence:+.2f}", f"{found.mood.arousal:.2f}"
    told.append(words("cli.told_mood", valence=mood[0], arousal=mood[1], feelings=joint.join(feelings) or "–"))
    told.append(words("cli.told_arc", shape=words(f"cli.arc_{found.arc.shape}"), fit=f"{found.arc.fit:.2f}"))
    people = [f"{name} {len(seen)}" for name, seen in found.characters.items() if seen]
    if people:
        told.append(words("cli.told_people", people=joint.join(people)))
    if found.drift:
        told.append(words("cli.told_drift", count=len(found.drift), strange=len(found.strange)))
    if like := found.likeness:
        told.append(
            words(
                "cli.told_like",
                distance=f"{like.distance:.2f}",
                same=f"{like.same:.2f}",
                other=f"{like.other:.2f}",
                confidence=f"{100 * like.confidence:.0f}",
                size=like.size,
            )
        )
    return told


def _key(name: str) -> str:
    return name.replace("-", "_")


def show(found: Portrait) -> None:
    """Print the page in the terminal."""
    from rich.table import Table
    from rich.text import Text

    unit = "字" if found.lang == "zh" else "words"
    out.print(words("cli.measured", count=f"{found.count:,}", unit=unit), style="bold", markup=False)
    table = Table.grid(padding=(0, 2))
    table.add_row(*(Text(words(f"cli.column_{name}"), style="dim") for name in ("measure", "value", "human", "why")))
    for name, value, human, evidence in rows(found):
        table.add_row(
            name, Text(value, style="yellow" if "!" in value else ""), human, Text(evidence[:60], style="dim")
        )
    out.print(table, soft_wrap=False, width=None if out.is_terminal else 120)
    for line in sentences(found):
        out.print(line, markup=False)
    if found.arc.smooth:
        out.print(f"{words('cli.plot_arc')} {_spark(found.arc.smooth)}", markup=False)
    if found.drift:
        out.print(f"{words('cli.plot_drift')} {_spark([value for _, value in found.drift])}", markup=False)


def _spark(values: tuple[float, ...] | list[float]) -> str:
    low, high = min(values), max(values)
    return "".join(_BARS[round(7 * (value - low) / (high - low))] if high > low else _BARS[3] for value in values)
