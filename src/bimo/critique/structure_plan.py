"""What a plan promised and the text does not give: things planted and never seen again, beats not told, idle scenes.

The plan comes from the bible and the outline, as plain values, so that any source can give them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bimo.text.errors import Language
from bimo.text.words import words


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene as it was planned, with the text it has so far."""

    title: str
    text: str
    goal: str = ""
    beats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plant:
    """Something planted: the words that call it, the scene that plants it, and the scene that should pay it off."""

    names: tuple[str, ...]
    planted: int
    payoff: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A promise that is still open: what kind, which scene, and what it is about.

    `kind` is `never_planted`, `never_paid`, `no_goal`, or `beat_untold`.
    """

    kind: str
    scene: int
    about: str


def open_promises(scenes: Sequence[Scene], plants: Sequence[Plant], lang: Language) -> list[Open]:
    """What is open, in the order of the scenes; scenes without text are not judged."""
    found = [each for plant in plants if (each := _plant(scenes, plant))]
    for number, scene in enumerate(scenes):
        if not scene.text.strip():
            continue
        if not scene.goal.strip() and not scene.beats:
            found.append(Open("no_goal", number, scene.title))
        found += [Open("beat_untold", number, beat) for beat in scene.beats if told(beat, scene.text, lang) < 0.34]
    return sorted(found, key=lambda each: each.scene)


def _plant(scenes: Sequence[Scene], plant: Plant) -> Open | None:
    seen = [n for n, scene in enumerate(scenes) if any(name.lower() in scene.text.lower() for name in plant.names)]
    if plant.planted < len(scenes) and scenes[plant.planted].text.strip() and plant.planted not in seen:
        return Open("never_planted", plant.planted, plant.names[0])
    written = [n for n, scene in enumerate(scenes) if scene.text.strip()]
    due = plant.payoff if plant.payoff is not None else max(written, default=0)
    if due in written and not any(n > plant.planted and (plant.payoff is None or n == due) for n in seen):
        return Open("never_paid", due, plant.names[0])
    return None


def told(beat: str, text: str, lang: Language) -> float:
    """The share of the longer words of a beat that its scene has."""
    long = {word for word in words(beat, lang) if len(word) >= (2 if lang == "zh" else 4)}
    lower = text.lower()
    return sum(word[:5] in lower for word in long) / len(long) if long else 1.0
