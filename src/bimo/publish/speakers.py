"""Who speaks in a story: each line of dialogue with the name that the remark beside it gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from bimo.text.errors import Language
from bimo.text.language import HAN
from bimo.text.words import names

_QUOTED: Final = re.compile('“[^“”]*”|「[^「」]*」|『[^『』]*』|"[^"\n]*"')
_VERBS: Final[Mapping[Language, str]] = {
    "zh": "说|道|问|答|喊|叫|骂|笑|叹|嚷|念|应|吼|哭|劝|插嘴|开口|嘀咕|嘟囔|低语",
    "en": "said|says|asked|asks|cried|replied|answered|whispered|shouted|murmured|muttered|called|added|snapped|sighed|"
    "growled|hissed|yelled|laughed|screamed|exclaimed|demanded|continued|went on|began|told|breathed|agreed",
}
_NAME_EN: Final = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Sir|Lady|Lord|Father|Captain)\.? )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?"
_SAID_EN: Final = re.compile(
    rf"(?:\b(?:{_VERBS['en']}) (?:the |old |young )*({_NAME_EN}))|({_NAME_EN})(?: \w+ly)? (?:{_VERBS['en']})\b"
)
_SAID_ZH: Final = re.compile(rf"([{HAN}]{{2,3}}?)(?:{_VERBS['zh']})道?[:：，]?")
_NO_NAME: Final = frozenset(
    ("He", "She", "They", "It", "I", "We", "You", "The", "A", "An", "But", "And", "Then", "When", "So")
)
_SHE: Final[Mapping[Language, str]] = {"zh": "她", "en": r"\b(?:she|her|hers)\b"}
_HE: Final[Mapping[Language, str]] = {"zh": "他", "en": r"\b(?:he|him|his)\b"}
# How far from a name its pronoun is looked for, in characters.
_NEAR: Final = 60


class Line(NamedTuple):
    """A stretch of a paragraph: what is narrated has no speaker."""

    text: str
    speaker: str = ""


def told(paragraphs: Sequence[str], lang: Language) -> list[list[Line]]:
    """Each paragraph as stretches of narration and speech, in order, with the speakers as far as the text says them.

    A remark names the speaker: “…,” said Ann, or 林晚说：“……”. Where two talk by turns, a line without a remark belongs
    to the one who spoke before the last. What stays unknown has no speaker.
    """
    known = _known(paragraphs, lang)
    lines: list[list[Line]] = []
    turns: list[str] = []
    for paragraph in paragraphs:
        parts = list(_parts(paragraph))
        if not any(quoted for _, quoted in parts):
            if len(paragraph) > _NEAR:
                turns.clear()
            lines.append([Line(paragraph)])
            continue
        remark = " ".join(text for text, quoted in parts if not quoted)
        speaker = _named(remark, lang, known) or (turns[-2] if not remark.strip() and len(turns) > 1 else "")
        turns.append(speaker)
        lines.append([Line(text, speaker if quoted else "") for text, quoted in parts])
    return lines


def women(paragraphs: Sequence[str], speakers: Sequence[str], lang: Language) -> dict[str, bool]:
    """For each speaker whether the words around the name call it she; False where nothing is said."""
    found: dict[str, Counter[bool]] = {name: Counter() for name in speakers}
    for paragraph in paragraphs:
        for name, counts in found.items():
            for match in re.finditer(re.escape(name), paragraph):
                near = _QUOTED.sub("", paragraph[match.end() : match.end() + _NEAR])
                counts[True] += len(re.findall(_SHE[lang], near))
                counts[False] += len(re.findall(_HE[lang], near))
    return {name: counts[True] > counts[False] for name, counts in found.items()}


def _parts(paragraph: str) -> Iterator[tuple[str, bool]]:
    place = 0
    for match in _QUOTED.finditer(paragraph):
        if before := paragraph[place : match.start()].strip():
            yield before, False
        yield match.group(), True
        place = match.end()
    if rest := paragraph[place:].strip():
        yield rest, False


def _known(paragraphs: Sequence[str], lang: Language) -> tuple[str, ...]:
    """The Chinese names that stand in remarks, the longest first; English names show by their capitals."""
    if lang == "en":
        return ()
    remarks = (text for each in paragraphs if _QUOTED.search(each) for text, quoted in _parts(each) if not quoted)
    return tuple(sorted(set(names("\n".join(remarks), "zh")), key=len, reverse=True))


def _named(remark: str, lang: Language, known: Sequence[str]) -> str:
    if lang == "en":
        for match in _SAID_EN.finditer(remark):
            name = match[1] or match[2]
            if name.split()[0] not in _NO_NAME:
                return name
        return ""
    for clause in re.split("[。！？；]", remark):
        if re.search(rf"(?:{_VERBS['zh']})|[:：]$", clause.strip()):
            places = [(clause.find(name), name) for name in known if name in clause]
            if places:
                return min(places, key=lambda place: (place[0], -len(place[1])))[1]
            # A name that stands once is found by no statistics: 陈默问。
            if (bare := _SAID_ZH.fullmatch(clause.strip())) and bare[1][
                0
            ] not in "她他它我你您咱这那有众大自谁对又还便就":
                return bare[1]
    return ""
