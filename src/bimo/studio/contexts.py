"""What a model is told of a work at a cursor, in the page's words and units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bimo.desk.context import Part, Seen, see
from bimo.desk.desk import Desk
from bimo.models.protocol import Model, ModelInfo
from bimo.studio.places import Places
from bimo.studio.shapes import notice
from bimo.text.errors import Language, Notice

# What a small model takes in without losing the thread, and reads in bearable time on two cores; of a strong one's
# window a third, so that there is room for the request and the answer.
_SMALL, _SHARE = 1200, 3
# Text at the cursor must come at once, so it is told only what matters most.
_AT_CURSOR = 500
# How much of a tool's main text is looked for in the scene.
_PROBE = 200


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a scene. `text` is the scene as the page has it (None: as saved), `at` counts its code points.

    `known_to` is the character through whom is seen: it knows the facts that it may know here, and of the text only
    what was told through its own eyes; the plan, the brief and what comes after are the writer's alone. `about` is what
    the model is asked: the entries that it names matter too.
    """

    scene: str
    text: str | None = None
    at: int | None = None
    known_to: str | None = None
    about: str = ""

    @classmethod
    def of(cls, desk: Desk, scene: str, text: str | None, units: int | None, known_to: str | None) -> Cursor:
        """From what the page says. Raises InputError `desk.no_node`, `desk.no_entry`."""
        desk.outline.get(scene)
        if known_to is not None:
            desk.bible.get(known_to)
        if text is None and units is not None:
            head = desk.revisions.head(scene)
            text = head.text if head else ""
        at = None if text is None or units is None else Places(text).inside(units)
        return cls(scene, text, at, known_to)

    def seen(self, desk: Desk, model: Model) -> Seen:
        """Everything that matters here, fitted to the model."""
        return self._see(desk, model, budget(model.info))

    def at_once(self, desk: Desk, model: Model) -> tuple[tuple[str, str], ...]:
        """The little that text at the cursor is told; it is given the text before it in another way."""
        seen = self._see(desk, model, _AT_CURSOR)
        kept = [part for part in seen.parts if part.kept and part.kind in ("brief", "entry", "plan")]
        return tuple((part.label.message(seen.lang), part.text) for part in kept)

    def _see(self, desk: Desk, model: Model, room: int) -> Seen:
        seen = see(
            desk, self.scene, model.count, budget=room, text=self.text, cursor=self.at, known_to=self.known_to,
            about=self.about,
        )  # fmt: skip
        if self.known_to is None:
            return seen
        return replace(seen, parts=tuple(self._through(desk, part) for part in seen.parts))

    def _through(self, desk: Desk, part: Part) -> Part:
        """The part as the character knows it: nothing, if it would tell more than the character can have seen."""
        told = {"before": self.scene, "previous": part.subject}.get(part.kind)
        if not part.kept or part.kind == "entry" or (told and desk.outline.get(told).pov == self.known_to):
            return part
        return replace(part, text="", reason=Notice.of("studio.not_known"))


def budget(info: ModelInfo) -> int:
    """How many tokens of context a model is given."""
    return min(_SMALL, info.context // _SHARE) if info.small else info.context // _SHARE


def works_on(seen: Seen, main: str) -> bool:
    """Whether a tool's main text is itself the text before the cursor, which then must not be told twice."""
    return bool(main.strip()) and main.strip()[-_PROBE:] in seen.before


def shown(seen: Seen, lang: Language) -> dict[str, Any]:
    """What the model saw, part by part, and what was left out and why."""
    return {
        "budget": seen.budget,
        "tokens": seen.tokens,
        "parts": [_part(part, lang) for part in seen.parts if part.kept],
        "left_out": [_part(part, lang) for part in seen.parts if not part.kept],
    }


def _part(part: Part, lang: Language) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": notice(part.label, lang)["text"],
        "text": part.text,
        "tokens": part.tokens,
        "subject": part.subject,
        "reason": notice(part.reason, lang)["text"] if part.reason else None,
    }
