"""The application: every route, the guard in front of them, and errors as answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from bimo import __version__
from bimo.studio import static
from bimo.studio.guard import Doorplate, Guard
from bimo.studio.house import Studio
from bimo.studio.routes import (
    bible,
    critique,
    entrance,
    foryou,
    jobs,
    library,
    pictures,
    portraits,
    registries,
    scenes,
    senses,
    suggestions,
    texts,
    voices,
    works,
)
from bimo.studio.senses import Senses
from bimo.studio.stream import Json
from bimo.studio.words import Refused, answer_to, bug, reader_of, told
from bimo.studio.work import rescue
from bimo.text.errors import BimoError

ROUTERS = (
    entrance,
    registries,
    jobs,
    texts,
    works,
    scenes,
    bible,
    suggestions,
    library,
    critique,
    senses,
    pictures,
    foryou,
    voices,
    portraits,
)


def api(studio: Studio | None) -> FastAPI:
    """Every route under /api, without the guard; with None only to be described."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        assert studio
        await run_in_threadpool(studio.jobs.recover, partial(rescue, studio))
        await run_in_threadpool(studio.warm_up)
        yield
        await run_in_threadpool(studio.close)

    # The documentation pages of the framework would fetch scripts from elsewhere.
    app = FastAPI(
        title="Bimo", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        default_response_class=Json, lifespan=lifespan, redirect_slashes=False,
    )  # fmt: skip
    app.state.studio = studio
    app.state.senses = Senses()
    for module in ROUTERS:
        app.include_router(module.router, prefix="/api")
    app.add_exception_handler(BimoError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _fault)
    return app


def application(studio: Studio, plate: Doorplate) -> ASGIApp:
    """The whole studio as an ASGI application: the guard, the interface and the page."""
    app = api(studio)
    app.include_router(static.router)
    return Guard(app, plate, studio.sessions, lambda: studio.settings.language)


async def _told(request: Request, error: Exception) -> Json:
    assert isinstance(error, BimoError)
    return answer_to(error, reader_of(request.scope))


async def _invalid(request: Request, error: Exception) -> Json:
    assert isinstance(error, RequestValidationError)
    fields = {
        ".".join(str(part) for part in each["loc"] if part != "body"): str(each["msg"]) for each in error.errors()
    }
    name, reason = next(iter(fields.items()))
    refused = Refused(422, "studio.bad_request", reason=reason, field=name or "JSON")
    return Json({"error": {**told(refused, reader_of(request.scope)), "fields": fields}}, 422)


async def _plain(request: Request, error: Exception) -> Json:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        refused = Refused(413, "studio.too_large", megabytes=error.detail)
    elif error.status_code in (404, 405):
        refused = Refused(error.status_code, "studio.not_found", path=request.url.path[:200])
    else:
        refused = Refused(error.status_code, "studio.bad_request", reason=str(error.detail), field="JSON")
    return answer_to(refused, reader_of(request.scope))


async def _fault(request: Request, error: Exception) -> Json:
    request.state.told = True
    return answer_to(bug(error), reader_of(request.scope))
