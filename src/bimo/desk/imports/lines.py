"""Which lines of a text are headings, scene breaks, or lines of a table of contents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bimo.desk.imports.plan import Heading
from bimo.desk.values import NodeKind

# A heading is a short line.
LONGEST: Final = 80

_LEVELS: Final[dict[NodeKind, int]] = {"part": 1, "chapter": 2, "scene": 3}
_ZH_NUMBER: Final = "[0-9０-９〇零一二三四五六七八九十百千两廿卅壹贰叁肆伍陆柒捌玖拾佰]{1,9}"
_ZH_UNITS: Final[dict[str, NodeKind]] = {
    **dict.fromkeys("部卷编篇册季", "part"),
    **dict.fromkeys("章回话幕折集", "chapter"),
    **dict.fromkeys("节节場场", "scene"),
}
_GAP: Final = r"[\s:：、.．·—–-]+"
# Without a space only 章 may be followed by its title: 第三回合 and 第二节课 are no headings.
_ZH: Final = re.compile(
    rf"第\s*{_ZH_NUMBER}\s*(?:(?P<unit>部(?=分?(?:$|[\s:：]))|[卷编篇册季章回话幕折集节場场])分?(?:{_GAP}(?P<title>\S.*)|$)"
    r"|(?P<close>章)(?P<joined>[^，。！？；：“”…]{1,20})$)"
)
_ZH_VOLUME: Final = re.compile(
    rf"(?:卷|部|篇)之?{_ZH_NUMBER}(?:{_GAP}(?P<title>\S.*)|$)|[上中下][卷部篇册](?:{_GAP}(?P<other>\S.*)|$)"
)
_ZH_NAMED: Final = re.compile(
    "(?:楔子|引子|引言|序|序章|序言|序幕|自序|代序|前言|前记|终章|终曲|尾声|后记|跋|番外篇?|外传|间章|幕间|开篇|结语|大结局)"
    rf"(?:{_GAP}\S.*|{_ZH_NUMBER}(?:{_GAP}\S.*)?|$)"
)
_ONES: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen"
)
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_FIRSTS: Final = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last"
_ROMAN: Final = r"(?=[mdclxvi])m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_EN_NUMBER: Final = rf"(?:\d{{1,4}}|{_ROMAN}|(?:{_TENS})(?:[\s-](?:{_ONES}))?|{_ONES}|the\s+(?:{_FIRSTS}))"
_EN_UNITS: Final[dict[str, NodeKind]] = {
    **dict.fromkeys(("part", "book", "volume", "act"), "part"),
    **dict.fromkeys(("chapter", "letter", "canto"), "chapter"),
    "scene": "scene",
}
_EN: Final = re.compile(
    rf"(?i:(?P<unit>{'|'.join(_EN_UNITS)})\s+{_EN_NUMBER})(?:\s*[.:—–-]+\s*(?P<title>\S.*)?|\s+(?P<plain>[\"“‘'A-Z].*)|$)"
)
_EN_NAMED: Final = re.compile(
    r"(?i:prologue|epilogue|interlude|intermezzo|preface|foreword|afterword|introduction|coda|appendix|"
    r"acknowledge?ments|dedication|author's note)(?:\s*[.:—–-]+\s*\S.*|[.:]?$)"
)
_SENTENCE: Final = re.compile(r"[。！？；…，,;]$|[a-z]{2}[.!?]$")
_BARE: Final = re.compile(
    rf"(?i:(?P<figure>\d{{1,3}})|(?P<roman>{_ROMAN})|[（(]?(?P<zh>[一二三四五六七八九十]{{1,3}})[)）]?)[.、．]?"
)
_BREAK: Final = re.compile(
    r"(?:[*＊•～~※◇◆○●☆★§⁂❖✦]\s*)+|[#＃](?:\s*[#＃])*|(?:[—–_=]\s*){2,}|(?:-\s*){3,}|[-–—]\s*[*o0]\s*[-–—]"
)
_CONTENTS: Final = re.compile(r"(?i:目\s*[录錄次]|(?:table of )?contents)[:：]?")
_DOTS: Final = frozenset(".…·．・_")


def heading(line: str) -> Heading | None:
    """The heading that the line is by its words, such as 第一章 风起 or CHAPTER ONE."""
    if len(line) > LONGEST:
        return None
    text = line.strip().strip("*_").strip()
    kind = _kind(text) if text and _without_page(text) is None else None
    if kind is None or (_SENTENCE.search(text) and not text.isupper()):
        return None
    return Heading(re.sub(r"\s+", " ", text), _LEVELS[kind], kind)


def _kind(text: str) -> NodeKind | None:
    if found := _ZH.match(text):
        return _ZH_UNITS[found["unit"] or found["close"]]
    if _ZH_VOLUME.match(text):
        return "part"
    if found := _EN.match(text):
        return _EN_UNITS[found["unit"].lower()]
    return "chapter" if _ZH_NAMED.fullmatch(text) or _EN_NAMED.fullmatch(text) else None


def is_break(line: str) -> bool:
    """Whether the line is a mark between scenes, such as * * * or ◇."""
    return len(line) <= LONGEST and bool(_BREAK.fullmatch(line.strip()))


def numbered(lines: Sequence[str]) -> set[int]:
    """The lines that are bare numbers counting up from one, again from one wherever they like: 1, II, 三."""
    found = [(place, value) for place, line in enumerate(lines) if (value := _number(line.strip())) is not None]
    kept: set[int] = set()
    last = 0
    for place, value in found:
        if value == last + 1 or value == 1:
            kept.add(place)
            last = value
    return kept if sum(value > 1 for place, value in found if place in kept) else set()


def _number(text: str) -> int | None:
    found = _BARE.fullmatch(text) if 0 < len(text) <= 8 else None
    if not found:
        return None
    if found["figure"]:
        return int(found["figure"])
    return _roman(found["roman"].lower()) if found["roman"] else _hanzi(found["zh"])


def value_of_number(text: str) -> int:
    """The value of figures or of Chinese numerals up to 99, for sorting."""
    return int(text) if text.isdigit() else _hanzi(text.replace("百", ""))


def _roman(text: str) -> int:
    values = [dict(zip("ivxlcdm", (1, 5, 10, 50, 100, 500, 1000), strict=True))[sign] for sign in text]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def _hanzi(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    digits = "〇一二三四五六七八九"
    return 10 * (digits.find(tens) if tens else 1 if ten else 0) + (digits.find(ones) if ones else 0)


def contents(lines: Sequence[str]) -> set[int]:
    """The lines of a table of contents: what leads to a page, and headings that come again over their text."""
    short = [(place, line) for place, line in enumerate(lines) if line.strip()]
    words = {place: _same(line) if len(line) <= LONGEST else "" for place, line in short}
    last = {same: place for place, same in words.items()}
    headed = {place for place, line in short if heading(line) is not None}
    found = {place for place, line in short if _is_listed(line)}
    listing = False
    before: int | None = None
    for place, line in short:
        again = last[words[place]] > place and words[place] != ""
        if _CONTENTS.fullmatch(line.strip()):
            listing = True
            found.add(place)
        elif listing:
            # It ends where a line comes that does not come again, or is no title.
            listing = place in found or (again and not re.search(r"[。！？”.!?\"]$", line.strip()))
            found |= {place} if listing else set()
        # A heading with nothing under it, whose words head something later.
        if before is not None and place in headed and last[words[before]] > before:
            found.add(before)
        before = place if place in headed else None
    return found


def _is_listed(line: str) -> bool:
    title = _without_page(line)
    return title is not None and heading(title) is not None


def _without_page(line: str) -> str | None:
    """What stands before dots or a wide gap and a page number; None if the line does not end so."""
    line = line.rstrip()
    before = line.rstrip("0123456789")
    if before == line or len(line) > LONGEST:
        return None
    title = before.rstrip(" \t\u3000" + "".join(_DOTS))
    gap = before[len(title) :]
    return title if sum(map(gap.count, _DOTS)) > 2 or gap.count(" ") > 2 or "\t" in gap else None


def _same(line: str) -> str:
    return re.sub(r"\W", "", _without_page(line) or line).lower()
