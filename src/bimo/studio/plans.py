"""Previewed imports that wait for the writer's word."""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING

from bimo.studio.words import Refused

if TYPE_CHECKING:
    from bimo.desk.imports.plan import Plan

# Kept in memory, so only a few and not for ever.
_MOST, _SECONDS = 8, 3600.0


class Plans:
    """The plans of files that were sent and not yet brought in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Plan]] = {}

    def put(self, plan: Plan) -> str:
        """Keep a plan; the id under which it can be taken."""
        id = secrets.token_urlsafe(12)
        with self._lock:
            late = time.monotonic() - _SECONDS
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > late}
            while len(self._kept) >= _MOST:
                self._kept.pop(next(iter(self._kept)))
            self._kept[id] = time.monotonic(), plan
        return id

    def take(self, id: str) -> Plan:
        """The plan of that id, once. Raises Refused 404 `studio.no_plan`."""
        with self._lock:
            if id not in self._kept:
                raise Refused(404, "studio.no_plan")
            return self._kept.pop(id)[1]
