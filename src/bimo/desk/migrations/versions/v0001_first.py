"""The first schema: works, bible, outline, branches and revisions, suggestions, notes, goals, jobs, the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and have the database itself refuse to change what must not change."""
    _log_and_works()
    _entries_and_jobs()
    _outline()
    _branches_and_facts()
    _goals_and_notes()
    _relations_and_ties()
    _knowers_and_revisions()
    _suggestions()
    for table in ("events", "revisions"):
        for change in ("UPDATE", "DELETE"):
            _refuse(table, change)


def _refuse(table: str, change: str) -> None:
    name, words = f"{table}_no_{change.lower()}", f"{table} are only ever added"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END")
        return
    raising = f"BEGIN RAISE EXCEPTION '{words}'; END"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _log_and_works() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=True),
        sa.Column("subject", sa.String(length=16), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_subject", "events", ["subject"])
    op.create_index("ix_events_work", "events", ["work"])
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "works",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("changed", sa.String(length=27), nullable=False),
        sa.Column("trashed", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _entries_and_jobs() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("private", sa.Text(), server_default="", nullable=False),
        sa.Column("tracking", sa.String(length=16), nullable=False),
        sa.Column("exclusions", sa.JSON(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("changed", sa.String(length=27), nullable=False),
        sa.Column("trashed", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_entries_work", "entries", ["work"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("changed", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_jobs_work", "jobs", ["work"])


def _outline() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("summarised", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("pov", sa.String(length=16), nullable=True),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("changed", sa.String(length=27), nullable=False),
        sa.Column("trashed", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["pov"], ["entries.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_nodes_parent", "nodes", ["parent"])
    op.create_index("ix_nodes_work", "nodes", ["work"])
    op.create_table(
        "beats",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_beats_scene", "beats", ["scene"])
    op.create_index("ix_beats_work", "beats", ["work"])


def _branches_and_facts() -> None:
    op.create_table(
        "branches",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("closed", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_branches_scene", "branches", ["scene"])
    op.create_index("ix_branches_work", "branches", ["work"])
    op.create_table(
        "facts",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("from_scene", sa.String(length=16), nullable=True),
        sa.Column("replaces", sa.String(length=16), nullable=True),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"]),
        sa.ForeignKeyConstraint(["from_scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["replaces"], ["facts.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_facts_entry", "facts", ["entry"])
    op.create_index("ix_facts_work", "facts", ["work"])


def _goals_and_notes() -> None:
    op.create_table(
        "goals",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=True),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("changed", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_goals_work", "goals", ["work"])
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("quote", sa.Text(), server_default="", nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("changed", sa.String(length=27), nullable=False),
        sa.Column("trashed", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notes_scene", "notes", ["scene"])
    op.create_index("ix_notes_work", "notes", ["work"])


def _relations_and_ties() -> None:
    op.create_table(
        "relations",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("from_scene", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["from_scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["source"], ["entries.id"]),
        sa.ForeignKeyConstraint(["target"], ["entries.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_relations_source", "relations", ["source"])
    op.create_index("ix_relations_target", "relations", ["target"])
    op.create_index("ix_relations_work", "relations", ["work"])
    op.create_table(
        "scene_entries",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"]),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scene", "entry"),
    )
    op.create_index("ix_scene_entries_scene", "scene_entries", ["scene"])
    op.create_index("ix_scene_entries_work", "scene_entries", ["work"])


def _knowers_and_revisions() -> None:
    op.create_table(
        "knowers",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("fact", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.String(length=16), nullable=False),
        sa.Column("from_scene", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"]),
        sa.ForeignKeyConstraint(["fact"], ["facts.id"]),
        sa.ForeignKeyConstraint(["from_scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fact", "entry"),
    )
    op.create_index("ix_knowers_fact", "knowers", ["fact"])
    op.create_index("ix_knowers_work", "knowers", ["work"])
    op.create_table(
        "revisions",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=False),
        sa.Column("branch", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=16), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("keyframe", sa.String(length=16), nullable=True),
        sa.Column("prefix", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.Integer(), nullable=False),
        sa.Column("authorship", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["branch"], ["branches.id"]),
        sa.ForeignKeyConstraint(["keyframe"], ["revisions.id"]),
        sa.ForeignKeyConstraint(["parent"], ["revisions.id"]),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scene", "number"),
    )
    op.create_index("ix_revisions_branch_number", "revisions", ["branch", "number"])
    op.create_index("ix_revisions_keyframe", "revisions", ["keyframe"])
    op.create_index("ix_revisions_parent", "revisions", ["parent"])
    op.create_index("ix_revisions_work", "revisions", ["work"])


def _suggestions() -> None:
    op.create_table(
        "suggestions",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=False),
        sa.Column("scene", sa.String(length=16), nullable=True),
        sa.Column("tool", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("based_on", sa.String(length=16), nullable=True),
        sa.Column("asked_start", sa.Integer(), nullable=True),
        sa.Column("asked_end", sa.Integer(), nullable=True),
        sa.Column("alternatives", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=True),
        sa.Column("revision", sa.String(length=16), nullable=True),
        sa.Column("placed_start", sa.Integer(), nullable=True),
        sa.Column("placed_end", sa.Integer(), nullable=True),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("decided", sa.String(length=27), nullable=True),
        sa.Column("prompt", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["based_on"], ["revisions.id"]),
        sa.ForeignKeyConstraint(["revision"], ["revisions.id"]),
        sa.ForeignKeyConstraint(["scene"], ["nodes.id"]),
        sa.ForeignKeyConstraint(["work"], ["works.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_suggestions_revision", "suggestions", ["revision"])
    op.create_index("ix_suggestions_scene", "suggestions", ["scene"])
    op.create_index("ix_suggestions_work", "suggestions", ["work"])
