"""The outline: a tree of parts, chapters and scenes, and the beats of each scene."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from bimo.desk.schema import beats, entries, nodes, scene_entries, works
from bimo.desk.store import Store, found, log, new_id, now, plain, value_of
from bimo.desk.values import Beat, Node, NodeKind, Status
from bimo.text.errors import InputError

# What may stand in what; None is the work itself.
PARENTS: Final[dict[NodeKind, tuple[NodeKind | None, ...]]] = {
    "part": (None,),
    "chapter": (None, "part"),
    "scene": (None, "part", "chapter"),
}


class Outline:
    """The outlines of all works."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, work: str, kind: NodeKind, title: str = "", *, parent: str | None = None, at: int | None = None
    ) -> Node:
        """Add a part, chapter or scene as child `at` of `parent`, by default the last.

        Raises InputError `desk.no_work`, `desk.no_node` or `desk.wrong_place`.
        """
        with self._store.writing() as db:
            found(db, works, work, "desk.no_work")
            _check_place(db, work, kind, parent)
            time = now()
            node = Node(new_id(), work, parent, kind, title, 0, "", None, "planned", None, time, time)
            db.execute(insert(nodes).values(plain(node)))
            _arrange(db, work, parent, node.id, at)
            log(db, "outline.added", work, node.id, kind=kind)
            return _node(db, node.id)

    def get(self, id: str) -> Node:
        """The node of that id, in the trash or not. Raises InputError `desk.no_node`."""
        with self._store.reading() as db:
            return _node(db, id)

    def tree(self, work: str) -> list[Node]:
        """Everything not in the trash, in reading order: each node before its children. Raises InputError."""
        with self._store.reading() as db:
            found(db, works, work, "desk.no_work")
            return list(_walk(db, work))

    def scenes(self, work: str) -> list[Node]:
        """The scenes not in the trash, in reading order. Raises InputError `desk.no_work`."""
        return [node for node in self.tree(work) if node.kind == "scene"]

    def trashed(self, work: str) -> list[Node]:
        """What was put into the trash, the latest first; what lies below it comes back with it."""
        wanted = select(nodes).where(nodes.c.work == work, nodes.c.trashed.is_not(None))
        with self._store.reading() as db:
            return [value_of(Node, row) for row in db.execute(wanted.order_by(nodes.c.trashed.desc()))]

    def change(
        self,
        id: str,
        *,
        title: str | None = None,
        summary: str | None = None,
        summarised: str | None = None,
        status: Status | None = None,
        pov: str | None = None,
    ) -> Node:
        """Change what is given; an empty `pov` takes it away. Raises InputError `desk.no_node` or `desk.no_entry`."""
        given = {"title": title, "summary": summary, "summarised": summarised, "status": status, "pov": pov}
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        with self._store.writing() as db:
            node = _node(db, id)
            if pov is not None:
                values["pov"] = found(db, entries, pov, "desk.no_entry").id if pov else None
            db.execute(update(nodes).where(nodes.c.id == id).values(**values, changed=now()))
            log(db, "outline.changed", node.work, id, fields=sorted(values))
            return _node(db, id)

    def move(self, id: str, *, parent: str | None, at: int | None = None) -> Node:
        """Make a node child `at` of `parent` (None: of the work), by default the last.

        Raises InputError `desk.no_node` or `desk.wrong_place`.
        """
        with self._store.writing() as db:
            node = _node(db, id)
            _check_place(db, node.work, node.kind, parent)
            db.execute(update(nodes).where(nodes.c.id == id).values(parent=parent, changed=now()))
            if parent != node.parent:
                _arrange(db, node.work, node.parent)
            _arrange(db, node.work, parent, id, at)
            log(db, "outline.moved", node.work, id)
            return _node(db, id)

    def trash(self, id: str) -> Node:
        """Put a node with all below it into the trash. Raises InputError `desk.no_node`."""
        with self._store.writing() as db:
            node = _node(db, id)
            if node.trashed is None:
                db.execute(update(nodes).where(nodes.c.id == id).values(trashed=now()))
                _arrange(db, node.work, node.parent)
                log(db, "outline.trashed", node.work, id)
            return _node(db, id)

    def restore(self, id: str) -> Node:
        """Take a node out of the trash, back to its place; to the end of the work if that place is in the trash.

        Raises InputError `desk.no_node`.
        """
        with self._store.writing() as db:
            node = _node(db, id)
            if node.trashed is not None:
                parent = node.parent if _is_live(db, node.parent) else None
                db.execute(update(nodes).where(nodes.c.id == id).values(trashed=None, parent=parent))
                _arrange(db, node.work, parent, id, node.position if parent == node.parent else None)
                log(db, "outline.restored", node.work, id)
            return _node(db, id)

    def beats(self, scene: str) -> list[Beat]:
        """The beats of a scene, in order."""
        with self._store.reading() as db:
            return _beats(db, scene)

    def set_beats(self, scene: str, wanted: Iterable[str | Beat]) -> list[Beat]:
        """Make these the beats of a scene, in this order; a `Beat` keeps its id. Raises InputError `desk.no_scene`."""
        with self._store.writing() as db:
            node = scene_of(db, scene)
            known = {beat.id for beat in _beats(db, scene)}
            db.execute(delete(beats).where(beats.c.scene == scene))
            rows = [
                plain(Beat(each.id if each.id in known else new_id(), node.work, scene, place, each.text, each.done))
                if isinstance(each, Beat)
                else plain(Beat(new_id(), node.work, scene, place, each))
                for place, each in enumerate(wanted)
            ]
            if rows:
                db.execute(insert(beats), rows)
            log(db, "outline.beats", node.work, scene, count=len(rows))
            return _beats(db, scene)

    def entries(self, scene: str) -> list[str]:
        """The ids of the entries that the writer tied to a scene by hand."""
        wanted = select(scene_entries.c.entry).where(scene_entries.c.scene == scene).order_by(scene_entries.c.id)
        with self._store.reading() as db:
            return list(db.scalars(wanted))

    def set_entries(self, scene: str, wanted: Iterable[str]) -> list[str]:
        """Tie exactly these entries to a scene. Raises InputError `desk.no_scene` or `desk.no_entry`."""
        ids = list(dict.fromkeys(wanted))
        with self._store.writing() as db:
            node = scene_of(db, scene)
            db.execute(delete(scene_entries).where(scene_entries.c.scene == scene))
            for id in ids:
                found(db, entries, id, "desk.no_entry")
                db.execute(insert(scene_entries).values(id=new_id(), work=node.work, scene=scene, entry=id))
            log(db, "outline.entries", node.work, scene, count=len(ids))
        return ids


def scene_of(db: Connection, id: str) -> Node:
    """The scene of that id. Raises InputError `desk.no_scene`."""
    node = value_of(Node, found(db, nodes, id, "desk.no_scene"))
    if node.kind != "scene":
        raise InputError("desk.no_scene", id=id)
    return node


def _node(db: Connection, id: str) -> Node:
    return value_of(Node, found(db, nodes, id, "desk.no_node"))


def _beats(db: Connection, scene: str) -> list[Beat]:
    rows = db.execute(select(beats).where(beats.c.scene == scene).order_by(beats.c.position))
    return [value_of(Beat, row) for row in rows]


def _walk(db: Connection, work: str) -> Iterator[Node]:
    wanted = select(nodes).where(nodes.c.work == work, nodes.c.trashed.is_(None)).order_by(nodes.c.position)
    children: dict[str | None, list[Node]] = {}
    for row in db.execute(wanted):
        children.setdefault(row.parent, []).append(value_of(Node, row))

    def below(parent: str | None) -> Iterator[Node]:
        for node in children.get(parent, []):
            yield node
            yield from below(node.id)

    return below(None)


def _check_place(db: Connection, work: str, kind: NodeKind, parent: str | None) -> None:
    """Because no kind may stand in itself, nothing can come to stand below itself."""
    above = _node(db, parent) if parent else None
    if above and (above.work != work or not _is_live(db, parent)):
        raise InputError("desk.no_node", id=parent)
    if (above.kind if above else None) not in PARENTS[kind]:
        raise InputError("desk.wrong_place", kind=kind, parent=above.kind if above else "work")


def _is_live(db: Connection, id: str | None) -> bool:
    """Whether neither the node nor anything above it is in the trash."""
    while id is not None:
        node = _node(db, id)
        if node.trashed is not None:
            return False
        id = node.parent
    return True


def _arrange(db: Connection, work: str, parent: str | None, moved: str | None = None, at: int | None = None) -> None:
    """Number the live children of `parent` from 0, with `moved` as child `at`."""
    siblings = (nodes.c.work == work, nodes.c.parent == parent if parent else nodes.c.parent.is_(None))
    wanted = select(nodes.c.id, nodes.c.position).where(*siblings, nodes.c.trashed.is_(None))
    places = {row.id: row.position for row in db.execute(wanted.order_by(nodes.c.position, nodes.c.id))}
    order = [id for id in places if id != moved]
    if moved is not None:
        order.insert(len(order) if at is None else max(0, at), moved)
    for place, id in enumerate(order):
        if places[id] != place:
            db.execute(update(nodes).where(nodes.c.id == id).values(position=place))
