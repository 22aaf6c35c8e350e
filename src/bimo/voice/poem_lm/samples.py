"""From poems to batches of numbers.

Every sample begins a row, as a prompt does later; rows of like length share a batch, so that little is padding.
Everything is decided by the seed, the stage and the pass, so that a run goes on at any step as if it had never stopped.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bimo.voice.poem_lm.corpus import Poem, clauses
from bimo.voice.poem_lm.recipe import Recipe, Share
from bimo.voice.poem_lm.symbols import BEGIN, END, Symbols, entitling, filling, prompt

# Rows are sorted by length within as many batches as this, so that the order stays random at large.
_WINDOW = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of numbers, the shorter ones to be padded to the longest."""

    rows: tuple[tuple[int, ...], ...]

    @property
    def tokens(self) -> int:
        """How many numbers the rows hold without padding."""
        return sum(map(len, self.rows))


def row(poem: Poem, symbols: Symbols, recipe: Recipe, dice: random.Random) -> tuple[int, ...]:
    """One sample of a poem: titled or not, now and then with the title last, or with a clause to fill in."""
    kind = dice.random()
    title = "" if dice.random() < recipe.untitled else poem.title
    if kind < recipe.filling:
        parts = clauses(poem.text)
        missing = dice.randrange(len(parts))
        text = filling(poem.era, poem.form, title, poem.rhyme, parts, missing) + parts[missing][:-1]
    elif kind < recipe.filling + recipe.title_last and poem.title:
        text = entitling(poem.era, poem.form, poem.rhyme, poem.text) + poem.title
    else:
        text = plain(poem, title)
    return (BEGIN, *symbols.encode(text), END)


def plain(poem: Poem, title: str) -> str:
    """The sample without any variation, as text."""
    return prompt(poem.era, poem.form, title, poem.rhyme) + poem.text


def chosen(poems: Sequence[Poem], shares: Sequence[Share], dice: random.Random) -> list[Poem]:
    """The poems of one pass: of every poem the first share that fits decides whether it is read."""
    picked = []
    for poem in poems:
        for share in shares:
            fits = poem.era == share.era and poem.form in share.forms
            if fits and (not share.poets or poem.author in share.poets):
                if dice.random() < share.part:
                    picked.append(poem)
                break
    return picked


def batches(
    poems: Sequence[Poem], shares: Sequence[Share], symbols: Symbols, recipe: Recipe, stage: str
) -> Iterator[Batch]:
    """Batches without end, pass after pass."""
    turn = 0
    while True:
        dice = random.Random(f"{recipe.seed} {stage} {turn}")
        picked = chosen(poems, shares, dice)
        dice.shuffle(picked)
        yield from pack([row(poem, symbols, recipe, dice) for poem in picked], recipe.tokens, dice)
        turn += 1


def pack(rows: Sequence[tuple[int, ...]], tokens: int, dice: random.Random | None = None) -> list[Batch]:
    """Batches of at most `tokens` numbers, padding counted; shuffled if `dice` is given. A longer row is left out."""
    done: list[Batch] = []
    fitting = [each for each in rows if len(each) <= tokens]
    average = max(1, sum(map(len, fitting)) // max(1, len(fitting)))
    window = max(1, _WINDOW * tokens // average)
    for first in range(0, len(fitting), window):
        current: list[tuple[int, ...]] = []
        for each in sorted(fitting[first : first + window], key=len):
            if current and (len(current) + 1) * len(each) > tokens:
                done.append(Batch(tuple(current)))
                current = []
            current.append(each)
        if current:
            done.append(Batch(tuple(current)))
    if dice:
        dice.shuffle(done)
    return done
