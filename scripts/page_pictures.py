"""Take the pictures of the studio's page in docs/images: a real studio in Chromium, with the sample works.

What a model says in them stands in `SCENES`: the pictures show the page, not how well a model writes. Needs Chromium
and the development tools; `make page` first, so that the page is the one of this source.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs/images"
MOST = 250 * 1024


@dataclass(frozen=True)
class Scene:
    """What stands in the pictures of one language."""

    typed: str
    ghosts: str
    style: str
    restyled: str
    form: str
    poem: str
    branch: str
    change: tuple[str, str]
    slip: str
    doubled: str
    deed: str
    turn: str


SCENES = {
    "zh": Scene(
        "他把灯举高了些。",
        "江面上的雾被照出一道缝。\n---\n缝里有一个人，挑着担子，不知站了多久。",
        "武侠",
        "沈宁踏下车时，雨势方收。车夫将他的箱子从后厢提出，搁在道旁，道前路已断，正在修桥，往下行五百米便是渡口。",
        "wujue",
        "白日依山尽，黄河入海流。\n欲穷千里目，更上一层天。",
        "没有人喊过渡",
        ("雨刚停", "雨还没停"),
        "天已经已经黑了，他把灯放在桌上,走了。",
        "已经已经",
        "跟着那盏灯走",
        "灯在前面不远不近地晃。他走快，它也快；他停下来，它就停在一棵柳树底下等着。",
    ),
    "en": Scene(
        "She struck the A again.",
        " It came back a little flat.\n---\n She put the lever down and left it so.",
        "noir",
        "The van still stank of her mother: felt, machine oil, peppermint. Ada Finch drove it slow, the way she had "
        "been taught to drive it, on account of the forks.",
        "limerick",
        "There once was a tuner from Kent\nWho heard every note that was bent;\nShe would strike the low A\n"
        "And then listen all day\nTill she knew where the money had gone.",
        "Nobody at the door",
        ("slowly, because of the forks", "fast, in spite of the forks"),
        "The church stood at the the end of the lane. She was sad and angry and afraid and ashamed.",
        "the the",
        "Follow the sound to the vestry",
        "The vestry door was not locked. Behind it somebody had been counting coins, and had stopped.",
    ),
}


@dataclass(frozen=True)
class Shown:
    """A voice that exists in a picture only."""

    lang: str
    text: str

    def store(self) -> Path:
        """Write what training and evaluation leave of a voice."""
        from bimo.voice.home import Home

        home = Home({"zh": "我的", "en": "mine"}[self.lang])
        ways = {"base": (61.2, 0.93), "retrieval": (48.9, 0.81), "voice": (36.4, 0.62), "both": (33.7, 0.55)}
        sample = dict.fromkeys(("start", "writer", *ways), self.text)
        figures = {
            "samples": [sample],
            "nearer": 0.75,
            "memorised": False,
            "perplexity": {way: value for way, (value, _) in ways.items()},
            "ways": {way: {"distance": value} for way, (_, value) in ways.items()},
        }
        card = {"language": self.lang, "parts": {"train": {"units": 96_400, "documents": 31}}, "warnings": []}
        run = {"finished": "2026-11-24T10:00Z", "base": {"id": "qwen2.5-0.5b"}, "validation": [[0, 4.11], [1, 3.59]]}
        noise = random.Random(1)
        losses = [3.4 + 0.9 * 0.985**step + noise.gauss(0, 0.07) for step in range(220)]
        log = "\n".join(json.dumps({"step": step, "loss": loss}) for step, loss in enumerate(losses))
        told = {"dataset/card.json": card, "run/card.json": run, "evaluation.json": figures}
        files = {name: json.dumps(each) for name, each in told.items()} | {"run/log.jsonl": log, "voice.toml": ""}
        for name, text in files.items():
            path = home.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return home.root


class Photographer:
    """Takes the pictures of one language."""

    def __init__(self, visitor: Any, folder: Path, lang: str) -> None:
        self.visitor, self.page, self.house = visitor, visitor.page, visitor.house
        self.folder, self.lang, self.scene = folder, lang, SCENES[lang]
        self.work = self.house.post(f"/samples/{lang}", status=201)["id"]
        self.verse, self.bible, self.history, self.tools, self.findings = {
            "zh": ("诗词", "设定集", "修订", "工具", "发现"),
            "en": ("Verse", "Bible", "History", "Tools", "Findings"),
        }[lang]
        self.measures, self.publish, self.voices, self.play = {
            "zh": ("度量", "成书", "文风", "游戏"),
            "en": ("Measures", "Publish", "Voice", "Play"),
        }[lang]

    def settings(self, **given: object) -> None:
        """Set what is given; language and theme are those of the pictures."""
        self.house.ask("PATCH", "/settings", 200, json={"language": self.lang, "theme": "light"} | given)

    def says(self, text: str) -> None:
        """Let the model say this from now on."""
        script = self.folder / f"{self.lang}-{len(list(self.folder.glob('*.txt')))}.txt"
        script.write_text(f"repeat\n{text}\n", encoding="utf-8")
        self.settings(model=f"scripted:{script}")

    def panel(self, name: str) -> None:
        """Open a panel."""
        bar = self.page.locator(".bar nav")
        button = bar.get_by_role("button", name=name, exact=True)
        if button.get_attribute("aria-pressed") == "false":
            button.click()

    def take(self, name: str) -> None:
        """Take the picture; SystemExit if it is too heavy for a README."""
        self.page.evaluate("document.fonts.ready")
        # What explains a finding goes when the pointer does.
        if not self.page.locator(".found").count():
            self.page.mouse.move(2, 2)
        self.page.wait_for_timeout(250)
        path = OUT / f"studio-{name}{self.lang}.png"
        self.page.screenshot(path=path)
        if path.stat().st_size > MOST:
            raise SystemExit(f"{path.name} is larger than {MOST // 1024} KB")

    def desk(self) -> None:
        """The desk: colours for the model's words, and a ghost at the cursor."""
        self.says(self.scene.ghosts)
        self.settings(authorship=True)
        self.visitor.open(self.work)
        self.panel(self.tools)
        self.visitor.go_to_end()
        self.page.keyboard.type("\n" + self.scene.typed)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_selector(".ghost")
        self.page.keyboard.press("Tab")
        self.visitor.saved()
        self.page.wait_for_selector(".by-model")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_selector(".ghost")
        self.take("")
        self.page.keyboard.press("Escape")

    def diff(self) -> None:
        """A paragraph in another style, with its changes."""
        tool = next(each for each in self.house.get("/tools") if each["id"] == "restyle")
        self.says(self.scene.restyled)
        self.page.locator(".cm-line").first.click(click_count=3)
        self.page.locator(".chips").get_by_role("button", name=tool["names"][self.lang], exact=True).click()
        label = tool["schema"]["properties"]["style"]["description"][self.lang]
        self.page.get_by_label(label).fill(self.scene.style)
        self.page.locator(".panel form button.main").click()
        card = self.page.locator(".run .card").first
        card.wait_for(timeout=30000)
        shown = card.locator("footer button[aria-pressed]")
        if shown.get_attribute("aria-pressed") == "false":
            shown.click()
        self.page.wait_for_selector(".changes button")
        self.page.locator(".changes").scroll_into_view_if_needed()
        self.take("diff-")

    def poem(self) -> None:
        """The poem bench, with a fault."""
        self.page.keyboard.press("Escape")
        self.page.locator(".cm-line").nth(4).click()
        self.panel(self.verse)
        # The language of the poem says which forms are offered.
        self.page.locator(".poem textarea").fill(self.scene.poem)
        self.page.locator(".panel select").first.select_option(self.scene.form)
        self.page.wait_for_selector(".findings li")
        self.take("verse-")

    def check(self) -> None:
        """What the critics find, one of them explained."""
        self.settings(ghost=False)
        self.visitor.go_to_end()
        self.page.keyboard.type("\n" + self.scene.slip)
        self.panel(self.findings)
        # Slips of the sample itself may be found before the one that was just written.
        slip = self.page.locator(".told .quote", has_text=self.scene.doubled).last
        slip.wait_for()
        # The look that comes after the last key would close what is explained.
        self.visitor.saved()
        self.page.wait_for_timeout(1500)
        slip.click()
        self.page.wait_for_selector(".found")
        self.take("findings-")
        self.settings(ghost=True)
        self.page.keyboard.press("Control+Home")

    def book(self) -> None:
        """The outline and the bible, in the dark."""
        self.settings(theme="dark")
        self.panel(self.bible)
        self.page.wait_for_selector(".entries li")
        self.take("bible-")
        self.settings()

    def measured(self) -> None:
        """The curves of the work."""
        self.panel(self.measures)
        self.page.locator(".panel form button.main").click()
        self.page.locator(".plot").nth(1).wait_for(timeout=60000)
        self.page.locator(".plot").first.hover()
        self.take("measures-")

    def edition(self) -> None:
        """The edition, looked at before it is saved."""
        self.panel(self.publish)
        self.page.locator(".panel button.main").click()
        self.page.frame_locator("iframe.preview").locator("p").first.wait_for()
        self.page.locator("iframe.preview").scroll_into_view_if_needed()
        self.take("publish-")

    def voice(self) -> None:
        """A voice that was trained and judged, as its files tell it; nothing is trained for a picture."""
        home = Shown(self.lang, self.scene.turn).store()
        self.settings(model=f"voice:{home.name}", strength=0.7)
        with patch("bimo.voice.base.require_packages"):
            self.panel(self.voices)
            self.page.locator(".panel .plot").wait_for()
            self.take("voice-")
        self.settings(model="", strength=None)
        shutil.rmtree(home)

    def played(self) -> None:
        """A turn of a story, and what may be done next."""
        self.says(self.scene.turn)
        self.panel(self.play)
        self.page.locator(".panel textarea").fill(self.scene.deed)
        self.page.locator(".panel input[type=number]").fill("30")
        self.page.locator(".panel form button.main").click()
        self.page.locator(".cm-line", has_text=self.scene.turn[:12]).first.wait_for(timeout=60000)
        self.page.locator(".panel form button.main").wait_for()
        self.visitor.saved()
        self.page.locator(".panel textarea").fill(self.scene.deed)
        self.take("play-")
        self.settings()

    def past(self) -> None:
        """A branch beside the text."""
        nodes = self.house.get(f"/works/{self.work}")["outline"]
        node = next(each for each in nodes if each["kind"] == "scene")
        head = self.house.get(f"/scenes/{node['id']}")["revision"]
        fork = self.house.post(f"/revisions/{head['id']}/fork", {"name": self.scene.branch}, 201)
        body = {"text": fork["text"].replace(*self.scene.change), "based_on": fork["id"]}
        self.house.ask("PUT", f"/scenes/{node['id']}", 200, json=body)
        self.panel(self.history)
        self.page.locator(".branches li button").first.click()
        self.page.wait_for_selector("dialog ins")
        self.take("history-")
        self.page.keyboard.press("Escape")


def main() -> None:
    """Take every picture."""
    sys.path.insert(0, str(ROOT / "tests/studio"))
    folder = Path(tempfile.mkdtemp())
    os.environ["BIMO_HOME"] = str(folder / "home")
    from browser import Visitor, browser
    from house_of_tests import open_house

    house = open_house(folder, "repeat\n…\n")
    try:
        with browser() as opened:
            for lang in SCENES:
                size = {"width": 1280, "height": 800}
                visitor = Visitor(opened.new_context(viewport=size, reduced_motion="reduce"), house)
                visitor.come_in()
                taker = Photographer(visitor, folder, lang)
                steps = (taker.desk, taker.diff, taker.poem, taker.check, taker.book, taker.past)
                for step in (*steps, taker.measured, taker.edition, taker.voice, taker.played):
                    step()
    finally:
        house.close()


if __name__ == "__main__":
    main()
