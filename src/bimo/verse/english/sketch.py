"""A poem that is still to be written: for each line the places of its metre and the words that it may end on.

The sketch settles what a model cannot: shape, rhymes, what comes back, and what the writer fixed. Whatever is written
line by line under the grammars of its rules has the form, whoever writes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from bimo.text.errors import InputError
from bimo.text.spans import Span
from bimo.verse.english.dictionary import look_up
from bimo.verse.english.grammar import LineRule
from bimo.verse.english.lexicon import classes, rhymes_of
from bimo.verse.english.line import counts, read_in, words_of
from bimo.verse.english.metre import Metre
from bimo.verse.english.plan import Plan, is_open, line_counts, plans
from bimo.verse.english.rhyme import parts, rhyme, rhyme_class
from bimo.verse.english.vocabulary import Weights, may_end, themed, vocabulary, weights, word_lists
from bimo.verse.form import Form
from bimo.verse.layout import Line

# A form that may go on as long as it likes gets about so many lines; one without a metre is written in this one.
_USUAL_LINES: Final = 12
_USUAL_METRE: Final = Metre("iamb", 5)
# A rhyme that nobody asked for has so many usual words more than the poem takes, so that lines can choose.
_ROOM: Final = 10
_WORD: Final = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*['’]?")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the writer asked for. `rhyme` is a word to rhyme on, `initials` what the first letters shall spell.

    `feet` are end words for the rhyming lines, `kept` the lines that stand already by number, `lines` how many there
    shall be (0: as many as is usual). `words` go with the theme, the nearest first.
    """

    rhyme: str = ""
    initials: str = ""
    feet: tuple[str, ...] = ()
    kept: Mapping[int, str] = field(default_factory=dict)
    lines: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sketch:
    """One shape of a form with what is fixed: `kept` whole lines, `ends` the end words of lines.

    `asked` is a word that the first rhyme shall rhyme with, `through` are words that a line has to hold before its end,
    `tail` is the phrase that comes back after a rhyme, `themed` are words of the theme.
    """

    form: Form
    places: Plan
    kept: Mapping[int, str]
    initials: str = ""
    asked: str = ""
    tail: str = ""
    ends: Mapping[int, str] = field(default_factory=dict)
    through: Mapping[int, str] = field(default_factory=dict)
    themed: Mapping[str, Weights] = field(default_factory=dict)

    def settled(self, number: int, lines: Sequence[str]) -> str:
        """The whole line, where it stands already or is one that comes back; else nothing."""
        if number in self.kept:
            return self.kept[number]
        name = self.places[number].refrain
        first = next((at for at in range(number) if name and self.places[at].refrain == name), None)
        return lines[first] if first is not None else ""

    def rule(self, number: int, lines: Mapping[int, str], begun: str = "", barred: str = "") -> LineRule:
        """What line `number` may be when the other lines are as they are.

        If some words of it are `begun`, the rest of it, the next word not beginning with `barred`.
        """
        place = self.places[number]
        tail = self.tail if place.rhyme and self.tail else ""
        closed = number == len(self.places) - 1
        return LineRule(
            shapes=_shapes(place.metre, place.syllables, sum(len(_plain_weights(word)) for word in tail.split())),
            budget=(place.metre or _USUAL_METRE).feet if not place.syllables else 0,
            ends=self._end_words(number, lines),
            tail=tail,
            through=self.through.get(number, ""),
            initial=self.initials[number : number + 1],
            marks=".!?" if closed else ",.;:!?",
            closed=closed,
            extra=self.themed,
            begun=tuple(word.casefold().replace("’", "'") for word in _WORD.findall(begun)),
            barred=barred,
        )

    def _end_words(self, number: int, lines: Mapping[int, str]) -> Mapping[str, Weights] | None:
        if number in self.ends:
            return _weighed([self.ends[number]])
        letter = self.places[number].rhyme
        if not letter or "ends" in self.form.rules:
            return None
        own = _own_lines(self.places, letter)
        given = [end for at in own if at != number and (end := self.end_of(at, lines) or self.ends.get(at, ""))]
        if given or (self.asked and letter == self.asked_letter):
            return _weighed(_rhyming((given or [self.asked])[0], given, self.themed))
        others = {self.end_of(at, lines) for at, place in enumerate(self.places) if place.rhyme not in ("", letter)}
        taken = {rhyme_class(word) for word in others if word}
        return _weighed(word for word, key in _roomy(len(own)).items() if key not in taken)

    @property
    def asked_letter(self) -> str:
        """The rhyme that a word to rhyme on settles: the first of the poem."""
        return next((place.rhyme for place in self.places if place.rhyme), "")

    def end_of(self, number: int, lines: Mapping[int, str]) -> str:
        """The word of a line that bears its rhyme; nothing if the line is not written."""
        words = _WORD.findall(lines.get(number, ""))
        size = len(self.tail.split()) if self.places[number].rhyme else 0
        return words[-1 - size].casefold().replace("’", "'") if len(words) > size else ""

    def holds(self, number: int, line: str, lines: Mapping[int, str]) -> bool:
        """Whether a line that somebody wrote is what the form and the sketch ask for."""
        place, rule = self.places[number], self.rule(number, lines)
        words = words_of(Line(Span(0, len(line)), line))
        said = [word.text.casefold().replace("’", "'") for word in words]
        tail = self.tail.split() if rule.tail else []
        own = said[: len(said) - len(tail)]
        if not own or said[len(own) :] != tail or (rule.through and rule.through not in own):
            return False
        if rule.ends is not None and own[-1] not in map(str.casefold, rule.ends):
            return False
        if rule.initial and not line.casefold().startswith(rule.initial.casefold()):
            return False
        if place.metre:
            return not read_in(words, place.metre).fault
        return not place.syllables or place.syllables in counts(words)

    def write(self, lines: Sequence[str]) -> str:
        """The lines as a poem, with a blank line between stanzas."""
        text = ""
        for number, line in enumerate(lines):
            if number:
                text += "\n" if self.places[number].stanza == self.places[number - 1].stanza else "\n\n"
            text += line
        return text


def sketch(form: Form, wish: Wish, *, chance: random.Random) -> Sketch:
    """Settle shape and rhymes: of what the wish leaves open, what suits the theme.

    Raises InputError where wishes contradict the form or each other.
    """
    shape = _shape(form, wish, chance)
    initials = "".join(wish.initials.split()).upper()
    if not re.fullmatch("[A-Z]*", initials):
        raise InputError("verse.not_letters", heads=wish.initials)
    if len(initials) > len(shape):
        raise InputError("verse.heads_long", heads=wish.initials, lines=len(shape), form=form.names["en"])
    _check_refrains(shape, initials)
    tail = _tail(shape, wish, chance) if form.rules.get("radif") else ""
    held = form.rules.get("all_ends", 0) if "ends" in form.rules else 0
    asked = wish.rhyme.casefold() if "ends" not in form.rules else ""
    made = Sketch(form, shape, wish.kept, initials, asked, tail, themed=themed(wish.words))
    if "ends" in form.rules:
        ends, through = _coming_back(made, len(shape) - held, wish, chance)
        return replace(made, ends=ends, through=through)
    made = replace(made, ends=_feet(made, wish))
    _check_rhymes(made)
    return made


def _shape(form: Form, wish: Wish, chance: random.Random) -> Plan:
    """A shape with room for what stands already and for the acrostic; of the usual length where both are short."""
    least = max([wish.lines, *(number + 1 for number in wish.kept), len("".join(wish.initials.split())), 1])
    sizes = line_counts(form) or [max(least, _USUAL_LINES)]
    if is_open(form):
        sizes = [size for size in range(min(sizes), max(least, *sizes) + 12) if plans(form, size)]
        roomy = [size for size in sizes if size >= max(least, 0 if wish.lines else _USUAL_LINES)]
    else:
        roomy = [size for size in sizes if size >= least]
    if wish.kept and not any(size >= max(wish.kept) + 1 for size in sizes):
        raise InputError("verse.lines_many", lines=max(wish.kept) + 1, form=form.names["en"], most=max(sizes))
    return chance.choice(plans(form, min(roomy, default=max(sizes))))


def _check_refrains(shape: Plan, initials: str) -> None:
    first: dict[str, str] = {}
    for place, letter in zip(shape, initials, strict=False):
        if place.refrain and first.setdefault(place.refrain, letter) != letter:
            raise InputError("verse.heads_refrain", heads=initials, one=first[place.refrain], other=letter)


def _tail(shape: Plan, wish: Wish, chance: random.Random) -> str:
    """The phrase that lines of a ghazal end on: that of the lines that stand, else any."""
    standing = [wish.kept[at] for at, place in enumerate(shape) if place.rhyme and at in wish.kept]
    said = [[word.casefold() for word in _WORD.findall(line)] for line in standing]
    if not said:
        return str(chance.choice(word_lists()["radifs"]))
    size = 1
    while len(said) > 1 and size + 1 < min(map(len, said)) and len({tuple(each[-size - 1 :]) for each in said}) == 1:
        size += 1
    return " ".join(said[0][-size:])


def _coming_back(bare: Sketch, body: int, wish: Wish, chance: random.Random) -> tuple[dict[int, str], dict[int, str]]:
    """The end words of a sestina by line, and the words that its last lines hold within."""
    chosen: dict[str, str] = {}
    for at in range(body):
        if end := bare.end_of(at, wish.kept):
            chosen.setdefault(bare.places[at].rhyme, end)
    letters = list(dict.fromkeys(place.rhyme for place in bare.places[:body]))
    asked = [word for word in (*wish.feet, wish.rhyme) if word]
    for word in asked:
        _known(word)
    near = [word.casefold() for word in wish.words if set(_plain_weights(word.casefold())) == {"C"}]
    spare = [word for word in dict.fromkeys([*asked, *near[:8]]) if word not in chosen.values()]
    usual = [word for word in word_lists()["sestina"].split() if word not in (*spare, *chosen.values())]
    spare += chance.sample(usual, len(usual))
    for letter in letters:
        if letter not in chosen:
            chosen[letter] = spare.pop(0)
    ends = {at: chosen[bare.places[at].rhyme] for at in range(body)}
    last = [at for at in range(body, len(bare.places)) if at not in wish.kept]
    held = {word.casefold() for at in range(body, len(bare.places)) for word in _WORD.findall(wish.kept.get(at, ""))}
    left = [chosen[letter] for letter in letters if chosen[letter] not in held]
    inner, outer = left[: max(0, len(left) - len(last))], left[max(0, len(left) - len(last)) :]
    ends |= dict(zip(last, outer, strict=False))
    return ends, dict(zip(last, inner, strict=False))


def _feet(bare: Sketch, wish: Wish) -> dict[int, str]:
    """The end words that the writer named, by line."""
    own = [at for letter in _letters(bare.places) for at in _own_lines(bare.places, letter)]
    free = sorted(at for at in own if at not in wish.kept)
    if len(wish.feet) > len(free):
        form = bare.form.names["en"]
        raise InputError("verse.feet_many", feet=" ".join(wish.feet), form=form, rhymes=len(free))
    for word in wish.feet:
        _known(word)
    return {at: word.casefold() for at, word in zip(free, wish.feet, strict=False)}


def _letters(places: Plan) -> list[str]:
    return list(dict.fromkeys(place.rhyme for place in places if place.rhyme))


def _own_lines(places: Plan, letter: str) -> list[int]:
    """The lines of a rhyme that need a word of their own: all but those that come back whole."""
    found: list[int] = []
    seen: set[str] = set()
    for at, place in enumerate(places):
        if place.rhyme == letter and (not place.refrain or place.refrain not in seen):
            seen.add(place.refrain)
            found.append(at)
    return found


def _check_rhymes(made: Sketch) -> None:
    """Raises InputError where the words that lines shall rhyme on are unknown, too few or do not rhyme."""
    for letter in _letters(made.places):
        own = _own_lines(made.places, letter)
        given = [end for at in own if (end := made.end_of(at, made.kept) or made.ends.get(at, ""))]
        need = len(own) - len(given)
        asked = made.asked if letter == made.asked_letter else ""
        if need and (given or asked):
            _check_given(given)
            pool = _rhyming((given or [asked])[0], given, made.themed)
            if _sounds(pool) < need:
                raise InputError("verse.rhyme_few", rhyme=(given or [asked])[0], have=_sounds(pool), need=need)


def _check_given(given: Sequence[str]) -> None:
    """Words that lines already end on must rhyme with one another."""
    for word in given[1:]:
        if rhyme(given[0], word) not in ("perfect", "identical"):
            raise InputError("verse.ends_apart", one=given[0], other=word)


def _rhyming(model: str, given: Sequence[str], own: Mapping[str, Weights]) -> tuple[str, ...]:
    """What rhymes with a word: usual words first; rare ones only where they are needed."""
    _known(model)
    found = [word for word in rhymes_of(model, 400) if word in _endings() or may_end(word, own.get(word, ()))]
    if model not in given and may_end(model, weights(model)):
        found.insert(0, model)
    return tuple(word for word in found if all(rhyme(word, each) == "perfect" for each in given))


def _known(word: str) -> None:
    if not look_up(word.casefold()) or not weights(word.casefold()):
        raise InputError("verse.word_unknown", word=word)


def _sounds(pool: Iterable[str]) -> int:
    """How many words of a pool may rhyme with one another: leave and believe count as one."""
    return len({parts(word)[0].onset for word in pool})


@cache
def _roomy(need: int) -> Mapping[str, str]:
    """The words that may open a rhyme of so many lines, with the key of the rhyme: there is enough to choose from."""
    found: dict[str, str] = {}
    for key, words in classes():
        usual = [word for word in words if word in _endings()]
        if _sounds(usual) >= need + _ROOM:
            found |= dict.fromkeys(usual, key)
    return found


@cache
def _endings() -> frozenset[str]:
    """The usual words that may end a line and rhyme one way only; most mouths make no difference of AA and AO."""
    usual = list(vocabulary().items())[:_USUAL_WORDS]
    return frozenset(
        word
        for word, found in usual
        if may_end(word, found)
        and len({part.key.replace("AO", "AA") for part in parts(word) if part.place == "main"}) == 1
    )


_USUAL_WORDS: Final = 5500


def _weighed(words: Iterable[str]) -> dict[str, Weights]:
    return {word: found for word in words if (found := weights(word.casefold()))}


def _plain_weights(word: str) -> str:
    return (weights(word) or ("",))[0]


def _shapes(metre: Metre | None, syllables: int, tail: int) -> tuple[tuple[str, int], ...]:
    """The rows of places that a line may have before its tail, with what each costs in half points."""
    if syllables:
        return (("-" * (syllables - tail), 0),)
    metre = metre or _USUAL_METRE
    plain = metre.pattern
    match metre.foot:
        case "iamb":
            rows = [(plain, 0), ("sw" + plain[2:], 1)]
        case "anapaest":
            rows = [(plain, 0), (plain[1:], 1)]
        case "trochee":
            rows = [(plain[:-1], 1)]
        case _:
            rows = [(plain[:-2], 1)]
    return tuple((row[: len(row) - tail], cost) for row, cost in rows)
