"""The desk as one thing: open it, and everything on it is at hand."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from bimo.desk.bible import Bible
from bimo.desk.events import Events
from bimo.desk.jobs import Jobs, Settings
from bimo.desk.notes import Goals, Notes
from bimo.desk.outline import Outline
from bimo.desk.revisions import Revisions
from bimo.desk.store import Store, connect
from bimo.desk.suggestions import Suggestions
from bimo.desk.upgrade import upgrade
from bimo.desk.values import Work
from bimo.desk.works import Works
from bimo.models.places import models_dir
from bimo.text.errors import Language


def place() -> Path | str:
    """Where the writer's desk is: the URL in `BIMO_DATABASE_URL`, else the file `desk.db` beside the models."""
    return os.environ.get("BIMO_DATABASE_URL") or models_dir().with_name("desk").with_suffix(".db")


class Desk:
    """Works, bible, outline, revisions, suggestions and the log, kept in one database.

    Every call is one short transaction on a connection of its own, so any thread may call. What a call has returned
    is on disk.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.works = Works(store)
        self.bible = Bible(store)
        self.outline = Outline(store)
        self.revisions = Revisions(store)
        self.suggestions = Suggestions(store)
        self.notes = Notes(store)
        self.goals = Goals(store)
        self.jobs = Jobs(store)
        self.settings = Settings(store)
        self.events = Events(store)

    @classmethod
    def open(cls, where: Path | str | None = None) -> Desk:
        """Open a SQLite file or a database URL, by default the writer's desk; make it if it is not there.

        An older desk is upgraded, after a backup beside the file. Raises FileError: `desk.newer_schema`,
        `desk.not_a_desk`, `desk.damaged`, `desk.locked`, `desk.unwritable`; InputError for a bad URL.
        """
        where = where or place()
        store = connect(Path(where) if "://" not in str(where) else str(where))
        try:
            upgrade(store)
        except BaseException:
            store.engine.dispose()
            raise
        return cls(store)

    def add_sample(self, lang: Language) -> Work:
        """Put the sample work of a language on the desk."""
        from bimo.desk.samples import add_sample

        return add_sample(self, lang)

    def close(self) -> None:
        """Let go of the database."""
        self.store.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
