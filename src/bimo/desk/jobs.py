"""Jobs: long runs such as recipes, kept so that they are found again after a reload or a crash. And settings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from bimo.desk.schema import jobs, settings, works
from bimo.desk.store import Store, found, log, new_id, now, plain, value_of
from bimo.desk.values import Job, JobState, Json


class Jobs:
    """The long runs of the desk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, kind: str, request: Json, *, work: str | None = None) -> Job:
        """Put down a job that waits to be run. Raises InputError `desk.no_work`."""
        at = now()
        job = Job(new_id(), work, kind, dict(request), "waiting", {}, {}, at, at)
        with self._store.writing() as db:
            if work:
                found(db, works, work, "desk.no_work")
            db.execute(insert(jobs).values(plain(job)))
            log(db, "job.added", work, job.id, kind=kind)
        return job

    def get(self, id: str) -> Job:
        """The job of that id. Raises InputError `desk.no_job`."""
        with self._store.reading() as db:
            return value_of(Job, found(db, jobs, id, "desk.no_job"))

    def all(self, *, work: str | None = None, state: JobState | None = None) -> list[Job]:
        """The jobs, the latest first."""
        wanted = select(jobs).order_by(jobs.c.created.desc(), jobs.c.id.desc())
        if work:
            wanted = wanted.where(jobs.c.work == work)
        if state:
            wanted = wanted.where(jobs.c.state == state)
        with self._store.reading() as db:
            return [value_of(Job, row) for row in db.execute(wanted)]

    def update(
        self, id: str, *, state: JobState | None = None, progress: Json | None = None, result: Json | None = None
    ) -> Job:
        """Write down how far a job is and what came of it. Raises InputError `desk.no_job`."""
        given = {"state": state, "progress": progress, "result": result}
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        with self._store.writing() as db:
            job = found(db, jobs, id, "desk.no_job")
            db.execute(update(jobs).where(jobs.c.id == id).values(**values, changed=now()))
            if state and state != job.state:
                log(db, f"job.{state}", job.work, id)
            return value_of(Job, found(db, jobs, id, "desk.no_job"))


class Settings:
    """The writer's choices that belong to the desk and not to a machine: JSON values by name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a setting, or `default`."""
        with self._store.reading() as db:
            row = db.execute(select(settings.c.value).where(settings.c.name == name)).one_or_none()
            return default if row is None else row.value

    def set(self, name: str, value: Any) -> None:
        """Set a setting to a JSON value."""
        with self._store.writing() as db:
            if not db.execute(update(settings).where(settings.c.name == name).values(value=value)).rowcount:
                db.execute(insert(settings).values(name=name, value=value))
