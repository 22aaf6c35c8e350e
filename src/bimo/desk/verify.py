"""Whether everything on the desk is as it was written: the file, the hashes, the parents, the tree, the authorship."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, Table, func, select, true

from bimo.desk.outline import PARENTS
from bimo.desk.revisions import FULL, full_text
from bimo.desk.schema import branches, nodes, revisions
from bimo.desk.store import Store
from bimo.text.authorship import total, unpacked
from bimo.text.errors import Notice


def problems(store: Store) -> list[Notice]:
    """Everything that is wrong; nothing if the desk is sound. Raises FileError if the file cannot be read at all."""
    with store.reading() as db:
        return [*(_file(db) if store.path else ()), *content_problems(db)]


def content_problems(db: Connection, only: Iterable[str] | None = None) -> Iterator[Notice]:
    """What is wrong with the content of all works, or of those in `only`, whatever the database that keeps it."""
    works = None if only is None else list(only)

    def of(table: Table) -> ColumnElement[bool]:
        return true() if works is None else table.c.work.in_(works)

    yield from _revisions(db, of(revisions))
    yield from _branches(db, of(branches))
    yield from _tree(db, of(nodes))


def _file(db: Connection) -> Iterator[Notice]:
    for (line,) in db.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield Notice.of("desk.bad_page", reason=line)
    for table, row, other, _ in db.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Notice.of("desk.bad_reference", table=table, row=row, other=other)


def _revisions(db: Connection, where: ColumnElement[bool]) -> Iterator[Notice]:
    parent = revisions.alias("parent")
    wanted = FULL.outerjoin(parent, revisions.c.parent == parent.c.id).add_columns(
        parent.c.scene.label("parent_scene"), parent.c.number.label("parent_number")
    )
    for row in db.execute(wanted.where(where), execution_options={"yield_per": 200}):
        at = {"scene": row.scene, "number": row.number}
        text = full_text(row)
        if hashlib.sha256(text.encode()).hexdigest() != row.sha256:
            yield Notice.of("desk.bad_hash", **at)
        try:
            tiled = total(unpacked(row.authorship)) == len(text)
        except ValueError:
            tiled = False
        if not tiled:
            yield Notice.of("desk.bad_tiling", **at)
        if row.parent and (row.parent_scene != row.scene or row.parent_number >= row.number):
            yield Notice.of("desk.bad_parent", **at)


def _branches(db: Connection, where: ColumnElement[bool]) -> Iterator[Notice]:
    chosen = Counter(db.scalars(select(branches.c.scene).where(branches.c.chosen, where)))
    for scene in db.scalars(select(branches.c.scene).where(where).distinct()):
        if chosen[scene] != 1:
            yield Notice.of("desk.bad_choice", scene=scene, count=chosen[scene])
    grown = select(func.count()).where(revisions.c.branch == branches.c.id).scalar_subquery()
    for scene in db.scalars(select(branches.c.scene).where(grown == 0, where)):
        yield Notice.of("desk.bad_branch", scene=scene)


def _tree(db: Connection, where: ColumnElement[bool]) -> Iterator[Notice]:
    wanted = select(nodes.c.id, nodes.c.work, nodes.c.parent, nodes.c.kind).where(where)
    known = {row.id: row for row in db.execute(wanted)}
    for node in known.values():
        above = known.get(node.parent)
        sound = node.parent is None or (above is not None and above.work == node.work)
        if not sound or (above.kind if above else None) not in PARENTS[node.kind]:
            yield Notice.of("desk.bad_node", id=node.id)
