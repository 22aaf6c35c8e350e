"""The log: what was done, when and by whom. Lines are only ever added."""

from __future__ import annotations

from sqlalchemy import func, select

from bimo.desk.schema import events
from bimo.desk.store import Store, log, value_of
from bimo.desk.values import Event


class Events:
    """The append-only log of the desk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, what: str, *, work: str | None = None, subject: str | None = None, who: str = "writer", **data: object
    ) -> None:
        """Add a line. `what` is `<thing>.<happened>`; `data` are numbers, ids and short words, never text."""
        with self._store.writing() as db:
            log(db, what, work, subject, who, **data)

    def since(
        self, id: int = 0, *, work: str | None = None, subject: str | None = None, limit: int = 1000
    ) -> list[Event]:
        """The lines after line `id`, the oldest first."""
        wanted = select(events).where(events.c.id > id).order_by(events.c.id).limit(limit)
        if work:
            wanted = wanted.where(events.c.work == work)
        if subject:
            wanted = wanted.where(events.c.subject == subject)
        with self._store.reading() as db:
            return [value_of(Event, row) for row in db.execute(wanted)]

    def last(self) -> int:
        """The id of the newest line, 0 if there is none."""
        with self._store.reading() as db:
            return db.scalar(select(func.max(events.c.id))) or 0
