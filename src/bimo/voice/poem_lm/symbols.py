"""The vocabulary: marks that steer the model, bytes for characters too rare to learn, and single characters.

A sample reads `<唐><七绝>秋夜<七阳>……。</s>`: era, form, title, rhyme group, poem. The rhyme comes after the title, so
that the model can be asked which rhyme suits a title; the rhyme mark also tells where the poem begins.
`<空>` stands for a clause that is missing and follows after `<补>`; `<题>` puts the title after the poem instead.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import regex

from bimo.voice.poem_lm.corpus import ERAS, FORMS
from bimo.voice.poem_lm.rhyme import NO_RHYME, short_name

UNKNOWN, BEGIN, END = 0, 1, 2
BLANK, FILL, TITLE = "<空>", "<补>", "<题>"
_FIRST_BYTE = 3
_FIRST_MARK = _FIRST_BYTE + 256
_PIECE = regex.compile(r"<\p{Han}+>|.", regex.DOTALL)


def prompt(era: str, form: str, title: str, rhyme: str) -> str:
    """The text after which the model writes a poem.

    `era` is 唐 or 宋, `form` one of FORMS, `rhyme` a group such as 七阳 or 下平七阳, for 词 a part such as 第二部;
    "" or 无韵 where it is free. `title` is a theme, or the tune of a 词; it may be empty.
    """
    clean = "".join(regex.findall(r"\p{Han}", title))
    return f"<{era}><{form}>{clean}<{short_name(rhyme) or NO_RHYME}>"


def entitling(era: str, form: str, rhyme: str, poem: str) -> str:
    """The text after which the model writes the title of `poem`: how well a poem calls for its theme."""
    return prompt(era, form, "", rhyme) + poem + TITLE


def filling(era: str, form: str, title: str, rhyme: str, poem: Sequence[str], missing: int) -> str:
    """The text after which the model writes clause number `missing` of `poem` (clauses with their closing marks)."""
    mark = poem[missing][-1]
    given = [*poem[:missing], BLANK + mark, *poem[missing + 1 :]]
    return prompt(era, form, title, rhyme) + "".join(given) + FILL


class Symbols:
    """Text to numbers and back. `marks` and `characters` are in the order of their numbers."""

    def __init__(self, marks: Sequence[str], characters: Sequence[str]) -> None:
        self.marks = tuple(marks)
        self.characters = tuple(characters)
        self.pieces = ("<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256)), *marks, *characters)
        self._numbers = {piece: number for number, piece in enumerate(self.pieces) if number >= _FIRST_MARK}

    @classmethod
    def of(cls, texts: Iterable[str], rhymes: Iterable[str], least: int) -> Symbols:
        """The vocabulary of characters that `texts` hold at least `least` times, most frequent first."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text)
        characters = sorted((c for c in counts if counts[c] >= least), key=lambda c: (-counts[c], c))
        steering = [*ERAS, *FORMS, *sorted({NO_RHYME, *rhymes})]
        return cls([BLANK, FILL, TITLE, *(f"<{name}>" for name in steering)], characters)

    @classmethod
    def load(cls, path: Path) -> Symbols:
        """The vocabulary kept at `path`."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(kept["marks"], kept["characters"])

    def save(self, path: Path) -> None:
        """Keep the vocabulary at `path`."""
        kept = {"marks": self.marks, "characters": "".join(self.characters)}
        path.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def first_mark(self) -> int:
        """The number of the first mark."""
        return _FIRST_MARK

    @property
    def first_character(self) -> int:
        """The number of the first character."""
        return _FIRST_MARK + len(self.marks)

    def encode(self, text: str) -> list[int]:
        """The numbers of `text`; a character outside the vocabulary becomes its UTF-8 bytes."""
        numbers: list[int] = []
        for piece in _PIECE.findall(text):
            if piece in self._numbers:
                numbers.append(self._numbers[piece])
            elif len(piece) > 1:
                numbers += [number for part in piece for number in self.encode(part)]
            else:
                numbers += [_FIRST_BYTE + byte for byte in piece.encode()]
        return numbers

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of `numbers`, marks included."""
        data = b""
        for number in numbers:
            if _FIRST_BYTE <= number < _FIRST_MARK:
                data += bytes([number - _FIRST_BYTE])
            else:
                data += self.pieces[number].encode()
        return data.decode(errors="replace")
