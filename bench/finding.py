"""How fast the desk finds names in a text, words in a work, and the scenes of a book that is brought in.

python bench/finding.py [mentions] [search] [imports]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import machine
from bimo.desk.mentions import Sought, find
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


def timed(work: Callable[[], Value], times: int = 5) -> tuple[float, Value]:
    """The best time of several, in seconds, and what came of it."""
    best, value = float("inf"), work()
    for _ in range(times):
        begin = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - begin)
    return best, value


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
        first = time.perf_counter()
        found = find(text, people, lang)
        first = time.perf_counter() - first
        best, _ = timed(lambda text=text, people=people, lang=lang: find(text, people, lang))
        scene, _ = timed(lambda text=text, people=people, lang=lang: find(text[:3000], people, lang))
        print(
            f"mentions {lang}: 500 entries, {len(text):,} characters, {len(found):,} found: "
            f"first {first * 1000:.0f} ms, again {best * 1000:.0f} ms; a scene of 3,000 {scene * 1000:.1f} ms"
        )


PARTS = {"mentions": mentions}


def main() -> None:
    print(machine.describe())
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
