"""How a text in both languages sounds: each run of letters in its own language, marks and pauses between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from bimo.senses.sounds_en import Guess, sounds_en, spelled_en
from bimo.senses.sounds_zh import sounds_zh, spelled_zh
from bimo.text.errors import Language
from bimo.text.language import HAN

# What the voices make of marks: pauses and the tune of a sentence.
_MARKS: Final = {
    **dict.fromkeys("，、,", ","),
    **dict.fromkeys("。．.", "."),
    **dict.fromkeys("！!", "!"),
    **dict.fromkeys("？?", "?"),
    **dict.fromkeys("：:", ":"),
    **dict.fromkeys("；;", ";"),
    **dict.fromkeys("—–―～~", "—"),
    **dict.fromkeys("…⋯", "…"),
    **dict.fromkeys("（(【〔[", "("),
    **dict.fromkeys("）)】〕]", ")"),
    **dict.fromkeys("“「『《〈«", "“"),
    **dict.fromkeys("”」』》〉»", "”"),
}
_RUN: Final = re.compile(
    rf"(?P<zh>[{HAN}]+)|(?P<en>[^\W\d_{HAN}][^\W_{HAN}'’-]*(?:[\s'’-]+[^\W\d_{HAN}]+)*['’]?)|(?P<mark>[^\w\s])"
)


def sounds(text: str, lang: Language, guess: Guess | None = None) -> str:
    """The sounds of a text that is mostly in `lang`; figures are read in it. Empty if nothing in it can be said.

    `guess` sounds out an English word that no lexicon has; without it such words are spelled letter by letter.
    """
    # Figures of other scripts, full-width ones too.
    text = re.sub(r"\d", lambda match: str(unicodedata.digit(match.group())), text)
    text = spelled_zh(text) if lang == "zh" else spelled_en(text)
    said = " ".join(_runs(text, guess))
    said = re.sub(r" (?=[,.!?:;—…)”])|(?<=[(“]) ", "", said)
    # One mark of a pause is enough, and nothing is heard of brackets around nothing.
    said = re.sub(r"([,.!?:;—…])[,.:;—…]+", r"\1", said)
    return said if re.search(r"[^\W\d_]", said) else ""


def _runs(text: str, guess: Guess | None) -> Iterator[str]:
    for match in _RUN.finditer(text):
        if match["zh"]:
            yield sounds_zh(match["zh"])
        elif match["en"]:
            yield sounds_en(match["en"], guess)
        elif mark := _MARKS.get(match["mark"]):
            yield mark
