"""The scripted model: replies in order, nothing by accident, limits as with a real one."""

from __future__ import annotations

import pytest

from bimo.models.protocol import Cancel, Model, Prompt, Sampling, write
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import BusyError, InputError, ModelError

PROMPT = Prompt.of("You are a novelist.", "灯塔")


def test_replies_come_in_order_one_per_alternative() -> None:
    model = ScriptedModel(["one", "two", "three"])
    assert isinstance(model, Model)
    assert write(model, PROMPT, Sampling(n=2)) == ("one", "two")
    assert write(model, PROMPT, Sampling()) == ("three",)
    with pytest.raises(ModelError) as raised:
        write(model, PROMPT, Sampling())
    assert raised.value.code == "models.script_ended"
    assert [asked.sampling.n for asked in model.asked] == [2, 1, 1]
    assert model.asked[0].prompt == PROMPT


def test_a_reply_may_follow_from_the_request_or_be_an_error() -> None:
    broken = BusyError("models.broken_off", endpoint="nowhere", partial="so far")
    model = ScriptedModel(
        [lambda prompt, sampling: f"{prompt.messages[-1].text}{sampling.seed}", broken], default="after"
    )
    assert write(model, PROMPT, Sampling(seed=5)) == ("灯塔5",)
    with pytest.raises(BusyError) as raised:
        write(model, PROMPT, Sampling())
    assert raised.value.partial == "so far"
    assert write(model, PROMPT, Sampling()) == ("after",)


def test_limits_hold() -> None:
    model = ScriptedModel(default="One. Two. Three.", context=20)
    assert write(model, PROMPT, Sampling(stop=("Three", "Two"))) == ("One. ",)
    chunks = list(model.stream(PROMPT, Sampling(max_tokens=3), cancel=Cancel()))
    assert "".join(chunk.text for chunk in chunks) == "One. T"
    assert chunks[-1].finish == "length"
    with pytest.raises(InputError):
        write(model, Prompt.of("", "长" * 100), Sampling())
