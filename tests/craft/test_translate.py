"""Translating: one rendering for a name, numbers compared, customs explained, and going on after a stop."""

from __future__ import annotations

import pytest

from bimo.craft.events import Event, Piece, Result, Warned
from bimo.craft.glossary import customs, told_terms
from bimo.craft.registry import Context
from bimo.craft.translate import TranslateRequest, missing, translate
from bimo.models.protocol import Cancel
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import InputError

_ZH = "林晚照数了两遍，船票还是十六张。\n\n　　“等到初五，”她说，“中秋也没有船。”"
_EN = [
    "Lin Wanzhao counted them twice, and there were still sixteen tickets.",
    "“Wait until the fifth,” she said. “There is no boat at Mid-Autumn either.”",
]


def run(model: ScriptedModel, cancel: Cancel | None = None, **request: object) -> tuple[Result, list[Event]]:
    found = TranslateRequest.model_validate(request)
    events = list(translate(found, Context(cancel=cancel or Cancel()), model))
    assert isinstance(events[-1], Result)
    return events[-1], events


def test_names_are_settled_before_and_the_paragraphs_stay() -> None:
    model = ScriptedModel(
        [
            _EN[0],
            _EN[1],
        ]
    )
    result, events = run(model, text=_ZH, seed=1)
    assert result.text == "\n\n".join(_EN)
    assert result.alternatives[0].data == {"terms": {"林晚照": "Lin Wanzhao"}, "missing": []}
    assert "林晚照 = Lin Wanzhao" in model.asked[0].prompt.messages[-1].text
    assert "一-鿿" in model.asked[0].sampling.avoid
    assert "".join(event.text for event in events if isinstance(event, Piece)) == result.text


def test_the_candidate_that_keeps_the_numbers_wins() -> None:
    told = [
        "Lin Wanzhao counted them twice, and there were still six tickets.",
        _EN[0],
    ]
    result, events = run(ScriptedModel(told), text=_ZH.split("\n")[0], seed=1)
    assert result.text == told[1]
    assert not [event for event in events if isinstance(event, Warned)]


def test_what_no_candidate_kept_is_told() -> None:
    result, events = run(
        ScriptedModel(default="She counted the tickets."), text=_ZH.split("\n")[0], glossary=("船票 = ferry ticket",)
    )
    warned = [event.notice.message("en") for event in events if isinstance(event, Warned)]
    assert len(warned) == 1
    for gone in ("船票 = ferry ticket", "林晚照 = Lin Wanzhao", "16"):
        assert gone in warned[0]
    assert result.alternatives[0].measures[-1].value == 4


def test_english_names_are_asked_for_once_and_hold() -> None:
    model = ScriptedModel(["Tom Pell = 汤姆·佩尔\n", "汤姆·佩尔等了九天。"])
    result, _ = run(model, text="She saw Tom Pell. He waited nine days.", seed=1)
    assert result.alternatives[0].data["terms"] == {"Tom Pell": "汤姆·佩尔"}
    assert '"Tom Pell" " = " name' in (model.asked[0].sampling.grammar or "")
    assert "Tom Pell = 汤姆·佩尔" in model.asked[1].prompt.messages[-1].text


def test_a_shorter_name_of_the_same_person_is_no_loss() -> None:
    assert missing("林晚来了。", "Wan came. Lin Wan sat.", "zh", "en", {"林晚": "Lin Wan"}) == []
    assert missing("Tom Pell came.", "汤姆来了。", "en", "zh", {"Tom Pell": "汤姆·佩尔"}) == []
    assert missing("他来了三次。", "He came again.", "zh", "en") == ["3"]


def test_notes_speak_only_of_what_stands_in_the_text() -> None:
    result, _ = run(ScriptedModel(default="They waited sixteen days for it, twice."), text=_ZH, notes=True, seed=1)
    body, _, notes = result.text.partition("\n\nNotes\n\n")
    assert body
    assert [line.partition(":")[0] for line in notes.split("\n\n")] == ["初五", "中秋"]
    assert customs("He lent me a mile of rope at Lent.", "en", "zh").keys() == {"mile", "Lent"}
    assert customs("他走了。", "zh", "en") == {}


def test_the_same_language_needs_readers() -> None:
    with pytest.raises(InputError, match="same_language"):
        run(ScriptedModel(), text=_ZH, lang="zh")
    model = ScriptedModel(["林晚照把十六张船票点了两遍。"])
    result, _ = run(model, text=_ZH.split("\n")[0], lang="zh", readers="巴西的孩子", culture="adapt", seed=1)
    assert result.text == "林晚照把十六张船票点了两遍。"
    assert "巴西的孩子" in model.asked[0].prompt.messages[0].text


def test_a_line_of_the_glossary_has_two_sides() -> None:
    assert told_terms(["林晚=Lin Wan", " 码头 ＝ the pier "]) == {"林晚": "Lin Wan", "码头": "the pier"}
    for line in ("林晚", "= x", "林晚 ="):
        with pytest.raises(InputError, match="glossary_line"):
            told_terms([line])


def test_what_was_finished_before_a_stop_is_not_asked_again() -> None:
    cancel = Cancel()
    stopped: list[Event] = []
    model = ScriptedModel(
        [
            _EN[0],
            _EN[1],
        ]
    )
    for event in translate(TranslateRequest(text=_ZH, seed=5), Context(cancel=cancel), model):
        stopped.append(event)
        if isinstance(event, Piece):
            cancel.cancel()
    assert isinstance(stopped[-1], Result)
    assert stopped[-1].stopped
    again = ScriptedModel([_EN[1]])
    result, events = run(again, text=_ZH, seed=5)
    assert result.text.startswith("Lin Wanzhao counted them twice")
    assert len(again.asked) == 1
    assert isinstance(events[0], Warned)
