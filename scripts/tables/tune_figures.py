"""Print how well the induced tunes hold for poems that they were not induced from.

    python -m scripts.tables.tune_figures

A fifth of the poets is held out: tunes are induced from the others and tried on theirs. The poems of 纳兰性德
(1655–1685) are never read for the table and are tried on the tunes of all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

from scripts.tables.corpus import dist
from scripts.tables.tune_fit import best
from scripts.tables.tune_induction import Variant
from scripts.tables.tune_poems import Poem, poem_of, tune_of, tunes
from scripts.tables.tunes import table

COMMON = (
    "浣溪沙 水调歌头 鹧鸪天 菩萨蛮 满江红 临江仙 西江月 念奴娇 蝶恋花 减字木兰花 "
    "沁园春 点绛唇 贺新郎 清平乐 满庭芳 虞美人 南乡子 卜算子 玉楼春 如梦令"
)
HEAD = (
    "| | poems | tune known | length | clauses | tones right | every tone | and rhyme | and neighbours | 中 |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Print the figures as tables of Markdown."""
    poems = tunes()
    known = table(poems)
    held = {tune: [poem for poem in each if _held(poem)] for tune, each in poems.items()}
    induced = table({tune: [poem for poem in each if not _held(poem)] for tune, each in poems.items()})
    print(HEAD)
    print(_row("held-out poets", held, induced))
    print(_row("all poets, in sample", poems, known))
    print(_row("纳兰性德", _nalan(), known))
    print("\n" + HEAD)
    for tune in COMMON.split():
        print(_row(tune, {tune: held[tune]}, induced))


def _held(poem: Poem) -> bool:
    return crc32(poem.author.encode()) % 5 == 0


def _row(name: str, poems: Mapping[str, Sequence[Poem]], known: Mapping[str, Sequence[Variant]]) -> str:
    count: Counter[str] = Counter()
    for tune, each in poems.items():
        count["poems"] += len(each)
        if tune in known:
            count["tune"] += len(each)
            for poem in each:
                _count(poem, known[tune], count)
    shares = [
        count["tune"] / count["poems"],
        count["length"] / count["tune"],
        count["shape"] / count["tune"],
        count["right"] / count["places"],
        *(count[step] / count["shape"] for step in ("tones", "rhymes", "near")),
        count["free"] / count["places"],
    ]
    return f"| {name} | {count['poems']:,} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"


def _count(poem: Poem, variants: Iterable[Variant], count: Counter[str]) -> None:
    fitting = [variant for variant in variants if variant.has_shape(poem)]
    count["length"] += any(len(variant.tones) == len(poem.chars) for variant in variants)
    if fitting:
        variant, found = best(poem.chars, fitting)
        count["shape"] += 1
        count["places"] += len(poem.chars)
        count["right"] += len(poem.chars) - len(found.tones)
        count["free"] += variant.tones.count("中")
        count["tones"] += not found.tones
        count["near"] += not found.errors
        count["rhymes"] += not found.errors and not found.near


def _nalan() -> dict[str, list[Poem]]:
    found: dict[str, list[Poem]] = {}
    for item in json.loads((dist() / "nalanxingde" / "纳兰性德诗集.json").read_text("utf-8")):
        for poem in _lyric(item):
            found.setdefault(tune_of(poem), []).append(poem)
    return found


def _lyric(item: Mapping[str, str]) -> Iterator[Poem]:
    if "·" in item["title"]:
        name = item["title"].split("·")[0]
        yield from poem_of(name, item["author"], "".join(f"{line}。" for line in item["para"]))


if __name__ == "__main__":
    main()
