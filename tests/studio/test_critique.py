"""Critics through the interface: places in the page's units, what was meant so, and the bible of the work."""

from __future__ import annotations

from typing import Any

import pytest
from house_of_tests import House


@pytest.fixture
def scene(house: House) -> dict[str, str]:
    work = house.post("/works", {"title": "Tides", "lang": "en", "kind": "novel"}, 201)
    node = house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "One"}, 201)
    return {"work": work["id"], "id": node["id"]}


def checked(house: House, scene: dict[str, str], text: str, reach: str = "typing") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.post("/check", {"scene": scene["id"], "text": text, "reach": reach})["findings"]
    return found


def units(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_places_count_as_the_browser_counts(house: House, scene: dict[str, str]) -> None:
    text = "😀😀 She walked to the the door. 😀 She went out."
    (found,) = [each for each in checked(house, scene, text) if "the the" in each["quote"]]
    assert units(text, found["start"], found["end"]) == found["quote"]
    assert found["cheap"]
    assert found["text"]
    assert found["fixes"]
    for fix in reversed(found["fixes"]):
        raw = text.encode("utf-16-le")
        text = (raw[: 2 * fix["start"]] + fix["new"].encode("utf-16-le") + raw[2 * fix["end"] :]).decode("utf-16-le")
    assert text == "😀😀 She walked to the door. 😀 She went out."


def test_what_was_meant_so_is_not_told_again_until_it_is_regretted(house: House, scene: dict[str, str]) -> None:
    text = "She walked to the the door."
    (found,) = checked(house, scene, text)
    body = {"key": found["key"], "code": found["code"], "quote": found["quote"]}
    house.post(f"/works/{scene['work']}/intended", body, 201)
    assert checked(house, scene, text) == []
    assert house.get(f"/works/{scene['work']}/intended") == [body]
    house.ask("DELETE", f"/works/{scene['work']}/intended/{found['key']}", 204)
    assert [each["key"] for each in checked(house, scene, text)] == [found["key"]]


def test_a_scene_is_held_against_the_bible_and_the_other_scenes(house: House, scene: dict[str, str]) -> None:
    house.post(
        f"/works/{scene['work']}/bible",
        {"kind": "character", "names": [{"text": "Ada Finch"}], "description": "Ada Finch has green eyes."},
        201,
    )
    text = "Ada Finch had brown eyes. She looked at the river for a long time."
    assert checked(house, scene, text) == []
    found = checked(house, scene, text, "scene")
    assert "critique.continuity_bible" in {each["code"] for each in found}
    second = house.post(f"/works/{scene['work']}/outline", {"kind": "scene", "title": "Two"}, 201)
    house.ask("PUT", f"/scenes/{second['id']}", 200, json={"text": "Ada Finch had blue eyes.", "based_on": None})
    found = checked(house, scene, text, "work")
    there = [each for each in found if each["scene"] == second["id"]]
    assert there
    assert all(units("Ada Finch had blue eyes.", each["start"], each["end"]) == each["quote"] for each in there)
    assert any(spot["scene"] == scene["id"] for each in there for spot in each["evidence"])


def test_critics_are_listed_from_their_registry(house: House) -> None:
    listed = {each["id"]: each for each in house.get("/critics")}
    assert listed["quotes"]["cheap"]
    assert listed["proofread"]["deep"]
    assert listed["continuity"]["names"]["zh"] == "前后矛盾"
