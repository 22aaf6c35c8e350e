"""What the routes share: the studio, the reader's language, and bodies that take nothing unknown."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.requests import Request

from bimo.studio.house import Studio
from bimo.studio.stream import Json
from bimo.studio.words import reader_of
from bimo.text.errors import Language

_BROKEN = re.compile("[\0\ud800-\udfff]")


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
    """A request's body: unknown names are an error.

    Half of a surrogate pair, and the zero, which no database holds, become U+FFFD: a text must not fail to be saved
    because of a sign that an editor cut in two, and every other sign keeps its place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, given: Any) -> Any:
        return _mended(given)

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _BROKEN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_mended(name): _mended(each) for name, each in value.items()}
    return [_mended(each) for each in value] if isinstance(value, list) else value


def reply(value: Any, status: int = 200) -> Json:
    """An answer of plain values."""
    return Json(value, status)
