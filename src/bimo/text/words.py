"""The words of a text, and the proper names among them."""

from __future__ import annotations

import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from bimo.text.count import WORD
from bimo.text.errors import Language
from bimo.text.language import HAN, han
from bimo.text.lists import word_list
from bimo.text.sentences import sentences

if TYPE_CHECKING:
    from jieba import Tokenizer
    from jieba.posseg import POSTokenizer

# Parts of speech that a given name is never tagged with: particles, verbs, adverbs, pronouns, numbers …
_NOT_GIVEN: Final = frozenset("udpcrmqfyeosxk")


@cache
def _jieba() -> Tokenizer:
    with warnings.catch_warnings():
        # jieba 0.42.1 has unescaped regular expressions and asks for pkg_resources.
        warnings.simplefilter("ignore")
        import jieba
    import logging

    # It reports its loading, and a cache that cannot be written, on the terminal of the writer.
    jieba.setLogLevel(logging.CRITICAL + 1)
    tokenizer = jieba.Tokenizer()
    folder = _cache_dir()
    # Not the shared temporary folder, which is its default: the cache is loaded by marshal, so it must be ours.
    # Without a place for the cache it loads a second slower, and works.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    tokenizer.tmp_dir = str(folder)
    return tokenizer


@cache
def _tagger() -> POSTokenizer:
    tokenizer = _jieba()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jieba.posseg import POSTokenizer
    return POSTokenizer(tokenizer)


def _cache_dir() -> Path:
    from platformdirs import user_cache_path

    home = os.environ.get("BIMO_HOME")
    return Path(home).expanduser().absolute() / "cache" if home else user_cache_path("bimo", appauthor=False)


def segments(text: str) -> list[str]:
    """Chinese text cut at its word borders; joined again they are the text."""
    return list(_jieba().cut(text))


def tagged(text: str) -> list[tuple[str, str]]:
    """Chinese words with jieba's part of speech (nr person, ns place, nt organisation, m number, i idiom …)."""
    return [(word, flag) for word, flag in _tagger().cut(text)]


def _tagged_for_people(text: str) -> Iterator[tuple[str, str]]:
    """As `tagged`, but unknown words are looked for only beside family names: ten times as fast, the same people.

    What the dictionary does not know comes as single characters; guessing the words among them is what takes time.
    """
    run: list[tuple[str, str]] = []
    before = ""

    def guessed() -> Iterable[tuple[str, str]]:
        told = before in word_list("double_surnames") or any(one in word_list("surnames") for one, _ in run)
        return tagged("".join(one for one, _ in run)) if told and len(run) > 1 else run

    for word, flag in _tagger().cut(text, HMM=False):
        if len(word) == 1 and _is_han(word):
            run.append((word, flag))
            continue
        yield from guessed()
        yield word, flag
        run, before = [], word
    yield from guessed()


def lexicon() -> Mapping[str, int]:
    """The Chinese dictionary: how often each word was seen. What only begins a word stands in it with 0."""
    tokenizer = _jieba()
    tokenizer.initialize()
    return cast(Mapping[str, int], tokenizer.FREQ)


def words(text: str, lang: Language) -> list[str]:
    """The words in order, without punctuation; Latin ones in lower case."""
    if lang == "zh":
        return [part.lower() for part in segments(text) if any(map(str.isalnum, part))]
    return [word.lower().replace("’", "'") for word in han(rf"[{{han}}]+|{WORD}").findall(text)]


def names(text: str, lang: Language) -> list[str]:
    """The proper names, each once, in the order they first appear. A heuristic: it misses some and adds some."""
    found = list(_chinese_names(text, tagged(text))) if lang == "zh" else _english_names(text)
    return sorted(dict.fromkeys(found), key=text.find)


def people_names(text: str) -> list[str]:
    """Of the names in a Chinese text those that begin with a family name, in a fifth of the time of `names`."""
    single, double = word_list("surnames"), word_list("double_surnames")
    found = sorted(dict.fromkeys(_chinese_names(text, list(_tagged_for_people(text)))), key=text.find)
    return [
        name
        for name in found
        if (name[0] in single and 2 <= len(name) <= 3) or (name[:2] in double and 3 <= len(name) <= 4)
    ]


def _chinese_names(text: str, pairs: list[tuple[str, str]]) -> Iterator[str]:
    yield from re.findall(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)*", re.sub(rf"[{HAN}]", " ", text))
    seen: Counter[str] = Counter()
    words = ["", *(word for word, _ in pairs), ""]
    seen.update(words)
    for place, (word, flag) in enumerate(pairs, start=1):
        before, after = words[place - 1], words[place + 1]
        if after in {"·", "・"} and place + 2 < len(words):
            yield word + after + words[place + 2]
        elif before in {"·", "・"} or word in word_list("no_names") or not _is_han(word):
            continue
        elif len(word) > 1 and (
            flag in {"ns", "nt"} or (flag.startswith("nr") and (_surnamed(word) or seen[word] > 1))
        ):
            yield word
        elif place < len(pairs) and _apart(before, word, flag, *pairs[place], often=text.count(word + after) > 1):
            yield word + after


def _is_han(word: str) -> bool:
    return bool(han(r"[{han}]+").fullmatch(word))


def _surnamed(word: str) -> bool:
    """Whether the word is a family name and a given name of one or two characters, or 小 or 老 and a family name."""
    surnames = word_list("surnames")
    given = word[2:] if word[:2] in word_list("double_surnames") else word[1:] if word[:1] in surnames else ""
    return len(given) in {1, 2} or (len(word) == 2 and word[0] in "小老" and word[1] in surnames)


def _apart(before: str, word: str, flag: str, after: str, after_flag: str, *, often: bool) -> bool:
    """Whether a family name and a given name stand here that the tagger has cut apart, as in 林 晚照."""
    if not _is_han(after) or len(after) > 2 or after_flag[0] in _NOT_GIVEN:
        return False
    if word in word_list("double_surnames"):
        return True
    if word not in word_list("surnames"):
        return False
    clause_start = not before[-1:].isalnum()
    return after_flag[0] != "v" and (
        often or flag == "nr" or (clause_start and word not in word_list("worded_surnames"))
    )


def _english_names(text: str) -> list[str]:
    starts = {_first_letter(text, span.start) for span in sentences(text, "en")}
    # The first word of a quotation is capitalised too.
    starts |= {match.end() for match in re.finditer(r"[\"“‘']\s*(?=[A-Z])", text)}
    capital = re.compile(r"\b[A-Z][^\W\d_]*(?:['’-][A-Z][^\W\d_]*)*")
    lower = set(re.findall(r"\b[a-z][a-z'’-]*", text))
    inside = {m.group() for m in capital.finditer(text) if m.start() not in starts}
    often = {word for word, n in Counter(capital.findall(text)).items() if n > 1 and word.lower() not in lower}
    known = {word for word in inside | often if word.lower().replace("’", "'") not in word_list("no_english_names")}
    known = {word for word in known if len(word) > 1}
    pieces = (re.escape(word) for word in sorted(known, key=len, reverse=True))
    one = "|".join(pieces)
    return re.findall(rf"\b(?:{one})\b(?: (?:{one})\b)*", text) if known else []


def _first_letter(text: str, start: int) -> int:
    match = re.compile(r"[^\W\d_]").search(text, start)
    return match.start() if match else start
