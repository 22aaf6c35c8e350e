"""The page around the text: talk with a character, branches, recipes, the plan, the outline, what was considered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house_of_tests import House, open_house, until

from bimo.models.protocol import Cancel, Chunk, Prompt, Sampling, Token
from bimo.models.scripted import ScriptedModel

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import Visitor, browser, needs_chromium

pytestmark = needs_chromium
SAID = "潮水退下去了。"
FIRST = "河上起了雾。\n\n船没有来。"
SECRET = "账本在灶台下面"


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-book")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
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
def scene(studio_house: House, visitor: Visitor) -> dict[str, str]:
    """A scene in a Chinese work of its own, open on the page, the cursor at its end."""
    work = studio_house.post("/works", {"title": "渡口", "lang": "zh"}, 201)
    nodes = {"work": str(work["id"])}
    for number in (1, 2):
        chapter = studio_house.post(f"/works/{work['id']}/outline", {"kind": "chapter", "title": f"章{number}"}, 201)
        where = {"kind": "scene", "title": f"场{number}", "parent": chapter["id"]}
        nodes[f"scene{number}"] = studio_house.post(f"/works/{work['id']}/outline", where, 201)["id"]
        nodes[f"chapter{number}"] = chapter["id"]
    studio_house.ask("PUT", f"/scenes/{nodes['scene1']}", 200, json={"text": FIRST, "based_on": None})
    visitor.open(work["id"])
    visitor.go_to_end()
    return nodes


def head(house: House, scene: str) -> Any:
    return house.get(f"/scenes/{scene}")["revision"]


def panel(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("navigation", name="Panels").get_by_role("button", name=name).click()
    visitor.page.locator(".panel").get_by_role("heading", name=name, exact=True).wait_for()


def test_a_character_is_asked_and_knows_only_what_it_may_know(visitor: Visitor, scene: dict[str, str]) -> None:
    page, house = visitor.page, visitor.house
    bible = f"/works/{scene['work']}/bible"
    uncle = house.post(bible, {"kind": "character", "names": [{"text": "王伯", "role": "name"}]}, 201)
    other = house.post(bible, {"kind": "character", "names": [{"text": "沈宁", "role": "name"}]}, 201)
    knowers = [{"entry": other["id"], "from_scene": None}]
    house.post(f"/entries/{uncle['id']}/facts", {"text": SECRET, "secret": True, "knowers": knowers}, 201)
    house.post(f"/entries/{uncle['id']}/facts", {"text": "每月初七过江"}, 201)
    panel(visitor, "Talk")
    for name, knows in (("王伯", False), ("沈宁", True)):
        page.get_by_label("Talk with").select_option(label=name)
        page.get_by_label("You say").fill("王伯把账本放哪儿了？")
        page.keyboard.press("Enter")
        page.locator(".talk li.theirs").get_by_text(SAID).wait_for()
        page.get_by_text("What the character knows here").wait_for()
        told = house.get(f"/works/{scene['work']}/suggestions")[0]["prompt"]
        assert (SECRET in told) is knows
        assert "每月初七过江" in told
        # The text is told through nobody's eyes, so neither has read it.
        assert "河上起了雾" not in told
    page.get_by_text("What the character knows here").click()
    page.locator(".seen").get_by_text("kept from this character").first.wait_for()


def test_branches_stand_side_by_side_and_pieces_are_taken_over(visitor: Visitor, scene: dict[str, str]) -> None:
    page, house = visitor.page, visitor.house
    panel(visitor, "History")
    page.get_by_placeholder("Name of a new branch").fill("晴天")
    page.get_by_role("button", name="Branch", exact=True).click()
    page.locator(".branches strong", has_text="晴天").wait_for()
    branch = next(each for each in house.get(f"/scenes/{scene['scene1']}/branches") if each["name"] == "晴天")
    base = house.get(f"/revisions/{branch['head']}")
    work = scene["work"]
    kept = house.studio.desk.suggestions.add(work, "continue", {}, [{"text": "雾散了。"}], scene=scene["scene1"])
    text = base["text"].replace("船没有来。", "船早就来了。") + "雾散了。"
    taken = {"suggestion": kept.id, "start": len(text) - 4, "end": len(text)}
    body = {"text": text, "based_on": base["id"], "accepted": [taken]}
    house.ask("PUT", f"/scenes/{scene['scene1']}", 200, json=body)
    assert head(house, scene["scene1"])["text"] == FIRST
    page.get_by_role("button", name="Side by side").click()
    columns = page.locator("dialog .columns section")
    columns.nth(1).locator("ins").first.wait_for()
    assert "船没有来" in columns.nth(0).inner_text()
    assert "船早就来了" in columns.nth(1).inner_text()
    page.get_by_role("button", name="Take pieces over").click()
    pieces = page.locator("dialog .changes button")
    pieces.first.wait_for()
    page.get_by_role("button", name="Take the marked changes").click()
    until(lambda: head(house, scene["scene1"])["text"] == text)
    now = head(house, scene["scene1"])
    by_model = [text[run["start"] : run["end"]] for run in now["authorship"] if run["author"] == "model"]
    assert by_model == ["雾散了。"]
    until(lambda: "雾散了" in visitor.text())


def test_a_recipe_runs_and_is_taken_up_again(visitor: Visitor, scene: dict[str, str]) -> None:
    page = visitor.page
    panel(visitor, "Recipes")
    for recipe in visitor.house.get("/recipes"):
        page.locator(".chips").get_by_role("button", name=recipe["names"]["en"], exact=True).wait_for()
    page.locator(".chips").get_by_role("button", name="Poem booklet").click()
    page.get_by_label("Idea").fill("渡口的最后一夜")
    page.get_by_role("button", name="Go", exact=True).click()
    page.locator(".steps a[download]").first.wait_for(timeout=20000)
    count = page.locator(".steps > li").count()
    assert page.locator(".steps > li.done").count() == count
    with page.expect_download() as fetched:
        page.locator(".steps a[download]").first.click()
    assert Path(fetched.value.path()).stat().st_size > 0
    page.get_by_role("button", name="Go", exact=True).click()
    page.locator(".steps small", has_text="from before").first.wait_for()


def test_the_plan_of_a_scene_and_the_goals_are_kept(visitor: Visitor, scene: dict[str, str]) -> None:
    page, house = visitor.page, visitor.house
    panel(visitor, "Plan")
    page.get_by_label("What happens next").fill("铃响了")
    page.keyboard.press("Enter")
    until(lambda: [b["text"] for b in house.get(f"/scenes/{scene['scene1']}/plan")["beats"]] == ["铃响了"])
    page.get_by_label("Goal of the scene").fill("800")
    page.keyboard.press("Tab")
    page.locator("#text > footer").get_by_text("/ 800").wait_for()
    page.get_by_label("Goal of a day").fill("500")
    page.keyboard.press("Tab")
    page.locator("#text > footer").get_by_text("/ 500").wait_for()
    page.get_by_label("Note something").fill("问清楚铜铃的来历")
    page.keyboard.press("Enter")
    page.get_by_label("问清楚铜铃的来历", exact=True).check()
    until(lambda: [each["done"] for each in house.get(f"/works/{scene['work']}/notes")] == [True])


def test_scenes_are_moved_by_keyboard_and_by_dragging(visitor: Visitor, scene: dict[str, str]) -> None:
    page, house = visitor.page, visitor.house

    def order() -> list[tuple[str, str]]:
        nodes = house.get(f"/works/{scene['work']}")["outline"]
        titles = {each["id"]: each["title"] for each in nodes}
        return [(titles[each["parent"]], each["title"]) for each in nodes if each["kind"] == "scene"]

    name = page.get_by_role("button", name="场1", exact=True)
    name.focus()
    page.keyboard.press("Alt+ArrowDown")
    until(lambda: order() == [("章2", "场1"), ("章2", "场2")])
    page.wait_for_function("id => document.getElementById(id)?.closest('ul ul')", arg=f"node-{scene['scene1']}")
    until(lambda: page.evaluate("document.activeElement.textContent.trim()") == "场1")
    page.keyboard.press("Alt+ArrowDown")
    until(lambda: order() == [("章2", "场2"), ("章2", "场1")])
    page.locator(".node", has_text="场1").drag_to(page.locator(".node", has_text="章1"))
    until(lambda: order() == [("章1", "场1"), ("章2", "场2")])


class Thinking(ScriptedModel):
    """A scripted model that tells what else it considered."""

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        if sampling.logprobs:
            yield Chunk("潮", tokens=(Token("潮", -0.3, (("潮", -0.3), ("雾", -1.5), ("灯", -3.0))),))
        else:
            yield from super().stream(prompt, sampling, cancel=cancel)

    @property
    def info(self) -> Any:
        from dataclasses import replace

        return replace(super().info, abilities=super().info.abilities | {"logprobs"})


def take_ghost(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Control+Enter")
    visitor.page.wait_for_selector(".ghost")
    visitor.page.keyboard.press("Tab")
    visitor.saved()
    visitor.page.wait_for_selector(".by-model")


def test_a_generated_word_shows_what_else_was_considered(visitor: Visitor, scene: dict[str, str]) -> None:
    page, house = visitor.page, visitor.house
    take_ghost(visitor)
    assert head(house, scene["scene1"])["text"] == FIRST + SAID
    page.locator(".by-model").first.hover(position={"x": 5, "y": 10})
    page.locator(".considered").get_by_text("does not tell").wait_for()
    page.mouse.move(5, 5)
    page.locator(".considered").wait_for(state="detached")
    opened = house.studio._opened
    house.studio._opened = house.studio.model_id, Thinking(default="散了。")
    try:
        page.locator(".by-model").first.hover(position={"x": 5, "y": 10})
        page.locator(".considered").get_by_role("button", name="雾 22%").click()
        page.locator(".ghost").get_by_text("雾散了。").wait_for()
        page.keyboard.press("Tab")
        until(lambda: head(house, scene["scene1"])["text"] == FIRST + "雾散了。")
        now = head(house, scene["scene1"])
        assert now["authorship"][-1]["author"] == "model"
        assert now["authorship"][-1]["start"] == len(FIRST)
    finally:
        house.studio._opened = opened


def test_what_the_model_saw_is_shown_part_by_part(visitor: Visitor, scene: dict[str, str]) -> None:
    page = visitor.page
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_text("What the model saw").click()
    parts = page.locator(".run .seen summary")
    parts.first.wait_for()
    assert all("tokens" in each for each in parts.all_inner_texts())


def test_a_file_comes_in_with_a_preview_and_an_edition_goes_out(visitor: Visitor, tmp_path: Path) -> None:
    page, house = visitor.page, visitor.house
    page.goto(house.origin)
    book = tmp_path / "雾.md"
    book.write_text("# 第一章\n\n河上起了雾。\n\n# 第二章\n\n船没有来。\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(book)
    page.locator(".plan").get_by_text("第二章").first.wait_for()
    page.get_by_role("button", name="Bring it in", exact=True).click()
    page.wait_for_selector(".desk")
    panel(visitor, "Publish")
    formats = house.get("/editions")
    links = page.locator(".editions a")
    links.first.wait_for()
    # Every format of the registry, and the archive.
    assert links.count() == len(formats) + 1
    with page.expect_download() as fetched:
        page.locator(".editions a", has_text=".md").first.click()
    assert "船没有来" in Path(fetched.value.path()).read_text(encoding="utf-8")


def test_a_poem_is_mended_and_stays_the_models_in_the_scene(chromium: Any, tmp_path: Path) -> None:
    house = open_house(tmp_path, "repeat\n更上一层楼。\n")
    broken = "白日依山尽，黄河入海流。\n欲穷千里目，更上一层天。"
    visitor = Visitor(chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB"), house)
    try:
        visitor.come_in()
        work = house.post("/works", {"title": "楼", "kind": "poems", "lang": "zh"}, 201)
        node = house.post(f"/works/{work['id']}/outline", {"kind": "scene"}, 201)
        visitor.open(work["id"])
        panel(visitor, "Verse")
        page = visitor.page
        page.locator(".poem textarea").fill(broken)
        page.locator(".panel select").first.select_option("wujue")
        page.get_by_role("button", name="Mend it").click()
        card = page.locator(".panel .card")
        card.first.wait_for(timeout=30000)
        card.first.get_by_role("button", name="Replace").click()
        until(lambda: page.locator(".poem textarea").input_value() != broken)
        page.get_by_text("Nothing to mend.").wait_for()
        poem = page.locator(".poem textarea").input_value()
        page.get_by_role("button", name="Put into the scene").click()
        until(lambda: (head(house, node["id"]) or {}).get("text") == poem)
        assert [run["author"] for run in head(house, node["id"])["authorship"]] == ["model"]
        assert not visitor.faults
    finally:
        visitor.context.close()
        house.close()


def test_the_keyboard_leads_everywhere(visitor: Visitor, scene: dict[str, str]) -> None:
    page = visitor.page
    page.keyboard.press("Alt+6")
    page.locator(".panel").get_by_role("heading", name="Plan", exact=True).wait_for()
    places = []
    for _ in range(3):
        page.keyboard.press("F6")
        places.append(page.evaluate("document.activeElement.closest('.outline, #text, .panel').className || 'text'"))
    assert sorted(places) == ["outline", "panel", "text"]
