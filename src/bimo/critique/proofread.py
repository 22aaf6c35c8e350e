"""Mistakes of language that a model finds: it copies each sentence correctly, and what it changed is a finding.

Only changes that mend a mistake are told (`correcting.py`); rewriting, and changes of names, numbers or negations, are
dropped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from bimo.critique.correcting import corrections
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing, critic
from bimo.critique.slips import visible
from bimo.models.protocol import Message, Model, Prompt, Sampling
from bimo.text.errors import Language
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Edit, Span

# Longer ones are seldom sentences.
_LONGEST: Final = 600


@cache
def _question(lang: Language) -> dict[str, Any]:
    data = (files("bimo.critique") / "lists" / "proofread.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(data)[lang]
    return found


@critic("proofread", en="Proofreading", zh="模型校对", group="language", kinds=("prose",), deep=True, scope="paragraph")
def proofread(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """What the model would correct, sentence by sentence."""
    model = knowing.model
    for span in passage.sentences if model else ():
        old = span.of(passage.text)
        if knowing.cancel.cancelled:
            return
        if model is None or len(old) > _LONGEST or "\n" in old:
            continue
        edits, _ = corrections(old, _copied(old, passage.lang, model, knowing), passage.lang)
        for edit in edits:
            shown = visible(edit, old)
            place = Span(span.start + shown.span.start, span.start + shown.span.end)
            args = {"quote": place.of(passage.text), "cure": shown.new or "–"}
            yield Finding(_CODE, place, Severity.WARNING, args, (), (Edit(place, shown.new),))


_CODE: Final = "critique.proofread"


def _copied(old: str, lang: Language, model: Model, knowing: Knowing) -> str:
    question = _question(lang)
    turns = [Message("system", question["system"])]
    for wrong, right in question["examples"]:
        turns += [Message("user", wrong), Message("assistant", right)]
    tokens = 2 * model.count(old) + 40
    sampling = Sampling(temperature=0.0, max_tokens=tokens, stop=("\n",), copies_prompt=True, seed=0)
    chunks = model.stream(Prompt((*turns, Message("user", old))), sampling, cancel=knowing.cancel)
    return "".join(chunk.text for chunk in chunks).strip()
