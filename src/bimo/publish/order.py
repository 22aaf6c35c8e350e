"""What may be asked of an edition of a work: one form for whoever makes one without the command line."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from bimo.desk.desk import Desk
from bimo.publish.bilingual import beside
from bimo.publish.cover import checked, drawn_cover
from bimo.publish.document import Document
from bimo.publish.manuscript import document_of, titled


class Order(BaseModel):
    """An edition as asked for. Nothing in it names a file, so it may come from a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    author: str = Field("", max_length=300)
    title: str = Field("", max_length=300, description="by default that of the work")
    scenes: str = Field("", max_length=2000, description="numbers and titles, as in 1-3, 7, The Ferry")
    vertical: bool = Field(False, description="lines from top to bottom where the format can")
    colophon: bool = Field(False, description="say what share a model wrote")
    figures: bool = Field(False, description="the arc and the people at the end")
    beside: str = Field("", max_length=100, description="the id of the work that is its translation")
    cover: str = Field("", max_length=40, description="auto, or the id of a mood; none if empty")
    colours: tuple[str, ...] = Field((), max_length=12, description="of the cover, as #rrggbb")


def document_for(desk: Desk, work: str, order: Order) -> Document:
    """The work as it was asked for, ready for the `write` of any format.

    Raises InputError like `document_of`, `beside` and `drawn_cover`, and `publish.no_colours`; ModelError without the
    extra `print` where a cover is asked for.
    """
    document = document_of(
        desk, work, author=order.author, scenes=order.scenes, colophon=order.colophon, figures=order.figures
    )
    if order.beside:
        document = beside(document, document_of(desk, order.beside))
    document = replace(titled(document, order.title), vertical=order.vertical)
    if order.cover or order.colours:
        mood = "" if order.cover == "auto" else order.cover
        document = replace(document, cover=drawn_cover(document, mood, checked(order.colours)))
    return document
