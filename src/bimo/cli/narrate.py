"""`bimo narrate`: a file or a work read aloud into a file of sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bimo.cli.background import Background, leave
from bimo.cli.console import err, out, say, words
from bimo.cli.files import names_file
from bimo.cli.sources import document_from
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from bimo.publish.document import Document
    from bimo.publish.narration import Heard


_SOURCE = typer.Argument(None, metavar="[FILE|WORK]", help="what to read | 要朗读的文件或作品")
_OUTPUT = typer.Option(None, "-o", "--output", metavar="FILE", help="where to: .wav .mp3 .m4b .epub … | 存为何处")
_ROLES = typer.Option(None, "--as", metavar="NAME=ID", help="whose voice it is; repeatable | 谁用哪个声音；可重复")


def narrate(
    source: str | None = _SOURCE,
    output: Path | None = _OUTPUT,
    voice: str | None = typer.Option(None, metavar="ID", help="the narrator's voice | 旁白的声音"),
    cast: bool = typer.Option(False, "--cast", help="a voice for each who speaks | 每个说话的人各用一种声音"),
    role: list[str] | None = _ROLES,
    speed: float = typer.Option(1.0, min=0.5, max=2.0, help="how fast | 语速"),
    lang: str | None = typer.Option(None, metavar="zh|en", help="language of the text | 文本的语言"),
    voices: bool = typer.Option(False, "--voices", help="list the voices and leave | 列出声音后退出"),
) -> None:
    """Read aloud; sentences that were said are kept, so a narration that was stopped goes on where it was."""
    from bimo.models.protocol import Cancel
    from bimo.publish.narration import cast as cast_of
    from bimo.publish.narration import narrate as said
    from bimo.publish.narration import reading
    from bimo.senses.sound_files import check_kind
    from bimo.senses.speech import Kokoro, voice_for

    if voices:
        return _list()
    if source is None:
        raise InputError("cli.missing_argument", name="FILE|WORK", command="bimo narrate")
    document = document_from(source, lang=lang)
    path = output or Path(f"{_stem(source, document)}.wav")
    # A book to read along holds its sound as MP3.
    check_kind(path.with_suffix(".mp3") if path.suffix.lower() == ".epub" else path)
    given = dict(_roles(role or []))
    chapters = reading(document, speakers=cast or bool(given))
    narrator = voice_for(document.lang, voice).id
    parts = cast_of(document, chapters, narrator, given) if cast or given else {"": narrator}
    if not cast:
        parts = {name: id for name, id in parts.items() if not name or name in given}
    for name, id in parts.items():
        if name:
            say("cli.narrate_role", name=name, voice=id)
    speaker = Kokoro()
    cancel = Cancel()
    tags = {"title": document.title, "artist": document.author}
    work = Background(
        lambda: said(chapters, parts, speaker, path, speed=speed, tags=tags, document=document, cancel=cancel), cancel
    )
    last = _follow(work)
    if work.stopped or last is None or last.path is None:
        say("cli.narrate_stopped", done=last.done if last else 0, total=last.total if last else 0)
        leave(130) if work.stuck else None
        raise typer.Exit(130)
    minutes, seconds = divmod(round(last.seconds), 60)
    out.print(words("cli.narrate_done", path=last.path, minutes=minutes, seconds=f"{seconds:02d}"), markup=False)


def _follow(work: Background[Heard]) -> Heard | None:
    """Show how far it is; the last news."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    last = None
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", text="")
        for last in work:
            bar.update(task, completed=last.done, total=last.total, text=last.text[:40])
    return last


def _stem(source: str, document: Document) -> str:
    from bimo.publish.formats import file_name

    return str(Path(source).with_suffix("")) if names_file(source) else file_name(document.title)


def _roles(given: list[str]) -> Iterator[tuple[str, str]]:
    for each in given:
        name, mark, id = each.rpartition("=")
        if not mark or not name:
            raise InputError("cli.bad_option", option="--as", value=each, allowed="NAME=ID")
        yield name, id


def _list() -> None:
    from bimo.senses.speech import voices

    for voice in voices().values():
        kind = words("cli.voice_woman" if voice.woman else "cli.voice_man")
        out.print(f"{voice.id:<14}{voice.lang}   {kind}", markup=False)
