"""Write what the collections know beside readings: what goes with a theme, what is set against what, what was written.

    python -m scripts.tables.lore

All three are for `bimo.verse.lore`. Characters are simplified. Associations are ranked by normalised pointwise mutual
information (Bouma 2009): of a poem's title with its text, and of two characters of one couplet.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from math import log

from scripts.tables import corpus
from scripts.tables.corpus import Poem
from scripts.tables.glyphs import simplify
from scripts.tables.zh import BOOKS, save

from bimo.verse.lore import GRAM, places
from bimo.verse.readings import frequent

# Associations: how many characters have some, how many of each kind are kept, and how often a pair must be seen.
_KEYS, _CHARS, _PAIRS, _LEAST = 2500, 32, 12, 6
# A word of two characters is a theme from this many titles on, and a pair of the text is counted from this many poems;
# a theme must be in this many texts too, which keeps the names of friends out.
_TITLES, _TEXTS, _SPOKEN = 60, 200, 30
# One Song poem in so many is read for couplets: the poems of the Song are four times as many as all others.
_SONG_SHARE = 6
# Words of titles that name an occasion of writing or count poems, and words that carry no theme.
_OCCASION = re.compile(
    "其?[一二三四五六七八九十百]+[首章篇绝韵]?$|[次用和]韵|[二三四五六七八九十]首|并[序引]|其[一二三四五六七八九十]+"
)
_EMPTY = frozenset(
    "之其而也者于与以为所乃且矣焉乎哉兮则若有无不是在此彼我吾尔汝君公子首章篇序韵和次寄答送赠呈奉同题又再因用见得的了着个这那么"
)
# Parallel pairs: the least count, and the bounds between the grades, which are written as one line of partners each.
_SEEN, GRADES = 4, (0.28, 0.2, 0.13, 0.07)
# Bits for each run of five characters: one in 170 of those never written seems to be known.
_BITS = 10.6


def main() -> None:
    """Write the three tables."""
    tang, song, ci = map(_simple, (corpus.tang(), corpus.song(), corpus.ci()))
    save("association", _associations([*tang, *song], [*tang, *song[::_SONG_SHARE], *ci]))
    save("pairs", _pairs([*tang, *song]))
    _grams([*tang, *ci, *_simple(_famous())])


def _simple(poems: Iterable[Poem]) -> list[Poem]:
    found = list(poems)
    text = simplify("\n".join("\t".join((poem.title, *poem.clauses)) for poem in found))
    parts = (line.split("\t") for line in text.split("\n"))
    return [Poem(title, "", tuple(clauses)) for title, *clauses in parts]


def _famous() -> Iterator[Poem]:
    """The anthologies that every pupil knows, and the lyrics before the Song."""
    names = ["mengxue/tangshisanbaishou.json", "mengxue/qianjiashi.json", "songci/宋词三百首.json"]
    folders = ("wudaishici", "shijing", "chuci", "caocaoshiji", "nalanxingde")
    paths = [corpus.dist() / name for name in names]
    for path in chain(paths, *(sorted((corpus.dist() / folder).rglob("*.json")) for folder in folders)):
        yield Poem("", "", tuple(corpus.clauses("\n".join(_texts(json.loads(path.read_text("utf-8")))))))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict):
        for key in ("paragraphs", "content", "para"):
            yield from _texts(node.get(key))


def _associations(titled: list[Poem], poems: list[Poem]) -> str:
    keys = [char for char in frequent()[:_KEYS] if char not in _EMPTY]
    beside = _couplets(poems, keys)
    chars, words = _titles(titled, set(keys))
    lines = []
    for key in sorted(chars.keys() | beside.keys()):
        score: Counter[str] = Counter()
        for source in (chars.get(key, {}), beside.get(key, {})):
            score.update(source)
        best = sorted(score, key=lambda char: (-score[char], char))[:_CHARS]
        pairs = sorted(words.get(key, {}).items(), key=lambda item: (-item[1], item[0]))[:_PAIRS]
        if best:
            lines.append(f"{key}\t{''.join(best)}\t{''.join(pair for pair, _ in pairs)}")
    return "\n".join(lines) + "\n"


def _titles(poems: list[Poem], keys: set[str]) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """For each theme the characters and the pairs of characters of the poems with that word in the title."""
    themes = [_themes(poem.title, keys) for poem in poems]
    titles = Counter(theme for found in themes for theme in found)
    texts = [({*"".join(poem.clauses)}, {a + b for line in poem.clauses for a, b in pairwise(line)}) for poem in poems]
    totals = [Counter(item for text in texts for item in text[kind]) for kind in (0, 1)]
    often_named = (theme for theme, count in titles.items() if count >= _TITLES)
    known = {theme for theme in often_named if len(theme) == 1 or totals[1][theme] >= _SPOKEN}
    tables = []
    for kind in (0, 1):
        total = totals[kind]
        often = {item for item, count in total.items() if count >= _TEXTS and not _EMPTY & {*item}}
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for found, text in zip(themes, texts, strict=True):
            items = text[kind] & often
            for theme in found & known:
                seen[theme].update(items)
        tables.append({
            theme: {
                item: score
                for item, count in items.items()
                if count >= _LEAST and (score := _npmi(count, titles[theme], total[item], len(poems))) > 0
            }
            for theme, items in seen.items()
        })  # fmt: skip
    return tables[0], tables[1]


def _themes(title: str, keys: set[str]) -> set[str]:
    words = corpus.clauses(_OCCASION.sub(" ", title))
    found = {char for word in words for char in word if char in keys}
    return found | {a + b for word in words for a, b in pairwise(word) if a in keys and b in keys}


def _couplets(poems: list[Poem], keys: list[str]) -> dict[str, dict[str, float]]:
    """For each key the characters that stand in a couplet with it."""
    number, size = {char: index for index, char in enumerate(keys)}, len(keys)
    together, alone, total = array("I", bytes(4 * size * size)), Counter[int](), 0
    for poem in poems:
        for first, second in zip(poem.clauses[::2], poem.clauses[1::2], strict=False):
            found = {number[char] for char in first + second if char in number}
            alone.update(found)
            total += 1
            for one in found:
                row = one * size
                for other in found:
                    together[row + other] += 1
    return {
        key: {
            keys[other]: score
            for other, count in enumerate(together[one * size : (one + 1) * size])
            if other != one and count >= _LEAST and (score := _npmi(count, alone[one], alone[other], total)) > 0
        }
        for one, key in enumerate(keys)
    }


def _pairs(poems: list[Poem]) -> str:
    """Characters at the same place of the two lines of a middle couplet: a grade a line, the strongest first."""
    seen: Counter[tuple[str, str]] = Counter()
    for poem in poems:
        if len(poem.clauses) == 8 and {*map(len, poem.clauses)} in ({5}, {7}):
            for at in (2, 4):
                seen.update(zip(poem.clauses[at], poem.clauses[at + 1], strict=True))
    both = seen + Counter({(b, a): count for (a, b), count in seen.items()})
    single: Counter[str] = Counter()
    for (a, _), count in both.items():
        single[a] += count
    total = both.total()
    grades: dict[str, list[str]] = {}
    for (a, b), count in sorted(both.items()):
        if a < b and count >= _SEEN:
            score = _npmi(count, single[a], single[b], total)
            grade = next((grade for grade, bound in enumerate(GRADES) if score >= bound), None)
            if grade is not None:
                grades.setdefault(a, [""] * len(GRADES))[grade] += b
    return "\n".join("\t".join((char, *partners)) for char, partners in grades.items()) + "\n"


def _grams(poems: list[Poem]) -> None:
    """A Bloom filter of every run of five characters in a line."""
    runs = {line[at : at + GRAM] for poem in poems for line in poem.clauses for at in range(len(line) - GRAM + 1)}
    filter = bytearray(int(len(runs) * _BITS / 8))
    for run in runs:
        for place in places(run, 8 * len(filter)):
            filter[place >> 3] |= 1 << (place & 7)
    path = BOOKS / "grams.bloom"
    path.write_bytes(filter)
    print(f"{path.name}: {len(runs):,} runs, {len(filter):,} bytes")


def _npmi(both: int, one: int, other: int, total: int) -> float:
    return log(both * total / (one * other)) / -log(both / total) if both < total else 1.0


if __name__ == "__main__":
    main()
