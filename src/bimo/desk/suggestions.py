"""Suggestions: what tools proposed, with the full request that made each, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bimo.desk.schema import suggestions, works
from bimo.desk.store import Store, found, log, new_id, now
from bimo.desk.values import Acceptance, Json, Revision, State, Suggestion
from bimo.text.errors import InputError
from bimo.text.spans import Span


class Suggestions:
    """What the models proposed, in all works."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        work: str,
        tool: str,
        request: Mapping[str, Any],
        alternatives: Iterable[Json],
        *,
        scene: str | None = None,
        model: str = "",
        seed: int | None = None,
        prompt: str = "",
        based_on: str | None = None,
        asked: Span | None = None,
    ) -> Suggestion:
        """Keep what a tool proposed; each alternative has at least a `text`. Raises InputError `desk.no_work`."""
        id = new_id()
        with self._store.writing() as db:
            found(db, works, work, "desk.no_work")
            row = insert(suggestions).values(
                id=id,
                work=work,
                scene=scene,
                tool=tool,
                request=dict(request),
                model=model,
                seed=seed,
                prompt=prompt,
                based_on=based_on,
                asked_start=asked.start if asked else None,
                asked_end=asked.end if asked else None,
                alternatives=list(alternatives),
                state="open",
                created=now(),
            )
            db.execute(row)
            log(db, "suggestion.made", work, id, "model", tool=tool, model=model, scene=scene)
            return _suggestion(found(db, suggestions, id, "desk.no_suggestion"))

    def get(self, id: str) -> Suggestion:
        """The suggestion of that id. Raises InputError `desk.no_suggestion`."""
        with self._store.reading() as db:
            return _suggestion(found(db, suggestions, id, "desk.no_suggestion"))

    def all(
        self, work: str, *, scene: str | None = None, state: State | None = None, limit: int = 100
    ) -> list[Suggestion]:
        """The suggestions of a work or of one scene of it, the latest first."""
        wanted = select(suggestions).where(suggestions.c.work == work)
        if scene:
            wanted = wanted.where(suggestions.c.scene == scene)
        if state:
            wanted = wanted.where(suggestions.c.state == state)
        with self._store.reading() as db:
            rows = db.execute(wanted.order_by(suggestions.c.created.desc(), suggestions.c.id.desc()).limit(limit))
            return [_suggestion(row) for row in rows]

    def extend(self, id: str, alternatives: Iterable[Json]) -> Suggestion:
        """Add alternatives, such as those of a second try. Raises InputError `desk.no_suggestion`."""
        with self._store.writing() as db:
            row = found(db, suggestions, id, "desk.no_suggestion")
            both = [*row.alternatives, *alternatives]
            db.execute(update(suggestions).where(suggestions.c.id == id).values(alternatives=both))
            log(db, "suggestion.extended", row.work, id, "model", alternatives=len(both))
            return _suggestion(found(db, suggestions, id, "desk.no_suggestion"))

    def reject(self, id: str) -> Suggestion:
        """Turn a suggestion down. Raises InputError `desk.no_suggestion`."""
        return self._decide(id, "rejected")

    def reopen(self, id: str) -> Suggestion:
        """Take back a decision, as undo does. Raises InputError `desk.no_suggestion`."""
        return self._decide(id, "open")

    def _decide(self, id: str, state: State) -> Suggestion:
        with self._store.writing() as db:
            row = found(db, suggestions, id, "desk.no_suggestion")
            nowhere = dict.fromkeys(("chosen", "revision", "placed_start", "placed_end"))
            decided = None if state == "open" else now()
            changed = update(suggestions).where(suggestions.c.id == id)
            db.execute(changed.values(**nowhere, state=state, decided=decided))
            log(db, f"suggestion.{state}", row.work, id)
            return _suggestion(found(db, suggestions, id, "desk.no_suggestion"))


def settle(db: Connection, taken: Acceptance, revision: Revision) -> None:
    """Write down that a revision took a suggestion: accepted if it stands there word for word, else edited.

    Raises InputError `desk.no_suggestion`, or `desk.no_alternative`.
    """
    row = found(db, suggestions, taken.suggestion, "desk.no_suggestion")
    if row.work != revision.work:
        raise InputError("desk.no_suggestion", id=taken.suggestion)
    if not 0 <= taken.chosen < len(row.alternatives) or taken.placed.end > len(revision.text):
        raise InputError("desk.no_alternative", id=taken.suggestion, chosen=taken.chosen)
    whole = row.alternatives[taken.chosen]["text"].strip() == taken.placed.of(revision.text).strip()
    values = {
        "state": "accepted" if whole else "edited",
        "chosen": taken.chosen,
        "revision": revision.id,
        "placed_start": taken.placed.start,
        "placed_end": taken.placed.end,
        "decided": now(),
    }
    db.execute(update(suggestions).where(suggestions.c.id == row.id).values(values))
    log(db, f"suggestion.{values['state']}", row.work, row.id, revision=revision.id, chosen=taken.chosen)


def _suggestion(row: Row[Any]) -> Suggestion:
    values = dict(row._mapping)
    for name in ("asked", "placed"):
        start, end = values.pop(f"{name}_start"), values.pop(f"{name}_end")
        values[name] = None if start is None else Span(start, end)
    return Suggestion(**values | {"alternatives": tuple(row.alternatives)})
