"""The page of `bimo measure --html`: one file without scripts or fonts of its own, plots as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from bimo.cli.console import interface_language, words
from bimo.cli.measure import rows, sentences

if TYPE_CHECKING:
    from bimo.critique.portrait import Portrait

_WIDE, _HIGH, _LEFT = 720, 150, 96
_STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
max-width:760px;margin:2rem auto;
padding:0 1rem;color:#222;background:#fdfcf9}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.6rem 0 .3rem}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.15rem .6rem .15rem 0;border-bottom:1px solid #e6e1d6;vertical-align:top;
font-weight:normal}
th,.why,p.note{color:#6a6a6a;font-size:.9rem}.out{color:#a33c00;font-weight:600}td.n{white-space:nowrap}
svg{width:100%;height:auto;display:block}text{font-size:12px;fill:#555}.line{fill:none;stroke:#1f6f78;stroke-width:2}
.faint{fill:none;stroke:#b9c9c8;stroke-width:1}.axis{stroke:#ccc;stroke-width:1}.dot{fill:#a33c00}.bright{fill:#d8912b}.dark{fill:#35507a}
@media(prefers-color-scheme:dark){body{background:#1b1b1a;color:#e8e6e1}td,th{border-color:#3a3936}text{fill:#b5b2aa}
th,.why,p.note{color:#a5a29a}.line{stroke:#62b5bd}.faint{stroke:#46605f}.axis{stroke:#444}.out,.dot{color:#ff9a5c;fill:#ff9a5c}
.bright{fill:#e9b25d}.dark{fill:#8aa8d8}}
"""


def page(found: Portrait, title: str, text: str) -> str:
    """The whole HTML file; `text` is what was measured, for the first words of each place."""
    lang = interface_language()
    cells = "".join(
        f"<tr><td class='n'>{escape(name)}</td><td class='n{' out' if '!' in value else ''}'>{escape(value)}</td>"
        f"<td class='n'>{escape(human)}</td><td class='why'>{escape(why)}</td></tr>"
        for name, value, human, why in rows(found)
    )
    head = "".join(f"<th>{escape(words(f'cli.column_{name}'))}</th>" for name in ("measure", "value", "human", "why"))
    told = "".join(f"<p>{escape(line)}</p>" for line in sentences(found))
    unit = "字" if found.lang == "zh" else "words"
    total = max(1, len(text))

    def places(spans: Sequence[object]) -> list[float]:
        return [(each.start + each.end) / 2 / total for each in spans]  # type: ignore[attr-defined]

    plots = [
        _plot("arc", places(found.arc.spans), found.arc.smooth, faint=found.arc.values),
        _plot(
            "drift",
            places([s for s, _ in found.drift]),
            [v for _, v in found.drift],
            marked=[s.start / total for s, _ in found.strange],
        ),
        _plot("rhythm", places([s for s, _ in found.rhythm]), [v for _, v in found.rhythm]),
        _plot("speech", places([s for s, _ in found.speech]), [100 * v for _, v in found.speech]),
        _people(found, total),
    ]
    echoes = "".join(f"<li>{escape(phrase)} × {times}</li>" for phrase, times in found.echoes)
    return (
        f"<!doctype html><html lang='{'zh-CN' if lang == 'zh' else 'en'}'><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width,initial-scale=1'><title>{escape(title)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f"<p class='note'>{escape(words('cli.measured', count=f'{found.count:,}', unit=unit))}</p>"
        f"<table><tr>{head}</tr>{cells}</table><p class='note'>{escape(words('cli.measure_note'))}</p>{told}"
        f"{''.join(plots)}"
        + (f"<h2>{escape(words('cli.plot_echoes'))}</h2><ul>{echoes}</ul>" if echoes else "")
        + "</html>"
    )


def _plot(
    name: str,
    places: Sequence[float],
    values: Sequence[float],
    *,
    faint: Sequence[float] = (),
    marked: Sequence[float] = (),
) -> str:
    """A curve over the text from its beginning to its end; nothing if there are no two points."""
    if len(values) < 2:
        return ""
    every = [*values, *faint]
    low, high = min(every), max(every)
    room = (high - low) or 1.0

    def at(place: float, value: float) -> str:
        return f"{_LEFT + place * (_WIDE - _LEFT - 8):.1f},{8 + (_HIGH - 32) * (1 - (value - low) / room):.1f}"

    def line(curve: Sequence[float], kind: str) -> str:
        if not curve:
            return ""
        points = " ".join(at(place, value) for place, value in zip(places, curve, strict=True))
        return f"<polyline class='{kind}' points='{points}'/>"

    zero = (
        f"<line class='axis' x1='{_LEFT}' x2='{_WIDE}' y1='{at(0, 0).split(',')[1]}' y2='{at(0, 0).split(',')[1]}'/>"
        if low < 0 < high
        else ""
    )
    dots = "".join(f"<circle class='dot' r='4' cx='{at(place, high).split(',')[0]}' cy='8'/>" for place in marked)
    labels = f"<text x='0' y='16'>{high:.2f}</text><text x='0' y='{_HIGH - 24}'>{low:.2f}</text>"
    ends = (
        f"<text x='{_LEFT}' y='{_HIGH - 4}'>{escape(words('cli.plot_begin'))}</text>"
        f"<text x='{_WIDE - 8}' y='{_HIGH - 4}' text-anchor='end'>{escape(words('cli.plot_end'))}</text>"
    )
    title = escape(words(f"cli.plot_{name}"))
    return (
        f"<h2>{title}</h2><svg viewBox='0 0 {_WIDE} {_HIGH}' role='img' aria-label='{title}'>"
        f"{zero}{line(faint, 'faint')}{line(values, 'line')}{dots}{labels}{ends}</svg>"
    )


def _people(found: Portrait, total: int) -> str:
    """Where each character is named: a mark at each paragraph, bright or dark by its mood."""
    seen = [(name, parts) for name, parts in found.characters.items() if parts]
    if not seen:
        return ""
    marks = []
    for row, (name, parts) in enumerate(seen):
        y = 6 + 22 * row
        shown = name if len(name) <= 12 else name[:11] + "…"
        marks.append(f"<text x='0' y='{y + 12}'>{escape(shown)}</text>")
        for span, mood in parts:
            x = _LEFT + span.start / total * (_WIDE - _LEFT - 8)
            kind = "bright" if mood.valence > 0.05 else "dark" if mood.valence < -0.05 else "axis"
            marks.append(f"<rect class='{kind}' x='{x:.1f}' y='{y}' width='2' height='16'/>")
    title = escape(words("cli.plot_people"))
    return (
        f"<h2>{title}</h2><svg viewBox='0 0 {_WIDE} {22 * len(seen) + 10}' role='img' aria-label='{title}'>"
        f"{''.join(marks)}</svg>"
    )
