"""Contradictions of a story: eyes that change their colour, the dead who speak, two places at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bimo.critique import continuity_kin
from bimo.critique.bible import Entry
from bimo.critique.continuity_compare import contradictions
from bimo.critique.continuity_facts import Fact, Told, told
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing, critic
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span

__all__ = ["continuity", "continuity_kin"]

# A longer sentence is not quoted whole.
_QUOTED: Final = 160
_OF_BIBLE: Final = ("eyes", "hair", "birth", "side")


@critic("continuity", en="Continuity", zh="前后矛盾", group="continuity", kinds=("prose",))
def continuity(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Two places of a text that cannot both be true, and places that speak against the bible."""
    story = told(passage, knowing)
    seen: set[tuple[Span, Span]] = set()
    for kind, (one, two) in contradictions(story):
        quotes = _quoted(one), _quoted(two)
        if quotes in seen or quotes[0] == quotes[1]:
            continue
        seen.add(quotes)
        text = passage.text
        yield Finding(
            f"critique.continuity_{kind}",
            quotes[1],
            Severity.WARNING if one.sure and two.sure and not (one.spoken or two.spoken) else Severity.HINT,
            {
                "quote": quotes[1].of(text),
                "against": quotes[0].of(text),
                "who": two.who or one.who,
                "one": one.word,
                "two": two.word,
            },
            (quotes[0],),
        )
    yield from _against_bible(story, knowing)


def _quoted(fact: Fact) -> Span:
    return fact.sentence if len(fact.sentence) <= _QUOTED else fact.span


def _against_bible(story: Told, knowing: Knowing) -> Iterator[Finding]:
    """Facts that the bible tells otherwise: what never changes, and only what holds from the beginning on."""
    for entry in knowing.bible.entries:
        if entry.kind != "character":
            continue
        lines = [entry.description, *(fact.text for fact in entry.facts if fact.since is None)]
        for line in lines:
            for known in _known(entry, line, story):
                for fact in story.by_kind.get(known.kind, ()):
                    if (fact.who, fact.key) == (entry.name, known.key) and fact.value != known.value:
                        quote = _quoted(fact).of(story.passage.text)
                        yield _unlike("critique.continuity_bible", fact, quote=quote, who=entry.name, bible=line)


def _unlike(code: str, fact: Fact, **args: str) -> Finding:
    return Finding(code, _quoted(fact), Severity.WARNING if fact.sure else Severity.HINT, args)


def _known(entry: Entry, line: str, story: Told) -> Iterator[Fact]:
    """What a line of the bible says of its entry, whether it names it or not."""
    passage = Passage.of(f"{entry.name}: {line}" if entry.name not in line else line, story.passage.lang, "prose")
    alone = replace(Knowing().bible, entries=(Entry(entry.name, aliases=entry.aliases),))
    for fact in told(passage, Knowing(alone)).facts:
        if fact.kind in _OF_BIBLE:
            yield fact
