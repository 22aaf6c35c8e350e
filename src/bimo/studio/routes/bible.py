"""The bible of a work: entries, their relations, and facts that hold from a scene on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from bimo.desk.values import EntryKind, Knower, Name, NameRole, Tracking
from bimo.studio.routes.common import Body, House, reply
from bimo.studio.shapes import plain
from bimo.studio.stream import Json
from bimo.text.errors import Language

router = APIRouter(tags=["bible"])
_LONG = 200_000


class NameCall(Body):
    """One name; `lang` null where it is the same in both languages; a `title` is a form of address."""

    text: str = Field(max_length=200)
    lang: Language | None = None
    role: NameRole = "name"


class NewEntry(Body):
    """A character, place, thing or note. `private` is never sent to a model."""

    kind: EntryKind
    names: list[NameCall] = Field(min_length=1, max_length=50)
    description: str = Field("", max_length=_LONG)
    private: str = Field("", max_length=_LONG)
    tracking: Tracking = "mentioned"
    exclusions: list[str] = Field([], max_length=200)


class EntryChange(Body):
    """What to change of an entry."""

    kind: EntryKind | None = None
    names: list[NameCall] | None = Field(None, max_length=50)
    description: str | None = Field(None, max_length=_LONG)
    private: str | None = Field(None, max_length=_LONG)
    tracking: Tracking | None = None
    exclusions: list[str] | None = Field(None, max_length=200)


class RelationCall(Body):
    """What `source` is to `target`."""

    source: str
    target: str
    kind: str = Field(max_length=200)
    note: str = Field("", max_length=10_000)
    from_scene: str | None = None


class KnowerCall(Body):
    """A character who knows a secret, from a scene on or always."""

    entry: str
    from_scene: str | None = None


class NewFact(Body):
    """Something that holds of an entry."""

    text: str = Field(max_length=20_000)
    from_scene: str | None = None
    replaces: str | None = None
    secret: bool = False
    knowers: list[KnowerCall] = Field([], max_length=200)


class FactChange(Body):
    """What to change of a fact; an empty `from_scene` makes it hold always."""

    text: str | None = Field(None, max_length=20_000)
    from_scene: str | None = None
    secret: bool | None = None
    knowers: list[KnowerCall] | None = Field(None, max_length=200)


@router.get("/works/{id}/bible")
def bible(id: str, house: House) -> Json:
    """The entries, relations and facts of a work."""
    return reply(
        {
            "entries": [plain(each) for each in house.desk.bible.all(id)],
            "relations": [plain(each) for each in house.desk.bible.relations(id)],
            "facts": [plain(each) for each in house.desk.bible.facts(id)],
        }
    )


@router.post("/works/{id}/bible", status_code=201)
def add_entry(id: str, call: NewEntry, house: House) -> Json:
    """Add an entry."""
    given = _given(call)
    entry = house.desk.bible.add(id, given.pop("kind"), *given.pop("names"), **given)
    return reply(plain(entry), 201)


@router.get("/entries/{id}")
def entry(id: str, house: House) -> Json:
    """One entry."""
    return reply(plain(house.desk.bible.get(id)))


@router.patch("/entries/{id}")
def change_entry(id: str, call: EntryChange, house: House) -> Json:
    """Change what is given of an entry."""
    return reply(plain(house.desk.bible.change(id, **_given(call))))


@router.delete("/entries/{id}")
def trash_entry(id: str, house: House) -> Json:
    """Put an entry into the trash."""
    return reply(plain(house.desk.bible.trash(id)))


@router.post("/entries/{id}/restore")
def restore_entry(id: str, house: House) -> Json:
    """Take an entry out of the trash."""
    return reply(plain(house.desk.bible.restore(id)))


@router.post("/relations", status_code=201)
def relate(call: RelationCall, house: House) -> Json:
    """Say what one entry is to another."""
    made = house.desk.bible.relate(call.source, call.target, call.kind, note=call.note, from_scene=call.from_scene)
    return reply(plain(made), 201)


@router.delete("/relations/{id}", status_code=204)
def unrelate(id: str, house: House) -> None:
    """Forget a relation."""
    house.desk.bible.unrelate(id)


@router.post("/entries/{id}/facts", status_code=201)
def state_fact(id: str, call: NewFact, house: House) -> Json:
    """State a fact about an entry."""
    given = _given(call)
    return reply(plain(house.desk.bible.state(id, given.pop("text"), **given)), 201)


@router.patch("/facts/{id}")
def change_fact(id: str, call: FactChange, house: House) -> Json:
    """Change what is given of a fact."""
    return reply(plain(house.desk.bible.change_fact(id, **_given(call))))


@router.delete("/facts/{id}", status_code=204)
def retract(id: str, house: House) -> None:
    """Forget a fact; what it replaced holds again."""
    house.desk.bible.retract(id)


def _given(call: Body) -> dict[str, Any]:
    """The fields that were sent, names and knowers as the desk has them."""
    given = call.given()
    if given.get("names") is not None:
        given["names"] = [Name(each.text, each.lang, each.role) for each in given["names"]]
    if given.get("knowers") is not None:
        given["knowers"] = [Knower(each.entry, each.from_scene) for each in given["knowers"]]
    return given
