"""How quickly editions are made: a book of 60 chapters and 1,690,000 characters in each format.

Text is drawn from the sample works of the desk with a fixed seed, half of the chapters in each language. PDF is held
beside raw Typst: the same data through a template of headings and paragraphs and nothing else.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import time
from functools import cache
from importlib.resources import files
from pathlib import Path

from bimo.publish.bilingual import beside
from bimo.publish.document import Block, Document, Heading, Paragraph, chapters
from bimo.publish.formats import all_formats
from bimo.publish.pdf import data, to_pdf
from bimo.text.errors import Language
from bimo.text.sentences import sentences
from machine import describe

LENGTH, CHAPTERS = 1_690_000, 60
RAW = """
#let work = json("work.json")
#set document(title: work.title)
#set page(width: 148mm, height: 210mm)
#set text(font: ("Libertinus Serif", "Noto Serif SC"), size: 10.5pt, lang: work.lang)
#set par(justify: true)
#for each in work.blocks { if each.kind == "heading" { heading(each.text) } else { par(each.text) } }
"""


@cache
def _pieces(lang: Language) -> list[str]:
    folder = files("bimo.desk") / "samples" / lang
    text = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".md"))
    return [" ".join(span.of(text).split()) for span in sentences(text, lang)]


def book(length: int = LENGTH, chapters: int = CHAPTERS) -> Document:
    """A novel of so many characters."""
    chance = random.Random(7)
    blocks: list[Block] = []
    for number in range(chapters):
        lang: Language = "en" if number % 2 else "zh"
        blocks.append(Heading(f"Chapter {number + 1}" if number % 2 else f"第{number + 1}章"))
        left = length // chapters
        while left > 0:
            joint = " " if lang == "en" else ""
            text = joint.join(chance.choice(_pieces(lang)) for _ in range(chance.randint(1, 7)))[:left].strip() or "。"
            blocks.append(Paragraph(text))
            left -= len(text) + 1
    return Document("一百万字 A Long Book", tuple(blocks), "zh", "某人")


def _raw(document: Document) -> bytes:
    import json

    import pylopdf_fonts_zh_cn
    import typst

    parts = {"main": RAW.encode(), "work.json": json.dumps(data(document), ensure_ascii=False).encode()}
    fonts = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
    compiler = typst.Compiler(parts, font_paths=fonts, ignore_system_fonts=True)
    made: bytes = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    return made


def _facing(document: Document) -> bytes:
    """The Chinese chapters beside the English ones, as PDF with facing pages."""
    parts = [blocks for _, blocks in chapters(document.blocks)]
    sides = [tuple(block for blocks in parts[start::2] for block in blocks) for start in (0, 1)]
    return to_pdf(beside(Document("书", sides[0], "zh"), Document("Book", sides[1], "en")))


def pairing(noise: float, changed: float, seed: int) -> tuple[int, int, int]:
    """Of a translation of 2,000 paragraphs, simulated: pairs found that are true, pairs found, pairs that are true.

    Lengths are lognormal with a mean of about 55 characters; a translation is 3 times as long, times a lognormal factor
    of that spread. Each paragraph is joined to the next, split or left out with the probability `changed` each.
    """
    chance = random.Random(seed)
    sizes = [max(2, round(chance.lognormvariate(3.7, 0.8))) for _ in range(2000)]
    other: list[int] = []
    true: list[tuple[int, int]] = []
    place = 0
    while place < len(sizes):
        size = round(3 * sizes[place] * chance.lognormvariate(0, noise))
        kind, taken = chance.random(), 1
        if kind < changed and place + 1 < len(sizes):
            other.append(size + round(3 * sizes[place + 1] * chance.lognormvariate(0, noise)))
            taken = 2
        elif kind < 2 * changed and size > 8:
            half = round(size * chance.uniform(0.3, 0.7))
            other += [half, size - half]
        elif kind >= 3 * changed:
            other.append(size)
        place += taken
        true.append((place, len(other)))
    own, theirs = (tuple(Paragraph("x" * max(each, 1)) for each in side) for side in (sizes, other))
    ends: list[tuple[int, int]] = []
    stand = [0, 0]
    for pair in beside(Document("", own, "zh"), Document("", theirs, "en")).pairs:
        stand = [stand[0] + len(pair.own), stand[1] + len(pair.other)]
        ends.append((stand[0], stand[1]))
    # A pair is true if it begins and ends where a true one does.
    spans, found = set(zip([(0, 0), *true], true, strict=False)), set(zip([(0, 0), *ends], ends, strict=False))
    return len(spans & found), len(found), len(spans)


# What is no format of its own; broadsides are of poems, not of books.
MORE = {"raw typst": _raw, "facing pdf": _facing}


def main() -> None:
    """Print a line for each format, each in a process of its own: Typst sets what it has set before much faster."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--formats", default="", help="separated by commas; all if left out")
    asked.add_argument("--runs", type=int, default=3, help="the best is told; other work only makes it slower")
    asked.add_argument("--length", type=int, default=LENGTH)
    asked.add_argument("--chapters", type=int, default=CHAPTERS)
    asked.add_argument("--pairs", action="store_true", help="only how well simulated translations are paired")
    given = asked.parse_args()
    print(describe())
    if given.pairs:
        for noise, changed in ((0.15, 0.01), (0.15, 0.03), (0.3, 0.01), (0.3, 0.03)):
            good, found, true = map(sum, zip(*(pairing(noise, changed, seed) for seed in range(5)), strict=True))
            print(f"spread {noise}, changed 3 x {changed:.0%}: precision {good / found:.3f}, recall {good / true:.3f}")
        return
    document = book(given.length, given.chapters)
    count = sum(len(block.text) for block in document.blocks if isinstance(block, Heading | Paragraph))
    print(f"{count:,} characters, {given.chapters:,} chapters, best of {given.runs}\n")
    wanted = (
        given.formats.split(",") if given.formats else [id for id in all_formats() if "broadside" not in id] + [*MORE]
    )
    for name in wanted:
        found = []
        for _ in range(given.runs):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found.append(pool.apply(_timed, (name, given.length, given.chapters)))
        clock, processor, size, memory = min(found)
        print(f"{name:<12}{clock:7.2f} s, {processor:7.2f} s of processor, {size / 1e6:7.1f} MB, peak {memory:6.0f} MB")


def _timed(name: str, length: int, chapters: int) -> tuple[float, float, int, float]:
    """Seconds, seconds of the processor, bytes of the edition, and the most memory in MB."""
    document = book(length, chapters)
    write = MORE.get(name) or all_formats()[name].write
    begin, used = time.perf_counter(), time.process_time()
    size = len(write(document))
    clock, processor = time.perf_counter() - begin, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20)
    return clock, processor, size, memory


if __name__ == "__main__":
    main()
