"""Take the pictures of the studio's page in docs/images: a real studio in Chromium, with the sample works.

What a model says in them stands in `SCENES`: the pictures show the page, not how well a model writes. Needs Chromium
and the development tools; `make page` first, so that the page is the one of this source.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    ),
}


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
        self.page.locator(".told li").first.wait_for()
        self.page.locator(".told .quote").last.click()
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
                for step in (taker.desk, taker.diff, taker.poem, taker.check, taker.book, taker.past):
                    step()
    finally:
        house.close()


if __name__ == "__main__":
    main()
