"""Finding, bringing in and giving out: search, mentions, imports with a preview, editions, archives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bimo.desk.mentions import find, sought
from bimo.desk.search import Hit
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Reader, reply
from bimo.studio.shapes import notice, plain
from bimo.studio.stream import Json
from bimo.studio.words import Refused
from bimo.text.authorship import by
from bimo.text.errors import Language

router = APIRouter(tags=["library"])
_NAME = re.compile(r"[\w-][\w.-]*")
# What a preview shows of a scene.
_BEGINNING = 200


class MentionCall(Body):
    """A text in which the entries of a work may be named."""

    text: str = Field(max_length=2_000_000)


class ImportChoice(Body):
    """What to change of a plan before it is brought in."""

    title: str | None = Field(None, max_length=500)


@router.get("/search")
def search(
    house: House,
    query: Annotated[str, Query(max_length=500)],
    work: str | None = None,
    kind: Annotated[list[str] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Json:
    """What holds every word of `query`, the best first: scenes, titles, summaries, entries, facts, notes, briefs."""
    kinds: Any = kind or ()
    found = house.search.find(query, work=work, kinds=kinds, limit=limit)
    return reply({"total": found.total, "hits": [_hit(house, each) for each in found.hits]})


@router.post("/works/{id}/mentions")
def mentions(id: str, call: MentionCall, house: House) -> Json:
    """Where a text names the entries of a work."""
    work = house.desk.works.get(id)
    places = Places(call.text)
    found = find(call.text, sought(house.desk.bible.all(id)), work.lang)
    return reply([{**places.span_outside(each.span), "entry": each.entry, "name": each.name} for each in found])


@router.post("/imports", status_code=201)
async def preview(
    request: Request,
    house: House,
    lang: Reader,
    name: Annotated[str, Query(max_length=300, description="name of the file")],
    language: Annotated[Language | None, Query(description="language it is written in")] = None,
) -> Json:
    """What a file would become: send the bytes of the file as the body. Nothing is written yet.

    Markdown, plain text, DOCX, EPUB, Fountain. Answers with an id, under which it can be brought in for an hour.
    """
    data = await request.body()
    id, read = await run_in_threadpool(house.plans.put, data, name, language)
    sections = [_section(each, read.lang) for each in read.sections]
    about = {"id": id, "title": read.title, "lang": read.lang, "kind": read.kind, "author": read.author}
    return reply({**about, "front": read.front, "sections": sections,
                  "notices": [notice(each, lang) for each in read.notices]}, 201)  # fmt: skip


@router.post("/imports/{id}", status_code=201)
def bring_in(id: str, call: ImportChoice, house: House) -> Json:
    """Make a work of a previewed file, the whole of it or nothing."""
    from dataclasses import replace

    from bimo.desk.imports.storing import bring_in as store

    with house.plans.taken(id) as plan:
        work = store(house.desk.store, replace(plan, title=call.title) if call.title else plan)
    return reply(plain(work), 201)


@router.get("/works/{id}/editions/{format}")
def edition(
    id: str,
    format: str,
    house: House,
    author: Annotated[str, Query(max_length=300)] = "",
    scenes: Annotated[str, Query(max_length=1000, description="as in 1-3,7,The Ferry; all by default")] = "",
    cover: Annotated[str, Query(max_length=40, description="auto, or a mood of GET /api/covers")] = "",
    colophon: bool = False,
    vertical: bool = False,
) -> Response:
    """The work as a file of one of the formats in GET /api/editions, to be saved.

    `cover` draws one, `colophon` says at the end what share a model wrote, `vertical` sets lines from top to bottom.
    """
    from dataclasses import replace

    from bimo.publish.cover import drawn_cover
    from bimo.publish.formats import file_name, find_format
    from bimo.publish.manuscript import document_of

    kind = find_format(format)
    document = document_of(house.desk, id, author=author, scenes=scenes, colophon=colophon)
    if cover:
        document = replace(document, cover=drawn_cover(document, "" if cover == "auto" else cover))
    document = replace(document, vertical=vertical)
    return _file(kind.write(document), kind.media_type, file_name(document.title) + kind.suffix)


@router.get("/works/{id}/archive")
def archive(id: str, house: House) -> Response:
    """The work with everything that belongs to it, as `bimo desk import` takes it in."""
    import tempfile

    from bimo.desk.archive import export
    from bimo.publish.formats import file_name

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "archive.zip"
        export(house.desk.store, target, only=[id])
        name = file_name(house.desk.works.get(id).title)
        return _file(target.read_bytes(), "application/zip", f"{name}.zip")


@router.get("/covers")
def covers() -> Json:
    """The moods that a cover can be drawn in."""
    from bimo.publish.cover import moods

    return reply([{"id": each.id, "names": dict(each.names)} for each in moods().values()])


@router.post("/runs/{run}/{name}", status_code=201)
def keep_run(run: str, name: str, house: House) -> Json:
    """Put a file that a recipe made on the desk as a work; every word of it counts as the model's."""
    from bimo.desk.imports.reader import plan
    from bimo.desk.imports.storing import bring_in as store

    work = store(house.desk.store, plan(_run_file(run, name)[0].read_bytes(), name))
    for head in house.desk.revisions.heads(work.id):
        written = by("model", len(head.text))
        house.desk.revisions.save(head.scene, head.text, based_on=head.id, authorship=written, cause="import")
    return reply(plain(work), 201)


@router.get("/runs/{run}/{name}")
def run_file(run: str, name: str) -> Response:
    """A file that a recipe made: `run` of its result, and a name from `files` of a step."""
    file, kind = _run_file(run, name)
    return _file(file.read_bytes(), kind, name)


def _run_file(run: str, name: str) -> tuple[Path, str]:
    """An edition in the folder of a run and its media type. Raises Refused 404."""
    from bimo.models.places import state_dir
    from bimo.publish.formats import all_formats

    kind = next((each for each in all_formats().values() if name.endswith(each.suffix)), None)
    folder = state_dir() / "runs"
    file = folder / run / name
    # Neither part may be a way out of the folder, and only editions are given out.
    inside = _NAME.fullmatch(run) and _NAME.fullmatch(name) and file.resolve().is_relative_to(folder.resolve())
    if kind is None or not inside or not file.is_file():
        raise Refused(404, "studio.not_found", path=f"/api/runs/{run[:80]}/{name[:80]}")
    return file, kind.media_type


def _file(data: bytes, kind: str, name: str) -> Response:
    """A file to be saved. Should a browser show it all the same, it shows it as a page that may do nothing."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(data, media_type=kind, headers=headers)


def _hit(house: House, hit: Hit) -> dict[str, Any]:
    shown = Places(hit.snippet)
    head = house.desk.revisions.head(hit.id) if hit.kind == "scene" else None
    places = Places(head.text if head else "")
    return {
        "kind": hit.kind,
        "id": hit.id,
        "work": hit.work,
        "snippet": hit.snippet,
        "marks": [shown.span_outside(span) for span in hit.marks],
        # Places are told where the page has a text to show them in.
        "spans": [places.span_outside(span) for span in hit.spans] if head else [],
    }


def _section(section: Any, lang: Language) -> dict[str, Any]:
    return {
        "kind": section.kind,
        "title": section.title,
        "length": section.length(lang),
        "beginning": section.text[:_BEGINNING],
        "children": [_section(each, lang) for each in section.children],
    }
