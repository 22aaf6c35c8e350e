"""A writer's text made even: one form of every sign, paragraphs without hard line breaks, nothing that is no prose."""

from __future__ import annotations

import unicodedata

import regex

from bimo.text.errors import Language
from bimo.text.sentences import paragraphs

# Soft hyphens, marks of direction, joiners and the mark at the beginning of a file say nothing about a voice.
_UNSEEN = regex.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROL = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WIDE_SPACE = regex.compile(r"[^\S\n]+")
_NO_PROSE = regex.compile(r"[\W\d_]*|(?:第?\s*\d+\s*页?|page\s+\d+)", regex.IGNORECASE)
_HEADING = regex.compile(r"#{1,6} ")


def clean(text: str, lang: Language) -> str:
    """The paragraphs of a text, each on one line, in canonical composition (NFC).

    Headings, page numbers and lines of signs alone are left out. Chinese paragraphs are separated by one line end,
    English ones by a blank line, as both are set.
    """
    even = _CONTROL.sub("", _UNSEEN.sub("", unicodedata.normalize("NFC", text)))
    kept = []
    for span in paragraphs(even):
        line = _WIDE_SPACE.sub(" ", span.of(even).replace("\n", " ")).strip()
        if not _NO_PROSE.fullmatch(line) and not _HEADING.match(line):
            kept.append(line)
    return ("\n" if lang == "zh" else "\n\n").join(kept)
