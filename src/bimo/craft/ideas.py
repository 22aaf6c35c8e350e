"""Ideas one at a time: each under a lens of its own, from a beginning that the model finishes, then chosen apart."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import regex

from bimo.craft.events import Event
from bimo.craft.filling import Window, at_pause, ended
from bimo.craft.finish import finish
from bimo.craft.session import Session
from bimo.critique.prose import cost, measures, units
from bimo.models.protocol import Message, Sampling
from bimo.text.count import length
from bimo.text.errors import Language, ModelError
from bimo.text.sentences import sentences

# Two ideas that share more than this of their pairs of units are one idea. Chosen by eye on both languages.
_SAME = 0.5


@dataclass(frozen=True, slots=True)
class Lens:
    """An angle: what is asked, beginnings to finish, and what such an idea is good for.

    With `keeps`, the answer may hold the word it was asked for, as a collocation must.
    """

    lens: str
    ask: str
    starts: tuple[str, ...]
    why: str = ""
    keeps: bool = False


@cache
def lenses(lang: Language) -> Mapping[str, tuple[Lens, ...]]:
    """The lenses of each kind of idea."""
    source = (files("bimo.craft") / "prompts" / f"lenses.{lang}.toml").read_text(encoding="utf-8")
    found = tomllib.loads(source)
    return {kind: tuple(Lens(**{**one, "starts": tuple(one["starts"])}) for one in all) for kind, all in found.items()}


def example_turns(part: str) -> list[Message]:
    """The turns of a part that is cut by `---` lines: writer and model by turns."""
    texts = [text.strip() for text in regex.split(r"^---$", part, flags=regex.MULTILINE)]
    return [Message("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]


def line(
    session: Session, sampling: Sampling, *, prefix: str = "", offset: int = 0, longest: int = 60
) -> Generator[Event, None, str]:
    """One whole sentence of at most `longest` 字 or words that begins with `prefix`; nothing if none came."""
    text = prefix
    pieces = session.ask(sampling, prefix=prefix, offset=offset)
    for event in pieces:
        if not isinstance(event, str):
            yield event
            continue
        text += event
        if ended(text, session.lang):
            break
    pieces.close()
    if not text.removeprefix(prefix).strip() or session.stopped:
        return ""
    text = finish(text, session.lang, whole=False).split("\n")[0]
    spans = sentences(text, session.lang)
    first = (spans[0].of(text) if spans else text).strip()
    if length(first, session.lang) > longest:
        return at_pause(first, session.lang, Window(longest // 2, longest // 2, longest))
    if first[-1:] in tuple("。！？.!?…”’"):
        return first
    return first.rstrip("，、；：,;:— ") + ("。" if session.lang == "zh" else ".")


def bare(text: str) -> str:
    """The text without the marks at its ends: a title, a name, a place."""
    return text.strip(' \t\n。.，,；;：:！!？?“”"《》〈〉「」—-·*#')


def likeness(one: str, two: str, lang: Language) -> float:
    """How much of the shorter text stands in the other, in pairs of 字 or words: 0 to 1."""
    left, right = pairs(one, lang), pairs(two, lang)
    return len(left & right) / max(1, min(len(left), len(right)))


def pairs(text: str, lang: Language) -> set[tuple[str, ...]]:
    """The neighbouring 字 or words of a text."""
    found = units(text, lang)
    return set(pairwise(found)) if len(found) > 1 else {tuple(found)}


def apart(texts: Sequence[str], costs: Sequence[float], count: int, lang: Language) -> list[int]:
    """The places of up to `count` texts: the cheapest first, then always the one least like those already chosen.

    A text that says nearly the same as a chosen one is left out, even if fewer than `count` remain.
    """
    left = sorted(range(len(texts)), key=lambda place: costs[place])
    chosen: list[int] = left[:1]
    while len(chosen) < count:
        near = {place: max(likeness(texts[place], texts[one], lang) for one in chosen) for place in left}
        left = [place for place in left if place not in chosen and near[place] <= _SAME]
        if not left:
            break
        # A cost of ten (several set phrases in one sentence) weighs as much as full likeness.
        chosen.append(min(left, key=lambda place: near[place] + 0.1 * costs[place]))
    return chosen


def idea_cost(text: str, lang: Language, said: str, *, start: str = "") -> float:
    """Cost of one sentence: set phrases, loops, named feelings, little beyond its `start`, and repeating `said`."""
    judged = min(8.0, cost(one for one in measures(text, lang) if one.name in ("slop", "telling", "echo")))
    units_of = units(text, lang)
    repeats = 1 - len(set(pairwise(units_of))) / max(1, len(units_of) - 1)
    thin = 3.0 if len(units_of) - len(units(start, lang)) < (6 if lang == "zh" else 4) else 0.0
    return judged + 8 * repeats + thin + 3 * likeness(text, said, lang)


def from_json(text: str, key: str) -> Any:
    """What stands under `key` in the JSON object of an answer, with or without talk around it.

    Raises ModelError if there is no such object; the answer is in its `partial`.
    """
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1])[key]
    except (ValueError, KeyError) as error:
        raise ModelError("craft.not_json", partial=text) from error
