"""Reading aloud and dictation as they are met on the page: the real server, a real browser, the real voices.

    python bench/page_senses.py [--sentences N]

The first scene of each sample work is read from its beginning: time from the key to the first sound, and how much
longer than meant the silence is between two sentences. Before that the browser's microphone hears a passage that the
voices have said: seconds from the end of the recording to its words, and the share that is wrong. Needs `bimo models
pull kokoro-82m` and `whisper-base`.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
import wave
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from bimo.models.places import models_dir
from bimo.publish.narration import clip
from bimo.senses import speech
from bimo.senses.sound_files import read_wav
from bimo.text.errors import Language
from machine import describe
from senses import distance, read
from studio import FLAGS, SILENT, Open, studio

SPOKEN: Final[dict[Language, list[str]]] = {
    "zh": [
        "沈宁下车的时候，雨刚停。",
        "司机把他的箱子从后备厢拎出来，放在路边，说前面不通了，修桥。",
        "他走五百米就到了渡口。",
    ],
    "en": [
        "The van still smelled of her mother.",
        "Ada had read the notebook at the kitchen table the night after the funeral.",
        "She parked under the trees and took the tools out of the back.",
    ],
}
HEARD: Final = """() => {
  window.sounds = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!this.watched) {
      this.watched = true;
      this.addEventListener("playing", () => window.sounds.push({ from: performance.now(), long: this.duration }));
      this.addEventListener("ended", () => (window.sounds.at(-1).to = performance.now()));
    }
    return play.call(this);
  };
}"""


def come_in(browser: Browser, house: Open, lang: Language) -> Page:
    """The first scene of the sample work of a language, open on a page."""
    context = browser.new_context(permissions=["microphone"], viewport={"width": 1280, "height": 900})
    context.request.post(
        f"{house.url}/api/session", data={"token": house.client.post("/api/tickets").json()["token"]},
        headers={"Origin": house.url},
    )  # fmt: skip
    page = context.new_page()
    page.add_init_script(f"({HEARD})()")
    page.goto(f"{house.url}/w/{house.client.post(f'/api/samples/{lang}').json()['id']}")
    page.wait_for_selector(".mark.saved")
    page.click(".cm-content")
    page.keyboard.press("Control+Home")
    return page


def reading(page: Page, house: Open, lang: Language, count: int) -> None:
    """Listen to so many sentences."""
    scene = page.url.rsplit("/", 1)[-1]
    text = house.client.get(f"/api/scenes/{scene}").json()["revision"]["text"]
    plan = house.client.post("/api/aloud", json={"text": text, "lang": lang}).json()[:count]
    began = page.evaluate("performance.now()")
    page.keyboard.press("Alt+p")
    page.wait_for_function("count => window.sounds.filter((each) => each.to).length >= count", arg=len(plan), timeout=0)
    page.keyboard.press("Alt+Shift+p")
    sounds: list[dict[str, Any]] = page.evaluate("window.sounds")[: len(plan)]
    late = [
        after["from"] - before["to"] - 1000 * said["pause"]
        for said, before, after in zip(plan, sounds, sounds[1:], strict=False)
    ]
    spoken = sum(each["long"] for each in sounds)
    print(
        f"{lang}: first sound after {(sounds[0]['from'] - began) / 1000:.1f} s; {len(sounds)} sentences,"
        f" {spoken:.0f} s; silence longer than meant: median {statistics.median(late):.0f} ms, most"
        f" {max(late):.0f} ms, {sum(each > 250 for each in late)} of {len(late)} above a quarter of a second"
    )


def dictation(page: Page, lang: Language) -> None:
    """Say a passage to the page, once."""
    page.keyboard.press("Alt+r")
    page.locator(".lamp").wait_for()
    page.wait_for_timeout(1000 * length(lang) + 300)
    page.keyboard.press("Alt+r")
    began = time.perf_counter()
    words = page.locator(".panel textarea")
    words.wait_for(timeout=120_000)
    took = time.perf_counter() - began
    kind, wanted = next(iter(read(lang, "".join(SPOKEN[lang])).items()))
    wrong = distance(wanted, read(lang, words.input_value())[kind])
    print(f"{lang}: {length(lang):.0f} s of speech are words after {took:.1f} s; {wrong} of {len(wanted)} {kind} wrong")
    print(f"    {words.input_value()}")


def said(folder: Path, lang: Language) -> Path:
    """The passage as a file that the browser takes for its microphone."""
    voice = speech.voice_for(lang).id
    speaker = speech.Kokoro(threads=1)
    parts: list[Any] = []
    for sentence in SPOKEN[lang]:
        made = clip(sentence, lang, voice, speaker)
        assert made
        parts += [read_wav(made), np.zeros(speech.RATE * 7 // 10, np.int16)]
    path = folder / f"{lang}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.RATE)
        file.writeframes(np.concatenate(parts).tobytes())
    lengths[lang] = sum(len(part) for part in parts) / speech.RATE
    return path


lengths: dict[Language, float] = {}


def length(lang: Language) -> float:
    """Seconds of the passage."""
    return lengths[lang]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=15)
    given = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        (home / "models").symlink_to(models_dir())
        (home / "script.txt").write_text("repeat\n.\n", encoding="utf-8")
        with studio(home, SILENT.format(home / "script.txt")) as house:
            for lang in SPOKEN:
                microphone = f"--use-file-for-fake-audio-capture={said(home, lang)}%noloop"
                flags = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", microphone]
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
                    args=[*flags, "--autoplay-policy=no-user-gesture-required"],
                )
                page = come_in(browser, house, lang)
                dictation(page, lang)
                reading(page, house, lang, given.sentences)
                browser.close()


if __name__ == "__main__":
    main()
