"""Verse, measured.

    python bench/verse.py check [--corpus FOLDER] [--poems build/shi.jsonl build/ci.jsonl build/poems.jsonl]

`check` needs no model. It reads the classical poems that `make tables` fetches and prints how many Tang poems the
checker takes for regulated verse, how many injected errors it finds, how often it knows a 词 without its title, and how
fast it is. With `--poems`, the files that `bench/verse_compose.py` keeps, it reads these poems again under strict
readings; its last table sets all figures beside the bars of the project and what others report. English verse is
measured by `bench/verse_english.py`, and the time of one poem by `bench/verse_compose.py --times`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from bimo.text.finding import Finding, Severity
from bimo.verse.chinese.pattern import Size, variants
from bimo.verse.form import find_form
from bimo.verse.readings import book, frequent
from bimo.verse.scan import scan
from bimo.verse.scansion import Scan
from machine import describe

CORPUS = Path(".cache/chinese-poetry-2.0.1/package/dist")
# Lines and characters of each form, with the share that a checker without 拗救 accepts (tones and rhyme).
TANG = {"wujue": (4, 5, 0.451), "qijue": (4, 7, 0.753), "wulv": (8, 5, 0.533), "qilv": (8, 7, 0.691)}


def poems(corpus: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Title (or tune) and text of each poem."""
    for path in sorted(corpus.glob(pattern)):
        for poem in json.loads(path.read_text("utf-8")):
            yield poem.get("rhythmic") or poem.get("title") or "", "\n".join(poem["paragraphs"])


def of_size(texts: list[str], lines: int, length: int) -> list[str]:
    """Poems of so many lines, all of that length."""
    found = []
    for text in texts:
        clauses = [clause for clause in "".join(" " if each in "，。、；！？：\n" else each for each in text).split()]
        if len(clauses) == lines and all(len(clause) == length for clause in clauses):
            found.append(text)
    return found


def errors(scanned: Scan) -> list[Finding]:
    return [finding for finding in scanned.findings if finding.severity >= Severity.ERROR]


def accepted(tang: dict[str, list[str]]) -> dict[str, list[str]]:
    """How many poems of the size are in the form, and what keeps the others out."""
    kept = {}
    print("\n## Tang poems taken for regulated verse (pingshui, any reading)\n")
    print("| form | poems | 拗救 on | 拗救 off | and no 三仄尾 | baseline without 拗救 |\n|---|---|---|---|---|---|")
    why: Counter[str] = Counter()
    for id, texts in tang.items():
        form = find_form(id)
        scans = [scan(text, form=form) for text in texts]
        good = [each for each in scans if not errors(each)]
        plain = [each for each in good if "verse.rescued" not in codes(each)]
        strict = [each for each in plain if "verse.three_oblique" not in codes(each)]
        shares = " | ".join(f"{len(each) / len(texts):.3f}" for each in (good, plain, strict))
        print(f"| {form.names['zh']} | {len(texts)} | {shares} | {TANG[id][2]} |", flush=True)
        why.update(code for each in scans for code in {finding.code for finding in errors(each)})
        kept[id] = [each.text for each in good]
    print("\nwhat keeps poems out (poems):", ", ".join(f"{code} {count}" for code, count in why.most_common()))
    return kept


def codes(scanned: Scan) -> set[str]:
    return {finding.code for finding in scanned.findings}


def injected(kept: dict[str, list[str]], number: int, rng: random.Random) -> tuple[float, float]:
    """Spoil one character of an accepted poem so that no reading fits, and look whether the finding stands there."""
    pingshui = book("pingshui")
    chars = frequent()[:3000]
    pools = {
        tone: [char for char in chars if pingshui.tones(char, "any") == {other}]
        for tone, other in (("平", "仄"), ("仄", "平"))
    }
    found = exact = located = all_errors = done = excused = 0
    missed = []
    while done < number:
        id = rng.choice(list(kept))
        text = rng.choice(kept[id])
        clean = scan(text, form=id)
        marks = [(mark, line) for line in clean.lines for mark in line.marks if mark.expected in ("平", "仄")]
        mark, line = rng.choice(marks)
        pool = pools[mark.expected]
        if line.rhyme and mark is line.marks[-1] and rng.random() < 0.5:
            near = {line.group, *pingshui.neighbours(line.group)}
            pool = [char for char in chars if pingshui.rhymes(char, "any") and not pingshui.rhymes(char, "any") & near]
        at = mark.span.start
        spoilt = text[:at] + rng.choice(pool) + text[at + 1 :]
        # A first line that ends oblique need not rhyme, so there a spoilt foot may be legal too.
        is_foot = bool(line.rhyme) and mark is line.marks[-1]
        if (not is_foot or (line is clean.lines[0] and "平" not in pingshui.tones(spoilt[at], "any"))) and legal(
            spoilt, id
        ):
            excused += 1
            continue
        done += 1
        faults = errors(scan(spoilt, form=id))
        here = [fault for fault in faults if fault.span.start <= at < fault.span.end]
        near_by = [
            fault for fault in faults if any(each.start <= at < each.end for each in (fault.span, *fault.evidence))
        ]
        found += bool(faults)
        exact += bool(here)
        located += len(near_by)
        all_errors += len(faults)
        if not near_by:
            missed.append((spoilt.replace("\n", ""), spoilt[at], [fault.code for fault in faults]))
    print(
        f"\n## {number} injected errors ({excused} more spoilt poems were still legal, by 拗救 mostly, and left out)\n"
    )
    print(f"recall {found / number:.4f}, with a finding on the very character {exact / number:.4f}")
    print(f"precision (errors that name the spoilt character or show it as evidence) {located / all_errors:.4f}")
    for each in missed[:5]:
        print("  missed:", each)
    return found / number, located / all_errors


def legal(text: str, id: str) -> bool:
    """Whether some sequence of the form has tones for this poem, tried one by one, apart from the checker."""
    pingshui = book("pingshui")
    lines = [[pingshui.tones(char, "any") or {"平", "仄"} for char in clause] for clause in clauses_of(text)]

    def fits(tones: str, line: list[frozenset[str]]) -> bool:
        return all(tone == "中" or tone in found for tone, found in zip(tones, line, strict=True))

    return any(
        all(
            any(all(map(fits, each.tones, lines[2 * number : 2 * number + 2])) for each in unit.alternatives)
            for number, unit in enumerate(variant.units)
        )
        for variant in variants(find_form(id), Size())
    )


def clauses_of(text: str) -> list[str]:
    return "".join(" " if each in "，。、；！？：\n" else each for each in text).split()


def known_tunes(ci: list[tuple[str, str]], rng: random.Random) -> None:
    """How many Song ci hold by their tune, and how often the tune is found without its title."""
    pairs = []
    for tune, text in ci:
        try:
            form = find_form(tune.split("・")[0], "zh")
        except Exception:  # A tune that the table does not have.
            continue
        if form.kind == "ci" and "□" not in text and len(text) > 20:
            pairs.append((form.id, text))
    sample = rng.sample(pairs, 2000)
    known = [scan(text, form=id) for id, text in sample]
    free = [scan(text, lang="zh") for _, text in sample]
    hold = sum(each.holds for each in known)
    three = sum(len(errors(each)) <= 3 for each in known)
    right = sum(each.form == id for each, (id, _) in zip(free, sample, strict=True))
    print(f"\n## Song ci: {len(pairs)} of a tune in the table, a sample of {len(sample)}\n")
    print(f"hold {hold / len(sample):.3f}, at most three errors {three / len(sample):.3f}")
    print(f"tune found without the title {right / len(sample):.3f}")


def fast(texts: list[str]) -> float:
    """Scans a second on one core, over different poems, after a first round."""
    print(f"\n## Speed over {len(texts)} different 七律, one core\n")

    def rate(work: Callable[[str], Scan]) -> float:
        start = time.process_time()
        for text in texts:
            work(text)
        return len(texts) / (time.process_time() - start)

    form = find_form("qilv")
    ways: list[tuple[str, Callable[[str], Scan]]] = [
        ("form and book known", lambda text: scan(text, form=form, book="pingshui")),
        ("form known, modern rhyme tried where 平水 fails", lambda text: scan(text, form=form)),
        ("form recognised", scan),
    ]
    rates = {name: max(rate(work) for _ in range(9)) for name, work in ways}
    for name, found in rates.items():
        print(f"{name}: {found:,.0f} a second (best of nine rounds)")
    return rates[ways[0][0]]


def written(files: list[Path]) -> list[tuple[str, str, str]]:
    """Rows of the last table on poems that were written: read again here, under strict readings, and counted."""
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    held = [row for row in rows if row["arm"] in ("grammar", "full")]
    found = []
    tunes = []
    for name in dict.fromkeys(row["form"] for row in held):
        form = find_form(name, "zh")
        some = [scan(row["text"], form=form, policy="strict").holds for row in held if row["form"] == name]
        if form.kind == "ci":
            tunes += some
        else:
            found.append((f"{name}: poems that hold", f"{sum(some) / len(some):.1%} of {len(some)}", "97.5 % | 100 %"))
    if tunes:
        found.append(("词: poems that hold", f"{sum(tunes) / len(tunes):.1%} of {len(tunes)}", "– | 100 %"))
    full = [row for row in held if row["arm"] == "full" and row["form"] == "七绝"]
    if full:
        repeats, copied = sum(row["repeats"] > 0 for row in full), sum(row["copied"] for row in full)
        found.append(("七绝 with a repeated character", f"{repeats} of {len(full)}", "– | 1 in 20"))
        found.append(("lines with five copied characters", f"{copied} in {len(full)} 七绝", "– | 1 in 50"))
    return found


def check(corpus: Path, number: int, files: list[Path]) -> None:
    rng = random.Random(20261123)
    print(describe())
    texts = [text for _, text in poems(corpus, "quantangshi/poet.tang.*.json")]
    tang = {id: of_size(texts, lines, length) for id, (lines, length, _) in TANG.items()}
    kept = accepted(tang)
    recall, precision = injected(kept, number, rng)
    known_tunes(list(poems(corpus, "songci/ci.song.*.json")), rng)
    rate = fast(rng.sample(tang["qilv"], 500))
    share = len(kept["qijue"]) / len(tang["qijue"])
    print("\n## Against the bars\n\n| | measured | best other | bar |\n|---|---|---|---|")
    for name, measured, others in (
        *written(files),
        ("recall of injected errors", f"{recall:.2%} of {number}", "– | 99.5 %"),
        ("precision", f"{precision:.2%}", "– | 98 %"),
        ("Tang 七绝 accepted", f"{share:.3f} of {len(tang['qijue'])}", ".753 without 拗救 | must rise"),
        ("七律 scanned a second", f"{rate:,.0f}", "– | 3,000"),
    ):
        print(f"| {name} | {measured} | {others} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    part = parts.add_parser("check", help="the checker against old poems and injected errors")
    part.add_argument("--corpus", type=Path, default=CORPUS)
    part.add_argument("--errors", type=int, default=1000)
    part.add_argument("--poems", type=Path, nargs="*", default=[], help="what bench/verse_compose.py kept")
    given = parser.parse_args()
    if not given.corpus.is_dir():
        parser.error(f"no poems in {given.corpus}: run `make tables` first, or give --corpus")
    check(given.corpus, given.errors, given.poems)


if __name__ == "__main__":
    main()
