"""Findings on the page: underlined while one writes, explained, cured, called intended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import TEXT, Visitor, browser, needs_chromium

pytestmark = needs_chromium
FAULTY = {"en": "😀 She walked to the the door.", "zh": "😀 天已经已经黑了。"}
SLIP = {"en": "the the", "zh": "已经已经"}
CURED = {"en": "😀 She walked to the door.", "zh": "😀 天已经黑了。"}


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-findings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        house = open_house(folder, "repeat\n潮水退下去了。\n")
        house.ask("PATCH", "/settings", 200, json={"ghost": False})
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


def begin(visitor: Visitor, lang: str, text: str) -> dict[str, str]:
    """A new scene of this text in a work of its own, open on the page, the cursor at its end."""
    house = visitor.house
    work = house.post("/works", {"title": "Ferry", "lang": lang, "kind": "novel"}, 201)
    node = house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "Rain"}, 201)
    house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": text, "based_on": None})
    visitor.open(work["id"])
    visitor.go_to_end()
    return {"work": work["id"], "scene": node["id"]}


def underlined(visitor: Visitor) -> list[str]:
    texts: list[str] = visitor.page.locator(f"{TEXT} .finding").all_inner_texts()
    return texts


def panel(visitor: Visitor) -> None:
    visitor.page.locator(".bar nav").get_by_role("button", name="Findings", exact=True).click()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_slip_is_underlined_explained_and_cured(visitor: Visitor, lang: str) -> None:
    page, house = visitor.page, visitor.house
    place = begin(visitor, lang, "")
    page.keyboard.insert_text(FAULTY[lang])
    until(lambda: SLIP[lang] in underlined(visitor))
    page.keyboard.press("F8")
    page.locator(".found").get_by_text("Meant so").wait_for()
    page.keyboard.press("Control+.")
    until(lambda: page.evaluate("document.activeElement.closest('.found') !== null"))
    page.keyboard.press("Enter")
    until(lambda: visitor.text() == CURED[lang])
    assert underlined(visitor) == []
    until(lambda: house.get(f"/scenes/{place['scene']}")["revision"]["text"] == CURED[lang])
    page.keyboard.press("Control+z")
    until(lambda: visitor.text() == FAULTY[lang])
    until(lambda: underlined(visitor) == [SLIP[lang]])


def test_findings_are_listed_filtered_dismissed_and_meant_so(visitor: Visitor) -> None:
    page = visitor.page
    text = "She walked to the the door.\n\nHe sat on on the bench.\n\nThey went in in silence."
    begin(visitor, "en", text)
    panel(visitor)
    listed = page.locator(".told > li")
    until(lambda: listed.count() >= 3)
    every = listed.count()
    page.get_by_label("Critic").select_option(label="English")
    assert 3 <= listed.count() <= every
    listed.nth(1).locator(".quote").click()
    page.locator(".found").wait_for()
    listed.nth(1).get_by_role("button", name="Dismiss").click()
    until(lambda: "on on" not in underlined(visitor))
    listed.first.get_by_role("button", name="Meant so").click()
    until(lambda: "the the" not in underlined(visitor))
    page.reload()
    until(lambda: underlined(visitor) == ["in in"])
    panel(visitor)
    page.get_by_text("Meant so (1)").click()
    page.get_by_role("button", name="Tell again").click()
    until(lambda: "the the" in underlined(visitor))


def test_the_whole_work_is_held_against_its_bible(visitor: Visitor) -> None:
    page, house = visitor.page, visitor.house
    place = begin(visitor, "en", "Ada Finch had brown eyes. She looked at the river for a long time.")
    names = {"kind": "character", "names": [{"text": "Ada Finch"}], "description": "Ada Finch has green eyes."}
    house.post(f"/works/{place['work']}/bible", names, 201)
    second = house.post(f"/works/{place['work']}/outline", {"kind": "scene", "title": "Later"}, 201)
    house.ask("PUT", f"/scenes/{second['id']}", 200, json={"text": "Ada Finch had blue eyes.", "based_on": None})
    panel(visitor)
    page.get_by_role("button", name="Check this scene").click()
    until(lambda: any("brown eyes" in each for each in underlined(visitor)))
    page.get_by_role("button", name="Check the whole work").click()
    page.locator(".told .scene", has_text="Later").wait_for()
    page.locator(".told .quote", has_text="blue eyes").first.click()
    until(lambda: visitor.text() == "Ada Finch had blue eyes.")
    until(lambda: any("blue eyes" in each for each in underlined(visitor)))
    # A quick look while one types does not take away what only a full one finds.
    visitor.go_to_end()
    page.keyboard.type(" It rained.")
    visitor.saved()
    assert any("blue eyes" in each for each in underlined(visitor))


def test_underlines_can_be_switched_off(visitor: Visitor) -> None:
    page, house = visitor.page, visitor.house
    begin(visitor, "en", "She walked to the the door.")
    until(lambda: underlined(visitor) == ["the the"])
    page.locator(".bar nav").get_by_role("button", name="Settings").click()
    try:
        page.get_by_label("underline findings while you type").uncheck()
        until(lambda: underlined(visitor) == [])
    finally:
        house.ask("PATCH", "/settings", 200, json={"findings": True})
    until(lambda: underlined(visitor) == ["the the"])


@pytest.mark.parametrize("when", ["before", "inside"])
def test_chinese_is_committed_once_among_underlines(visitor: Visitor, when: str) -> None:
    page, house = visitor.page, visitor.house
    place = begin(visitor, "zh", FAULTY["zh"])
    until(lambda: SLIP["zh"] in underlined(visitor))
    if when == "inside":
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/api/check") else None)
    session = visitor.ime()
    for step in ("n", "ni", "ni'h", "ni'hao"):
        session.send("Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)})
    page.evaluate("new Promise(done => setTimeout(done, 900))")
    assert asked == []
    with page.expect_request("**/api/check"):
        session.send("Input.insertText", {"text": "你好"})
    wanted = "😀 天已经你好已经黑了。" if when == "inside" else FAULTY["zh"] + "你好"
    until(lambda: house.get(f"/scenes/{place['scene']}")["revision"]["text"] == wanted)
    assert visitor.text() == wanted
