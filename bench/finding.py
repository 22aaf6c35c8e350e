"""How fast the desk finds names in a text, words in a work, and the scenes of a book that is brought in.

python bench/finding.py [mentions] [search] [imports]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import machine
from bimo.desk.desk import Desk
from bimo.desk.mentions import Sought, find
from bimo.desk.search import Search
from bimo.desk.values import Revision
from bimo.text.errors import Language

Value = TypeVar("Value")

ZH = (
    "他推开门，院子里一片安宁，只听见雨打在芭蕉上。{}没有回头，低声说：“我明白你的意思。”"
    "{}把伞收好，看着江面上的灯火，忽然想起国王的旧事。森林尽头的小屋里，{}还在等一封信。"
    "夜里宁静得能听见雪落，{}叹了口气，转身走进树林。他们谁也不愿意先开口。"
)
EN = (
    "He opened the door; the yard was quiet but for the rain. {} did not turn and said, “I see what you mean.” "
    "Will it end, {} wondered, watching the lights on the river. At the edge of the wood {} was waiting for a letter. "
    "The night rose around them, and {} sighed. Nobody wanted to speak first. "
)
FAMILIES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
)
GIVEN = "安宁静远明白江海晴雨云星石雷梅兰竹菊青红清秋冬夏春华月光山川林溪平正方圆文武"
ENGLISH = (
    ("BDFGHKLMNRST", ("an", "el", "ir", "ose", "ark", "ill"), ("a", "o", "en", "is", "")),
    ("BCDFGHKLMPRSTW", ("arl", "enn", "ood", "ust"), ("ow", "er", "ington", "ley")),
)


QUERIES = {
    "zh": ("的", "安宁", "低声说", "我明白你的意思", "森林 芭蕉"),
    "en": ("the", "wonder", '"what you mean"', "wood letter"),
}


class Time(NamedTuple):
    """By the clock and of the processor, in seconds: other work on the machine slows only the first."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock * 1000:.1f} ms ({self.processor * 1000:.1f} of the processor)"


def timed(work: Callable[[], Value], times: int = 5) -> tuple[Time, Value]:
    """The median time of several after the first (0: of the first), and what came of it."""
    spent: list[Time] = []
    for _ in range(times + 1):
        begin, processor = time.perf_counter(), time.process_time()
        value = work()
        spent.append(Time(time.perf_counter() - begin, time.process_time() - processor))
    spent = spent[1:] or spent
    return Time(median(each.clock for each in spent), median(each.processor for each in spent)), value


def names(count: int, lang: Language) -> list[Sought]:
    """So many people; in Chinese the first thirty have names of one character."""
    chance = random.Random(4)
    made: dict[str, None] = {}
    while len(made) < count:
        if lang == "en":
            made[" ".join("".join(map(chance.choice, part)) for part in ENGLISH)] = None
        elif len(made) < 30:
            made[chance.choice(GIVEN)] = None
        else:
            made[chance.choice(FAMILIES) + "".join(chance.sample(GIVEN, chance.choice((1, 2))))] = None
    return [Sought(str(number), name, True) for number, name in enumerate(made)]


def book(size: int, people: list[Sought], pattern: str) -> str:
    """A text of so many characters in which these people turn up."""
    chance = random.Random(5)
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(pattern.format(*(chance.choice(people).text for _ in range(4))) + "\n\n")
        length += len(parts[-1])
    return "".join(parts)[:size]


def mentions() -> None:
    """500 entries in 100,000 characters; and in one scene of 3,000."""
    for lang, pattern in (("zh", ZH), ("en", EN)):
        people = names(500, lang)
        text = book(100_000, people, pattern)
        find("", people, lang)
        first, found = timed(partial(find, text, people, lang), 0)
        again, _ = timed(partial(find, text, people, lang))
        scene, _ = timed(partial(find, text[:3000], people, lang))
        print(f"mentions {lang}: 500 entries, {len(text):,} characters, {len(found):,} found: {again}")
        print(f"    the first time, with the dictionary to load: {first}; a scene of 3,000: {scene}")


def search() -> None:
    """500 scenes of 1,000,000 characters: making the index, searching, searching after a save."""
    for lang, pattern in (("zh", ZH), ("en", EN)):
        people = names(500, lang)
        text = book(1_000_000, people, pattern)
        rare = {"zh": "红豆", "en": "turmeric"}[lang]
        with TemporaryDirectory() as folder, Desk.open(Path(folder) / "desk.db") as desk:
            work = desk.works.add("", lang=lang)
            for start in range(0, len(text), 2000):
                scene = desk.outline.add(work.id, "scene")
                part = text[start : start + 2000] + (f" {rare}" if start == 500_000 else "")
                last = desk.revisions.save(scene.id, part, based_on=None)
            index = Search(desk.store)
            made, _ = timed(index.refresh, 0)
            print(f"search {lang}: index of {len(text):,} characters made in {made}")
            queries = [rare, people[0].text, people[100].text, *QUERIES[lang]]
            for query in queries:
                best, found = timed(partial(index.find, query, work=work.id), 20)
                expected = sum(query.lower() in each.text.lower() for each in desk.revisions.heads(work.id))
                print(f"    {query}: {best}, {found.total} scenes (a scan finds {expected})")
            assert isinstance(last, Revision)
            saved, _ = timed(partial(desk.revisions.save, last.scene, f"{last.text} {rare}", based_on=last.id), 0)
            after, found = timed(partial(index.find, rare), 0)
            assert found.total == 2
            print(f"    a save: {saved}; the first search after it: {after}")
            index.close()


PARTS = {"mentions": mentions, "search": search}


def main() -> None:
    print(machine.describe())
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
