"""Mentions of entries, on sentences that set traps."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.desk.mentions import Sought, find, sought
from bimo.desk.values import Entry, EntryKind, Name, Tracking
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


def places(text: str, *names: Sought, lang: Language = "zh") -> list[tuple[str, str]]:
    return [(each.span.of(text), each.name) for each in find(text, names, lang)]


def test_a_name_of_two_entries_is_nobodys() -> None:
    assert places("老王和王大勇来了。", Sought("1", "王大勇", True), Sought("2", "王小二", True)) == [
        ("王大勇", "王大勇")
    ]
    assert places("阿宁来了。", Sought("1", "阿宁"), Sought("2", "阿宁")) == []
    assert places("阿宁来了。", Sought("1", "阿宁"), Sought("1", "阿宁")) == [("阿宁", "阿宁")]
    assert places("Anne wept.", Sought("1", "Anne Elliot", True), Sought("2", "Anne Shirley", True), lang="en") == []


def test_only_persons_are_addressed() -> None:
    assert places("王先生说起王大勇桥。", Sought("1", "王大勇桥")) == [("王大勇桥", "王大勇桥")]
    assert places("Mr. Darcy came to Darcy House.", Sought("1", "Darcy House"), lang="en") == [
        ("Darcy House", "Darcy House")
    ]


def test_a_mention_tells_the_name_it_comes_from() -> None:
    assert places("老王笑了。", Sought("1", "王大勇", True)) == [("老王", "王大勇")]
    assert places("Lady Darcy sat.", Sought("1", "Anne Darcy", True), lang="en") == [("Lady Darcy", "Anne Darcy")]


def test_entries_become_what_is_sought() -> None:
    def entry(id: str, kind: EntryKind, tracking: Tracking, *names: Name) -> Entry:
        return Entry(id, "w", kind, names, "", "", tracking, ("安宁",), "", "")

    found = sought(
        [
            entry("1", "character", "mentioned", Name("沈宁"), Name("渡口的人", role="title")),
            entry("2", "place", "always", Name("青石渡")),
            entry("3", "note", "never", Name("账本")),
        ]
    )
    assert found == (
        Sought("1", "沈宁", True, ("安宁",)),
        Sought("1", "渡口的人", False, ("安宁",)),
        Sought("2", "青石渡", False, ("安宁",)),
    )


@given(
    text=st.text("王大勇先生老宁安静林晚照园会Will May's “”.\n😀e\u0301- Mr.", max_size=60),
    names=st.lists(
        st.sampled_from(["王大勇", "宁", "林晚", "林晚照", "Will", "May", "Mr. May", "阿Q", " ", "王"]), max_size=5
    ),
    lang=st.sampled_from(["zh", "en"]),
)
def test_mentions_stand_in_the_text_one_after_another(text: str, names: list[str], lang: Language) -> None:
    found = find(text, [Sought(name, name, True) for name in names], lang)
    assert all(each.span.end <= after.span.start for each, after in pairwise(found))
    assert all(len(each.span) > 0 and each.span.end <= len(text) and each.name in names for each in found)
