"""`bimo dictate`: a recording written down, shown as it is heard."""

from __future__ import annotations

from pathlib import Path

import typer

from bimo.cli.background import Background, leave
from bimo.cli.console import out, say
from bimo.cli.files import OutFile
from bimo.text.errors import InputError

_RECORDING = typer.Argument(metavar="FILE", help="a recording: .wav .mp3 .m4a … | 录音文件")
_OUTPUT = typer.Option(None, "-o", "--output", metavar="FILE", help="write the text to a file too | 同时写入文件")


def dictate(
    recording: Path = _RECORDING,
    output: Path | None = _OUTPUT,
    lang: str | None = typer.Option(None, metavar="zh|en", help="the one language spoken | 只说一种语言时指明"),
    names: str = typer.Option("", metavar="TEXT", help="names and rare words that occur | 会出现的人名与生僻词"),
) -> None:
    """Hear stretch by stretch; what was heard before Ctrl-C is kept."""
    from bimo.models.protocol import Cancel
    from bimo.senses.hearing import Whisper, dictated, listen

    if lang not in (None, "zh", "en"):
        raise InputError("cli.play_lang", lang=lang)
    target = OutFile(output) if output else None
    samples = listen(recording)
    listener = Whisper()
    cancel = Cancel()
    one = None if lang is None else "zh" if lang == "zh" else "en"
    work = Background(lambda: dictated(samples, listener, lang=one, names=names, cancel=cancel), cancel)  # type: ignore[arg-type]
    text, last = "", None
    for heard in work:
        piece = heard.joined(last)
        out.print(piece, end="", markup=False)
        out.file.flush()
        text, last = text + piece, heard
    out.print()
    if target and text:
        target.write(text)
        say("cli.dictate_done", path=output)
    if work.stuck:
        leave(130)
    if work.stopped:
        raise typer.Exit(130)
