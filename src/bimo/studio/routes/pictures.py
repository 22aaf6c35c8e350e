"""A picture to write from: its colours, the words on it, and what a vision model says of it where one is set."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from bimo.studio.routes.common import Reader, reply
from bimo.studio.senses import apart
from bimo.studio.shapes import notice
from bimo.studio.stream import Json
from bimo.text.errors import Language

router = APIRouter(tags=["pictures"])
# A large picture takes hundreds of megabytes while it is looked at.
_one = threading.Lock()


@router.post("/pictures")
async def see(
    request: Request,
    lang: Reader,
    name: Annotated[str, Query(max_length=300, description="name of the file")] = "",
    language: Annotated[Language | None, Query(description="language to tell it in")] = None,
) -> Json:
    """What a picture shows: send the bytes of the file as the body. JPEG, PNG, WebP, GIF, BMP, TIFF; nothing is kept.

    `told` is all of it as a text to write from; `unseen` says what could not be seen, and why.
    """
    data = await request.body()
    return reply(await apart(lambda: _seen(data, name, language or lang, lang)))


def _seen(data: bytes, name: str, written: Language, reader: Language) -> dict[str, Any]:
    from bimo.senses.seeing import look

    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(data)
        with _one:
            seen = look(path, written, name=name or "…")
    return {
        "colours": [{"code": each.code, "share": each.share, "name": each.name(reader)} for each in seen.colours],
        "words": list(seen.words),
        "description": seen.description,
        "told": seen.told(written),
        "unseen": [notice(each, reader) for each in seen.unseen],
    }
