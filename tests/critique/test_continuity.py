"""Contradictions: every kind is found in both languages, time and change are no contradiction, memory spares work."""

from __future__ import annotations

import pytest

from bimo.critique.bible import Bible, Entry
from bimo.critique.check import check
from bimo.critique.continuity_facts import told
from bimo.critique.memory import Memory
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing
from bimo.text.errors import Language

PEOPLE = Bible(tuple(Entry(name) for name in ("Edmund Harrow", "Marian Fenn", "韩石生", "苏玉箫")))
BETWEEN = {"en": "The road was empty, and it rained.", "zh": "路上没有人，下着雨。"}


def kinds(lang: Language, *paragraphs: str, bible: Bible = PEOPLE) -> list[str]:
    passage = Passage.of("\n\n".join(paragraphs), lang, "prose")
    report = check(passage, Knowing(bible), only=["continuity"])
    assert not report.gaps
    return [each.finding.code.removeprefix("critique.continuity_") for each in report.findings]


@pytest.mark.parametrize(
    ("lang", "kind", "one", "two"),
    [
        ("en", "hair", "Edmund Harrow had thick red hair.", "Edmund Harrow shook his black hair and laughed."),
        ("en", "birth", "Marian Fenn was born in 1801.", "It was 1809 when Marian Fenn was born."),
        ("en", "side", "Edmund Harrow was blind in the left eye.", "Edmund Harrow turned his blind right eye away."),
        ("en", "kinship", "Marian Fenn was Edmund Harrow's sister.", "Marian Fenn, Edmund Harrow's cousin, came."),
        ("en", "possession", "Edmund Harrow sold his watch.", "Edmund Harrow took the watch out of his pocket."),
        (
            "en",
            "place",
            "On the third of August Marian Fenn dined in London.",
            "On the third of August Marian Fenn was seen in Dublin.",
        ),
        (
            "en",
            "knowledge",
            "Marian Fenn knew that the old will had been burnt.",
            "Only now did Marian Fenn learn that the old will had been burnt.",
        ),
        ("en", "number", "Edmund Harrow had three children.", "Edmund Harrow's five children were at table."),
        ("en", "time", "It was midnight.", "The midday sun lay hot upon the roof."),
        ("zh", "hair", "韩石生的头发是红色的。", "风吹动了韩石生黑色的头发。"),
        ("zh", "birth", "韩石生生于光绪三年。", "韩石生生在光绪九年。"),
        ("zh", "side", "苏玉箫左脸上有一道疤。", "苏玉箫右脸上的疤发白了。"),
        ("zh", "kinship", "苏玉箫是韩石生的妹妹。", "苏玉箫是韩石生的表妹。"),
        ("zh", "possession", "韩石生把怀表卖给了货郎。", "韩石生从怀里取出怀表。"),
        ("zh", "place", "八月初三，苏玉箫在苏州吃酒。", "八月初三，苏玉箫在广州请客。"),
        ("zh", "knowledge", "韩石生早就知道老遗嘱已经烧了。", "直到这时，韩石生才知道老遗嘱已经烧了。"),
        ("zh", "number", "韩石生有三个孩子。", "韩石生的五个孩子都来了。"),
        ("zh", "time", "已是半夜。", "正午的太阳晒得屋顶发烫。"),
    ],
)
def test_every_kind_is_found(lang: Language, kind: str, one: str, two: str) -> None:
    assert kinds(lang, one, BETWEEN[lang], two) == [kind]


@pytest.mark.parametrize(
    ("lang", "one", "two"),
    [
        ("en", "Edmund Harrow had red hair.", "Marian Fenn had black hair."),
        ("en", "Edmund Harrow had red hair.", "Edmund Harrow looked at her mother's black hair."),
        ("en", "Edmund Harrow sold his watch.", "Edmund Harrow had found it again, and took the watch out."),
        ("en", "It was midnight.", "The next day the midday sun lay hot upon the roof."),
        ("en", "Edmund Harrow is thirty years old.", "When Edmund Harrow was ten years old, he ran away."),
        ("zh", "韩石生一头黑发。", "韩石生的母亲一头红发。"),
        ("zh", "已是半夜。", "次日，正午的太阳晒得屋顶发烫。"),
        ("zh", "韩石生今年三十岁。", "韩石生十岁的时候离了家。"),
        ("zh", "韩石生今年三十岁。", "苏玉箫今年二十岁。"),
    ],
)
def test_what_may_both_be_true_is_left_in_peace(lang: Language, one: str, two: str) -> None:
    assert kinds(lang, one, BETWEEN[lang], two) == []


def test_two_entries_of_one_name_are_nobody() -> None:
    shared = Bible((Entry("Edmund Harrow"), Entry("Ned Harrow", aliases=("Edmund Harrow",))))
    assert kinds("en", "Edmund Harrow's eyes were blue.", "Edmund Harrow's eyes were brown.", bible=shared) == []


def test_known_paragraphs_are_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    text = "韩石生的眼睛是蓝色的。\n\n路上没有人。\n\n韩石生抬起黑色的眼睛。"
    first = told(Passage.of(text, "zh", "prose"), Knowing(PEOPLE, memory=memory))
    from bimo.critique import continuity_facts

    searched: list[str] = []
    real = continuity_facts._searched
    monkeypatch.setattr(
        continuity_facts, "_searched", lambda view, span: searched.append(span.of(view.text)) or real(view, span)
    )
    changed = "新的一段。\n\n" + text
    again = told(Passage.of(changed, "zh", "prose"), Knowing(PEOPLE, memory=memory))
    assert searched == ["新的一段。"]
    assert [(fact.kind, fact.value) for fact in first.facts] == [(fact.kind, fact.value) for fact in again.facts]
