"""Revising from what the critics find: certain cures first, then the model on the sentences that are left.

Every change is tested by asking the same critics again: it must take findings away and bring none.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from bimo.craft.events import Event
from bimo.craft.finish import unwrap
from bimo.craft.session import Session, preset, step
from bimo.critique.check import Found, check
from bimo.critique.passage import Passage
from bimo.critique.told import finding_told
from bimo.text.errors import Language
from bimo.text.finding import Finding
from bimo.text.keep import lost
from bimo.text.spans import Edit, Span, apply_edits

# Findings about whole stretches; no single sentence could be mended for them.
_WIDE: Final = frozenset({"critique.drift", "critique.march", "critique.unpaired"})


def mend(session: Session, text: str) -> Generator[Event, None, tuple[list[Edit], list[Found], int]]:
    """The edits that mend what the quick critics find, what they find and nothing mends, and how many were dropped."""
    passage = Passage.of(text, session.lang)
    found = check(passage, cheap=True).findings
    edits, dropped = _cures(passage, found)
    left = [each for each in found if not any(each.finding.span.overlaps(edit.span) for edit in edits)]
    turns = [(sentence, told) for sentence, told in _by_sentence(passage, left) if not _touched(sentence, edits)]
    mended: list[str] = []
    for number, (sentence, told) in enumerate(turns):
        yield step("mending", number + 1, len(turns))
        new = yield from _asked(session, sentence.of(text), [each.finding for each in told], number)
        if session.stopped:
            break
        if new is not None and better(sentence.of(text), new, session.lang):
            reason = " ".join(finding_told(each.finding, session.lang)[0] for each in told)
            edits.append(_trimmed(text, sentence, new, reason))
            mended += [each.key for each in told]
        else:
            dropped += 1
    return edits, [each for each in left if each.key not in mended], dropped


def better(old: str, new: str, lang: Language) -> bool:
    """Whether the critics find less in `new` than in `old`, and no name, number or negation got lost."""
    if new.strip() == old.strip() or lost(old, new, lang=lang):
        return False
    before, after = (_codes(part, lang) for part in (old, new))
    return len(after) < len(before) and all(after.count(code) <= before.count(code) for code in after)


def _codes(text: str, lang: Language) -> list[str]:
    return [each.finding.code for each in check(Passage.of(text, lang, "prose"), cheap=True).findings]


def _cures(passage: Passage, found: tuple[Found, ...]) -> tuple[list[Edit], int]:
    """The first cure of each finding that has one, those that touch another left out, tested in their paragraphs."""
    edits: list[Edit] = []
    dropped = end = 0
    for each in found:
        for fix in each.finding.fixes[:1]:
            around = passage.paragraph_at(fix.span.start)
            if around is None or fix.span.start < end or fix.span.end > around.end:
                continue
            edit = replace(fix, reason=finding_told(each.finding, passage.lang)[0])
            inside = Edit(Span(fix.span.start - around.start, fix.span.end - around.start), fix.new)
            old = around.of(passage.text)
            if len(_codes(apply_edits(old, [inside]), passage.lang)) < len(_codes(old, passage.lang)):
                edits.append(edit)
                end = fix.span.end
            else:
                dropped += 1
    return edits, dropped


def _by_sentence(passage: Passage, found: list[Found]) -> Iterator[tuple[Span, list[Found]]]:
    """The findings that one sentence holds whole, sentence by sentence."""

    def sentence_of(each: Found) -> Span:
        around = passage.paragraph_at(each.finding.span.start)
        inside = passage.sentences_of(around) if around else ()
        whole = (span for span in inside if span.start <= each.finding.span.start and each.finding.span.end <= span.end)
        return next(whole, Span(0, 0))

    narrow = [each for each in found if each.finding.code not in _WIDE]
    for span, told in groupby(narrow, sentence_of):
        if len(span):
            yield span, list(told)


def _touched(sentence: Span, edits: list[Edit]) -> bool:
    return any(edit.span.start < sentence.end and sentence.start < edit.span.end for edit in edits)


def _asked(session: Session, old: str, findings: list[Finding], offset: int) -> Generator[Event, None, str | None]:
    """What the model makes of one sentence, told what is found in it; None where it does not fit its window."""
    problems = [" ".join(finding_told(each, session.lang)) for each in findings]
    asking = replace(session, turns=list(session.turns[:1]))
    asking.say("mend", text=old, problems="\n".join(f"- {each}" for each in problems))
    tokens = session.model.count(old)
    if asking.room(2 * tokens + 40) < 0:
        return None
    sampling = replace(preset(session.lang, "exact"), temperature=0.0, max_tokens=2 * tokens + 40, stop=("\n",))
    answer = yield from asking.answer(sampling, offset=5000 + offset)
    return unwrap(answer, session.lang).strip()


def _trimmed(text: str, sentence: Span, new: str, reason: str) -> Edit:
    """The edit without what it leaves as it is at both ends."""
    old = sentence.of(text)
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    return Edit(Span(sentence.start + head, sentence.end - tail), new[head : len(new) - tail], reason)
