"""How Chinese text sounds, in the signs of the Kokoro voices.

They learned from syllables as misaki 0.9.4 writes them, so this is kept to the letter, tones without sandhi included.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from bimo.senses.signs import signs
from bimo.text.language import HAN
from bimo.text.words import segments

_COUNTED: Final = re.compile(r"(?<![\d.])2(?=[个只本条次位张件把杯句颗间名块双岁天年里])(?!年代)")
_TIME: Final = re.compile(r"(?<![\d:：])([01]?\d|2[0-4])[:：]([0-5]\d)(?![\d:：])")
_DATE: Final = re.compile(r"(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_RANGE: Final = re.compile(r"(?<![\d-])(\d+)\s?[-–~—]\s?(\d+)(?![\d-])")
_LONG_NUMBER: Final = re.compile(r"(?<![\d.])\d{7,}(?![\d.])")
_FIGURES: Final = str.maketrans("0123456789", "零一二三四五六七八九")


def sounds_zh(text: str) -> str:
    """Chinese characters as sounds, words apart by a space; everything else is left out. Figures are read first."""
    return " ".join(_words(spelled_zh(text)))


def spelled_zh(text: str) -> str:
    """The text with its figures in characters: 2026年 → 二零二六年, 3.5 → 三点五, 50% → 百分之五十."""
    if not re.search(r"\d", text):
        return text
    import cn2an

    text = _TIME.sub(lambda match: f"{match[1]}点" + (f"{match[2]}分" if match[2] != "00" else "整"), text)
    text = _RANGE.sub(r"\1至\2", _DATE.sub(r"\1年\2月\3日", text))
    text = _LONG_NUMBER.sub(lambda match: match.group().translate(_FIGURES), _COUNTED.sub("两", text))
    with warnings.catch_warnings():
        # What it takes for no number, such as 007.5.3, it leaves as it is; then it is read figure by figure.
        warnings.simplefilter("ignore")
        return str(cn2an.transform(text, "an2cn")).translate(_FIGURES)


@lru_cache(maxsize=4096)
def syllable(pinyin: str) -> str:
    """The sounds of a syllable written as in `zhong1`; the empty text for what is no syllable."""
    from pypinyin.contrib.tone_convert import to_finals, to_initials, to_normal

    tone = signs("tones").get(pinyin[-1:], "")
    bare = to_normal(pinyin)
    if whole := signs("whole").get(bare):
        return whole.replace("0", tone)
    initial, final = to_initials(bare, strict=True), to_finals(bare, strict=True, v_to_u=True)
    if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        return signs("initials")[initial] + "ɨ" + tone
    if final not in signs("finals"):
        return ""
    return signs("initials").get(initial, "") + signs("finals")[final].replace("0", tone)


def _words(text: str) -> Iterator[str]:
    from pypinyin import Style, lazy_pinyin

    for run in re.findall(rf"[{HAN}]+", text):
        for word in segments(run):
            read = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
            yield "".join(map(syllable, read))
