"""Revisions: every saved state of a scene's text. Nothing saved is changed or overwritten.

A scene has branches, lines of revisions; the newest revision of a branch is its head. A save names the revision it
was based on and goes to that branch. If that is no longer the head, the text goes to a branch of its own, and both
texts are handed back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from bimo.desk.outline import scene_of
from bimo.desk.schema import branches, kept, nodes, revisions, works
from bimo.desk.store import Store, found, log, new_id, now, plain, value_of
from bimo.desk.suggestions import settle
from bimo.desk.values import Acceptance, Branch, Cause, Conflict, Node, Revision, RevisionInfo
from bimo.text.authorship import Authorship, by, derived, marked, packed, total, unchanged, unpacked
from bimo.text.count import length
from bimo.text.errors import InputError

# Larger than any scene; a text above it is a book that wants to be imported.
LONGEST: Final = 2_000_000

_INFO: Final = [revisions.c[name] for name in RevisionInfo.__dataclass_fields__]
_KEY: Final = revisions.alias("keyframe")
FULL: Final = select(revisions, _KEY.c.text.label("key")).outerjoin(_KEY, revisions.c.keyframe == _KEY.c.id)

# Every save asks these; making them anew each time takes longer than answering them.
_BY_ID: Final = FULL.where(revisions.c.id == bindparam("id"))
_LANG: Final = select(works.c.lang).where(works.c.id == bindparam("id"))
_LAST: Final = select(func.max(revisions.c.number)).where(revisions.c.scene == bindparam("scene"))
_HEAD: Final = (
    select(revisions.c.id).where(revisions.c.branch == bindparam("branch")).order_by(revisions.c.number.desc()).limit(1)
)


def normalised(text: str) -> str:
    """The text as it is kept: line ends as \\n; signs that no database holds become U+FFFD, so that lengths stay."""
    return kept(text.replace("\r\n", "\n").replace("\r", "\n"))


def today() -> str:
    """The writer's own calendar day, as goals count it."""
    return date.today().isoformat()


class Revisions:
    """The texts of all scenes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(
        self,
        scene: str,
        text: str,
        *,
        based_on: str | None,
        authorship: Authorship | None = None,
        accepted: Iterable[Acceptance] = (),
        cause: Cause = "save",
    ) -> Revision | Conflict:
        """Keep a text that was made out of the revision `based_on` (None: out of nothing).

        The text is on disk when this returns. Without `authorship`, what differs from `based_on` is the writer's,
        but for what `accepted` suggestions placed. Saving the same text again changes nothing, so a save whose
        answer was lost may be repeated. Raises InputError: `desk.no_scene`, `desk.no_revision`, `desk.too_long`,
        `desk.bad_authorship`, `desk.no_suggestion`.
        """
        text = normalised(text)
        if len(text) > LONGEST:
            raise InputError("desk.too_long", length=len(text), limit=LONGEST)
        accepted = tuple(accepted)
        with self._store.reading() as db:
            node = scene_of(db, scene)
            lang = db.execute(_LANG, {"id": node.work}).scalar_one()
            row = _row(db, based_on) if based_on else None
        base = _revision(row) if row else None
        if base and base.scene != scene:
            raise InputError("desk.no_revision", id=based_on)
        if authorship is None:
            authorship = derived(base.text, base.authorship, text, lang) if base else by("writer", len(text))
            for each in accepted:
                authorship = marked(authorship, each.placed, "model")
        if total(authorship) != len(text):
            raise InputError("desk.bad_authorship", covered=total(authorship), length=len(text))
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        draft = _Draft(node, text, sha256, authorship, length(text, lang), cause, base, _shortened(text, row))
        with self._store.writing() as db:
            saved = _save(db, draft)
            mine = saved.yours if isinstance(saved, Conflict) else saved
            for each in accepted:
                settle(db, each, mine)
            return saved

    def get(self, id: str) -> Revision:
        """The revision of that id. Raises InputError `desk.no_revision`."""
        with self._store.reading() as db:
            return _revision(_row(db, id))

    def head(self, scene: str) -> Revision | None:
        """The text of a scene as it stands: the newest revision of the chosen branch; None if nothing was saved."""
        with self._store.reading() as db:
            chosen = _chosen(db, scene)
            return _head(db, chosen) if chosen else None

    def heads(self, work: str) -> list[Revision]:
        """The texts of all scenes of a work as they stand, in no order, those in the trash as well."""
        newest = _newest(revisions.c.id)
        wanted = FULL.where(
            revisions.c.id.in_(select(newest).where(branches.c.work == work, branches.c.chosen).correlate(None))
        )
        with self._store.reading() as db:
            return [_revision(row) for row in db.execute(wanted)]

    def lengths(self, work: str) -> dict[str, int]:
        """How long each scene of a work is, in its language's unit; scenes without text are not named."""
        wanted = select(branches.c.scene, _newest(revisions.c.length)).where(branches.c.work == work, branches.c.chosen)
        with self._store.reading() as db:
            return {scene: amount for scene, amount in db.execute(wanted)}

    def history(self, scene: str, *, branch: str | None = None) -> list[RevisionInfo]:
        """The revisions of a scene, or of one branch of it, the newest first."""
        wanted = select(*_INFO).where(revisions.c.scene == scene).order_by(revisions.c.number.desc())
        if branch:
            wanted = wanted.where(revisions.c.branch == branch)
        with self._store.reading() as db:
            return [value_of(RevisionInfo, row) for row in db.execute(wanted)]

    def restore(self, id: str, *, based_on: str) -> Revision | Conflict:
        """Save the text of an earlier revision anew, over `based_on`. Raises InputError like `save`."""
        earlier = self.get(id)
        return self.save(earlier.scene, earlier.text, based_on=based_on, authorship=earlier.authorship, cause="restore")

    def fork(self, id: str, name: str) -> Revision:
        """Begin a branch beside the others with the text of a revision. Raises InputError `desk.no_revision`."""
        with self._store.writing() as db:
            row = _row(db, id)
            base = _revision(row)
            node, kept = scene_of(db, base.scene), _shortened(base.text, row)
            draft = _Draft(node, base.text, base.sha256, base.authorship, base.length, "fork", base, kept)
            return _insert(db, draft, _new_branch(db, node, name, chosen=False))

    def branches(self, scene: str) -> list[Branch]:
        """The branches of a scene, the chosen one first, then by age."""
        wanted = select(branches, _newest(revisions.c.id).label("head")).where(branches.c.scene == scene)
        with self._store.reading() as db:
            rows = db.execute(wanted.order_by(branches.c.chosen.desc(), branches.c.created, branches.c.id))
            return [value_of(Branch, row) for row in rows]

    def choose(self, branch: str) -> None:
        """Make a branch the text of its scene; the one before stays beside it. Raises InputError `desk.no_branch`."""
        with self._store.writing() as db:
            row = found(db, branches, branch, "desk.no_branch")
            db.execute(update(branches).where(branches.c.scene == row.scene).values(chosen=branches.c.id == branch))
            db.execute(update(branches).where(branches.c.id == branch).values(closed=None))
            log(db, "branch.chosen", row.work, row.scene, branch=branch)

    def rename(self, branch: str, name: str) -> None:
        """Give a branch another name. Raises InputError `desk.no_branch`."""
        with self._store.writing() as db:
            found(db, branches, branch, "desk.no_branch")
            db.execute(update(branches).where(branches.c.id == branch).values(name=name))

    def close(self, branch: str, *, reopen: bool = False) -> None:
        """Put a branch out of sight, or back. Raises InputError `desk.no_branch`, or `desk.branch_chosen`."""
        with self._store.writing() as db:
            row = found(db, branches, branch, "desk.no_branch")
            if row.chosen and not reopen:
                raise InputError("desk.branch_chosen", name=row.name)
            db.execute(update(branches).where(branches.c.id == branch).values(closed=None if reopen else now()))
            log(db, "branch.reopened" if reopen else "branch.closed", row.work, row.scene, branch=branch)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A text about to become a revision; `kept` are the columns that hold the text."""

    node: Node
    text: str
    sha256: str
    authorship: Authorship
    length: int
    cause: Cause
    base: Revision | None
    kept: dict[str, Any]

    def is_in(self, revision: Revision) -> bool:
        return self.sha256 == revision.sha256 and self.authorship == revision.authorship


def _save(db: Connection, draft: _Draft) -> Revision | Conflict:
    base = draft.base
    branch = base.branch if base else _chosen(db, draft.node.id)
    if branch is None:
        return _insert(db, draft, _new_branch(db, draft.node, "", chosen=True))
    if base and base.id == db.scalar(_HEAD, {"branch": branch}):
        return base if draft.is_in(base) else _insert(db, draft, branch)
    head = _head(db, branch)
    # A save whose answer was lost, or two that came to the same words and only differ in who wrote them.
    return head if draft.sha256 == head.sha256 else Conflict(head, _aside(db, draft))


def _aside(db: Connection, draft: _Draft) -> Revision:
    """The draft on a branch of its own, unless that was made for it before, or it says nothing new."""
    base = draft.base
    if base and draft.is_in(base):
        return base
    same = FULL.where(
        revisions.c.scene == draft.node.id,
        revisions.c.sha256 == draft.sha256,
        revisions.c.parent == base.id if base else revisions.c.parent.is_(None),
    )
    for row in db.execute(same):
        if draft.is_in(kept := _revision(row)):
            return kept
    mine = _insert(db, draft, _new_branch(db, draft.node, "", chosen=False))
    log(db, "scene.conflict", mine.work, mine.scene, revision=mine.id)
    return mine


def _chosen(db: Connection, scene: str) -> str | None:
    return db.scalar(select(branches.c.id).where(branches.c.scene == scene, branches.c.chosen))


def _new_branch(db: Connection, node: Node, name: str, *, chosen: bool) -> str:
    id = new_id()
    row = {"id": id, "work": node.work, "scene": node.id, "name": name, "chosen": chosen, "created": now()}
    db.execute(insert(branches).values(row))
    return id


def _insert(db: Connection, draft: _Draft, branch: str) -> Revision:
    node, at = draft.node, now()
    last = db.scalar(_LAST, {"scene": node.id}) or 0
    info = RevisionInfo(
        new_id(), node.work, node.id, branch, draft.base.id if draft.base else None, last + 1, draft.cause, at,
        today(), draft.length, draft.sha256,
    )  # fmt: skip
    db.execute(insert(revisions), plain(info) | draft.kept | {"authorship": packed(draft.authorship)})
    status = "draft" if node.status == "planned" else node.status
    db.execute(update(nodes).where(nodes.c.id == node.id).values(changed=at, status=status))
    db.execute(update(works).where(works.c.id == node.work).values(changed=at))
    log(db, "scene.saved", node.work, node.id, revision=info.id, cause=draft.cause, length=draft.length)
    return Revision(**plain(info), text=draft.text, authorship=draft.authorship)


def _shortened(text: str, base: Row[Any] | None) -> dict[str, Any]:
    """What of the text must be kept besides the nearest full text before it; a year of saves fits on a disk so."""
    if base:
        id, full = (base.keyframe, base.key) if base.keyframe else (base.id, base.text)
        start, rest = unchanged(full, text)
        if len(text) - start - rest <= len(text) // 4:
            return {"keyframe": id, "prefix": start, "suffix": rest, "text": text[start : len(text) - rest]}
    return {"keyframe": None, "prefix": 0, "suffix": 0, "text": text}


def _newest(column: Any) -> Any:
    """`column` of the head of each branch, one look into the index a branch."""
    wanted: Select[Any] = select(column).where(revisions.c.branch == branches.c.id)
    return wanted.order_by(revisions.c.number.desc()).limit(1).correlate(branches).scalar_subquery()


def _head(db: Connection, branch: str) -> Revision:
    row = db.execute(FULL.where(revisions.c.branch == branch).order_by(revisions.c.number.desc()).limit(1)).one()
    return _revision(row)


def _row(db: Connection, id: str) -> Row[Any]:
    row = db.execute(_BY_ID, {"id": id}).one_or_none()
    if row is None:
        raise InputError("desk.no_revision", id=id)
    return row


def _revision(row: Row[Any]) -> Revision:
    info = {column.name: row._mapping[column] for column in _INFO}
    return Revision(**info, text=full_text(row), authorship=unpacked(row.authorship))


def full_text(row: Row[Any]) -> str:
    """The whole text of a row of revisions with the text of its keyframe as `key`."""
    if row.keyframe is None:
        return str(row.text)
    return f"{row.key[: row.prefix]}{row.text}{row.key[len(row.key) - row.suffix :]}"
