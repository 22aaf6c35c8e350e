"""Covers painted by an image model behind an OpenAI-compatible endpoint; it is told the title and the mood, no text."""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bimo.models.failures import Failed
from bimo.models.keys import endpoint_of, find_key
from bimo.publish.cover import find_mood, lettered, mood_of, picture
from bimo.publish.document import Document, plain
from bimo.publish.typesetting import drawn
from bimo.text.errors import InputError, ModelError

_TIMEOUT: Final = 300.0
_SIZE: Final = "1024x1536"
_ASK: Final = (
    "An illustration for a book cover, upright, with no letters or words anywhere in it. The book is called “{title}”; "
    "its mood is {mood}.{colours} The upper third stays calm and nearly empty."
)
# Dark towards the upper edge, so that pale letters can be read on any picture.
_SHADE: Final = (
    '<defs><linearGradient id="shade" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#000" '
    'stop-opacity="0.75"/><stop offset="1" stop-color="#000" stop-opacity="0"/></linearGradient></defs>'
)


def painted_cover(document: Document, mood: str = "", colours: Sequence[str] = (), painter: str = "") -> bytes:
    """A cover as PNG: a picture of the endpoint with title and author over it.

    `painter` is `NAME@URL`, by default `BIMO_IMAGES`. Raises InputError `publish.no_painter` or `publish.no_mood`,
    ModelError `publish.not_painted`, and what an endpoint raises.
    """
    found = find_mood(mood) if mood else mood_of(document)
    told = f" Its colours: {', '.join(colours)}." if colours else ""
    prompt = _ASK.format(title=plain(document.title) or "–", mood=found.names["en"], colours=told)
    art = drawn(_painted(prompt, painter or os.environ.get("BIMO_IMAGES", "")))
    body = art.replace("<svg ", '<svg x="0" y="0" ', 1)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1600">{_SHADE}'
        f'{_filling(body)}<rect width="1000" height="760" fill="url(#shade)"/></svg>'
    )
    return lettered(document, svg, "#fbf8f0")


def _filling(svg: str) -> str:
    """The picture so large that it fills the sheet, the same amount cut off on both sides."""
    start = svg.index(">")
    head = svg[:start].split(' width="')[0]
    return f'{head} width="1000" height="1600" preserveAspectRatio="xMidYMid slice"{svg[start:]}'


def _painted(prompt: str, painter: str) -> bytes:
    """The picture that the endpoint gives, as PNG."""
    name, _, url = painter.removeprefix("openai:").partition("@")
    if not name or not url:
        raise InputError("publish.no_painter", painter=painter)
    asked = {"model": name, "prompt": prompt, "n": 1, "size": _SIZE}
    # Some endpoints give an address unless asked for the picture itself, others do not know how to be asked.
    answer = _answer(url, name, asked | {"response_format": "b64_json"})
    if answer is None:
        answer = _answer(url, name, asked)
    try:
        data = base64.b64decode((answer or {})["data"][0]["b64_json"])
    except (LookupError, TypeError, binascii.Error) as error:
        raise ModelError("publish.not_painted", endpoint=endpoint_of(url)) from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "painted"
        path.write_bytes(data)
        return picture(path)


def _answer(url: str, name: str, asked: dict[str, Any]) -> Any:
    """What the endpoint says; None if it does not know `response_format`."""
    import httpx

    key = find_key(url)
    failed = Failed(endpoint_of(url), name, _TIMEOUT, key)
    headers = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
    try:
        answer = httpx.post(f"{url.rstrip('/')}/images/generations", json=asked, headers=headers, timeout=_TIMEOUT)
    except httpx.TimeoutException as error:
        raise failed.timed_out() from error
    except httpx.HTTPError as error:
        raise failed.unreachable() from error
    if answer.status_code == 400 and "response_format" in asked and "response_format" in answer.text:
        return None
    if answer.status_code != 200:
        raise failed.status(answer.status_code, answer.text, "", dict(answer.headers))
    try:
        return answer.json()
    except ValueError:
        return {}
