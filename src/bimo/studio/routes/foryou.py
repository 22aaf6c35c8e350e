"""What to try next: offers with their reasons, and what the writer does with them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from bimo.desk import foryou_desk
from bimo.desk.foryou import Item, Offer
from bimo.studio.routes.common import Body, House, Reader, reply
from bimo.studio.stream import Json
from bimo.text.errors import Language

router = APIRouter(tags=["foryou"])


class OfferCall(Body):
    """An offer, by its id."""

    item: str = Field(min_length=1, max_length=300)


@router.get("/foryou")
def offers(
    house: House,
    lang: Reader,
    language: Annotated[Language | None, Query(description="language of what is offered")] = None,
    count: Annotated[int, Query(ge=1, le=50)] = 8,
    seed: Annotated[int, Query(ge=0, description="another seed, other offers")] = 0,
) -> Json:
    """What the writer may like to try, each with its reason; `start` says what opening it begins."""
    found = foryou_desk.for_you(house.desk, language or lang, count=count, seed=seed)
    return reply([_offer(each, lang) for each in found])


@router.post("/foryou/opened", status_code=204)
def opened(call: OfferCall, house: House) -> Response:
    """Note that the writer looked at an offer."""
    foryou_desk.open_item(house.desk, call.item)
    return Response(status_code=204)


@router.post("/foryou/dismissed", status_code=204)
def dismissed(call: OfferCall, house: House) -> Response:
    """Never offer this again."""
    foryou_desk.dismiss(house.desk, call.item)
    return Response(status_code=204)


@router.post("/foryou/reset", status_code=204)
def reset(house: House) -> Response:
    """Forget what was learned from everything so far."""
    foryou_desk.reset(house.desk)
    return Response(status_code=204)


def _offer(offer: Offer, lang: Language) -> dict[str, Any]:
    title, _, about = offer.item.title.partition(" · ")
    if offer.item.kind == "passage":
        # A work has many scenes: the scene's own name tells more.
        title, about = about, title
    return {
        "id": offer.item.id,
        "kind": offer.item.kind,
        "title": title,
        "about": about,
        "why": foryou_desk.why(offer, lang),
        "start": _start(offer.item),
    }


def _start(item: Item) -> dict[str, Any]:
    """A tool with what is given to it, or a scene of a work."""
    kind, _, name = item.id.partition(":")
    if kind == "scene":
        work = next(each.removeprefix("work:") for each in item.features if each.startswith("work:"))
        return {"work": work, "scene": name}
    if kind == "form":
        return {"tool": "poem", "given": {"form": name}}
    if kind == "prompt":
        return {"tool": "spark", "given": {"kind": name.partition("/")[0]}}
    return {"tool": name, "given": {}}
