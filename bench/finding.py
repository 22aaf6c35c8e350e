"""How fast the desk finds names in a text, words in a work, brings in a book, and gathers a context.

python bench/finding.py [mentions] [search] [imports] [context]
"""

from __future__ import annotations

import io
import random
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import docx

import machine
from bimo.desk.context import see
from bimo.desk.desk import Desk
from bimo.desk.imports.plan import Plan, Section
from bimo.desk.imports.reader import plan
from bimo.desk.imports.storing import bring_in
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


ENCODINGS = {"zh": "gb18030", "en": "utf-8"}
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


def imports() -> None:
    """A novel of 1,000,000 characters in 200 chapters, from each format to a plan, and from the plan to the desk."""
    for lang, pattern in (("zh", ZH), ("en", EN)):
        text = book(1_000_000, names(50, lang), pattern)
        title = {"zh": "第{}章 风雨", "en": "Chapter {}: Rain"}[lang]
        chapters = [
            (title.format(place // 5000 + 1), text[place : place + 5000]) for place in range(0, len(text), 5000)
        ]
        made = {
            "txt": "\n\n".join(f"{head}\n\n{body}" for head, body in chapters).encode(ENCODINGS[lang]),
            "md": "\n\n".join(f"# {head}\n\n{body}" for head, body in chapters).encode(),
            "docx": word(chapters),
            "epub": pages(chapters),
        }
        for suffix, data in made.items():
            spent, found = timed(partial(plan, data, f"a.{suffix}"), 0)
            count = sum(section.kind == "chapter" for section in found.sections)
            print(f"import {lang} {suffix}: {len(data) / 1e6:.1f} MB, {count} chapters: {spent}")
        with TemporaryDirectory() as folder, Desk.open(Path(folder) / "desk.db") as desk:
            spent, _ = timed(partial(bring_in, desk.store, found), 0)
            print(f"    putting {sum(1 for _ in found.scenes())} scenes on the desk: {spent}")


def word(chapters: Sequence[tuple[str, str]]) -> bytes:
    """A Word document."""
    document = docx.Document()
    for head, body in chapters:
        document.add_heading(head, 1)
        for line in body.split("\n\n"):
            document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pages(chapters: Sequence[tuple[str, str]]) -> bytes:
    """An EPUB with a page a chapter."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", '<c><rootfile full-path="b.opf"/></c>')
        numbers = range(len(chapters))
        items = "".join(f'<item id="p{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in numbers)
        spine = "".join(f'<itemref idref="p{n}"/>' for n in numbers)
        archive.writestr("b.opf", f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>")
        for number, (head, body) in enumerate(chapters):
            lines = "".join(f"<p>{line}</p>" for line in body.split("\n\n"))
            archive.writestr(f"{number}.xhtml", f"<html><body><h1>{head}</h1>{lines}</body></html>")
    return out.getvalue()


def context() -> None:
    """What a tool is told at the end of a work of 1,000,000 characters, 500 scenes and 500 entries."""
    for lang, pattern in (("zh", ZH), ("en", EN)):
        people = names(500, lang)
        text = book(1_000_000, people, pattern)
        scenes = tuple(Section("scene", str(n), text[n : n + 2000]) for n in range(0, len(text), 2000))
        with TemporaryDirectory() as folder, Desk.open(Path(folder) / "desk.db") as desk:
            work = bring_in(desk.store, Plan("", lang, sections=scenes))
            for each in people:
                desk.bible.add(work.id, "character", each.text, description=pattern[:60])
            last = desk.outline.scenes(work.id)[-1].id
            for window in (4000, 32000):
                spent, seen = timed(partial(see, desk, last, lambda part: (len(part) + 1) // 2, budget=window))
                kept = sum(part.kept for part in seen.parts)
                print(f"context {lang}: {seen.tokens} of {window} tokens in {kept} parts: {spent}")


PARTS = {"mentions": mentions, "search": search, "imports": imports, "context": context}


def main() -> None:
    print(machine.describe())
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
