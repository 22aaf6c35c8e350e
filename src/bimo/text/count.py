"""How long a text is, counted as writers and their editors count it."""

from __future__ import annotations

from typing import Final

from bimo.text.errors import Language
from bimo.text.language import HAN, han

# A run of letters and digits; an apostrophe, a hyphen, or a mark inside a number keeps it one.
_MARKS: Final = "\u0300-\u036f"
WORD: Final = rf"[^\W_{HAN}][{_MARKS}]*(?:(?:['’\-‐‑]|(?<=\d)[.,:](?=\d))?[^\W_{HAN}][{_MARKS}]*)*"
# Marks that stand as wide as a character. Quotation marks, dashes and dots have no code points of their own for it.
_WIDE: Final = "\u3001-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’—…·"
_KANA: Final = "\u3040-\u30ff\uac00-\ud7a3"


def length(text: str, lang: Language) -> int:
    """The length in `unit(lang)`.

    Chinese as Word and WPS show it: every character and every wide mark is one, a run of Latin letters or digits is
    one. English: words; Chinese characters inside count one each.
    """
    if lang == "zh":
        return len(han(rf"[{{han}}{_KANA}]|{WORD}|[{_WIDE}]").findall(text))
    return len(han(rf"[{{han}}]|{WORD}").findall(text))


def unit(lang: Language) -> str:
    """What `length` counts, as the reader of that language calls it."""
    return "字" if lang == "zh" else "words"
