"""Jobs: everything that a model does for a page. Each works in a thread of its own and keeps what it has told.

What a job tells is numbered and kept, so that a page which was reloaded goes on reading where it was. Nothing here
waits for a model but the thread of the job itself.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bimo.models.protocol import Cancel
from bimo.studio.stream import Sent
from bimo.studio.words import Refused, bug, told
from bimo.text.errors import BimoError, Language

State = Literal["waiting", "running", "done", "failed", "stopped"]
Told = tuple[str, Mapping[str, Any]]
# Finished jobs stay to be found again for so many seconds, and the newest so many of them.
_KEPT_SECONDS, _KEPT = 1800.0, 64
# More jobs at once than anybody means to ask for.
_MOST = 32
# A line that says nothing keeps proxies content and finds dead connections.
PULSE = 10.0


@dataclass(eq=False)
class Job:
    """One run of a tool or recipe. `page` is whose it is, `about` what the page said of it (work, scene, place)."""

    id: str
    kind: str
    page: str
    lang: Language
    about: Mapping[str, Any] = field(default_factory=dict)
    cancel: Cancel = field(default_factory=Cancel)
    state: State = "waiting"
    created: float = field(default_factory=time.time)
    ended: float | None = None
    events: list[Told] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

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
            self._ring()

    def end(self, state: State) -> None:
        """Nothing more will be told."""
        with self._lock:
            self.state, self.ended = state, time.time()
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
    """The jobs of a studio. `changed` is called, from any thread, when one begins or ends."""

    def __init__(self, changed: Callable[[Job], None] = lambda job: None) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._changed = changed

    def start(self, job: Job, work: Work) -> Job:
        """Run `work`, which yields what it tells. Raises Refused 429 if far too many run."""
        with self._lock:
            self._forget_old()
            if sum(not each.over for each in self._jobs.values()) >= _MOST:
                raise Refused(429, "studio.too_many_jobs", seconds=5)
            self._jobs[job.id] = job
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

    def close(self, patience: float = 1.0) -> None:
        """Stop everything, and wait for it for up to `patience` seconds."""
        for job in self.all():
            job.cancel.cancel()
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
            state = "stopped"
        job.tell("ended", {"state": state})
        job.end(state)
        self._changed(job)

    def _forget_old(self) -> None:
        over = sorted((job for job in self._jobs.values() if job.ended), key=lambda job: -(job.ended or 0))
        for number, job in enumerate(over):
            if number >= _KEPT or time.time() - (job.ended or 0) > _KEPT_SECONDS:
                del self._jobs[job.id]
