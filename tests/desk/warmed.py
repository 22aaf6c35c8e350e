"""Imported by the fork server alone, so that what a first use loads is there in every process forked from it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import saver  # noqa: F401

from bimo.desk.desk import Desk

with tempfile.TemporaryDirectory() as folder, Desk.open(Path(folder) / "desk.db") as desk:
    work = desk.works.add("雨", lang="zh")
    desk.revisions.save(desk.outline.add(work.id, "scene").id, "雨。", based_on=None)
