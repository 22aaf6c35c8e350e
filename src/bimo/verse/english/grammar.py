"""From a line of a form to a GBNF grammar: whatever a model writes under it has the metre and the rhyme.

A state of the grammar is the places of the metre that are still empty and how far the line may still depart from it. A
word is a graph of letters, so that a grammar of nine thousand words stays small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from bimo.verse.english.vocabulary import Weights, level, may_end, vocabulary, weights

# Beginnings that are words by themselves, and never stressed.
_TRAPS: Final = ("a", "the")
# What may stand next, and what follows it, by first letters.
_Ways = dict[str, list[str]]
# The longest word, in syllables.
_LONGEST: Final = 5


@dataclass(frozen=True, slots=True)
class LineRule:
    """What a line shall be. `shapes` are the rows of places it may have, each with its cost in half points.

    `budget` is what the line may cost in all. `ends` are the words that it may end on, by their weights (None: any that
    can); `tail` stands after the end word as it is; `through` is a word that it holds before its end; `initial` is the
    letter that it begins with; `marks` may stand at its end, and one must if it is `closed`. `extra` are words beside
    the vocabulary. `begun` are words that stand already, and the grammar is for the rest of the line; the next word
    does not begin with `barred`.
    """

    shapes: tuple[tuple[str, int], ...]
    budget: int
    ends: Mapping[str, Weights] | None
    tail: str = ""
    through: str = ""
    initial: str = ""
    marks: str = ",.;:!?"
    closed: bool = False
    extra: Mapping[str, Weights] = field(default_factory=dict)
    begun: tuple[str, ...] = ()
    barred: str = ""


def line_grammar(rule: LineRule) -> str | None:
    """A grammar for one line with its line end; None if no line of this rule can be written."""
    return _Builder(rule).build()


class _Builder:
    def __init__(self, rule: LineRule) -> None:
        self.rule = rule
        self.rules: dict[str, str] = {}
        self.states: dict[tuple[str, int, bool], str | None] = {}

    def build(self) -> str | None:
        rule = self.rule
        ways: dict[str, _Ways] = {}
        for slots, cost in rule.shapes:
            self._start(ways, slots, rule.budget - cost)
        starts = [f"{gap} ({_joined(found)})".strip() for gap, found in ways.items() if found]
        if not starts:
            return None
        marks = f"[{rule.marks}]{'' if rule.closed else '?'} " if rule.marks else ""
        tail = f'" {rule.tail}" ' if rule.tail else ""
        head = {"root": " | ".join(starts), "end": f'{tail}{marks}"\\n"', "gap": '" "', "pause": '" " | ", "'}
        return "".join(f"{name} ::= {body}\n" for name, body in (head | self.rules).items())

    def _start(self, ways: dict[str, _Ways], slots: str, budget: int) -> None:
        """Add what may stand first, or next where the line is begun, by the gap that stands before it."""
        met, gap = not self.rule.through, ""
        for word in self.rule.begun:
            found = weights(word)
            length = len(found[0]) if found else _LONGEST
            cost = level(found, slots[:length]) if length < len(slots) else budget + 1
            if cost > budget:
                return
            gap = _gap(slots[:length], cost)
            slots, budget, met = slots[length:], budget - cost, met or word == self.rule.through
        self._add_ways(ways.setdefault(gap, defaultdict(list)), slots, budget, met, "b" if self.rule.begun else "c")

    def _state(self, slots: str, budget: int, met: bool) -> str | None:
        """The name of the rule for what may follow; None if the line cannot be finished from here."""
        key = slots, budget, met
        if key not in self.states:
            ways: _Ways = defaultdict(list)
            self._add_ways(ways, slots, budget, met)
            name = f"s{_name(slots, budget)}{'m' if met else ''}"
            if ways:
                self.rules[name] = _joined(ways)
            self.states[key] = name if ways else None
        return self.states[key]

    def _add_ways(self, ways: _Ways, slots: str, budget: int, met: bool, first: str = "") -> None:
        """Add what may stand next and what follows it. `met` tells that the word to be held is there or none is asked.

        `first` is "c" for the first word of a line, "b" for the first after what is begun.
        """
        for length in range(1, min(_LONGEST, len(slots) - 1) + 1):
            for cost in range(budget + 1):
                following = slots[length:], budget - cost
                gap = _gap(slots[:length], cost)
                if rest := self._state(*following, met):
                    self._add(ways, self._words(slots[:length], cost), slots[:length], cost, first, f"{gap} {rest}")
                if not met and self._is_held(slots[:length], cost) and (rest := self._state(*following, True)):
                    held = {"h": frozenset([self.rule.through])}
                    self._add(ways, held, slots[:length], cost, first, f"{gap} {rest}")
        if met:
            for cost in range(budget + 1):
                self._add(ways, self._ends(slots, cost), slots, cost, first, "end")

    def _is_held(self, slots: str, cost: int) -> bool:
        found = weights(self.rule.through)
        return bool(found) and len(found[0]) == len(slots) and level(found, slots) == cost

    def _words(self, slots: str, cost: int) -> Mapping[str, frozenset[str]]:
        own = frozenset(word for word, found in self.rule.extra.items() if word not in vocabulary())
        return {"w": _usual(slots, cost), "x": _fitting(own, self.rule.extra, slots, cost)}

    def _ends(self, slots: str, cost: int) -> Mapping[str, frozenset[str]]:
        if self.rule.ends is not None:
            return {"e": _fitting(frozenset(self.rule.ends), self.rule.ends, slots, cost)}
        own = frozenset(word for word, found in self.rule.extra.items() if may_end(word, found))
        fit = _fitting(own - vocabulary().keys(), self.rule.extra, slots, cost)
        return {"l": _usual(slots, cost, last=True), "y": fit}

    def _add(
        self, ways: _Ways, sets: Mapping[str, frozenset[str]], slots: str, cost: int, first: str, after: str
    ) -> None:
        """Add the words of some sets and what follows them, with a capital where the line begins."""
        for kind, words in sets.items():
            fit = words
            if first == "b" and self.rule.barred:
                fit = frozenset(word for word in words if not word.startswith(self.rule.barred))
            graph = _letters(fit, f"{kind}{_name(slots, cost)}{first}")
            used = False
            for start, rest in graph.root:
                letter = start[0].upper() if first == "c" else start[0]
                if first != "c" or letter.startswith(self.rule.initial.upper()):
                    ways[letter].append(" ".join(filter(None, (f'"{start[1:]}"' if start[1:] else "", rest, after))))
                    used = True
            if used:
                self.rules |= graph.rules


def _joined(ways: _Ways) -> str:
    """Ways by their first letter: an engine tries every beginning on every token, so there must be few of them."""
    return " | ".join(f'"{letter}" ({" | ".join(rests)})' for letter, rests in ways.items())


def _gap(slots: str, cost: int) -> str:
    """What follows a word on these places: one that leans on the next one has no pause after it."""
    return "gap" if cost == 1 or (cost, slots) == (0, "w") else "pause"


@dataclass(frozen=True, slots=True)
class _Graph:
    """Words as a graph of letters: the ways out of its root, and the rules for the rest."""

    name: str
    root: Sequence[tuple[str, str]]
    rules: Mapping[str, str]


def _name(slots: str, cost: int) -> str:
    return f"{slots.replace('-', 'o')}{cost}"


@cache
def _usual(slots: str, cost: int, *, last: bool = False) -> frozenset[str]:
    """The words of the vocabulary that fit these places at this cost, or of these the ones that may end a line."""
    fit = _fitting(frozenset(vocabulary()), vocabulary(), slots, cost)
    return frozenset(word for word in fit if may_end(word, vocabulary()[word])) if last else fit


def _fitting(words: frozenset[str], known: Mapping[str, Weights], slots: str, cost: int) -> frozenset[str]:
    """The words that fit these places at this cost, without traps where there are others.

    A model that means "the" where only a stressed word may stand would write "the" and be held to go on to "theme".
    If no word there begins so, it has to think of another way to go on.
    """
    fit = frozenset(word for word in words if len(known[word][0]) == len(slots) and level(known[word], slots) == cost)
    return (frozenset(word for word in fit if not word.startswith(_TRAPS)) or fit) if slots[0] == "s" else fit


@lru_cache(maxsize=512)
def _letters(words: frozenset[str], name: str) -> _Graph:
    """The smallest graph of letters for some words: equal endings are one rule."""
    known: dict[frozenset[str], str] = {}
    rules: dict[str, str] = {}

    def ways(endings: Collection[str]) -> list[tuple[str, str]]:
        by_letter: dict[str, set[str]] = defaultdict(set)
        for ending in endings:
            if ending:
                by_letter[ending[0]].add(ending[1:])
        found = []
        for letter, rest in sorted(by_letter.items()):
            run = letter
            while len(rest) == 1 and (only := next(iter(rest))):
                run, rest = run + only[0], {only[1:]}
            found.append((run, "" if rest == {""} else node(frozenset(rest))))
        return found

    def node(endings: frozenset[str]) -> str:
        if endings not in known:
            known[endings] = f"{name}x{len(known)}"
            rules[known[endings]] = _body(ways(endings)) + (' | ""' if "" in endings else "")
        return known[endings]

    return _Graph(name, ways(words), rules)


def _body(ways: Sequence[tuple[str, str]]) -> str:
    return " | ".join(f'"{start}" {rest}'.rstrip() for start, rest in ways)
