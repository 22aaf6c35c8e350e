"""Metre as a small automaton: feet with the liberties poets take, read one word at a time.

A syllable that fits its place costs nothing, a doubtful one a little, and the main stress of a longer word in a weak
place breaks the line. The cheapest way through the line is the one that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from bimo.verse.english.shapes import Shape, shapes

Foot = Literal["iamb", "trochee", "anapaest", "dactyl"]
# s is a strong place, w a weak one.
Slots = str

# What each weight costs in a strong and in a weak place.
BROKEN: Final = 10.0
_STRONG: Final[Mapping[str, float]] = {"P": 0.0, "S": 0.0, "U": 0.6, "C": 0.0, "F": 0.5, "A": 2.0}
_WEAK: Final[Mapping[str, float]] = {"P": BROKEN, "S": 0.8, "U": 0.0, "C": 0.5, "F": 0.0, "A": 0.0}
# A weak syllable next to the main stress of its own word cannot be as strong as it is.
_BESIDE_STRESS: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Choice:
    """One form of a foot. `where`: "any", "start" of the line, "pause" (start, or after a pause), "end" of the line."""

    slots: Slots
    cost: float = 0.0
    where: Literal["any", "start", "pause", "end"] = "any"


_FEET: Final[Mapping[Foot, tuple[_Choice, ...]]] = {
    "iamb": (_Choice("ws"), _Choice("sw", 0.4, "pause"), _Choice("sw", 3.0), _Choice("wws", 2.4)),
    "trochee": (_Choice("sw"), _Choice("s", 0.2, "end"), _Choice("wsw", 0.8, "start"), _Choice("ws", 2.0)),
    "anapaest": (_Choice("wws"), _Choice("ws", 0.1, "start"), _Choice("ws", 1.0), _Choice("s", 1.0, "start")),
    "dactyl": (_Choice("sww"), _Choice("sw", 0.1, "end"), _Choice("s", 0.1, "end"), _Choice("sw", 1.0)),
}
# More weak syllables at the end than the last foot has.
_TAILS: Final[Mapping[Foot, tuple[_Choice, ...]]] = {
    "iamb": (_Choice(""), _Choice("w", 0.3)),
    "trochee": (_Choice(""),),
    "anapaest": (_Choice(""), _Choice("w", 0.2), _Choice("ww", 0.5)),
    "dactyl": (_Choice(""),),
}
_EXTRA_WEAK: Final = _Choice("wws", 0.8)
_HEADLESS: Final = _Choice("s", 0.6, "start")


@dataclass(frozen=True, slots=True)
class Metre:
    """A number of feet. `loose` lets a second weak syllable into an iamb, and the first of a line fall (ballads)."""

    foot: Foot
    feet: int
    loose: bool = False

    def choices(self) -> tuple[_Choice, ...]:
        """The forms that a foot of this metre may take."""
        return _FEET[self.foot] + ((_EXTRA_WEAK, _HEADLESS) if self.loose and self.foot == "iamb" else ())

    @property
    def pattern(self) -> Slots:
        """The line as it should be, without liberties."""
        return _FEET[self.foot][0].slots * self.feet

    def lengths(self) -> frozenset[int]:
        """How many syllables a line may have where every foot is regular."""
        usual = {len(self.pattern) + len(tail.slots) for tail in _TAILS[self.foot]}
        first = _FEET[self.foot]
        cut = {len(first[0].slots) - len(choice.slots) for choice in first if choice.where in ("start", "end")}
        return frozenset(usual | {length - less for length in usual for less in cut if less > 0})


@dataclass(frozen=True, slots=True)
class _Arc:
    slot: str
    target: int
    cost: float
    pause: bool


@dataclass(frozen=True, slots=True)
class _Automaton:
    arcs: tuple[tuple[_Arc, ...], ...]
    ends: Mapping[int, float]


@cache
def _automaton(metre: Metre) -> _Automaton:
    arcs: list[list[_Arc]] = [[] for _ in range(metre.feet + 1)]

    def chain(start: int, end: int | None, choice: _Choice) -> int:
        node = start
        for number, slot in enumerate(choice.slots, 1):
            last = number == len(choice.slots) and end is not None
            if not last:
                arcs.append([])
            target = end if last and end is not None else len(arcs) - 1
            first = number == 1
            arcs[node].append(_Arc(slot, target, choice.cost * first, first and choice.where == "pause"))
            node = target
        return node

    for foot in range(metre.feet):
        for choice in metre.choices():
            if (choice.where != "start" or foot == 0) and (choice.where != "end" or foot == metre.feet - 1):
                chain(foot, foot + 1, choice)
    ends = {chain(metre.feet, None, tail): 0.0 for tail in _TAILS[metre.foot]}
    # The cost of a tail lies on its first arc.
    return _Automaton(tuple(map(tuple, arcs)), ends)


@dataclass(frozen=True, slots=True)
class Step:
    """A word as it was read: the shape it took, the places of its syllables, and what each of them costs there.

    `liberty` is what the feet that it begins cost besides.
    """

    word: str
    shape: Shape
    slots: Slots
    costs: tuple[float, ...]
    liberty: float


@dataclass(frozen=True, slots=True)
class _Way:
    cost: float
    step: Step | None = None
    before: _Way | None = None

    def steps(self) -> list[Step]:
        found: list[Step] = []
        way: _Way | None = self
        while way and way.step:
            found.append(way.step)
            way = way.before
        return found[::-1]


@dataclass(frozen=True, slots=True)
class LineState:
    """A line begun in a metre: every place where it may stand after the words so far.

    Feed it words; None says that no line of this metre begins so. `limit` is the cost that a line may reach: 2.0 holds
    a new line close to its metre, `LIMIT` is what poets allow themselves.
    """

    metre: Metre
    limit: float
    pause: bool = True
    _ways: Mapping[tuple[int, bool], _Way] = field(default_factory=lambda: {(0, False): _Way(0.0)})

    def feed(self, word: str) -> LineState | None:
        """The state after one more word, with the punctuation that follows it: "Hark," ends in a pause."""
        bare, after = split_marks(word)
        found: dict[tuple[int, bool], _Way] = {}
        for shape in shapes(bare):
            for (node, run_into), way in self._ways.items():
                if not run_into or shape.from_vowel:
                    for target, step in self._walk(node, bare, shape):
                        cost = way.cost + shape.cost + sum(step.costs) + step.liberty
                        key = target, shape.before_vowel
                        if cost <= self.limit and (key not in found or cost < found[key].cost):
                            found[key] = _Way(cost, step, way)
        return LineState(self.metre, self.limit, bool(after), found) if found else None

    def _walk(self, node: int, word: str, shape: Shape) -> Iterator[tuple[int, Step]]:
        """Every way to place the syllables of a shape from a node on."""
        arcs = _automaton(self.metre).arcs
        paths: list[tuple[int, str, tuple[float, ...], float]] = [(node, "", (), 0.0)]
        for place in range(len(shape.weights)):
            paths = [
                (arc.target, slots + arc.slot, (*costs, _cost(shape.weights, place, arc.slot)), liberty + arc.cost)
                for end, slots, costs, liberty in paths
                for arc in arcs[end]
                if not arc.pause or (self.pause and place == 0)
            ]
        return ((end, Step(word, shape, slots, costs, liberty)) for end, slots, costs, liberty in paths)

    @property
    def complete(self) -> bool:
        """Whether the line may end here."""
        return self.best is not None

    @property
    def best(self) -> tuple[float, list[Step]] | None:
        """The cheapest reading of the line if it ends here: its cost and its words."""
        ends = _automaton(self.metre).ends
        done = [way for (node, run_into), way in self._ways.items() if node in ends and not run_into]
        return (way.cost, way.steps()) if (way := min(done, key=lambda each: each.cost, default=None)) else None

    @property
    def cost(self) -> float:
        """The cost of the cheapest way so far."""
        return min(way.cost for way in self._ways.values())

    def left(self) -> tuple[int, int]:
        """The least and the most syllables that may follow."""
        spans = [_left(self.metre)[node] for node, _ in self._ways]
        return min(least for least, _ in spans), max(most for _, most in spans)


_MARKS: Final = re.compile(r"([,;:.!?—–…(\"”)][\W_]*)?$")


def split_marks(word: str) -> tuple[str, str]:
    """A word and the marks after it; an apostrophe alone belongs to the word ("th'")."""
    match = _MARKS.search(word)
    at = match.start() if match else len(word)
    return word[:at], word[at:]


# What a line of five feet may cost; shorter lines have less room.
LIMIT: Final = 3.2


@cache
def _left(metre: Metre) -> tuple[tuple[int, int], ...]:
    automaton = _automaton(metre)

    @cache
    def span(node: int) -> tuple[int, int]:
        spans = [span(arc.target) for arc in automaton.arcs[node]]
        ends = [(0, 0)] if node in automaton.ends else []
        every = [(least + 1, most + 1) for least, most in spans] + ends
        return min(least for least, _ in every), max(most for _, most in every)

    return tuple(map(span, range(len(automaton.arcs))))


def _cost(weights: str, place: int, slot: str) -> float:
    weight = weights[place]
    if slot == "w":
        return _WEAK[weight]
    if weight == "U" and "P" in weights[max(place - 1, 0) : place + 2]:
        return _BESIDE_STRESS
    return _STRONG[weight]


def begin(metre: Metre, limit: float | None = None) -> LineState:
    """A line of which nothing stands yet."""
    return LineState(metre, limit if limit is not None else LIMIT * metre.feet / 5)


def read(words: Iterable[str], metre: Metre, limit: float | None = None) -> LineState | None:
    """The state after several words, None where no line of this metre begins so."""
    state: LineState | None = begin(metre, limit)
    for word in words:
        state = state and state.feed(word)
    return state
