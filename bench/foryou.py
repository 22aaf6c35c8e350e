"""What is offered, measured on simulated writers by a split in time.

    python bench/foryou.py [--writers N] [--days N]

Each writer likes a few kinds of forms, prompts and tools, changes taste once, sees some items a day, by chance, and
takes what fits the taste of that day. From the first 80 % of the days offers are made for the rest: Recall@10 of what
is taken then, beside the most popular items among all writers and beside chance. The simulation has tastes by kind
because we made it so: the figures show that the arithmetic works, not that people are like that.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence

from bimo.desk.foryou import Deed, Item, likeness, offers
from bimo.desk.foryou_desk import shipped
from machine import describe

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=200)
    parser.add_argument("--days", type=int, default=90)
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


if __name__ == "__main__":
    main()
