"""Kinship of a story held against itself: one mother, one degree between two people, no brother of an only child."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import Final

from bimo.critique.continuity_compare import Pair, rule
from bimo.critique.continuity_facts import Fact, Told

_ONE: Final = frozenset({"mother", "father", "母亲", "父亲", "爹", "娘"})
_ELDER: Final = {"elder": 1, "eldest": 1, "younger": -1, "youngest": -1, "哥": 1, "姐": 1, "弟": -1, "妹": -1}


def _degree(key: str, told: Told) -> str:
    """The degree of kinship that a word names: the value is this to the owner."""
    return told.lore.kin.get(key.split(" ")[-1], "")


def _turned(degree: str) -> str:
    """The same degree seen from the other side."""
    if degree in ("sibling", "cousin", "spouse"):
        return degree
    return degree[1:] if degree.startswith("-") else f"-{degree}"


def _order(key: str) -> int:
    """1 if the kin is older than the owner, -1 if younger, 0 if nothing says so."""
    word = key.split(" ")[0] if " " in key else key[:1]
    return _ELDER.get(word, 0) if "表" not in key and "堂" not in key else 0


@rule("kinship")
def _kinship(told: Told) -> Iterator[Pair]:
    kin = [fact for fact in told.of("kin") if _degree(fact.key, told) and fact.who != fact.value]
    yield from _one_only(kin)
    yield from _between(kin, told)
    yield from _none(kin, told)


def _one_only(kin: list[Fact]) -> Iterator[Pair]:
    """Two mothers of two names."""
    single = [fact for fact in kin if fact.key in _ONE]
    for one, two in combinations(single, 2):
        same = one.value in two.value or two.value in one.value
        if (one.who, one.key) == (two.who, two.key) and not same:
            yield one, two


def _between(kin: list[Fact], told: Told) -> Iterator[Pair]:
    """Two people who are sisters in one place and cousins in another."""
    for one, two in combinations(kin, 2):
        if {one.who, one.value} != {two.who, two.value}:
            continue
        turned = one.who != two.who
        degrees = _degree(one.key, told), _degree(two.key, told)
        second = _turned(degrees[1]) if turned else degrees[1]
        orders = _order(one.key), -_order(two.key) if turned else _order(two.key)
        other = degrees[0] != second and {degrees[0], second} != {"cousin", "spouse"}
        if other or (degrees[0] == "sibling" and orders[0] * orders[1] < 0):
            yield one, two


def _none(kin: list[Fact], told: Told) -> Iterator[Pair]:
    """Kin of those who have none: the denial and the kin, in the order of the text."""
    has = told.of("has_kin")
    for denial, degree in (("only", "sibling"), ("single", "spouse"), ("orphan", "parent")):
        for none, fact in product(told.of(denial), (*has, *kin)):
            named = fact.key if fact.kind == "kin" else fact.value
            if fact.who != none.who or _degree(named.strip(), told) != degree or fact.sentence == none.sentence:
                continue
            later = fact.sentence.start > none.sentence.start
            if denial == "orphan" and (not later or told.has("unreal", fact.sentence)):
                continue
            if none.spoken or (denial == "single" and later and told.has("wed", fact.sentence)):
                continue
            yield (none, fact) if later else (fact, none)
            break
