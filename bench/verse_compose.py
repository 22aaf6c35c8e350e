"""Write poems in exact form in three ways and measure them: the model alone, the grammar alone, everything.

    python bench/verse_compose.py --themes 40 --form 七绝 --arms alone,grammar,full --keep build/poems.jsonl
    python bench/verse_compose.py --form 五绝,七绝,五律,七律 --seeds 5 --arms grammar --at-once 4 --keep build/shi.jsonl
    python bench/verse_compose.py --tunes 20 --themes 10 --arms grammar --at-once 4 --keep build/ci.jsonl
    python bench/verse_compose.py --times

Each poem is kept as soon as it is written, so a run can be stopped and goes on where it was. `--at-once` writes several
poems side by side, which takes less time for all of them and says nothing about the time of one; `--times` measures
that, from the request to the checked poem, the model loaded and its memory of earlier prompts dropped, on two threads
unless `--threads` says otherwise: run it while the machine does nothing else. `--report FILE`
writes all poems, unedited, as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from bimo.craft.events import result_of
from bimo.craft.poem import poem
from bimo.craft.poem_text import PoemRequest
from bimo.craft.registry import Context
from bimo.craft.script import script
from bimo.models.protocol import Cancel, Model, Prompt, Sampling, write
from bimo.models.select import open_model
from bimo.text.finding import Severity
from bimo.verse.form import all_forms, find_form
from bimo.verse.lore import is_copied, related
from bimo.verse.scan import scan
from machine import describe

# In no tuning: half are what old poets wrote about, half are not.
THEMES = (Path(__file__).parent / "data" / "themes.zh.txt").read_text("utf-8").split()


def ways(model: Model, theme: str, form: str, arm: str, seed: int) -> str:
    """One poem, written in one of the three ways."""
    if arm == "alone":
        words = script("poem", "zh")
        found = find_form(form)
        ask = words.say("ask", theme=theme, form=form, about=found.about["zh"], words="", mood="", style="")
        prompt = Prompt.of(words.parts["system"], ask)
        (text,) = write(model, prompt, Sampling(max_tokens=200, temperature=0.8, seed=seed), cancel=Cancel())
        return text.strip()
    sizes = {"grammar": (1, 0), "full": (4, 1)}[arm]
    request = PoemRequest(theme=theme, form=form, seed=seed, tries=sizes[0], rounds=sizes[1], readings="strict")
    return result_of(poem(request, Context(), model)).text


def measure(text: str, theme: str, form: str) -> dict[str, Any]:
    """What can be counted without a model."""
    try:
        read = scan(text, form=form, lang="zh")
    except Exception as error:  # what the model alone writes may be no poem at all, and that is a result
        return {"holds": False, "errors": str(error), "repeats": 0, "copied": 0, "lines": 0, "relevance": 0.0}
    body = "".join(mark.text for line in read.lines for mark in line.marks)
    plain = "".join(char for at, char in enumerate(body) if at == 0 or body[at - 1] != char)
    goes = related(theme)
    return {
        "holds": read.holds,
        "errors": sum(finding.severity >= Severity.ERROR for finding in read.findings),
        "repeats": sum(count - 1 for count in Counter(plain).values() if count > 1),
        "copied": sum(is_copied("".join(mark.text for mark in line.marks)) for line in read.lines),
        "lines": len(read.lines),
        "relevance": sum(min(1.0, goes.get(char, 0.0)) for char in body) / max(1, len(body)),
    }


def main() -> None:
    """Write what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--themes", type=int, default=len(THEMES))
    parser.add_argument("--form", default="", help="forms with commas between; 七绝 if no tunes are asked for")
    parser.add_argument("--tunes", type=int, default=0, help="and so many of the tunes that old poets used most")
    parser.add_argument("--arms", default="alone,grammar,full")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/poems.jsonl"))
    parser.add_argument("--report", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--at-once", type=int, default=1, help="so many poems side by side")
    parser.add_argument("--times", action="store_true", help="only measure how long a poem takes")
    parser.add_argument("--threads", type=int, default=2, help="of the engine, for --times")
    parser.add_argument("--no-more", action="store_true", help="write nothing, only report")
    asked = parser.parse_args()
    if asked.times:
        os.environ["BIMO_THREADS"] = str(asked.threads)
        print(describe(), f"threads of the engine: {asked.threads}", sep="\n")
        return _times(asked.model)
    asked.keep.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in asked.keep.read_text("utf-8").splitlines()] if asked.keep.exists() else []
    if not asked.no_more:
        _write_missing(asked, done)
    print(describe())
    _table(done)
    if asked.report:
        asked.report.write_text(_report(done), encoding="utf-8")


def _forms(asked: argparse.Namespace) -> list[str]:
    tunes = sorted((form for form in all_forms().values() if form.kind == "ci"), key=lambda form: -form.rules["count"])
    named = [form.names["zh"] for form in tunes[: asked.tunes]]
    return [*filter(None, asked.form.split(",")), *named] or ["七绝"]


def _write_missing(asked: argparse.Namespace, done: list[dict[str, Any]]) -> None:
    have = {(each["form"], each["arm"], each["theme"], each["seed"]) for each in done}
    # By theme, not by arm: whatever the machine does meanwhile, it does to all arms alike.
    missing = [
        key
        for seed in range(1, asked.seeds + 1)
        for theme in THEMES[: asked.themes]
        for form in _forms(asked)
        for arm in asked.arms.split(",")
        if (key := (form, arm, theme, seed)) not in have
    ]
    model = open_model(asked.model)
    if asked.at_once > 1:
        # Dropping what the engine knows of one poem would drop what it knows of those beside it.
        model.forget = lambda: None  # type: ignore[method-assign]
    with ThreadPoolExecutor(asked.at_once) as pool:
        tasks = [pool.submit(_one, model, *key) for key in missing]
        for task in as_completed(tasks):
            row = task.result()
            done.append(row)
            with asked.keep.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(row, ensure_ascii=False) + "\n")
    model.close()


def _one(model: Model, form: str, arm: str, theme: str, seed: int) -> dict[str, Any]:
    began = time.perf_counter()
    text = ways(model, theme, form, arm, seed)
    seconds = time.perf_counter() - began
    row = {"form": form, "arm": arm, "theme": theme, "seed": seed, "seconds": seconds, "text": text}
    return row | measure(text, theme, form)


def _times(id: str | None) -> None:
    """How long one poem takes with one candidate a line and no rewriting, and with the usual settings."""
    model = open_model(id)
    ways(model, "春雨", "五绝", "grammar", 1)
    print("form  settings       poems  median s  slowest s")
    for form in ("七绝", "七律"):
        for arm, name, count in (("grammar", "one candidate", 10), ("full", "as usual", 3)):
            seconds = [_one(model, form, arm, theme, 1)["seconds"] for theme in THEMES[5 : 5 + count]]
            print(
                f"{form:<4} {name:<14} {count:>5} {statistics.median(seconds):>9.1f} {max(seconds):>9.1f}", flush=True
            )
    model.close()


def _table(done: list[dict[str, Any]]) -> None:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in done:
        groups.setdefault((row["form"], row["arm"]), []).append(row)
    print("| form | way | poems | hold | median s | with a repeated character | lines with a copied run | relevance |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for (form, arm), rows in groups.items():
        count = len(rows)
        lines = sum(row["lines"] for row in rows) or 1
        print(
            f"| {form} | {arm} | {count} | {sum(row['holds'] for row in rows) / count:.1%}"
            f" | {statistics.median(row['seconds'] for row in rows):.1f}"
            f" | {sum(row['repeats'] > 0 for row in rows) / count:.1%}"
            f" | {sum(row['copied'] for row in rows) / lines:.2%}"
            f" | {sum(row['relevance'] for row in rows) / count:.3f} |"
        )


def _report(done: list[dict[str, Any]]) -> str:
    parts = ["# Samples of verse", "", "Written by `bench/verse_compose.py`, unedited, all of them.", ""]
    ways_of = {
        "alone": "the model alone",
        "grammar": "grammar alone",
        "full": "grammar, ranking, rewriting",
        "poem-lm": "the small poem model with grammar and ranking",
        "picks": "the small poem model proposes, the default model picks",
    }
    for theme in dict.fromkeys(row["theme"] for row in done):
        parts += [f"## {theme}", ""]
        for row in (row for row in done if row["theme"] == theme):
            verdict = "holds" if row["holds"] else "does not hold"
            parts += [f"{row['form']}, {ways_of[row['arm']]} ({row['seconds']:.0f} s, {verdict})", ""]
            parts += [f"    {line}" for line in row["text"].splitlines()[:12] if line.strip()] + [""]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
