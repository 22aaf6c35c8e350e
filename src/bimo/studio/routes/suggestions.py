"""What models proposed, and what became of it."""

from __future__ import annotations

from fastapi import APIRouter

from bimo.desk.values import State, Suggestion
from bimo.studio.places import Places
from bimo.studio.routes.common import House, reply
from bimo.studio.routes.scenes import shown_suggestion
from bimo.studio.stream import Json

router = APIRouter(tags=["suggestions"])


@router.get("/works/{id}/suggestions")
def suggestions(id: str, house: House, scene: str | None = None, state: State | None = None) -> Json:
    """The suggestions of a work or scene, the latest first; to accept one, name it in a save."""
    found = house.desk.suggestions.all(id, scene=scene, state=state)
    return reply([shown_suggestion(each, _places(house, each)) for each in found])


@router.get("/suggestions/{id}")
def suggestion(id: str, house: House) -> Json:
    """One suggestion with the exact request, prompt and model that made it."""
    found = house.desk.suggestions.get(id)
    return reply(shown_suggestion(found, _places(house, found)))


@router.post("/suggestions/{id}/reject")
def reject(id: str, house: House) -> Json:
    """Turn a suggestion down."""
    found = house.desk.suggestions.reject(id)
    return reply(shown_suggestion(found, _places(house, found)))


@router.post("/suggestions/{id}/reopen")
def reopen(id: str, house: House) -> Json:
    """Take back a decision, as undo does."""
    found = house.desk.suggestions.reopen(id)
    return reply(shown_suggestion(found, _places(house, found)))


def _places(house: House, each: Suggestion) -> Places:
    """The places of the text that a suggestion was placed in, else of the one that it was asked about."""
    id = each.revision or each.based_on
    return Places(house.desk.revisions.get(id).text if id else "")
