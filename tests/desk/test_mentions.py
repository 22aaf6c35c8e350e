"""Mentions of entries, on sentences that set traps."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bimo.desk.mentions import Sought, find
from bimo.text.errors import Language

HERE = Path(__file__).parent
MARK = re.compile(r"\{(\w+):([^{}]*)\}")


def marked(sentence: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The sentence without its marks, and the places that they stood at."""
    text, places, end = "", [], 0
    for match in MARK.finditer(sentence):
        text += sentence[end : match.start()]
        places.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        end = match.end()
    return text + sentence[end:], places


def trap_cases(kind: str) -> list[object]:
    cases: list[object] = []
    for lang in ("zh", "en"):
        data = tomllib.loads((HERE / f"{kind}.{lang}.toml").read_text(encoding="utf-8"))
        for group in data["group"]:
            names = [
                Sought(
                    entry, text, data["cast"][entry].get("person", False), tuple(data["cast"][entry].get("exclude", ()))
                )
                for entry in group["cast"]
                for text in data["cast"][entry]["names"]
            ]
            for sentence in group["sentences"]:
                marks = [pytest.mark.xfail] if group.get("fails") else []
                cases.append(pytest.param(sentence, names, lang, id=f"{lang}: {sentence}", marks=marks))
    return cases


@pytest.mark.parametrize(("sentence", "names", "lang"), trap_cases("traps"))
def test_no_trap_catches(sentence: str, names: list[Sought], lang: Language) -> None:
    text, expected = marked(sentence)
    found = [(each.entry, each.span.start, each.span.end) for each in find(text, names, lang)]
    assert found == expected


@pytest.mark.parametrize(("sentence", "names", "lang"), trap_cases("traps_heldout"))
def test_no_later_trap_catches(sentence: str, names: list[Sought], lang: Language) -> None:
    text, expected = marked(sentence)
    found = [(each.entry, each.span.start, each.span.end) for each in find(text, names, lang)]
    assert found == expected
