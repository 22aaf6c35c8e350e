"""`bimo publish`: a work of the desk, or a file, as an edition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bimo.cli.console import interface_language, out, say, words
from bimo.cli.files import names_file
from bimo.cli.sources import document_from
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from bimo.publish.document import Document
    from bimo.publish.formats import Format

_SOURCE = typer.Argument(None, metavar="[FILE|WORK]", help="what to publish | 要成书的文件或作品")
_FORMAT = typer.Option(
    None, "-f", "--format", metavar="ID", help="epub if nothing else is said; repeatable | 格式，默认 epub；可重复"
)
_TO = typer.Option(
    None, "-o", "--to", metavar="PATH", help="a file, or a folder for it | 存为哪个文件，或放进哪个文件夹"
)
_SCENES = typer.Option(
    "", metavar="1-3,TITLE", help="only these scenes of a work, by number or title | 只要作品的这些场景，写序号或标题"
)
_COVER = typer.Option(
    "",
    metavar="FILE|auto|MOOD|painted",
    help="a picture for the cover; or one drawn for the text, or for a mood: rain, sea, night, mountains, city, "
    "spring, snow, fire, road, calm; or painted by the image model in BIMO_IMAGES"
    " | 封面图片；或按作品（auto）或意境画一幅：雨、海、夜、山、城、春、雪、火、路、静；"
    "或由 BIMO_IMAGES 中的图像模型来画（painted）",
)
_PALETTE = typer.Option(
    "",
    metavar="COLOURS|FILE",
    help="colours of a drawn cover, as in #27323d,#e8b56a, or a picture that has them"
    " | 所画封面的颜色，如 #27323d,#e8b56a，或取自一张图片",
)
_BESIDE = typer.Option(
    None, metavar="FILE|WORK", help="its translation, for an edition in both languages | 译文，用于双语对照"
)
_COLOPHON = typer.Option(
    False, "--colophon", help="say what share a model wrote, on the last page | 末页注明模型写了多少"
)


_FIGURES = typer.Option(
    False, "--figures", help="at the end, the arc of the text and who meets whom | 书末附情绪曲线与人物关系图"
)


def publish(
    source: str | None = _SOURCE,
    format: list[str] | None = _FORMAT,
    to: Path | None = _TO,
    scenes: str = _SCENES,
    title: str = typer.Option("", metavar="TEXT", help="title of the edition | 书名"),
    author: str = typer.Option("", metavar="NAME", help="whose work it is | 作者"),
    lang: str | None = typer.Option(None, metavar="zh|en", help="language of the text | 文本的语言"),
    cover: str = _COVER,
    palette: str = _PALETTE,
    beside: str | None = _BESIDE,
    vertical: bool = typer.Option(False, "--vertical", help="lines from top to bottom | 竖排"),
    colophon: bool = _COLOPHON,
    figures: bool = _FIGURES,
    unpacked: bool = typer.Option(
        False, "--unpacked", help="a site as a folder, not as a zip | 网站存为文件夹，不打包"
    ),
    replace_: bool = typer.Option(False, "--replace", help="replace a file that is in the way | 覆盖已有的文件"),
    formats: bool = typer.Option(False, "--formats", help="list the formats and leave | 列出格式后退出"),
) -> None:
    """Publish; every edition is whole or not there at all."""
    from bimo.publish.formats import find_format
    from bimo.publish.manuscript import titled
    from bimo.publish.placing import format_of

    if formats:
        _list_formats()
        return
    if source is None:
        raise InputError("cli.missing_argument", name="FILE|WORK", command="bimo publish")
    told = format_of(to) if to else None
    kinds = [find_format(id) for id in format or [told.id if told else "epub"]]
    if len(kinds) > 1 and to and to.suffix and not to.is_dir():
        raise InputError("cli.publish_many", path=str(to))
    document = document_from(source, lang=lang, author=author, scenes=scenes, colophon=colophon, figures=figures)
    if beside is not None:
        from bimo.publish.bilingual import beside as with_translation

        document = with_translation(document, document_from(beside))
    document = replace(titled(document, title), vertical=vertical)
    document = replace(document, cover=_cover(document, cover, palette))
    places = _places(document, kinds, to, unpacked=unpacked)
    for path in places:
        _check(path, [source, *([beside] if beside else [])], replace_)
    for path, kind in zip(places, kinds, strict=True):
        _write(document, kind, path, unpacked=unpacked)


def _list_formats() -> None:
    from bimo.publish.formats import all_formats

    for each in all_formats().values():
        out.print(f"{each.id:<16}{each.suffix:<18}{each.names[interface_language()]}", markup=False)


def _places(document: Document, kinds: list[Format], to: Path | None, *, unpacked: bool) -> list[Path]:
    """Where each edition goes. Raises InputError `cli.only_sites`."""
    from bimo.publish.placing import place

    if unpacked and not any(kind.id == "site" for kind in kinds):
        raise InputError("cli.only_sites")
    paths = [(place(document.title, kind, to), unpacked and kind.id == "site") for kind in kinds]
    return [path.with_suffix("") if folder else path for path, folder in paths]


def _write(document: Document, kind: Format, path: Path, *, unpacked: bool) -> None:
    """Write an edition, after what it cannot show has been told, and say where it lies."""
    from bimo.publish.formats import publish as write
    from bimo.publish.formats import publish_folder
    from bimo.publish.placing import remember
    from bimo.publish.site import pages

    for notice in kind.lacks(document):
        say(notice.code, **dict(notice.details))
    if unpacked and kind.id == "site":
        publish_folder(pages(document), path)
    else:
        write(document, kind.id, path)
    remember(path)
    out.print(words("cli.published", path=path, name=kind.names[interface_language()]), markup=False)


def _check(path: Path, sources: list[str], may_replace: bool) -> None:
    """Refuse to write over the manuscripts themselves always, over other files unless the writer said so."""
    from bimo.publish.placing import check_free

    if any(names_file(source) and path.exists() and path.samefile(source) for source in sources):
        raise InputError("cli.publish_itself", path=str(path))
    # A folder may hold anything by now; nobody who asks for an edition means to lose that.
    if not may_replace or path.is_dir():
        check_free(path)


def _cover(document: Document, told: str, palette: str) -> bytes:
    """The cover: from a file, or drawn. A name with an ending is a file; colours alone ask for a drawn one too."""
    from bimo.publish.cover import colours_from, drawn_cover, picture

    if not told and not palette:
        return b""
    if told and (Path(told).suffix or Path(told).is_file()):
        return picture(Path(told))
    colours = colours_from(palette) if palette else ()
    if told == "painted":
        from bimo.publish.painting import painted_cover

        return painted_cover(document, colours=colours)
    return drawn_cover(document, "" if told in ("", "auto") else told, colours)
