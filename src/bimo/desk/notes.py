"""Notes to oneself, and goals with the way gone towards them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, insert, select, update

from bimo.desk.outline import scene_of
from bimo.desk.schema import branches, goals, notes, revisions, works
from bimo.desk.store import Store, found, log, new_id, now, plain, value_of
from bimo.desk.values import Goal, Note, Period
from bimo.text.errors import InputError


class Notes:
    """The writer's notes to works and scenes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, work: str, text: str, *, scene: str | None = None, quote: str = "", start: int | None = None) -> Note:
        """Add a note to a work or to words of a scene. Raises InputError `desk.no_work`, or `desk.no_scene`."""
        at = now()
        note = Note(new_id(), work, scene, text, quote, start, False, at, at)
        with self._store.writing() as db:
            found(db, works, work, "desk.no_work")
            if scene and scene_of(db, scene).work != work:
                raise InputError("desk.no_scene", id=scene)
            db.execute(insert(notes).values(plain(note)))
            log(db, "note.added", work, note.id)
        return note

    def all(self, work: str, *, scene: str | None = None, trashed: bool = False) -> list[Note]:
        """The notes of a work, or of one scene of it, the oldest first; with `trashed` those in the trash."""
        where = notes.c.trashed.is_not(None) if trashed else notes.c.trashed.is_(None)
        wanted = select(notes).where(notes.c.work == work, where).order_by(notes.c.created, notes.c.id)
        if scene:
            wanted = wanted.where(notes.c.scene == scene)
        with self._store.reading() as db:
            return [value_of(Note, row) for row in db.execute(wanted)]

    def change(self, id: str, *, text: str | None = None, start: int | None = None, done: bool | None = None) -> Note:
        """Change what is given. Raises InputError `desk.no_note`."""
        given = {"text": text, "start": start, "done": done}
        return self._set(id, "note.changed", {name: value for name, value in given.items() if value is not None})

    def trash(self, id: str) -> Note:
        """Put a note into the trash. Raises InputError `desk.no_note`."""
        return self._set(id, "note.trashed", {"trashed": now()})

    def restore(self, id: str) -> Note:
        """Take a note out of the trash. Raises InputError `desk.no_note`."""
        return self._set(id, "note.restored", {"trashed": None})

    def _set(self, id: str, what: str, values: dict[str, Any]) -> Note:
        with self._store.writing() as db:
            work = found(db, notes, id, "desk.no_note").work
            db.execute(update(notes).where(notes.c.id == id).values(**values, changed=now()))
            log(db, what, work, id, fields=sorted(values))
            return value_of(Note, found(db, notes, id, "desk.no_note"))


class Goals:
    """How much is meant to be written, and how much was."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, work: str, amount: int, *, scene: str | None = None, period: Period = "total") -> Goal | None:
        """Set the goal of a work or scene, in 字 or words; 0 takes it away. Raises InputError."""
        at = now()
        goal = Goal(new_id(), work, scene, period, amount, at)
        same = (goals.c.work == work, goals.c.scene == scene if scene else goals.c.scene.is_(None))
        with self._store.writing() as db:
            found(db, works, work, "desk.no_work")
            if scene and scene_of(db, scene).work != work:
                raise InputError("desk.no_scene", id=scene)
            db.execute(delete(goals).where(*same, goals.c.period == period))
            if amount > 0:
                db.execute(insert(goals).values(plain(goal)))
            log(db, "goal.set", work, scene, amount=amount, period=period)
        return goal if amount > 0 else None

    def all(self, work: str) -> list[Goal]:
        """The goals of a work and of its scenes."""
        with self._store.reading() as db:
            rows = db.execute(select(goals).where(goals.c.work == work).order_by(goals.c.id))
            return [value_of(Goal, row) for row in rows]

    def written(self, work: str) -> dict[str, int]:
        """How much the chosen texts of a work grew on each of the writer's days; days without a save are not named."""
        last = (
            select(revisions.c.branch, revisions.c.day, func.max(revisions.c.number).label("number"))
            .join(branches, revisions.c.branch == branches.c.id)
            .where(revisions.c.work == work, branches.c.chosen)
            .group_by(revisions.c.branch, revisions.c.day)
            .subquery()
        )
        wanted = (
            select(revisions.c.branch, revisions.c.day, revisions.c.length)
            .join(last, (revisions.c.branch == last.c.branch) & (revisions.c.number == last.c.number))
            .order_by(revisions.c.day)
        )
        grown: dict[str, int] = {}
        before: dict[str, int] = {}
        with self._store.reading() as db:
            for branch, day, length in db.execute(wanted):
                grown[day] = grown.get(day, 0) + length - before.get(branch, 0)
                before[branch] = length
        return grown
