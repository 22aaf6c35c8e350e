"""Dialogue: secrets stay with their owner, layouts, order of speech, bad characters."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from bimo.craft.dialogue import DialogueRequest, Speaker, dialogue
from bimo.craft.events import Result
from bimo.craft.registry import Context
from bimo.models.protocol import Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.text.count import length
from bimo.text.errors import BimoError

SECRET = "抽屉里是一张离婚证"
CAST = ("林晚：拿到钥匙；口气：直", f"小姨：不让她打开；知道：{SECRET}", "老周：看门")


def talker() -> ScriptedModel:
    turn = itertools.count()
    lines = [
        "钥匙在你那儿，我看见了。",
        "你先坐下，喝口热的。",
        "柜子潮，打不开了。",
        "这门我看了二十年。",
        "灯坏了两盏。",
    ]

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        return lines[next(turn) % len(lines)] * 3

    return ScriptedModel(default=reply)


def run(model: ScriptedModel, **request: object) -> str:
    given = {"scene": "夜里的码头值班室", "character": CAST, "length": 150, "seed": 1} | request
    result = list(dialogue(DialogueRequest.model_validate(given), Context(), model))[-1]
    assert isinstance(result, Result)
    return result.text


def test_nobody_is_told_what_only_another_knows() -> None:
    model = talker()
    run(model, length=400)
    told = [request.prompt.messages[-1].text for request in model.asked]
    assert any(SECRET in text for text in told)
    for text in told:
        if SECRET in text:
            assert "只有小姨自己知道" in text
            assert text.rstrip().endswith("写小姨的下一句话。")
    assert not any(SECRET in turn.text for request in model.asked for turn in request.prompt.messages[:-1])


def test_the_length_is_kept() -> None:
    for target in (80, 150, 300):
        assert abs(length(run(talker(), length=target), "zh") - target) <= 0.1 * target


def test_screenplay_layout_has_cues() -> None:
    text = run(talker(), layout="screenplay")
    assert text.startswith("@林晚\n")
    assert "说：" not in text


def test_nobody_speaks_twice_in_a_row() -> None:
    cues = [line for line in run(talker(), layout="screenplay", length=400).split("\n") if line.startswith("@")]
    assert all(one != two for one, two in itertools.pairwise(cues))
    assert {"@林晚", "@小姨", "@老周"} <= set(cues)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("林晚：拿到钥匙；口气：直；知道：门没锁", Speaker("林晚", "拿到钥匙", "直", "门没锁")),
        (
            "Tom: to sell; voice: dry; knows: the bank has written",
            Speaker("Tom", "to sell", "dry", "the bank has written"),
        ),
        ("Tom", Speaker("Tom")),
        ("林晚：知道：门没锁", Speaker("林晚", "", "", "门没锁")),
    ],
)
def test_characters_are_read(text: str, speaker: Speaker) -> None:
    assert Speaker.parse(text) == speaker


@pytest.mark.parametrize(("cast", "code"), [((": x", "Tom"), "craft.nameless"), (("Tom", "Tom: y"), "craft.same_name")])
def test_bad_characters_are_refused(cast: tuple[str, ...], code: str) -> None:
    with pytest.raises(BimoError) as caught:
        run(talker(), character=cast)
    assert caught.value.code == code


def test_a_talk_needs_two() -> None:
    with pytest.raises(ValidationError):
        run(talker(), character=("Tom",))
