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
        starts = [way for slots, cost in rule.shapes for way in self._starts(slots, rule.budget - cost)]
        if not starts:
            return None
        marks = f"[{rule.marks}]{'' if rule.closed else '?'} " if rule.marks else ""
        tail = f'" {rule.tail}" ' if rule.tail else ""
        head = {"root": " | ".join(starts), "end": f'{tail}{marks}"\\n"', "gap": '" "', "pause": '" " | ", "'}
        return "".join(f"{name} ::= {body}\n" for name, body in (head | self.rules).items())

    def _starts(self, slots: str, budget: int) -> list[str]:
        """What may stand first, or next where the line is begun."""
        met, gap = not self.rule.through, ""
        for word in self.rule.begun:
            found = weights(word)
            length = len(found[0]) if found else _LONGEST
            cost = level(found, slots[:length]) if length < len(slots) else budget + 1
            if cost > budget:
                return []
            gap = _gap(slots[:length], cost)
            slots, budget, met = slots[length:], budget - cost, met or word == self.rule.through
        return [f"{gap} {way}".strip() for way in self._ways(slots, budget, met, "b" if self.rule.begun else "c")]

    def _state(self, slots: str, budget: int, met: bool) -> str | None:
        """The name of the rule for what may follow; None if the line cannot be finished from here."""
        key = slots, budget, met
        if key not in self.states:
            ways = self._ways(slots, budget, met)
            name = f"s{_name(slots, budget)}{'m' if met else ''}"
            if ways:
                self.rules[name] = " | ".join(ways)
            self.states[key] = name if ways else None
        return self.states[key]

    def _ways(self, slots: str, budget: int, met: bool, first: str = "") -> list[str]:
        """What may stand next and what follows it. `met` tells that the word to be held is there or none is asked.

        `first` is "c" for the first word of a line, "b" for the first after what is begun.
        """
        ways = []
        for length in range(1, min(_LONGEST, len(slots) - 1) + 1):
            for cost in range(budget + 1):
                following = slots[length:], budget - cost
                gap = _gap(slots[:length], cost)
                if (rest := self._state(*following, met)) and (word := self._words(slots[:length], cost, first)):
                    ways.append(f"{word} {gap} {rest}")
                if not met and self._is_held(slots[:length], cost) and (rest := self._state(*following, True)):
                    ways += [f'"{word}" {gap} {rest}' for word in self._held(first)]
        if met:
            ways += [f"{word} end" for cost in range(budget + 1) if (word := self._ends(slots, cost, first))]
        return ways

    def _is_held(self, slots: str, cost: int) -> bool:
        found = weights(self.rule.through)
        return bool(found) and len(found[0]) == len(slots) and level(found, slots) == cost

    def _held(self, first: str) -> list[str]:
        word = self.rule.through
        if first == "c":
            word = word[0].upper() + word[1:]
            return [word] if word.startswith(self.rule.initial.upper()) else []
        return [word]

    def _words(self, slots: str, cost: int, first: str) -> str | None:
        own = frozenset(word for word, found in self.rule.extra.items() if word not in vocabulary())
        sets = {"w": _usual(slots, cost), "x": _fitting(own, self.rule.extra, slots, cost)}
        return self._either(sets, _name(slots, cost), first)

    def _ends(self, slots: str, cost: int, first: str) -> str | None:
        if self.rule.ends is not None:
            sets = {"e": _fitting(frozenset(self.rule.ends), self.rule.ends, slots, cost)}
        else:
            own = frozenset(word for word, found in self.rule.extra.items() if may_end(word, found))
            fit = _fitting(own - vocabulary().keys(), self.rule.extra, slots, cost)
            sets = {"l": _usual(slots, cost, last=True), "y": fit}
        return self._either(sets, _name(slots, cost), first)

    def _either(self, sets: Mapping[str, frozenset[str]], name: str, first: str) -> str | None:
        """A rule for the words of some sets; None if there are none."""
        if first == "b" and self.rule.barred:
            sets = {
                kind: frozenset(word for word in words if not word.startswith(self.rule.barred))
                for kind, words in sets.items()
            }
        names = [self._add(_letters(words, kind + name + first), first) for kind, words in sets.items() if words]
        known = [name for name in names if name]
        return f"({' | '.join(known)})" if len(known) > 1 else next(iter(known), None)

    def _add(self, graph: _Graph, first: str) -> str | None:
        """Put the rules of a graph into the grammar, with a capital where the line begins."""
        ways = graph.root
        if first == "c":
            # "I" and "it" begin alike here, so these are pairs and no mapping.
            ways = [(start[0].upper() + start[1:], rest) for start, rest in ways]
            ways = [(start, rest) for start, rest in ways if start.startswith(self.rule.initial.upper())]
        if not ways:
            return None
        self.rules[graph.name] = _body(ways)
        self.rules |= graph.rules
        return graph.name


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
    return frozenset(word for word in words if len(known[word][0]) == len(slots) and level(known[word], slots) == cost)


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
