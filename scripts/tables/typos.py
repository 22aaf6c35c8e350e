"""Make `critique/tables/typos.zh.json.gz`: how often characters stand together, and the weights of the corrector.

    python -m scripts.tables.typos --texts DIR

DIR holds `classical_modern` and `prose_zh`; only counts go into the table. Counted are the modern sides of 80 books and
three older books; the weights are learned on errors planted into sentences of other books, one in each, against the
same sentences without, and tested on more of them. 呐喊 and 故事新编 are kept for the bench.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from bimo.critique import typos

TABLE = Path(__file__).parents[2] / "src" / "bimo" / "critique" / "tables" / "typos.zh.json.gz"
COUNTED = ("liu_e_laocan_youji", "luxun_yecao", "wu_jingzi_rulin_waishi")
# Letters seen less often are neither proposed nor planted; pairs and triples are kept from these counts on.
USUAL, PLANTED, PAIRS, TRIPLES = 40, 300, 2, 3
ROUNDS, STEP = 3000, 0.3


def modern(folder: Path, name: str) -> list[str]:
    """Sentences in modern Chinese."""
    with gzip.open(folder / "classical_modern" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["modern"] for line in lines]


def book(folder: Path, name: str) -> str:
    """The text of a book."""
    return gzip.decompress((folder / "prose_zh" / f"{name}.txt.gz").read_bytes()).decode("utf-8")


def counted(texts: list[str]) -> dict[str, Any]:
    """Letters with their counts and sounds; what follows each letter and pair, with the logarithm of how often."""
    from pypinyin import Style, pinyin

    letters: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for text in texts:
        for run in re.findall(r"[\u4e00-\u9fff]+", text):
            letters.update(run)
            runs.update(run[place : place + 2] for place in range(len(run) - 1))
            runs.update(run[place : place + 3] for place in range(len(run) - 2))
    after: dict[str, list[tuple[str, str]]] = {}
    for run, count in sorted(runs.items()):
        if count >= (PAIRS if len(run) == 2 else TRIPLES):
            after.setdefault(run[:-1], []).append((run[-1], f"{min(15, int(math.log2(count))):x}"))
    return {
        "letters": {letter: count for letter, count in sorted(letters.items()) if count > 1},
        "sounds": {
            letter: pinyin(letter, style=Style.NORMAL)[0][0] for letter in sorted(letters) if letters[letter] >= USUAL
        },
        "after": {key: ["".join(part) for part in zip(*pairs, strict=True)] for key, pairs in after.items()},
    }


def plant(text: str, chance: random.Random) -> tuple[str, int, str] | None:
    """The sentence with one character changed for one that sounds or looks alike, the place, and the right one."""
    letters = typos.counts().letters

    def usual(letter: str) -> bool:
        return letters.get(letter, 0) >= PLANTED

    places = [n for n, letter in enumerate(text) if usual(letter) and any(map(usual, typos.confusable(letter)))]
    if not places:
        return None
    place = chance.choice(places)
    wrong = chance.choice(sorted(filter(usual, typos.confusable(text[place]))))
    return text[:place] + wrong + text[place + 1 :], place, text[place]


def learned(sentences: list[str], chance: random.Random) -> list[float]:
    """The weights of the regression, by gradient descent on standardised evidence."""
    import numpy as np

    rows, labels = [], []
    for sentence in sentences:
        for _, _, features in typos.suspects(sentence):
            rows.append(features)
            labels.append(0)
        if planted := plant(sentence, chance):
            for place, other, features in typos.suspects(planted[0]):
                if place == planted[1]:
                    rows.append(features)
                    labels.append(int(other == planted[2]))
    x, y = np.array(rows), np.array(labels)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    mean[1], spread[1] = 0, 1
    z = (x - mean) / spread
    weights = np.zeros(z.shape[1])
    for _ in range(ROUNDS):
        weights -= STEP * (z.T @ (1 / (1 + np.exp(-z @ weights)) - y) / len(y) + 1e-4 * weights)
    found = weights / spread
    found[1] -= float((weights * mean / spread).sum())
    print(f"learned from {len(y):,} candidates, {int(y.sum()):,} of them right")
    return [round(float(weight), 4) for weight in found]


def report(name: str, sentences: list[str], chance: random.Random) -> None:
    """False alarms on clean sentences, and planted errors that are made right, at several thresholds."""
    kept = typos.THRESHOLD
    for threshold in (0.0, 1.0, 2.0, 2.5, 3.0):
        typos.THRESHOLD = threshold  # type: ignore[misc]
        chance.seed(7)
        false = sum(bool(typos.likely(sentence)) for sentence in sentences)
        planted = [each for sentence in sentences if (each := plant(sentence, chance))]
        right = sum(typos.likely(text).get(place, (0, ""))[1] == letter for text, place, letter in planted)
        print(
            f"{name}, threshold {threshold}: {100 * false / len(sentences):.2f} % of {len(sentences)} clean sentences, "
            f"{right / len(planted):.3f} of {len(planted)} planted errors made right",
            flush=True,
        )
    typos.THRESHOLD = kept  # type: ignore[misc]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True)
    folder = parser.parse_args().texts
    table = counted([*modern(folder, "train"), *(book(folder, name) for name in COUNTED)]) | {"weights": []}
    write(table)
    chance = random.Random(2)
    others = modern(folder, "dev")
    fiction = re.findall(r"[^。！？\n]{6,80}[。！？]", book(folder, "luxun_zhaohua_xishi"))
    chance.shuffle(others)
    chance.shuffle(fiction)
    write(table | {"weights": learned(others[:1000] + fiction[:350], chance)})
    report("history in modern Chinese", others[1000:], chance)
    report("朝花夕拾", fiction[350:], chance)


def write(table: dict[str, Any]) -> None:
    """Write the table, and let the corrector read it anew."""
    data = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    TABLE.write_bytes(gzip.compress(data, 9, mtime=0))
    print(TABLE.name, f"{len(data):,} bytes, packed {TABLE.stat().st_size:,}")
    for kept in (typos._table, typos.counts, typos._sounds, typos.confusable):
        kept.cache_clear()


if __name__ == "__main__":
    main()
