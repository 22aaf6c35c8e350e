"""The studio as one thing: the desk, the engine and its queue, the jobs, the pages and the settings."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimo.desk.desk import Desk
from bimo.desk.search import Search
from bimo.models.catalog import default_id
from bimo.models.places import state_dir
from bimo.models.protocol import Model
from bimo.models.select import open_model
from bimo.models.voices import is_voice
from bimo.studio.engine import ChildEngine
from bimo.studio.jobs import Job, Jobs
from bimo.studio.journal import Journal
from bimo.studio.news import News
from bimo.studio.pages import Pages
from bimo.studio.plans import Plans
from bimo.studio.session import Sessions
from bimo.studio.settings import Kept
from bimo.studio.turns import TakingTurns, Turns
from bimo.studio.words import Refused, told
from bimo.text.errors import Language


@dataclass(frozen=True, slots=True)
class Launch:
    """How the studio was started: the model that was named, and the work to show first."""

    model: str | None = None
    work: str | None = None


class Studio:
    """Everything that the routes need. `model` opens the engine when it is first wanted."""

    def __init__(self, desk: Desk, sessions: Sessions, launch: Launch | None = None) -> None:
        self.desk = desk
        self.sessions = sessions
        self.launch = launch or Launch()
        self.settings = Kept(desk)
        self.news = News()
        self.plans = Plans(_own_folder(desk, "imports"))
        self.search = Search(desk.store)
        self.turns = Turns()
        self.jobs = Jobs(Journal(_own_folder(desk, "jobs")), self._job_changed)
        self.pages = Pages(self.jobs.stop)
        self._lock = threading.Lock()
        self._opened: tuple[str, Model] | None = None

    @property
    def model_id(self) -> str:
        """The model in use: the one chosen on the page, else the one named at the start, else the default."""
        return self.settings.now.model or self.launch.model or default_id()

    def model(self, owner: str, *, urgent: bool = False) -> Model:
        """The model, for one page or other owner. Raises Refused `studio.ai_off`, or what opening it raises."""
        self.must_be_on()
        strength = self.settings.now.strength if is_voice(self.model_id) else None
        return TakingTurns(self._engine(), self.turns, owner, urgent=urgent, voice=strength)

    def must_be_on(self) -> None:
        """Raises Refused 403 `studio.ai_off` while the writer wants no model."""
        if not self.settings.now.ai:
            raise Refused(403, "studio.ai_off")

    def warm_up(self) -> None:
        """Begin to load the engine, so that it is there when it is wanted; its errors wait until then."""
        if self.settings.now.ai and not self.model_id.startswith(("scripted:", "openai:")):
            self._engine()

    def engine_told(self, lang: Language) -> dict[str, Any]:
        """How the engine is; waits for nothing."""
        opened = self._opened
        model = opened[1] if opened else None
        state = "off" if not self.settings.now.ai else "idle" if model is None else "ready"
        error = None
        if isinstance(model, ChildEngine) and state == "ready":
            state, error = model.state, model.error
        return {
            "model": self.model_id,
            "state": state,
            "error": told(error, lang) if error else None,
            "free": self.turns.free,
            "waiting": self.turns.waiting,
        }

    def settle(self) -> None:
        """Make the engine follow the settings: close it when AI is off or another model is chosen."""
        with self._lock:
            opened = self._opened
            if opened is None or (self.settings.now.ai and opened[0] == self.model_id):
                return
            self._opened = None
        if not self.settings.now.ai:
            self.jobs.stop_all()
        opened[1].close()
        self._engine_changed()

    def close(self) -> None:
        """Stop every job and end the engine, within two seconds."""
        self.news.close()
        self.jobs.close()
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()
        self.search.close()

    def _engine(self) -> Model:
        id = self.model_id
        self.settle()
        with self._lock:
            if self._opened is None:
                self._opened = id, self._open(id)
            return self._opened[1]

    def _open(self, id: str) -> Model:
        if id.startswith(("scripted:", "openai:")) or os.environ.get("BIMO_NO_ENGINE") == "1":
            return open_model(id)
        return ChildEngine(id, state=state_dir() / "contexts", changed=self._engine_changed)

    def _engine_changed(self) -> None:
        self.news.tell("engine", self.engine_told(self.settings.language or "en"))

    def _job_changed(self, job: Job) -> None:
        summary = job.summary()
        # The text of a job is read from the job; here it would be sent to every page.
        summary.pop("text")
        self.news.tell("job", summary)


def _own_folder(desk: Desk, name: str) -> Path:
    """A folder of the state that belongs to this desk, for one machine may have several."""
    return state_dir() / name / hashlib.sha256(str(desk.store.engine.url).encode()).hexdigest()[:12]
