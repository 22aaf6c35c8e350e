"""How quick the studio is under a writer's hands: the real server, a real browser (headless Chromium), the real model.

`python bench/studio.py` measures everything on a desk of its own; `--parts keys,open,saves,weight,axe,ghost` only some.
`ghost` needs the weights of `--model`, by default the default model. The writer's own desk is never touched.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Page, Response, sync_playwright

from bimo.desk.desk import Desk
from bimo.models.catalog import default_id
from bimo.models.places import models_dir
from bimo.text.authorship import Run
from bimo.text.errors import Language
from desk import prose, show
from machine import describe

PARTS = ("keys", "open", "saves", "weight", "axe", "ghost")
KEYS, SAVES, OPENINGS, SCENES, SLIPS = 200, 200, 5, 500, 1000
# What a tired writer types, so that it falls at any moment between two frames.
BETWEEN = (0.06, 0.14)
CHANCE = random.Random(7)
SILENT = "scripted:{}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
# From the browser's time of the key to the moment after the frame with the letter was drawn.
WATCH = """() => {
  window.times = [];
  addEventListener("keydown", (event) => {
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => window.times.push(performance.now() - event.timeStamp);
      after.port2.postMessage(0);
    });
  }, { capture: true });
}"""
MIDDLE = """() => {
  let room = document.querySelector(".cm-content");
  while (room && !(room.scrollHeight > 2 * room.clientHeight && getComputedStyle(room).overflowY != "visible"))
    room = room.parentElement;
  (room ?? document.scrollingElement).scrollTop = (room ?? document.scrollingElement).scrollHeight / 2;
}"""


@dataclass
class Books:
    """The ids of what was put on the desk: a long scene in each language, and a work of many scenes."""

    long: dict[str, tuple[str, str]]
    work: str


@dataclass
class Open:
    """A running studio, and somebody who has come in."""

    url: str
    token: str
    client: httpx.Client
    process: subprocess.Popen[str]

    def stop(self, number: int = signal.SIGTERM) -> float:
        """End it; how long that took."""
        self.client.close()
        began = time.perf_counter()
        self.process.send_signal(number)
        self.process.wait(timeout=20)
        return time.perf_counter() - began


@contextmanager
def studio(home: Path, model: str) -> Iterator[Open]:
    """`bimo studio` as a process of its own."""
    command = [sys.executable, "-m", "bimo", "studio", "--no-browser", "--model", model]
    environment = {name: value for name, value in os.environ.items() if name != "BIMO_DATABASE_URL"}
    environment |= {"BIMO_HOME": str(home), "BIMO_LANG": "en"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout
        parts = urlsplit(process.stdout.readline().strip())
        url, token = f"http://{parts.netloc}", parse_qs(parts.fragment)["token"][0]
        client = httpx.Client(base_url=url, trust_env=False, timeout=120)
        client.post("/api/session", json={"token": token}).raise_for_status()
        yield Open(url, token, client, process)
    finally:
        process.kill()
        process.wait()


def fill(home: Path) -> Books:
    """Two scenes of 30,000 words or 50,000 字, and a work of 1,000,000 characters.

    In each scene 1,000 stretches are a model's, and 1,000 words stand twice, so that the critics underline them.
    """
    with Desk.open(home / "desk.db") as desk:
        long = {}
        for lang, length in (("en", 165_000), ("zh", 50_000)):
            work = desk.works.add(f"Long {lang}", lang=lang).id
            scene = desk.outline.add(work, "scene", "One").id
            text = slipped(prose(length, lang), lang)
            step = len(text) // 2000
            runs = [Run(author, step) for _ in range(1000) for author in ("writer", "model")]
            runs.append(Run("writer", len(text) - 2000 * step))
            desk.revisions.save(scene, text, based_on=None, authorship=tuple(run for run in runs if run.length))
            long[lang] = work, scene
        work = desk.works.add("长卷", lang="zh").id
        chapters = [desk.outline.add(work, "chapter", f"第{number}章").id for number in range(50)]
        for number in range(SCENES):
            scene = desk.outline.add(work, "scene", f"场景{number}", parent=chapters[number // 10]).id
            desk.revisions.save(scene, prose(2000), based_on=None)
    return Books(long, work)


def slipped(text: str, lang: Language) -> str:
    """The text with a word that stands twice, at 1,000 places."""
    slip, gap = {"en": (" It was the the sea.", len(text) // SLIPS), "zh": ("天已经已经黑了。", len(text) // SLIPS)}[
        lang
    ]
    return "".join(text[place : place + gap] + slip for place in range(0, gap * SLIPS, gap)) + text[gap * SLIPS :]


@contextmanager
def visitor(house: Open, **more: Any) -> Iterator[Page]:
    """A new browser with nothing in its cache, that has come in."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", **more)
        body, headers = {"token": house.token}, {"Origin": house.url}
        assert context.request.post(f"{house.url}/api/session", data=body, headers=headers).status == 204
        yield context.new_page()
        browser.close()


def read(page: Page, address: str) -> None:
    """Go to a scene and wait until its text can be read and written."""
    page.goto(address, wait_until="commit")
    # The content policy forbids to wait for an expression.
    page.locator(".cm-line", has_text=re.compile(r"\S")).first.wait_for()
    page.wait_for_selector(".mark.saved")


def keys(house: Open, books: Books) -> None:
    """Letters typed in the middle of a long scene with 1,000 coloured stretches and what the critics underline."""
    house.client.patch("/api/settings", json={"authorship": True, "ghost": False}).raise_for_status()
    for lang, (work, scene) in books.long.items():
        with visitor(house) as page:
            read(page, f"{house.url}/w/{work}/{scene}")
            page.get_by_role("button", name="Findings", exact=True).click()
            page.locator(".told li").first.wait_for(timeout=120_000)
            told = page.locator(".panel [role=status]").inner_text()
            page.get_by_role("button", name="Tools", exact=True).click()
            page.evaluate(MIDDLE)
            page.locator(".cm-line .finding").first.wait_for()
            page.wait_for_timeout(500)
            page.mouse.click(640, 400)
            page.evaluate(WATCH)
            for _ in range(KEYS):
                page.keyboard.press(CHANCE.choice("etaoinshrdlu "))
                time.sleep(CHANCE.uniform(*BETWEEN))
            painted = page.evaluate("window.times")
            assert len(painted) == KEYS
        what = {"en": "30,000 words", "zh": "50,000 字"}[lang]
        show(f"key to letter painted, {what}, 1,000 marks", painted, "bar: p50 ≤ 16 ms")
        print(f"    underlined: {told}")


def opening(house: Open, books: Books) -> None:
    """A work of 1,000,000 characters, from the address to a text that can be written."""
    cold, warm = [], []
    for _ in range(OPENINGS):
        with visitor(house) as page:
            for times in (cold, warm):
                began = time.perf_counter()
                read(page, f"{house.url}/w/{books.work}")
                times.append(1000 * (time.perf_counter() - began))
                page.goto("about:blank")
    show(f"open {SCENES} scenes, 1,000,000 characters, nothing cached", cold, "bar: ≤ 1,000 ms")
    show("the same, page in the browser's cache", warm, "bar: ≤ 1,000 ms")


def saves(house: Open, books: Books) -> None:
    """Saves through HTTP, each answered when it is on disk."""
    work = house.client.post("/api/works", json={"title": "存", "lang": "zh"}).json()["id"]
    for name, length in (("5,000 字", 5000), ("50,000 字", 50_000)):
        scene = house.client.post(f"/api/works/{work}/outline", json={"kind": "scene"}).json()["id"]
        text, head, times = prose(length), None, []
        for _ in range(SAVES):
            at = CHANCE.randrange(len(text))
            text = text[:at] + prose(12) + text[at + 10 :]
            began = time.perf_counter()
            answer = house.client.put(f"/api/scenes/{scene}", json={"text": text, "based_on": head})
            times.append(1000 * (time.perf_counter() - began))
            head = answer.raise_for_status().json()["id"]
        show(f"save through HTTP, {name}, one place changed", times[1:], "bar: p95 ≤ 30 ms")


def weight(house: Open, books: Books) -> None:
    """Bytes of the first load, gzipped one by one; fonts apart."""
    loaded: dict[str, tuple[str, int]] = {}

    def came(answer: Response) -> None:
        kind = "font" if answer.request.resource_type == "font" else "page"
        if "/api/" not in answer.url and answer.ok:
            loaded[answer.url] = kind, len(gzip.compress(answer.body(), 9))

    with visitor(house) as page:
        page.on("response", came)
        read(page, f"{house.url}/w/{books.work}")
        page.wait_for_timeout(1000)
    for kind, bar in (("page", "bar: ≤ 350 KB"), ("font", "")):
        size = sum(size for each, size in loaded.values() if each == kind) / 1024
        print(f"{f'first load, gzipped: {kind}':<58} {size:11.0f} KB {'':22} {bar}")


def axe(house: Open, books: Books) -> None:
    """Violations of accessibility, on the library and each panel, in both languages and both looks."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[tuple[str, str, str]] = []
    views = 0
    for language in ("en", "zh"):
        house.client.patch("/api/settings", json={"language": language}).raise_for_status()
        for look in ("light", "dark"):
            with visitor(house, color_scheme=look, reduced_motion="reduce") as page:
                page.goto(house.url)
                page.wait_for_selector(".library")
                seen = [("library", Axe().run(page).response["violations"])]
                read(page, f"{house.url}/w/{books.work}")
                buttons = page.locator("header.bar nav button")
                for number in range(buttons.count()):
                    if buttons.nth(number).get_attribute("aria-pressed") == "false":
                        buttons.nth(number).click()
                    page.wait_for_timeout(300)
                    seen.append((buttons.nth(number).inner_text(), Axe().run(page).response["violations"]))
                views += len(seen)
                found += [(f"{where} ({look})", each["id"], each["impact"]) for where, all_ in seen for each in all_]
    grave = [each for each in found if each[2] in ("serious", "critical")]
    print(f"{f'axe on {views} views: serious or worse':<58} {len(grave):11d} {'':25} bar: 0")
    print(f"{'axe: lesser ones':<58} {len(found) - len(grave):11d}")
    for each in sorted(set(found)):
        print("   ", *each)


def ghost(home: Path, model: str) -> None:
    """The first words at the cursor: cold, warm, and after the studio was ended or killed."""
    with Desk.open(home / "desk.db") as desk:
        work = desk.add_sample("zh").id
        scene = next(node.id for node in desk.outline.tree(work) if node.kind == "scene")
        before = prose(6000)
    warm = []
    with studio(home, model) as house:
        first = asked(house, work, scene, before)
        for _ in range(15):
            before += prose(12)
            warm.append(asked(house, work, scene, before))
        shown = in_browser(house, work, scene)
        asked(house, work, scene, before)
        ended = house.stop()
    print(f"{'first words at the cursor, engine cold, 2,400 字 to read':<58} {first:11.0f} ms")
    show("the same after a pause, 12 字 further on", warm, "bar: ≤ 1,000 ms")
    show("last key to ghost on the page, its pause of 900 ms included", shown)
    print(f"{'the studio ends within':<58} {1000 * ended:11.0f} ms")
    for how, number in (("ended", signal.SIGTERM), ("killed after 12 s of rest", signal.SIGKILL)):
        began = time.perf_counter()
        with studio(home, model) as house:
            up = 1000 * (time.perf_counter() - began)
            took = asked(house, work, scene, before)
            before += prose(12)
            again = asked(house, work, scene, before)
            if number == signal.SIGTERM:
                time.sleep(12)
            house.stop(signal.SIGKILL)
        print(f"{f'first words after the studio was {how}':<58} {took:11.0f} ms {'':22} bar: ≤ 3,000 ms")
        print(f"{'  … counted from its start (the start itself, next)':<58} {up + took:11.0f} ms {up:11.0f} ms")
        print(f"{'  … the next words, 12 字 further on':<58} {again:11.0f} ms")
    kept = [file for file in (home / "state" / "contexts").rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in kept) / 2**20
    print(f"{'contexts kept on disk':<58} {size:11.0f} MB")


def asked(house: Open, work: str, scene: str, before: str) -> float:
    """Milliseconds from the request to the first words."""
    body = {"before": before[-6000:], "lang": "zh", "work": work, "scene": scene}
    began = time.perf_counter()
    took = 0.0
    with house.client.stream("POST", "/api/ghost", params={"page": "bench"}, json=body) as answer:
        for line in answer.iter_lines():
            if line.startswith("event: failed"):
                raise SystemExit("the model failed")
            if line.startswith("data: ") and not took and json.loads(line[6:]).get("text") and "restart" in line:
                took = 1000 * (time.perf_counter() - began)
    return took


def in_browser(house: Open, work: str, scene: str) -> list[float]:
    """Milliseconds from the last key to words on the page."""
    house.client.patch("/api/settings", json={"ghost": True}).raise_for_status()
    times = []
    with visitor(house) as page:
        read(page, f"{house.url}/w/{work}/{scene}")
        page.click(".cm-content")
        page.keyboard.press("Control+End")
        for sentence in ("雨停了。", "她抬起头。", "没有人说话。", "门开了。", "灯还亮着。", "他走了。"):
            page.keyboard.insert_text(sentence)
            began = time.perf_counter()
            page.wait_for_selector(".ghost", timeout=60_000)
            times.append(1000 * (time.perf_counter() - began))
            page.keyboard.press("Escape")
    # The first of them reads the whole scene.
    return times[1:]


def main() -> None:
    """Measure and print."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--parts", default=",".join(PARTS), help="which, with commas: " + ", ".join(PARTS))
    asking.add_argument("--model", default=default_id(), help="for `ghost`")
    told = asking.parse_args()
    parts = told.parts.split(",")
    print(describe(), end="\n\n")
    weights = models_dir()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "models").symlink_to(weights)
        (home / "script.txt").write_text("repeat\n雨停了。\n", encoding="utf-8")
        if set(parts) - {"ghost"}:
            books = fill(home)
            with studio(home, SILENT.format(home / "script.txt")) as house:
                for name, part in zip(PARTS, (keys, opening, saves, weight, axe), strict=False):
                    if name in parts:
                        part(house, books)
                house.stop()
        if "ghost" in parts:
            ghost(home, told.model)
            print(f"{'  with the model':<58} {told.model}")


if __name__ == "__main__":
    main()
