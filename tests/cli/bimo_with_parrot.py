"""The command line with two more tools: `parrot` says what the model says, `mend` proposes edits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

import bimo.cli.tools
from bimo.cli.main import main
from bimo.craft.events import Alternative, Asked, Event, Piece, Progress, Result, Warned
from bimo.craft.registry import Context, Request, tool
from bimo.models.protocol import Model, Prompt, Sampling
from bimo.text.errors import ModelError, Notice
from bimo.text.finding import Measure

bimo.cli.tools._EDITING |= {"mend"}


class ParrotRequest(Request):
    main: ClassVar[str] = "theme"

    theme: str = Field(description="what to say | 说什么")
    length: int = Field(200, ge=20, le=5000, description="length in words | 字数")
    tone: Literal["plain", "grand", "wry"] = Field("plain", description="tone of voice | 语气")
    guest_name: tuple[str, ...] = Field((), max_length=2, description="who else is there | 还有谁在场")
    warmth: float = Field(0.5, ge=0, le=1, description="how warm | 热情程度")
    loud: bool = Field(False, description="shout | 大声")
    rhymed: bool = Field(True, description="in rhyme | 押韵")
    fault: str = Field("", description="fail with this text | 以此失败")
    bug: bool = Field(False, description="have a bug | 有缺陷")
    deaf: bool = Field(False, description="never listen | 不听")
    again: bool = Field(False, description="take back the first piece | 收回第一段")


@tool("parrot", request=ParrotRequest, zh=("学舌", "重复模型所说的话"), en=("Parrot", "says what the model says"))
def parrot(request: ParrotRequest, context: Context, model: Model) -> Iterator[Event]:
    yield Progress(Notice.of("cli.again"), step=1, total=1)
    yield Asked(f"say {request.model_dump_json()}", 7)
    if request.fault:
        yield Piece(request.fault)
        raise ModelError("models.closed", partial=request.fault)
    if request.again:
        yield Piece("a false start")
        yield Piece("", restart=True)
    if request.deaf:
        yield Piece("so far")
        time.sleep(30)
    texts: dict[int, str] = {}
    for chunk in model.stream(Prompt.of("", ""), Sampling(n=request.n), cancel=context.cancel):
        texts[chunk.index] = texts.get(chunk.index, "") + chunk.text
        if chunk.index == 0:
            yield Piece(chunk.text)
    if request.bug:
        raise ZeroDivisionError
    yield Warned(Notice.of("cli.no_edits"))
    found = tuple(Alternative(text, (Measure("slop", index / 4, "%", -1),)) for index, text in texts.items())
    yield Result(found, stopped=context.cancel.cancelled)


class MendRequest(Request):
    text: str = Field(description="the text to mend | 要修改的文字")


@tool("mend", request=MendRequest, zh=("修补", "改正错字"), en=("Mend", "corrects teh and 的的"))
def mend(request: MendRequest, context: Context, model: Model) -> Iterator[Event]:
    edits = []
    for old, new, reason in (("teh", "the", "spelling"), ("的的", "的", "重复")):
        start = request.text.find(old)
        if start >= 0:
            edits.append({"start": start, "end": start + len(old), "old": old, "new": new, "reason": reason})
    yield Result((Alternative(request.text, data={"edits": edits}),))


if __name__ == "__main__":
    main()
