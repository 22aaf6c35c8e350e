"""The colophon: who wrote how much of a work, as the authorship record of its scenes says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bimo.publish.document import COLOPHON, Document, Heading, Paragraph, SceneBreak
from bimo.text.authorship import Author, Authorship, shares
from bimo.text.errors import Notice


def with_colophon(document: Document, authorship: Iterable[Authorship]) -> Document:
    """The document with a last page that says what share its author and a language model wrote."""
    counts: dict[Author, int] = {"writer": 0, "model": 0, "model_edited": 0}
    for each in authorship:
        for author, count in shares(each).items():
            counts[author] += count
    told = _percent(counts)
    notice = Notice.of("publish.colophon" if told["writer"] < 100 else "publish.colophon_own", **told)
    levels = [block.level for block in document.blocks if isinstance(block, Heading)]
    last: Heading | SceneBreak = Heading(COLOPHON[document.lang], min(levels)) if levels else SceneBreak()
    return replace(document, blocks=(*document.blocks, last, Paragraph(notice.message(document.lang))))


def _percent(counts: dict[Author, int]) -> dict[Author, int]:
    """Whole percents that sum to 100, by largest remainders; what is there at all never reads as nothing."""
    total = sum(counts.values()) or 1
    exact = {author: 100 * count / total for author, count in counts.items()}
    found = {author: int(share) or (1 if share else 0) for author, share in exact.items()}
    for author in sorted(exact, key=lambda author: int(exact[author]) - exact[author]):
        if sum(found.values()) < 100:
            found[author] += 1
    most = max(found, key=lambda author: found[author])
    found[most] += 100 - sum(found.values())
    return found
