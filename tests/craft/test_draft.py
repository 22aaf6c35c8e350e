"""Drafting: length, plan, things asked for, alternatives, stopping."""

from __future__ import annotations

import itertools

import pytest

from bimo.craft.draft import DraftRequest, draft
from bimo.craft.events import Asked, Piece, Result, Warned
from bimo.craft.registry import Context
from bimo.models.protocol import Cancel, Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.text.count import length
from bimo.text.errors import BimoError

_ZH = ["老赵数了数伞骨。", "灯灭了一盏，船没有来。", "他把刨花扫进桶里，又看了看表。", "“再等一班。”他说。"]
_EN = [
    "Marta counted the rungs twice. ",
    "The lamp was cold, and the rope had frozen to the rail. ",
    "“One more,” she said. ",
]


def talker(sentences: list[str]) -> ScriptedModel:
    """A model whose answers are long enough for any window and differ from each other."""
    turn = itertools.count()

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        start = next(turn)
        return "".join(sentences[(start + i) % len(sentences)] for i in range(80))

    return ScriptedModel(default=reply)


def run(model: ScriptedModel, context: Context | None = None, **request: object) -> tuple[Result, list[object]]:
    events = list(draft(DraftRequest.model_validate(request), context or Context(), model))
    result = events[-1]
    assert isinstance(result, Result)
    return result, list(events)


@pytest.mark.parametrize("target", [40, 75, 130, 300, 800])
@pytest.mark.parametrize(("lang", "sentences"), [("zh", _ZH), ("en", _EN)])
def test_the_length_is_kept(lang: str, sentences: list[str], target: int) -> None:
    result, _ = run(talker(sentences), theme="a pier", lang=lang, length=target, seed=1)
    assert abs(length(result.text, lang) - target) <= 0.1 * target  # type: ignore[arg-type]


def test_a_plot_is_told_in_its_order_and_the_names_are_dealt_out() -> None:
    model = talker(_ZH)
    run(model, theme="渡口", plot="她修好灯。船来了。", include=("绳子", "船票"), length=120, lang="zh", seed=1)
    asked = [turn.text for request in model.asked for turn in request.prompt.messages if turn.role == "user"]
    first, second = (
        next(i for i, text in enumerate(asked) if f"写这件事：{event}" in text) for event in ("她修好灯", "船来了")
    )
    assert first < second
    assert any("绳子" in text for text in asked)
    assert any("船票" in text for text in asked)


def test_the_writers_own_words_are_never_banned() -> None:
    model = talker(_EN)
    run(model, theme="A bustling market", include=("tapestry",), length=40, seed=1)
    bans = model.asked[0].sampling.bans
    assert "tapestry" not in bans
    assert "bustling" not in bans
    assert "a sense of" in bans


def test_alternatives_are_ranked_and_say_why() -> None:
    result, _ = run(talker(_EN), theme="a pier", length=40, n=3, seed=1)
    assert len(result.alternatives) == 3
    assert {"slop", "repeat", "length"} <= {measure.name for measure in result.alternatives[0].measures}


def test_with_a_seed_the_model_forgets_first_and_asks_the_same() -> None:
    one, two = talker(_ZH), talker(_ZH)
    first, _ = run(one, theme="渡口", length=100, seed=7)
    second, _ = run(two, theme="渡口", length=100, seed=7)
    assert first == second
    assert one.asked == two.asked
    assert one.forgotten == 1


def test_a_strong_model_is_asked_once_and_without_examples() -> None:
    model = ScriptedModel(["Marta counted the rungs twice. The lamp was cold."] * 5, small=False)
    result, _ = run(model, theme="a pier", length=30, seed=1)
    assert result.text.startswith("Marta")
    assert [turn.role for turn in model.asked[0].prompt.messages] == ["system", "user"]


def test_stopping_keeps_what_was_written() -> None:
    cancel = Cancel()
    model = talker(_EN)
    texts: list[str] = []
    for event in draft(DraftRequest(theme="a pier", length=300, seed=1), Context(cancel=cancel), model):
        if isinstance(event, Piece):
            texts.append(event.text)
            cancel.cancel()
        if isinstance(event, Result):
            assert event.stopped
            assert event.text.startswith(texts[0])


def test_background_that_does_not_fit_is_reported() -> None:
    model = talker(_EN)
    model._info = type(model._info)(id="scripted", context=2000, small=True)
    context = Context(background=(("Brief", "A quiet book."), ("Summary", "word " * 4000)))
    _, events = run(model, context, theme="a pier", length=40, seed=1)
    assert any(isinstance(event, Warned) and event.notice.code == "craft.dropped" for event in events)
    assert any(isinstance(event, Asked) and "A quiet book." in event.text for event in events)


@pytest.mark.parametrize("theme", ["", "  \n"])
def test_an_empty_theme_is_refused(theme: str) -> None:
    with pytest.raises(BimoError) as caught:
        run(talker(_EN), theme=theme)
    assert caught.value.code == "text.empty"


def test_two_megabytes_are_refused() -> None:
    with pytest.raises(BimoError) as caught:
        run(talker(_EN), theme="word " * 400_000)
    assert caught.value.code == "craft.too_long"
