"""Outlines: their structure, their names, and the whole asked of a strong model."""

from __future__ import annotations

import json
import random

import pytest

from bimo.craft.events import Result
from bimo.craft.outline import OutlineRequest, names_for, outline
from bimo.craft.registry import Context
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import BimoError, Language

TALK = {
    "zh": "林晚在灯塔里拆一只旧钟，沈河进来要回船票。钟底下压着一封没有拆开的信。她把信放进锅炉房的抽屉。",
    "en": "Nora takes a clock apart in the tower, and Eli comes in for the ticket. Under it lies a sealed letter.",
}


def run(model: ScriptedModel, **request: object) -> Result:
    given = {"idea": "守塔人收到一封明天的信", "seed": 1} | request
    result = list(outline(OutlineRequest.model_validate(given), Context(), model))[-1]
    assert isinstance(result, Result)
    return result


@pytest.mark.parametrize(("lang", "idea"), [("zh", "守塔人收到一封明天的信"), ("en", "A keeper finds a letter")])
def test_every_field_is_filled(lang: Language, idea: str) -> None:
    result = run(ScriptedModel(default=TALK[lang]), idea=idea, scenes=4, characters=3)
    data = json.loads(json.dumps(result.alternatives[0].data))
    assert data["title"]
    assert len(data["characters"]) == 3
    assert len(data["scenes"]) == 4
    assert all(one[field] for one in data["characters"] for field in ("name", "wants", "voice", "knows"))
    assert all(one[field] for one in data["scenes"] for field in ("title", "summary"))
    assert data["title"] in result.text


def test_names_of_the_idea_are_kept_and_others_added() -> None:
    names = names_for("Marta Quill finds Marta Quill's letter. Then Marta Quill sails.", "en", 2, random.Random(1))
    assert any("Marta" in name for name in names)
    assert len(set(names)) == 2


def test_the_secret_of_one_is_asked_with_the_name_of_another() -> None:
    model = ScriptedModel(default=TALK["zh"])
    result = run(model)
    one, two = (str(person["name"]) for person in result.alternatives[0].data["characters"])  # type: ignore[attr-defined]
    asked = [request.prompt.messages[-1].text for request in model.asked]
    assert f"{one}有一件事不肯告诉{two}，是什么？二十五个字以内。" in asked


def test_a_strong_model_answers_in_one_piece() -> None:
    whole = {
        "title": "灯",
        "characters": [{"name": "林晚", "wants": "信", "voice": "直", "knows": "门没锁"}] * 2,
        "scenes": [{"title": "灯塔", "summary": "她拆信。"}],
    }
    model = ScriptedModel([json.dumps(whole, ensure_ascii=False)], small=False)
    assert run(model).alternatives[0].data == whole
    assert model.asked[0].sampling.schema is not None


def test_an_answer_of_another_shape_is_an_error_that_keeps_it() -> None:
    with pytest.raises(BimoError) as caught:
        run(ScriptedModel(["no outline"], small=False))
    assert caught.value.code == "craft.no_outline"
    assert caught.value.partial == "no outline"
