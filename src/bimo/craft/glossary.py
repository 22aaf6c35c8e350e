"""Fixed renderings: which word of one language stands for which of the other, settled before a text is translated."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from bimo.craft.events import Event
from bimo.craft.session import Session, preset, step
from bimo.models.protocol import Message
from bimo.text.errors import InputError, Language
from bimo.text.lists import word_list
from bimo.text.words import names

# More names than these take more room in a prompt than they are worth.
_MOST = 24


def told_terms(lines: Sequence[str]) -> dict[str, str]:
    """The glossary of a writer, “term = rendering” each. Raises InputError for a line without both."""
    terms: dict[str, str] = {}
    for line in lines:
        term, sign, rendering = (part.strip() for part in re.sub("[＝→]", "=", line).partition("="))
        if not (term and sign and rendering):
            raise InputError("craft.glossary_line", line=line)
        terms[term] = rendering
    return terms


def named(
    session: Session, text: str, source: Language, fixed: Mapping[str, str]
) -> Generator[Event, None, dict[str, str]]:
    """`fixed`, and a rendering for every other name of `text`, so that each has one rendering in the whole text.

    Chinese names become pinyin; for English ones the model is asked once. A name kept in its own language stays.
    """
    seen = Counter({name: text.count(name) for name in names(text, source)})
    wanted = [name for name, _ in seen.most_common(_MOST) if not any(name in term for term in fixed)]
    if source == session.lang or not wanted:
        return dict(fixed)
    if source == "zh":
        return {**fixed, **{name: _pinyin(name) for name in wanted}}
    yield step("names")
    talk = replace(session, turns=[Message("system", session.script.parts["names"])])
    talk.say("some")
    talk.answered(session.script.parts["renderings"])
    talk.say("wanted", names=wanted)
    rules = " ".join(f'"{name}" " = " name "\\n"' for name in map(_quoted, wanted))
    sampling = replace(
        preset(session.lang, "exact"),
        grammar=f"root ::= {rules}\nname ::= [一-鿿·]{{1,10}}",
        max_tokens=24 * len(wanted),
    )
    raw = yield from talk.answer(sampling)
    found = dict(re.findall(r"^(.+?) = (.+)$", raw, re.MULTILINE))
    return {**fixed, **{name: rendering for name, rendering in found.items() if name in wanted}}


@cache
def _customs() -> Mapping[str, Any]:
    return tomllib.loads((files("bimo.craft") / "customs.toml").read_text(encoding="utf-8"))


def customs(text: str, source: Language, lang: Language) -> dict[str, str]:
    """What of `text` readers of `lang` seldom know, in its order: the words as they stand there, and a line on each."""
    if source == lang:
        return {}
    found: dict[str, tuple[int, str]] = {}
    for entry in _customs()[source]:
        ways = "|".join(map(re.escape, entry["words"]))
        case = re.NOFLAG if any(map(str.isupper, ways)) else re.IGNORECASE
        if match := re.search(ways if source == "zh" else rf"\b(?:{ways})\b", text, case):
            found[match.group()] = (match.start(), entry["note"])
    return {word: note for word, (_, note) in sorted(found.items(), key=lambda item: item[1][0])}


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _pinyin(name: str) -> str:
    """林晚照 is Lin Wanzhao: the family name first, without tones."""
    from pypinyin import lazy_pinyin

    first = next((each for each in word_list("double_surnames") if name.startswith(each)), name[0])
    rest = name[len(first) :]
    known = first in word_list("surnames") or len(first) > 1 or first in "老小阿大"
    return " ".join("".join(lazy_pinyin(part)).capitalize() for part in ((first, rest) if known else (name,)) if part)
