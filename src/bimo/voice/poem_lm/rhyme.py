"""Names of rhyme groups as marks of the model: 七阳 in 平水韵, and for 词 第二部 in 词林正韵, level or oblique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import regex

from bimo.verse.readings import Book

NO_RHYME = "无韵"
# A poem is in a group if at least this share of its feet may be.
_SHARE = 0.75
_TONES = regex.compile(r"^(?:上平|下平|上声|去声|入声)|(?<=部)[平仄入]$")


def short_name(group: str) -> str:
    """The mark's name for a group of `bimo.verse.readings`: 七阳 for 下平七阳, 第二部 for 第二部平."""
    return _TONES.sub("", group)


def common_group(feet: Iterable[str], book: Book) -> str:
    """The name of the group that most `feet` (characters) share, else 无韵; level groups win a tie."""
    known = [groups for groups in ({short_name(id) for id in book.rhymes(foot, "any")} for foot in feet) if groups]
    counts = Counter(name for names in known for name in names)
    order = list(dict.fromkeys(short_name(id) for id in book.groups))
    if len(known) < 2:
        return NO_RHYME
    best = max(counts, key=lambda name: (counts[name], -order.index(name)))
    return best if counts[best] >= _SHARE * len(known) else NO_RHYME


def level_groups(book: Book) -> frozenset[str]:
    """The names of the book's groups of level tone."""
    return frozenset(short_name(id) for id, group in book.groups.items() if group.tone == "平")
