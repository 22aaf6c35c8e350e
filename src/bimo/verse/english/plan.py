"""What an English form asks of each line. The rules of a form (its TOML table `rules`) are:

- `scheme`: one or more schemes. A token stands for a line: a letter for its rhyme, "-" for none, a number after the
  letter where the line comes back whole (A1). Blanks part stanzas: "A1bA2 abA1 abA2 abA1 abA2 abA1A2".
- `repeat`: the scheme is one stanza that is repeated at least so many times. Its letters are new in every stanza but
  for those in `carry`: {A = "B"} takes up the B of the stanza before, {A = "A"} keeps A through the poem. `first` is
  the first stanza and `close` what may stand at the end, where they differ.
- `foot`, `feet`, `loose`: the metre; `feet` has a number for each line, repeated as needed, and may be a list of such
  lists, of which one holds for the whole poem. `advice` makes breaks of the metre warnings.
- `syllables`: a number for each line, in place of a metre.
- `ends`: the letters stand for end words that come back, not for rhymes. `all_ends`: how many lines at the end hold
  all of these words.
- `radif`: A is rhymed before a phrase that comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bimo.verse.english.metre import Metre
from bimo.verse.form import Form

_TOKEN: Final = re.compile(r"([A-Za-z]|-)(\d?)")
# How many stanzas the shapes of a repeated form are listed for, where no number of lines is given.
_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked of one line: `rhyme` is its letter or "", `refrain` the name of a line that comes back or ""."""

    rhyme: str = ""
    refrain: str = ""
    stanza: int = 0
    metre: Metre | None = None
    syllables: int = 0


Plan = tuple[Place, ...]


def plans(form: Form, lines: int) -> list[Plan]:
    """Every shape of the form that has so many lines."""
    rules = form.rules
    if "scheme" not in rules:
        return [_measured([Place()] * lines, rules, feet) for feet in _feet(rules)] if lines else []
    found = []
    for scheme in rules["scheme"]:
        shapes = _repeated(scheme, rules, lines) if "repeat" in rules else [_placed(scheme.split())]
        found += [_measured(shape, rules, feet) for shape in shapes if len(shape) == lines for feet in _feet(rules)]
    return found


def line_counts(form: Form) -> list[int]:
    """How many lines the form may have, the smallest first; the first few where there is no end of them."""
    rules = form.rules
    sizes = {size for scheme in rules.get("scheme", ()) for size in _sizes(scheme, rules)}
    return sorted(sizes)


def is_open(form: Form) -> bool:
    """Whether the form may go on as long as it likes."""
    return "scheme" not in form.rules or "repeat" in form.rules


def _sizes(scheme: str, rules: Mapping[str, Any]) -> list[int]:
    if "repeat" not in rules:
        return [len(_placed(scheme.split()))]
    first = len(_tokens(rules.get("first", scheme)))
    body, least = len(_tokens(scheme)), rules["repeat"]
    closes = [len(_tokens(close)) for close in rules.get("close", [""])]
    return [first + body * more + close for more in range(least - 1, least - 1 + _SHOWN) for close in closes]


def _tokens(scheme: str) -> list[tuple[str, str]]:
    return [(letter, number) for letter, number in _TOKEN.findall(scheme)]


def _placed(stanzas: Sequence[str]) -> list[Place]:
    return [
        Place("" if letter == "-" else letter.upper(), letter.upper() + number if number else "", stanza)
        for stanza, tokens in enumerate(stanzas)
        for letter, number in _tokens(tokens)
    ]


def _repeated(scheme: str, rules: Mapping[str, Any], lines: int) -> Iterator[list[Place]]:
    """The shapes of so many lines that a repeated stanza gives."""
    first, carry = rules.get("first", scheme), rules.get("carry", {})
    for close in rules.get("close", [""]):
        rest = lines - len(_tokens(first)) - len(_tokens(close))
        more, odd = divmod(rest, len(_tokens(scheme)))
        if odd or more < rules["repeat"] - 1:
            continue
        yield _carried([first, *[scheme] * more, *([close] if close else [])], carry)


def _carried(stanzas: Sequence[str], carry: Mapping[str, str]) -> list[Place]:
    places: list[Place] = []
    before: dict[str, str] = {}
    used = 0
    for number, stanza in enumerate(stanzas):
        here = {letter: before[old] for letter, old in carry.items() if old in before}
        for letter, refrain in _tokens(stanza):
            if letter != "-" and letter not in here:
                here[letter] = _name(used)
                used += 1
            places.append(Place(here.get(letter, ""), letter + refrain if refrain else "", number))
        before = here
    return places


def _name(number: int) -> str:
    return chr(ord("A") + number % 26) + (str(number // 26 + 1) if number >= 26 else "")


def _measured(places: Sequence[Place], rules: Mapping[str, Any], feet: Sequence[int]) -> Plan:
    """The places with their metre or number of syllables."""
    counts: Sequence[int] = rules.get("syllables", ())
    return tuple(
        Place(
            place.rhyme,
            place.refrain,
            place.stanza,
            _metre(rules, feet[number % len(feet)]) if feet else None,
            counts[number % len(counts)] if counts else 0,
        )
        for number, place in enumerate(places)
    )


def _feet(rules: Mapping[str, Any]) -> list[list[int]]:
    feet = rules.get("feet", [[]])
    return feet if isinstance(feet[0], list) else [feet]


@cache
def _cached(foot: Any, feet: int, loose: bool) -> Metre:
    return Metre(foot, feet, loose)


def _metre(rules: Mapping[str, Any], feet: int) -> Metre:
    return _cached(rules["foot"], feet, rules.get("loose", False))
