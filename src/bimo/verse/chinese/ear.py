"""How a book hears characters: what tones fit them, which reading is taken, and in which groups they rhyme."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import repeat
from typing import Final, NamedTuple, TypeVar

from bimo.verse.readings import Reading, book
from bimo.verse.scansion import Policy

Key = TypeVar("Key")
Value = TypeVar("Value")

# A reading that has less than this share of its character's uses in verse is told to the writer.
RARE: Final = 0.15


class Heard(NamedTuple):
    """A character as a place hears it: the tone found, the reading taken, and whether that reading is a rare one."""

    found: str
    reading: str
    rare: bool


class _Kept(dict[Key, Value]):
    """Answers that are found once and kept; a dict of its own kind, because it is asked for every character."""

    def __init__(self, find: Callable[[Key], Value]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: Key) -> Value:
        found = self[key] = self._find(key)
        return found


class Ear:
    """A rhyme book under a policy, with what it answers kept. Get it from `ear`."""

    def __init__(self, id: str, policy: Policy) -> None:
        self.book = book(id)
        self.policy = policy
        self._fits = _Kept(self._fits_anew)
        # For `str.translate`, by code point: "1" where the character fits, as a digit of a binary number.
        self._level = _Kept[int, str](lambda code: str(self._fits[chr(code)] & 1))
        self._oblique = _Kept[int, str](lambda code: str(self._fits[chr(code)] >> 1))
        self._familiar: set[str] = set()
        self._heard: _Kept[tuple[str, str], _Kept[str, Heard]] = _Kept(lambda at: _Kept(partial(self._heard_anew, *at)))
        self._open = _Kept[str, _Kept[str, Heard]](lambda tone: self._heard[tone, ""])
        self._parts: dict[tuple[str, str], frozenset[str]] = {}
        self._cures: dict[str, str] = {}
        self._groups: dict[tuple[str, str], str] = {
            (group.part, group.tone): group.id for group in reversed(list(self.book.groups.values()))
        }

    def knows(self, char: str) -> bool:
        """Whether the book has any reading of the character."""
        return bool(self.book.readings(char))

    def unknown(self, text: str) -> set[str]:
        """The characters of the text that the book has no reading of."""
        new = set(text) - self._familiar
        if new:
            self._familiar |= {char for char in new if self.knows(char)}
            new -= self._familiar
        return new

    def fits(self, char: str) -> int:
        """1 if the character fits a level place, 2 an oblique one, 3 both, 0 neither; an unknown one fits both."""
        return self._fits[char]

    def _fits_anew(self, char: str) -> int:
        level, oblique = (self.book.fits(char, tone, self.policy) for tone in "平仄")
        return (level | oblique << 1) if self.knows(char) else 3

    def masks(self, text: str) -> tuple[int, int]:
        """Where the text fits level and where it fits oblique: bit i stands for character i."""
        turned = text[::-1]
        return int(turned.translate(self._level) or "0", 2), int(turned.translate(self._oblique) or "0", 2)

    def hear(self, char: str, expected: str, group: str = "") -> Heard:
        """The character at a place of that tone, and of that rhyme group where it is a foot."""
        return self._heard[expected, group][char]

    def hear_all(self, text: str, tones: str) -> list[Heard]:
        """Each character at a place of its tone; "" stands for tones that nobody expects."""
        known = self._open
        return [known[tone][char] for char, tone in zip(text, tones or repeat(""), strict=False)]

    def _heard_anew(self, expected: str, group: str, char: str) -> Heard:
        readings = self.book.readings(char)
        if not readings:
            return Heard("", "", False)
        tones = {each.tone for each in readings}
        wanted = [each for each in readings if each.group == group] or [
            each for each in readings if expected not in tones or each.tone == expected
        ]
        share = sum(each.prior for each in wanted)
        return Heard(
            "中" if len(self.book.tones(char, self.policy)) > 1 else wanted[0].tone,
            shown(wanted[0]),
            expected in tones and len(tones) > 1 and share < RARE,
        )

    def parts(self, char: str, tone: str) -> frozenset[str]:
        """The rhymes that the character can be a foot of, with that tone."""
        found = self._parts.get((char, tone))
        if found is None:
            groups = self.book.rhymes(char, self.policy)
            known = self.book.groups
            if self.policy != "any" and len(groups) > 1:
                groups = frozenset()
            found = self._parts[char, tone] = frozenset(known[each].part for each in groups if known[each].tone == tone)
        return found

    def group(self, part: str, tone: str) -> str:
        """The id of the group of a rhyme that has that tone."""
        return self._groups.get((part, tone), part)

    def near(self, part: str, tone: str) -> frozenset[str]:
        """The rhymes that verse mixes with this one now and then."""
        groups = self.book.neighbours(self.group(part, tone))
        return frozenset(self.book.groups[each].part for each in groups)

    def rhyming(self, group: str) -> str:
        """The characters of a group that are usual in verse, the most frequent first."""
        found = self._cures.get(group)
        if found is None:
            found = self._cures[group] = self.book.members(group)
        return found


def shown(reading: Reading) -> str:
    """A reading in short: pinyin in modern books, in old ones the rhyme group, which tells the tone too."""
    return reading.group if reading.sound in ("平", "上", "去", "入", "仄") else reading.sound


@cache
def ear(id: str, policy: Policy) -> Ear:
    """The ear for that book and policy. Raises InputError `verse.no_book`."""
    return Ear(id, policy)
