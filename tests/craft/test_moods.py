"""A mood as the target of a tool: told to the model, measured in what came, and the nearest kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from bimo.craft.compose import ComposeRequest, compose
from bimo.craft.continue_ import ContinueRequest, continue_
from bimo.craft.draft import DraftRequest, draft
from bimo.craft.events import Alternative, Event, Result
from bimo.craft.moods import LEAST, Aim, missed, reached
from bimo.craft.registry import Context
from bimo.craft.restyle import RestyleRequest, restyle
from bimo.models.protocol import Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import Language

_SEED = 1
_TOLD: dict[Language, tuple[str, str, str]] = {
    "zh": (
        "老赵数了数伞骨，把箱子放在门边。",
        "他死了，屋里阴冷，废墟上有人哭。",
        "众人欢笑，鲜花满院，朋友拥抱，喜庆热闹。",
    ),
    "en": (
        "Marta counted the rungs and set the box beside the door. ",
        "The grave was cold, and the dead lay alone in the ruins. ",
        "She laughed, and the warm sun shone on her friends and their gifts. ",
    ),
}


def model(lang: Language) -> ScriptedModel:
    """A strong model whose alternatives are plain, dark and bright, in this order."""

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        number = next(i for i in range(LEAST) if (sampling.seed - _SEED - 7919 * i) % 104729 == 0)
        return _TOLD[lang][number] * 2

    return ScriptedModel(default=reply, small=False)


def best(events: Iterator[Event]) -> Alternative:
    result = list(events)[-1]
    assert isinstance(result, Result)
    assert len(result.alternatives) == 1
    return result.alternatives[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("aim", "place"), [("dark", 1), ("bright", 2), ("calm", 0)])
def test_the_nearest_to_the_mood_is_kept_and_says_how_near_it_came(lang: Language, aim: Aim, place: int) -> None:
    writer = model(lang)
    request = DraftRequest(theme="a pier", lang=lang, length=30, seed=_SEED, mood=aim)
    kept = best(draft(request, Context(), writer))
    assert kept.text.startswith(_TOLD[lang][place].strip())
    (measure,) = (each for each in kept.measures if each.name == "mood")
    assert measure.value > 50
    assert measure.evidence[0] == aim
    told = {asked.prompt.messages[0].text for asked in writer.asked}
    assert all(("基调" if lang == "zh" else "The mood is") in each for each in told)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_tool_that_takes_a_mood_reaches_for_it(lang: Language) -> None:
    text, bright = _TOLD[lang][0] * 2, _TOLD[lang][2].strip()[:8]
    # No name and no number, so that no alternative loses one.
    told = "雨停了。街上很静。" if lang == "zh" else "The rain is over. The street is quiet."
    asked = [
        continue_(ContinueRequest(text=text, length=20, seed=_SEED, mood="bright"), Context(), model(lang)),
        compose(
            ComposeRequest(theme="a pier", kind="story", lang=lang, length=30, seed=_SEED, mood="bright"),
            Context(),
            model(lang),
        ),
        restyle(RestyleRequest(text=told, style="noir", seed=_SEED, mood="bright"), Context(), model(lang)),
    ]
    for events in asked:
        kept = best(events)
        assert bright in kept.text
        assert "mood" in {measure.name for measure in kept.measures}


def test_without_a_mood_nothing_is_added() -> None:
    writer = model("en")
    kept = best(draft(DraftRequest(theme="a pier", length=30, seed=_SEED), Context(), writer))
    assert "mood" not in {measure.name for measure in kept.measures}
    assert "The mood" not in writer.asked[0].prompt.messages[0].text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_arc_is_measured_along_the_text(lang: Language) -> None:
    plain, dark, bright = _TOLD[lang]
    rising = dark * 4 + plain * 2 + bright * 4
    falling = bright * 4 + plain * 2 + dark * 4
    assert reached(rising, lang, "rise").value > 80 > 20 > reached(falling, lang, "rise").value
    assert reached(falling, lang, "fall").value > 80
    assert missed(reached(rising, lang, "rise")) < missed(reached(falling, lang, "rise"))


@pytest.mark.parametrize("aim", get_args(Aim))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_target_has_words_and_takes_any_text(lang: Language, aim: Aim) -> None:
    for text in ("", "。", _TOLD[lang][0], "🙂" * 50):
        assert 0 <= reached(text, lang, aim).value <= 100
    writer = model(lang)
    kept = best(draft(DraftRequest(theme="x", lang=lang, length=30, seed=_SEED, mood=aim), Context(), writer))
    assert kept.text
    assert len(writer.asked[0].prompt.messages[0].text) > 10
