"""Where a telling slips: from the first person into the third or back, and from the past tense into the present.

Both are judged by paragraph, outside of speech, and only where the rest of the text is clear about its own way.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from bimo.critique.prose import hits
from bimo.critique.structure import _lists, narration
from bimo.text.errors import Language
from bimo.text.finding import Finding, Severity
from bimo.text.sentences import paragraphs
from bimo.text.spans import Span

# A text has a way of its own if so many paragraphs of it are clear and so much of them agree.
_CLEAR, _AGREED = 8, 0.9
_FIRST = {"zh": regex.compile(r"我(?!国|军|方)"), "en": regex.compile(r"\bI\b(?![.'’]| of\b)|\bmy\b|\bmyself\b")}

_REGULAR = regex.compile(r"\b\p{Ll}{2,}ed\b")


def slips(text: str, lang: Language) -> list[Finding]:
    """Paragraphs that leave the person or the tense of the whole, with the word that does."""
    told = [(span, bare) for span in paragraphs(text) if len(bare := _blank_speech(span.of(text))) > 20]
    return sorted((*_person(text, lang, told), *(_tense(text, told) if lang == "en" else ())), key=lambda f: f.span)


def _blank_speech(paragraph: str) -> str:
    """The paragraph with spaces where somebody speaks, so that offsets stay."""
    blank = regex.sub(r"“[^”]*(?:”|$)|「[^」]*(?:」|$)|\"[^\"]*(?:\"|$)|‘[^’]*’", lambda m: " " * len(m[0]), paragraph)
    return blank if blank.strip() else ""


def _person(text: str, lang: Language, told: list[tuple[Span, str]]) -> Iterator[Finding]:
    own = [(span, bare, bool(_FIRST[lang].search(bare))) for span, bare in told]
    if len(own) < _CLEAR:
        return
    share = sum(first for _, _, first in own) / len(own)
    if share > 1 - _AGREED:
        # A first-person teller speaks of others for whole pages, so only the other direction can be shown.
        return
    for span, bare, first in own:
        found = _FIRST[lang].search(bare)
        if first and found and len(_FIRST[lang].findall(bare)) > 1:
            place = Span(span.start + found.start(), span.start + found.end())
            yield _slip("critique.person_slip", place, word=found[0])


def _tense(text: str, told: list[tuple[Span, str]]) -> Iterator[Finding]:
    past, present = (_lists("en")[name] for name in ("past", "present"))
    counted = [
        (span, bare, len(hits(bare, past, "en")) + len(_REGULAR.findall(bare)), len(hits(bare, present, "en")))
        for span, bare in told
    ]
    clear = [(before, now) for _, _, before, now in counted if before + now >= 2]
    if len(clear) < _CLEAR or sum(before > now for before, now in clear) < _AGREED * len(clear):
        return
    for span, bare, before, now in counted:
        if now >= 3 and now > 2 * before:
            word = hits(bare, present, "en")[0]
            at = span.start + (regex.search(rf"\b{regex.escape(word)}\b", bare) or regex.search("", bare)).start()  # type: ignore[union-attr]
            yield _slip("critique.tense_slip", Span(at, at + len(word)), word=word)


def _slip(code: str, place: Span, **args: str) -> Finding:
    return Finding(code, place, Severity.HINT, args)


def narrated(text: str, lang: Language) -> str:
    """Who tells: `first` or `third`, by the words outside of speech."""
    bare = narration(text)
    first, third = (len(hits(bare, _lists(lang)[name], lang)) for name in ("first", "third"))
    return "first" if first > third / 2 else "third"
