"""The tools beside a selection, by pointer and by keys, and several ghosts to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import TEXT, Visitor, browser, needs_chromium

pytestmark = needs_chromium
FIRST = "河上起了雾，船还没有来。\n\n他把灯举高了些。"
TOLD = "河上起了大雾，船还没有来。"


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-toolbar")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        house = open_house(folder, f"repeat\n{TOLD}\n")
    yield house
    house.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def visitor(studio_house: House, chromium: Any) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce")
    guest = Visitor(context, studio_house)
    guest.slip_in()
    yield guest
    context.close()
    assert not guest.faults


@pytest.fixture
def scene(studio_house: House, visitor: Visitor) -> str:
    work = studio_house.post("/works", {"title": "渡口", "lang": "zh"}, 201)
    node = studio_house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "雨"}, 201)
    studio_house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": FIRST, "based_on": None})
    visitor.open(work["id"])
    visitor.page.click(TEXT)
    visitor.page.keyboard.press("Control+Home")
    return str(node["id"])


def revision(house: House, scene: str) -> Any:
    return house.get(f"/scenes/{scene}")["revision"]


def test_a_selection_is_reworked_by_keys_alone(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.keyboard.press("Shift+End")
    bar = page.get_by_role("toolbar", name="What to do with the selection")
    bar.wait_for()
    page.keyboard.press("Alt+s")
    names = [tool["names"]["en"] for tool in house.get("/tools") if tool["main"] in ("text", "scene")]
    assert bar.get_by_role("button").all_inner_texts() == names
    for _ in range(names.index("Expand")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    # It needs no further word, so it goes; what comes back is the passage told anew and is shown as changes at once.
    page.locator(".changes button").first.wait_for()
    assert page.evaluate("document.activeElement.matches('.run')")
    new = "".join(page.locator(".changes ins").all_inner_texts())
    assert new
    page.get_by_role("button", name="Take the marked changes").click()
    until(lambda: revision(house, scene)["text"] != FIRST)
    now = revision(house, scene)
    written = [now["text"][run["start"] : run["end"]] for run in now["authorship"] if run["author"] == "model"]
    assert "".join(written) == new


def test_a_tool_that_wants_a_word_first_gets_it(visitor: Visitor, scene: str) -> None:
    page = visitor.page
    page.keyboard.press("Shift+End")
    page.get_by_role("toolbar").get_by_role("button", name="Restyle", exact=True).click()
    until(lambda: page.evaluate("document.activeElement.matches('.panel form input')"))
    page.keyboard.type("noir")
    with page.expect_request("**/api/tools/restyle*") as sent:
        page.keyboard.press("Enter")
    assert sent.value.post_data_json["request"] == {"lang": "zh", "style": "noir", "text": FIRST.split("\n")[0]}


def test_the_toolbar_offers_the_kinds_of_a_tool(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.keyboard.press("Shift+End")
    bar = page.get_by_role("toolbar")
    bar.get_by_role("button", name="Spark", exact=True).click()
    with page.expect_request("**/api/tools/spark*") as sent:
        bar.get_by_role("button", name="words", exact=True).click()
    assert sent.value.post_data_json["request"] == {"lang": "zh", "kind": "words", "text": FIRST.split("\n")[0]}
    # The selection stays, and a talk takes it as the scene.
    page.locator(TEXT).focus()
    page.keyboard.press("Control+a")
    bar.get_by_role("button", name="Dialogue", exact=True).click()
    bar.get_by_role("button", name="prose", exact=True).click()
    until(lambda: page.locator(".panel form textarea").first.input_value() == FIRST)
    page.locator(TEXT).focus()
    page.keyboard.press("Control+a")
    bar.wait_for()
    page.keyboard.press("Escape")
    until(lambda: bar.count() == 0)
    house.ask("PATCH", "/settings", 200, json={"ai": False})
    try:
        page.locator(".panel", has_text="AI is switched off.").wait_for()
        page.locator(TEXT).focus()
        page.keyboard.press("Control+a")
        assert bar.count() == 0
    finally:
        house.ask("PATCH", "/settings", 200, json={"ai": True})


@pytest.fixture
def ways(studio_house: House, tmp_path: Any) -> Iterator[list[str]]:
    """A model that goes on in three ways."""
    told = ["雾散了。", "有人在喊。", "灯灭了。"]
    (tmp_path / "ways.txt").write_text("\n---\n".join(told * 9) + "\n", encoding="utf-8")
    studio_house.ask("PATCH", "/settings", 200, json={"model": f"scripted:{tmp_path / 'ways.txt'}"})
    yield told
    studio_house.ask("PATCH", "/settings", 200, json={"model": ""})


def test_ways_to_go_on_are_cards_to_choose_from(visitor: Visitor, scene: str, ways: list[str]) -> None:
    page, house = visitor.page, visitor.house
    visitor.go_to_end()
    page.keyboard.press("Alt+]")
    cards = page.locator(".ways button")
    until(lambda: cards.count() == 3)
    shown = cards.all_inner_texts()
    assert sorted(shown) == sorted(ways)
    ghost = page.locator(".ghost")
    assert ghost.inner_text() == shown[0]
    page.keyboard.press("Alt+]")
    until(lambda: ghost.inner_text() == shown[1])
    page.keyboard.press("Alt+[")
    page.keyboard.press("Alt+[")
    until(lambda: ghost.inner_text() == shown[2])
    page.keyboard.press("Tab")
    until(lambda: revision(house, scene)["text"] == FIRST + shown[2])
    (kept,) = [each for each in house.get(f"/works/{revision(house, scene)['work']}/suggestions")]
    assert (kept["state"], kept["chosen"]) == ("accepted", 2)
    page.keyboard.press("Alt+[")
    cards.first.wait_for()
    session = visitor.ime()
    session.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    until(lambda: cards.count() == 0)
    page.keyboard.press("Alt+]")
    session.send("Input.insertText", {"text": "你"})
    until(lambda: revision(house, scene)["text"] == FIRST + shown[2] + "你")
    page.keyboard.press("Alt+]")
    cards.nth(1).click()
    until(lambda: revision(house, scene)["text"].startswith(FIRST + shown[2] + "你") and cards.count() == 0)
    until(lambda: len(revision(house, scene)["text"]) > len(FIRST + shown[2] + "你"))
