"""Reading aloud and dictation, measured by letting one listen to the other.

    python bench/senses.py [--texts FOLDER] [--count N] [--voices ID …]

Sentences from books in FOLDER are read aloud and written down again. Prints the share of wrong words (English) or
characters (Chinese; by sound too, since Whisper takes 她 for 他), seconds of work for a second of sound, and times to
load. Errors of both models are in the figures: they are an upper bound for each. Needs `bimo models pull kokoro-82m`
and `whisper-base`.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import time
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from inflect import engine

from bimo.publish.narration import sounded
from bimo.senses import hearing, speech
from bimo.senses.sounds import sounds
from bimo.senses.sounds_zh import spelled_zh
from bimo.text.errors import Language
from bimo.text.language import han
from bimo.text.sentences import sentences
from machine import describe

TEXTS: Final = Path(__file__).parents[2] / "shared" / "data"
BOOKS: Final[dict[Language, str]] = {"zh": "luxun_zhaohua_xishi", "en": "chesterton_wisdom_of_father_brown"}
# Characters a sentence may have.
SIZES: Final[dict[Language, tuple[int, int]]] = {"zh": (10, 45), "en": (40, 160)}
VOICES: Final[dict[Language, tuple[str, ...]]] = {"zh": ("zf_xiaoxiao", "zm_yunxi"), "en": ("af_heart", "am_michael")}


def sample(folder: Path, lang: Language, count: int) -> list[str]:
    text = gzip.decompress((folder / f"prose_{lang}" / f"{BOOKS[lang]}.txt.gz").read_bytes()).decode()
    every = [span.of(text) for span in sentences(text, lang)]
    low, high = SIZES[lang]
    fit = [each for each in every if low <= len(each) <= high and "\n" not in each]
    return random.Random(7).sample(fit, count)


def distance(wanted: Sequence[str], given: Sequence[str]) -> int:
    """Insertions, deletions and replacements between two sequences."""
    row = list(range(len(given) + 1))
    for i, a in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(given, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def words(text: str) -> list[str]:
    """English words in small letters, figures written out."""
    figures = engine()
    text = re.sub(r"\d+", lambda match: str(figures.number_to_words(match.group())), text)
    return re.findall(r"[a-z']+", text.lower().replace("’", "'").replace("-", " "))


def syllables(characters: Iterable[str], *, tones: bool) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin("".join(characters), style=Style.TONE3 if tones else Style.NORMAL)


def read(lang: Language, text: str) -> dict[str, list[str]]:
    """What is compared."""
    if lang == "en":
        return {"words": words(text)}
    characters = han().findall(spelled_zh(text))
    ways = {name: syllables(characters, tones=tones) for name, tones in (("syllables", False), ("with tones", True))}
    return {"characters": characters, **ways}


def measure(speaker: speech.Kokoro, listener: hearing.Whisper, lang: Language, voice: str, texts: list[str]) -> None:
    wrong: dict[str, int] = {}
    total: dict[str, int] = {}
    spoken = said_in = heard_in = 0.0
    worst: list[tuple[float, str, str]] = []
    for text in texts:
        start = time.process_time()
        clip = speaker.say(sounds(text, lang, sounded), voice, 1.0)
        said_in += time.process_time() - start
        spoken += len(clip) / speech.RATE
        # Two samples of every three, after a smoothing that keeps what lies above half the new rate out.
        length = len(clip) * hearing.RATE // speech.RATE
        smooth = np.convolve(clip, np.array([0.25, 0.5, 0.25], np.float32), "same")
        heard = np.interp(np.arange(length) * speech.RATE / hearing.RATE, np.arange(len(clip)), smooth)
        start = time.process_time()
        written = listener.write(heard.astype(np.float32), lang, "")
        heard_in += time.process_time() - start
        wanted, given = read(lang, text), read(lang, written)
        for name in wanted:
            errors = distance(wanted[name], given[name])
            wrong[name] = wrong.get(name, 0) + errors
            total[name] = total.get(name, 0) + len(wanted[name])
        first = next(iter(wanted))
        worst.append((distance(wanted[first], given[first]) / max(1, len(wanted[first])), text, written))
    rates = " ".join(f"{name} {wrong[name] / total[name]:.3f}" for name in wrong)
    first = next(iter(total))
    print(f"{lang} {voice}: {len(texts)} sentences, {total[first]} {first}, {spoken:.0f} s of sound; wrong: {rates}")
    print(f"    processor seconds a second: reading {said_in / spoken:.2f}, writing down {heard_in / spoken:.2f}")
    for share, text, written in sorted(worst, reverse=True)[:3]:
        print(f"    {share:.2f} {text} → {written}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--voices", nargs="*", default=list(chain(*VOICES.values())))
    given = parser.parse_args()
    print(describe())
    start = time.perf_counter()
    speaker = speech.Kokoro(threads=1)
    middle = time.perf_counter()
    listener = hearing.Whisper(threads=1)
    memory = psutil.Process().memory_info().rss / 1e6
    print(f"loaded: voices {middle - start:.1f} s, dictation {time.perf_counter() - middle:.1f} s; {memory:.0f} MB")
    for voice in given.voices:
        lang: Language = "zh" if voice.startswith("z") else "en"
        measure(speaker, listener, lang, voice, sample(given.texts, lang, given.count))
    print(f"memory at the end: {psutil.Process().memory_info().rss / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
