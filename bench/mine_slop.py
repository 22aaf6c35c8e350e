"""Find what the default model over-uses in Chinese prose, against human Chinese: the list that bench/writing.py counts.

The recipe is that of slop-forensics: words and pairs of words that stand in many of the model's texts and seldom in
human ones. It learns on themes of its own (`mine_zh` in data/briefs.toml), and no tool ever reads the list.

    python bench/mine_slop.py --human FOLDER_OF_GZIPPED_CHINESE_PROSE
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

from bimo.models.protocol import Prompt, Sampling, write
from bimo.models.select import open_model
from bimo.text.words import words

HERE = Path(__file__).parent
SEEDS = (1, 2)


def grams(text: str) -> Counter[str]:
    found = words(text, "zh")
    pairs = ["".join(pair) for pair in pairwise(found)]
    return Counter([word for word in found if len(word) > 1] + [pair for pair in pairs if len(pair) > 2])


def human(folder: Path) -> Counter[str]:
    total: Counter[str] = Counter()
    for path in sorted(folder.glob("luxun_*.txt.gz")):
        total.update(grams(gzip.decompress(path.read_bytes()).decode("utf-8")))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--human", type=Path, required=True)
    parser.add_argument("--model")
    options = parser.parse_args()
    themes = tomllib.loads((HERE / "data/briefs.toml").read_text(encoding="utf-8"))["mine_zh"]
    model = open_model(options.model)
    texts = []
    for theme in themes:
        for seed in SEEDS:
            prompt = Prompt.of("你是一位小说家。", f"写一段二百字的小说。{theme}")
            texts.append(write(model, prompt, Sampling(seed=seed, max_tokens=250))[0])
            print(len(texts), texts[-1][:40].replace("\n", " "), flush=True)
    people, machine, spread = human(options.human), Counter[str](), Counter[str]()
    for text in texts:
        found = grams(text)
        machine.update(found)
        spread.update(found.keys())
    all_human, all_machine = sum(people.values()), sum(machine.values())

    def excess(gram: str) -> float:
        return math.log(machine[gram] / all_machine) - math.log((people[gram] + 0.5) / all_human)

    theme_text = "".join(themes)
    kept = [gram for gram in machine if spread[gram] >= 4 and gram not in theme_text and excess(gram) > math.log(8)]
    kept.sort(key=lambda gram: -spread[gram] * excess(gram))
    target = HERE / "data/slop_lists_zh.json"
    note = f"Over-used by {model.info.id} in {len(texts)} texts against Lu Xun's prose; made by bench/mine_slop.py."
    target.write_text(json.dumps({"note": note, "phrases": kept[:200]}, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(len(kept), kept[:60])
    model.close()


if __name__ == "__main__":
    main()
