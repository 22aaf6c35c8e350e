"""Works and their outlines, goals and notes; search; coming in and going out as files."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from bimo.desk.values import Beat, Brief, NodeKind, Note, Period, Status, WorkKind
from bimo.studio.house import Studio
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, reply
from bimo.studio.shapes import plain
from bimo.studio.stream import Json
from bimo.text.errors import Language

router = APIRouter(tags=["works"])


class NewWork(Body):
    """A work to begin."""

    title: str = Field(max_length=500)
    kind: WorkKind = "novel"
    lang: Language
    brief: dict[str, str] = Field({})


class WorkChange(Body):
    """What to change of a work; a brief is given whole."""

    title: str | None = Field(None, max_length=500)
    kind: WorkKind | None = None
    lang: Language | None = None
    brief: dict[str, str] | None = None


class NewNode(Body):
    """A part, chapter or scene; `at` is its place among its siblings, by default the last."""

    kind: NodeKind
    title: str = Field("", max_length=500)
    parent: str | None = None
    at: int | None = Field(None, ge=0)


class NodeChange(Body):
    """What to change of a part, chapter or scene; an empty `pov` takes it away."""

    title: str | None = Field(None, max_length=500)
    summary: str | None = Field(None, max_length=100_000)
    status: Status | None = None
    pov: str | None = None


class Move(Body):
    """Where a node goes: child `at` of `parent`, or of the work."""

    parent: str | None = None
    at: int | None = Field(None, ge=0)


class BeatCall(Body):
    """A planned event; one with an id stays the same beat."""

    id: str | None = None
    text: str = Field(max_length=20_000)
    done: bool = False


class Beats(Body):
    """All beats of a scene, in order."""

    beats: list[BeatCall] = Field(max_length=500)


class Tied(Body):
    """The entries that the writer ties to a scene."""

    entries: list[str] = Field(max_length=500)


class GoalCall(Body):
    """How much is meant to be written; 0 takes the goal away."""

    amount: int = Field(ge=0, le=100_000_000)
    scene: str | None = None
    period: Period = "total"


class NewNote(Body):
    """A note, to a work or to words of a scene."""

    text: str = Field(max_length=100_000)
    scene: str | None = None
    quote: str = Field("", max_length=10_000)
    start: int | None = Field(None, ge=0)


class NoteChange(Body):
    """What to change of a note."""

    text: str | None = Field(None, max_length=100_000)
    scene: str | None = None
    start: int | None = Field(None, ge=0)
    done: bool | None = None


def _brief(given: dict[str, str]) -> Brief:
    known = {name: str(given[name]) for name in Brief.__dataclass_fields__ if name in given}
    return Brief(**known)


@router.get("/works")
def works(house: House, trashed: bool = False) -> Json:
    """Every work, the last changed first; or those in the trash."""
    return reply([plain(work) for work in house.desk.works.all(trashed=trashed)])


@router.post("/works", status_code=201)
def add_work(call: NewWork, house: House) -> Json:
    """Begin a work. A brief has premise, genre, audience, style, tense, point_of_view."""
    work = house.desk.works.add(call.title, kind=call.kind, lang=call.lang, brief=_brief(call.brief))
    return reply(plain(work), 201)


@router.post("/samples/{lang}", status_code=201)
def add_sample(lang: Language, house: House) -> Json:
    """Put the sample work of a language on the desk."""
    return reply(plain(house.desk.add_sample(lang)), 201)


@router.get("/works/{id}")
def work(id: str, house: House) -> Json:
    """A work with its outline, the length of each scene, its goals, and what was written on each day."""
    found = house.desk.works.get(id)
    return reply(
        {
            **plain(found),
            "outline": [plain(node) for node in house.desk.outline.tree(id)],
            "lengths": house.desk.revisions.lengths(id),
            "goals": [plain(goal) for goal in house.desk.goals.all(id)],
            "written": house.desk.goals.written(id),
        }
    )


@router.patch("/works/{id}")
def change_work(id: str, call: WorkChange, house: House) -> Json:
    """Change what is given."""
    given = call.given()
    if given.get("brief") is not None:
        given["brief"] = _brief(given["brief"])
    return reply(plain(house.desk.works.change(id, **given)))


@router.delete("/works/{id}")
def trash_work(id: str, house: House) -> Json:
    """Put a work into the trash."""
    return reply(plain(house.desk.works.trash(id)))


@router.post("/works/{id}/restore")
def restore_work(id: str, house: House) -> Json:
    """Take a work out of the trash."""
    return reply(plain(house.desk.works.restore(id)))


@router.get("/works/{id}/trash")
def trashed(id: str, house: House) -> Json:
    """What of a work lies in the trash: nodes, entries, notes."""
    return reply(
        {
            "outline": [plain(each) for each in house.desk.outline.trashed(id)],
            "entries": [plain(each) for each in house.desk.bible.all(id, trashed=True)],
            "notes": [plain(each) for each in house.desk.notes.all(id, trashed=True)],
        }
    )


@router.post("/works/{id}/outline", status_code=201)
def add_node(id: str, call: NewNode, house: House) -> Json:
    """Add a part, chapter or scene."""
    return reply(plain(house.desk.outline.add(id, call.kind, call.title, parent=call.parent, at=call.at)), 201)


@router.patch("/nodes/{id}")
def change_node(id: str, call: NodeChange, house: House) -> Json:
    """Change what is given of a part, chapter or scene."""
    return reply(plain(house.desk.outline.change(id, **call.given())))


@router.post("/nodes/{id}/move")
def move_node(id: str, call: Move, house: House) -> Json:
    """Move a node with all below it."""
    return reply(plain(house.desk.outline.move(id, parent=call.parent, at=call.at)))


@router.delete("/nodes/{id}")
def trash_node(id: str, house: House) -> Json:
    """Put a node with all below it into the trash."""
    return reply(plain(house.desk.outline.trash(id)))


@router.post("/nodes/{id}/restore")
def restore_node(id: str, house: House) -> Json:
    """Take a node out of the trash."""
    return reply(plain(house.desk.outline.restore(id)))


@router.get("/scenes/{id}/plan")
def plan(id: str, house: House) -> Json:
    """The beats of a scene, and the entries tied to it."""
    beats = [plain(beat) for beat in house.desk.outline.beats(id)]
    return reply({"beats": beats, "entries": house.desk.outline.entries(id)})


@router.put("/scenes/{id}/beats")
def set_beats(id: str, call: Beats, house: House) -> Json:
    """Make these the beats of a scene."""
    wanted: list[str | Beat] = [
        Beat(each.id, "", id, place, each.text, each.done) if each.id else each.text
        for place, each in enumerate(call.beats)
    ]
    return reply([plain(beat) for beat in house.desk.outline.set_beats(id, wanted)])


@router.put("/scenes/{id}/entries")
def set_entries(id: str, call: Tied, house: House) -> Json:
    """Tie exactly these entries to a scene."""
    return reply(house.desk.outline.set_entries(id, call.entries))


@router.put("/works/{id}/goal")
def set_goal(id: str, call: GoalCall, house: House) -> Json:
    """Set a goal of a work or one of its scenes."""
    goal = house.desk.goals.set(id, call.amount, scene=call.scene, period=call.period)
    return reply(plain(goal))


@router.get("/works/{id}/notes")
def notes(id: str, house: House, scene: str | None = None) -> Json:
    """The notes of a work, or of one scene."""
    return reply([_note(house, each) for each in house.desk.notes.all(id, scene=scene)])


@router.post("/works/{id}/notes", status_code=201)
def add_note(id: str, call: NewNote, house: House) -> Json:
    """Add a note."""
    given = call.given()
    if call.start is not None:
        given["start"] = _places(house, call.scene).inside(call.start)
    return reply(_note(house, house.desk.notes.add(id, given.pop("text"), **given)), 201)


@router.patch("/notes/{id}")
def change_note(id: str, call: NoteChange, house: House) -> Json:
    """Change what is given of a note; `start` needs the `scene` that the note belongs to."""
    given = call.given()
    scene = given.pop("scene", None)
    if call.start is not None:
        given["start"] = _places(house, scene).inside(call.start)
    return reply(_note(house, house.desk.notes.change(id, **given)))


@router.delete("/notes/{id}")
def trash_note(id: str, house: House) -> Json:
    """Put a note into the trash."""
    return reply(plain(house.desk.notes.trash(id)))


@router.post("/notes/{id}/restore")
def restore_note(id: str, house: House) -> Json:
    """Take a note out of the trash."""
    return reply(plain(house.desk.notes.restore(id)))


@router.get("/log")
def log(
    house: House, since: int = 0, work: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Json:
    """The log of what was done, by whom and when, after line `since`."""
    return reply([plain(each) for each in house.desk.events.since(since, work=work, limit=limit)])


def _places(house: Studio, scene: str | None) -> Places:
    head = house.desk.revisions.head(scene) if scene else None
    return Places(head.text if head else "")


def _note(house: Studio, note: Note) -> dict[str, Any]:
    start = None if note.start is None else _places(house, note.scene).outside(note.start)
    return {**plain(note), "start": start}
