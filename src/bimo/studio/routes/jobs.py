"""Everything a model does: tools, recipes, text at the cursor. Each answer is the stream of a job."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bimo.craft import recipe as recipes
from bimo.craft.registry import find_tool
from bimo.desk.values import Revision
from bimo.studio.contexts import Cursor
from bimo.studio.house import Studio
from bimo.studio.jobs import Job, Work
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Page, Reader, Session, reply
from bimo.studio.stream import EventStream, Json, Sent
from bimo.studio.words import Refused
from bimo.studio.work import Ghost, Place, RecipeRun, ToolRun, considered
from bimo.text.errors import Language
from bimo.text.language import detect

router = APIRouter(tags=["jobs"])
# How much of what is asked is looked through for names of entries.
_ABOUT = 2000
# Whose the jobs are that outlive the page they were asked from.
STUDIO = "studio"


class ToolCall(Body):
    """What a tool is asked, and where.

    `request` are the fields of the tool's own schema (GET /api/tools). With `work`, what it proposes is kept as a
    suggestion; `scene` and `based_on` (a revision) say for which text, `start` and `end` for which part of it. With
    `context`, the model is told what it should know there; `text` and `cursor` then are the scene as the page has it,
    and `known_to` the character that must know no more than it does.
    """

    request: dict[str, Any]
    work: str | None = None
    scene: str | None = None
    based_on: str | None = None
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)
    context: bool = True
    text: str | None = Field(None, max_length=2_000_000)
    cursor: int | None = Field(None, ge=0)
    known_to: str | None = None


class GhostCall(Body):
    """The text before the cursor (the last few thousand signs are enough); `words` is about how many to propose.

    What is proposed starts with `begin`, words that the writer chose among those that the model considered.
    """

    before: str = Field(min_length=1, max_length=200_000)
    lang: Language | None = None
    work: str | None = None
    scene: str | None = None
    words: int = Field(16, ge=1, le=120)
    n: int = Field(1, ge=1, le=5)
    begin: str = Field("", max_length=200)


class ConsideredCall(Body):
    """The text before a word that a model wrote, and its scene."""

    before: str = Field(min_length=1, max_length=200_000)
    lang: Language | None = None
    scene: str | None = None
    count: int = Field(8, ge=2, le=20)


class RecipeCall(Body):
    """An idea to make an edition of."""

    idea: str = Field(min_length=1, max_length=20_000)
    lang: Language | None = None
    seed: int | None = Field(None, ge=0, lt=2**32)


@router.post("/tools/{id}")
async def run_tool(id: str, call: ToolCall, house: House, lang: Reader, session: Session, page: Page = "") -> Response:
    """Run a writing tool. Answers with the events of its job; the result names the suggestion it was kept as."""
    house.must_be_on()
    tool = find_tool(id)
    try:
        request = tool.request.model_validate(call.request)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise Refused(422, "studio.bad_request", reason=first["msg"], field=field) from None
    place, cursor = await run_in_threadpool(_prepared, house, call, str(getattr(request, request.main))[-_ABOUT:])
    work = ToolRun(house, tool, request, place, cursor)
    return begin(house, id, work, lang, session, page, _about(call), call=work.call())


@router.post("/ghost")
async def ghost(call: GhostCall, house: House, lang: Reader, session: Session, page: Page = "") -> Response:
    """A few words at the cursor, or `n` alternatives; the page's request before is stopped. Goes before other work."""
    house.must_be_on()
    if page:
        house.jobs.stop(page, "ghost")
    written = call.lang or detect(call.before[-2000:])
    tokens = max(8, call.words * 3 // 2)
    cursor = Cursor(call.scene, call.before) if call.scene else None
    work = Ghost(house, call.before, written, tokens, call.n, cursor, call.begin)
    return begin(house, "ghost", work, lang, session, page, {"work": call.work, "scene": call.scene})


@router.post("/considered")
def what_else(call: ConsideredCall, house: House, page: Page = "") -> Json:
    """What else the model considered after `before`: pieces of words with their probabilities, the likeliest first.

    `able` is false where the model or its server does not tell such things; then the list is empty.
    """
    model = house.model(page, urgent=True)
    lang = call.lang or detect(call.before[-2000:])
    if "logprobs" not in model.info.abilities:
        return reply({"able": False, "considered": []})
    known = Cursor(call.scene, call.before).at_once(house.desk, model) if call.scene else ()
    return reply({"able": True, "considered": considered(model, call.before, lang, call.count, known)})


@router.post("/recipes/{name}")
async def run_recipe(
    name: str, call: RecipeCall, house: House, lang: Reader, session: Session, page: Page = ""
) -> Response:
    """Run a shipped recipe from an idea to an edition. Also tells `step` and `step_done`; asked again, it goes on."""
    import bimo.publish.step  # noqa: F401  # registers the step that recipes end with

    house.must_be_on()
    if name not in recipes.shipped():
        # A name could also be the path of a file, which is for the command line alone.
        raise Refused(404, "studio.not_found", path=f"/api/recipes/{name[:80]}")
    written = call.lang or detect(call.idea, lang)
    work = RecipeRun(house, recipes.load(name), call.idea, written, call.seed)
    asked = {"recipe": name, "idea": call.idea, "lang": written, "seed": call.seed}
    return begin(house, f"recipe:{name}", work, lang, session, page, {"idea": call.idea}, call=asked)


@router.get("/jobs")
async def list_jobs(house: House) -> Json:
    """The running jobs and those that ended lately, the newest first, with the text written so far.

    `cut` tells that a job ended because the studio did; such a recipe can be resumed.
    """
    return reply([job.summary() for job in house.jobs.all()])


@router.get("/jobs/{id}")
async def one_job(id: str, house: House) -> Json:
    """One job with everything it has told."""
    job = house.jobs.get(id)
    told = [{"id": number, "event": name, "data": data} for number, (name, data) in enumerate(job.events, 1)]
    return reply({**job.summary(), "told": told})


@router.get("/jobs/{id}/events")
async def follow_job(
    id: str,
    house: House,
    session: Session,
    page: Page = "",
    after: int = 0,
    last_event_id: Annotated[int | None, Header()] = None,
) -> EventStream:
    """The events of a job after `Last-Event-ID` (or `?after=`), and those to come."""
    return _stream(house, house.jobs.get(id), session, page, last_event_id if last_event_id is not None else after)


@router.post("/jobs/{id}/resume")
async def resume_job(id: str, house: House, lang: Reader, session: Session, page: Page = "") -> Response:
    """Go on with a recipe that was stopped or cut off, where it was. The old job is forgotten."""
    job = house.jobs.get(id)
    if not job.over or "recipe" not in job.call:
        raise Refused(409, "studio.not_resumable")
    asked = dict(job.call)
    again = await run_recipe(asked.pop("recipe"), RecipeCall(**asked), house, lang, session, page)
    house.jobs.forget(id)
    return again


@router.delete("/jobs/{id}", status_code=204)
def forget_job(id: str, house: House) -> Response:
    """Forget a job that is over; one that runs is stopped. What it wrote for a work stays among the suggestions."""
    house.jobs.forget(id)
    return Response(status_code=204)


@router.post("/jobs/{id}/cancel", status_code=204)
async def stop_job(id: str, house: House) -> Response:
    """Stop a job; the engine is free within a second. What was written is kept."""
    house.jobs.get(id).cancel.cancel()
    return Response(status_code=204)


@router.post("/jobs/{id}/keep")
def keep_job(id: str, house: House) -> Json:
    """Keep what a ghost proposed as a suggestion of its work, once the writer takes it."""
    job = house.jobs.get(id)
    told = next((data for name, data in reversed(job.events) if name == "result"), None)
    alternatives = told["alternatives"] if told else [{"text": job.text, "measures": [], "data": {}}]
    if not job.about.get("work") or not any(each["text"] for each in alternatives):
        raise Refused(404, "studio.no_job")
    kept = house.desk.suggestions.add(
        job.about["work"], job.kind, {}, alternatives, scene=job.about.get("scene"), model=house.model_id
    )
    return reply({"suggestion": kept.id})


def begin(
    house: Studio,
    kind: str,
    work: Work,
    lang: Language,
    session: str,
    page: str,
    about: dict[str, Any],
    *,
    lasting: bool = False,
    call: dict[str, Any] | None = None,
) -> EventStream:
    """Start a job for a page, and answer with its events. Raises Refused 429.

    With `lasting` it is the studio's own, and goes on when the page is closed. With `call`, what was asked, the job is
    on disk, and found again after the end of the server.
    """
    id = secrets.token_hex(9)
    job = Job(id, kind, STUDIO if lasting else page or f"job-{id}", lang, about, call or {})
    house.jobs.start(job, work)
    return _stream(house, job, session, page, 0)


def _stream(house: Studio, job: Job, session: str, page: str, after: int) -> EventStream:
    async def told() -> AsyncGenerator[Sent | None, None]:
        events = job.follow(after)
        try:
            # Whoever only looks at a lasting job must not end it by going away.
            with house.pages.listening(page or (job.page if job.page != STUDIO else f"job-{job.id}"), session):
                async for sent in events:
                    yield sent
        finally:
            await events.aclose()

    return EventStream(told())


def _prepared(house: Studio, call: ToolCall, about: str) -> tuple[Place, Cursor | None]:
    """The place of a call in its work, and the cursor to look from. Raises InputError for unknown ids."""
    revision: Revision | None = house.desk.revisions.get(call.based_on) if call.based_on else None
    span = None
    if revision is not None and call.start is not None:
        span = Places(revision.text).span_inside(call.start, call.end if call.end is not None else call.start)
    if call.work is not None:
        house.desk.works.get(call.work)
    cursor = None
    if call.context and call.scene is not None:
        units = call.cursor if call.cursor is not None else call.end
        text = call.text if call.text is not None else revision.text if revision else None
        cursor = replace(Cursor.of(house.desk, call.scene, text, units, call.known_to), about=about)
    return Place(call.work, call.scene, revision, span), cursor


def _about(call: ToolCall) -> dict[str, Any]:
    return {
        "work": call.work,
        "scene": call.scene,
        "based_on": call.based_on,
        "start": call.start,
        "end": call.end,
    }
