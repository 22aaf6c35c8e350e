"""The views Voice and Play: a voice prepared, judged blind and chosen; a story steered turn by turn and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import Visitor, browser, needs_chromium

from bimo.text.errors import ModelError
from bimo.voice.home import Home

pytestmark = needs_chromium
SAID = "潮水退下去了。"


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-voice")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        house = open_house(folder, f"repeat\n{SAID}\n")
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


def begin(visitor: Visitor) -> str:
    """The scene of a new work, open on the page."""
    house = visitor.house
    work = house.post("/works", {"title": "渡口", "lang": "zh"}, 201)
    node = house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "雨"}, 201)
    visitor.open(work["id"])
    return str(node["id"])


def panel(visitor: Visitor, name: str) -> Any:
    visitor.page.locator(".bar nav").get_by_role("button", name=name, exact=True).click()
    return visitor.page.locator(".panel")


def stored() -> Home:
    """A voice as training and evaluation leave it."""
    home = Home("mine")
    ways = ("base", "retrieval", "voice", "both")
    samples = [{"start": "雨停了", "writer": "我"} | {way: f"{way} {n}" for way in ways} for n in range(2)]
    figures = {
        "samples": samples, "nearer": 0.75, "memorised": False,
        "perplexity": dict.fromkeys(ways, 12.5), "ways": {way: {"distance": 0.5} for way in ways},
    }  # fmt: skip
    card = {"language": "zh", "parts": {"train": {"units": 70000, "documents": 9}}, "warnings": [], "dropped": []}
    run = {"finished": "2026-11-24T10:00Z", "base": {"id": "qwen"}, "validation": [[0, 3.5], [1, 3.0]]}
    log = "\n".join(json.dumps({"step": step, "loss": 4 - step / 10}) for step in range(10))
    told = {"dataset/card.json": json.dumps(card), "run/card.json": json.dumps(run), "run/log.jsonl": log}
    for name, text in {**told, "evaluation.json": json.dumps(figures), "voice.toml": ""}.items():
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def test_a_voice_is_judged_blind_and_chosen(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    page, house = visitor.page, visitor.house
    monkeypatch.setattr("bimo.voice.base.require_packages", lambda: None)
    stored()
    begin(visitor)
    view = panel(visitor, "Voice")
    view.get_by_text("70,000").wait_for()
    view.get_by_role("img", name="Loss while it learns").wait_for()
    view.get_by_role("button", name="Vote blind").click()
    for _ in range(2):
        view.get_by_role("button", name="I would rather A").click()
        view.get_by_role("button", name="The next pair").click()
    view.get_by_text("You have voted on every pair.").wait_for()
    votes = house.get("/voices/mine")["votes"]
    assert votes["voice"] + votes["base"] == 2
    try:
        view.get_by_role("button", name="Write with this voice").click()
        slider = view.get_by_role("slider", name="Strength")
        slider.wait_for()
        slider.fill("0.7")
        until(lambda: house.get("/settings")["strength"] == 0.7)
        assert house.get("/settings")["model"] == "voice:mine"
        view.get_by_role("button", name="Write without it").click()
        until(lambda: house.get("/settings")["model"] == "")
    finally:
        house.ask("PATCH", "/settings", 200, json={"model": "", "strength": None})
    page.keyboard.press("Alt+0")
    page.locator(".panel").get_by_role("heading", name="Settings", exact=True).wait_for()


def test_a_voice_is_prepared_from_files_and_says_what_is_missing(
    visitor: Visitor, tmp_path: Any, monkeypatch: Any
) -> None:
    def lacking(*, wandb: bool = False) -> None:
        raise ModelError("voice.no_packages", packages="torch")

    monkeypatch.setattr("bimo.voice.base.require_packages", lacking)
    folder = tmp_path / "novels"
    folder.mkdir()
    (folder / "short.md").write_text("Only a line.", encoding="utf-8")
    begin(visitor)
    view = panel(visitor, "Voice")
    view.get_by_text("pip install").wait_for()
    view.get_by_text("Prepare a voice").click()
    view.get_by_label("Name").fill("thin")
    view.get_by_role("radio", name="a folder of files").check()
    view.locator("input[type=file]").set_input_files(folder)
    view.get_by_role("button", name="Prepare", exact=True).click()
    view.locator(".failed").get_by_text("A voice is good from about").wait_for()


def test_a_story_is_steered_and_taken_back(visitor: Visitor) -> None:
    house = visitor.house
    scene = begin(visitor)
    view = panel(visitor, "Play")
    view.get_by_label("Idea").fill("一个渡口")
    view.get_by_role("button", name="Begin").click()
    told = lambda: (house.get(f"/scenes/{scene}")["revision"] or {"text": ""})["text"]  # noqa: E731
    until(lambda: SAID in told())
    first = told()
    view.get_by_label("What you do").fill("我去找船")
    view.get_by_role("button", name="Go on").click()
    until(lambda: len(told()) > len(first))
    assert {run["author"] for run in house.get(f"/scenes/{scene}")["revision"]["authorship"]} >= {"model"}
    view.get_by_role("button", name="Back before the last turn").click()
    until(lambda: visitor.text() == first)
    assert len(house.get(f"/scenes/{scene}/branches")) == 2
