"""The page of an evaluation: one file without scripts or fonts of its own, plots as inline SVG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bimo.text.errors import Language, Notice
from bimo.voice.home import Home, kept
from bimo.voice.losses import WAYS

_WIDE, _HIGH = 640, 160
_STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}td.n{text-align:right}
svg{max-width:100%;height:auto}.alarm{border-left:.3rem solid #b00;padding:.2rem .8rem;background:#fee}
.start{color:#777}section.sample{border-top:1px solid #ddd;padding:.6rem 0}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}th,td,section.sample{border-color:#444}
.alarm{background:#411}}
"""


def page(home: Home, figures: Mapping[str, Any], lang: Language) -> str:
    """The report of the figures of `evaluate`, in the reader's language."""

    def words(code: str, /, **given: object) -> str:
        return escape(Notice.of(code, **given).message(lang))

    run = kept(home.run / "card.json")
    title = words("voice.report_title", name=home.name)
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{words('voice.report_about', base=figures['base']['id'], part=figures['part'])}</p>",
    ]
    if figures["memorised"]:
        parts.append(f'<p class="alarm">{words("voice.report_alarm", run=_longest(figures))}</p>')
    parts += [
        f"<h2>{words('voice.report_loss')}</h2>",
        _curve(_losses(home)),
        _validation(run["validation"], words("voice.report_pass")),
    ]
    parts += [
        f"<h2>{words('voice.report_perplexity')}</h2>",
        _bars({words(f"voice.way_{way}"): figures["perplexity"][way] for way in WAYS}),
    ]
    parts += [
        f"<p>{words('voice.report_ways')}</p>",
        f"<h2>{words('voice.report_manner')}</h2>",
        _table(figures, words),
    ]
    share, count = f"{100 * figures['nearer']:.0f}", len(figures["samples"])
    parts.append(f"<p>{words('voice.report_nearer', share=share, count=count)}</p>")
    parts.append(f"<h2>{words('voice.report_samples')}</h2>")
    for each in figures["samples"]:
        told = [("writer", each["writer"]), *((way, each[way]) for way in WAYS)]
        rows = "".join(f"<tr><th>{words(f'voice.way_{way}')}</th><td>{_text(text)}</td></tr>" for way, text in told)
        parts.append(
            f'<section class="sample"><p class="start">{_text(each["start"])}</p><table>{rows}</table></section>'
        )
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return f'<!doctype html><html lang="{lang}"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>\n'


def _longest(figures: Mapping[str, Any]) -> int:
    return max(int(figures["ways"][way]["run"]) for way in ("voice", "recited"))


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _losses(home: Home) -> list[float]:
    log = home.run / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    # A training that went on tells some steps twice; the last is what counts.
    steps = {each["step"]: each["loss"] for each in map(json.loads, lines) if "loss" in each}
    return [steps[step] for step in sorted(steps)]


def _curve(values: Sequence[float]) -> str:
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    points = " ".join(
        f"{40 + (_WIDE - 50) * place / (len(values) - 1):.1f},{10 + (_HIGH - 30) * (high - value) / span:.1f}"
        for place, value in enumerate(values)
    )
    axis = f'<text x="2" y="14">{high:.2f}</text><text x="2" y="{_HIGH - 18}">{low:.2f}</text>'
    line = f'<polyline fill="none" stroke="#27c" stroke-width="1.5" points="{points}"/>'
    return f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" font-size="12" fill="currentColor">{axis}{line}</svg>'


def _validation(losses: Sequence[Sequence[float]], name: str) -> str:
    cells = "".join(f'<td class="n">{epoch:g}</td>' for epoch, _ in losses)
    values = "".join(f'<td class="n">{loss:.3f}</td>' for _, loss in losses)
    return f"<table><tr><th>{name}</th>{cells}</tr><tr><th></th>{values}</tr></table>"


def _bars(values: Mapping[str, float]) -> str:
    most = max(values.values()) or 1.0
    rows = []
    for number, (name, value) in enumerate(values.items()):
        y, wide = 8 + 34 * number, (_WIDE - 260) * value / most
        rows.append(
            f'<text x="0" y="{y + 16}">{name}</text><rect x="180" y="{y}" width="{wide:.1f}" height="22" fill="#27c"/>'
        )
        rows.append(f'<text x="{188 + wide:.1f}" y="{y + 16}">{value:.2f}</text>')
    high = 16 + 34 * len(values)
    return f'<svg viewBox="0 0 {_WIDE} {high}" role="img" font-size="14" fill="currentColor">{"".join(rows)}</svg>'


def _table(figures: Mapping[str, Any], words: Any) -> str:
    names = ("distance", "author", "slop", "distinct", "run")
    head = "".join(f"<th>{words(f'voice.measure_{name}')}</th>" for name in names)
    rows = []
    for way, each in figures["ways"].items():
        cells = "".join(f'<td class="n">{each[name]:.{0 if name == "run" else 2}f}</td>' for name in names)
        rows.append(f"<tr><th>{words(f'voice.way_{way}')}</th>{cells}</tr>")
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
