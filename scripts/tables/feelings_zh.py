"""Make the Chinese word list of feelings: frequent words of jieba's dictionary, each named by the default model.

    python -m scripts.tables.feelings_zh [--minutes 30] [--write]

The model reads ten examples and then one word, and is asked for one of eight characters. What is kept are the
probabilities of these characters. Scores go to `build/feelings.zh.jsonl` as they come, so the work can be stopped and
taken up again; `--write` packs them into the table that ships.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import time
from importlib.resources import files
from pathlib import Path

from bimo.models.protocol import Cancel, Message, Prompt, Sampling
from bimo.models.select import open_model

ROOT = Path(__file__).parents[2]
SCORES = ROOT / "build" / "feelings.zh.jsonl"
TABLE = ROOT / "src" / "bimo" / "critique" / "tables" / "feelings.zh.tsv.gz"
SYSTEM = "判断词语的感情。只回答一个字：喜、爱、悲、怒、惧、厌、惊、平。"
EXAMPLES = {
    "欢呼": "喜",
    "桌子": "平",
    "哀悼": "悲",
    "暴怒": "怒",
    "走路": "平",
    "毛骨悚然": "惧",
    "丑恶": "厌",
    "慈爱": "爱",
    "目瞪口呆": "惊",
    "规定": "平",
}
NAMES = "喜爱悲怒惧厌惊平"
# Parts of speech, with how often a word must stand in jieba's counts; what feels comes first.
WANTED = (("z", 50), ("a", 100), ("i", 100), ("v", 400), ("i", 50), ("a", 50), ("l", 100), ("v", 200))
# A word is kept if the model gives at least so much to the seven feelings together.
LEAST = 0.5


def candidates() -> list[str]:
    """Words of two characters and more, by part of speech and how often they were counted."""
    lines = files("jieba").joinpath("dict.txt").read_text("utf-8").splitlines()
    rows = [(word, int(count), kind) for word, count, kind in (line.split() for line in lines) if len(word) > 1]
    found: dict[str, None] = {}
    for wanted, least in WANTED:
        each = [(count, word) for word, count, kind in rows if kind.startswith(wanted) and count >= least]
        found |= dict.fromkeys(word for _, word in sorted(each, reverse=True))
    return [word for word in found if word not in EXAMPLES]


def scored() -> dict[str, dict[str, float]]:
    """What has been scored so far: word → character → probability."""
    lines = SCORES.read_text("utf-8").splitlines() if SCORES.exists() else []
    return {each["word"]: each["chances"] for each in map(json.loads, lines)}


def score(minutes: float) -> None:
    """Ask about words that were not asked yet, until the time is over."""
    done, model = scored(), open_model()
    turns = [Message("system", SYSTEM)]
    for word, name in EXAMPLES.items():
        turns += [Message("user", word), Message("assistant", name)]
    end = time.monotonic() + 60 * minutes
    SCORES.parent.mkdir(exist_ok=True)
    with SCORES.open("a", encoding="utf-8") as out:
        for word in candidates():
            if word in done or time.monotonic() > end:
                continue
            asked = Prompt((*turns, Message("user", word)))
            sampling = Sampling(max_tokens=1, temperature=0.0, logprobs=20)
            for chunk in model.stream(asked, sampling, cancel=Cancel()):
                for token in chunk.tokens:
                    chances = {text: round(math.exp(log), 4) for text, log in token.others if text in NAMES and text}
                    out.write(json.dumps({"word": word, "chances": chances}, ensure_ascii=False) + "\n")
            out.flush()
    model.close()


def write() -> int:
    """Pack the words that feel: word, then the likeliest feeling with its probability and the next one."""
    lines = []
    for word, chances in sorted(scored().items()):
        total = sum(chances.values())
        felt = {name: chance / total for name, chance in chances.items() if name != "平"} if total else {}
        if sum(felt.values()) >= LEAST:
            best = sorted(felt.items(), key=lambda each: -each[1])[:2]
            lines.append("\t".join([word, *(f"{name}{chance:.2f}" for name, chance in best if chance >= 0.1)]))
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    return len(lines)


def main() -> None:
    """Score for a while, and write the table if that is wished."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.minutes:
        score(options.minutes)
    if options.write:
        print(write(), "words of", len(scored()))


if __name__ == "__main__":
    main()
