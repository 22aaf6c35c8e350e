"""The bible: characters, places, things and notes, what they are called, how they stand to each other, what holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bimo.desk.outline import scene_of
from bimo.desk.schema import entries, facts, knowers, relations, works
from bimo.desk.store import Store, found, log, new_id, now, plain, value_of
from bimo.desk.values import Entry, EntryKind, Fact, Knower, Name, Relation, Tracking
from bimo.text.errors import InputError


class Bible:
    """The entries of all works."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        work: str,
        kind: EntryKind,
        *names: Name | str,
        description: str = "",
        private: str = "",
        tracking: Tracking = "mentioned",
        exclusions: Iterable[str] = (),
    ) -> Entry:
        """Add an entry; the first name leads. Raises InputError `desk.no_work`, or `desk.no_name`."""
        at = now()
        known = _names(names)
        entry = Entry(new_id(), work, kind, known, description, private, tracking, tuple(exclusions), at, at)
        with self._store.writing() as db:
            found(db, works, work, "desk.no_work")
            db.execute(insert(entries).values(plain(entry)))
            log(db, "entry.added", work, entry.id, kind=kind)
        return entry

    def get(self, id: str) -> Entry:
        """The entry of that id, in the trash or not. Raises InputError `desk.no_entry`."""
        with self._store.reading() as db:
            return _entry(found(db, entries, id, "desk.no_entry"))

    def all(self, work: str, *, trashed: bool = False) -> list[Entry]:
        """The entries of a work, the oldest first; with `trashed` those in the trash instead."""
        where = entries.c.trashed.is_not(None) if trashed else entries.c.trashed.is_(None)
        wanted = select(entries).where(entries.c.work == work, where).order_by(entries.c.created, entries.c.id)
        with self._store.reading() as db:
            return [_entry(row) for row in db.execute(wanted)]

    def change(
        self,
        id: str,
        *,
        kind: EntryKind | None = None,
        names: Iterable[Name | str] | None = None,
        description: str | None = None,
        private: str | None = None,
        tracking: Tracking | None = None,
        exclusions: Iterable[str] | None = None,
    ) -> Entry:
        """Change what is given. Raises InputError `desk.no_entry`, or `desk.no_name`."""
        given: dict[str, Any] = {"kind": kind, "description": description, "private": private, "tracking": tracking}
        given["names"] = None if names is None else [asdict(name) for name in _names(names)]
        given["exclusions"] = None if exclusions is None else list(exclusions)
        return self._set(id, "entry.changed", {name: value for name, value in given.items() if value is not None})

    def trash(self, id: str) -> Entry:
        """Put an entry into the trash. Raises InputError `desk.no_entry`."""
        return self._set(id, "entry.trashed", {"trashed": now()})

    def restore(self, id: str) -> Entry:
        """Take an entry out of the trash. Raises InputError `desk.no_entry`."""
        return self._set(id, "entry.restored", {"trashed": None})

    def relate(self, source: str, target: str, kind: str, *, note: str = "", from_scene: str | None = None) -> Relation:
        """Say what `source` is to `target`. Raises InputError `desk.no_entry`, or `desk.no_scene`."""
        with self._store.writing() as db:
            work = found(db, entries, source, "desk.no_entry").work
            _same_work(db, work, target, from_scene)
            relation = Relation(new_id(), work, source, target, kind, note, from_scene)
            db.execute(insert(relations).values(plain(relation)))
            log(db, "relation.added", work, source, relation=relation.id)
        return relation

    def relations(self, work: str) -> list[Relation]:
        """The relations between the entries of a work, the oldest first."""
        wanted = select(relations).where(relations.c.work == work).order_by(relations.c.id)
        with self._store.reading() as db:
            return [value_of(Relation, row) for row in db.execute(wanted)]

    def unrelate(self, id: str) -> None:
        """Forget a relation. Raises InputError `desk.no_relation`."""
        with self._store.writing() as db:
            row = found(db, relations, id, "desk.no_relation")
            db.execute(delete(relations).where(relations.c.id == id))
            log(db, "relation.removed", row.work, row.source, relation=id)

    def state(
        self,
        entry: str,
        text: str,
        *,
        from_scene: str | None = None,
        replaces: str | None = None,
        secret: bool = False,
        knowers: Iterable[Knower] = (),
    ) -> Fact:
        """State a fact about an entry. Raises InputError `desk.no_entry`, `desk.no_scene` or `desk.no_fact`."""
        with self._store.writing() as db:
            work = found(db, entries, entry, "desk.no_entry").work
            _same_work(db, work, entry, from_scene)
            if replaces and found(db, facts, replaces, "desk.no_fact").entry != entry:
                raise InputError("desk.no_fact", id=replaces)
            row = {"id": new_id(), "work": work, "entry": entry, "text": text, "from_scene": from_scene}
            row |= {"replaces": replaces, "secret": secret, "created": now()}
            db.execute(insert(facts).values(row))
            _set_knowers(db, work, str(row["id"]), knowers)
            log(db, "fact.added", work, entry, fact=row["id"])
            return _facts(db, facts.c.id == row["id"])[0]

    def facts(self, work: str, *, entry: str | None = None) -> list[Fact]:
        """The facts of a work, or of one entry of it, the oldest first. `in_force` tells which hold at a scene."""
        with self._store.reading() as db:
            return _facts(db, facts.c.entry == entry if entry else facts.c.work == work)

    def change_fact(
        self,
        id: str,
        *,
        text: str | None = None,
        from_scene: str | None = None,
        secret: bool | None = None,
        knowers: Iterable[Knower] | None = None,
    ) -> Fact:
        """Change what is given; an empty `from_scene` makes it hold always. Raises InputError like `state`."""
        with self._store.writing() as db:
            row = found(db, facts, id, "desk.no_fact")
            _same_work(db, row.work, row.entry, from_scene or None)
            given = {"text": text, "secret": secret, "from_scene": from_scene}
            values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
            if from_scene == "":
                values["from_scene"] = None
            if values:
                db.execute(update(facts).where(facts.c.id == id).values(values))
            if knowers is not None:
                _set_knowers(db, row.work, id, knowers)
            log(db, "fact.changed", row.work, row.entry, fact=id)
            return _facts(db, facts.c.id == id)[0]

    def retract(self, id: str) -> None:
        """Forget a fact; what it replaced holds again. Raises InputError `desk.no_fact`."""
        with self._store.writing() as db:
            row = found(db, facts, id, "desk.no_fact")
            db.execute(update(facts).where(facts.c.replaces == id).values(replaces=row.replaces))
            db.execute(delete(knowers).where(knowers.c.fact == id))
            db.execute(delete(facts).where(facts.c.id == id))
            log(db, "fact.removed", row.work, row.entry, fact=id)

    def _set(self, id: str, what: str, values: dict[str, Any]) -> Entry:
        with self._store.writing() as db:
            work = found(db, entries, id, "desk.no_entry").work
            db.execute(update(entries).where(entries.c.id == id).values(**values, changed=now()))
            log(db, what, work, id, fields=sorted(values))
            return _entry(found(db, entries, id, "desk.no_entry"))


def in_force(facts: Iterable[Fact], scenes: Iterable[str], *, known_to: str | None = None) -> list[Fact]:
    """The facts that hold at the last of `scenes`, which are the scenes read so far, in reading order.

    With `known_to`, only what that entry may know there. A fact whose scene is not among them does not hold yet.
    """
    read = {None, *scenes}
    held = [fact for fact in facts if fact.from_scene in read]
    replaced = {fact.replaces for fact in held}
    held = [fact for fact in held if fact.id not in replaced]
    if known_to is None:
        return held

    def knows(fact: Fact) -> bool:
        return any(knower.entry == known_to and knower.from_scene in read for knower in fact.knowers)

    return [fact for fact in held if not fact.secret or knows(fact)]


def _names(names: Iterable[Name | str]) -> tuple[Name, ...]:
    known = [Name(name) if isinstance(name, str) else name for name in names]
    kept = tuple(Name(name.text.strip(), name.lang, name.role) for name in known if name.text.strip())
    if not kept:
        raise InputError("desk.no_name")
    return kept


def _entry(row: Row[Any]) -> Entry:
    names = tuple(Name(**name) for name in row.names)
    return Entry(**{**row._mapping, "names": names, "exclusions": tuple(row.exclusions)})


def _same_work(db: Connection, work: str, entry: str, scene: str | None) -> None:
    if found(db, entries, entry, "desk.no_entry").work != work:
        raise InputError("desk.no_entry", id=entry)
    if scene and scene_of(db, scene).work != work:
        raise InputError("desk.no_scene", id=scene)


def _set_knowers(db: Connection, work: str, fact: str, wanted: Iterable[Knower]) -> None:
    db.execute(delete(knowers).where(knowers.c.fact == fact))
    for knower in wanted:
        _same_work(db, work, knower.entry, knower.from_scene)
        db.execute(insert(knowers).values(id=new_id(), work=work, fact=fact, **plain(knower)))


def _facts(db: Connection, where: Any) -> list[Fact]:
    rows = db.execute(select(facts).where(where).order_by(facts.c.created, facts.c.id)).all()
    known: dict[str, list[Knower]] = {}
    for each in db.execute(
        select(knowers).where(knowers.c.fact.in_(select(facts.c.id).where(where))).order_by(knowers.c.id)
    ):
        known.setdefault(each.fact, []).append(Knower(each.entry, each.from_scene))
    return [Fact(**{**row._mapping, "knowers": tuple(known.get(row.id, ()))}) for row in rows]
