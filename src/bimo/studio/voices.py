"""Voices as the page sees them: what there is, how far a training is, what an evaluation found, and blind votes."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from bimo.models.protocol import Cancel
from bimo.studio.apart import Tell
from bimo.text.errors import BimoError, Language, Notice
from bimo.voice.home import Home, keep, kept, voices

# The two that are held against each other without their names.
SIDES = ("base", "voice")
Choice = Literal["voice", "base", "same"]
_VOTES = "votes.json"
_FIGURES = "evaluation.json"
# The curve of a long training has more steps than a plot has points.
_POINTS = 400
_BEST = "best"


def lack() -> BimoError | None:
    """What is missing to train here: ModelError `voice.no_packages`, which says how to install it."""
    from bimo.voice.base import require_packages

    try:
        require_packages()
    except BimoError as error:
        return error
    return None


def every(running: dict[str, str]) -> list[dict[str, Any]]:
    """Every voice in short; `running` are the ids of jobs by the names of voices."""
    return [short(home) | {"job": running.get(home.name)} for home in voices()]


def short(home: Home) -> dict[str, Any]:
    """A voice as a list shows it."""
    from bimo.models.voices import trained

    card, run = kept(home.dataset / "card.json"), kept(home.run / "card.json")
    return {
        "name": home.name,
        "language": card.get("language", "en"),
        "units": sum(part["units"] for part in card.get("parts", {}).values()),
        "trained": home.name in trained(),
        "begun": bool(run),
        "finished": run.get("finished"),
        "evaluated": (home.root / _FIGURES).is_file(),
    }


def whole(home: Home, lang: Language) -> dict[str, Any]:
    """A voice with its texts, its training and its evaluation."""
    card, run, figures = (
        kept(home.dataset / "card.json"),
        kept(home.run / "card.json"),
        kept(home.root / _FIGURES),
    )
    return {
        **short(home),
        "parts": card.get("parts", {}),
        "warnings": [Notice.of(code).message(lang) for code in card.get("warnings", [])],
        "dropped": [{"what": each["what"], "why": _reason(each["why"], lang)} for each in card.get("dropped", [])],
        "recipe": run.get("recipe"),
        "base": run.get("base", {}).get("id"),
        "step": run.get("step"),
        "steps": run.get("steps"),
        "seconds": run.get("seconds"),
        "validation": run.get("validation", []),
        "curve": curve(home.run / "log.jsonl"),
        "figures": {name: value for name, value in figures.items() if name != "samples"} or None,
        "samples": figures.get("samples", []),
        "votes": tally(home),
    }


def _reason(code: str, lang: Language) -> str:
    if code.startswith("voice.drop_"):
        return Notice.of(code).message(lang)
    # The card keeps the code of an error without its arguments.
    return Notice.of("voice.drop_format").message(lang)


def curve(log: Path) -> list[list[float]]:
    """The steps and losses of a training so far, thinned to what a plot can show."""
    if not log.is_file():
        return []
    steps: dict[int, float] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        # The last line of a running training may be half written.
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if "loss" in told:
            steps[told["step"]] = told["loss"]
    found = [[float(step), steps[step]] for step in sorted(steps)]
    return found[:: max(1, math.ceil(len(found) / _POINTS))]


def pair(home: Home, number: int) -> tuple[str, dict[str, str], tuple[str, str]] | None:
    """Sample `number`: how it begins, its two ends by side, and the order they are shown in; None if there is none.

    The order follows from the texts, so that asking again shows the same and nothing about it need be kept.
    """
    samples = kept(home.root / _FIGURES).get("samples", [])
    if not 0 <= number < len(samples):
        return None
    told = {side: str(samples[number][side]) for side in SIDES}
    odd = sha256("\0".join(told.values()).encode()).digest()[0] % 2
    order = (SIDES[1], SIDES[0]) if odd else (SIDES[0], SIDES[1])
    return str(samples[number]["start"]), told, order


def vote(home: Home, number: int, choice: Choice) -> dict[str, int]:
    """Keep a vote about a sample; the counts. A new evaluation begins anew."""
    about = _about(home)
    found = kept(home.root / _VOTES)
    votes = found.get("votes", {}) if found.get("about") == about else {}
    votes[str(number)] = {"choice": choice, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"}
    keep(home.root / _VOTES, json.dumps({"about": about, "votes": votes}, indent=1) + "\n")
    return tally(home)


def tally(home: Home) -> dict[str, int]:
    """How the votes stand: for the voice, for the base, for neither, and of how many samples; `next` has none yet."""
    found = kept(home.root / _VOTES)
    votes = found.get("votes", {}) if found.get("about") == _about(home) else {}
    count = len(kept(home.root / _FIGURES).get("samples", []))
    chosen = [each["choice"] for each in votes.values()]
    left = next((number for number in range(count) if str(number) not in votes), count)
    return {side: chosen.count(side) for side in (*SIDES, "same")} | {"of": count, "next": left}


def _about(home: Home) -> str:
    path = home.root / _FIGURES
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def training(
    tell: Tell, cancel: Cancel, *, name: str, recipe: str, knobs: dict[str, Any], base: str | None, again: bool
) -> None:
    """Train a voice; runs in a process of its own."""
    from bimo.voice import recipe as recipes
    from bimo.voice.home import voice_home
    from bimo.voice.train import train
    from bimo.voice.watch import Progress

    def report(now: Progress) -> None:
        # JSON knows no number that is none.
        told = {key: value for key, value in asdict(now).items() if value == value}
        tell("training", told)

    card = train(
        voice_home(name), recipes.read(recipe, **knobs), base=base, again=again, report=report,
        stage=lambda stage: tell("stage", {"code": f"voice.stage_{stage}"}), cancel=cancel,
    )  # fmt: skip
    tell("trained", {name: card.get(name) for name in ("finished", "step", "steps", "seconds")})


def judging(tell: Tell, cancel: Cancel, *, name: str, samples: int, lang: Language) -> None:
    """Evaluate a voice and write its report; runs in a process of its own."""
    from bimo.voice.evaluate import evaluate
    from bimo.voice.home import voice_home
    from bimo.voice.report import page

    home = voice_home(name)
    figures = evaluate(
        home, samples=samples, cancel=cancel,
        stage=lambda stage: tell("stage", {"code": f"voice.stage_{stage}"}),
        progress=lambda done, all: tell("progress", {"code": "", "text": "", "step": done, "total": all}),
    )  # fmt: skip
    keep(home.report, page(home, figures, lang))
    tell("evaluated", {"nearer": figures["nearer"], "memorised": figures["memorised"]})
