"""Revising: edits that mend, changes that are dropped, holes with evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.craft.events import Alternative, Event, Result, Warned
from bimo.craft.holes import suspects
from bimo.craft.registry import Context
from bimo.craft.revise import ReviseRequest, revise
from bimo.critique.correcting import corrections
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import Language
from bimo.text.spans import Edit, Span, apply_edits


def run(model: ScriptedModel, **request: object) -> tuple[Alternative, list[Event]]:
    events = list(revise(ReviseRequest.model_validate(request), Context(), model))
    assert isinstance(events[-1], Result)
    return events[-1].alternatives[0], events


def check(text: str, best: Alternative) -> list[dict[str, Any]]:
    """The edits, after making sure that they lead from the text to the corrected one."""
    edits: list[dict[str, Any]] = best.data["edits"]  # type: ignore[assignment]
    assert all(text[edit["start"] : edit["end"]] == edit["old"] for edit in edits)
    assert apply_edits(text, [Edit(Span(e["start"], e["end"]), e["new"]) for e in edits]) == best.text
    return edits


def test_slips_and_the_model_together_with_places_of_the_original() -> None:
    text = "  😀 He had an dog.\n\nHe walk to the the pier."
    best, _ = run(ScriptedModel(["😀 He had a dog.", "He walked to the pier."]), text=text, scope="language")
    assert best.text == "  😀 He had a dog.\n\nHe walked to the pier."
    assert [(e["old"], e["new"], e["reason"]) for e in check(text, best)] == [
        ("an", "a", "article"), ("walk", "walked", "form of the word"), ("the the", "the", "repeated"),
    ]  # fmt: skip


def test_a_chinese_correction_has_a_chinese_reason() -> None:
    text = "我想在看一次。天汽好。"
    best, _ = run(ScriptedModel(["我想再看一次。", "天气好。"]), text=text)
    assert [(e["old"], e["new"], e["reason"]) for e in check(text, best)] == [
        ("在", "再", "错别字"), ("汽", "气", "错别字"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The big dog barked at Tom.", "The large dog barked at Tom."),
        ("Tom had three keys.", "Tom had five keys."),
        ("Tom went home.", "Tim went home."),
        ("He did not go.", "He did go."),
        ("He sat by the fire and read.", "By the fire he was sitting, deep in a wonderful book."),
        ("他看着窗外的雨。", "他望着窗外的大雨。"),
        ("她没有回答他。", "她回答了他。"),
    ],
)
def test_rewriting_is_dropped_and_counted(text: str, answer: str) -> None:
    best, events = run(ScriptedModel([answer]), text=text, scope="language")
    assert best.text == text
    assert best.data["edits"] == []
    assert best.data["dropped"]
    assert any(isinstance(event, Warned) and event.notice.code == "craft.edits_dropped" for event in events)


@given(
    st.text("他她的地得在再 ，。天气汽 he walk the a .", max_size=40),
    st.text("他的地再，。气 he walked the .", max_size=40),
)
def test_corrections_always_fit_the_sentence(old: str, new: str) -> None:
    for lang in ("zh", "en"):
        apply_edits(old, corrections(old, new, lang)[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lang", "text", "kind"),
    [
        ("zh", "陈伯今年七十岁。他钓鱼。陈伯八十二岁了。", "age"),
        ("zh", "林晚有一双黑眼睛。林晚的蓝眼睛眯着。", "colour"),
        ("zh", "周婆婆三年前去世了。周婆婆推开门。", "dead"),
        ("en", "Tom had three keys. On the table lay the five keys.", "count"),
        ("en", "Martha had black eyes. In the light Martha had blue eyes.", "colour"),
        ("en", "We met Mrs. Doyle. Mrs. Doyle died in May. Then Doyle laughed.", "dead"),
    ],
)
def test_a_hole_is_reported_with_its_evidence_and_changes_nothing(lang: Language, text: str, kind: str) -> None:
    assert [suspect.kind for suspect in suspects(text, lang)] == [kind]
    best, _ = run(ScriptedModel(default="不能" if lang == "zh" else "no"), text=text, scope="logic", lang=lang)
    (finding,) = best.data["findings"]  # type: ignore[misc]
    assert finding["code"] == f"craft.hole_{kind}"
    assert finding["evidence"][0][1] <= finding["start"] < finding["end"] <= len(text)
    assert best.text == text


def test_where_a_number_may_change_the_model_is_asked() -> None:
    text = "Tom had three keys. On the table lay the five keys."
    sound, _ = run(ScriptedModel(["yes"]), text=text, scope="logic")
    assert sound.data["findings"] == []


def test_what_agrees_is_not_suspected() -> None:
    assert not suspects("周婆婆推开门说话。后来周婆婆去世了。", "zh")
    assert not suspects("陈伯今年七十岁。十年后，陈伯八十岁了。", "zh")
    assert not suspects("Tom is seventy years old. At seventy years old, Tom walks.", "en")


def test_a_strong_model_answers_once_and_its_quotations_are_checked() -> None:
    text = "Tom goed home. Tom was born in May. He was born in June. The end. The end."
    page = {
        "edits": [
            {"old": "goed", "new": "went", "reason": "irregular verb"},
            {"old": "The end.", "new": "End.", "reason": "stands twice"},
            {"old": "nowhere", "new": "here", "reason": "is not there"},
        ],
        "findings": [
            {"quote": "born in June", "against": "born in May", "reason": "two months"},
            {"quote": "born in July", "against": "born in May", "reason": "is not there"},
        ],
    }
    model = ScriptedModel([json.dumps(page)], small=False)
    best, _ = run(model, text=text)
    assert len(model.asked) == 1
    assert [edit["new"] for edit in check(text, best)] == ["went"]
    assert best.data["dropped"] == 3
    assert [finding["reason"] for finding in best.data["findings"]] == ["two months"]  # type: ignore[attr-defined]


def test_an_answer_that_is_no_structure_is_told() -> None:
    best, events = run(ScriptedModel(["Sure!"], small=False), text="He had an dog.")
    assert best.text == "He had a dog."
    assert any(isinstance(event, Warned) and event.notice.code == "craft.page_unread" for event in events)
