"""A model's words on the page: tools, text at the cursor, input methods, verse, history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import TEXT, Visitor, browser, needs_chromium

pytestmark = needs_chromium
SAID = "潮水退下去了。"
FIRST = "河上起了雾。\n\n"


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-model")
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
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce")
    guest = Visitor(context, studio_house)
    guest.slip_in()
    yield guest
    context.close()
    assert not guest.faults


@pytest.fixture
def scene(studio_house: House, visitor: Visitor) -> str:
    """A new scene in a Chinese work of its own, open on the page, the cursor at its end."""
    work = studio_house.post("/works", {"title": "渡口", "lang": "zh"}, 201)
    node = studio_house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "雨"}, 201)
    studio_house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": FIRST, "based_on": None})
    visitor.open(work["id"])
    visitor.go_to_end()
    return str(node["id"])


def revision(house: House, scene: str) -> Any:
    return house.get(f"/scenes/{scene}")["revision"]


def written_by(house: House, scene: str, author: str) -> str:
    now = revision(house, scene)
    return "".join(now["text"][run["start"] : run["end"]] for run in now["authorship"] if run["author"] == author)


def compose(visitor: Visitor, *steps: str) -> Any:
    """Type through an input method as far as `steps`; `Input.insertText` of the session commits it."""
    session = visitor.ime()
    for step in steps:
        session.send("Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)})
    return session


def ghost(visitor: Visitor) -> str:
    visitor.page.wait_for_selector(".ghost")
    return visitor.page.locator(".ghost").inner_text()


def test_every_tool_has_a_form_made_from_its_schema(visitor: Visitor, scene: str) -> None:
    for tool in visitor.house.get("/tools"):
        visitor.page.locator(".chips").get_by_role("button", name=tool["names"]["en"], exact=True).click()
        visitor.page.locator(".panel details summary").first.click()
        fields = visitor.page.locator(".panel form").inner_text()
        for name, field in tool["schema"]["properties"].items():
            if (name, tool["main"]) != ("text", "text"):
                assert field["description"]["en"] in fields


def test_a_suggestion_is_put_at_the_cursor_and_undone(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("button", name="Go", exact=True).click()
    page.locator(".card").get_by_role("button", name="Insert at the cursor").click()
    visitor.saved()
    until(lambda: written_by(house, scene, "model") != "")
    assert revision(house, scene)["text"].startswith(FIRST)
    work = revision(house, scene)["work"]
    assert [each["state"] for each in house.get(f"/works/{work}/suggestions")] == ["accepted"]
    page.keyboard.press("Control+z")
    until(lambda: revision(house, scene)["text"] == FIRST)
    until(lambda: [each["state"] for each in house.get(f"/works/{work}/suggestions")] == ["open"])


def test_changes_are_taken_piece_by_piece(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.keyboard.press("Control+a")
    page.locator(".chips").get_by_role("button", name="Expand", exact=True).click()
    page.get_by_role("button", name="Go", exact=True).click()
    # A passage told anew is shown as changes at once.
    pieces = page.locator(".changes button")
    pieces.first.wait_for()
    count = pieces.count()
    assert count >= 1
    pieces.first.click()
    assert pieces.first.get_attribute("aria-pressed") == "false"
    if count == 1:
        pieces.first.click()
    page.get_by_role("button", name="Take the marked changes").click()
    until(lambda: revision(house, scene)["text"] != FIRST)
    assert written_by(house, scene, "model")


def test_stop_frees_the_engine(chromium: Any, tmp_path: Any) -> None:
    house = open_house(tmp_path, "delay=0.1 repeat\n" + "雾从海上来，一直没有散。" * 100)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    visitor = Visitor(context, house)
    try:
        visitor.come_in()
        work = house.post("/works", {"title": "雾", "lang": "zh"}, 201)
        node = house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "一"}, 201)
        house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": FIRST, "based_on": None})
        visitor.open(work["id"])
        visitor.page.get_by_role("button", name="Continue", exact=True).click()
        visitor.page.get_by_role("button", name="Go", exact=True).click()
        until(lambda: not house.studio.turns.free)
        visitor.page.get_by_role("button", name="Stop").click()
        until(lambda: house.studio.turns.free, 1.0)
        visitor.page.get_by_role("button", name="Turn down").wait_for()
        assert not visitor.faults
    finally:
        context.close()
        house.close()


def test_ghost_text_is_no_text_until_it_is_taken(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.keyboard.type("夜深了，")
    shown = ghost(visitor)
    assert shown
    assert shown in SAID
    visitor.saved()
    assert revision(house, scene)["text"] == FIRST + "夜深了，"
    page.keyboard.press("Escape")
    assert page.locator(".ghost").count() == 0
    page.keyboard.press("Control+Enter")
    shown = ghost(visitor)
    page.keyboard.press("Control+ArrowRight")
    rest = ghost(visitor)
    assert shown.endswith(rest)
    assert 0 < len(rest) < len(shown)
    page.keyboard.press("Tab")
    assert page.locator(".ghost").count() == 0
    until(lambda: revision(house, scene)["text"] == FIRST + "夜深了，" + shown)
    assert written_by(house, scene, "model") == shown


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_chinese_is_committed_once_beside_a_ghost(visitor: Visitor, scene: str, when: str) -> None:
    page, house = visitor.page, visitor.house
    if when == "before":
        page.keyboard.press("Control+Enter")
        ghost(visitor)
    session = compose(visitor, "n", "ni", "ni'h", "ni'hao")
    if when == "during":
        # Nothing may be asked for while something is composed, not even on demand.
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(1300)
        assert page.locator(".ghost").count() == 0
    session.send("Input.insertText", {"text": "你好"})
    if when == "after":
        ghost(visitor)
        compose(visitor, "a").send("Input.insertText", {"text": "啊"})
    until(lambda: revision(house, scene)["text"] == FIRST + ("你好啊" if when == "after" else "你好"))


def test_a_suggestion_waits_for_the_end_of_a_composition(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("button", name="Go", exact=True).click()
    take = page.locator(".card").get_by_role("button", name="Insert at the cursor")
    take.wait_for()
    visitor.go_to_end()
    session = compose(visitor, "n", "ni'hao")
    # A click would take the focus and end the composition; the page itself must hold the change back.
    take.evaluate("button => button.click()")
    assert SAID not in visitor.text()
    session.send("Input.insertText", {"text": "你好"})
    until(lambda: SAID in revision(house, scene)["text"])
    text = revision(house, scene)["text"]
    assert text.startswith(FIRST + "你好")
    assert "ni" not in text
    assert text.count("你好") == 1


def test_a_poem_is_scanned_while_it_is_typed(visitor: Visitor, scene: str) -> None:
    page = visitor.page
    page.get_by_role("button", name="Verse").click()
    page.locator(".panel select").select_option("wujue")
    page.locator(".poem textarea").fill("白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。")
    page.wait_for_selector(".poem .marks span[data-mark='●']")
    page.get_by_text("Nothing to mend.").wait_for()
    page.locator(".poem textarea").fill("白日依山尽，黄河入海流。\n欲穷千里目，更上一层天。")
    page.wait_for_selector(".findings li.error")
    assert page.locator(".poem .marks .wrong").all_inner_texts() == ["天"]
    page.get_by_role("button", name="Put into the scene").click()
    until(lambda: "更上一层天" in revision(visitor.house, scene)["text"])


def test_an_earlier_text_is_restored(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.keyboard.type("后来的一句。")
    visitor.saved()
    until(lambda: revision(house, scene)["text"] != FIRST)
    page.get_by_role("button", name="History").click()
    page.locator(".history button").nth(1).click()
    page.locator(".compared ins").wait_for()
    page.get_by_role("button", name="Restore this").click()
    until(lambda: revision(house, scene)["text"] == FIRST)
    until(lambda: "后来" not in visitor.text())


def test_without_ai_nothing_is_offered(visitor: Visitor, scene: str) -> None:
    page, house = visitor.page, visitor.house
    page.get_by_role("button", name="Settings").click()
    try:
        page.get_by_label("let a model help at all").uncheck()
        page.get_by_role("button", name="Tools").click()
        page.get_by_text("AI is switched off.").wait_for()
        page.locator(TEXT).click()
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(300)
        assert page.locator(".ghost").count() == 0
    finally:
        house.ask("PATCH", "/settings", 200, json={"ai": True})


def test_the_bible_and_the_search_lead_to_the_text(visitor: Visitor, scene: str) -> None:
    page = visitor.page
    page.get_by_role("button", name="Bible").click()
    page.get_by_role("button", name="Add an entry").click()
    page.get_by_label("Name", exact=True).fill("<b>沈宁</b>")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="<b>沈宁</b>").wait_for()
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("起了雾")
    page.keyboard.press("Enter")
    page.locator(".hits mark").first.wait_for()
    page.locator(".hits button").first.click()
    until(lambda: "起了雾" in page.evaluate("getSelection().toString()"))
