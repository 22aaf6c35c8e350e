"""`bimo foryou` as a writer types it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_offers_come_with_reasons_and_can_be_sent_away(run: Run) -> None:
    first = run("foryou", "--count", "3")
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("because") == 3
    assert run("foryou", "--count", "3").stdout == first.stdout
    gone = first.stdout.split("[")[1].split("]")[0]
    assert run("foryou", "--never", gone).returncode == 0
    assert f"[{gone}]" not in run("foryou", "--count", "50").stdout
    assert run("foryou", "--reset").returncode == 0
    assert f"[{gone}]" in run("foryou", "--count", "50").stdout
    assert "许多人" in run("foryou", "--lang", "zh", env={"BIMO_LANG": "zh"}).stdout
    assert run("foryou", "--lang", "fr").returncode == 2
