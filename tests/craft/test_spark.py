from __future__ import annotations

import json
from itertools import count as counting

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.craft.events import Event, Result, Warned
from bimo.craft.ideas import apart, lenses, likeness, line
from bimo.craft.registry import Context
from bimo.craft.session import Session
from bimo.craft.spark import SparkRequest, spark
from bimo.models.protocol import Cancel, Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import InputError, ModelError

ZH = ["抽屉底下钉着一张汇款单。", "舅舅也在找那把铜钥匙。", "药瓶里装着邻居的牙齿。", "门牌号被人用红漆涂掉了。"]
EN = [
    " the brass key opens a box in the barn.",
    " letter from the bank was baked into a loaf.",
    " seven spoons were borrowed and never came home.",
    " grocer keeps a second set of books under the flour.",
]


def run(model: ScriptedModel, *, cancel: Cancel | None = None, **given: object) -> list[Event]:
    return list(spark(SparkRequest.model_validate({"seed": 1, **given}), Context(cancel=cancel or Cancel()), model))


def ideas(events: list[Event]) -> list[dict[str, str]]:
    result = events[-1]
    assert isinstance(result, Result)
    return list(result.alternatives[0].data["ideas"])  # type: ignore[call-overload]


def by_turns(replies: list[str]) -> ScriptedModel:
    numbers = counting()
    return ScriptedModel(default=lambda prompt, sampling: replies[next(numbers) % len(replies)])


@pytest.mark.parametrize(("text", "replies"), [("母亲的抽屉", ZH), ("grandmother’s kitchen", EN)])
@pytest.mark.parametrize("kind", ["plot", "character", "setting", "what-if"])
def test_every_idea_is_whole_and_has_its_own_lens_and_a_reason(text: str, replies: list[str], kind: str) -> None:
    found = ideas(run(by_turns(replies), text=text, kind=kind, count=3))
    assert len(found) == 3
    assert len({idea["lens"] for idea in found}) == 3
    for idea in found:
        assert idea["reason"]
        assert idea["idea"][-1] in ("？?" if kind == "what-if" else "。.")


def test_the_text_lists_what_the_data_holds() -> None:
    events = run(by_turns(ZH), text="母亲的抽屉", count=2)
    result = events[-1]
    assert isinstance(result, Result)
    for idea in ideas(events):
        assert idea["idea"] in result.text
        assert idea["reason"] in result.text


def test_the_same_idea_comes_once_and_the_writer_is_told() -> None:
    model = ScriptedModel(default="碗下压着十七张没有寄出的汇款单和一把断了齿的铜钥匙，钥匙上拴着红线。")
    events = run(model, text="母亲的抽屉", count=4)
    assert len(ideas(events)) == 1
    warned = [event.notice for event in events if isinstance(event, Warned)]
    assert [notice.code for notice in warned] == ["craft.few_ideas"]
    assert "1" in warned[0].message("zh")


@pytest.mark.parametrize(
    ("text", "replies", "words"),
    [
        (
            "孤独",
            [
                "孤独——一个人。",
                "零丁——人单，影子也单。",
                "没有理由",
                "空碗——对面没有人吃饭。",
                "独木桥——走的人不回头。",
            ],
            {"零丁", "空碗", "独木桥"},
        ),
        (
            "lonely",
            ["lonely: alone.", "forlorn: left behind, of people.", "no reason", "an unset table: nobody is expected."],
            {"forlorn", "an unset table"},
        ),
    ],
)
def test_a_word_is_new_and_comes_with_its_use(text: str, replies: list[str], words: set[str]) -> None:
    found = ideas(run(by_turns(replies), text=text, kind="words", count=len(words)))
    assert {idea["idea"] for idea in found} == words
    assert all(idea["reason"] for idea in found)


def test_a_passage_gets_lenses_of_its_own() -> None:
    replies = ["掰——手指用力，东西不断。", "铁皮响——雨点大，屋里说话听不清。"]
    found = ideas(run(by_turns(replies), text="雨敲着屋顶，他把伞骨一根一根弄直。", kind="words", count=2))
    assert {idea["lens"] for idea in found} <= {lens.lens for lens in lenses("zh")["passage"]}


def test_a_title_is_not_the_theme() -> None:
    found = ideas(run(by_turns(["母亲的抽屉", "铜钥匙", "十七张汇款单"]), text="母亲的抽屉", kind="title", count=2))
    assert "母亲的抽屉" not in {idea["idea"] for idea in found}


@pytest.mark.parametrize("text", ["母亲的抽屉", "grandmother’s kitchen"])
def test_a_strong_model_is_asked_once_for_a_list(text: str) -> None:
    rows = [{"lens": "a", "idea": f"idea {number}", "reason": "r"} for number in range(3)]
    model = ScriptedModel([f"Sure:\n```json\n{json.dumps({'ideas': rows})}\n```"], small=False)
    assert ideas(run(model, text=text, count=3)) == rows
    assert len(model.asked) == 1
    assert model.asked[0].sampling.schema


@pytest.mark.parametrize("answer", ["no list", '{"other": []}', '{"ideas": ['])
def test_an_answer_without_a_list_is_an_error_that_keeps_it(answer: str) -> None:
    with pytest.raises(ModelError) as caught:
        run(ScriptedModel([answer], small=False), text="母亲的抽屉")
    assert caught.value.code == "craft.not_json"
    assert caught.value.partial == answer


def test_the_same_seed_gives_the_same_questions() -> None:
    def record() -> list[object]:
        model = by_turns(ZH)
        run(model, text="母亲的抽屉", count=3)
        return [(asked.prompt, asked.sampling.seed) for asked in model.asked]

    assert record() == record()


def test_a_stop_keeps_what_was_found() -> None:
    cancel = Cancel()
    numbers = counting()

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        number = next(numbers)
        if number == 2:
            cancel.cancel()
        return ZH[number % len(ZH)]

    events = run(ScriptedModel(default=reply), cancel=cancel, text="母亲的抽屉", count=4)
    assert isinstance(events[-1], Result)
    assert events[-1].stopped
    assert len(ideas(events)) == 2


def test_nothing_to_go_on() -> None:
    with pytest.raises(InputError, match=r"text\.empty"):
        run(ScriptedModel(), text="  ")


def test_a_sentence_is_cut_at_a_pause_only_when_it_is_too_long() -> None:
    def first(answer: str) -> str:
        session = Session.begin("spark", SparkRequest(text="x", seed=1), Context(), ScriptedModel([answer]), "zh")
        events = line(session, Sampling(), longest=20)
        while True:
            try:
                next(events)
            except StopIteration as ended:
                return str(ended.value)

    assert first("他一直以为，船会来") == "他一直以为，船会来。"
    assert first("船来了。人没有来。") == "船来了。"
    assert (
        first("他把伞骨一根一根排在木箱上，数了两遍，又数了一遍还是少一根") == "他把伞骨一根一根排在木箱上，数了两遍。"
    )


@given(st.lists(st.text("天地人水火山石田", min_size=2, max_size=8), max_size=8), st.integers(1, 5))
def test_chosen_texts_are_few_and_unlike(texts: list[str], count: int) -> None:
    chosen = apart(texts, [0.0] * len(texts), count, "zh")
    assert len(set(chosen)) == len(chosen) <= count
    assert bool(chosen) == bool(texts)
    for place in chosen:
        assert all(likeness(texts[place], texts[other], "zh") <= 0.5 for other in chosen if other != place)
