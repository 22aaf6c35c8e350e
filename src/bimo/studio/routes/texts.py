"""Questions about a text that need no model and no work: verse, differences, length. And what a model would see."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from bimo.studio import shapes
from bimo.studio.contexts import inspected, known_as
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Page, Reader, reply
from bimo.studio.stream import Json
from bimo.studio.work import Place
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
    """A scene, and the text around the cursor where it is not saved yet."""

    work: str
    scene: str
    before: str = Field("", max_length=_LONGEST)
    after: str = Field("", max_length=_LONGEST)


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
def inspect(call: InspectCall, house: House, page: Page = "") -> Json:
    """What a model would see at this scene: every part with its true tokens, and what was left out."""
    known = known_as(house, Place(call.work, call.scene), before=call.before, after=call.after)
    return reply(inspected(house.model(page, urgent=True), known))
