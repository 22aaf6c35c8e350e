"""Take docs/images/terminal.svg: a command really run in a terminal, and what stood there at its end.

    python scripts/terminal.py [--typed "what the reader sees as the command"] -- bimo draft "…" --length 120

Needs `pip install pyte`, an emulator of a terminal, which nothing else here needs.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import shlex
import struct
import sys
import termios
from fcntl import ioctl
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "images" / "terminal.svg"
COLUMNS, ROWS = 96, 120
FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', 'PingFang SC', 'Noto Sans Mono CJK SC', monospace"
COLOURS = {"brown": "yellow", "default": ""}


def run(command: list[str]) -> bytes:
    """What the command writes to a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
        os.environ.pop("NO_COLOR", None)
        os.execvp(command[0], command)
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shown = b""
    while True:
        select.select([terminal], [], [])
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            # Linux reports the end of the other side as an error.
            piece = b""
        if not piece:
            break
        shown += piece
    _, status = os.waitpid(pid, 0)
    if status:
        sys.exit(f"{command[0]} failed: {shown.decode(errors='replace')}")
    return shown


def draw(typed: str, shown: bytes) -> str:
    """The screen after `shown`, as a picture."""
    import pyte
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.ByteStream(screen).feed(shown)
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text("$ ", style="bold green") + Text(typed, style="bold"))
    last = max((row for row in range(ROWS) if screen.display[row].strip()), default=-1)
    for row in range(last + 1):
        line = Text()
        for column in range(COLUMNS):
            cell = screen.buffer[row][column]
            style = Style(color=_colour(cell.fg), bold=cell.bold, strike=cell.strikethrough, italic=cell.italics)
            line.append(cell.data, style)
        line.rstrip()
        console.print(line)
    # Pictures in a page load no fonts from elsewhere; the viewer's own are named instead, also for Chinese.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="bimo", unique_id="bimo"), flags=re.DOTALL)
    return picture.replace("Fira Code, monospace", FONTS)


def _colour(name: str) -> str | None:
    plain = COLOURS.get(name, name)
    if name.startswith("bright"):
        plain = f"bright_{name[6:]}"
    return (f"#{plain}" if len(plain) == 6 and all(c in "0123456789abcdef" for c in plain) else plain) or None


def main() -> None:
    """Run, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--typed")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    given.out.write_text(draw(given.typed or shlex.join(given.command), run(given.command)), encoding="utf-8")


if __name__ == "__main__":
    main()
