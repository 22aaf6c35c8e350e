"""A process that saves and suggests until it is killed, and sends what it was told is safe."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from pathlib import Path

from bimo.desk.desk import Desk
from bimo.desk.values import Acceptance, Conflict
from bimo.text.spans import Span


def save_on(path: Path, scene: str, safe: Connection) -> None:
    """Write on in a scene, one suggestion accepted in each save; what is sent was returned by the desk before."""
    with Desk.open(path) as desk:
        work = desk.outline.get(scene).work
        head = desk.revisions.head(scene)
        safe.send(None)
        while True:
            count = head.number if head else 0
            passage = f"{os.getpid()}写第{count}段，雨又下了起来。😀\n" * 2
            made = desk.suggestions.add(work, "continue", {"count": count}, [{"text": passage}], prompt=passage * 9)
            safe.send(made)
            before = head.text if head else ""
            at = 31 * count % (len(before) + 1)
            taken = Acceptance(made.id, Span(at, at + len(passage)))
            text = before[:at] + passage + before[at:]
            saved = desk.revisions.save(scene, text, based_on=head and head.id, accepted=[taken])
            head = saved.yours if isinstance(saved, Conflict) else saved
            safe.send((head, made.id))
