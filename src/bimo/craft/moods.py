"""A mood or an arc as the target of a tool: told to the model, and measured in what it wrote.

The measure is that of `critique.emotion`, which counts words, so it ranks alternatives of one request and judges no
single sentence. With a target more alternatives are written than were asked for, and the nearest are kept.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, Literal

from pydantic import Field

from bimo.craft.registry import Request
from bimo.craft.session import Session
from bimo.critique.emotion import mood as felt
from bimo.critique.emotion_arc import correlation, drawn
from bimo.models.protocol import Message
from bimo.text.errors import Language
from bimo.text.finding import Measure
from bimo.text.sentences import sentences

Aim = Literal["bright", "dark", "calm", "tense", "rise", "fall", "hole", "icarus", "cinderella", "oedipus"]

# So many are written where a target is given and fewer are asked for.
LEAST: Final = 3
# What a target that is wholly missed costs, beside `critique.prose.cost`; a target decides before small faults do.
WEIGHT: Final = 10.0
_PARTS: Final = 6


class MoodRequest(Request):
    """What a tool can be asked that can aim at a mood."""

    mood: Aim | None = Field(None, description="mood or arc to aim at | 目标情绪或情绪走势")


@cache
def _told() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("bimo.craft") / "moods.toml").read_text(encoding="utf-8"))


def steered(session: Session, aim: Aim | None) -> Session:
    """The session with the target in its system part; the same without a target."""
    if aim is None:
        return session
    line = _told()[aim][session.lang]
    first, *rest = session.turns or [Message("system", "")]
    return replace(session, turns=[Message("system", f"{first.text}\n{line}".strip()), *rest])


def reached(text: str, lang: Language, aim: Aim) -> Measure:
    """How far a text has come to a target, in percent; the evidence is what was measured.

    Of bright, dark and the arcs, 50 is neither here nor there: neutral words, or an arc that does not follow the one
    asked for. Calm is what names no uproar, so neutral words are calm.
    """
    whole = felt(text, lang)
    if aim in ("bright", "dark"):
        near = (whole.valence if aim == "bright" else -whole.valence) / 2 + 0.5
        seen = (f"valence {whole.valence:+.2f}",)
    elif aim in ("calm", "tense"):
        near = whole.arousal if aim == "tense" else 1 - whole.arousal
        seen = (f"arousal {whole.arousal:.2f}",)
    else:
        values = _curve(text, lang)
        near = correlation(values, drawn(aim, len(values))) / 2 + 0.5 if len(values) > 1 else 0.5
        seen = (" ".join(f"{value:+.2f}" for value in values),)
    return Measure("mood", 100 * near, "%", 1, (aim, *seen))


def missed(measure: Measure) -> float:
    """What a candidate costs for its distance from the target."""
    return WEIGHT * (1 - measure.value / 100)


def _curve(text: str, lang: Language) -> list[float]:
    """Valence along a text, in at most six parts of as many sentences each."""
    spans = sentences(text, lang)
    count = min(_PARTS, len(spans))
    cuts = [round(part * len(spans) / count) for part in range(count + 1)] if count else []
    return [felt(text[spans[one].start : spans[two - 1].end], lang).valence for one, two in pairwise(cuts)]
