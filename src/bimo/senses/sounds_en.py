"""How English text sounds, in the signs of the Kokoro voices, by the American lexicons of misaki 0.9.4 (Apache-2.0)."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from bimo.senses.signs import signs
from bimo.text.lists import word_list

Guess = Callable[[str], str]

_VOWELS: Final = frozenset("AIOWYaiuæɑɔəɛɜɪʊʌᵊᵻ")
# Words that sound otherwise in running text than in the lexicon, which gives them as they are said alone.
_WEAK: Final = {"a": "ɐ", "an": "ɐn", "am": "ɐm", "i": "ˌI", "in": "ɪn"}
_MONEY: Final = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yuan"}
_SIGNS: Final = {"%": " percent", "&": " and ", "+": " plus ", "@": " at ", "=": " equals "}
# Times, ranges, numbers below zero and numbered things.
_AROUND: Final = (
    (re.compile(r"(?<=\d):00\b"), " o'clock"),
    (re.compile(r"(?<=\d):(?=\d\d\b)"), " "),
    (re.compile(r"(?<![\d-])(\d+)\s?[-–~]\s?(\d+)(?![\d-])"), r"\1 to \2"),
    (re.compile(r"(?<![\w.])[-−](?=\d)"), "minus "),
    (re.compile(r"\b[Nn]o\.\s(?=\d)"), "number "),
)
_NUMBER: Final = re.compile(r"([$£€¥]?)(\d+(?:,\d{3})*(?:\.\d+)?)(st|nd|rd|th|s)?(?![A-Za-z])")


def sounds_en(text: str, guess: Guess | None = None) -> str:
    """English words as sounds, one space between them; `guess` sounds out what no lexicon has, else it is spelled."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?", spelled_en(text))
    said: list[str] = []
    after = ""
    for word in reversed(words):
        after = _word(word.replace("’", "'"), after, guess)
        if after:
            said.append(after)
    return " ".join(reversed(said))


def spelled_en(text: str) -> str:
    """The text with its figures in words: 1984 → nineteen eighty-four, $5 → five dollars, 3rd → third."""
    text = _title_dots().sub(r"\1", text)
    if re.search(r"\d", text):
        for found, said in _AROUND:
            text = found.sub(said, text)
        text = _NUMBER.sub(_figures, text)
    return re.sub("[%&+@=]", lambda match: _SIGNS[match.group()], text)


def from_cmu(phones: tuple[str, ...]) -> str:
    """CMU phones (`HH AH0 L OW1`) in the signs of the voices."""
    said = ""
    for phone in phones:
        sign = signs("cmu").get(phone) or signs("cmu").get(phone.rstrip("012"), "")
        said += {"1": "ˈ", "2": "ˌ"}.get(phone[-1], "") + sign
    return said


def _word(word: str, after: str, guess: Guess | None) -> str:
    """How a word sounds before another that sounds `after`."""
    low = word.lower()
    vowel = after.lstrip("ˈˌ")[:1] in _VOWELS
    if low == "the":
        return "ði" if vowel else "ðə"
    if low == "to" and after:
        return "tʊ" if vowel else "tə"
    if low in _WEAK and after:
        return _WEAK[low]
    if found := _known(word):
        return found
    if len(word) < 5 and word.isupper():
        return _letters(word)
    if low.endswith("'s") and (stem := _known(low[:-2])):
        return stem + _ending(stem)
    if found := _known(low.strip("'")):
        return found
    return (guess(low) if guess else "") or _letters(word)


def _ending(stem: str) -> str:
    return "ᵻz" if stem[-1] in "szʃʒʧʤ" else "s" if stem[-1] in "ptkfθ" else "z"


def _known(word: str) -> str:
    lexicon = _lexicon()
    if found := lexicon.get(word) or lexicon.get(word.lower()) or lexicon.get(word.capitalize()):
        return found
    # café is listed as cafe.
    bare = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return _known(bare) if bare and bare != word else ""


def _letters(word: str) -> str:
    return "".join(_lexicon().get(letter, "") for letter in word.upper())


def _figures(match: re.Match[str]) -> str:
    import inflect

    engine = inflect.engine()
    money, number, ending = match[1], match[2].replace(",", ""), match[3] or ""
    year = re.fullmatch(r"1[1-9]\d\d|20[1-9]\d", number) and "," not in match[2] and not money
    if ending and ending != "s":
        return str(engine.number_to_words(number + ending))
    words = _year(number, engine) if year else str(engine.number_to_words(number))
    if ending == "s":
        return re.sub("y$", "ie", words) + "s"
    if money:
        whole, _, cents = number.partition(".")
        words = str(engine.number_to_words(whole if len(cents) == 2 else number))
        words += f" {_MONEY[money]}{'' if whole == '1' or money == '¥' else 's'}"
        return f"{words} {engine.number_to_words(str(int(cents)))}" if len(cents) == 2 and int(cents) else words
    return words


def _year(number: str, engine: object) -> str:
    say = engine.number_to_words  # type: ignore[attr-defined]
    first, last = number[:2], number[2:]
    if last == "00":
        return f"{say(first)} hundred"
    return f"{say(first)} {'oh ' if last[0] == '0' else ''}{say(str(int(last)))}"


@cache
def _title_dots() -> re.Pattern[str]:
    """A title with the full stop that ends no sentence: Dr. Smith."""
    titles = "|".join(map(re.escape, sorted(word_list("titles"))))
    return re.compile(rf"(?i)\b({titles})\.(?=\s)")


@cache
def _lexicon() -> Mapping[str, str]:
    packed = (files("bimo.senses") / "tables" / "english.tsv.gz").read_bytes()
    # The voices of version 1.0 know the flap as T.
    text = gzip.decompress(packed).decode().replace("ɾ", "T").replace("ʔ", "t")
    return dict(line.split("\t") for line in text.splitlines())
