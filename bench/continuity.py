"""Measure the critic of continuity: planted contradictions found by type, false alarms, and speed.

    python bench/plant_contradictions.py --texts DIR --out FILE
    python bench/continuity.py planted FILE [--part held_out] [--bible] [--show]
    python bench/continuity.py clean --texts DIR [--show]     alarms on whole books as they were printed
    python bench/continuity.py speed --texts DIR              a novel of 100,000 字 or words, and again after a change

A planted contradiction counts as found if one finding quotes both of its sentences. Anything else that is found in a
planted story is a false alarm, and so is everything in a printed book, though some of these may be real.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bimo.critique.bible import Bible, Entry
from bimo.critique.check import check
from bimo.critique.memory import Memory
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.finding import Finding

# The patterns were made with the first of these at hand; the others were measured and not looked at.
BOOKS: dict[tuple[Language, str], tuple[str, ...]] = {
    ("en", "tuning"): (
        "austen_emma",
        "carroll_alice",
        "chesterton_ball_and_cross",
        "dickens_great_expectations",
        "melville_moby_dick",
    ),
    ("en", "held_out"): (
        "austen_persuasion",
        "chesterton_wisdom_of_father_brown",
        "c_bronte_jane_eyre",
        "cooper_last_of_the_mohicans",
        "e_bronte_wuthering_heights",
    ),
    ("zh", "tuning"): ("luxun_zhaohua_xishi", "luxun_yecao", "liu_e_laocan_youji", "wu_jingzi_rulin_waishi"),
    ("zh", "held_out"): ("luxun_nahan", "luxun_gushi_xinbian"),
}
NOVEL = 100_000


def found_in(text: str, lang: Language, bible: Bible | None = None, memory: Memory | None = None) -> list[Finding]:
    """What the critic says of a text."""
    knowing = Knowing(bible or Bible(), memory=memory or Memory())
    report = check(Passage.of(text, lang, "prose"), knowing, only=["continuity"])
    return [each.finding for each in report.findings]


def shows(finding: Finding, plant: dict[str, Any]) -> bool:
    """Whether a finding quotes both sentences of a plant."""
    spans = (finding.span, *finding.evidence)
    return all(any(span.start < end and start < span.end for span in spans) for start, end in places(plant))


def places(plant: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """Where the two sentences of a plant stand."""
    return tuple(plant["first"]), tuple(plant["second"])  # type: ignore[return-value]


def planted(options: argparse.Namespace) -> None:
    """Recall by type and false alarms in the planted stories of a part."""
    stories = [json.loads(line) for line in options.file.read_text("utf-8").splitlines()]
    for lang in ("en", "zh"):
        hits: Counter[str] = Counter()
        total: Counter[str] = Counter()
        false = words = 0
        for story in (each for each in stories if (each["lang"], each["part"]) == (lang, options.part)):
            bible = Bible(tuple(Entry(name) for name in story["people"])) if options.bible else None
            found = found_in(story["text"], lang, bible)
            words += length(story["text"], lang)
            for plant in story["plants"]:
                total[plant["type"]] += 1
                hit = any(shows(each, plant) for each in found)
                hits[plant["type"]] += hit
                if options.show and not hit:
                    print(
                        "  missed", plant["type"], *(story["text"][slice(*place)] for place in places(plant)), sep=" | "
                    )
            wrong = [each for each in found if not any(shows(each, plant) for plant in story["plants"])]
            false += len(wrong)
            for each in wrong if options.show else ():
                print("  false", each.code, dict(each.args))
        print(f"{lang} {options.part}{' with the names in a bible' if options.bible else ''}: ", end="")
        print(", ".join(f"{kind} {hits[kind]}/{total[kind]}" for kind in total))
        print(
            f"  recall {hits.total() / total.total():.3f} (n = {total.total()}), precision on planted stories "
            f"{hits.total() / max(1, hits.total() + false):.3f}, false alarms {1e4 * false / words:.2f} per 10,000 "
            f"({false} in {words:,})",
            flush=True,
        )


def books(folder: Path, lang: Language, part: str) -> Iterator[tuple[str, str]]:
    """Name and text of the books of a part."""
    for name in BOOKS[lang, part]:
        yield name, gzip.decompress((folder / f"prose_{lang}" / f"{name}.txt.gz").read_bytes()).decode()


def clean(options: argparse.Namespace) -> None:
    """Alarms in whole books."""
    for lang, part in BOOKS:
        alarms = words = 0
        for name, text in books(options.texts, lang, part):
            found = found_in(text, lang)
            kinds = Counter(each.code.removeprefix("critique.continuity_") for each in found)
            print(f"  {name}: {length(text, lang):,}, {dict(kinds)}", flush=True)
            for each in found if options.show else ():
                print("     ", dict(each.args))
            alarms, words = alarms + len(found), words + length(text, lang)
        print(f"{lang} {part}: {1e4 * alarms / words:.3f} alarms per 10,000 ({alarms} in {words:,})", flush=True)


def speed(options: argparse.Namespace) -> None:
    """A novel of 100,000 字 or words, then again after one paragraph changed."""
    for lang, name in (("zh", "wu_jingzi_rulin_waishi"), ("en", "austen_emma")):
        text = gzip.decompress((options.texts / f"prose_{lang}" / f"{name}.txt.gz").read_bytes()).decode()
        text = text[: int(len(text) * min(1, NOVEL / length(text, lang)))]  # type: ignore[arg-type]
        found_in("热身。" if lang == "zh" else "Warm up.", lang)  # type: ignore[arg-type]
        memory = Memory()
        for what in ("first", "again after a change"):
            start = time.perf_counter()
            found_in(text, lang, memory=memory)  # type: ignore[arg-type]
            print(f"{lang} {length(text, lang):,}, {what}: {time.perf_counter() - start:.2f} s", flush=True)  # type: ignore[arg-type]
            middle = text.find("\n\n", len(text) // 2)
            text = f"{text[:middle]}\n\n{'新添的一段。' if lang == 'zh' else 'A new paragraph.'}{text[middle:]}"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ways = parser.add_subparsers(required=True)
    way = ways.add_parser("planted")
    way.add_argument("file", type=Path)
    way.add_argument("--part", choices=("tuning", "held_out"), default="tuning")
    way.add_argument("--bible", action="store_true", help="give the names of the people as a bible")
    way.set_defaults(run=planted)
    for run in (clean, speed):
        way = ways.add_parser(run.__name__)
        way.add_argument("--texts", type=Path, required=True)
        way.set_defaults(run=run)
    for way in ways.choices.values():
        way.add_argument("--show", action="store_true")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
