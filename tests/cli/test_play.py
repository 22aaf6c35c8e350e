"""Playing a story: turns, choices, own words, going back, and the manuscript on the desk."""

from __future__ import annotations

import os
from collections.abc import Callable
from subprocess import CompletedProcess
from unittest import mock

import pytest

from bimo.craft.events import Result
from bimo.craft.registry import Context
from bimo.craft.turn import TurnRequest, turn
from bimo.desk.desk import Desk
from bimo.models.scripted import ScriptedModel

Run = Callable[..., "CompletedProcess[str]"]

OPENING = (
    "Mara set the lamp on the bench and counted the rungs of the ladder twice, since nobody had come to the pier before"
    " noon and the boat was late again."
)
NEXT = (
    "She took the lamp from the bench and went down the ladder into the dark, one hand on the wet wall and the other"
    " before her face."
)
CHOICES = "1. Open the lower door.\n2. Call his name.\n3. Go back up the ladder."
# One answer for every question: what is a choice is read out of it where choices are asked for.
EVERY = f"{OPENING}\n{CHOICES}"


def test_a_turn_offers_choices_that_differ() -> None:
    model = ScriptedModel(default=f"{NEXT}\n1. Open the door.\n2. Open the door.\n3. Call his name.\n4. Go up.")
    result = list(turn(TurnRequest(text=OPENING, do="go down", length=30, seed=1), Context(), model))[-1]
    assert isinstance(result, Result)
    choices = result.alternatives[0].data["choices"]
    assert isinstance(choices, list)
    assert len(choices) == len(set(choices)) == 3
    assert any("go down" in turn.text for turn in model.asked[0].prompt.messages)


@pytest.fixture
def story(environment: dict[str, str]) -> Callable[[], tuple[str, list[str]]]:
    """The text and the authors of the played story, and the names of its branches."""

    def story() -> tuple[str, list[str]]:
        with mock.patch.dict(os.environ, {"BIMO_HOME": environment["BIMO_HOME"]}), Desk.open() as desk:
            (work,) = desk.works.all()
            (scene,) = desk.outline.scenes(work.id)
            now = desk.revisions.head(scene.id)
            assert now
            return now.text, [run.author for run in now.authorship] + [
                branch.name for branch in desk.revisions.branches(scene.id)
            ]

    return story


def test_what_is_played_stands_on_the_desk(
    run: Run, script: Callable[..., str], story: Callable[[], tuple[str, list[str]]]
) -> None:
    model = script(EVERY, head="repeat")
    typed = b"2\n> The gulls were quiet.\n/story\n/end\n"
    done = run("play", "a ferry that never lands", "--length", "30", "--model", model, stdin=typed)
    assert done.returncode == 0, done.stderr
    assert "2. Call his name." in done.stdout
    assert "Kept on your desk as “a ferry that never lands”" in done.stderr
    text, authors = story()
    assert text.startswith("Mara set the lamp")
    assert text.endswith("\n\nThe gulls were quiet.")
    assert text.count("Mara set the lamp") == 2
    assert set(authors[:-1]) == {"model", "writer"}


def test_going_back_keeps_both_ways(
    run: Run, script: Callable[..., str], story: Callable[[], tuple[str, list[str]]]
) -> None:
    run("play", "a ferry", "--length", "30", "--model", script(EVERY, head="repeat"), stdin=b"> One.\n> Two.\n")
    again = run(
        "play",
        "--work",
        "a ferry",
        "--model",
        script(EVERY, head="repeat"),
        stdin="/back\n/退\n/back\n> Three.\n".encode(),
    )
    assert again.returncode == 0, again.stderr
    assert "This is the beginning" in again.stderr
    text, names = story()
    assert text.endswith("\n\nThree.")
    assert "One." not in text
    assert "Way 2" in names


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "Nothing to play"), (("a ferry", "--work", "x"), "Nothing to play"), (("--work", "x"), "no story “x”")],
)
def test_what_cannot_be_played_is_said(run: Run, arguments: tuple[str, ...], told: str) -> None:
    done = run("play", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
