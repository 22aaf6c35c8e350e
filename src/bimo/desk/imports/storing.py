"""Putting a plan on the desk: the whole of it in one transaction, or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from bimo.desk.imports.plan import Plan, Section
from bimo.desk.revisions import LONGEST, normalised, today
from bimo.desk.schema import branches, nodes, notes, revisions, works
from bimo.desk.store import Store, log, new_id, now, plain
from bimo.desk.values import Brief, Node, Note, Work
from bimo.text.authorship import by, packed
from bimo.text.count import length
from bimo.text.errors import InputError


def bring_in(store: Store, plan: Plan) -> Work:
    """Make a work of a plan; its title page becomes a note. All text is the writer's.

    Raises InputError `desk.too_long` for a scene that is longer than a scene may be; then nothing is written.
    """
    at = now()
    work = Work(new_id(), normalised(plan.title), plan.kind, plan.lang, Brief(), at, at)
    rows = _Rows(work)
    for place, section in enumerate(plan.sections):
        rows.add(section, None, place)
    with store.writing() as db:
        db.execute(insert(works).values(plain(work)))
        for kind, table in (("nodes", nodes), ("branches", branches), ("revisions", revisions)):
            if some := rows.of[kind]:
                db.execute(insert(table), some)
        if front := "\n".join(filter(None, (plan.author, plan.front))):
            db.execute(
                insert(notes).values(plain(Note(new_id(), work.id, None, normalised(front), "", None, False, at, at)))
            )
        log(db, "work.imported", work.id, work.id, scenes=len(rows.of["revisions"]))
    return work


@dataclass
class _Rows:
    """The rows of a work to be, by table; parents before what stands in them."""

    work: Work
    of: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"nodes": [], "branches": [], "revisions": []})

    def add(self, section: Section, parent: str | None, place: int) -> None:
        """Add a section with everything in it."""
        at, text = self.work.created, normalised(section.text)
        node = Node(
            new_id(), self.work.id, parent, section.kind, normalised(section.title), place, "", None,
            "draft" if text else "planned", None, at, at,
        )  # fmt: skip
        self.of["nodes"].append(plain(node))
        if text:
            self._add_text(node, text)
        for number, child in enumerate(section.children):
            self.add(child, node.id, number)

    def _add_text(self, node: Node, text: str) -> None:
        if len(text) > LONGEST:
            raise InputError("desk.too_long", length=len(text), limit=LONGEST)
        branch, at = new_id(), self.work.created
        own = {"work": node.work, "scene": node.id}
        self.of["branches"].append(own | {"id": branch, "name": "", "chosen": True, "created": at, "closed": None})
        self.of["revisions"].append(
            own
            | {"id": new_id(), "branch": branch, "parent": None, "number": 1, "cause": "import", "at": at}
            | {"day": today(), "length": length(text, self.work.lang)}
            | {"sha256": hashlib.sha256(text.encode()).hexdigest(), "keyframe": None, "prefix": 0, "suffix": 0}
            | {"authorship": packed(by("writer", len(text))), "text": text}
        )
