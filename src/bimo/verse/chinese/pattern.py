"""The tone patterns of Chinese forms, one source for the checker and for the grammar of the generator.

Tones are written 平 (level), 仄 (oblique) and 中 (free). The rules of regulated verse follow 王力, 诗词格律 (1962):
four types of line, tied in couplets by 对 and between couplets by 粘; 孤平 and 三平尾 are left out of the patterns, and
each 拗救 is an alternative of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

from bimo.verse.form import Form


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a pattern: its characters, its rhyme, and the mark after it.

    `rhyme` is a letter, a capital where the foot is level and a small one where it is oblique; the same letter is the
    same rhyme (in 词, one 部 across both). Empty where the line does not rhyme. `mark` is "、", "，" or "。".
    """

    length: int
    rhyme: str
    mark: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Tones that a unit may have, one string a line. `rule` names what excuses them, empty where they are regular.

    The rules are 小拗, 孤平拗救, 对句相救, 特拗, and 三仄尾, which is a fault that many forgive. Generation takes only
    alternatives without a rule.
    """

    tones: tuple[str, ...]
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """Lines whose tones depend on each other: a couplet of shi, a single clause of 词."""

    lines: tuple[Place, ...]
    alternatives: tuple[Alternative, ...]
    stanza: int = 0


@dataclass(frozen=True, slots=True)
class Variant:
    """One shape of a form ("平起首句入韵"). `count` is how many old poems have it, 0 where nobody counted."""

    name: str
    units: tuple[Unit, ...]
    count: int = 0

    @property
    def lengths(self) -> tuple[int, ...]:
        """Characters of each line."""
        return tuple(place.length for unit in self.units for place in unit.lines)


@dataclass(frozen=True, slots=True)
class Size:
    """How long a poem shall be, where its form leaves that open; 0 takes the form's usual size."""

    lines: int = 0
    length: int = 0


def variants(form: Form, size: Size = Size()) -> tuple[Variant, ...]:
    """Every shape of a Chinese form, the usual first; nothing for free verse.

    Forms that leave tones open (古风, 汉俳, 对联 of odd lengths) have the shapes that are good to write, not all that
    the checker accepts.
    """
    return _variants(form.id, size)


@cache
def _variants(id: str, size: Size) -> tuple[Variant, ...]:
    from bimo.verse.form import all_forms

    form = all_forms()[id]
    rules = form.rules
    match form.kind:
        case "shi":
            return regulated(size.length or rules["length"], size.lines or rules["lines"])
        case "old":
            return _old(size.length or rules["length"], size.lines or rules["lines"])
        case "couplet":
            return _couplets(size.length or rules["length"])
        case "ci":
            return _tunes(tuple((each["pattern"], each["count"]) for each in rules["variants"]))
        case "free" if "lengths" in rules:
            return (_open(rules["lengths"]),)
    return ()


# By the second tone of the first line and whether the first line rhymes: (upper line, lower line, rule) of five
# characters. 中仄平平仄 may break at its fourth character if the lower line makes up for it with a level third.
COUPLETS: Final = {
    ("仄", False): (
        ("中仄平平仄", "平平中仄平", ""),
        ("中仄仄平仄", "平平中仄平", "小拗"),
        ("中仄中平仄", "仄平平仄平", "孤平拗救"),
        ("中仄中仄仄", "中平平仄平", "对句相救"),
    ),
    ("平", False): (
        ("中平平仄仄", "中仄仄平平", ""),
        ("平平仄平仄", "中仄仄平平", "特拗"),
        ("中平仄仄仄", "中仄仄平平", "三仄尾"),
    ),
    ("仄", True): (("中仄仄平平", "平平中仄平", ""), ("中仄仄平平", "仄平平仄平", "孤平拗救")),
    ("平", True): (("平平中仄平", "中仄仄平平", ""), ("仄平平仄平", "中仄仄平平", "孤平拗救")),
}
OPPOSITE: Final = {"平": "仄", "仄": "平"}


def lengthened(tones: str, length: int) -> str:
    """Tones of a line of five, brought to `length` 5 or 7: two more characters in front, the second opposed."""
    return tones if length == 5 else f"中{OPPOSITE[tones[1]]}{tones}"


@cache
def couplet(second: str, rhymed: bool, length: int, stanza: int = 0) -> Unit:
    """A couplet of regulated verse whose upper line has `second` as its second tone, and rhymes if `rhymed`."""
    inner = second if length == 5 else OPPOSITE[second]
    return Unit(
        (Place(length, "A" if rhymed else "", "，"), Place(length, "A", "。")),
        tuple(
            Alternative((lengthened(upper, length), lengthened(lower, length)), rule)
            for upper, lower, rule in COUPLETS[inner, rhymed]
        ),
        stanza,
    )


@cache
def regulated(length: int, lines: int) -> tuple[Variant, ...]:
    """The four sequences of regulated verse: from the first couplet on, the second tones follow by 粘 and 对."""
    found = []
    # In 五言 a first line without rhyme is the rule, in 七言 one with it.
    for rhymed in (length == 7, length != 7):
        for second in ("平", "仄") if length == 7 else ("仄", "平"):
            units = [couplet(second, rhymed, length)]
            for number in range(1, lines // 2):
                # The lower line is opposed to the upper one, and the next upper line agrees with it.
                units.append(couplet(second if number % 2 == 0 else OPPOSITE[second], False, length))
            found.append(Variant(f"{second}起首句{'' if rhymed else '不'}入韵", tuple(units)))
    return tuple(found)


def _old(length: int, lines: int) -> tuple[Variant, ...]:
    """Rhyme on the even lines, the other feet of the other tone, everything else open."""
    found = []
    for foot in ("平", "仄"):
        free = "中" * (length - 1)
        pair = Unit(
            (Place(length, "", "，"), Place(length, "A" if foot == "平" else "a", "。")),
            (Alternative((free + OPPOSITE[foot], free + foot)),),
        )
        found.append(Variant(f"{foot}韵", (pair,) * (lines // 2)))
    return tuple(found)


def _couplets(length: int) -> tuple[Variant, ...]:
    """A pair of lines: the upper ends oblique, the lower level, and the even places alternate and are opposed."""
    if length in (5, 7):
        units = [(second, couplet(second, False, length)) for second in ("平", "仄")]
        return tuple(Variant(f"{second}起", (_unrhymed(unit),)) for second, unit in units)
    found = []
    for second in ("平", "仄"):
        upper = "".join(
            "仄" if at == length else "中" if at % 2 else second if at % 4 == 2 else OPPOSITE[second]
            for at in range(1, length + 1)
        )
        lower = "".join(OPPOSITE.get(tone, tone) for tone in upper)
        unit = Unit((Place(length, "", "，"), Place(length, "", "。")), (Alternative((upper, lower)),))
        found.append(Variant(f"{second}起", (unit,)))
    # Where the last character is at an even place, only one of the two ends as it should.
    if length % 2 == 0:
        found = [each for each in found if each.name.startswith("仄" if length % 4 == 2 else "平")]
    return tuple(found)


def _unrhymed(unit: Unit) -> Unit:
    return Unit(tuple(Place(place.length, "", place.mark) for place in unit.lines), unit.alternatives, unit.stanza)


def _open(lengths: list[int]) -> Variant:
    last = len(lengths) - 1
    return Variant(
        "-".join(map(str, lengths)),
        tuple(
            Unit((Place(length, "", "。" if at == last else "，"),), (Alternative(("中" * length,)),))
            for at, length in enumerate(lengths)
        ),
    )


_CLAUSE: Final = re.compile(r"([平仄中]+)([A-Za-z]?)([、，。])|(\|)")


def parse(pattern: str) -> tuple[Unit, ...]:
    """A tune's pattern as units of one clause each: "中仄仄平平A，…。|…". Raises ValueError where it is none."""
    units: list[Unit] = []
    stanza = at = 0
    for found in _CLAUSE.finditer(pattern):
        if found.start() != at:
            break
        at = found.end()
        tones, rhyme, mark, bar = found.groups()
        if bar:
            stanza += 1
            continue
        if rhyme:
            tones = tones[:-1] + ("平" if rhyme.isupper() else "仄")
        units.append(Unit((Place(len(tones), rhyme, mark),), (Alternative((tones,)),), stanza))
    if at != len(pattern) or not units:
        raise ValueError(f"not a pattern from place {at}: {pattern!r}")
    return tuple(units)


@cache
def _tunes(patterns: tuple[tuple[str, int], ...]) -> tuple[Variant, ...]:
    found = []
    sizes: Counter[int] = Counter()
    for pattern, count in patterns:
        units = parse(pattern)
        size = sum(place.length for unit in units for place in unit.lines)
        sizes[size] += 1
        name = f"{size}字体" + (f"之{sizes[size]}" if sizes[size] > 1 else "")
        found.append(Variant(name, units, count))
    return tuple(found)
