"""For you: what can be offered from the desk, and what the writer's deeds on it say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from bimo.craft.ideas import lenses
from bimo.craft.registry import all_tools
from bimo.desk.foryou import Deed, Features, Item, Offer, offers
from bimo.text.errors import Language, Notice
from bimo.text.words import words
from bimo.verse.form import Form, all_forms

if TYPE_CHECKING:
    from bimo.desk.desk import Desk
    from bimo.desk.values import Event, Suggestion

_SINCE: Final = "foryou.since"
# Characters of a scene, words of a text and lines of the log that are looked at; and how many scenes, those that were
# changed last: cutting a million Chinese characters into words takes seconds.
_READ, _WORDS, _LINES, _SCENES = 3000, 60, 4000, 150
_DECIDED: Final = {"suggestion.accepted": "accepted", "suggestion.edited": "edited", "suggestion.rejected": "rejected"}


def for_you(desk: Desk, lang: Language, *, count: int = 5, seed: int = 0) -> list[Offer]:
    """What to offer now, in `lang`; the same all day for the same `seed`."""
    pages = Pages.read(desk, lang)
    items = [*shipped(lang), *pages.items()]
    known = {item.id: item for item in items}
    now = _days(datetime.now(UTC).isoformat())
    return offers(items, deeds(desk, known, pages), now=now, count=count, seed=seed + int(now))


def shipped(lang: Language) -> list[Item]:
    """Prompts, forms and tools, which everybody has."""
    found = [_form(form, lang) for form in all_forms().values() if form.lang == lang]
    for kind, group in lenses(lang).items():
        if kind in ("words", "passage"):
            continue
        for lens in group:
            id = f"prompt:{kind}/{lens.lens}"
            features = {"offer:prompt": 0.5, id: 1.0, f"spark:{kind}": 0.8, f"lens:{lens.lens}": 0.5}
            title = f"{lens.lens} · {lens.ask}"
            found.append(
                Item(f"prompt:{kind}/{lens.lens}", "prompt", title, features, 0.5, f"bimo spark --kind {kind}")
            )
    for tool in all_tools().values():
        if tool.id not in ("spark", "poem"):
            title = f"{tool.names[lang]} · {tool.help[lang]}"
            found.append(
                Item(
                    f"tool:{tool.id}",
                    "tool",
                    title,
                    {"offer:tool": 0.5, f"tool:{tool.id}": 1.0},
                    0.5,
                    f"bimo {tool.id}",
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Pages:
    """The writer's own scenes in a language: id, work, label and words of each; `spread` is how many have a word."""

    lang: Language
    scenes: tuple[tuple[str, str, str, Counter[str]], ...]
    spread: Mapping[str, int]

    @classmethod
    def read(cls, desk: Desk, lang: Language) -> Pages:
        """The scenes of a desk that have a text, those that were changed last."""
        found: list[tuple[str, str, str, str, str]] = []
        for work in desk.works.all():
            if work.lang == lang:
                titles = {node.id: node.title for node in desk.outline.scenes(work.id)}
                for head in desk.revisions.heads(work.id):
                    if head.text.strip() and head.scene in titles:
                        label = f"{work.title} · {titles[head.scene]}"
                        found.append((head.at, head.scene, work.id, label, head.text[:_READ]))
        newest = sorted(found, reverse=True)[:_SCENES]
        scenes = tuple((scene, of, label, _counted(text, lang)) for _, scene, of, label, text in newest)
        return cls(lang, scenes, Counter(word for *_, counted in scenes for word in counted))

    def items(self) -> list[Item]:
        """The scenes, to be read again; they are alike in the words that few scenes have."""
        return [
            Item(
                f"scene:{scene}",
                "passage",
                label,
                {"offer:passage": 0.5, f"scene:{scene}": 0.5, f"work:{of}": 0.3, **self._weighed(counted)},
                0.5,
            )
            for scene, of, label, counted in self.scenes
        ]

    def words(self, text: str) -> Features:
        """The words of a text, weighed as those of the scenes are."""
        return self._weighed(_counted(text[:_READ], self.lang))

    def _weighed(self, counted: Mapping[str, int]) -> Features:
        """The words of most weight as features of length 1; a word counts by how few scenes have it."""
        total = len(self.scenes) or 1
        rare = {word: number * math.log(1 + total / self.spread.get(word, 1)) for word, number in counted.items()}
        most = sorted(rare.items(), key=lambda pair: (-pair[1], pair[0]))[:_WORDS]
        size = math.sqrt(sum(value * value for _, value in most)) or 1.0
        return {f"word:{word}": value / size for word, value in most}


def deeds(desk: Desk, known: Mapping[str, Item], pages: Pages) -> list[Deed]:
    """What the log tells since the last reset, as far as it is about something that can be offered."""
    found: list[Deed] = []
    start = max(int(desk.settings.get(_SINCE, 0)), desk.events.last() - _LINES)
    for event in desk.events.since(start, limit=_LINES):
        found.extend(_deeds(desk, event, known, pages))
    return found


def dismiss(desk: Desk, item: str) -> None:
    """Never offer this again."""
    desk.events.add("foryou.dismissed", subject=item)


def open_item(desk: Desk, item: str) -> None:
    """Note that the writer looked at an offer."""
    desk.events.add("foryou.opened", subject=item)


def reset(desk: Desk) -> None:
    """Forget every deed so far; the log itself stays."""
    desk.settings.set(_SINCE, desk.events.last())


def why(offer: Offer, lang: Language) -> str:
    """The reason of an offer in words."""
    if offer.explored:
        return Notice.of("desk.foryou_new").message(lang)
    if offer.because is None:
        return Notice.of("desk.foryou_start").message(lang)
    title = offer.because.title.split(" · ")[0]
    said = Notice.of(f"desk.foryou_{offer.because.how}", title=title).message(lang)
    return f"{said} ({', '.join(offer.shared)})" if offer.shared else said


def _deeds(desk: Desk, event: Event, known: Mapping[str, Item], pages: Pages) -> Iterator[Deed]:
    at, subject = _days(event.at), event.subject or ""
    if event.what in ("foryou.opened", "foryou.dismissed") and subject in known:
        how = event.what.removeprefix("foryou.")
        yield Deed(subject, how, at, known[subject].features, known[subject].title)
    elif event.what == "scene.saved" and f"scene:{subject}" in known:
        item = known[f"scene:{subject}"]
        yield Deed(item.id, "opened", at, item.features, item.title)
    elif event.what in _DECIDED:
        yield from _decided(desk.suggestions.get(subject), _DECIDED[event.what], at, known, pages)


def _decided(taken: Suggestion, how: str, at: float, known: Mapping[str, Item], pages: Pages) -> Iterator[Deed]:
    best: Mapping[str, Any] = taken.alternatives[taken.chosen or 0] if taken.alternatives else {}
    ids = [f"tool:{taken.tool}"]
    if taken.tool == "poem":
        ids = [f"form:{taken.request.get('form')}"]
    elif taken.tool == "spark":
        ideas = (best.get("data") or {}).get("ideas") or []
        ids = [f"prompt:{taken.request.get('kind', 'plot')}/{idea.get('lens')}" for idea in ideas]
    text = pages.words(str(best.get("text", "")))
    for id in ids:
        if id in known:
            yield Deed(id, how, at, {**known[id].features, **text}, known[id].title)


def _form(form: Form, lang: Language) -> Item:
    features = {"offer:form": 0.5, f"form:{form.id}": 1.0, f"kind:{form.kind}": 0.8}
    prior = min(1.0, math.log1p(form.rules.get("count", 0)) / 8) if form.kind == "ci" else 0.6
    title = f"{form.names[lang]} · {form.about[lang]}"
    return Item(f"form:{form.id}", "form", title, features, prior, f"bimo poem --form {form.id}")


@lru_cache(maxsize=2000)
def _counted(text: str, lang: Language) -> Counter[str]:
    return Counter(word.lower() for word in words(text, lang) if len(word) > (1 if lang == "zh" else 4))


def _days(at: str) -> float:
    return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() / 86400
