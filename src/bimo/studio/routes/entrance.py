"""Coming in, and what the page asks first: sessions, state, settings, news, and the interface's own description."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import nullcontext
from typing import Any

from fastapi import APIRouter
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bimo import __version__
from bimo.studio.describe import described
from bimo.studio.house import Studio
from bimo.studio.routes.common import Body, House, Page, Reader, Session, reply
from bimo.studio.settings import Settings
from bimo.studio.stream import EventStream, Json, Sent
from bimo.studio.words import Refused

router = APIRouter(tags=["entrance"])


class Token(Body):
    """The token from the fragment of the address."""

    token: str = Field(max_length=200)


class Login(Body):
    """The password of a studio that other machines reach."""

    password: str = Field(max_length=1000)


@router.get("/health")
async def health(house: House) -> Json:
    """Whether the studio is up; open to all. `password` tells that it is entered by one."""
    return reply({"ok": True, "name": "bimo", "version": __version__, "password": house.sessions.password is not None})


@router.post("/session", status_code=204)
async def enter(body: Token, house: House) -> Response:
    """Turn the launch's token, once read from the fragment of the address, into the cookie of a session."""
    return _with_cookie(house, house.sessions.enter(body.token))


@router.post("/tickets")
async def ticket(house: House) -> Json:
    """A token for POST /api/session that is good once and for two minutes, to open another browser with."""
    return reply({"token": house.sessions.ticket()})


@router.post("/login", status_code=204)
async def log_in(body: Login, house: House) -> Response:
    """Turn the password into the cookie of a session."""
    return _with_cookie(house, await run_in_threadpool(house.sessions.log_in, body.password))


@router.delete("/session", status_code=204)
async def leave(house: House, session: Session) -> Response:
    """End this session."""
    house.sessions.leave(session)
    answer = Response(status_code=204)
    answer.delete_cookie(house.sessions.cookie, path="/", httponly=True, samesite="strict")
    return answer


def _with_cookie(house: Studio, session: str) -> Response:
    answer = Response(status_code=204)
    answer.set_cookie(house.sessions.cookie, session, path="/", httponly=True, samesite="strict")
    return answer


@router.get("")
async def index(request: Request) -> Json:
    """This list: every route with its body and its parameters."""
    return reply(described(request.app))


@router.get("/state")
def state(house: House, lang: Reader) -> Json:
    """What the page needs first: version, settings with their schema, engine, the work to open, jobs.

    The jobs are those that run, and those that were cut off when the studio ended (`cut`), to be gone on with.
    """
    found = [job.summary() for job in house.jobs.all() if job.cut or not job.over]
    return reply(
        {
            "version": __version__,
            "language": lang,
            "settings": house.settings.now.model_dump(),
            "settings_schema": Settings.model_json_schema(),
            "engine": house.engine_told(lang),
            "work": house.launch.work,
            "jobs": found,
        }
    )


@router.get("/settings")
async def settings(house: House) -> Json:
    """The writer's choices."""
    return reply(house.settings.now.model_dump())


@router.patch("/settings")
def change_settings(given: dict[str, Any], house: House) -> Json:
    """Change some choices. `ai` false stops all jobs, closes the engine and has every AI route answer 403."""
    try:
        changed = house.settings.change(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise Refused(422, "studio.bad_request", reason=first["msg"], field=name) from None
    house.settle()
    house.news.tell("settings", changed.model_dump())
    return reply(changed.model_dump())


@router.get("/events")
async def events(house: House, session: Session, page: Page = "") -> EventStream:
    """News as server-sent events: `job`, `engine`, `settings`, `saved`. Holding it open keeps the page's jobs alive."""

    async def told() -> AsyncGenerator[Sent | None, None]:
        news = house.news.read()
        try:
            with house.pages.listening(page, session) if page else nullcontext():
                yield None, "hello", {"page": page}
                async for sent in news:
                    yield sent
        finally:
            await news.aclose()

    return EventStream(told())


@router.post("/pages/{page}/leave", status_code=204)
async def page_leaves(page: str, house: House) -> Response:
    """For `navigator.sendBeacon` at `pagehide`: stop the page's jobs unless it comes back at once, or reloads."""
    house.pages.leaves(page)
    return Response(status_code=204)
