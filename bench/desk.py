"""How quickly the desk saves, opens, imports and searches: a scene of 5,000 字, works of a million.

Text is drawn from the sample works with a fixed seed. Each save ends with the disk's own word (`synchronous=FULL`).
"""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from bimo.desk.archive import export
from bimo.desk.desk import Desk
from bimo.desk.imports.reader import plan
from bimo.desk.imports.storing import bring_in
from bimo.desk.search import Search
from bimo.desk.values import Revision
from bimo.desk.verify import problems
from bimo.text.authorship import after, changes
from bimo.text.errors import Language
from bimo.text.sentences import sentences
from bimo.text.words import segments
from machine import describe

SAVES, SCENES = 300, 500
CHANCE = random.Random(5)


@cache
def pieces(lang: Language) -> list[str]:
    """The sentences of the sample work of a language."""
    folder = files("bimo.desk") / "samples" / lang
    text = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".md"))
    return [span.of(text).strip() for span in sentences(text, lang)]


def prose(length: int, lang: Language = "zh") -> str:
    """`length` characters of prose, in paragraphs."""
    parts: list[str] = []
    while length > 0:
        after = "\n\n" if CHANCE.random() < 0.2 else "" if lang == "zh" else " "
        parts.append((CHANCE.choice(pieces(lang)) + after)[:length])
        length -= len(parts[-1])
    return "".join(parts)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def show(name: str, times: list[float], bar: str = "") -> None:
    """One line: the middle, the slow end."""
    slow = statistics.quantiles(times, n=20)[-1]
    print(f"{name:<58} p50 {statistics.median(times):7.1f} ms   p95 {slow:7.1f} ms   {bar}")


def saves(desk: Desk, *, places: int, told: bool) -> list[float]:
    """Saves of one scene, each with `places` changes; `told` whether the page says who wrote what."""
    work = desk.works.add("存", lang="zh").id
    scene = desk.outline.add(work, "scene").id
    head = desk.revisions.save(scene, prose(5000), based_on=None)
    times = []
    for _ in range(SAVES):
        assert isinstance(head, Revision)
        text = head.text
        for _ in range(places):
            at = CHANCE.randrange(len(text))
            text = text[:at] + prose(12) + text[at + 10 :]
        runs = after(head.authorship, changes(head.text, text, "zh")) if told else None
        base = head.id
        begin = time.perf_counter()
        head = desk.revisions.save(scene, text, based_on=base, authorship=runs)
        times.append(1000 * (time.perf_counter() - begin))
    return times


def importing(folder: Path) -> None:
    """A novel of 1,000,000 characters from its bytes to the desk, and every search in it held against the text."""
    chapters = [f"第{number}章 雾\n\n" + "\n\n".join(prose(200) for _ in range(50)) for number in range(1, 101)]
    book = "\n\n".join(chapters)
    with Desk.open(folder / "book.db") as desk:
        begin = time.perf_counter()
        work = bring_in(desk.store, plan(book.encode(), "book.txt", lang="zh"))
        took = 1000 * (time.perf_counter() - begin)
        texts = [head.text for head in desk.revisions.heads(work.id)]
        print(f"{f'import {len(book):,} characters, 100 chapters':<58} {took:11.0f} ms {'':22} bar: ≤ 5,000 ms")
        search = Search(desk.store)
        print(f"{'  … its index, made by the first search':<58} {timed(search.refresh):11.0f} ms")
        words = re.findall(r"[\u4e00-\u9fff]+", chapters[0])
        times, wrong = [], 0
        for length in (1, 2, 4) * 50:
            query = CHANCE.choice([word for word in words if len(word) >= length])[:length]
            begin = time.perf_counter()
            found = search.find(query, kinds=["scene"]).total
            times.append(1000 * (time.perf_counter() - begin))
            wrong += found != sum(query in each for each in texts)
        search.close()
    show("search, 150 queries of 1 to 4 字", times, "bar: ≤ 20 ms")
    print(f"{'  … of them without every scene that holds it':<58} {wrong:11d} {'':25} bar: 0")


def main() -> None:
    """Measure and print."""
    print(describe(), end="\n\n")
    segments("词典在第一次使用时载入")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        with Desk.open(path) as desk:
            show("save 5,000 字, one place changed", saves(desk, places=1, told=True), "bar: p95 ≤ 30 ms")
            show("save 5,000 字, five places, authorship by comparison", saves(desk, places=5, told=False))
            size = path.stat().st_size / 2**20
            print(f"{f'the file after these {2 * SAVES} saves':<58} {size:11.1f} MB")
            work = desk.works.add("长卷", lang="zh").id
            chapters = [desk.outline.add(work, "chapter", f"第{number}章").id for number in range(50)]
            for number in range(SCENES):
                scene = desk.outline.add(work, "scene", f"场景{number}", parent=chapters[number // 10]).id
                desk.revisions.save(scene, prose(2000), based_on=None)

        def listed() -> None:
            with Desk.open(path) as desk:
                assert len(desk.outline.tree(work)) == SCENES + 50
                assert len(desk.revisions.lengths(work)) == SCENES

        opened = f"open, outline and counts: {SCENES} scenes, 1,000,000 characters"
        show(opened, [timed(listed) for _ in range(10)], "bar: ≤ 1,000 ms")
        with Desk.open(path) as desk:
            show("the text of every scene", [timed(lambda: list(desk.revisions.heads(work))) for _ in range(5)])
            show("verify everything", [timed(lambda: problems(desk.store)) for _ in range(3)])
            zipped = Path(folder) / "all.zip"
            print(f"{'export everything':<58} {timed(lambda: export(desk.store, zipped)):11.0f} ms")
            print(f"{'the exported file':<58} {zipped.stat().st_size / 2**20:11.1f} MB")
        importing(Path(folder))


if __name__ == "__main__":
    main()
