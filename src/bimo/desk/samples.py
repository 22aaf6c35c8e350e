"""A small work in each language to look at and to try things on, read from `samples/<lang>`."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bimo.desk.values import Brief, Knower, Name, Revision, Work
from bimo.text.errors import Language

if TYPE_CHECKING:
    from bimo.desk.desk import Desk


def add_sample(desk: Desk, lang: Language) -> Work:
    """Put the sample work of a language on the desk, with its bible, outline, texts, note and goal."""
    folder = files("bimo.desk") / "samples" / lang
    plan = tomllib.loads((folder / "work.toml").read_text(encoding="utf-8"))
    work = desk.works.add(plan["title"], kind=plan["kind"], lang=lang, brief=Brief(**plan["brief"]))
    entries = {each["key"]: _add_entry(desk, work, each) for each in plan["entries"]}
    for each in plan["relations"]:
        source, target = entries[each["source"]], entries[each["target"]]
        desk.bible.relate(source, target, each["kind"], note=each.get("note", ""))
    scenes: dict[str, str] = {}
    for chapter in plan["chapters"]:
        parent = desk.outline.add(work.id, "chapter", chapter["title"])
        for each in chapter["scenes"]:
            text = (folder / each["file"]).read_text(encoding="utf-8")
            scenes[each["key"]] = _add_scene(desk, parent.id, work, each, text, entries)
    facts: dict[str, str] = {}
    for each in plan["facts"]:
        knowers = [Knower(entries[one["entry"]], scenes.get(one.get("from_scene"))) for one in each.get("knowers", ())]
        fact = desk.bible.state(
            entries[each["entry"]],
            each["text"],
            from_scene=scenes.get(each.get("from_scene")),
            replaces=facts.get(each.get("replaces")),
            secret=each.get("secret", False),
            knowers=knowers,
        )
        facts[each.get("key", fact.id)] = fact.id
    for each in plan["notes"]:
        desk.notes.add(work.id, each["text"], scene=scenes[each["scene"]], quote=each["quote"])
    desk.goals.set(work.id, plan["goal"])
    return work


def _add_entry(desk: Desk, work: Work, each: dict[str, Any]) -> str:
    names = [Name(**name) for name in each["names"]]
    rest = {name: each[name] for name in ("description", "private", "exclusions") if name in each}
    return desk.bible.add(work.id, each["kind"], *names, **rest).id


def _add_scene(desk: Desk, chapter: str, work: Work, each: dict[str, Any], text: str, entries: dict[str, str]) -> str:
    scene = desk.outline.add(work.id, "scene", each["title"], parent=chapter).id
    desk.outline.set_beats(scene, each["beats"])
    desk.outline.set_entries(scene, [entries[key] for key in each.get("entries", ())])
    saved = desk.revisions.save(scene, text, based_on=None, cause="import")
    assert isinstance(saved, Revision)
    desk.outline.change(scene, summary=each["summary"], summarised=saved.id, status="done", pov=entries[each["pov"]])
    return scene
