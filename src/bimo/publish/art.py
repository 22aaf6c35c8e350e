"""What generated covers show, as SVG on a sheet of 1000 by 1600; each drawing follows from its numbers alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Final, NamedTuple

WIDTH, HEIGHT = 1000, 1600


class Colours(NamedTuple):
    """The sky above and below, what is far, what is near, and what shines; as `#rrggbb`."""

    above: str
    below: str
    far: str
    near: str
    shining: str


Draw = Callable[[Random, Colours], Iterator[str]]


def drawing(art: str, colours: Colours, seed: int) -> str:
    """The SVG of one of `ARTS`."""
    chance = Random(seed)
    sky = (
        '<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{colours.above}"/><stop offset="1" stop-color="{colours.below}"/>'
        f'</linearGradient></defs><rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>'
    )
    body = "".join(ARTS[art](chance, colours))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{sky}{body}</svg>'


def mixed(one: str, other: str, share: float) -> str:
    """The colour between two, `share` of the way to the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lightness(colour: str) -> float:
    """The relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    linear = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (c / 255 for c in _channels(colour))
    )
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _circle(x: float, y: float, r: float, fill: str, opacity: float = 1) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{fill}" opacity="{opacity:.2f}"/>'


def _line(x: float, y: float, to_x: float, to_y: float, stroke: str, width: float, opacity: float = 1) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{stroke}" stroke-width="{width:.1f}" '
        f'stroke-linecap="round" opacity="{opacity:.2f}"/>'
    )


def _ground(points: Sequence[tuple[float, float]], fill: str, opacity: float = 1) -> str:
    """All that lies below a line through the points, rounded between them."""
    path = f"M0 {HEIGHT} L{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        path += f" C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return f'<path d="{path} L{WIDTH} {HEIGHT} Z" fill="{fill}" opacity="{opacity:.2f}"/>'


def _ridge(chance: Random, base: float, swing: float, steps: int) -> list[tuple[float, float]]:
    return [(WIDTH * step / steps, base + chance.uniform(-swing, swing)) for step in range(steps + 1)]


def _mountains(chance: Random, colours: Colours) -> Iterator[str]:
    yield _circle(chance.uniform(250, 750), chance.uniform(640, 760), chance.uniform(70, 110), colours.shining)
    for layer in range(6):
        share = layer / 5
        base = 900 + 115 * layer
        yield _ground(
            _ridge(chance, base, 120 - 12 * layer, 5 + layer),
            mixed(colours.far, colours.near, share**1.5),
            0.55 + 0.45 * share,
        )


def _sea(chance: Random, colours: Colours) -> Iterator[str]:
    x = chance.uniform(250, 750)
    yield _circle(x, chance.uniform(720, 800), chance.uniform(90, 130), colours.shining)
    for layer in range(9):
        base = 900 + 85 * layer
        phase, size = chance.uniform(0, 2 * math.pi), 10 + 5 * layer
        points = [
            (WIDTH * step / 16, base + size * math.sin(phase + step * (1.5 - layer * 0.07))) for step in range(17)
        ]
        yield _ground(points, mixed(colours.far, colours.near, layer / 8), 0.85)
    at, height = chance.uniform(200, 800), 130
    masts = f"M{at:.0f} {905 - height} L{at + 64:.0f} 895 L{at:.0f} 895 Z"
    masts += f" M{at - 8:.0f} {920 - height} L{at - 48:.0f} 895 L{at - 8:.0f} 895 Z"
    hull = f"M{at - 70:.0f} 903 L{at + 76:.0f} 903 L{at + 50:.0f} 930 L{at - 50:.0f} 930 Z"
    yield f'<path d="{masts} {hull}" fill="{colours.near}"/>'


def _rain(chance: Random, colours: Colours) -> Iterator[str]:
    x, y = chance.uniform(280, 720), 1080
    for ring in range(7, 0, -1):
        yield _circle(x, y, 44 * ring, colours.shining, 0.07)
    yield _circle(x, y, 30, colours.shining)
    yield _line(x, y + 30, x, HEIGHT, colours.near, 12)
    yield _ground(_ridge(chance, 1430, 24, 4), colours.near)
    for _ in range(240):
        left, top, length = chance.uniform(-100, 1100), chance.uniform(-60, 1560), chance.uniform(40, 150)
        yield _line(
            left,
            top,
            left - length * 0.22,
            top + length,
            mixed(colours.below, "#ffffff", 0.55),
            chance.uniform(1, 2.6),
            chance.uniform(0.15, 0.5),
        )


def _night(chance: Random, colours: Colours) -> Iterator[str]:
    for _ in range(190):
        yield _circle(
            chance.uniform(0, 1000),
            1200 * chance.random() ** 1.2,
            chance.uniform(0.8, 3.4),
            colours.shining,
            chance.uniform(0.25, 0.95),
        )
    x, y, r = chance.uniform(260, 740), chance.uniform(760, 900), chance.uniform(105, 150)
    yield _circle(x, y, r * 1.5, colours.shining, 0.08)
    yield _circle(x, y, r, colours.shining)
    side = chance.choice((-1, 1))
    yield _circle(x + side * r * 0.42, y - r * 0.2, r * 0.88, mixed(colours.above, colours.below, y / HEIGHT))
    for layer in range(3):
        yield _ground(_ridge(chance, 1250 + 110 * layer, 50, 5), mixed(colours.far, colours.near, layer / 2))


def _city(chance: Random, colours: Colours) -> Iterator[str]:
    yield _circle(chance.uniform(250, 750), 860, 150, colours.shining, 0.85)
    for layer, (top, low) in enumerate(((820, 1120), (980, 1260), (1150, 1400))):
        fill, left = mixed(colours.far, colours.near, layer / 2), -20.0
        while left < WIDTH:
            width, height = chance.uniform(70, 150), chance.uniform(top, low)
            yield f'<rect x="{left:.0f}" y="{height:.0f}" width="{width:.0f}" height="{HEIGHT}" fill="{fill}"/>'
            for row in range(int(height) + 26, HEIGHT, 46):
                for window in range(int(left) + 14, int(left + width) - 18, 30):
                    if layer and chance.random() < 0.2:
                        lit = f'fill="{colours.shining}" opacity="{chance.uniform(0.5, 1):.2f}"'
                        yield f'<rect x="{window}" y="{row}" width="12" height="18" {lit}/>'
            left += width + chance.uniform(0, 14)


def _blossom(chance: Random, colours: Colours) -> Iterator[str]:
    yield _circle(chance.uniform(620, 760), 1130, 330, colours.far, 0.25)
    ends: list[tuple[float, float]] = []

    def branch(x: float, y: float, angle: float, length: float, width: float) -> Iterator[str]:
        to_x, to_y = x + length * math.cos(angle), y + length * math.sin(angle)
        yield _line(x, y, to_x, to_y, colours.near, width)
        ends.append((to_x, to_y))
        if width > 3:
            for turn in (-chance.uniform(0.15, 0.6), chance.uniform(0.1, 0.55)):
                yield from branch(to_x, to_y, angle + turn, length * chance.uniform(0.68, 0.84), width * 0.66)

    yield from branch(-20, 1560, -0.75, 270, 26)
    for x, y in ends[2:]:
        for _ in range(chance.randint(0, 2)):
            r, at_x, at_y = chance.uniform(9, 17), x + chance.uniform(-26, 26), y + chance.uniform(-26, 26)
            for petal in range(5):
                turn = 2 * math.pi * petal / 5 + at_x
                yield _circle(at_x + r * math.cos(turn), at_y + r * math.sin(turn), r * 0.72, colours.shining, 0.75)
            yield _circle(at_x, at_y, r * 0.4, colours.above)
    for _ in range(26):
        yield _circle(chance.uniform(0, 1000), chance.uniform(760, 1580), chance.uniform(4, 9), colours.shining, 0.55)


def _snow(chance: Random, colours: Colours) -> Iterator[str]:
    yield _circle(chance.uniform(250, 750), 800, 85, colours.shining, 0.9)
    for layer in range(3):
        base = 1110 + 130 * layer
        yield _ground(_ridge(chance, base, 40, 5), mixed(colours.below, "#ffffff", 0.4 + 0.3 * layer))
        for _ in range(10 - 2 * layer):
            x, height = chance.uniform(0, 1000), chance.uniform(90, 150) * (1 + 0.5 * layer)
            fill, foot = mixed(colours.far, colours.near, (layer + 1) / 3), base + 60
            for part in range(3):
                top, wide = foot - height * (1 - 0.26 * part), height * (0.16 + 0.07 * part)
                low = top + height * 0.48
                tree = f"M{x:.0f} {top:.0f} L{x + wide:.0f} {low:.0f} L{x - wide:.0f} {low:.0f} Z"
                yield f'<path d="{tree}" fill="{fill}"/>'
    for _ in range(260):
        yield _circle(
            chance.uniform(0, 1000),
            chance.uniform(0, 1600),
            chance.uniform(1.5, 6),
            "#ffffff",
            chance.uniform(0.4, 0.95),
        )


def _sun(chance: Random, colours: Colours) -> Iterator[str]:
    x, y = chance.uniform(350, 650), chance.uniform(1020, 1120)
    rays = chance.randint(28, 44)
    for ray in range(rays):
        turn, wide = 2 * math.pi * ray / rays, math.pi / rays * 0.55
        points = ((230, turn - wide / 3), (1500, turn - wide), (1500, turn + wide), (230, turn + wide / 3))
        path = " L".join(f"{x + r * math.cos(t):.0f} {y + r * math.sin(t):.0f}" for r, t in points)
        yield f'<path d="M{path} Z" fill="{colours.far}" opacity="0.28"/>'
    for ring in range(4):
        yield _circle(x, y, 220 - 42 * ring, mixed(colours.far, colours.shining, ring / 3))
    for layer in range(3):
        yield _ground(
            _ridge(chance, 1280 + 100 * layer, 70, 4 + layer), mixed(colours.far, colours.near, 0.45 + layer * 0.27)
        )


def _dunes(chance: Random, colours: Colours) -> Iterator[str]:
    yield _circle(chance.uniform(250, 750), 820, chance.uniform(60, 90), colours.shining)
    for layer in range(5):
        points = _ridge(chance, 950 + 130 * layer, 85, 3)
        yield _ground(points, mixed(colours.below, colours.near, 0.2 + 0.2 * layer))
    path = f"M{chance.uniform(440, 560):.0f} 960"
    wave, at = chance.choice((-1, 1)), 960
    while at < HEIGHT:
        at += 130
        path += f" Q{500 + wave * (at - 900) * 0.45:.0f} {at - 60} {500 + wave * (at - 960) * 0.2:.0f} {at}"
        wave = -wave
    look = 'stroke-width="9" stroke-linecap="round" stroke-dasharray="2 26" opacity="0.9"'
    yield f'<path d="{path}" fill="none" stroke="{colours.above}" {look}/>'


def _circles(chance: Random, colours: Colours) -> Iterator[str]:
    x, y = chance.uniform(380, 620), chance.uniform(1040, 1160)
    for ring in range(11, 0, -1):
        fill = mixed(colours.below, colours.far, (11 - ring) / 10)
        yield _circle(
            x + chance.uniform(-8, 8), y + chance.uniform(-8, 8), 38 * ring + chance.uniform(-6, 6), fill, 0.8
        )
    turn = chance.uniform(0, 2 * math.pi)
    yield _circle(x + 250 * math.cos(turn), y + 250 * math.sin(turn), 46, colours.shining)
    for row in range(5):
        yield _line(80, 1500 + 18 * row, 920, 1500 + 18 * row, colours.near, 1.6, 0.35)


ARTS: Final[dict[str, Draw]] = {
    "mountains": _mountains,
    "sea": _sea,
    "rain": _rain,
    "night": _night,
    "city": _city,
    "blossom": _blossom,
    "snow": _snow,
    "sun": _sun,
    "dunes": _dunes,
    "circles": _circles,
}
