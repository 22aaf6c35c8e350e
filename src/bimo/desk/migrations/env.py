"""Alembic runs this file for each upgrade; the connection and its transaction come from `bimo.desk.upgrade`."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
