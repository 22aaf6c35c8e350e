"""What a figure was measured on, in words that may be published: no host name, no path."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil


def describe() -> str:
    """The machine, its load now, the versions in use, and the date; one line each."""
    gigabytes = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    load = " ".join(f"{value:.2f}" for value in psutil.getloadavg())
    versions = " · ".join(f"{name} {_version(name)}" for name in ("bimo", "xllamacpp"))
    return "\n".join(
        [
            f"machine: {cores} cores ({psutil.cpu_count()} threads), {_processor()}, {gigabytes:.0f} GB, {_system()}",
            f"load of the last 1, 5, 15 minutes: {load}; busy now: {psutil.cpu_percent(interval=0.5):.0f} %",
            f"versions: Python {platform.python_version()} · {versions}",
            f"date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        ]
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _system() -> str:
    return f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}"


if __name__ == "__main__":
    print(describe())
