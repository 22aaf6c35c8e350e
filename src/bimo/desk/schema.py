"""The tables of the desk. Columns bear the names of the fields in `values.py`; every row names its work.

A change here is a new file in `migrations/versions`; files of released schemas are never edited.
"""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

VERSION: Final = "0001"

_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")

metadata = MetaData()


def kept(text: str) -> str:
    """The text with U+FFFD for signs that no database holds: NUL and halves of a pair."""
    return _UNKEPT.sub("\ufffd", text)


class Words(TypeDecorator[str]):
    """Text of the writer's, whatever signs a page or a file put into it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what no database holds."""
        return None if value is None else kept(value)


class Packed(TypeDecorator[str]):
    """Long text that is seldom read, deflated."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Deflate on the way in."""
        return None if value is None else zlib.compress(value.encode("utf-8", "replace"))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Inflate on the way out."""
        return None if value is None else zlib.decompress(value).decode("utf-8")


def _id() -> Column[str]:
    return Column("id", String(16), primary_key=True)


def _to(name: str, table: str, *, null: bool = False, **options: Any) -> Column[str]:
    return Column(name, String(16), ForeignKey(f"{table}.id"), nullable=null, **options)


def _text(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, default="", server_default="")


def _time(name: str, *, null: bool = False) -> Column[str]:
    """Time in UTC as ISO 8601 with microseconds, so that text order is time order."""
    return Column(name, String(27), nullable=null)


works = Table(
    "works",
    metadata,
    _id(),
    _text("title"),
    Column("kind", String(16), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("brief", JSON, nullable=False),
    _time("created"),
    _time("changed"),
    _time("trashed", null=True),
)

nodes = Table(
    "nodes",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("parent", "nodes", null=True, index=True),
    Column("kind", String(8), nullable=False),
    _text("title"),
    # Dense among the live children of one parent; what lies in the trash keeps its place for the way back.
    Column("position", Integer, nullable=False),
    _text("summary"),
    # The revision that the summary tells of: an older one than the newest means that the summary is stale.
    Column("summarised", String(16)),
    Column("status", String(8), nullable=False),
    Column("pov", String(16), ForeignKey("entries.id")),
    _time("created"),
    _time("changed"),
    _time("trashed", null=True),
)

beats = Table(
    "beats",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes", index=True),
    Column("position", Integer, nullable=False),
    _text("text"),
    Column("done", Boolean, nullable=False),
)

branches = Table(
    "branches",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes", index=True),
    _text("name"),
    Column("chosen", Boolean, nullable=False),
    _time("created"),
    _time("closed", null=True),
)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes"),
    _to("branch", "branches"),
    _to("parent", "revisions", null=True, index=True),
    # Counts the revisions of a scene from 1; the newest of a branch is its head.
    Column("number", Integer, nullable=False),
    Column("cause", String(16), nullable=False),
    Column("at", String(27), nullable=False),
    # The writer's own calendar day, for goals.
    Column("day", String(10), nullable=False),
    Column("length", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    # The text is keyframe[:prefix] + text + keyframe[-suffix:], or `text` alone where there is no keyframe.
    _to("keyframe", "revisions", null=True, index=True),
    Column("prefix", Integer, nullable=False),
    Column("suffix", Integer, nullable=False),
    Column("authorship", Text, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("scene", "number"),
    Index("ix_revisions_branch_number", "branch", "number"),
)

entries = Table(
    "entries",
    metadata,
    _id(),
    _to("work", "works", index=True),
    Column("kind", String(16), nullable=False),
    Column("names", JSON, nullable=False),
    _text("description"),
    _text("private"),
    Column("tracking", String(16), nullable=False),
    Column("exclusions", JSON, nullable=False),
    _time("created"),
    _time("changed"),
    _time("trashed", null=True),
)

relations = Table(
    "relations",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("source", "entries", index=True),
    _to("target", "entries", index=True),
    _text("kind"),
    _text("note"),
    _to("from_scene", "nodes", null=True),
)

facts = Table(
    "facts",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("entry", "entries", index=True),
    _text("text"),
    _to("from_scene", "nodes", null=True),
    _to("replaces", "facts", null=True),
    Column("secret", Boolean, nullable=False),
    _time("created"),
)

knowers = Table(
    "knowers",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("fact", "facts", index=True),
    _to("entry", "entries"),
    _to("from_scene", "nodes", null=True),
    UniqueConstraint("fact", "entry"),
)

scene_entries = Table(
    "scene_entries",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes", index=True),
    _to("entry", "entries"),
    UniqueConstraint("scene", "entry"),
)

suggestions = Table(
    "suggestions",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes", null=True, index=True),
    Column("tool", String(64), nullable=False),
    Column("request", JSON, nullable=False),
    _text("model"),
    Column("seed", BigInteger),
    # The revision that the tool had before it, and the place in it that was asked about.
    _to("based_on", "revisions", null=True),
    Column("asked_start", Integer),
    Column("asked_end", Integer),
    Column("alternatives", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    # Which alternative was taken, in which revision, and where in it.
    Column("chosen", Integer),
    _to("revision", "revisions", null=True, index=True),
    Column("placed_start", Integer),
    Column("placed_end", Integer),
    _time("created"),
    _time("decided", null=True),
    Column("prompt", Packed, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes", null=True, index=True),
    _text("text"),
    # The words that the note is about, so that it is found again when the text has moved.
    _text("quote"),
    Column("start", Integer),
    Column("done", Boolean, nullable=False),
    _time("created"),
    _time("changed"),
    _time("trashed", null=True),
)

goals = Table(
    "goals",
    metadata,
    _id(),
    _to("work", "works", index=True),
    _to("scene", "nodes", null=True),
    Column("period", String(8), nullable=False),
    Column("amount", Integer, nullable=False),
    _time("changed"),
)

jobs = Table(
    "jobs",
    metadata,
    _id(),
    _to("work", "works", null=True, index=True),
    Column("kind", String(64), nullable=False),
    Column("request", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("progress", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    _time("created"),
    _time("changed"),
)

settings = Table(
    "settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)

# The log outlives what it tells of, so it refers to nothing by foreign keys; what it tells holds no text.
events = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", String(27), nullable=False),
    Column("who", String(16), nullable=False),
    Column("what", String(32), nullable=False),
    Column("work", String(16), index=True),
    Column("subject", String(16), index=True),
    Column("data", JSON, nullable=False),
    sqlite_autoincrement=True,
)
