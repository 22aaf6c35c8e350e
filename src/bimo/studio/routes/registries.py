"""What there is: tools, forms, recipes, models, editions. Read from the registries, so nothing is listed twice."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from bimo.craft import recipe as recipes
from bimo.craft.registry import Tool, all_tools
from bimo.studio.routes.common import House, reply
from bimo.studio.stream import Json
from bimo.studio.words import both
from bimo.verse.form import all_forms, find_form

router = APIRouter(tags=["registries"])


@router.get("/tools")
def tools() -> Json:
    """Every writing tool: id, names, help, which field is the main one, and the JSON schema of its request.

    Descriptions in the schema are {en, zh}.
    """
    return reply([_tool(tool) for tool in all_tools().values()])


@router.get("/forms")
def forms(lang: str | None = None) -> Json:
    """Every form of verse, the most used first; `lang` zh or en."""
    return reply(
        [
            {
                "id": form.id,
                "lang": form.lang,
                "kind": form.kind,
                "names": dict(form.names),
                "about": dict(form.about),
                "aliases": list(form.aliases),
            }
            for form in all_forms().values()
            if lang in (None, form.lang)
        ]
    )


@router.get("/forms/{id}")
def form(id: str) -> Json:
    """One form with its rules and the poems it ships."""
    found = find_form(id)
    poems = [{"text": each.text, "author": each.author, "title": each.title} for each in found.passes]
    return reply({"id": found.id, "lang": found.lang, "kind": found.kind, "names": dict(found.names),
                  "about": dict(found.about), "rules": found.rules, "poems": poems})  # fmt: skip


@router.get("/recipes")
def list_recipes() -> Json:
    """Every shipped recipe with its steps."""
    import bimo.publish.step  # noqa: F401  # registers the step that recipes end with

    loaded = [recipes.load(name) for name in recipes.shipped()]
    return reply(
        [
            {
                "id": each.name,
                "names": dict(each.title),
                "about": dict(each.about),
                "steps": [
                    {"id": step.id, "tool": step.tool, "names": {"en": step.heading("en"), "zh": step.heading("zh")}}
                    for step in each.steps
                ],
            }
            for each in loaded
        ]
    )


@router.get("/models")
def models(house: House) -> Json:
    """The models of the catalogue, which are on this machine, and which one is in use."""
    from bimo.models.catalog import catalog, default_id

    entries = [
        {
            "id": entry.id,
            "size": entry.size,
            "licence": entry.licence,
            "languages": list(entry.languages),
            "context": entry.context,
            "small": entry.small,
            "measured": entry.measured,
            "installed": entry.installed,
        }
        for entry in catalog().values()
    ]
    return reply({"models": entries, "default": default_id(), "in_use": house.model_id})


@router.get("/editions")
def editions() -> Json:
    """The formats that a work can be published in."""
    from bimo.publish.formats import all_formats

    return reply(
        [
            {"id": each.id, "names": dict(each.names), "suffix": each.suffix, "media_type": each.media_type}
            for each in all_formats().values()
        ]
    )


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "id": tool.id,
        "names": dict(tool.names),
        "help": dict(tool.help),
        "main": tool.request.main,
        "schema": in_both(tool.request.model_json_schema()),
    }


def in_both(schema: Any) -> Any:
    """A JSON schema whose descriptions are {en, zh}."""
    if isinstance(schema, dict):
        return {
            name: both(each) if name == "description" and isinstance(each, str) else in_both(each)
            for name, each in schema.items()
        }
    return [in_both(each) for each in schema] if isinstance(schema, list) else schema
