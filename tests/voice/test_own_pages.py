"""A voice writes with pages of its writer before its eyes."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace

import pytest
from pieces import english

from bimo.craft.events import Event, Piece, Result, Warned
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, all_tools
from bimo.craft.session import Session
from bimo.models.places import voices_dir
from bimo.models.scripted import ScriptedModel
from bimo.models.voices import PASSAGES, own_passages
from bimo.text.shelf import Shelf, passages

LAMP = "The lamplighter climbed the harbour stairs and counted the ships."
PAGES = [LAMP, "My aunt kept bees behind the chapel and feared the rain.", "Nobody had wound the clock since Easter."]


class _Voice(ScriptedModel):
    """A scripted model under the name of a voice."""

    def __init__(self, id: str, *, small: bool = True) -> None:
        super().__init__([english(60, seed=number) for number in range(40)], small=small)
        self._info = replace(self._info, id=id)


def _asked(tool: str, model: ScriptedModel, **given: object) -> str:
    list(all_tools()[tool].run(all_tools()[tool].request(lang="en", seed=1, **given), Context(), model))
    return "\n".join(message.text for message in model.asked[0].prompt.messages)


@pytest.fixture
def _kept() -> None:
    folder = voices_dir() / "mine"
    folder.mkdir(parents=True)
    (folder / PASSAGES).write_text(json.dumps(PAGES), encoding="utf-8")


@pytest.mark.usefixtures("_kept")
def test_the_page_nearest_to_the_task_is_shown() -> None:
    told = _asked("continue", _Voice("voice:mine"), text="The lamplighter came down to the harbour.")
    assert LAMP in told
    assert "aunt" not in told
    told = _asked("continue", _Voice("voice:mine", small=False), text="The harbour clock had stopped in the rain.")
    assert sum(each in told for each in PAGES) == 2


@pytest.mark.usefixtures("_kept")
def test_a_page_that_the_writer_gave_is_not_shown_again() -> None:
    told = _asked("continue", _Voice("voice:mine"), text=f"{LAMP} He was late.")
    assert told.count(LAMP) <= 1


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize("id", ["scripted", "voice:other"])
def test_other_models_see_no_pages(id: str) -> None:
    assert LAMP not in _asked("continue", _Voice(id), text="The lamplighter came down to the harbour.")


def test_damaged_pages_count_as_none() -> None:
    folder = voices_dir() / "mine"
    folder.mkdir(parents=True)
    (folder / PASSAGES).write_text("[", encoding="utf-8")
    assert own_passages("voice:mine@0.5") == ()


def test_passages_end_with_paragraphs() -> None:
    text = "\n".join(f"第{number}段说的是山里的雪和灯。" * 8 for number in range(6))
    found = passages([text], "zh")
    assert "\n".join(found) == text
    assert Shelf(found, "zh").nearest("海上没有风。") == []


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(("second", "told"), [("It rained.", []), (f"So. {LAMP}", ["craft.recited"])])
def test_a_text_that_recites_the_page_is_written_anew_or_told(second: str, told: list[str]) -> None:
    request = all_tools()["continue"].request(lang="en", seed=1, text="The lamplighter came down to the harbour.")
    session = Session.begin("continue", request, Context(), _Voice("voice:mine"), "en")
    texts = iter([f"{LAMP} Then he went home.", second])

    def write(session: Session) -> Generator[Event, None, str]:
        yield Piece("…")
        return next(texts)

    events = list(alternatives(session, request, write))
    assert [event.notice.code for event in events if isinstance(event, Warned)] == told
    assert isinstance(events[-1], Result)
    assert (LAMP in events[-1].text) == bool(told)
    assert any(isinstance(event, Piece) and event.restart for event in events) != bool(told)
