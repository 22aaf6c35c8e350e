"""The page in a real browser, under the content policy that it is served with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import TEXT, Visitor, browser, needs_chromium  # the line above must come before

pytestmark = needs_chromium
SAID = "潮水退下去了。"


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        house = open_house(folder, f"repeat\n{SAID}\n")
    yield house
    house.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def visitor(studio_house: House, chromium: Any) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce")
    guest = Visitor(context, studio_house)
    guest.come_in()
    yield guest
    context.close()
    # One is asked of the page that opens each test: nothing was refused and nothing broke.
    assert not guest.faults


@pytest.fixture
def scene(studio_house: House) -> dict[str, Any]:
    """A new scene in a Chinese work of its own."""
    work = studio_house.post("/works", {"title": "渡口", "lang": "zh"}, 201)
    node = studio_house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "雨"}, 201)
    studio_house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": "河上起了雾。\n\n", "based_on": None})
    return {"work": work["id"], "id": node["id"]}


def stored(house: House, scene: str) -> str:
    text: str = house.get(f"/scenes/{scene}")["revision"]["text"]
    return text


def test_the_token_opens_the_page_and_leaves_the_address(visitor: Visitor) -> None:
    assert "token" not in visitor.page.url
    assert visitor.page.locator("h1").inner_text().startswith("笔墨")


def test_what_is_written_is_saved(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.open(scene["work"])
    visitor.go_to_end()
    visitor.page.keyboard.type("她没有回头。😀")
    visitor.page.wait_for_selector(".mark.unsaved, .mark.saving")
    visitor.saved()
    assert stored(visitor.house, scene["id"]) == "河上起了雾。\n\n她没有回头。😀"
    assert "12 字" in visitor.page.locator("#text > footer").inner_text()
    visitor.page.keyboard.press("Control+z")
    visitor.page.keyboard.press("Control+s")
    visitor.saved()
    until(lambda: stored(visitor.house, scene["id"]) == "河上起了雾。\n\n")


def test_unsaved_text_survives_a_reload(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.open(scene["work"])
    visitor.page.route(
        "**/api/scenes/*", lambda route: route.abort() if route.request.method == "PUT" else route.continue_()
    )
    visitor.go_to_end()
    visitor.page.keyboard.type("还没存下的一句。")
    visitor.page.wait_for_selector(".mark.offline")
    visitor.page.unroute_all()
    visitor.page.reload()
    visitor.page.wait_for_selector(TEXT)
    until(lambda: stored(visitor.house, scene["id"]).endswith("还没存下的一句。"))
    visitor.faults = [fault for fault in visitor.faults if "ERR_FAILED" not in fault]


def test_a_conflict_shows_both_texts_and_the_writer_decides(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.open(scene["work"])
    head = visitor.house.get(f"/scenes/{scene['id']}")["revision"]["id"]
    visitor.page.route(
        "**/api/scenes/*", lambda route: route.abort() if route.request.method == "PUT" else route.continue_()
    )
    visitor.go_to_end()
    visitor.page.keyboard.type("我的一句。")
    visitor.page.wait_for_selector(".mark.offline")
    theirs = {"text": "河上起了大雾。\n\n", "based_on": head}
    visitor.house.ask("PUT", f"/scenes/{scene['id']}", 200, json=theirs)
    visitor.page.unroute_all()
    visitor.page.keyboard.press("Control+s")
    shown = visitor.page.wait_for_selector(".conflict .both ins")
    assert shown
    assert "大" in visitor.page.locator(".conflict .both del").all_inner_texts()[0]
    assert stored(visitor.house, scene["id"]) == theirs["text"]
    visitor.page.get_by_role("button", name="Go on with mine").click()
    visitor.saved()
    assert stored(visitor.house, scene["id"]) == "河上起了雾。\n\n我的一句。"
    visitor.faults = [fault for fault in visitor.faults if "ERR_FAILED" not in fault and "409" not in fault]


def test_another_page_hears_of_a_save(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.open(scene["work"])
    other = visitor.context.new_page()
    visitor.watch(other)
    # A second tab is a page of its own.
    visitor.open(scene["work"], page=other)
    visitor.go_to_end()
    visitor.page.keyboard.type("第二段。")
    visitor.saved()
    until(lambda: "第二段。" in other.locator(TEXT).inner_text())


def test_the_interface_speaks_both_languages(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.open(scene["work"])
    page = visitor.page
    try:
        page.get_by_role("button", name="Settings").click()
        page.get_by_role("button", name="中文").click()
        page.get_by_role("button", name="设定集").wait_for()
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        page.get_by_role("button", name="English").click()
        page.get_by_role("button", name="Bible").wait_for()
    finally:
        visitor.house.ask("PATCH", "/settings", 200, json={"language": "auto"})


def test_chinese_is_drawn_with_a_font_that_came_along(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.open(scene["work"])
    visitor.page.evaluate("document.fonts.ready")
    loaded = visitor.page.evaluate(
        "[...document.fonts].filter(font => font.status == 'loaded').map(font => font.family)"
    )
    assert any("Noto Serif SC" in family for family in loaded)


def test_a_phone_reads_without_scrolling_sideways(visitor: Visitor, scene: dict[str, Any]) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.open(scene["work"])
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    visitor.page.get_by_role("button", name="Outline").click()
    visitor.page.get_by_role("button", name="雨", exact=True).click()
    visitor.page.wait_for_selector(".cm-content")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_readers_who_use_tools(
    visitor: Visitor, scene: dict[str, Any], theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    visitor.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    found = {"library": Axe().run(visitor.page).response["violations"]}
    visitor.open(scene["work"])
    for panel in (
        "Tools",
        "Findings",
        "Talk",
        "Verse",
        "Recipes",
        "Plan",
        "Bible",
        "History",
        "Search",
        "Publish",
        "Settings",
    ):
        button = visitor.page.get_by_role("navigation", name="Panels").get_by_role("button", name=panel)
        if button.get_attribute("aria-pressed") == "false":
            button.click()
        visitor.page.get_by_role("heading", name=panel).wait_for()
        found[panel] = Axe().run(visitor.page).response["violations"]
    told = [(where, each["id"], each["impact"]) for where, all_ in found.items() for each in all_]
    assert [each for each in told if each[2] in ("serious", "critical")] == []
