"""Measure the measures: feelings against labelled lines, and a long manuscript against the clock.

    python bench/critique_measures.py poems --texts DIR      DIR/emotion/poem_sentiment_test.tsv, never used to tune
    python bench/critique_measures.py feelings [--part tune|test]   bench/data/feelings.zh.tsv
    python bench/critique_measures.py speed --texts DIR      a million characters of each language

Feelings are read by the default model and, beside it, by the word list alone. The authorship and register figures come
from `python -m scripts.tables.manner --report`, which leaves books out.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable
from pathlib import Path

from bimo.critique.emotion import mood
from bimo.critique.emotion_model import read
from bimo.critique.portrait import portrait
from bimo.models.select import open_model
from bimo.text.errors import Language

HERE = Path(__file__).parent
LABELS = (-1, 0, 1)


def f1(pairs: list[tuple[int, int]]) -> tuple[float, float, list[float]]:
    """Accuracy, macro-F1, and F1 of each label from pairs of (right, told)."""
    each = []
    for label in LABELS:
        hit = sum(right == told == label for right, told in pairs)
        all = sum((right == label) + (told == label) for right, told in pairs)
        each.append(2 * hit / all if all else 0.0)
    return sum(right == told for right, told in pairs) / len(pairs), sum(each) / len(each), each


def judge(name: str, lines: list[tuple[str, int]], tell: Callable[[str], int]) -> None:
    start = time.perf_counter()
    pairs = [(label, tell(line)) for line, label in lines]
    right, macro, each = f1(pairs)
    spent = (time.perf_counter() - start) / len(lines)
    shown = " ".join(f"{value:.3f}" for value in each)
    print(f"{name:<12} n={len(lines)} accuracy {right:.3f} macro-F1 {macro:.3f} (-1 0 1: {shown}) {spent:.2f} s a line")
    print("   confusion", {key: pairs.count(key) for key in sorted(set(pairs)) if key[0] != key[1]}, flush=True)


def by_words(lang: Language) -> Callable[[str], int]:
    def tell(line: str) -> int:
        value = mood(line, lang).valence
        return 1 if value > 0.1 else -1 if value < -0.1 else 0

    return tell


def by_model(lang: Language) -> Callable[[str], int]:
    model = open_model()

    def tell(line: str) -> int:
        found = read(line, lang, model)
        return found.label if found else 0

    return tell


def labelled(path: Path, part: str | None = None) -> list[tuple[str, int]]:
    """Lines of `feelings.zh.tsv`: label, sentence; every third is for tuning, the others are the test."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
    wanted = [row for number, row in enumerate(rows) if part is None or (number % 3 == 0) == (part == "tune")]
    return [(text, int(label)) for label, text in wanted]


def poems(folder: Path) -> list[tuple[str, int]]:
    """The lines of the poem-sentiment test with their labels."""
    rows = (folder / "emotion" / "poem_sentiment_test.tsv").read_text("utf-8").splitlines()
    return [(line, int(label)) for _, line, label in (row.split("\t") for row in rows)]


def speed(folder: Path) -> None:
    for lang in ("en", "zh"):
        paths = sorted((folder / f"prose_{lang}").glob("*.gz"))
        text = ("\n".join(gzip.decompress(path.read_bytes()).decode() for path in paths) * 3)[:1_000_000]
        start = time.perf_counter()
        portrait(text, lang)  # type: ignore[arg-type]
        print(lang, len(text), "characters in", round(time.perf_counter() - start, 1), "s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("poems", "feelings", "speed"))
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--part", choices=("tune", "test"), default="test")
    options = parser.parse_args()
    if options.what == "speed":
        speed(options.texts)
        return
    lang: Language = "zh"
    if options.what == "poems":
        lang = "en"
        lines = poems(options.texts)
    else:
        lines = labelled(HERE / "data" / "feelings.zh.tsv", options.part)
    judge("word list", lines, by_words(lang))
    judge("model", lines, by_model(lang))


if __name__ == "__main__":
    main()
