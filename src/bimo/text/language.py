"""Which language a text is written in, and the letters that tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from bimo.text.errors import Language

# Inside of a character class: ideographs with their extensions, 〇 and the iteration mark 々.
HAN: Final = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# A name or a quotation in the other alphabet takes many Latin letters but few characters, so the line is low.
_SHARE: Final = 0.15


@cache
def han(pattern: str = r"[{han}]") -> re.Pattern[str]:
    """A compiled pattern in which `{han}` stands for the ideographs inside a character class."""
    return re.compile(pattern.replace("{han}", HAN))


def detect(text: str, default: Language = "en") -> Language:
    """The language of `text`, by the share of Chinese characters among its letters; `default` if it has none."""
    letters = sum(map(str.isalpha, text))
    if not letters:
        return default
    return "zh" if len(han().findall(text)) >= _SHARE * letters else "en"
