"""Jobs: everything that a model does for a page. Each works in a thread of its own and keeps what it has told.

What a job tells is numbered and kept, so that a page which was reloaded goes on reading where it was; it is on disk as
well (`journal.py`), so that a job which the end of the server cut off is found again. Nothing here waits for a model
but the thread of the job itself.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from bimo.models.protocol import Cancel
from bimo.studio.journal import Entry, Journal, Record
from bimo.studio.stream import Sent
from bimo.studio.words import Refused, bug, told
from bimo.text.errors import BimoError, BusyError, Language

State = Literal["waiting", "running", "done", "failed", "stopped"]
Told = tuple[str, Mapping[str, Any]]
# Finished jobs stay to be found again for so many seconds, those that were cut off for longer; and the newest so many.
_KEPT_SECONDS, _CUT_SECONDS, _KEPT = 1800.0, 7 * 86400.0, 64
# More jobs at once than anybody means to ask for.
_MOST = 32
# A line that says nothing keeps proxies content and finds dead connections.
PULSE = 10.0


@dataclass(eq=False)
class Job:
    """One run of a tool or recipe. `page` is whose it is, `about` what the page said of it (work, scene, place).

    `call` is what was asked, as plain values. `cut` tells that it ended because the server did.
    """

    id: str
    kind: str
    page: str
    lang: Language
    about: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    cancel: Cancel = field(default_factory=Cancel)
    state: State = "waiting"
    created: float = field(default_factory=time.time)
    ended: float | None = None
    events: list[Told] = field(default_factory=list)
    text: str = ""
    cut: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._record: Record | None = None

    @classmethod
    def back(cls, id: str, kept: Entry) -> Job:
        """A job as its file knows it."""
        job = cls(id, **kept.head)
        for name, data in kept.told:
            job.tell(name, data)
        if kept.end is not None:
            job.state, job.ended, job.cut = kept.end["state"], kept.end["ended"], kept.end["cut"]
        return job

    def keep(self, record: Record, *, anew: bool = True) -> None:
        """From now on, keep what is told in a file; `anew` if there is nothing in it yet."""
        if anew:
            names = ("kind", "page", "lang", "created", "about", "call")
            record.add({name: getattr(self, name) for name in names})
        self._record = record

    @property
    def over(self) -> bool:
        """Whether nothing more will be told."""
        return self.ended is not None

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Add an event; from any thread."""
        with self._lock:
            if name == "piece":
                self.text = data["text"] if data.get("restart") else self.text + data["text"]
            self.events.append((name, data))
            if self._record:
                self._record.add((name, data))
            self._ring()

    def end(self, state: State) -> None:
        """Nothing more will be told."""
        with self._lock:
            self.state, self.ended = state, time.time()
            if self._record:
                self._record.add({"state": state, "ended": self.ended, "cut": self.cut})
                self._record.close()
            self._ring()

    async def follow(self, after: int = 0) -> AsyncGenerator[Sent | None, None]:
        """Every event after number `after`, and those to come; None now and then while nothing comes."""
        rung = asyncio.Event()
        with self._lock:
            self._listeners[rung] = asyncio.get_running_loop()
        try:
            place = max(0, after)
            while True:
                rung.clear()
                over = self.over
                for number, (name, data) in enumerate(self.events[place:], place + 1):
                    yield number, name, data
                    place = number
                if over and place >= len(self.events):
                    return
                if place >= len(self.events) and not over:
                    try:
                        await asyncio.wait_for(rung.wait(), PULSE)
                    except TimeoutError:
                        yield None
        finally:
            with self._lock:
                self._listeners.pop(rung, None)

    def summary(self) -> dict[str, Any]:
        """The job as a list of jobs shows it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "page": self.page,
            "state": self.state,
            "created": self.created,
            "ended": self.ended,
            "cut": self.cut,
            "about": dict(self.about),
            "events": len(self.events),
            "text": self.text,
        }

    def _ring(self) -> None:
        for rung, loop in self._listeners.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(rung.set)


Work = Callable[[Job], Iterator[Told]]


class Jobs:
    """The jobs of a studio. `changed` is called, from any thread, when one begins or ends.

    Those that say what they were asked are kept in `journal`; text at the cursor is not, it is gone with the next key.
    """

    def __init__(self, journal: Journal, changed: Callable[[Job], None] = lambda job: None) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._journal = journal
        self._changed = changed
        self._closing = False

    def recover(self, rescue: Callable[[Job], None]) -> None:
        """Find the jobs of an earlier server again; `rescue` gets each that was cut off while it ran."""
        for id, kept in self._journal.read():
            # What another version wrote may not be understood; then it is left alone.
            with suppress(LookupError, TypeError):
                self._jobs[id] = Job.back(id, kept)
        for id, job in self._jobs.items():
            if not job.over:
                job.keep(self._journal.record(id), anew=False)
                rescue(job)
                job.cut = True
                job.tell("failed", told(BusyError("studio.cut_off"), job.lang) | {"partial": job.text})
                job.tell("ended", {"state": "failed"})
                job.end("failed")
        with self._lock:
            self._forget_old()

    def start(self, job: Job, work: Work) -> Job:
        """Run `work`, which yields what it tells. Raises Refused 429 if far too many run."""
        with self._lock:
            self._forget_old()
            if sum(not each.over for each in self._jobs.values()) >= _MOST:
                raise Refused(429, "studio.too_many_jobs", seconds=5)
            self._jobs[job.id] = job
        if job.call:
            job.keep(self._journal.record(job.id))
        threading.Thread(target=self._run, args=(job, work), name=f"bimo-job-{job.kind}", daemon=True).start()
        return job

    def get(self, id: str) -> Job:
        """The job of that id. Raises Refused 404 `studio.no_job`."""
        with self._lock:
            if id not in self._jobs:
                raise Refused(404, "studio.no_job")
            return self._jobs[id]

    def all(self) -> list[Job]:
        """Every job that is remembered, the newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.created)

    def stop(self, page: str, kind: str | None = None) -> None:
        """Stop what runs for a page, or what of one kind runs for it."""
        for job in self.all():
            if job.page == page and not job.over and kind in (None, job.kind):
                job.cancel.cancel()

    def forget(self, id: str) -> None:
        """Forget a job that is over, and stop one that is not. Raises Refused 404 `studio.no_job`."""
        job = self.get(id)
        job.cancel.cancel()
        if job.over:
            with self._lock:
                self._drop(job)

    def stop_all(self, *, closing: bool = False) -> None:
        """Stop everything; `closing` if the server ends, so that nobody's wish cut it off."""
        self._closing = self._closing or closing
        for job in self.all():
            job.cancel.cancel()

    def close(self, patience: float = 1.0) -> None:
        """Stop everything because the server ends, and wait for it for up to `patience` seconds."""
        self.stop_all(closing=True)
        until = time.monotonic() + patience
        while time.monotonic() < until and any(not job.over for job in self.all()):
            time.sleep(0.02)

    def _run(self, job: Job, work: Work) -> None:
        job.state = "running"
        job.tell("started", {"job": job.id, "kind": job.kind, "about": dict(job.about)})
        self._changed(job)
        state: State = "done"
        try:
            for name, data in work(job):
                job.tell(name, data)
        except Exception as error:  # the boundary of the thread: the page is told, whatever broke
            state = "failed"
            error = error if isinstance(error, BimoError) else bug(error)
            job.tell("failed", told(error, job.lang) | {"partial": max(error.partial, job.text, key=len)})
        if state == "done" and job.cancel.cancelled:
            state, job.cut = "stopped", self._closing
        job.tell("ended", {"state": state})
        job.end(state)
        self._changed(job)

    def _forget_old(self) -> None:
        over = sorted((job for job in self._jobs.values() if job.ended), key=lambda job: -(job.ended or 0))
        for number, job in enumerate(over):
            kept = _CUT_SECONDS if job.cut else _KEPT_SECONDS
            if number >= _KEPT or time.time() - (job.ended or 0) > kept:
                self._drop(job)

    def _drop(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        self._journal.forget(job.id)
