"""What the routes share: the studio, the reader's language, and bodies that take nothing unknown."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from bimo.studio.house import Studio
from bimo.studio.stream import Json
from bimo.studio.words import reader_of
from bimo.text.errors import Language


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


def _reader(request: Request) -> Language:
    return reader_of(request.scope)


def _session(request: Request) -> str:
    session: str = request.state.session
    return session


House = Annotated[Studio, Depends(_studio)]
Reader = Annotated[Language, Depends(_reader)]
Session = Annotated[str, Depends(_session)]
Page = Annotated[
    str,
    Query(
        max_length=80,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="id that the page gave itself; without one the request is a page of its own",
    ),
]


class Body(BaseModel):
    """A request's body: unknown names are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def reply(value: Any, status: int = 200) -> Json:
    """An answer of plain values."""
    return Json(value, status)
