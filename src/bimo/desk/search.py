"""Search over everything on the desk: scenes, titles, entries, facts, notes and briefs, in Chinese and in letters.

The index is a file of its own beside the desk (in memory where the desk is on a server). It holds nothing that is not
in the desk, so it is in no backup, needs no migration, slows no save, and is made anew when it is lost. Before each
search it takes up what the log of events says has changed: a search always sees what has been saved.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, Table, select

from bimo.desk.grams import Term, folded, grams, terms
from bimo.desk.revisions import Revisions
from bimo.desk.schema import beats, branches, entries, events, facts, nodes, notes, revisions, works
from bimo.desk.store import Store, private
from bimo.text.spans import Span

Kind = Literal["scene", "title", "summary", "beat", "entry", "fact", "note", "brief"]

# Raised when the tables below or the cutting of texts change; an index of another version is made anew.
_VERSION: Final = 2
_TABLES: Final = """
CREATE TABLE docs (doc INTEGER PRIMARY KEY, work TEXT, kind TEXT, id TEXT, revision TEXT, text TEXT, UNIQUE (kind, id));
CREATE INDEX docs_work ON docs (work);
CREATE TABLE seen (id INTEGER, at TEXT);
CREATE VIRTUAL TABLE grams USING fts5 (words, content = '', prefix = 1, tokenize = 'ascii');
"""
# How much of the line is shown on either side of what was found.
_BESIDE: Final = 60
# More places in one text than anybody looks at.
_PLACES: Final = 1000
# From so many scenes on it is quicker to read all texts of a work.
_MANY: Final = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `spans` are all places in its text, `marks` those that show in `snippet`, counted in it.

    The text of a scene is that of its newest revision; of an entry, its names, description and private notes, a line
    each; of a brief, its fields, a line each.
    """

    kind: Kind
    id: str
    work: str
    snippet: str
    marks: tuple[Span, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, scenes last, in the order in which it came to the desk; and how much there is in all."""

    hits: tuple[Hit, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Doc:
    """A text to be found; that of a scene is read only if the index has another revision."""

    kind: Kind
    id: str
    text: str | None
    revision: str = ""


class Search:
    """The search of one desk. Any thread may call."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._index = _open(store.path and store.path.with_name(f"{store.path.stem}.search.db"))

    def find(self, query: str, *, work: str | None = None, kinds: Collection[Kind] = (), limit: int = 50) -> Hits:
        """What holds every word of `query`: words by their beginning, Chinese anywhere, "quoted" words as they stand.

        Only in this work and these kinds, if they are given. Nothing is found for a query without a letter.
        """
        wanted = terms(query)
        if not wanted:
            return Hits((), 0)
        where = ["doc IN (SELECT rowid FROM grams WHERE grams MATCH ?)"]
        values = [" AND ".join(term.match for term in wanted)]
        if work:
            where, values = [*where, "work = ?"], [*values, work]
        if kinds:
            where, values = [*where, f"kind IN ({', '.join('?' * len(kinds))})"], [*values, *kinds]
        source = f"FROM docs WHERE {' AND '.join(where)}"
        with self._followed() as index:
            total = index.execute(f"SELECT count(*) {source}", values).fetchone()[0]
            picked = f"SELECT kind, id, work, text {source} ORDER BY kind = 'scene', doc LIMIT ?"
            rows = index.execute(picked, [*values, limit]).fetchall()
        return Hits(tuple(_hit(row, wanted) for row in rows), total)

    def refresh(self) -> None:
        """Take up what has changed. `find` does so too; after an import this spares the first search the wait."""
        with self._followed():
            pass

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    @contextmanager
    def _followed(self) -> Iterator[sqlite3.Connection]:
        """The index as of the last event; should its file fail, one in memory takes its place."""
        with self._turn:
            try:
                self._follow()
            except sqlite3.Error:
                self._index.close()
                self._index = _open(None)
                self._follow()
            yield self._index

    def _follow(self) -> None:
        with self._store.reading() as db:
            last = db.execute(select(events.c.id, events.c.at).order_by(events.c.id.desc()).limit(1)).one_or_none()
            if last is None or self._seen() == tuple(last):
                return
            # Another process may follow at the same time: who comes second finds it done.
            self._index.execute("BEGIN IMMEDIATE")
            try:
                changed = _changed(db, self._seen())
                if changed is None:
                    changed = {*db.scalars(select(works.c.id)), *self._works()}
                for work in changed:
                    self._take_up(db, work)
                self._index.execute("DELETE FROM seen")
                self._index.execute("INSERT INTO seen VALUES (?, ?)", tuple(last))
            except BaseException:
                self._index.execute("ROLLBACK")
                raise
            self._index.execute("COMMIT")

    def _seen(self) -> tuple[int, str] | None:
        row: tuple[int, str] | None = self._index.execute("SELECT id, at FROM seen").fetchone()
        return row

    def _works(self) -> list[str]:
        return [work for (work,) in self._index.execute("SELECT DISTINCT work FROM docs")]

    def _take_up(self, db: Connection, work: str) -> None:
        current = {(doc.kind, doc.id): doc for doc in _docs(db, work)}
        short = "CASE WHEN kind != 'scene' THEN text END"
        rows = self._index.execute(f"SELECT kind, id, revision, doc, {short} FROM docs WHERE work = ?", [work])
        numbers = {}
        for kind, id, revision, number, text in rows.fetchall():
            doc = current.get((kind, id))
            if doc and doc.revision == revision and doc.text == text:
                del current[kind, id]
                continue
            self._drop(number)
            # What changes keeps its number, and so its place among what is found.
            numbers[kind, id] = number
        for doc, text in self._texts(work, current.values()):
            row = [numbers.get((doc.kind, doc.id)), work, doc.kind, doc.id, doc.revision, text]
            added = self._index.execute("INSERT INTO docs VALUES (?, ?, ?, ?, ?, ?)", row).lastrowid
            self._index.execute("INSERT INTO grams (rowid, words) VALUES (?, ?)", [added, grams(folded(text))])

    def _drop(self, number: int) -> None:
        (text,) = self._index.execute("SELECT text FROM docs WHERE doc = ?", [number]).fetchone()
        gone = [number, grams(folded(text))]
        self._index.execute("INSERT INTO grams (grams, rowid, words) VALUES ('delete', ?, ?)", gone)
        self._index.execute("DELETE FROM docs WHERE doc = ?", [number])

    def _texts(self, work: str, wanted: Collection[_Doc]) -> Iterator[tuple[_Doc, str]]:
        yield from ((doc, doc.text) for doc in wanted if doc.text is not None)
        known = Revisions(self._store)
        scenes = {doc.revision: doc for doc in wanted if doc.text is None}
        if len(scenes) > _MANY:
            yield from ((scenes[each.id], each.text) for each in known.heads(work) if each.id in scenes)
        else:
            yield from ((doc, known.get(id).text) for id, doc in scenes.items())


def _open(path: Path | None) -> sqlite3.Connection:
    """The index; empty if it was lost, damaged or of another version, in memory if its place cannot be written to."""
    for where in (path, path) if path else ():
        with suppress(OSError):
            private(where)
        index = sqlite3.connect(where, check_same_thread=False, timeout=10, isolation_level=None)
        try:
            return _prepared(index)
        except sqlite3.Error:
            index.close()
            with suppress(OSError):
                where.unlink(missing_ok=True)
    return _prepared(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))


def _prepared(index: sqlite3.Connection) -> sqlite3.Connection:
    version = index.execute("PRAGMA user_version").fetchone()[0]
    # What is lost with the power is made anew.
    index.execute("PRAGMA synchronous = OFF").close()
    if version != _VERSION:
        # Fails where the tables of another version are.
        index.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")
    return index


def _changed(db: Connection, seen: tuple[int, str] | None) -> set[str] | None:
    """The works that the log tells of since the event last seen; None if this is not the log it was seen in."""
    if seen is None or db.scalar(select(events.c.at).where(events.c.id == seen[0])) != seen[1]:
        return None
    return set(db.scalars(select(events.c.work).where(events.c.id > seen[0], events.c.work.is_not(None))))


def _docs(db: Connection, work: str) -> Iterator[_Doc]:
    """Everything of a work that can be found; what is in the trash cannot."""
    head = db.execute(select(works).where(works.c.id == work, works.c.trashed.is_(None))).one_or_none()
    if head is None:
        return
    yield _Doc("title", work, head.title)
    yield _Doc("brief", work, "\n".join(value for value in head.brief.values() if value))
    outline = {
        row.id: row for row in db.execute(_columns(nodes, "id", "parent", "title", "summary", "trashed", work=work))
    }
    live: dict[str | None, bool] = {None: True}
    for row in outline.values():
        if _is_live(row.id, outline, live):
            yield _Doc("title", row.id, row.title)
            yield _Doc("summary", row.id, row.summary)
    newest = select(revisions.c.id).where(revisions.c.branch == branches.c.id).order_by(revisions.c.number.desc())
    heads = select(branches.c.scene, newest.limit(1).correlate(branches).scalar_subquery())
    for scene, revision in db.execute(heads.where(branches.c.work == work, branches.c.chosen)):
        if live.get(scene):
            yield _Doc("scene", scene, None, revision)
    known = set()
    for row in db.execute(
        _columns(entries, "id", "names", "description", "private", work=work).where(entries.c.trashed.is_(None))
    ):
        known.add(row.id)
        yield _Doc("entry", row.id, "\n".join([*(name["text"] for name in row.names), row.description, row.private]))
    for row in db.execute(_columns(facts, "id", "entry", "text", work=work)):
        if row.entry in known:
            yield _Doc("fact", row.id, row.text)
    for row in db.execute(_columns(beats, "id", "scene", "text", work=work)):
        if live.get(row.scene):
            yield _Doc("beat", row.id, row.text)
    for row in db.execute(_columns(notes, "id", "text", work=work).where(notes.c.trashed.is_(None))):
        yield _Doc("note", row.id, row.text)


def _columns(table: Table, *names: str, work: str) -> Select[Any]:
    return select(*(table.c[name] for name in names)).where(table.c.work == work)


def _is_live(id: str | None, outline: Mapping[str, Any], live: dict[str | None, bool]) -> bool:
    if id not in live:
        row = outline[str(id)]
        live[id] = row.trashed is None and _is_live(row.parent, outline, live)
    return live[id]


def _hit(row: tuple[Kind, str, str, str], wanted: Sequence[Term]) -> Hit:
    kind, id, work, text = row
    places = sorted({place for term in wanted for place in islice(term.places(text), _PLACES)})
    first = places[0] if places else Span(0, 0)
    start = max(text.rfind("\n", 0, first.start) + 1, first.start - _BESIDE)
    line_end = text.find("\n", first.end)
    end = min(line_end if line_end >= 0 else len(text), first.end + _BESIDE)
    marks = (Span(each.start - start, each.end - start) for each in places if start <= each.start and each.end <= end)
    return Hit(kind, id, work, text[start:end], tuple(marks), tuple(places))
