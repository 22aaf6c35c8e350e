"""Reading aloud, dictation, and the weights of both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bimo.models.catalog import Asset, assets
from bimo.studio.house import Studio
from bimo.studio.jobs import Job, Told
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Page, Reader, Session, reply
from bimo.studio.routes.jobs import begin
from bimo.studio.senses import Senses, apart, as_data, lack_of, weights_of
from bimo.studio.stream import EventStream, Json
from bimo.studio.words import Refused, told
from bimo.text.errors import Language

router = APIRouter(tags=["senses"])
# A dictation may last so many hours; a file of the size that is taken could hold days of silence.
_HOURS: Final = 1.0
# Names that dictation is told to listen for, in characters.
_NAMES: Final = 400


def _senses(request: Request) -> Senses:
    senses: Senses = request.app.state.senses
    return senses


Ears = Annotated[Senses, Depends(_senses)]


class AloudCall(Body):
    """A text to be read from a place on."""

    text: str = Field(max_length=2_000_000)
    start: int = Field(0, ge=0)
    lang: Language = "en"


class ClipCall(Body):
    """A sentence of the answer to POST /api/aloud, and who says it how fast."""

    text: str = Field(min_length=1, max_length=1000)
    lang: Language = "en"
    voice: str | None = Field(None, max_length=40)
    speed: float = Field(1.0, ge=0.5, le=2.0)


@router.get("/senses")
def senses(lang: Reader) -> Json:
    """Whether texts can be read aloud and recordings written down here, what is missing, and the voices."""
    from bimo.senses.speech import voices

    kinds: tuple[Literal["aloud", "dictation"], ...] = ("aloud", "dictation")
    found: dict[str, Any] = {}
    for each in kinds:
        error = lack_of(each)
        found[each] = {"missing": told(error, lang) if error else None, "weights": as_data(weights_of(each))}
    known = found["aloud"]["missing"]
    listed = voices().values() if known is None or known["code"] == "models.not_installed" else ()
    return reply({**found, "voices": [{"id": each.id, "lang": each.lang, "woman": each.woman} for each in listed]})


@router.post("/senses/weights/{id}")
async def fetch_weights(id: str, house: House, lang: Reader, session: Session, page: Page = "") -> EventStream:
    """Fetch the weights of a voice or of dictation. A job: `progress` tells bytes; stopped, it goes on when asked."""
    if id not in assets():
        raise Refused(404, "studio.not_found", path=f"/api/senses/weights/{id[:80]}")
    return begin(house, f"weights:{id}", Fetching(assets()[id]), lang, session, page, {})


@router.post("/aloud")
def sentences_aloud(call: AloudCall) -> Json:
    """The sentences of a text from the one at `start` on: place, language, and the pause after it in seconds.

    The first ones are cut at their pauses, so that they are soon ready.
    """
    from bimo.publish.narration import sentences_of

    places = Places(call.text)
    return reply(
        [
            {**places.span_outside(span), "text": said.text, "lang": said.lang, "pause": said.pause}
            for span, said in sentences_of(call.text, call.lang, places.inside(call.start))
        ]
    )


@router.post("/aloud/clip")
async def clip_aloud(call: ClipCall, request: Request, senses: Ears) -> Response:
    """One sentence as sound (WAV); 204 if nothing in it can be said. One whose request is gone is not made."""
    async with senses.turn:
        if await request.is_disconnected():
            return Response(status_code=204)
        try:
            sound = await apart(lambda: _clip(call, senses))
        except asyncio.CancelledError:
            # The studio ends, and would print where it was.
            return Response(status_code=503)
    return Response(sound, media_type="audio/wav") if sound else Response(status_code=204)


def _clip(call: ClipCall, senses: Senses) -> bytes | None:
    from bimo.publish.narration import clip
    from bimo.senses.speech import voice_for

    error = lack_of("aloud")
    if error:
        raise error
    voice = voice_for(call.lang, call.voice)
    with senses.speaker.taken() as speaker:
        path = clip(call.text, call.lang, voice.id, speaker, call.speed)
    return path.read_bytes() if path else None


@router.post("/dictation")
async def dictate(
    request: Request,
    house: House,
    senses: Ears,
    lang: Reader,
    session: Session,
    page: Page = "",
    work: str | None = None,
    language: Language | None = None,
) -> EventStream:
    """Write a recording down: send the bytes of the file as the body. A job: `piece` by `piece`, then the `result`.

    Names of the bible of `work` are listened for. `language` is what is spoken; without it each sentence tells.
    """
    data = await request.body()
    error = lack_of("dictation")
    if error:
        raise error
    names = await run_in_threadpool(_names, house, work) if work else ""
    return begin(house, "dictation", Dictation(senses, data, names, language), lang, session, page, {"work": work})


@router.post("/dictation/ready", status_code=204)
async def get_ready(senses: Ears) -> Response:
    """Load what writes recordings down, while somebody still speaks; answers when it is there."""
    if error := lack_of("dictation"):
        raise error

    def load() -> None:
        with senses.listener.taken():
            pass

    await apart(load)
    return Response(status_code=204)


@dataclass(frozen=True, slots=True)
class Fetching:
    """Weights being fetched."""

    asset: Asset

    def __call__(self, job: Job) -> Iterator[Told]:
        """Tell of every hundredth that has come."""
        from bimo.models.download import pull

        last = -1

        def progress(done: int, total: int, source: str) -> None:
            nonlocal last
            if (share := 100 * done // max(1, total)) != last:
                last = share
                job.tell("progress", {"code": "", "text": source, "step": done, "total": total})

        pull(self.asset, progress=progress, cancel=job.cancel)
        yield "result", {"alternatives": [], "stopped": False, "suggestion": None}


@dataclass(frozen=True, slots=True)
class Dictation:
    """A recording being written down; the words are the writer's, so they are no suggestion of a model."""

    senses: Senses
    data: bytes
    names: str
    language: Language | None

    def __call__(self, job: Job) -> Iterator[Told]:
        """Tell what was said, from pause to pause."""
        from bimo.senses.hearing import dictated, listen

        with TemporaryDirectory() as folder:
            path = Path(folder) / ("录音" if job.lang == "zh" else "The recording")
            path.write_bytes(self.data)
            samples = listen(path, hours=_HOURS)
        last = None
        with self.senses.listener.taken() as listener:
            for heard in dictated(samples, listener, lang=self.language, names=self.names, cancel=job.cancel):
                step = {"step": round(heard.end), "total": round(heard.total)}
                yield "progress", {"code": "", "text": "", **step}
                yield "piece", {"text": heard.joined(last), "restart": False}
                last = heard
        alternatives = [{"text": job.text, "measures": [], "data": {}}]
        yield "result", {"alternatives": alternatives, "stopped": job.cancel.cancelled, "suggestion": None}


def _names(house: Studio, work: str) -> str:
    every = [name.text for entry in house.desk.bible.all(work) for name in entry.names]
    return ", ".join(dict.fromkeys(every))[:_NAMES]
