"""Errors and findings in the reader's language: the one place where the studio puts codes into words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from bimo.studio.stream import Json
from bimo.text.errors import BimoError, DownloadError, FileError, InputError, Language, ModelError, Notice

_log = logging.getLogger("bimo.studio")
_STATUS: Mapping[type[BimoError], int] = {InputError: 422, ModelError: 502, FileError: 507, DownloadError: 502}


class Refused(BimoError):
    """A request that is turned away, with the HTTP status it is answered with."""

    def __init__(self, status: int, code: str, **details: object) -> None:
        super().__init__(code, partial="", **details)
        self.status = status


def status_of(error: BimoError) -> int:
    """The HTTP status that says the same as an error."""
    if isinstance(error, Refused):
        return error.status
    if error.code == "desk.conflict":
        return 409
    if error.code.startswith("desk.no_"):
        return 404
    if error.retryable:
        return 503
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def told(error: BimoError, lang: Language) -> dict[str, Any]:
    """An error as the page reads it."""
    return {
        "code": error.code,
        "message": error.message(lang),
        "hint": error.hint(lang),
        "retryable": error.retryable,
        "partial": error.partial,
    }


def answer_to(error: BimoError, lang: Language) -> Json:
    """The answer to a request that failed."""
    answer = Json({"error": told(error, lang)}, status_of(error))
    if isinstance(error, Refused) and error.status == 429:
        answer.headers["Retry-After"] = str(error.details["seconds"])
    return answer


def bug(error: Exception) -> BimoError:
    """What to tell the writer about an error of programming; the log gets its kind and place, never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    # The message of an error may quote the writer's text or a key.
    _log.error("a fault in the studio: %s at %s", type(error).__name__, where)
    return BimoError("studio.fault", kind=type(error).__name__)


def say(notice: Notice, lang: Language) -> str:
    """A notice in the reader's language."""
    return notice.message(lang)


def reader_of(scope: Scope) -> Language:
    """The language of whoever asks: the writer's setting, else what the browser prefers, else English."""
    chosen: Language | None = scope.get("state", {}).get("language")
    if chosen is not None:
        return chosen
    for wish in Headers(scope=scope).get("accept-language", "").lower().split(","):
        if wish.strip().startswith(("zh", "en")):
            return "zh" if wish.strip().startswith("zh") else "en"
    return "en"


def both(text: str | None) -> dict[Language, str]:
    """A description "English | 中文" as its two halves; one without a bar serves both."""
    en, bar, zh = (text or "").partition(" | ")
    return {"en": en, "zh": zh if bar else en}
