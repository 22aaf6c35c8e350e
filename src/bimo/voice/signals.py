"""What became of suggestions, as things to learn from: this rather than that, taken or not, cut out or left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bimo.text.authorship import changes
from bimo.text.errors import Language

if TYPE_CHECKING:
    from bimo.desk.desk import Desk
    from bimo.desk.values import Suggestion

# Nobody decides on more than this in a lifetime of one work.
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Signal:
    """One decision. `draft` is what the model wrote; `kept` what stands in the text now, "" if it was turned down.

    `others` are the alternatives that were passed over.
    """

    id: str
    lang: Language
    prompt: str
    draft: str
    kept: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """That one answer to `prompt` is better than another. `group` is the decision it comes from."""

    group: str
    prompt: str
    better: str
    worse: str


def signals(desk: Desk, works: list[str] | None = None) -> list[Signal]:
    """Every decision on the desk, or in the works named, the oldest first."""
    found: list[tuple[str, Signal]] = []
    for work in desk.works.all():
        if works and work.id not in works:
            continue
        for each in desk.suggestions.all(work.id, limit=_MOST):
            if each.state != "open":
                found += [(each.decided or each.created, one) for one in _signal(desk, each, work.lang)]
    return [signal for _, signal in sorted(found, key=lambda pair: (pair[0], pair[1].id))]


def _signal(desk: Desk, suggestion: Suggestion, lang: Language) -> Iterator[Signal]:
    texts = [str(each.get("text", "")) for each in suggestion.alternatives]
    if suggestion.state == "rejected":
        for number, text in enumerate(texts):
            if text.strip():
                yield Signal(f"{suggestion.id}-{number}", lang, suggestion.prompt, text, "", ())
        return
    if suggestion.chosen is None or suggestion.revision is None or suggestion.placed is None:
        return
    # What stands there after later changes tells more than the text at the moment of taking it.
    kept = suggestion.placed.of(desk.revisions.get(suggestion.revision).text)
    others = tuple(text for number, text in enumerate(texts) if number != suggestion.chosen and text.strip())
    yield Signal(suggestion.id, lang, suggestion.prompt, texts[suggestion.chosen], kept, others)


def pairs(found: list[Signal]) -> list[Pair]:
    """Edited text before its draft, what was taken before what was passed over (for DPO: chosen, rejected)."""
    made = []
    for each in found:
        if not each.kept:
            continue
        if each.kept.strip() != each.draft.strip():
            made.append(Pair(each.id, each.prompt, each.kept, each.draft))
        made += [Pair(each.id, each.prompt, each.kept, other) for other in each.others]
    return made


def deleted(signal: Signal) -> list[str]:
    """The stretches of the draft that the writer took out."""
    if not signal.kept:
        return []
    return [edit.span.of(signal.draft) for edit in changes(signal.draft, signal.kept, signal.lang) if len(edit.span)]


def as_lines(found: list[Signal]) -> str:
    """The decisions as JSON lines in the fields of TRL: `chosen` and `rejected` for DPO, `label` for KTO."""
    lines = [{"prompt": each.prompt, "chosen": each.better, "rejected": each.worse} for each in pairs(found)]
    lines += [{"prompt": each.prompt, "completion": each.draft, "label": bool(each.kept)} for each in found]  # type: ignore[dict-item]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
