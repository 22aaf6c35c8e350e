"""Write the table of 词 tunes, `bimo/verse/forms/zh/tunes.jsonl`, out of real poems.

    python -m scripts.tables.tunes

One tune a line, the most used first: its names, how many poems were read, its variants as patterns with the number of
poems of just that shape, poems that hold, and poems made wrong in one place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from scripts.tables.tune_fit import best, feet, fit, neighbours, tones
from scripts.tables.tune_induction import LEAST, Variant, induce
from scripts.tables.tune_poems import Poem, aliases, tunes
from scripts.tables.tune_stanzas import known_ends

from bimo.verse.readings import book, frequent

TABLE: Final = Path(__file__).parents[2] / "src" / "bimo" / "verse" / "forms" / "zh" / "tunes.jsonl"
# A tune that is not rare has this many poems. Of a rare one a shape that three poems have is taken; where that leaves
# no examples, but there are five poems, the shapes of two, and at last some of single poems.
_COMMON: Final = 15
_RARE: Final = 3
_SINGLE_POEMS: Final = 5
_MOST_SINGLE: Final = 3
_EXAMPLES: Final = 2


def main() -> None:
    """Write the table."""
    poems = tunes()
    found = table(poems)
    fame = Counter(poem.author for each in poems.values() for poem in each if poem.known)
    lines = [
        line
        for tune, variants in found.items()
        if (line := _entry(tune, poems[tune], [_ended(tune, each) for each in variants], found.keys(), fame))
    ]
    TABLE.write_text(
        "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines), "utf-8"
    )
    kinds = Counter(_support(line["count"]) for line in lines)
    names = sum(1 + len(line["aliases"]) for line in lines)
    print(f"{len(lines)} tunes, {names} names, {sum(len(line['variants']) for line in lines)} variants, {dict(kinds)}")
    print(f"without examples: {' '.join(found.keys() - {line['name'] for line in lines})}")
    print(f"{TABLE.stat().st_size:,} bytes")


def table(poems: Mapping[str, Sequence[Poem]]) -> dict[str, list[Variant]]:
    """The variants of every tune that has one."""
    poems = {tune: each for tune, each in poems.items() if len(each) >= _RARE}
    least = {tune: LEAST if len(each) >= _COMMON else _RARE for tune, each in poems.items()}
    found = induce(poems, least)
    # Priors come from all tunes, so the poor ones are read again among the others.
    for fewer in (2, 1):
        poor = [tune for tune, each in poems.items() if len(each) >= _SINGLE_POEMS and not _enough(each, found[tune])]
        again = induce(poems, least | dict.fromkeys(poor, fewer))
        found |= {tune: again[tune][:_MOST_SINGLE] for tune in poor}
    return {tune: variants for tune, variants in found.items() if variants}


def _enough(poems: Sequence[Poem], variants: Sequence[Variant]) -> bool:
    return len(_holding(poems, variants, {})) >= _EXAMPLES


def _support(count: int) -> str:
    return next(f"≥ {least}" for least in (100, 15, 8, 5, 3) if count >= least)


def _entry(
    tune: str, poems: Sequence[Poem], variants: Sequence[Variant], known: Collection[str], fame: Mapping[str, int]
) -> dict[str, Any] | None:
    """One line of the table; None where no two poems hold."""
    holding = _holding(poems, variants, fame)
    if len(holding) < _EXAMPLES:
        return None
    first = holding[0]
    others = [each for each in holding if each[0].author != first[0].author] or holding[1:]
    return {
        "name": tune,
        "aliases": [name for name in aliases(tune, poems) if name not in known],
        "count": len(poems),
        "variants": [{"pattern": variant.pattern, "count": variant.count} for variant in variants],
        "pass": [
            {"text": _text(poem.chars, variant), "author": poem.author, "title": tune}
            for poem, variant in (first, others[0])
        ],
        "fail": list(_failing(holding, variants)),
    }


def _ended(tune: str, variant: Variant) -> Variant:
    """The variant with the stanza ends that a known poem shows."""
    ends = known_ends(tune, len(variant.tones), [at for at, mark in variant.marks.items() if mark == "。"])
    return replace(variant, bars=ends) if ends else variant


def _holding(poems: Sequence[Poem], variants: Sequence[Variant], fame: Mapping[str, int]) -> list[tuple[Poem, Variant]]:
    """The poems without error and the variant they have; first those without any doubt, the best known first."""
    usual = set(frequent())
    found = []
    for poem in poems:
        shapes = [variant for variant in variants if variant.has_shape(poem)]
        if shapes:
            variant, fitting = best(poem.chars, shapes)
            if not fitting.errors and not fitting.unknown:
                doubtful = bool(fitting.near) or not usual.issuperset(poem.chars)
                found.append(((doubtful, not poem.known, -fame.get(poem.author, 0)), poem, variant))
    return [(poem, variant) for _, poem, variant in sorted(found, key=lambda each: each[0])]


def _text(chars: str, variant: Variant) -> str:
    """A poem with the pauses of its variant, which differ from its own in pauses within clauses at most."""
    return "".join(
        char + variant.marks.get(at, "") + ("\n" if at in variant.bars else "") for at, char in enumerate(chars, 1)
    )


def _failing(holding: Sequence[tuple[Poem, Variant]], variants: Sequence[Variant]) -> Iterator[dict[str, str]]:
    """A poem with one wrong tone and a poem with one wrong rhyme; two wrong tones where a tune has no rhyme."""
    for finding in ("verse.tone", "verse.rhyme"):
        changed = (_spoiled(poem, variant, variants, finding) for poem, variant in holding)
        text = next((text for text in changed if text), None)
        if text:
            yield {"text": text, "finding": finding}


def _spoiled(poem: Poem, variant: Variant, variants: Sequence[Variant], finding: str) -> str:
    """The poem with one character changed so that this is its only fault, whatever variant it is read as; or empty."""
    shapes = [each for each in variants if each.has_shape(poem)]
    places = [at - 1 for at in variant.rhymes] if finding == "verse.rhyme" else _inner(variant)
    # From the middle of the poem, where the change is seen among the rest.
    for at in sorted(places, key=lambda at: abs(2 * at - len(poem.chars))):
        for char in _wrong(poem.chars[at], variant, at, finding):
            chars = poem.chars[:at] + char + poem.chars[at + 1 :]
            found = fit(chars, variant)
            here = found.tones == (at,) if finding == "verse.tone" else found.rhymes == (at,)
            if char not in poem.chars and here and found.errors == 1 and best(chars, shapes)[1].errors >= 1:
                others = [fit(chars, each) for each in shapes if each is not variant]
                if all(
                    other.errors > 1 or (other.tones, other.rhymes) == (found.tones, found.rhymes) for other in others
                ):
                    return _text(chars, variant)
    return ""


def _inner(variant: Variant) -> list[int]:
    """The places with a tone of their own that end no clause."""
    return [at for at, tone in enumerate(variant.tones) if tone != "中" and at + 1 not in variant.marks]


def _wrong(char: str, variant: Variant, at: int, finding: str) -> Sequence[str]:
    """Frequent characters that are wrong at a place, by every reading."""
    tone = variant.tones[at]
    if finding == "verse.tone":
        return _plain("仄" if tone == "平" else "平")
    taken = feet(char, tone == "平")
    return [
        other
        for other in _plain(tone)
        if not any(feet(other, tone == "平") & {part, *neighbours(part)} for part in taken)
    ]


@cache
def _plain(tone: str) -> tuple[str, ...]:
    """The most frequent characters of verse that have one reading only."""
    found = []
    for char in book("cilin").alphabet(tone, "strict", 400):
        if tones(char) == {tone} and len(feet(char, tone == "平")) == 1:
            found.append(char)
    return tuple(found[:60])


if __name__ == "__main__":
    main()
