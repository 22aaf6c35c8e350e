"""How Chinese characters are read and what they rhyme with, by four books: 平水韵, 词林正韵, 中华新韵, 中华通韵.

Every book knows simplified and traditional characters and the usual variants. A simplified character that merges
several others (后: 后, 後) has the readings of all. Where the tables come from stands in `scripts/tables/zh.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final, Literal

from bimo.text.errors import InputError, Language
from bimo.verse.books import table
from bimo.verse.scansion import Policy

Tone = Literal["平", "仄"]

BOOKS: Final[Mapping[str, Mapping[Language, str]]] = {
    "pingshui": {"zh": "平水韵", "en": "Pingshui rhymes"},
    "cilin": {"zh": "词林正韵", "en": "Cilin rhymes"},
    "xinyun": {"zh": "中华新韵", "en": "New Chinese rhymes"},
    "tongyun": {"zh": "中华通韵", "en": "Common Chinese rhymes"},
}

# What the policy `common` takes for usual in verse.
_USUAL: Final = 0.15


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a character in one book.

    `group` is the id of its rhyme group. `sound` is the old tone (平, 上, 去, 入) in 平水韵 and 词林正韵, and pinyin
    with tone mark in the modern books. `prior` is its share in verse; the priors of a character sum to 1.
    """

    tone: Tone
    group: str
    sound: str
    prior: float


@dataclass(frozen=True, slots=True)
class Group:
    """A rhyme group: characters of one tone that rhyme.

    `id` is "下平七阳", "第二部平", "第十五部入", "十唐平"; `names` are its shorter names ("七阳", "阳"). `part` is the
    id without the tone where level and oblique groups belong together ("第二部"), else the id.
    """

    id: str
    names: tuple[str, ...]
    tone: Tone
    part: str


class Book:
    """A rhyme book. Get it from `book`; everything is looked up once and kept.

    `policy` says how characters with several readings are judged (see `bimo.verse.scansion.Policy`).
    """

    def __init__(self, id: str, names: Mapping[Language, str], text: str) -> None:
        self.id = id
        self.names = names
        head, kinds, rows = text.split("\n\n")
        self._groups, self._near = _heads(head)
        ids = list(self._groups)
        self._kinds = [(sound, ids[int(index)]) for sound, _, index in (kind.partition(":") for kind in kinds.split())]
        self._rows: dict[str, str] = {}
        for row in rows.splitlines():
            key, _, chars = row.partition("\t")
            self._rows.update(dict.fromkeys(chars, key))
        self._readings: dict[str, tuple[Reading, ...]] = {}
        self._judged: dict[tuple[str, Policy], tuple[frozenset[str], frozenset[str]]] = {}

    @property
    def groups(self) -> Mapping[str, Group]:
        """Every rhyme group by its id, in the order of the book."""
        return self._groups

    def readings(self, char: str) -> tuple[Reading, ...]:
        """The readings of a character, the likeliest first; none where the book does not know it."""
        found = self._readings.get(char)
        if found is None:
            row = self._rows.get(char)
            found = self._readings[char] = self._parsed(row) if row else ()
        return found

    def tones(self, char: str, policy: Policy) -> frozenset[str]:
        """The tones of the readings that count under `policy`: the usual ones for `common`, else all.

        Under `strict` and `common` a place is met when this set holds its tone and no other; under `any` when it holds
        its tone. `fits` says just that.
        """
        return self._judge(char, policy)[0]

    def rhymes(self, char: str, policy: Policy) -> frozenset[str]:
        """The ids of the groups of the readings that count under `policy`, to be judged like `tones`."""
        return self._judge(char, policy)[1]

    def fits(self, char: str, tone: str, policy: Policy) -> bool:
        """Whether the character may stand at a place of that tone; an unknown character may not."""
        return _meets(self.tones(char, policy), tone, policy)

    def common_group(self, chars: Iterable[str], policy: Policy) -> tuple[str, ...]:
        """The ids of the groups in which all of these feet can stand, in the order of the book."""
        sets = {self.rhymes(char, policy) for char in chars}
        if not sets:
            return ()
        shared = frozenset.intersection(*sets)
        return tuple(id for id in self._groups if id in shared and all(_meets(each, id, policy) for each in sets))

    def neighbours(self, group: str) -> frozenset[str]:
        """The ids of the groups that verse rhymes with this one now and then (邻韵, 通押); they have its tone."""
        return self._near.get(group, frozenset())

    def find_group(self, name: str) -> Group:
        """The group of that id or name, simplified or traditional: 下平七阳, 七陽, 阳韵, 第二部平.

        A name without a tone means the level group. Raises InputError `verse.no_rhyme` with the nearest names.
        """
        known = {called: group for group in reversed(self._groups.values()) for called in (*group.names, group.id)}
        key = simplified(name.strip()).replace("平声", "平").removesuffix("韵")
        if key in known:
            return known[key]
        near = [known[each].names[0] for each in get_close_matches(key, known, n=6, cutoff=0.3)]
        best = list(dict.fromkeys(near or [group.names[0] for group in self._groups.values()]))[:3]
        zh, en = self.names["zh"], self.names["en"]
        raise InputError("verse.no_rhyme", rhyme=name, book_zh=zh, book_en=en, near="、".join(best))

    def members(self, group: str, policy: Policy = "strict") -> str:
        """The simplified characters of verse that may be feet in this group, the most frequent first."""
        return "".join(char for char in frequent() if _meets(self.rhymes(char, policy), group, policy))

    def alphabet(self, tone: str, policy: Policy = "strict", size: int | None = None) -> str:
        """The simplified characters of verse that may stand at a place of that tone, the most frequent first.

        `size` takes only the characters among that many most frequent ones of verse.
        """
        return "".join(char for char in frequent()[:size] if self.fits(char, tone, policy))

    def _parsed(self, row: str) -> tuple[Reading, ...]:
        parts = [part.partition(":") for part in row.split()]
        total = sum(int(share or 1) for _, _, share in parts)
        kinds = [(self._kinds[int(kind)], int(share or 1) / total) for kind, _, share in parts]
        return tuple(Reading(self._groups[group].tone, group, sound, prior) for (sound, group), prior in kinds)

    def _judge(self, char: str, policy: Policy) -> tuple[frozenset[str], frozenset[str]]:
        found = self._judged.get((char, policy))
        if found is None:
            least = _USUAL if policy == "common" else 0.0
            counted = [each for each in self.readings(char) if each.prior >= least]
            found = frozenset(each.tone for each in counted), frozenset(each.group for each in counted)
            self._judged[char, policy] = found
        return found


def book(id: str) -> Book:
    """The rhyme book of that id: pingshui, cilin, xinyun or tongyun. Raises InputError `verse.no_book`."""
    if id not in BOOKS:
        raise InputError("verse.no_book", book=id, known="、".join(BOOKS))
    return _book(id)


@cache
def _book(id: str) -> Book:
    return Book(id, BOOKS[id], table(f"zh/{id}"))


@cache
def frequent() -> str:
    """The simplified characters of classical verse, the most frequent first."""
    return table("zh/frequency").strip()


def _meets(found: frozenset[str], wanted: str, policy: Policy) -> bool:
    return wanted in found and (policy == "any" or len(found) == 1)


def _heads(text: str) -> tuple[dict[str, Group], dict[str, frozenset[str]]]:
    groups, near = {}, {}
    for line in text.splitlines():
        id, names, tone, part, others = line.split("\t")
        groups[id] = Group(id, tuple(names.split()), "平" if tone == "平" else "仄", part)
        near[id] = frozenset(others.split())
    return groups, near


def simplified(text: str) -> str:
    """`text` in simplified characters."""
    return _to_simplified()(text)


@cache
def _to_simplified() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
