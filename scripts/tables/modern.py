"""中华新韵 and 中华通韵: modern readings with the shares that phrases give them, and the groups of their finals."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_finals, to_initials, to_normal, to_tone3

_SIBILANT = ("zh", "ch", "sh", "r", "z", "c", "s")
# In a phrase these change their tone before another; verse takes them as they are alone.
_SANDHI = {"不": ("bú",), "一": ("yí", "yì")}
# Beside the phrases, the first reading of a character counts as if it had been seen this often.
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Modern:
    """A modern book: its groups in order, the finals of each, and the pairs that may rhyme loosely."""

    groups: str
    finals: tuple[str, ...]
    near: tuple[str, ...]


BOOKS = {
    "xinyun": Modern(
        "麻波皆开微豪尤寒文唐庚齐支姑",
        (
            "a ia ua",
            "o e uo",
            "ie ve ê",
            "ai uai",
            "ei uei",
            "ao iao",
            "ou iou",
            "an ian uan van",
            "en in uen vn",
            "ang iang uang",
            "eng ing ueng ong iong",
            "i er v",
            "-i",
            "u",
        ),
        ("齐支",),
    ),
    "tongyun": Modern(
        "啊喔鹅衣乌迂哀欸熬欧安恩昂英雍儿",
        (
            "a ia ua",
            "o uo",
            "e ie ve ê",
            "i -i",
            "u",
            "v",
            "ai uai",
            "ei uei",
            "ao iao",
            "ou iou",
            "an ian uan van",
            "en in uen vn",
            "ang iang uang",
            "eng ing ueng",
            "ong iong",
            "er",
        ),
        ("喔鹅", "衣迂", "英雍"),
    ),
}


def characters() -> frozenset[str]:
    """Every character that pypinyin can read."""
    return frozenset(map(chr, PINYIN_DICT))


def finals(char: str) -> list[str]:
    """The finals of a character's readings, with "v" for ü and "-i" after a sibilant."""
    return [_final(sound) for sound in PINYIN_DICT.get(ord(char), "").split(",") if sound]


def readings(book: str) -> dict[str, dict[tuple[str, int], float]]:
    """Character → (pinyin with tone mark, index of the group) → share."""
    group_of = {final: index for index, line in enumerate(BOOKS[book].finals) for final in line.split()}
    found: dict[str, dict[tuple[str, int], float]] = {}
    for char, sounds in _shares().items():
        keys = {}
        for sound, share in sounds.items():
            group = group_of.get(_final(sound))
            if group is not None:
                keys[sound, 2 * group + (_tone(sound) not in "12")] = share
        if keys:
            total = sum(keys.values())
            found[char] = {key: share / total for key, share in keys.items()}
    return found


@cache
def _shares() -> dict[str, dict[str, float]]:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, sounds in PHRASES_DICT.items():
        for char, sound in zip(phrase, sounds, strict=False):
            seen[char][sound[0]] += 1
    shares = {}
    for code, listed in PINYIN_DICT.items():
        sounds = [sound for sound in listed.split(",") if sound and sound not in _SANDHI.get(chr(code), ())]
        counts = {sound: seen[chr(code)][sound] + (_FIRST if sound == sounds[0] else 0) for sound in sounds}
        # A neutral tone is a way to speak a word; a character that has a tone of its own is read with it.
        if _tone(sounds[0]) != "0" or all(_tone(sound) == "0" for sound in sounds):
            counts = {sound: count for sound, count in counts.items() if _tone(sound) != "0" or len(sounds) == 1}
        # What no phrase has is an old reading.
        kept = {sound: float(count) for sound, count in counts.items() if count}
        shares[chr(code)] = kept or {sounds[0]: 1.0}
    return shares


@cache
def _final(sound: str) -> str:
    if to_normal(sound) in ("ê", "e") and sound[0] in "êếềê":
        return "ê"
    final = str(to_finals(sound, strict=True, v_to_u=False))
    initial = to_initials(sound, strict=True)
    return "-i" if final == "i" and initial in _SIBILANT else final.replace("ü", "v")


@cache
def _tone(sound: str) -> str:
    last = to_tone3(sound)[-1]
    return last if last.isdigit() else "0"
