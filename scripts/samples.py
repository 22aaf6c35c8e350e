"""Write docs/samples.md: commands that were really run, and what came out, unedited.

python scripts/samples.py
"""

from __future__ import annotations

import datetime
import shlex
import subprocess
import sys
import time
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "samples.md"
COMMANDS = [
    'bimo draft "雨夜，一个修伞人在码头等一个不会来的人" --length 180 --seed 7',
    'bimo draft "A piano tuner is called to a house with no piano" --length 130 --seed 7',
    'bimo dialogue "深夜的码头值班室，两人谈母亲留下的抽屉" --character "林晚：拿到钥匙；口气：直，压着火" '
    '--character "小姨：不让她打开；口气：絮叨；知道：抽屉里是一张离婚证" --length 140 --seed 7',
    'bimo compose "the last ferry of the year" --kind poem --lines 8 --seed 7',
    'bimo restyle "沈墨带着七封信回到青石镇，邮局已经关门三年了，没有人告诉他。" --style 文言文 --seed 7',
    'bimo revise "He have walked to the harbour every evening since the ferry stopped. The lamp on the pier was broke, '
    'and and nobody come to mend it." --apply all --seed 7',
    'bimo spark "码头" --kind what-if --count 3 --seed 7',
]


def run(command: str) -> tuple[str, float]:
    """Standard output of the command, and how long it took in seconds."""
    began = time.monotonic()
    arguments = [sys.executable, "-m", "bimo", *shlex.split(command)[1:]]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip(), time.monotonic() - began


def main() -> None:
    """Run every command and write the page."""
    from bimo.models.catalog import default_id

    parts = [
        "# Samples",
        f"Unedited results of `{default_id()}`, {datetime.date.today()}, by `python scripts/samples.py`: the same "
        "command with the same seed gives the same text on the same kind of processor.",
    ]
    for command in COMMANDS:
        text, seconds = run(command)
        print(command, f"{seconds:.0f} s\n{text}\n", flush=True)
        quoted = "\n".join(f"> {line}".rstrip() + "  " for line in text.split("\n"))
        parts.append(f"## `{command.split()[1]}`\n\n```sh\n{command}\n```\n\n{quoted}")
        OUT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
