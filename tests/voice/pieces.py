"""Prose that nobody wrote: enough of it, every paragraph another, and the same at each call."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

_THINGS = [
    "".join(parts) for parts in product(("br", "m", "l", "st", "h"), ("a", "o", "ee", "u"), ("ck", "nd", "lt", "m"))
]
_DEEDS = ["".join(parts) for parts in product(("w", "c", "tr", "sl", "p"), ("a", "ea", "i"), ("lked", "ned", "pped"))]
_WHEN = ["at dawn", "before supper", "in the rain", "when nobody looked", "that winter", "without a word", "once more"]
_SIGNS = (
    "山水风雨门窗灯火船桥路墙井树花草鸟鱼马牛衣鞋碗桌椅纸笔信钱酒茶米盐刀绳布石土沙云月星日夜春秋冬夏城村巷院屋楼寺塔"
)
_DID = ["推开", "望着", "忘了", "数着", "补好", "卖掉", "藏起", "提着", "画下", "烧了", "送走", "拾起", "遮住", "敲响"]
_WHO = ["老人", "那孩子", "渡船的", "掌柜", "我祖母", "邻家的姑娘", "教书先生", "守夜人", "木匠", "远来的客"]


def english(words: int, seed: int = 1) -> str:
    """Paragraphs of five sentences, about so many words in all."""
    dice = random.Random(seed)

    def sentence() -> str:
        first, second, third = (dice.choice(_THINGS) for _ in range(3))
        one, two = dice.choice(_DEEDS), dice.choice(_DEEDS)
        return f"the {first} {one} a {second} {dice.choice(_WHEN)}, and it {two} the {third}.".capitalize()

    return "\n\n".join(" ".join(sentence() for _ in range(5)) for _ in range(max(1, words // 60)))


def chinese(signs: int, seed: int = 1) -> str:
    """Paragraphs of six sentences, about so many characters in all."""
    dice = random.Random(seed)

    def clause() -> str:
        return dice.choice(_WHO) + dice.choice(_DID) + "".join(dice.sample(_SIGNS, 3))

    return "\n\n".join("".join(f"{clause()}，{clause()}。" for _ in range(6)) for _ in range(max(1, signs // 110)))


def book(folder: Path, chapters: int = 8, *, lang: str = "en", size: int = 700, name: str = "book.md") -> Path:
    """A folder with a Markdown file of chapters."""
    write = english if lang == "en" else chinese
    parts = [f"## Chapter {n}\n\n{write(size, seed=n)}" for n in range(1, chapters + 1)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n\n".join(parts), encoding="utf-8")
    return folder
