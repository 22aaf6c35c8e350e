"""Write English poems in exact form and measure them line by line.

    python bench/verse_english_compose.py --forms limerick,shakespearean_sonnet --themes 20 --keep build/english.jsonl
    python bench/verse_english_compose.py --no-more --keep build/english.jsonl --report build/samples.md

Each poem is kept as soon as it is written, so a run can be stopped and goes on where it was. "full" is how `bimo poem`
writes; "alone" is the same model asked for the form in one go. Scheme, syllables and metre are read by the checker;
the last column reads the metre a second time, from the stresses of the dictionary alone, without the checker's weights
and liberties: every main stress of a longer word stands on a strong place, but for the first foot.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import product
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
from bimo.text.spans import Span
from bimo.verse.english.dictionary import look_up
from bimo.verse.english.line import words_of
from bimo.verse.english.plan import plans
from bimo.verse.form import find_form
from bimo.verse.layout import Line, lay_out
from bimo.verse.scan import scan
from machine import describe

# In no tuning: half are what poets have always written about, half are not.
THEMES = (Path(__file__).parent / "data" / "themes.en.txt").read_text("utf-8").splitlines()
FORMS = "limerick,shakespearean_sonnet"
WAYS = {"alone": "the model alone", "full": "grammar, ranking, rewriting"}


def written(model: Model, theme: str, form: str, arm: str, seed: int) -> str:
    """One poem, written in one of the two ways."""
    if arm == "full":
        request = PoemRequest(theme=theme, form=form, lang="en", seed=seed)
        return result_of(poem(request, Context(), model)).text
    words, found = script("poem", "en"), find_form(form)
    ask = words.say("ask", theme=theme, form=found.names["en"], about=found.about["en"], words="", mood="", style="")
    (text,) = write(
        model,
        Prompt.of(words.parts["system"], ask),
        Sampling(max_tokens=300, temperature=0.8, seed=seed),
        cancel=Cancel(),
    )
    return text.strip()


def measure(text: str, form: str) -> dict[str, Any]:
    """How many lines there are, how many of them hold their metre, and what else breaks the form."""
    lines = lay_out(text, "en").lines
    try:
        errors = [each for each in scan(text, form=form, lang="en").findings if each.severity >= Severity.WARNING]
    except Exception as error:  # what the model alone writes may be no poem at all, and that is a result
        return {"holds": False, "said": str(error), "lines": len(lines), "size": False, "rhymes": 0} | dict.fromkeys(
            ("metre", "syllables", "plain"), 0
        )
    codes = [each.code for each in errors]
    at = {code: {each.args.get("line") for each in errors if each.code == code} for code in set(codes)}
    size = "verse.wrong_lines" not in codes
    shape = plans(find_form(form), len(lines))[:1] if size else []
    plain = sum(
        stressed(line.text, place.metre.pattern, place.metre.foot)
        for each in shape
        for line, place in zip(lines, each, strict=True)
        if place.metre
    )
    off = at.get("verse.syllables", set())
    return {
        "holds": not any(each.severity >= Severity.ERROR for each in errors) and size,
        "said": " ".join(sorted(set(codes))),
        "lines": len(lines),
        "size": size,
        "rhymes": sum(code in RHYMING for code in codes),
        "syllables": len(lines) - len(off) if size else 0,
        "metre": len(lines) - len(off | at.get("verse.metre", set())) if size else 0,
        "plain": plain,
    }


RHYMING = ("verse.unrhymed", "verse.identical_rhyme", "verse.eye_rhyme", "verse.slant_rhyme", "verse.same_rhyme")


def stressed(text: str, pattern: str, foot: str) -> bool:
    """Whether a line lies on the places of a metre by the dictionary: its size, and the stresses of longer words."""
    sizes = {len(pattern), len(pattern) + 1}
    rows = [pattern + "w"]
    if foot == "anapaest":
        sizes |= {len(pattern) - 1}
        rows.append(pattern[1:] + "w")
    else:
        rows.append("sw" + pattern[2:] + "w")
    return any(
        len(row) - 1 <= len(said) <= len(row) and len(said) in sizes and _lies(said, row)
        for said in sayings(text)
        for row in rows
    )


def sayings(text: str) -> Iterator[str]:
    """A line as it may be said: P for the main stress of a longer word, U for what has none, - for the rest."""
    words = [word.text.casefold().replace("’", "'") for word in words_of(Line(Span(0, len(text)), text))]
    ways = [{_stresses(phones) for phones in look_up(word)} for word in words]
    return ("".join(parts) for parts in product(*ways)) if all(ways) else iter(())


def _stresses(phones: Sequence[str]) -> str:
    marks = [phone[-1] for phone in phones if phone[-1].isdigit()]
    return "".join("P" if mark == "1" else "-" for mark in marks) if len(marks) > 1 else "-"


def _lies(said: str, row: str) -> bool:
    return all(mark != "P" or slot == "s" for mark, slot in zip(said, row, strict=False))


def main() -> None:
    """Write what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--themes", type=int, default=len(THEMES))
    parser.add_argument("--forms", default=FORMS)
    parser.add_argument("--arms", default="full")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/english.jsonl"))
    parser.add_argument("--report", type=Path, help="write all poems, unedited, as Markdown")
    parser.add_argument("--model")
    parser.add_argument("--no-more", action="store_true", help="write nothing, only report")
    asked = parser.parse_args()
    asked.keep.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in asked.keep.read_text("utf-8").splitlines()] if asked.keep.exists() else []
    if not asked.no_more:
        _write_missing(asked, done)
    print(describe())
    _table(done)
    if asked.report:
        asked.report.write_text(_report(done), encoding="utf-8")


def _write_missing(asked: argparse.Namespace, done: list[dict[str, Any]]) -> None:
    have = {(each["form"], each["arm"], each["theme"]) for each in done}
    missing = [
        (form, arm, theme)
        for theme in THEMES[: asked.themes]
        for form in asked.forms.split(",")
        for arm in asked.arms.split(",")
        if (form, arm, theme) not in have
    ]
    model = open_model(asked.model)
    for form, arm, theme in missing:
        began = time.perf_counter()
        text = written(model, theme, form, arm, asked.seed)
        row = {"form": form, "arm": arm, "theme": theme, "seconds": time.perf_counter() - began, "text": text}
        done.append(row)
        with asked.keep.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(row, ensure_ascii=False) + "\n")
    model.close()


def _table(done: list[dict[str, Any]]) -> None:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in done:
        groups.setdefault((row["form"], row["arm"]), []).append(row | measure(row["text"], row["form"]))
    print("| form | way | poems | hold | rhyme throughout | right syllables | metre | metre, by stresses alone | s |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for (form, arm), rows in groups.items():
        lines = sum(row["lines"] for row in rows) or 1
        shares = " | ".join(f"{sum(row[name] for row in rows) / lines:.1%}" for name in ("syllables", "metre", "plain"))
        print(
            f"| {form} | {WAYS[arm]} | {len(rows)} | {sum(row['holds'] for row in rows) / len(rows):.0%}"
            f" | {sum(row['size'] and not row['rhymes'] for row in rows) / len(rows):.0%} | {shares}"
            f" | {statistics.median(row['seconds'] for row in rows):.0f} |"
        )


def _report(done: list[dict[str, Any]]) -> str:
    parts: list[str] = []
    for theme in dict.fromkeys(row["theme"] for row in done):
        parts += [f"## {theme[0].upper()}{theme[1:]}", ""]
        for row in (row for row in done if row["theme"] == theme):
            verdict = "holds" if measure(row["text"], row["form"])["holds"] else "does not hold"
            name = find_form(row["form"]).names["en"]
            parts += [f"{name}, {WAYS[row['arm']]} ({row['seconds']:.0f} s, {verdict})", ""]
            parts += [f"    {line}".rstrip() for line in row["text"].splitlines()] + [""]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
