"""One plain call against the tool `draft`, on twenty briefs a language, with both texts side by side.

    python bench/writing.py [--lang zh] [--first 5] [--samples docs/samples-writing.md] [--lengths 50]

What is counted: phrases over-used by machines (English: the slop-forensics lists; Chinese: a list mined from the same
model on other themes; the tools read neither), words that name feelings, abstract words in the last sentence, longest
repeat, distinct pairs, things asked for and missing, and the error of length. Lower is better except `distinct`. What
repeats is counted up to the length of the shorter text.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimo.craft.events import result_of
from bimo.craft.registry import Context, find_tool
from bimo.critique import prose
from bimo.models.protocol import Model, Prompt, Sampling, write
from bimo.models.select import open_model
from bimo.text.count import length
from bimo.text.errors import Language
from machine import describe

HERE = Path(__file__).parent
LENGTH = {"zh": 120, "en": 90}
NAMES = ("slop", "telling", "ending", "repeat", "echo", "distinct", "missing", "length")


@dataclass(frozen=True, slots=True)
class Text:
    words: str
    seconds: float
    figures: dict[str, float]


def slop(lang: Language) -> tuple[str, ...]:
    """The list of this bench. English pairs and triples stand in the source without their stop words: words only."""
    found = json.loads((HERE / f"data/slop_lists_{lang}.json").read_text(encoding="utf-8"))
    return tuple(found["phrases"] if lang == "zh" else found["words"])


def figures(text: str, lang: Language, include: Sequence[str], target: int) -> dict[str, float]:
    count = max(1, length(text, lang))
    found = {one.name: one.value for one in prose.measures(text, lang, target=target, elements=include)}
    found["slop"] = 1000 * len(prose.hits(text, slop(lang), lang)) / count
    return {name: found.get(name, 0.0) for name in NAMES}


def plain(model: Model, lang: Language, brief: dict[str, Any], target: int, seed: int) -> str:
    """What a writer would type into a chat."""
    include = ("、" if lang == "zh" else ", ").join(brief["include"])
    if lang == "zh":
        prompt = Prompt.of("你是一位小说家。", f"写一段{target}字的小说。{brief['theme']}文中要写到：{include}。")
    else:
        ask = f"Write a {target}-word opening of a story. {brief['theme']} It must mention: {include}."
        prompt = Prompt.of("You are a novelist.", ask)
    model.forget()
    return write(model, prompt, Sampling(seed=seed, max_tokens=400))[0].strip()


def drafted(model: Model, lang: Language, brief: dict[str, Any], target: int, seed: int) -> str:
    tool = find_tool("draft")
    request = tool.request.model_validate(
        {"theme": brief["theme"], "include": tuple(brief["include"]), "length": target, "lang": lang, "seed": seed}
    )
    return result_of(iter(tool.run(request, Context(), model))).text


def judged(lang: Language, include: Sequence[str], one: tuple[str, float], two: tuple[str, float]) -> tuple[Text, Text]:
    """Both texts with their figures. Repetition grows with length, so it is counted up to the end of the shorter."""
    shorter = min(len(prose.units(text, lang)) for text, _ in (one, two))
    found = []
    for text, seconds in (one, two):
        numbers = figures(text, lang, include, LENGTH[lang])
        head = " ".join(prose.units(text, lang)[:shorter])
        same = figures(head, lang, (), LENGTH[lang])
        found.append(Text(text, seconds, numbers | {name: same[name] for name in ("repeat", "echo", "distinct")}))
    return found[0], found[1]


def compare(model: Model, lang: Language, briefs: Sequence[dict[str, Any]], seed: int) -> list[tuple[Text, Text]]:
    pairs = []
    for number, brief in enumerate(briefs):
        both = []
        for way in (plain, drafted):
            began = time.monotonic()
            text = way(model, lang, brief, LENGTH[lang], seed + number)
            both.append((text, time.monotonic() - began))
        pairs.append(judged(lang, brief["include"], both[0], both[1]))
        times = [text.seconds for text in pairs[-1]]
        print(f"{lang} {number + 1}/{len(briefs)}  {times[0]:.0f} s  {times[1]:.0f} s", flush=True)
    return pairs


def table(lang: Language, pairs: Sequence[tuple[Text, Text]]) -> str:
    rows = [f"| {lang} | plain call | draft | draft better in |", "|---|---:|---:|---:|"]
    for name in NAMES:
        one = [pair[0].figures[name] for pair in pairs]
        two = [pair[1].figures[name] for pair in pairs]
        sign = -1 if name == "distinct" else 1
        wins = sum(sign * b < sign * a for a, b in zip(one, two, strict=True))
        ties = sum(a == b for a, b in zip(one, two, strict=True))
        rows.append(
            f"| {name} | {statistics.mean(one):.1f} | {statistics.mean(two):.1f} "
            f"| {wins} of {len(pairs)}, {ties} equal |"
        )
    within = [sum(pair[side].figures["length"] <= 10 for pair in pairs) for side in (0, 1)]
    rows.append(f"| length within 10 % | {within[0]} of {len(pairs)} | {within[1]} of {len(pairs)} | |")
    times = [statistics.median(pair[side].seconds for pair in pairs) for side in (0, 1)]
    rows.append(f"| seconds, median | {times[0]:.0f} | {times[1]:.0f} | |")
    return "\n".join(rows)


def side_by_side(lang: Language, briefs: Sequence[dict[str, Any]], pairs: Sequence[tuple[Text, Text]]) -> str:
    parts = [f"## {lang}"]
    for brief, (one, two) in zip(briefs, pairs, strict=True):
        cells = [text.words.replace("|", "\\|").replace("\n", "<br>") for text in (one, two)]
        asked = f"{brief['theme']} · {', '.join(brief['include'])} · {LENGTH[lang]}"
        parts.append(f"### {asked}\n\n| plain call | draft |\n|---|---|\n| {cells[0]} | {cells[1]} |")
    return "\n\n".join(parts)


def lengths(model: Model, runs: int) -> str:
    """How often `draft` keeps to a length, over lengths and briefs of both languages."""
    briefs = tomllib.loads((HERE / "data/briefs.toml").read_text(encoding="utf-8"))
    kept = 0
    missed = []
    for number in range(runs):
        lang: Language = "zh" if number % 2 else "en"
        target = (60, 90, 120, 160)[number // 2 % 4]
        brief = briefs[lang][number // 2 % len(briefs[lang])] | {"include": []}
        text = drafted(model, lang, brief, target, 500 + number)
        count = length(text, lang)
        kept += abs(count - target) <= 0.1 * target
        if abs(count - target) > 0.1 * target:
            missed.append(f"{lang} {target}: {count}")
        print(f"length {number + 1}/{runs}: {lang} {target} asked, {count} written", flush=True)
    return f"length within 10 %: {kept} of {runs} runs; missed: {missed or 'none'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.add_argument("--first", type=int, default=99)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--lengths", type=int, default=0)
    options = parser.parse_args()
    model = open_model(options.model)
    print(describe())
    print(f"model: {model.info.id}")
    all_briefs = tomllib.loads((HERE / "data/briefs.toml").read_text(encoding="utf-8"))
    tables, samples = [], []
    for lang in ("zh", "en"):
        if options.lang in (None, lang) and options.first:
            briefs = all_briefs[lang][: options.first]
            pairs = compare(model, lang, briefs, options.seed)
            tables.append(table(lang, pairs))
            samples.append(side_by_side(lang, briefs, pairs))
            if options.samples:
                head = "# One plain call and the tool, side by side\n\nMade by `python bench/writing.py`, unedited."
                options.samples.write_text("\n\n".join([head, *tables, *samples]) + "\n", encoding="utf-8")
    print("\n\n".join(tables))
    if options.lengths:
        print(lengths(model, options.lengths))
    model.close()


if __name__ == "__main__":
    main()
