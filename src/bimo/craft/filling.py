"""Writing to a length: stop at a sentence end inside the window, go on when too short, turn back when too long."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import regex

from bimo.craft.events import Event
from bimo.craft.finish import finish
from bimo.craft.session import Session
from bimo.critique.prose import cost, measures
from bimo.models.protocol import Sampling
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.sentences import sentences

# How often a text that does not end inside its window is taken up again before it is cut at a pause.
_TRIES = 5
_PAUSES = {"zh": "，；：、—", "en": ",;:—"}
_STOPS = {"zh": "。", "en": "."}


@dataclass(frozen=True, slots=True)
class Window:
    """How long a text may be, in 字 or words; `aim` is where it should land."""

    low: int
    aim: int
    high: int

    @classmethod
    def around(cls, aim: int, *, before: int = 0, spread: float = 0.07) -> Window:
        """`spread` of `aim` to both sides, less what already stands `before` it."""
        low, high = round(aim * (1 - spread)), round(aim * (1 + spread))
        return cls(max(1, low - before), max(1, aim - before), max(2, high - before))


def ended(text: str, lang: Language) -> bool:
    """Whether the text ends with a whole sentence, outside a speech."""
    if lang == "zh":
        return bool(regex.search(r"[。！？…][”’」』）]*$", text)) and text.count("“") <= text.count("”")
    if regex.search(r"\b(?:Mr|Mrs|Ms|Dr|St|[A-Z])\.$", text) or not regex.search(r"[.!?…][\"”’)]*$", text):
        return False
    return text.count('"') % 2 == 0 and text.count("“") <= text.count("”")


def fill(
    session: Session, sampling: Sampling, window: Window, *, prefix: str = "", offset: int = 0
) -> Generator[Event, None, str]:
    """One answer whose length lies in `window`, from `prefix` on; the value of `yield from` is the text with it.

    An answer that ends too early is taken up again and may not end; one that has no sentence end inside the window
    goes back to its last sentence and tries another; at last it is cut at a pause.
    """
    text, may_end, longest = prefix, sampling.end, prefix
    room = 3 * (window.high - length(prefix, session.lang)) + 40
    for attempt in range(_TRIES):
        asked = replace(sampling, end=may_end, max_tokens=room)
        whole = text
        pieces = session.ask(asked, prefix=text, offset=_TRIES * offset + attempt)
        for event in pieces:
            if not isinstance(event, str):
                yield event
                continue
            whole += event
            count = length(whole, session.lang)
            if count > window.high:
                break
            if count >= max(window.low, 0.93 * window.aim) and ended(whole, session.lang):
                break
        pieces.close()
        fitting = fit(whole, session.lang, window)
        if session.stopped or fitting is not None:
            return fitting if fitting is not None and not session.stopped else whole
        longest = max(longest, whole, key=len)
        if length(whole, session.lang) < window.low:
            may_end = False
            text = whole.rstrip() + ("" if session.lang == "zh" or not whole.strip() else " ")
        else:
            text = max(_below(whole, session.lang, window.low), prefix, key=len)
    return at_pause(longest, session.lang, window)


def shifted(window: Window, by: int) -> Window:
    """The window of a text that begins with something of length `by`."""
    return Window(window.low + by, window.aim + by, window.high + by)


def fit(text: str, lang: Language, window: Window) -> str | None:
    """The text up to the sentence end nearest to the aim, or None if none lies inside the window."""
    if window.low <= length(text, lang) <= window.high and ended(text, lang):
        return text
    ends = [text[: span.end] for span in sentences(text, lang)]
    inside = [part for part in ends if window.low <= length(part, lang) <= window.high and ended(part, lang)]
    return min(inside, key=lambda part: abs(length(part, lang) - window.aim), default=None)


def _below(text: str, lang: Language, low: int) -> str:
    """The whole sentences that stay under the window."""
    ends = [text[: span.end] for span in sentences(text, lang)]
    short = [part for part in ends if length(part, lang) < low and ended(part, lang)]
    kept = short[-1] if short else ""
    return kept + " " if kept and lang == "en" else kept


def at_pause(text: str, lang: Language, window: Window) -> str:
    """The text cut at the last pause inside the window, made a sentence; at a word where there is no pause."""
    places = [match.start() for match in regex.finditer(f"[{_PAUSES[lang]}]", text)]
    inside = [text[:place] for place in places if window.low <= length(text[:place], lang) + 1 <= window.high]
    if inside:
        return inside[-1] + _STOPS[lang]
    if length(text, lang) <= window.high:
        return text
    pattern = r"." if lang == "zh" else r"\S+\s*"
    kept = ""
    for match in regex.finditer(pattern, text, flags=regex.DOTALL):
        if length(kept + match[0], lang) > window.aim - 1:
            break
        kept += match[0]
    return kept.rstrip() + _STOPS[lang]


def paragraph(
    session: Session,
    sampling: Sampling,
    window: Window,
    *,
    before: str,
    tries: int,
    elements: Sequence[str] = (),
    prefix: str = "",
    offset: int = 0,
) -> Generator[Event, None, str]:
    """The best of `tries` paragraphs, judged together with the text `before` them; also added to the talk.

    `elements` are things this paragraph must mention.
    """
    found: list[tuple[float, str]] = []
    for number in range(tries):
        raw = yield from fill(session, sampling, window, prefix=prefix, offset=offset * 16 + number)
        text = finish(raw, session.lang, whole=not session.stopped)
        if text:
            found.append((_cost(session, before, text, elements), text))
        if session.stopped:
            break
    best = min(found, default=(0.0, ""))[1]
    session.answered(best)
    return best


def _cost(session: Session, before: str, text: str, elements: Sequence[str]) -> float:
    together = f"{before}\n\n{text}" if before else text
    judged = cost(measures(together, session.lang)) + cost(measures(text, session.lang, elements=elements))
    return judged + 0.15 * max(0, copied(session, text) - (8 if session.lang == "zh" else 40))


def copied(session: Session, text: str) -> int:
    """The longest run of letters that the text has in common with one of the prompts before it."""
    longest = 0
    for turn in session.turns:
        if turn.role != "assistant" or turn in session.script.examples:
            match = SequenceMatcher(None, turn.text, text, autojunk=False).find_longest_match()
            longest = max(longest, match.size)
    return longest
