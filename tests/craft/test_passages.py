"""Expanding, condensing and describing: lengths, facts, senses."""

from __future__ import annotations

import itertools

import pytest

from bimo.craft.events import Event, Result, Warned
from bimo.craft.passages import portions
from bimo.craft.registry import Context, find_tool
from bimo.models.protocol import Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.text.count import length
from bimo.text.errors import InputError, Language

_ZH = ["木板上有三道裂缝。", "绳子湿着，水往下滴。", "铁钉锈成红色，一碰就掉渣。", "远处有人劈柴，一下一下。"]
_EN = [
    "The boards had three cracks. ",
    "The rope was wet. ",
    "A rusty nail came off in the hand. ",
    "Far off, an axe fell. ",
]
_TEXT = {
    "zh": "老赵走到码头，等了两个小时。船没有来。他把伞收好，回家去了。",
    "en": "Marta walked to the pier and waited two hours. The boat did not come. She shut the umbrella and went home.",
}


def talker(lang: Language, *, small: bool = True) -> ScriptedModel:
    turn = itertools.count()
    pool = _ZH if lang == "zh" else _EN

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        start = next(turn)
        return "".join(pool[(start + i) % len(pool)] for i in range(60))

    return ScriptedModel(default=reply, small=small)


def run(tool: str, model: ScriptedModel, **request: object) -> tuple[Result, list[Event]]:
    found = find_tool(tool)
    events = list(found.run(found.request.model_validate(request), Context(), model))
    assert isinstance(events[-1], Result)
    return events[-1], events


@pytest.mark.parametrize("target", [None, 90, 200, 600])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("small", [True, False])
def test_expanding_keeps_the_length(lang: Language, target: int | None, small: bool) -> None:
    result, _ = run("expand", talker(lang, small=small), text=_TEXT[lang], length=target, lang=lang, seed=1)
    wanted = target or 2 * length(_TEXT[lang], lang)
    assert abs(length(result.text, lang) - wanted) <= 0.1 * wanted


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_small_model_only_adds_between_the_sentences(lang: Language) -> None:
    result, _ = run("expand", talker(lang), text=_TEXT[lang], length=200, seed=1)
    rest = iter(result.text)
    assert all(letter in rest for letter in _TEXT[lang])
    assert result.alternatives[0].data["lost"] == {"names": [], "numbers": [], "negations": 0}


@pytest.mark.parametrize("target", [None, 12])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("small", [True, False])
def test_condensing_keeps_the_length_and_tells_what_is_lost(lang: Language, target: int | None, small: bool) -> None:
    text = "\n".join([_TEXT[lang]] * 4)
    target = target and 4 * target
    result, events = run("condense", talker(lang, small=small), text=text, length=target, seed=1)
    wanted = target or length(text, lang) // 2
    assert abs(length(result.text, lang) - wanted) <= max(2, 0.1 * wanted)
    assert [event.notice.code for event in events if isinstance(event, Warned)] == ["craft.lost"]


@pytest.mark.parametrize(
    ("tool", "target", "code"), [("expand", 30, "expand_shorter"), ("condense", 100, "condense_longer")]
)
def test_the_wrong_direction_is_refused(tool: str, target: int, code: str) -> None:
    with pytest.raises(InputError, match=code):
        run(tool, ScriptedModel(), text=_TEXT["zh"], length=target)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("small", [True, False])
def test_describing_asks_for_the_senses_and_keeps_the_length(lang: Language, small: bool) -> None:
    model = talker(lang, small=small)
    thing = "旧木箱" if lang == "zh" else "an old box"
    result, _ = run("describe", model, text=thing, senses=("smell", "touch"), length=120, seed=1)
    assert abs(length(result.text, lang) - 120) <= 12
    asked = "\n".join(turn.text for turn in model.asked[-1].prompt.messages if turn.role == "user")
    assert asked.count("鼻子" if lang == "zh" else "nose") == 1
    assert ("舌头" if lang == "zh" else "tongue") not in asked


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_portions_cover_the_text_and_are_short(lang: Language) -> None:
    text = "\n\n".join([_TEXT[lang] * 3] * 3)
    spans = portions(text, lang, 40)
    assert "".join(span.of(text) for span in spans).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    assert max(length(span.of(text), lang) for span in spans) <= 55
