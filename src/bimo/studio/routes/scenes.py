"""The texts of scenes: read, save, history, branches. A save is answered when it is on disk."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from bimo.desk.values import Acceptance, Conflict, Revision
from bimo.studio import shapes
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Page, Reader, reply
from bimo.studio.shapes import plain
from bimo.studio.stream import Json
from bimo.studio.words import told
from bimo.text.authorship import combined
from bimo.text.diff import diff, shown
from bimo.text.language import detect
from bimo.text.spans import apply_edits

router = APIRouter(tags=["scenes"])
_LONGEST = 2_000_000


class Accepted(Body):
    """That this save takes alternative `chosen` of a suggestion, which stands from `start` to `end` of the text."""

    suggestion: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    chosen: int = Field(0, ge=0)


class Save(Body):
    """A text, the revision it was made from (null for the first), and the suggestions it took."""

    text: str = Field(max_length=_LONGEST)
    based_on: str | None
    accepted: list[Accepted] = Field([], max_length=200)


class Restore(Body):
    """Restore over this revision, which is the newest that the page knows."""

    based_on: str


class Merge(Body):
    """Take these changes (by their number in the diff from `based_on` to `other`) over into `based_on`."""

    based_on: str
    other: str
    take: list[int] = Field(max_length=100_000)


class Fork(Body):
    """The name of a new branch."""

    name: str = Field(max_length=200)


@router.get("/scenes/{id}")
def scene(id: str, house: House) -> Json:
    """A scene with its text, who wrote each part of it, and its open suggestions; `revision` is null without text."""
    node = house.desk.outline.get(id)
    head = house.desk.revisions.head(id)
    places = Places(head.text if head else "")
    suggestions = [
        shown_suggestion(each, places) for each in house.desk.suggestions.all(node.work, scene=id, state="open")
    ]
    return reply({"node": plain(node), "revision": _revision(head) if head else None, "suggestions": suggestions})


@router.put("/scenes/{id}")
def save(id: str, call: Save, house: House, lang: Reader, page: Page = "") -> Json:
    """Save a text; the answer means that it is on disk. Based on an older revision: 409, with both texts kept.

    A 409 holds `stored` (the text as it stands) and `yours` (kept on a branch of its own).
    """
    places = Places(call.text)
    accepted = [
        Acceptance(each.suggestion, places.span_inside(each.start, each.end), each.chosen) for each in call.accepted
    ]
    saved = house.desk.revisions.save(id, call.text, based_on=call.based_on, accepted=accepted)
    return _saved(house, saved, page, lang)


@router.get("/scenes/{id}/history")
def history(id: str, house: House, branch: str | None = None) -> Json:
    """The revisions of a scene without their texts, the newest first."""
    return reply([plain(each) for each in house.desk.revisions.history(id, branch=branch)])


@router.get("/revisions/{id}")
def revision(id: str, house: House) -> Json:
    """One revision with its text and authorship."""
    return reply(_revision(house.desk.revisions.get(id)))


@router.get("/revisions/{id}/diff/{other}")
def between(id: str, other: str, house: House) -> Json:
    """What changed from revision `id` to revision `other`: edits, and the pieces to show."""
    old, new = house.desk.revisions.get(id).text, house.desk.revisions.get(other).text
    edits = diff(old, new, detect(old or new))
    places = Places(old)
    return reply({"edits": [shapes.edit(each, places) for each in edits], "shown": shown(old, edits)})


@router.post("/revisions/{id}/restore")
def restore(id: str, call: Restore, house: House, lang: Reader, page: Page = "") -> Json:
    """Save an earlier text anew over `based_on`; 409 like a save."""
    return _saved(house, house.desk.revisions.restore(id, based_on=call.based_on), page, lang)


@router.post("/scenes/{id}/merge")
def merge(id: str, call: Merge, house: House, lang: Reader, page: Page = "") -> Json:
    """Take changes of another branch into the text; what a model wrote there stays the model's. 409 like a save."""
    desk = house.desk
    base, other = desk.revisions.get(call.based_on), desk.revisions.get(call.other)
    edits = diff(base.text, other.text, desk.works.get(base.work).lang)
    chosen = {number for number in call.take if 0 <= number < len(edits)}
    text = apply_edits(base.text, [edits[number] for number in sorted(chosen)])
    authorship = combined(base.authorship, other.authorship, edits, chosen)
    return _saved(house, desk.revisions.save(id, text, based_on=base.id, authorship=authorship), page, lang)


@router.post("/revisions/{id}/fork", status_code=201)
def fork(id: str, call: Fork, house: House) -> Json:
    """Begin a branch with this text, beside the others."""
    return reply(_revision(house.desk.revisions.fork(id, call.name)), 201)


@router.get("/scenes/{id}/branches")
def branches(id: str, house: House) -> Json:
    """The branches of a scene, the chosen one first; `head` is the newest revision of each."""
    return reply([plain(each) for each in house.desk.revisions.branches(id)])


@router.post("/branches/{id}/choose", status_code=204)
def choose(id: str, house: House) -> None:
    """Make a branch the text of its scene."""
    house.desk.revisions.choose(id)


@router.patch("/branches/{id}", status_code=204)
def rename(id: str, call: Fork, house: House) -> None:
    """Give a branch another name."""
    house.desk.revisions.rename(id, call.name)


@router.post("/branches/{id}/close", status_code=204)
def close(id: str, house: House, reopen: bool = False) -> None:
    """Put a branch out of sight, or back with `reopen`."""
    house.desk.revisions.close(id, reopen=reopen)


def _saved(house: House, saved: Revision | Conflict, page: str, lang: Reader) -> Json:
    if isinstance(saved, Conflict):
        stored, yours = _revision(saved.stored), _revision(saved.yours)
        return reply({"error": told(saved.error(), lang), "stored": stored, "yours": yours}, 409)
    house.news.tell("saved", {"scene": saved.scene, "work": saved.work, "revision": saved.id, "page": page})
    about = _revision(saved)
    # The page has the text already.
    about.pop("text")
    return reply(about)


def _revision(each: Revision) -> dict[str, Any]:
    return {**plain(each), "authorship": shapes.authorship(each.authorship, each.text)}


def shown_suggestion(each: Any, places: Places) -> dict[str, Any]:
    """A suggestion; `asked` is a span of the text it was based on, if that is the text of `places`."""
    about: dict[str, Any] = plain(each)
    for name in ("asked", "placed"):
        span = getattr(each, name)
        about[name] = places.span_outside(span) if span is not None else None
    return about
