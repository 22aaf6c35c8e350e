"""Poems in exact form: what the writer wished is held, what does not fit is refused, and failure is told."""

from __future__ import annotations

import pytest

from bimo.craft.events import Event, Progress, Result, result_of
from bimo.craft.poem import poem
from bimo.craft.poem_text import PoemRequest
from bimo.craft.registry import Context
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import InputError, ModelError
from bimo.verse.scan import scan

STORK = ["黄河入海流。", "欲穷千里目，", "更上一层楼。"]
WISH: dict[str, object] = {
    "theme": "登楼",
    "form": "五绝",
    "continue_": "白日依山尽，",
    "feet": "流楼",
    "tries": 1,
    "rounds": 0,
    "seed": 1,
}


def run(replies: list[str], **wish: object) -> Result:
    request = PoemRequest.model_validate(wish)
    return result_of(poem(request, Context(), ScriptedModel(replies, default=replies[-1])))


def test_a_half_written_poem_is_finished() -> None:
    result = run(STORK, **WISH)
    assert result.text == "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"
    assert result.alternatives[0].data == {"form": "wujue"}
    assert scan(result.text, form="wujue").holds


def test_a_line_that_does_not_fit_is_not_taken() -> None:
    """A model that does not heed the grammar: its lines are checked all the same."""
    with pytest.raises(ModelError) as caught:
        run(["黄河入海山。"], **WISH)
    assert caught.value.code == "craft.no_line"


def test_the_best_of_several_candidates_stays() -> None:
    """The first candidate has 黄 twice."""
    upper, lower = STORK[1:]
    replies = ["黄河入黄流。", STORK[0], upper, upper, lower, lower]
    assert "黄河入海流" in run(replies, **WISH | {"tries": 2}).text


def test_a_line_is_written_anew_from_the_character_that_it_repeats() -> None:
    """The rest comes again, under a grammar that has the repeated character no more."""
    upper, lower = STORK[1:]
    model = ScriptedModel(["黄河黄海流。", "入海流。", upper, "", lower])
    result = result_of(poem(PoemRequest.model_validate(WISH), Context(), model))
    assert "黄河入海流" in result.text
    again = model.asked[1]
    assert again.prompt.prefix.endswith("黄河")
    assert again.sampling.grammar is not None
    assert not set("黄河") & set(again.sampling.grammar)


def test_mending_changes_only_the_fault() -> None:
    broken = "白日依山尽，黄河入海流。欲穷千里目，更上一层山。"
    result = run(["更上一层楼。"], fix=broken, form="五绝", tries=1, rounds=0, seed=1)
    assert result.text == "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"


def test_the_form_of_a_poem_to_mend_is_recognised() -> None:
    broken = "白日依山尽，黄河入海流。欲穷千里目，更上一层山。"
    assert run(["更上一层楼。"], fix=broken, tries=1, rounds=0, seed=1).text.endswith("楼。")


def test_a_line_is_answered_with_a_line() -> None:
    result = run(["细柳初垂燕子楼。"], answer="春风又绿江南岸", tries=1, rounds=0, seed=1)
    assert result.text == "细柳初垂燕子楼"
    assert result.alternatives[0].data == {}


def test_a_line_of_two_clauses_is_answered_whole() -> None:
    result = run(["国事家事天下事事事关心。"], answer="风声雨声读书声，声声入耳。", tries=1, rounds=0, seed=1)
    assert result.text == "国事家事天下事，事事关心"


def test_free_verse_is_written_at_one_go() -> None:
    text = "夜里的便利店\n灯还亮着\n一个人数着零钱"
    model = ScriptedModel([text])
    result = result_of(poem(PoemRequest(theme="深夜的便利店", form="现代诗", seed=1), Context(), model))
    assert result.text == text
    assert "现代诗" in model.asked[0].prompt.messages[0].text


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"theme": ""}, "text.empty"),
        ({"theme": "秋夜", "form": "无此体"}, "verse.no_form"),
        ({"theme": "秋夜", "form": "七绝", "acrostic": "一二三四五"}, "verse.heads_long"),
        ({"theme": "秋夜", "form": "七绝", "rhyme": "十灰半"}, "verse.no_rhyme"),
        ({"theme": "秋夜", "form": "七绝", "rhyme": "一屋"}, "verse.rhyme_tone"),
        ({"theme": "秋夜", "form": "五言排律", "feet": "𠀀"}, "verse.no_reading"),
        ({"theme": "秋夜", "form": "七绝", "acrostic": "春a夜b"}, "verse.no_reading"),
        ({"theme": "秋夜", "form": "七绝", "continue_": "白日依山尽，"}, "verse.line_length"),
        ({"fix": "春" * 1_000_000, "form": "七绝"}, "craft.too_long"),
        ({"answer": "春 a风"}, "verse.no_reading"),
        ({"answer": "，。", "lang": "zh"}, "text.empty"),
        ({"answer": "The rain in Spain"}, "craft.answer_chinese"),
        ({"fix": "昨天我去了一趟超市买了很多很多的东西然后回家做饭吃"}, "craft.no_form_found"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(wish: dict[str, object], code: str) -> None:
    model = ScriptedModel(["。"])
    with pytest.raises(InputError) as caught:
        result_of(poem(PoemRequest.model_validate(wish), Context(), model))
    assert caught.value.code == code
    assert not model.asked


def without_grammar(replies: list[str]) -> ScriptedModel:
    model = ScriptedModel(replies, default=replies[-1])
    return _Plain(model)  # type: ignore[return-value]


class _Plain:
    """A model that takes no grammar."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    @property
    def info(self) -> object:
        from dataclasses import replace

        return replace(self._model.info, abilities=frozenset())


def test_without_grammars_a_poem_is_written_until_it_holds() -> None:
    model = without_grammar(
        [
            "不成诗",
            "白日依山尽，黄河入海流。欲穷千里目，更上一层山。",
            "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
        ]
    )
    events: list[Event] = list(poem(PoemRequest(theme="登楼", form="五绝", seed=1), Context(), model))
    result = events[-1]
    assert isinstance(result, Result)
    assert scan(result.text, form="wujue").holds
    assert sum(isinstance(event, Progress) for event in events) == 3
    # The second time the model is told what was wrong.
    assert "韵" in model.asked[-1].prompt.messages[-1].text


def test_without_grammars_failure_is_told_and_the_best_try_kept() -> None:
    near = "白日依山尽，黄河入海流。欲穷千里目，更上一层山。"
    with pytest.raises(ModelError) as caught:
        list(poem(PoemRequest(theme="登楼", form="五绝", seed=1), Context(), without_grammar(["不成诗", near])))
    assert caught.value.code == "craft.poem_failed"
    assert caught.value.partial == near
