"""Works: what is being written, and what each sets out to be."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update

from bimo.desk.schema import works
from bimo.desk.store import Store, found, log, new_id, now, plain
from bimo.desk.values import Brief, Work, WorkKind
from bimo.text.errors import Language


class Works:
    """The works on the desk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, title: str, *, kind: WorkKind = "novel", lang: Language, brief: Brief | None = None) -> Work:
        """Begin a work."""
        at = now()
        work = Work(new_id(), title, kind, lang, brief or Brief(), at, at)
        with self._store.writing() as db:
            db.execute(insert(works).values(plain(work)))
            log(db, "work.added", work.id, work.id, kind=kind, lang=lang)
        return work

    def get(self, id: str) -> Work:
        """The work of that id, in the trash or not. Raises InputError `desk.no_work`."""
        with self._store.reading() as db:
            return _work(found(db, works, id, "desk.no_work"))

    def all(self, *, trashed: bool = False) -> list[Work]:
        """Every work, the last changed first; with `trashed` those in the trash instead."""
        wanted = works.c.trashed.is_not(None) if trashed else works.c.trashed.is_(None)
        with self._store.reading() as db:
            return [_work(row) for row in db.execute(select(works).where(wanted).order_by(works.c.changed.desc()))]

    def change(
        self,
        id: str,
        *,
        title: str | None = None,
        kind: WorkKind | None = None,
        lang: Language | None = None,
        brief: Brief | None = None,
    ) -> Work:
        """Change what is given. Raises InputError `desk.no_work`."""
        given = {"title": title, "kind": kind, "lang": lang, "brief": plain(brief) if brief else None}
        return self._set(id, "work.changed", **{name: value for name, value in given.items() if value is not None})

    def trash(self, id: str) -> Work:
        """Put a work into the trash. Raises InputError `desk.no_work`."""
        return self._set(id, "work.trashed", trashed=now())

    def restore(self, id: str) -> Work:
        """Take a work out of the trash. Raises InputError `desk.no_work`."""
        return self._set(id, "work.restored", trashed=None)

    def _set(self, id: str, what: str, **values: Any) -> Work:
        with self._store.writing() as db:
            found(db, works, id, "desk.no_work")
            db.execute(update(works).where(works.c.id == id).values(**values, changed=now()))
            log(db, what, id, id, fields=sorted(values))
            return _work(found(db, works, id, "desk.no_work"))


def _work(row: Row[Any]) -> Work:
    return Work(**{**row._mapping, "brief": Brief(**row.brief)})
