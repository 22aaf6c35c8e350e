"""Curves that lead to the text, an edition looked at before it is saved, a long look, a result that becomes a work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import Visitor, browser, needs_chromium

from bimo.models.places import state_dir

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-measures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
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


def panel(visitor: Visitor, name: str) -> Any:
    visitor.page.locator(".bar nav").get_by_role("button", name=name, exact=True).click()
    return visitor.page.locator(".panel")


def begin(visitor: Visitor, *texts: str) -> list[str]:
    """The scenes of a new work, the first one open."""
    house = visitor.house
    work = house.post("/works", {"title": "Ferry", "lang": "en"}, 201)
    scenes = []
    for number, text in enumerate(texts, 1):
        node = house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": f"Scene {number}"}, 201)
        house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": text, "based_on": None})
        scenes.append(node["id"])
    visitor.open(work["id"], scenes[0])
    return [work["id"], *scenes]


def test_a_curve_leads_to_the_text(visitor: Visitor) -> None:
    page = visitor.page
    glad = "Ada smiled, and the warm happy morning was full of love and joy."
    sad = "Then grief came, and Ada wept in the cold dark night of fear and death."
    _, _, second = begin(visitor, "\n\n".join([glad] * 60), "😀 It was late.\n\n" + "\n\n".join([sad] * 60))
    view = panel(visitor, "Measures")
    view.get_by_role("button", name="Measure", exact=True).click()
    arc = view.get_by_role("slider", name="Feeling")
    arc.wait_for()
    arc.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    until(lambda: page.url.endswith(second))
    until(lambda: page.evaluate("getSelection().toString()").startswith("Then grief"))
    assert view.get_by_role("slider").count() >= 3
    assert not view.locator(".person").count() or view.locator(".person").first.inner_text()


@pytest.mark.parametrize("name", ["Measures", "Publish", "Voice", "Play"])
def test_everybody_can_use_it(studio_house: House, chromium: Any, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # The policy for content would keep the checker itself out.
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", bypass_csp=True)
    guest = Visitor(context, studio_house)
    guest.slip_in()
    begin(guest, "Ada smiled, and the warm morning was full of joy. " * 60)
    view = panel(guest, name)
    if name == "Measures":
        view.get_by_role("button", name="Measure", exact=True).click()
    view.locator("button, a, summary").nth(1).wait_for()
    found = Axe().run(guest.page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    context.close()


def test_an_edition_is_shown_and_has_what_was_asked(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "The first scene.", "The second scene.")
    view = panel(visitor, "Publish")
    view.get_by_label("Only these scenes").fill("2")
    view.get_by_label("Say at the end").check()
    view.get_by_role("button", name="Preview", exact=True).click()
    shown = page.frame_locator("iframe.preview")
    shown.get_by_text("The second scene.").wait_for()
    shown.get_by_text("The author wrote the whole text").wait_for()
    assert shown.get_by_text("The first scene.").count() == 0
    # The style of the edition is let in.
    assert "serif" in shown.locator("body").evaluate("body => getComputedStyle(body).fontFamily")
    with page.expect_download() as came:
        view.get_by_role("link", name="Plain text").click()
    text = came.value.path().read_text(encoding="utf-8")
    assert "second" in text
    assert "first" not in text


def test_a_long_look_tells_how_far_it_is(visitor: Visitor) -> None:
    begin(visitor, "She walked to the the door.", "He sat on on the bench.")
    view = panel(visitor, "Findings")
    view.get_by_label("Let the model read too").check()
    view.get_by_role("button", name="Check the whole work").click()
    view.locator(".told .quote", has_text="on on").first.wait_for()
    until(lambda: view.get_by_role("progressbar").count() == 0)


def test_a_result_of_a_recipe_becomes_a_work_of_the_model(studio_house: House) -> None:
    house = studio_house
    folder = state_dir() / "runs" / "short-1"
    folder.mkdir(parents=True)
    (folder / "04-edition.md").write_text(
        '---\ntitle: "The Lamp"\n---\n\n# The Lamp\n\nThe lamp went out.\n', encoding="utf-8"
    )
    work = house.post("/runs/short-1/04-edition.md", {}, 201)
    assert work["title"] == "The Lamp"
    scene = next(each for each in house.get(f"/works/{work['id']}")["outline"] if each["kind"] == "scene")
    revision = house.get(f"/scenes/{scene['id']}")["revision"]
    assert {run["author"] for run in revision["authorship"]} == {"model"}
    assert house.ask("POST", "/runs/short-1/..%2Fx.md", 405, json={})
