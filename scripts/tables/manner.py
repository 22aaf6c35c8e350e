"""Make the tables of `critique`: features of manner, registers of Chinese, human bands, slop lists, English feelings.

    python -m scripts.tables.manner --texts DIR [--only manner|register|bands|slop|feelings] [--report]

DIR holds `prose_en`, `prose_zh`, `classical_modern` and `slop`. Nothing of these texts goes into the tables but counts.
`--report` leaves each book out in turn and prints how well authors and registers are told apart.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from scripts.tables.fetch import wheel

from bimo.critique import originality, structure, style, style_register

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "src" / "bimo" / "critique" / "tables"
BENCH = ROOT / "bench" / "data"
SIZES = {"en": (250, 500, 1000, 2000, 4000), "zh": (300, 750, 1500, 3000, 6000)}
FEATURES = {"en": (300, 900), "zh": (300, 500, 200)}

# Dropped before English pairs and triples are counted, as slop-forensics does.
STOP = """
a an the and or but if of to in on at by for with from as is was were be been being am are i you he she it we they me
him her us them my your his its our their this that these those not no so do did does had has have would could should
will can into out up down over then than there what which who when where how all
"""


def books(folder: Path, lang: str) -> dict[str, str]:
    """Every book of prose by the name of its file; authors are the part before the first underscore (c_bronte: two)."""
    return {
        path.name.removesuffix(".txt.gz"): gzip.decompress(path.read_bytes()).decode("utf-8")
        for path in sorted((folder / f"prose_{lang}").glob("*.txt.gz"))
    }


def author(book: str) -> str:
    """The author of a book, from its file name."""
    return book.split("_")[1] + book[0] if re.match(r"[a-z]_", book) else "_".join(book.split("_")[:1])


def portions(text: str, lang: str, size: int) -> list[str]:
    """The text in stretches of about `size` 字 or words."""
    return [span.of(text) for span in style.stretches(text, lang, size)]  # type: ignore[arg-type]


def ground(texts: dict[str, str], lang: str) -> style.Background:
    """Features that stand in most books, with mean and deviation over stretches; every author weighs the same."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    spread: Counter[str] = Counter()
    for text in texts.values():
        rates = style.rates(text, lang)  # type: ignore[arg-type]
        spread.update(rates.keys())
        for feature, share in rates.items():
            kinds["=" if feature[0] == "=" else str(len(feature))][feature] += share
    chosen: list[str] = []
    for kind, most in zip(sorted(kinds), FEATURES["zh"] if lang == "zh" else reversed(FEATURES["en"]), strict=True):
        common = [feature for feature, _ in kinds[kind].most_common() if spread[feature] >= 0.7 * len(texts)]
        chosen += common[:most]
    rows = defaultdict(list)
    for book, text in texts.items():
        for part in portions(text, lang, style.PORTION[lang])[:40]:  # type: ignore[index]
            rates = style.rates(part, lang)  # type: ignore[arg-type]
            rows[author(book)].append([rates.get(feature, 0.0) for feature in chosen])
    means, deviations = [], []
    for column in range(len(chosen)):
        by_author = [[row[column] for row in each] for each in rows.values()]
        mean = sum(sum(each) / len(each) for each in by_author) / len(by_author)
        variance = sum(sum((x - mean) ** 2 for x in each) / len(each) for each in by_author) / len(by_author)
        means.append(mean)
        deviations.append(max(math.sqrt(variance), 1e-7))
    return style.Background(tuple(chosen), tuple(means), tuple(deviations))


def trials(
    texts: dict[str, str], lang: str, size: int, against: style.Background, seed: int = 1
) -> list[tuple[bool, float]]:
    """Distances of pairs of stretches, and whether one author wrote both; where he has two books, from both."""
    chance = random.Random(seed)
    parts = {
        book: [style.manner(part, lang, against) for part in chance.sample(every, min(8, len(every)))]  # type: ignore[arg-type]
        for book, text in texts.items()
        for every in [portions(text, lang, size)]
    }
    found = []
    for one, two in combinations(parts, 2):
        pairs = [(a, b) for a in parts[one] for b in parts[two]]
        found += [(author(one) == author(two), style.delta(a, b)) for a, b in chance.sample(pairs, min(20, len(pairs)))]
    return found


def right(found: list[tuple[bool, float]]) -> float:
    """The chance that a pair by one author is nearer than a pair by two."""
    same, other = [d for one, d in found if one], [d for one, d in found if not one]
    return sum((a < b) + 0.5 * (a == b) for a in same for b in other) / (len(same) * len(other))


def make_manner(folder: Path, *, report: bool) -> None:
    """Features of both languages, with how often a comparison of each length is right."""
    for lang in ("en", "zh"):
        texts = books(folder, lang)
        # Same-author pairs come from two books each, and the features were counted without these books.
        several = [a for a, n in Counter(map(author, texts)).items() if n > 1]
        outside = {book: text for book, text in texts.items() if author(book) not in several}
        fair = ground(outside if len(outside) > 1 else texts, lang)
        measured = [(size, trials(texts, lang, size, fair)) for size in SIZES[lang]]
        rights = [(size, round(right(found), 3)) for size, found in measured]
        middle = measured[2][1]
        if report:
            for size, found in measured:
                print(lang, size, "AUC", round(right(found), 3), "pairs", sum(s for s, _ in found), len(found))
        whole = ground(texts, lang)
        data = {
            "features": whole.features,
            "means": [float(f"{mean:.4g}") for mean in whole.means],
            "deviations": [float(f"{sd:.4g}") for sd in whole.deviations],
            "right": rights,
            "same": round(median([d for one, d in middle if one]), 3),
            "other": round(median([d for one, d in middle if not one]), 3),
        }
        pack(TABLES / f"manner.{lang}.json.gz", data)


def median(values: list[float]) -> float:
    """The middle one."""
    return sorted(values)[len(values) // 2]


def pack(path: Path, data: object) -> None:
    """Write JSON, compressed, the same bytes each time."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(data, ensure_ascii=False).encode(), mtime=0))
    print(path.name, path.stat().st_size)


def learned(samples: dict[str, list[list[str]]], most: int) -> dict[str, dict[str, float]]:
    """How much each run of one and two characters speaks for each register, in nats against their mean.

    A register is a list of groups of texts that weigh the same. What is not in the table speaks for none.
    """
    shares: dict[str, Counter[str]] = {}
    for name, groups in samples.items():
        shares[name] = Counter()
        for texts in groups:
            counts = Counter[str]()
            for text in texts:
                counts.update(style_register.grams(text))
            total = counts.total() * len(groups)
            shares[name].update({gram: count / total for gram, count in counts.items()})  # type: ignore[misc]
    spread: Counter[str] = Counter()
    for each in shares.values():
        spread.update(each)
    kept = [gram for gram, _ in spread.most_common(most)]
    logs = {name: {gram: math.log(each[gram] + 1e-5) for gram in kept} for name, each in shares.items()}
    base = {gram: sum(weights[gram] for weights in logs.values()) / len(logs) for gram in kept}
    return {name: {gram: round(value - base[gram], 2) for gram, value in w.items()} for name, w in logs.items()}


def make_register(folder: Path, *, report: bool) -> None:
    """Classical, old vernacular and modern Chinese."""
    lines = gzip.decompress((folder / "classical_modern" / "train.jsonl.gz").read_bytes()).decode().splitlines()
    pairs = random.Random(1).sample([json.loads(line) for line in lines], 30_000)
    prose = books(folder, "zh")
    modern = [pair["modern"] for pair in pairs]

    def table(held: frozenset[str]) -> dict[str, dict[str, float]]:
        lu_xun = [prose[book] for book in prose if book.startswith("luxun") and book not in held]
        old = [prose[book] for book in prose if not book.startswith("luxun") and book not in held]
        classical = [pair["classical"] for pair in pairs]
        return learned({"classical": [classical], "vernacular": [old], "modern": [modern, lu_xun]}, 12_000)

    if report:
        dev = gzip.decompress((folder / "classical_modern" / "dev.jsonl.gz").read_bytes()).decode().splitlines()
        seen: dict[str, Counter[bool]] = defaultdict(Counter)
        plain = table(frozenset())
        for pair in map(json.loads, dev):
            for name in ("classical", "modern"):
                found = style_register.chances(pair[name], plain)
                seen[f"dev sentence {name}"][max(found, key=lambda key: found[key]) == name] += 1
        for book, text in prose.items():
            own = table(frozenset([book]))
            wanted = "modern" if book.startswith("luxun") else "vernacular"
            for part in portions(text, "zh", 300):
                found = style_register.chances(part, own)
                seen[f"held-out {book}, 300 字"][max(found, key=lambda key: found[key]) == wanted] += 1
        for name, each in seen.items():
            print(name, round(each[True] / each.total(), 3), each.total())
    pack(TABLES / "register.zh.json.gz", table(frozenset()))


def make_bands(folder: Path) -> None:
    """Tenth, half and nine tenths of every measure over stretches of published prose."""
    for lang in ("en", "zh"):
        values: dict[str, list[float]] = defaultdict(list)
        texts = books(folder, lang)
        for text in texts.values():
            for part in portions(text, lang, 1500)[:40]:
                for measure in (*originality.measures(part, lang), *structure.measures(part, lang)):  # type: ignore[arg-type]
                    values[measure.name].append(measure.value)
        found = {}
        for name, each in sorted(values.items()):
            each.sort()
            found[name] = [round(each[len(each) * share // 100], 2) for share in (10, 50, 90)]
        count = len(next(iter(values.values())))
        data = {
            "note": f"{count} stretches of 1,500 from {len(texts)} books; made by scripts/tables/manner.py",
            "bands": found,
        }
        (TABLES / f"bands.{lang}.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(lang, count, found)


def make_slop(folder: Path) -> None:
    """The English list of slop-forensics with its notice, the Chinese one of bench/mine_slop.py."""
    english = json.loads((folder / "slop" / "slop_lists_en.json").read_text("utf-8"))
    pack(TABLES / "slop.en.json.gz", {**english, "stop": STOP.split()})
    pack(TABLES / "slop.zh.json.gz", json.loads((BENCH / "slop_lists_zh.json").read_text("utf-8")))


def make_feelings() -> None:
    """The words of VADER's lexicon (MIT, C.J. Hutto), without its emoticons, from -1 to 1."""
    from runpy import run_path

    found = run_path(str(wheel("nltk-vader-sentiment", "1.0.0") / "vader" / "data" / "lexicon.py"))["LEXICON"]
    lines = [
        f"{word}\t{value / 4:.3f}" for word, value in sorted(found.items()) if re.fullmatch(r"[a-z][a-z'-]+", word)
    ]
    path = TABLES / "feelings.en.tsv.gz"
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    print(path.name, len(lines))


def main() -> None:
    """Make all tables, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--only", choices=("manner", "register", "bands", "slop", "feelings"))
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    steps = {
        "slop": lambda: make_slop(options.texts),
        "feelings": make_feelings,
        "register": lambda: make_register(options.texts, report=options.report),
        "manner": lambda: make_manner(options.texts, report=options.report),
        "bands": lambda: make_bands(options.texts),
    }
    for name, step in steps.items():
        if options.only in (None, name):
            step()


if __name__ == "__main__":
    main()
