"""Chat: the talk is handed on turn by turn, the character is told what the context knows, and old talk makes room."""

from __future__ import annotations

from bimo.craft.chat import ChatRequest, chat
from bimo.craft.events import Event, Result, Warned
from bimo.craft.registry import Context
from bimo.models.scripted import ScriptedModel


def run(model: ScriptedModel, background: tuple[tuple[str, str], ...] = (), **request: object) -> list[Event]:
    given = {"name": "王伯", "say": "桥什么时候通？", "seed": 1} | request
    return list(chat(ChatRequest.model_validate(given), Context(background=background), model))


def test_the_answer_is_the_bare_words() -> None:
    events = run(ScriptedModel(["王伯说：“月底吧。谁知道呢。”"]))
    assert isinstance(events[-1], Result)
    assert events[-1].text == "月底吧。谁知道呢。"


def test_the_talk_so_far_alternates_and_the_knowledge_stands_before_it() -> None:
    model = ScriptedModel(["月底吧。"], small=False)
    talk = ("您等谁？", "等我儿子。", "他来吗？", "说是初七。")
    run(model, (("王伯", "每月初七过江。"),), talk=talk, knows="船漏水", about="慢性子")
    turns = model.asked[0].prompt.messages
    assert [turn.role for turn in turns] == ["system", "user", "assistant", "user", "assistant", "user"]
    first = turns[1].text
    assert all(each in first for each in ("你是王伯。慢性子", "每月初七过江。", "船漏水", "您等谁？"))
    assert [turns[2].text, turns[4].text] == ["等我儿子。", "说是初七。"]
    assert turns[-1].text.endswith("桥什么时候通？")


def test_old_talk_makes_room_and_that_is_said() -> None:
    model = ScriptedModel(["月底吧。"], context=1200, small=False)
    events = run(model, talk=("从前的事。" * 40, "不记得了。" * 40) * 6 + ("后来呢？", "后来就走了。"))
    assert any(isinstance(event, Warned) and event.notice.code == "craft.left_out" for event in events)
    assert "后来就走了。" in [turn.text for turn in model.asked[0].prompt.messages]
