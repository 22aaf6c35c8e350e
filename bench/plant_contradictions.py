"""Plant contradictions in stories: pairs of sentences that cannot both be true, at a distance from each other.

    python bench/plant_contradictions.py --texts DIR --out FILE.jsonl

The sentences stand in `data/contradictions.{en,zh}.toml`. Half of the wordings of each type and half of the books are
for tuning, the other half is held out; a fixed seed draws them, so that the set is the same on every machine.
Each line of the result is one story: id, lang, part, book, text, people, and plants, each with its type and the places
of its two sentences.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from bimo.text.count import length
from bimo.text.errors import Language

BOOKS = {
    ("en", "tuning"): ("austen_emma", "chesterton_ball_and_cross", "dickens_great_expectations"),
    ("en", "held_out"): ("austen_persuasion", "chesterton_wisdom_of_father_brown", "c_bronte_jane_eyre"),
    ("zh", "tuning"): ("luxun_zhaohua_xishi", "liu_e_laocan_youji", "wu_jingzi_rulin_waishi"),
    ("zh", "held_out"): ("luxun_nahan", "luxun_gushi_xinbian", "luxun_nahan"),
}
# Stories of each part, and how long each is in words or 字. Every story bears one plant of each type.
STORIES, LENGTH = 6, {"en": 6000, "zh": 9000}
# So many paragraphs at least stand between the two sentences; of the types that are about one scene, so few.
FAR, NEAR = 8, 2
SEED = 5


@dataclass
class Story:
    """A stretch of a book, its paragraphs, and what is put after each."""

    lang: Language
    book: str
    paragraphs: list[str]
    people: list[str] = field(default_factory=list)
    planted: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)

    def plant(self, number: int, which: int, place: int, sentence: str) -> None:
        """Put a sentence of plant `number` after paragraph `place`."""
        self.planted.setdefault(place, []).append((number, which, sentence))

    def told(self, chance: random.Random) -> tuple[str, dict[int, dict[int, tuple[int, int]]]]:
        """The text with the planted sentences, and where they stand."""
        text, places = "", dict[int, dict[int, tuple[int, int]]]()
        joint = " " if self.lang == "en" else ""
        for at, paragraph in enumerate(self.paragraphs):
            text += paragraph
            for number, which, sentence in self.planted.get(at, ()):
                # A paragraph of its own, or the end of one in which nobody speaks.
                alone = chance.random() < 0.5 or re.search(r"[\"“”]|^#", paragraph)
                text += "\n\n" if alone else joint
                places.setdefault(number, {})[which] = (len(text), len(text) + len(sentence))
                text += sentence
            text += "\n\n"
        return text, places


def prose(folder: Path, lang: Language, book: str) -> list[str]:
    """The paragraphs of a book without title and author."""
    text = gzip.decompress((folder / f"prose_{lang}" / f"{book}.txt.gz").read_bytes()).decode()
    return [line.strip() for line in text.split("\n")[2:] if line.strip()]


def stories(folder: Path, lang: Language, part: str, chance: random.Random) -> Iterator[Story]:
    """Stretches of the books of a part, none over another of the same book."""
    used: dict[str, int] = {}
    for number in range(STORIES):
        book = BOOKS[lang, part][number % len(BOOKS[lang, part])]
        paragraphs = prose(folder, lang, book)
        start = used.get(book, chance.randrange(8))
        sums = list(accumulate(length(each, lang) for each in paragraphs[start:]))
        count = next((place for place, words in enumerate(sums) if words >= LENGTH[lang]), len(sums))
        used[book] = start + count
        yield Story(lang, book, paragraphs[start : start + count])


def halves(listed: list[Any], part: str, chance: random.Random) -> list[Any]:
    """The half of a list that belongs to a part."""
    shuffled = chance.sample(listed, len(listed))
    return shuffled[::2] if part == "tuning" else shuffled[1::2]


def wordings(kind: dict[str, Any], part: str) -> list[tuple[str, str]]:
    """The pairs of sentences of a type that belong to a part."""
    chance = random.Random(SEED)
    if "pairs" in kind:
        return [(one, two) for one, two in halves(kind["pairs"], part, chance)]
    if kind.get("together"):
        return halves(list(zip(kind["first"], kind["second"], strict=True)), part, chance)
    first, second = halves(kind["first"], part, chance), halves(kind["second"], part, chance)
    return [(one, two) for one in first for two in second]


def spoken(template: str, name: str, values: dict[str, str], lang: Language) -> str:
    """A sentence with its names, pronouns and values; capital letters at the beginning."""
    text = template.format(n=name, **values)
    return text[0].upper() + text[1:] if lang == "en" else text


def pronouns(words: str, tail: str = "") -> dict[str, str]:
    """The pronouns of a person as templates name them."""
    he, his, him = (words.split() * 3)[:3]
    found = {"he": he, "his": his, "him": him, "himself": f"{him}self"}
    found |= {name.capitalize(): word.capitalize() for name, word in found.items()}
    return {name + tail: word for name, word in found.items()}


def planted(story: Story, data: dict[str, Any], part: str, turn: int, chance: random.Random) -> list[dict[str, Any]]:
    """Plant one contradiction of each type; their types and wordings."""
    people = [(name, each["words"]) for each in data["people"] for name in each["names"]]
    chance.shuffle(people)
    told = []
    for number, (name, kind) in enumerate(each for each in data.items() if each[0] != "people"):
        choices = wordings(kind, part)
        first, second = choices[turn % len(choices)] if len(choices) <= STORIES else chance.choice(choices)
        one, two = chance.choice(kind["values"])
        one, two = (chance.choice(each.split("|")) for each in (one, two))
        person, words = people.pop() if "{n}" in first + second else ("", "he")
        other, others = people.pop() if "{m}" in first + second else ("", "he")
        story.people += [each for each in (person, other) if each]
        values = {"a": one, "b": two or one, "m": other, **pronouns(words), **pronouns(others, "2")}
        # A full name in one of the two and the given name in the other is what stories do.
        names = [person, person if chance.random() < 0.5 else person.split(" ")[0]]
        names = names if chance.random() < 0.7 else names[::-1]
        place = chance.randrange(1, max(2, len(story.paragraphs) // 2))
        far = chance.randrange(place + FAR, max(place + FAR + 1, len(story.paragraphs)))
        then = min(place + NEAR if kind.get("near") else far, len(story.paragraphs) - 1)
        story.plant(number, 0, place, spoken(first, names[0], values, story.lang))
        story.plant(number, 1, then, spoken(second, names[1], values, story.lang))
        told.append({"type": name, "wording": [first, second]})
    return told


def made(folder: Path) -> Iterator[dict[str, Any]]:
    """All stories with their plants."""
    here = Path(__file__).parent / "data"
    for lang, part in BOOKS:
        data = tomllib.loads((here / f"contradictions.{lang}.toml").read_text("utf-8"))
        chance = random.Random(f"{SEED} {lang} {part}")
        for turn, story in enumerate(stories(folder, lang, part, chance)):  # type: ignore[arg-type]
            plants = planted(story, data, part, turn, chance)
            text, places = story.told(chance)
            for number, plant in enumerate(plants):
                plant |= {"first": places[number][0], "second": places[number][1]}
            shared = {"lang": lang, "part": part, "book": story.book, "people": story.people}
            yield {"id": f"{lang}-{part}-{turn}", **shared, "text": text, "plants": plants}


def main() -> None:
    """Write the set, one story a line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    found = list(made(options.texts))
    options.out.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in found), "utf-8")
    for lang, part in BOOKS:
        own = [each for each in found if (each["lang"], each["part"]) == (lang, part)]
        plants = sum(len(each["plants"]) for each in own)
        words = sum(length(each["text"], lang) for each in own)  # type: ignore[arg-type]
        print(f"{lang} {part}: {len(own)} stories, {words:,} words, {plants} contradictions")


if __name__ == "__main__":
    main()
