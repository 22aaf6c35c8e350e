"""Questions about a text that need no model and no work: verse, differences, length. And what a model would see."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from bimo.studio import shapes
from bimo.studio.contexts import Cursor
from bimo.studio.contexts import shown as shown_context
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Page, Reader, reply
from bimo.studio.stream import Json
from bimo.text.count import length
from bimo.text.diff import diff, shown
from bimo.text.errors import Language
from bimo.text.language import detect

router = APIRouter(tags=["texts"])
_LONGEST = 2_000_000


class ScanCall(Body):
    """A poem; without `form`, the form it fits best is looked for."""

    text: str = Field(max_length=50_000)
    form: str | None = None
    book: str | None = None
    policy: Literal["strict", "common", "any"] = "any"


class DiffCall(Body):
    """Two versions of a text."""

    old: str = Field(max_length=_LONGEST)
    new: str = Field(max_length=_LONGEST)
    lang: Language | None = None


class CountCall(Body):
    """A text whose length is asked for."""

    text: str = Field(max_length=_LONGEST)
    lang: Language | None = None


class InspectCall(Body):
    """A cursor in a scene; `text` is the scene as the page has it, `known_to` a character to see it through."""

    scene: str
    text: str | None = Field(None, max_length=_LONGEST)
    cursor: int | None = Field(None, ge=0)
    known_to: str | None = None


@router.post("/scan")
def scan_poem(call: ScanCall, lang: Reader) -> Json:
    """Scan a poem: form, tone or metre of every syllable, rhymes, findings, nearest forms."""
    from bimo.verse.scan import scan

    return reply(shapes.scan(scan(call.text, form=call.form, book=call.book, policy=call.policy), lang))


@router.post("/diff")
def difference(call: DiffCall) -> Json:
    """What changed from one text to another, at words: edits about `old`, and the pieces to show."""
    edits = diff(call.old, call.new, call.lang or detect(call.old or call.new))
    places = Places(call.old)
    return reply({"edits": [shapes.edit(each, places) for each in edits], "shown": shown(call.old, edits)})


@router.post("/count")
def count(call: CountCall) -> Json:
    """How long a text is: 字 in Chinese, words in English."""
    lang = call.lang or detect(call.text)
    return reply({"lang": lang, "length": length(call.text, lang), "unit": "字" if lang == "zh" else "words"})


@router.post("/inspect")
def inspect(call: InspectCall, house: House, lang: Reader, page: Page = "") -> Json:
    """What a model would see at this cursor: every part with its true tokens, and what was left out and why."""
    model = house.model(page, urgent=True)
    cursor = Cursor.of(house.desk, call.scene, call.text, call.cursor, call.known_to)
    return reply(shown_context(cursor.seen(house.desk, model), lang))
