"""Asking the critics about a text.

What a critic says is tested before it is passed on: its spans must lie in the text, what it quotes must stand there,
and the edits it proposes must be possible. What cannot be shown is not said.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from typing import Final

from bimo.critique.passage import Passage
from bimo.critique.registry import Critic, Knowing, chosen
from bimo.text.errors import Notice
from bimo.text.finding import Finding
from bimo.text.spans import Span

# So many code points before and after a finding tell it from another of the same words.
_CONTEXT: Final = 16
# Paragraphs that a critic gets at once, in code points: few enough to be stopped and to show how far the work is.
_BATCH: Final = 40_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding that holds, who said it, and a key that stays the same while the words around it do."""

    finding: Finding
    critic: str
    key: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the critics say of a text, in its order.

    `gaps` names who could not look, and why. `waived` counts what the writer has called intended.
    """

    findings: tuple[Found, ...]
    gaps: tuple[Notice, ...] = ()
    waived: int = 0


def check(
    passage: Passage,
    knowing: Knowing | None = None,
    *,
    only: Iterable[str] | None = None,
    cheap: bool = False,
    waived: frozenset[str] = frozenset(),
    progress: Progress = lambda done, total: None,
) -> Report:
    """Ask the critics, all or those named; `cheap` asks only the quick ones, deep ones answer if there is a model.

    A critic that breaks does not hide the others; it is named among the gaps and its traceback goes to the log.
    `waived` are keys of findings to leave out. `progress` is told how much of the work is done, in paragraphs.
    Raises InputError `critique.no_critic`.
    """
    knowing = knowing or Knowing()
    if passage.foreign:
        return Report((), (Notice.of("critique.gap_language"),))
    asked = [each for each in chosen(only) if (each.cheap or not cheap) and (knowing.model or not each.deep)]
    gaps: list[Notice] = []
    able = []
    for each in asked:
        gap = _gap(each, passage)
        gaps += [gap] if gap else []
        able += [] if gap or passage.lang not in each.langs else [each]
    total = len(able) * len(passage.paragraphs)
    found: list[tuple[Finding, str]] = []
    for number, each in enumerate(able):
        said = _attempt(each, passage, knowing, gaps, _counted(progress, number * len(passage.paragraphs), total))
        held = [finding for finding in said if proven(finding, passage.text)]
        if len(held) < len(said):
            gaps.append(Notice.of("critique.gap_unproven", count=len(said) - len(held), **_named(each)))
        found += [(finding, each.id) for finding in held]
    progress(total, total)
    keyed = _keyed(found, passage)
    left = tuple(each for each in keyed if each.key not in waived)
    return Report(left, tuple(gaps), len(keyed) - len(left))


def _counted(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """Tells `progress` about the work of one critic, which begins where `before` is done."""
    return lambda done: progress(before + done, total)


def proven(finding: Finding, text: str) -> bool:
    """Whether the text can bear the finding out.

    Every span lies in the text, `quote` among the arguments is what stands under the span and `against` what stands
    under the first evidence, and the fixes lie in the text and do not overlap.
    """
    spans = (finding.span, *finding.evidence, *(fix.span for fix in finding.fixes))
    if any(span.end > len(text) for span in spans) or not len(finding.span):
        return False
    if "quote" in finding.args and finding.args["quote"] != finding.span.of(text):
        return False
    if "against" in finding.args and not (finding.evidence and finding.args["against"] == finding.evidence[0].of(text)):
        return False
    return all(one.span.end <= two.span.start for one, two in pairwise(sorted(finding.fixes)))


def _gap(critic: Critic, passage: Passage) -> Notice | None:
    """Why a critic cannot look at a text. That it is for the other language needs no words."""
    if passage.lang not in critic.langs:
        return None
    if passage.kind not in critic.kinds:
        return Notice.of(f"critique.gap_{passage.kind}", **_named(critic))
    missing = [name for name in critic.needs if find_spec(name) is None]
    return Notice.of("critique.gap_library", library=", ".join(missing), **_named(critic)) if missing else None


def _named(critic: Critic) -> dict[str, str]:
    return {"critic_en": critic.names["en"], "critic_zh": critic.names["zh"]}


def _attempt(
    critic: Critic, passage: Passage, knowing: Knowing, gaps: list[Notice], done: Callable[[int], None]
) -> list[Finding]:
    found: list[Finding] = []
    try:
        for said in _remembered(critic, passage, knowing, done):
            found += said
    # The border between critics: one that breaks must not take the others with it. It is told and logged.
    except Exception as error:
        logging.getLogger("bimo.critique").exception("critic %s broke", critic.id)
        gaps.append(Notice.of("critique.gap_broke", why=f"{type(error).__name__}: {error}", **_named(critic)))
    return found


def _remembered(
    critic: Critic, passage: Passage, knowing: Knowing, done: Callable[[int], None]
) -> Iterator[list[Finding]]:
    """What the critic says part by part, from memory where the part is known."""
    shelf = _shelf(critic, passage, knowing)
    parts = passage.paragraphs if critic.scope == "paragraph" else (Span(0, len(passage.text)),)
    for first, batch in _batches(parts, 1 if critic.deep else _BATCH):
        if knowing.cancel.cancelled:
            return
        done(first)
        keys = [_hash(part.of(passage.text) + ("\0" if passage.spoken(part) else "")) for part in batch]
        known = [knowing.memory.recall(shelf, key, part.start) for part, key in zip(batch, keys, strict=True)]
        new = tuple(part for part, said in zip(batch, known, strict=True) if said is None)
        if new:
            view = passage.within(new) if critic.scope == "paragraph" else passage
            fresh = _sorted_by_part(critic.check(view, knowing), new)
            for part, key in zip(batch, keys, strict=True):
                # A deep critic that was stopped has not said all.
                if part in fresh and not knowing.cancel.cancelled:
                    knowing.memory.keep(shelf, key, part.start, fresh[part])
            yield [finding for said in fresh.values() for finding in said]
        yield [finding for said in known if said for finding in said]


def _batches(parts: Sequence[Span], size: int) -> Iterator[tuple[int, Sequence[Span]]]:
    """Neighbouring parts of together at least `size` code points, each with the number of its first part."""
    first = length = 0
    for number, part in enumerate(parts, start=1):
        length += len(part)
        if length >= size or number == len(parts):
            yield first, parts[first:number]
            first, length = number, 0


def _sorted_by_part(said: Iterable[Finding], parts: Sequence[Span]) -> dict[Span, list[Finding]]:
    found: dict[Span, list[Finding]] = {part: [] for part in parts}
    starts = [part.start for part in parts]
    for finding in said:
        found[parts[max(0, bisect_right(starts, finding.span.start) - 1)]].append(finding)
    return found


def _shelf(critic: Critic, passage: Passage, knowing: Knowing) -> str:
    model = knowing.model.info.id if critic.deep and knowing.model else ""
    whole = critic.whole(passage) if critic.whole else ""
    known = (critic.version, passage.lang, passage.kind, model, whole, sorted(knowing.options.items()), knowing.bible)
    return f"{critic.id}:{_hash(repr(known))}"


def _keyed(found: list[tuple[Finding, str]], passage: Passage) -> list[Found]:
    """The findings in the order of the text, each once, with their keys."""
    keyed: list[Found] = []
    seen: Counter[str] = Counter()
    known: set[tuple[Span, str]] = set()
    for finding, critic in sorted(found, key=lambda each: (each[0].span, -each[0].severity)):
        if (finding.span, finding.code) in known:
            continue
        known.add((finding.span, finding.code))
        key = _key(finding, passage)
        seen[key] += 1
        # The same words a second time: in a refrain each place has a key of its own.
        keyed.append(Found(finding, critic, key if seen[key] == 1 else f"{key}-{seen[key]}"))
    return keyed


def _key(finding: Finding, passage: Passage) -> str:
    """What is said, of which words, among which words; not at which place."""
    around = passage.paragraph_at(finding.span.start) or Span(0, len(passage.text))
    before = passage.text[max(around.start, finding.span.start - _CONTEXT) : finding.span.start]
    after = passage.text[finding.span.end : max(finding.span.end, min(around.end, finding.span.end + _CONTEXT))]
    return _hash("\0".join((finding.code, finding.span.of(passage.text), before, after)))[:10]


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
