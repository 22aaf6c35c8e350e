"""English poems in exact form: what the writer wished is held, what does not fit is refused."""

from __future__ import annotations

import pytest

from bimo.craft.events import Result, result_of
from bimo.craft.poem import poem
from bimo.craft.poem_text import PoemRequest
from bimo.craft.registry import Context
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import InputError, ModelError
from bimo.verse.scan import scan

WORDS = "street, rain, light, shutters, snow, night"
GIVEN = "There once was a farmer named Lee\nWho taught all his bees to make tea.\nWhen the water was hot\n"


def run(replies: list[str], **wish: object) -> tuple[Result, ScriptedModel]:
    model = ScriptedModel(replies, default=replies[-1])
    return result_of(poem(PoemRequest.model_validate(wish), Context(), model)), model


def test_a_half_written_poem_is_finished() -> None:
    rest = ["They would stir up the lot,\n", "And then sell it to ships on the sea.\n"]
    result, _ = run([WORDS, *rest], form="limerick", continue_=GIVEN, tries=1, rounds=0, seed=1)
    assert result.text == GIVEN + "".join(rest).rstrip("\n")
    assert result.alternatives[0].data == {"form": "limerick"}
    assert scan(result.text, form="limerick").holds


def test_a_line_that_does_not_hold_the_form_is_not_taken() -> None:
    with pytest.raises(ModelError) as caught:
        run([WORDS, "They would stir up the tea,\n"], form="limerick", continue_=GIVEN, tries=1, rounds=0, seed=1)
    assert caught.value.code == "craft.no_line"


def test_mending_changes_only_the_fault() -> None:
    broken = (
        "There once was a farmer named Lee\nWho taught all his bees to make tea.\nWhen the water was hot\n"
        "They would stir up the lake,\nAnd then sell it to ships on the sea."
    )
    result, _ = run([WORDS, "They would stir up the lot,\n"], form="limerick", fix=broken, tries=1, rounds=0, seed=1)
    assert result.text == broken.replace("lake", "lot")


def test_a_poem_that_holds_is_left_as_it_is() -> None:
    good = (
        "There once was a farmer named Lee\nWho taught all his bees to make tea.\nWhen the water was hot\n"
        "They would stir up the lot\nAnd then sell it to ships on the sea."
    )
    result, _ = run([WORDS], form="limerick", fix=good, seed=1)
    assert result.text == good


def test_the_likeliest_line_without_needless_repeats_stays() -> None:
    rest = ["They would boil up a pot,\n", "Hot and hot in the lot,\n", "And then sell it to ships on the sea.\n"]
    replies = [WORDS, *rest[:2], rest[2]]
    result, _ = run(replies, form="limerick", continue_=GIVEN, tries=2, rounds=0, seed=1)
    assert "They would boil up a pot" in result.text


def test_free_verse_needs_no_grammar() -> None:
    result, model = run(["The rain\ncomes down\non the street"], theme="rain", form="free verse", lang="en", seed=1)
    assert result.text.startswith("The rain")
    assert all(asked.sampling.grammar is None or "root ::= [^" in asked.sampling.grammar for asked in model.asked)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"theme": "rain", "form": "limerick", "acrostic": "silver"}, "verse.heads_long"),
        ({"theme": "rain", "form": "limerick", "rhyme": "orange"}, "verse.rhyme_few"),
        ({"theme": "rain", "form": "limerick", "rhyme": "qwrtzk"}, "verse.word_unknown"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(wish: dict[str, object], code: str) -> None:
    model = ScriptedModel(["\n"])
    with pytest.raises(InputError) as caught:
        result_of(poem(PoemRequest.model_validate(wish), Context(), model))
    assert caught.value.code == code
    assert not model.asked
