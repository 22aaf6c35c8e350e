"""Places in a story that may contradict each other, found by what they say about the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import regex

from bimo.text.errors import Language
from bimo.text.numbers import numbers
from bimo.text.sentences import sentences
from bimo.text.spans import Span
from bimo.text.words import names, words

Kind = Literal["age", "count", "weekday", "dead", "colour", "only_child"]

_AGES = {
    "zh": r"(?<value>[一二三四五六七八九十百零两\d]+)岁",
    "en": r"(?<value>\b[\w-]+(?: [\w-]+)?)[ -]years?[ -]old|\baged (?<value>[\w-]+)|\b(?:is|was|turned) (?<value>"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?|\w+teen|\d\d?)(?=[,.;])",
}
_NUMBER = (
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|twenty|thirty|forty|"
    r"fifty|\d+"
)
_COUNTS = {
    "zh": r"(?<value>[一二三四五六七八九十百两\d]+)[个只条封把匹头本张位名间块颗棵](?<thing>\p{Han}{1,2})",
    "en": rf"\b(?<value>{_NUMBER}) (?<thing>\p{{Ll}}{{3,}}s|children|men|women)\b",
}
_WEEKDAYS = {
    "zh": r"(?:星期|礼拜|周)(?<value>[一二三四五六日天])",
    "en": r"\b(?<value>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b",
}
_HUE = "black|blue|green|grey|gray|brown|red|white|blond|blonde"
_COLOURS = {
    "zh": r"(?<value>[黑蓝绿灰棕褐红白金])色?的?(?<thing>眼睛|头发|胡子)|"
    r"(?<thing>眼睛|头发|胡子)是(?<value>[黑蓝绿灰棕褐红白金])",
    "en": rf"\b(?<value>{_HUE}) (?<thing>eyes|hair|beard)\b|"
    rf"\b(?<thing>eyes|hair|beard) (?:was|were|is|are) (?<value>{_HUE})\b",
}
_DEAD = {
    "zh": r"去世|死了|病死|已死|不在人世|下葬|过世|病故|葬在",
    "en": r"\b(?:died|was dead|is dead|had been dead|was buried|were buried|passed away|was killed)\b",
}
_LIVING = {
    "zh": r"说|笑|走|坐|喊|推|端|递|问|答|点了?点头|站",
    "en": r"said|asked|laughed|walked|smiled|sat|stood|opened|answered|nodded|called|came|handed|poured",
}
_ONLY = {"zh": r"独生[子女]|独子|独女", "en": r"\bonly (?:child|son|daughter)\b"}
_SIBLING = {
    "zh": r"[他她的](?:哥哥|弟弟|姐姐|妹妹)",
    "en": r"\b(?:his|her|['’]s) (?:\w+ )?(?:brother|sister)\b",
}
# Time has passed, so that an age, a colour or a number may have changed.
_LATER = {
    "zh": r"年后|年前|当年|那年|小时候|年轻时|后来|从前|长大|如今|又过|剩",
    "en": r"\b(?:later|ago|once|used to|when (?:he|she) was|as a (?:boy|girl|child)|young|grew|by then|left|more)\b",
}


@dataclass(frozen=True, slots=True)
class Suspect:
    """Two sentences that say different things of one kind about the same; `args` are the two values."""

    kind: Kind
    one: Span
    two: Span
    args: tuple[str, str]

    @property
    def certain(self) -> bool:
        """Whether nobody need be asked: numbers and days of a story may change, an eye's colour does not."""
        return self.kind not in ("count", "weekday")


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: Kind
    about: str
    value: str
    shown: str
    sentence: int


def suspects(text: str, lang: Language) -> list[Suspect]:
    """Pairs of sentences that may contradict each other, each pair once, in the order of the text."""
    spans = sentences(text, lang)
    known = names(text, lang)
    facts = [fact for number, span in enumerate(spans) for fact in _facts(span.of(text), number, known, lang)]
    found: dict[tuple[int, int], Suspect] = {}
    for one, two in combinations(facts, 2):
        if one.sentence == two.sentence or not _differ(one, two):
            continue
        if one.kind == "weekday" and not _alike(spans[one.sentence].of(text), spans[two.sentence].of(text), lang):
            continue
        if one.kind in ("age", "colour") and regex.search(
            _LATER[lang], text[spans[one.sentence].end : spans[two.sentence].end]
        ):
            continue
        pair = (one.sentence, two.sentence)
        found.setdefault(pair, Suspect(one.kind, spans[pair[0]], spans[pair[1]], (one.shown, two.shown)))
    return [found[pair] for pair in sorted(found)]


def _differ(one: _Fact, two: _Fact) -> bool:
    """Whether two facts are of a kind, about the same, and not the same; the dead must be dead before they live."""
    if one.kind != two.kind or one.about != two.about or one.value == two.value:
        return False
    return one.kind != "dead" or one.value == "dead"


def _facts(sentence: str, number: int, known: list[str], lang: Language) -> Iterator[_Fact]:
    who = [name for name in known if name in sentence or (lang == "en" and name.split()[0] in sentence)]
    subject = who[0] if who else ""
    for match in regex.finditer(_AGES[lang], sentence):
        if who and (value := numbers(match["value"], lang)):
            yield _Fact("age", subject, value[-1], match[0], number)
    for match in regex.finditer(_COUNTS[lang], sentence):
        if value := numbers(match["value"] + ("个" if lang == "zh" else ""), lang):
            yield _Fact("count", match["thing"], value[-1], match[0], number)
    for match in regex.finditer(_WEEKDAYS[lang], sentence):
        yield _Fact("weekday", "", match["value"].replace("天", "日"), match[0], number)
    for match in regex.finditer(_COLOURS[lang], sentence):
        if who:
            yield _Fact("colour", f"{subject} {match['thing']}", match["value"], match[0], number)
    for name in who:
        yield from _life(sentence, name, number, lang)
    for family, pattern in (("only", _ONLY[lang]), ("sibling", _SIBLING[lang])):
        if said := regex.search(pattern, sentence):
            yield _Fact("only_child", "", family, said[0], number)
            return


def _life(sentence: str, name: str, number: int, lang: Language) -> Iterator[_Fact]:
    """Whether `name` is said to be dead in a sentence, or does something that only the living do."""
    called = regex.escape(name)
    gap = r"[^，。；]{0,8}?" if lang == "zh" else r"(?: \w+){0,3}? "
    for state, verbs in (("dead", _DEAD[lang]), ("alive", rf"(?:{_LIVING[lang]})")):
        near = r"\p{Han}{0,2}?" if state == "alive" and lang == "zh" else r" (?:\w+ly )?" if state == "alive" else gap
        if match := regex.search(rf"{called}{near}(?:{verbs})", sentence):
            yield _Fact("dead", name, state, match[0], number)
            return


def _alike(one: str, two: str, lang: Language) -> bool:
    """Whether two sentences speak of the same event: two long words in common besides the weekday."""
    least = 2 if lang == "zh" else 4
    shared = {word for word in words(one, lang) if len(word) >= least} & set(words(two, lang))
    return len({word for word in shared if not regex.search(r"day$|星期|礼拜|周", word)}) >= 2
