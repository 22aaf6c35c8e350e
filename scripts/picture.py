"""Draw docs/images/overview.svg: the way of a text, from one line to an edition, in both languages."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "images" / "overview.svg"
WIDTH, HEIGHT, LINE = 1280, 690, 396
CARD_WIDTH, CARD_HEIGHT, TOP, BOTTOM = 296, 176, 160, 462
PAPER, CARD, INK, FAINT, SEAL = "#f6f1e7", "#fffdf8", "#26221d", "#857c6e", "#b5322a"
SERIF = "Georgia, 'Noto Serif', 'Songti SC', 'Noto Serif CJK SC', 'Source Han Serif SC', SimSun, serif"

# Each station of the way: its name in both languages, and what lies there. -…- is struck out, +…+ is new.
STATIONS = [
    ("idea", "创意", "A lighthouse keeper finds|a letter in her own hand,|dated tomorrow.|一封写着明天日期的信。"),
    ("outline", "大纲", "1  The letter · 信|2  The early lamp · 早点的灯|3  The boat · 船|4  Tomorrow · 明天"),
    ("scene", "场景", "She turned the envelope.|The ink was still wet.|她把信封翻过来，|墨迹还没有干。"),
    ("dialogue", "对话", "“You wrote this.”|“Not yet.”|“这是你写的。”|“还没写呢。”"),
    ("poem", "诗", "灯转了一圈，|照见我两次。|The lamp goes round|and finds me twice."),
    ("revision", "校改", "She -suddenly- opened the|window and +listened+.|她-不禁-推开窗，|+听着海+。"),
    ("edition", "成书", ""),
]


def main() -> None:
    """Write the picture."""
    stations = [_station(number, *station) for number, station in enumerate(STATIONS)]
    body = "\n".join([_head(), _stroke(), *stations])
    label = "From one line to a finished piece: idea, outline, scene, dialogue, poem, revision, edition"
    OUT.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" '
        f'font-family="{SERIF}">\n<title>{label}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="18" fill="{PAPER}"/>\n{body}\n</svg>\n',
        encoding="utf-8",
    )


def _text(x: float, y: float, text: str, *, size: float, fill: str = INK, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" {more}>{escape(text)}</text>'


def _head() -> str:
    seal = (
        f'<g transform="translate(1178 38) rotate(-3)"><rect width="58" height="78" rx="7" fill="{SEAL}"/>'
        + _text(29, 35, "笔", size=30, fill=PAPER, more='text-anchor="middle" font-weight="bold"')
        + _text(29, 68, "墨", size=30, fill=PAPER, more='text-anchor="middle" font-weight="bold"')
        + "</g>"
    )
    return "\n".join(
        [
            _text(44, 82, "Bimo", size=52, more='font-weight="bold"'),
            _text(208, 66, "From one line to a finished piece, on your own machine.", size=25),
            _text(208, 101, "从一句话到成书，都在你自己的电脑上。", size=23, fill=FAINT),
            seal,
        ]
    )


def _height(x: float) -> float:
    """Where the stroke runs: a long wave that meets every station."""
    return LINE + 15 * math.sin(math.pi * x / 320 + 0.5)


def _stroke() -> str:
    """One stroke of a brush: thick where it is pressed, thin where it leaves the paper."""
    xs = [70 + step * 8 for step in range(144)]
    upper, lower = [], []
    for x in xs:
        along = (x - xs[0]) / (xs[-1] - xs[0])
        press = (5.4 + 2.6 * math.sin(7 * along) + 1.1 * math.sin(23 * along)) * min(
            1, 9 * along, 5 * (1 - along) + 0.04
        )
        upper.append(f"{x:g},{_height(x) - press:.1f}")
        lower.append(f"{x:g},{_height(x) + press * 0.8:.1f}")
    return f'<polygon points="{" ".join(upper + lower[::-1])}" fill="{INK}" opacity="0.88"/>'


def _station(number: int, english: str, chinese: str, lines: str) -> str:
    x = 164 + number * 158.7
    above = number % 2 == 0
    left = min(max(x - CARD_WIDTH / 2, 22), WIDTH - CARD_WIDTH - 22)
    top = TOP if above else BOTTOM
    edge = top + CARD_HEIGHT if above else top
    parts = [
        f'<line x1="{x:g}" y1="{edge}" x2="{x:g}" y2="{_height(x):.1f}" stroke="{FAINT}" stroke-width="1.5"/>',
        f'<circle cx="{x:g}" cy="{_height(x):.1f}" r="9" fill="{PAPER}" stroke="{SEAL}" stroke-width="5"/>',
        f'<rect x="{left:g}" y="{top}" width="{CARD_WIDTH}" height="{CARD_HEIGHT}" rx="9" fill="{CARD}" '
        'stroke="#ddd3c2"/>',
        f'<text x="{left + 20:g}" y="{top + 37}" font-size="22" fill="{SEAL}" font-weight="bold">{english}'
        f'<tspan dx="10" font-weight="normal">{chinese}</tspan></text>',
    ]
    if not lines:
        return "\n".join([*parts, _book(left + 20, top + 54)])
    parts += [_line(left + 20, top + 73 + 29 * row, line) for row, line in enumerate(lines.split("|"))]
    return "\n".join(parts)


def _line(x: float, y: float, line: str) -> str:
    """A line of text in which -…- is struck out and +…+ is new."""
    pieces, marks = [], {"-": f'fill="{FAINT}" text-decoration="line-through"', "+": f'fill="{SEAL}"'}
    mark = ""
    for piece in line.replace("-", "\0-\0").replace("+", "\0+\0").split("\0"):
        if piece in marks:
            mark = "" if mark else piece
        elif piece:
            pieces.append(f"<tspan {marks[mark]}>{escape(piece)}</tspan>" if mark else escape(piece))
    return f'<text x="{x:g}" y="{y:g}" font-size="19.5" fill="{INK}" xml:space="preserve">{"".join(pieces)}</text>'


def _book(x: float, y: float) -> str:
    """An open book, its title, and the formats it comes in."""
    rows = "".join(
        f'<line x1="{start}" y1="{24 + 11 * row}" x2="{start + length}" y2="{24 + 11 * row}" stroke="{FAINT}" '
        'stroke-width="2.2"/>'
        for start, lengths in ((14, (42, 42, 36, 42, 20)), (73, (42, 38, 42, 42, 30)))
        for row, length in enumerate(lengths)
    )
    pages = (
        '<path d="M65 10 C50 0 20 0 4 8 V88 C20 80 50 80 65 90 C80 80 110 80 126 88 V8 C110 0 80 0 65 10 Z M65 10 V90"'
    )
    return (
        f'<g transform="translate({x:g} {y:g})">{pages} fill="{PAPER}" stroke="{INK}" stroke-width="2.5" '
        f'stroke-linejoin="round"/>{rows}</g>'
        + _text(x + 142, y + 32, "Dated", size=19.5, more='font-style="italic"')
        + _text(x + 142, y + 57, "Tomorrow", size=19.5, more='font-style="italic"')
        + _text(x + 134, y + 88, "《明天的信》", size=18)
        + _text(x + 2, y + 111, "Markdown · HTML", size=15, fill=FAINT)
    )


if __name__ == "__main__":
    main()
