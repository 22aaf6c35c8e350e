"""Voices: prepare, train, judge and use a model trained on the writer's own texts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bimo.models.places import state_dir
from bimo.studio import voices
from bimo.studio.apart import apart
from bimo.studio.house import Studio
from bimo.studio.jobs import Job, Told
from bimo.studio.routes.common import Body, House, Page, Reader, Session, reply
from bimo.studio.routes.jobs import STUDIO, begin
from bimo.studio.stream import EventStream, Json
from bimo.studio.words import Refused, told
from bimo.text.errors import Language, Notice
from bimo.voice.home import Home, voice_home

router = APIRouter(tags=["voices"])
# Texts that were sent and wait to be prepared, in bytes and files.
_MOST_BYTES, _MOST_FILES = 500_000_000, 2000


class PrepareCall(Body):
    """Where the texts come from: what the writer alone wrote in works of the desk (all, or those named), or files.

    `passages` of them become answers to requests that the model in use invents, which takes a while.
    """

    source: Literal["desk", "files"] = "desk"
    works: list[str] | None = Field(None, max_length=1000)
    lang: Language | None = None
    mask_names: bool = False
    passages: int = Field(0, ge=0, le=1000)


class TrainCall(Body):
    """A recipe and what to change of it; the same asked again goes on where it stopped, `again` begins anew."""

    recipe: str = Field("quick", pattern=r"^[a-z_]{1,40}$")
    knobs: dict[str, Any] = Field(default_factory=dict)
    base: str | None = Field(None, max_length=100, pattern=r"^[\w.-]+$")
    again: bool = False


class JudgeCall(Body):
    """How many texts are written in each of the ways that are compared."""

    samples: int = Field(12, ge=2, le=200)


class VoteCall(Body):
    """Which of the two texts of a sample is liked better: 0, 1, or null for neither."""

    sample: int = Field(ge=0)
    chosen: Literal[0, 1] | None


@router.get("/voices")
def list_voices(house: House, lang: Reader) -> Json:
    """Every voice, the recipes, what is missing to train here, and which voice writes now, how strongly."""
    from bimo.models.voices import PREFIX, is_voice
    from bimo.voice.recipe import recipes

    missing, id = voices.lack(), house.model_id
    name, _, strength = id.removeprefix(PREFIX).partition("@")
    chosen = house.settings.now.strength
    used = {"name": name, "strength": chosen if chosen is not None else float(strength or 1)} if is_voice(id) else None
    return reply(
        {
            "missing": told(missing, lang) if missing else None,
            "recipes": recipes(),
            "voices": voices.every(_running(house)),
            "in_use": used,
        }
    )


@router.get("/voices/{name}")
def one_voice(name: str, house: House, lang: Reader) -> Json:
    """A voice with its texts, the curve of its training, the figures and samples of its evaluation, and the votes."""
    home = _home(name)
    return reply({**voices.whole(home, lang), "job": _running(house).get(name)})


@router.post("/voices/{name}/texts", status_code=204)
async def send_text(name: str, request: Request, file: Annotated[str, Query(max_length=1000)]) -> Response:
    """Send one file of a folder to prepare from: its bytes as the body, its path in the folder as `file`."""
    folder = _waiting(voice_home(name, new=True))
    path = folder.joinpath(*_parts(file))
    data = await request.body()
    await run_in_threadpool(_store, folder, path, data)
    return Response(status_code=204)


@router.delete("/voices/{name}/texts", status_code=204)
def forget_texts(name: str) -> Response:
    """Forget the files that were sent and not yet prepared."""
    shutil.rmtree(_waiting(voice_home(name, new=True)), ignore_errors=True)
    return Response(status_code=204)


@router.post("/voices/{name}/prepare")
async def prepare_voice(
    name: str, call: PrepareCall, house: House, lang: Reader, session: Session, page: Page = ""
) -> EventStream:
    """Make a voice ready to learn, in place of what it had. A job; `prepared` tells what it learns from."""
    home = voice_home(name, new=True)
    if call.passages:
        house.must_be_on()
    return _start(house, "prepare", home, Preparing(house, home, call), lang, session, page)


@router.post("/voices/{name}/train")
async def train_voice(
    name: str, call: TrainCall, house: House, lang: Reader, session: Session, page: Page = ""
) -> EventStream:
    """Train a voice, or go on where it stopped. A job of the studio, which goes on when the page is closed.

    Tells `stage` and `training` {step, steps, epoch, loss, left, speed, validation}, and at last `trained`.
    """
    from bimo.voice import recipe as recipes

    if missing := voices.lack():
        raise missing
    home = _home(name)
    recipes.read(call.recipe, **call.knobs)
    given = {"name": name, "recipe": call.recipe, "knobs": call.knobs, "base": call.base, "again": call.again}
    return _start(house, "train", home, Apart(voices.training, given), lang, session, page)


@router.post("/voices/{name}/evaluate")
async def judge_voice(
    name: str, call: JudgeCall, house: House, lang: Reader, session: Session, page: Page = ""
) -> EventStream:
    """Judge a voice on text it did not learn from, beside the base and the writer. A job of the studio."""
    if missing := voices.lack():
        raise missing
    given = {"name": name, "samples": call.samples, "lang": lang}
    return _start(house, "evaluate", _home(name), Apart(voices.judging, given), lang, session, page)


@router.get("/voices/{name}/report")
def report(name: str) -> Response:
    """The page of the last evaluation, as a file."""
    path = _home(name).report
    if not path.is_file():
        raise Refused(404, "studio.not_found", path=f"/api/voices/{name}/report")
    headers = {
        "Content-Disposition": "attachment; filename=report.html",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(path.read_bytes(), media_type="text/html", headers=headers)


@router.get("/voices/{name}/vote")
def blind_pair(name: str, sample: int | None = None) -> Json:
    """Two endings of one beginning, the base's and the voice's, in an order that does not tell which; null at the end.

    Without `sample` the next one that has no vote.
    """
    home = _home(name)
    number = voices.tally(home)["next"] if sample is None else sample
    found = voices.pair(home, number)
    if found is None:
        return reply(None)
    start, texts, order = found
    return reply({"sample": number, "start": start, "texts": [texts[side] for side in order]})


@router.post("/voices/{name}/vote")
def blind_vote(name: str, call: VoteCall) -> Json:
    """Keep which text was liked better. Answers which was which, and how the votes stand."""
    home = _home(name)
    found = voices.pair(home, call.sample)
    if found is None:
        raise Refused(404, "studio.not_found", path=f"/api/voices/{name}/vote")
    order = found[2]
    side: voices.Choice = "same"
    if call.chosen is not None:
        side = "voice" if order[call.chosen] == "voice" else "base"
    return reply({"order": list(order), "votes": voices.vote(home, call.sample, side)})


@dataclass(frozen=True, slots=True)
class Preparing:
    """A voice being prepared."""

    studio: Studio
    home: Home
    call: PrepareCall

    def __call__(self, job: Job) -> Iterator[Told]:
        """Read the texts, and tell how far the model is with its requests."""
        from bimo.voice.prepare import prepare

        def progress(done: int, all: int) -> None:
            job.tell("progress", {"code": "", "text": "", "step": done, "total": all})

        call, waiting = self.call, _waiting(self.home)
        model = self.studio.model(STUDIO) if call.passages else None
        try:
            made = prepare(
                self.home.name, waiting if call.source == "files" else self.studio.desk, works=call.works,
                lang=call.lang, mask_names=call.mask_names, model=model, passages=call.passages,
                progress=progress, cancel=job.cancel,
            )  # fmt: skip
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
        yield "prepared", {"parts": made.card["parts"], "language": made.lang}


@dataclass(frozen=True, slots=True)
class Apart:
    """Work on a voice in a process of its own; its stages are put into the reader's words."""

    task: Any
    given: dict[str, Any]

    def __call__(self, job: Job) -> Iterator[Told]:
        """Pass on what is told."""
        for name, data in apart(job, self.task, **self.given):
            if name == "stage":
                yield (
                    "progress",
                    {
                        "code": data["code"],
                        "text": Notice.of(data["code"]).message(job.lang),
                        "step": None,
                        "total": None,
                    },
                )
            else:
                yield name, data


def _start(house: Studio, kind: str, home: Home, work: Any, lang: Language, session: str, page: str) -> EventStream:
    # Training takes every core and most of the memory, so one goes at a time.
    if _running(house):
        raise Refused(429, "studio.voice_busy", seconds=60)
    return begin(house, f"voice:{kind}", work, lang, session, page, {"voice": home.name}, lasting=True)


def _running(house: Studio) -> dict[str, str]:
    """The jobs at work on voices, by the names of the voices."""
    return {
        str(job.about["voice"]): job.id for job in house.jobs.all() if job.kind.startswith("voice:") and not job.over
    }


def _home(name: str) -> Home:
    """The home of a prepared voice. Raises InputError `voice.bad_name`, `voice.no_voice`."""
    return voice_home(name)


def _waiting(home: Home) -> Path:
    return state_dir() / "sent" / home.name


def _parts(file: str) -> list[str]:
    """The path of a sent file, without anything that leads out of the folder. Raises Refused 422."""
    parts = PurePosixPath(file.replace("\\", "/")).parts
    if not parts or any(each in ("..", "/", ".") or "\0" in each or len(each.encode()) > 200 for each in parts):
        raise Refused(422, "studio.bad_request", reason="a path in the folder", field="file")
    return list(parts)


def _store(folder: Path, path: Path, data: bytes) -> None:
    stored = [each for each in folder.rglob("*") if each.is_file()] if folder.is_dir() else []
    if len(stored) >= _MOST_FILES or sum(each.stat().st_size for each in stored) + len(data) > _MOST_BYTES:
        raise Refused(413, "studio.too_large", megabytes=_MOST_BYTES // 1_000_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
