"""What to offer a writer next, from what was taken, opened and turned down; pure, and the same for the same seed.

A taste is the mean of what was taken minus a share of what was turned down, and both fade. Offers are chosen one by one
by maximal marginal relevance (Carbonell and Goldstein, 1998), and one in ten is something that was never tried.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["prompt", "form", "tool", "passage"]
Features = Mapping[str, float]

# What a deed says about a taste.
WEIGHTS: Final[Mapping[str, float]] = {
    "accepted": 1.0,
    "edited": 0.8,
    "opened": 0.3,
    "rejected": -0.6,
    "dismissed": -1.5,
}
# Days after which a deed counts half.
HALF: Final = 30.0
# How much of an offer's worth is its nearness to a taste, and how much its distance from the offers before it.
_NEAR: Final = 0.75
_EXPLORE: Final = 0.1
# What was used a moment ago is worth so much less; half of it is back after so many days.
_TIRED, _RESTED = 0.6, 2.0
_PRIOR: Final = 0.1


@dataclass(frozen=True, slots=True)
class Item:
    """Something to offer. `features` say what it is like; `prior` from 0 to 1 how common it is among all writers."""

    id: str
    kind: Kind
    title: str
    features: Features
    prior: float = 0.0
    command: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a writer did, `at` a time in days: `how` is a key of `WEIGHTS`, `title` names it, `item` is its id."""

    item: str
    how: str
    at: float
    features: Features
    title: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """An item and why: the deed that speaks most for it, what both share, or that it was `tried` never before."""

    item: Item
    score: float
    because: Deed | None = None
    shared: tuple[str, ...] = ()
    explored: bool = field(default=False)


def offers(
    items: Sequence[Item],
    deeds: Sequence[Deed],
    *,
    now: float,
    count: int = 10,
    seed: int = 0,
    explore: float = _EXPLORE,
) -> list[Offer]:
    """The best `count` items, no two too much alike, each with its reason."""
    chance = random.Random(seed)
    taste = liking(deeds, now)
    last: dict[str, float] = {}
    for deed in deeds:
        last[deed.item] = max(last.get(deed.item, -math.inf), deed.at)
    gone = {deed.item for deed in deeds if deed.how == "dismissed"}
    left = {item.id: item for item in items if item.id not in gone}
    worth = {id: _worth(item, taste, now, last) + 1e-6 * chance.random() for id, item in left.items()}
    chosen: list[Offer] = []
    closest = dict.fromkeys(left, 0.0)
    while left and len(chosen) < count:
        new = [id for id in left if id not in last] if chance.random() < explore else []
        gains = {id: _NEAR * worth[id] - (1 - _NEAR) * closest[id] for id in left}
        best = chance.choice(new) if new else max(gains, key=gains.__getitem__)
        item = left.pop(best)
        because, shared = (None, ()) if new else _reason(item, deeds, now)
        chosen.append(Offer(item, worth[best], because, shared, explored=bool(new)))
        for id, other in left.items():
            closest[id] = max(closest[id], likeness(item.features, other.features))
    return chosen


def liking(deeds: Sequence[Deed], now: float) -> dict[str, float]:
    """The taste that deeds show, as features of length 1; empty where there are none."""
    taste: defaultdict[str, float] = defaultdict(float)
    for deed in deeds:
        weight = _weight(deed, now) / (_length(deed.features) or 1)
        for name, value in deed.features.items():
            taste[name] += weight * value
    size = _length(taste)
    return {name: value / size for name, value in taste.items()} if size else {}


def likeness(one: Features, other: Features) -> float:
    """The cosine of two sets of features."""
    if len(other) < len(one):
        one, other = other, one
    product = sum(value * other.get(name, 0.0) for name, value in one.items())
    return product / (_length(one) * _length(other)) if product else 0.0


def _worth(item: Item, taste: Features, now: float, last: Mapping[str, float]) -> float:
    tired = _TIRED * 0.5 ** ((now - last[item.id]) / _RESTED) if item.id in last else 0.0
    return likeness(item.features, taste) + _PRIOR * item.prior - tired


def _reason(item: Item, deeds: Sequence[Deed], now: float) -> tuple[Deed | None, tuple[str, ...]]:
    """The deed that speaks most for an item, and the words that both share, the weightiest first."""
    best, most = None, 0.0
    for deed in deeds:
        if (said := _weight(deed, now) * likeness(deed.features, item.features)) > most:
            best, most = deed, said
    if best is None:
        return None, ()
    common = {name: item.features[name] * best.features[name] for name in item.features.keys() & best.features.keys()}
    words = sorted((name for name in common if name.startswith("word:")), key=lambda name: (-common[name], name))
    return best, tuple(name.removeprefix("word:") for name in words[:3])


def _weight(deed: Deed, now: float) -> float:
    return WEIGHTS[deed.how] * math.pow(0.5, max(0.0, now - deed.at) / HALF)


def _length(features: Features) -> float:
    return math.sqrt(sum(value * value for value in features.values()))
