"""Which texts are nearly the same: MinHash over runs of words or characters, and a count to be sure.

Broder 1997, "On the resemblance and containment of documents". Texts whose signatures agree in one band of four
values are compared by their whole sets, so a false alarm of the signatures drops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import regex

from bimo.text.errors import Language

# Prose with every twentieth word or character changed shares about 0.75 of its runs of three, two texts of one author
# about 0.02.
ALIKE = 0.4
_RUN = 3
_NUMBERS, _BANDS = 128, 32
_WORD = regex.compile(r"\w+")
_NO_SIGN = regex.compile(r"[\W_]+")


def clusters(texts: Sequence[str], lang: Language) -> list[list[int]]:
    """Groups of texts that are alike, each as ascending places in `texts`; a text without a like is in none."""
    from rensa import RMinHash, RMinHashLSH

    if len(texts) < 2:
        return []
    runs = [_runs(text, lang) for text in texts]
    matrix = RMinHash.digest_matrix_from_token_sets(runs, _NUMBERS, 42)
    flags = RMinHashLSH(ALIKE, _NUMBERS, _BANDS).query_duplicate_flags_matrix_one_shot(matrix)
    suspects = [place for place, flag in enumerate(flags) if flag and runs[place]]
    if not suspects:
        return []
    rows = matrix.to_rows()
    width = _NUMBERS // _BANDS
    buckets: dict[tuple[int, ...], list[int]] = {}
    for place in suspects:
        for band in range(_BANDS):
            buckets.setdefault((band, *rows[place][band * width : (band + 1) * width]), []).append(place)
    leader = {place: place for place in suspects}
    sets = {place: set(runs[place]) for place in suspects}
    compared: set[tuple[int, int]] = set()
    for bucket in buckets.values():
        for pair in combinations(bucket, 2):
            if pair not in compared and not compared.add(pair):  # type: ignore[func-returns-value]
                one, two = (_first(leader, place) for place in pair)
                if one != two and _shared(sets[pair[0]], sets[pair[1]]) >= ALIKE:
                    leader[max(one, two)] = min(one, two)
    groups: dict[int, list[int]] = {}
    for place in suspects:
        groups.setdefault(_first(leader, place), []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def _runs(text: str, lang: Language) -> list[str]:
    if lang == "en":
        words = _WORD.findall(text.lower())
        return [" ".join(run) for run in zip(words, words[1:], words[2:], strict=False)] or words
    signs = _NO_SIGN.sub("", text)
    return [signs[place : place + _RUN] for place in range(max(1, len(signs) - _RUN + 1))] if signs else []


def _shared(one: set[str], two: set[str]) -> float:
    return len(one & two) / len(one | two)


def _first(leader: dict[int, int], place: int) -> int:
    while leader[place] != place:
        place = leader[place] = leader[leader[place]]
    return place
