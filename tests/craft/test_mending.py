"""Revising from what the critics find, and recipes that let only clean text pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimo.craft.events import Alternative, Event, Result, Warned
from bimo.craft.mending import better
from bimo.craft.recipe import load
from bimo.craft.registry import Context
from bimo.craft.revise import ReviseRequest, revise
from bimo.craft.runner import StepDone, run
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import InputError, Language


def mended(text: str, answers: list[str]) -> tuple[Alternative, list[Event], ScriptedModel]:
    model = ScriptedModel(answers)
    events = list(revise(ReviseRequest(text=text, check=True, seed=1), Context(), model))
    assert isinstance(events[-1], Result)
    return events[-1].alternatives[0], events, model


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        (
            "Nobody spoke. She took a deep breath and opened the door. She did recieve the letter.",
            "She opened the door.",
            "Nobody spoke. She opened the door. She did receive the letter.",
        ),
        (
            "没有人说话。她深吸一口气，推开了门。他一股作气跑上山去。",
            "她推开了门。",
            "没有人说话。她推开了门。他一鼓作气跑上山去。",
        ),
    ],
)
def test_certain_cures_first_and_the_model_for_the_rest(text: str, answer: str, expected: str) -> None:
    best, events, _ = mended(text, [answer])
    assert best.text == expected
    assert best.data["findings"] == []
    assert len(best.data["edits"]) == 2  # type: ignore[arg-type]
    assert not [event for event in events if isinstance(event, Warned)]


def test_a_change_after_which_the_critics_find_as_much_is_dropped_and_the_finding_told() -> None:
    text = "She took a deep breath and opened the door."
    best, events, _ = mended(text, ["She took a deep breath and then opened the door."])
    assert best.text == text
    assert best.data["dropped"] == 1
    assert best.data["findings"][0]["code"] == "critique.slop"  # type: ignore[index]
    assert {event.notice.code for event in events if isinstance(event, Warned)} == {
        "craft.mends_dropped",
        "craft.left_found",
    }


def test_a_clean_text_needs_no_model() -> None:
    best, _, _ = mended("She opened the door. Nobody was there.", [])
    assert best.data["edits"] == []


@pytest.mark.parametrize(
    ("old", "new", "lang", "fine"),
    [
        ("She took a deep breath and saw Tom.", "She saw Tom.", "en", True),
        ("She took a deep breath and saw Tom.", "She saw him.", "en", False),
        ("She took a deep breath and left.", "She definately left.", "en", False),
        ("她深吸一口气，没有走。", "她走了。", "zh", False),
    ],
)
def test_what_counts_as_better(old: str, new: str, lang: Language, fine: bool) -> None:
    assert better(old, new, lang) is fine


RECIPE = """
title = { zh = "一页", en = "A page" }
about = { zh = "一页", en = "a page" }
[recipe]
version = 1
[[step]]
id = "page"
tool = "revise"
[step.options]
text = "{idea}"
scope = "language"
[[step]]
id = "gate"
tool = "check"
[step.options]
text = "{page.text}"
allow = "%s"
"""


@pytest.mark.parametrize(("allow", "passes"), [("hint", False), ("warning", True)])
def test_a_recipe_may_demand_that_nothing_is_found(allow: str, passes: bool, tmp_path: Path) -> None:
    file = tmp_path / "page.toml"
    file.write_text(RECIPE % allow, "utf-8")
    idea = "She put the lettre on the table."
    events = run(load(str(file)), idea, lang="en", model=lambda: ScriptedModel([idea]), folder=tmp_path / "run")
    if passes:
        done = [event for event in events if isinstance(event, StepDone)][-1]
        assert done.text == idea
        assert done.data["findings"][0]["quote"] == "lettre"
        return
    with pytest.raises(InputError) as shut:
        list(events)
    assert shut.value.code == "craft.gate_shut"
    assert "lettre" in shut.value.message("zh")
