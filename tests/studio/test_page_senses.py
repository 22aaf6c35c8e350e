"""Reading aloud, dictation, offers and pictures on the page. The models of speech are the stand-ins of the routes."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from typing import Any

import pytest
from house_of_tests import House, open_house, until

pytest.importorskip("faster_whisper")
pytest.importorskip("playwright", reason="playwright is not installed: pip install --group dev")
from browser import TEXT, Visitor, browser, needs_chromium
from test_studio_senses import Ears, Tone, np, picture

pytestmark = needs_chromium
STORY = {"en": "The rain stopped. Ada went out.\n\nNobody spoke.", "zh": "雨停了。她走了出去。\n\n没有人说话。"}
SENTENCES = {
    "en": ["The rain stopped.", "Ada went out.", "Nobody spoke."],
    "zh": ["雨停了。", "她走了出去。", "没有人说话。"],
}
PLAY = "Read from the cursor"


class Slow(Tone):
    """Tones that can be followed by eye."""

    def say(self, sounds: str, voice: str, speed: float) -> Any:
        return np.tile(super().say(sounds, voice, 1), 4)


@pytest.fixture(scope="module")
def studio_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("page-senses")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        patch.setattr("bimo.senses.speech.Kokoro", Slow)
        patch.setattr("bimo.senses.hearing.Whisper", Ears)
        patch.setattr("bimo.senses.hearing.stretches", lambda samples: [(0, 8000), (8000, 12_000)])
        house = open_house(folder, "repeat\n潮水退下去了。\n")
        house.ask("PATCH", "/settings", 200, json={"ghost": False, "findings": False})
    yield house
    house.close()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    spoken = tmp_path_factory.mktemp("spoken") / "spoken.wav"
    with wave.open(str(spoken), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((np.sin(np.arange(96_000) / 20) * 9000).astype(np.int16).tobytes())
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={spoken}")
    with browser(*flags, "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required") as opened:
        yield opened


@pytest.fixture
def visitor(studio_house: House, chromium: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    monkeypatch.setattr("bimo.studio.routes.senses.lack_of", lambda sense: None)
    monkeypatch.setattr("bimo.senses.speech.Kokoro", Slow)
    monkeypatch.setattr("bimo.senses.hearing.Whisper", Ears)
    monkeypatch.setattr("bimo.senses.hearing.stretches", lambda samples: [(0, 8000), (8000, 12_000)])
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce", permissions=["microphone"]
    )
    guest = Visitor(context, studio_house)
    guest.slip_in()
    yield guest
    context.close()
    studio_house.ask("PATCH", "/settings", 200, json={"language": "auto"})
    assert not guest.faults


def begin(visitor: Visitor, lang: str, text: str, interface: str = "en") -> dict[str, str]:
    """A new scene of this text in a work of its own, open on the page, the cursor at its start."""
    house = visitor.house
    house.ask("PATCH", "/settings", 200, json={"language": interface})
    work = house.post("/works", {"title": "Ferry", "lang": lang, "kind": "novel"}, 201)
    node = house.post(f"/works/{work['id']}/outline", {"kind": "scene", "title": "Rain"}, 201)
    house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": text, "based_on": None})
    visitor.open(work["id"])
    visitor.page.click(TEXT)
    visitor.page.keyboard.press("Control+Home")
    return {"work": work["id"], "scene": node["id"]}


def panel(visitor: Visitor, name: str) -> None:
    visitor.page.locator(".bar nav").get_by_role("button", name=name, exact=True).click()


def lit(visitor: Visitor) -> str:
    return "".join(visitor.page.locator(".read-aloud").all_inner_texts())


def watched(visitor: Visitor) -> None:
    """Keep what is lit, in its order, in `window.lit`, and when each sound begins and ends in `window.heard`."""
    visitor.page.evaluate(
        """() => {
          window.lit = [];
          new MutationObserver(() => {
            const now = [...document.querySelectorAll('.read-aloud')].map(each => each.textContent).join('');
            if (now && now !== window.lit.at(-1)) window.lit.push(now);
          }).observe(document.querySelector('.cm-content'), {subtree: true, childList: true, attributes: true});
        }"""
    )


def test_sentences_are_lit_while_they_are_read(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "zh", STORY["zh"], "zh")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/clip") else None)
    panel(visitor, "朗读")
    play = page.get_by_role("button", name="从光标处朗读")
    play.wait_for()
    watched(visitor)
    play.click()
    until(lambda: lit(visitor) == SENTENCES["zh"][0])
    # The next sentences are made while this one is heard.
    until(lambda: len(asked) == 3)
    assert lit(visitor) == SENTENCES["zh"][0]
    play.wait_for(timeout=15_000)
    assert page.evaluate("window.lit") == SENTENCES["zh"]
    assert len(asked) == 3
    assert lit(visitor) == ""


def test_keys_play_pause_step_and_stop(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "en", STORY["en"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Alt+p")
    until(lambda: lit(visitor) == SENTENCES["en"][0])
    page.keyboard.press("Alt+p")
    page.locator(".player").get_by_role("button", name="Go on reading").wait_for()
    page.keyboard.press("Alt+.")
    until(lambda: lit(visitor) == SENTENCES["en"][1])
    # Paused it stays, however long, also where it was let go and held again before the sound had begun.
    page.keyboard.press("Alt+p")
    page.keyboard.press("Alt+p")
    page.wait_for_timeout(900)
    assert lit(visitor) == SENTENCES["en"][1]
    page.keyboard.press("Alt+,")
    until(lambda: lit(visitor) == SENTENCES["en"][0])
    page.keyboard.press("Alt+p")
    until(lambda: lit(visitor) == SENTENCES["en"][1])
    # What is written meanwhile moves the light with its words.
    page.keyboard.press("Alt+p")
    page.keyboard.type("So ")
    until(lambda: visitor.text().startswith("So The rain"))
    assert lit(visitor) == SENTENCES["en"][1]
    page.keyboard.press("Alt+Shift+p")
    until(lambda: lit(visitor) == "")


def test_a_selection_is_read_alone(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "en", STORY["en"])
    for _ in range("The rain stopped. A".index("A")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+End")
    watched(visitor)
    page.keyboard.press("Alt+p")
    page.locator(".player").wait_for()
    page.locator(".player").wait_for(state="detached")
    assert page.evaluate("window.lit") == [SENTENCES["en"][1]]


SPOKEN = "[...CSS.highlights.get('spoken') ?? []].map((range) => range.toString()).join('')"


def test_words_are_lit_within_the_sentence(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "en", STORY["en"])
    page.keyboard.press("Alt+p")
    for word in ("The", "rain", "stopped", "Ada", "went", "out"):
        until(lambda word=word: page.evaluate(SPOKEN) == word)
    page.keyboard.press("Alt+Shift+p")
    until(lambda: page.evaluate(SPOKEN) == "")


def test_the_next_scene_follows_where_that_is_wished(visitor: Visitor) -> None:
    page, house = visitor.page, visitor.house
    place = begin(visitor, "zh", "雨停了。")
    for title, text in (("Empty", ""), ("Late", "没有人说话。")):
        node = house.post(f"/works/{place['work']}/outline", {"kind": "scene", "title": title}, 201)
        house.ask("PUT", f"/scenes/{node['id']}", 200, json={"text": text, "based_on": None})
    visitor.open(place["work"])
    panel(visitor, "Aloud")
    page.get_by_label("go on with the next scene").check()
    page.click(TEXT)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Alt+p")
    until(lambda: lit(visitor) == "没有人说话。", 8)
    until(lambda: lit(visitor) == "", 8)


def test_a_voice_and_a_speed_are_chosen_and_kept(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "en", STORY["en"])
    panel(visitor, "Aloud")
    page.get_by_label("Voice for English").select_option(label="Michael · man")
    page.get_by_label("Speed").select_option("1.3")
    with page.expect_request("**/api/aloud/clip") as asked:
        page.get_by_role("button", name=PLAY).click()
    assert asked.value.post_data_json == {
        "text": "The rain stopped.", "lang": "en", "voice": "am_michael", "speed": 1.3,
    }  # fmt: skip
    page.reload()
    panel(visitor, "Aloud")
    assert page.get_by_label("Speed").input_value() == "1.3"


def test_what_is_missing_can_be_fetched(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from bimo.studio.senses import lack_of

    page = visitor.page
    monkeypatch.setattr("bimo.studio.routes.senses.lack_of", lack_of)

    def pull(asset: Any, *, progress: Any, cancel: Any) -> None:
        progress(asset.size // 2, asset.size, "")
        assert cancel.wait(10)

    monkeypatch.setattr("bimo.models.download.pull", pull)
    begin(visitor, "en", STORY["en"])
    panel(visitor, "Aloud")
    page.get_by_role("button", name="Fetch it · 92 MB").click()
    page.get_by_text("46 / 92 MB").wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Fetch it · 92 MB").wait_for()


def test_what_is_said_is_put_at_the_cursor_once_it_is_taken(visitor: Visitor) -> None:
    page, house = visitor.page, visitor.house
    place = begin(visitor, "zh", "", "zh")
    panel(visitor, "朗读")
    page.get_by_label("说的是").select_option("zh")
    page.click(TEXT)
    page.keyboard.insert_text("夜里，")
    page.keyboard.press("Alt+r")
    page.get_by_text("正在录音").wait_for()
    page.wait_for_timeout(1300)
    with page.expect_request("**/api/dictation?*") as sent:
        page.keyboard.press("Alt+r")
    assert f"work={place['work']}&language=zh" in sent.value.url
    take = page.get_by_role("button", name="插入光标处")
    take.wait_for()
    assert visitor.text() == "夜里，"
    page.get_by_label("听到的内容").fill("雨停了。")
    take.click()
    until(lambda: visitor.text() == "夜里，雨停了。")
    until(lambda: house.get(f"/scenes/{place['scene']}")["revision"]["text"] == "夜里，雨停了。")
    runs = house.get(f"/scenes/{place['scene']}")["revision"]["authorship"]
    assert {run["author"] for run in runs} == {"writer"}


def test_without_a_microphone_it_says_so(visitor: Visitor) -> None:
    page = visitor.page
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') }"
    )
    begin(visitor, "en", STORY["en"])
    page.keyboard.press("Alt+r")
    page.get_by_role("alert").get_by_text("There is no microphone here.").wait_for()


def test_an_offer_starts_its_tool_and_can_be_sent_away(visitor: Visitor) -> None:
    page = visitor.page
    begin(visitor, "zh", STORY["zh"], "zh")
    panel(visitor, "推荐")
    cards = page.locator(".offers .card")
    cards.first.wait_for()
    count = cards.count()
    with page.expect_request("**/api/foryou/dismissed") as asked:
        cards.first.get_by_role("button", name="不要这个").click()
    until(lambda: cards.count() == count - 1)
    with page.expect_response("**/api/foryou?*") as others:
        page.get_by_role("button", name="换一批").click()
    assert asked.value.post_data_json["item"] not in {each["id"] for each in others.value.json()}
    page.locator("summary", has_text="忘掉").click()
    page.locator("details").get_by_role("button", name="忘掉已学到的").click()
    page.get_by_text("已忘掉学到的偏好。").wait_for()
    with page.expect_request("**/api/foryou/opened"):
        page.get_by_role("button", name="试试").first.click()
    page.locator(".panel h2", has_text="工具").wait_for()


def test_a_picture_gives_colours_words_and_ideas(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visitor.page
    monkeypatch.setattr("bimo.senses.seeing.read_words", lambda picture: ("LIGHTHOUSE",))
    begin(visitor, "en", STORY["en"])
    panel(visitor, "Tools")
    panel(visitor, "Tools")
    page.locator(".chips").get_by_role("button", name="Spark", exact=True).click()
    chosen = page.locator(".panel input[type=file]")
    chosen.set_input_files({"name": "night.png", "mimeType": "image/png", "buffer": picture()})
    page.get_by_text("deep blue 100 %").wait_for()
    page.get_by_text("LIGHTHOUSE").wait_for()
    assert page.locator(".palette rect").get_attribute("fill") == "#141e5a"
    with page.expect_request("**/api/tools/spark*") as asked:
        page.get_by_role("button", name="Find ideas from it").click()
    assert "LIGHTHOUSE" in asked.value.post_data_json["request"]["text"]
    page.locator(".run").first.wait_for()


def test_a_picture_that_is_none_is_told(studio_house: House, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce")
    visitor = Visitor(context, studio_house)
    visitor.slip_in()
    try:
        begin(visitor, "en", STORY["en"])
        visitor.page.locator(".chips").get_by_role("button", name="Spark", exact=True).click()
        bomb = io.BytesIO(picture((20_000, 20_000), "1"))
        given = {"name": "bomb.png", "mimeType": "image/png", "buffer": bomb.getvalue()}
        visitor.page.locator(".panel input[type=file]").set_input_files(given)
        visitor.page.get_by_text("bomb.png has more than 100 million pixels.").wait_for()
    finally:
        context.close()
