"""Answers of the studio: JSON, and events (SSE) whose source is closed as soon as nobody listens."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

# Of everything an event can be asked to carry, only the number tells the page where to go on after a reload.
Sent = tuple[int | None, str, Mapping[str, Any]]


_LINES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}


class Json(Response):
    """A JSON answer. Half of a surrogate pair, which a page may send, is answered with "?"."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of the value."""
        return compact(content).encode("utf-8", "replace")


def compact(value: object) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class EventStream(StreamingResponse):
    """Server-sent events from an async generator, which is closed at the end and at a disconnect.

    Starlette leaves a generator suspended when the client goes away; whatever it holds would stay held.
    """

    media_type = "text/event-stream"

    def __init__(self, source: AsyncGenerator[Sent | None, None]) -> None:
        self.source = source
        super().__init__(self._lines(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.source.aclose()

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        async for sent in self.source:
            yield written(sent)


def written(sent: Sent | None) -> bytes:
    """One event as it goes over the wire; None is a comment that keeps the line open."""
    if sent is None:
        return b": still here\n\n"
    id, name, data = sent
    number = f"id: {id}\n" if id is not None else ""
    # Some readers of events take these for ends of lines, which they are not.
    line = compact(data).translate(_LINES)
    return f"{number}event: {name}\ndata: {line}\n\n".encode("utf-8", "replace")
