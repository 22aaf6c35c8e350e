"""`bimo desk`: where the writer's works are kept, copies of them, and the way in and out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from bimo.cli.console import err, out, say, words
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from bimo.desk.desk import Desk
    from bimo.desk.imports.plan import Plan, Section
    from bimo.desk.values import Work
    from bimo.text.errors import Language

_WORK = typer.Option(None, "--work", metavar="ID", help="only this work; repeatable | 只导出这部作品，可重复")

desk_app = typer.Typer(
    help="your works: where they are, backup, check, export, import | 你的作品：位置、备份、检查、导出、导入",
    no_args_is_help=True,
)


@desk_app.command("where", help="the place of the desk, and the works on it | 书桌的位置，以及桌上的作品")
def where() -> None:
    """Print where the works are kept, and a line for each."""
    with _desk() as desk:
        out.print(str(desk.store.path or desk.store.engine.url.render_as_string()), markup=False)
        for work in desk.works.all():
            lengths = desk.revisions.lengths(work.id)
            count = sum(lengths.get(scene.id, 0) for scene in desk.outline.scenes(work.id))
            amount = words(f"desk.amount_{work.lang}", count=count)
            out.print(f"{work.id}  {work.title} · {amount}", markup=False)


@desk_app.command("backup", help="copy the desk, also while it is in use | 备份书桌，使用中也可以")
def backup(
    file: str | None = typer.Argument(None, help="the copy; by default beside the desk | 备份文件，默认放在书桌旁边"),
) -> None:
    """Copy the SQLite file of the desk."""
    from bimo.desk.backup import beside, copy_desk

    path = _file()
    target = _new(file) if file else beside(path, "backup")
    copy_desk(path, target)
    out.print(words("desk.backed_up", path=target), markup=False)


@desk_app.command("restore", help="put a copy in the place of the desk | 用备份恢复书桌")
def restore(file: str = typer.Argument(help="a copy made by backup | 备份文件")) -> None:
    """Replace the desk by a copy; what stood there is kept beside it."""
    from bimo.desk.backup import restore as put_back

    kept = put_back(_file(), Path(file))
    out.print(words("desk.restored", path=file), markup=False)
    if kept:
        say("desk.kept", path=kept)


@desk_app.command("verify", help="check that everything is as it was saved | 检查一切是否与保存时相同")
def verify() -> None:
    """Check the file, every text and its history; exit status 5 if something is wrong."""
    from bimo.cli.console import interface_language
    from bimo.desk.verify import problems

    with _desk() as desk:
        found = problems(desk.store)
    for problem in found:
        err.print(problem.message(interface_language()), markup=False)
    if found:
        say("desk.unsound", count=len(found))
        raise typer.Exit(5)
    out.print(words("desk.sound"), markup=False)


@desk_app.command("export", help="write everything to one file for another desk | 把全部内容导出为一个文件")
def export(
    file: str = typer.Argument(help="the .zip file to write | 要写入的 .zip 文件"),
    work: list[str] | None = _WORK,
) -> None:
    """Write all works with their whole history to a zip file."""
    from bimo.desk.archive import export as write

    target = _new(file)
    with _desk() as desk:
        count = write(desk.store, target, only=work or None)
    out.print(words("desk.exported", path=file, count=count), markup=False)


@desk_app.command("import", help="bring in a book, or what export wrote | 导入一本书，或由 export 导出的文件")
def import_(
    file: str = typer.Argument(
        help="text, Markdown, DOCX, EPUB, Fountain, a folder, or a .zip by export"
        " | 文本、Markdown、DOCX、EPUB、Fountain 文件、文件夹，或 export 写出的 .zip"
    ),
    lang: str | None = typer.Option(None, "--lang", metavar="zh|en", help="language of the text | 正文的语言"),
    preview: bool = typer.Option(False, "--preview", help="only show what it would become | 只显示将会导入的内容"),
) -> None:
    """Take in the works of an exported file, or make a work of a text."""
    from bimo.desk.archive import is_archive, take_in
    from bimo.desk.imports.reader import preview as read

    if lang not in (None, "zh", "en"):
        raise InputError("cli.option_value", option="--lang", command="bimo desk import")
    path = Path(file)
    if is_archive(path):
        with _desk() as desk:
            for id in take_in(desk.store, path):
                _say_imported(desk.works.get(id))
        return
    plan = read(path, lang=cast("Language | None", lang))
    for notice in plan.notices:
        say(notice.code, **dict(notice.details))
    if preview:
        for line in _lines(plan):
            out.print(line, markup=False)
        return
    from bimo.desk.imports.storing import bring_in

    with _desk() as desk:
        _say_imported(bring_in(desk.store, plan))


def _say_imported(work: Work) -> None:
    out.print(words("desk.imported", title=work.title, id=work.id), markup=False)


def _lines(plan: Plan) -> Iterator[str]:
    """What an import would make: the title, and a line for each part, chapter and scene."""

    def below(sections: tuple[Section, ...], depth: int) -> Iterator[str]:
        for section in sections:
            amount = words(f"desk.amount_{plan.lang}", count=section.length(plan.lang))
            yield f"{'  ' * depth}{section.title or '·'} · {amount}"
            yield from below(section.children, depth + 1)

    yield plan.title
    yield from below(plan.sections, 1)


@contextmanager
def _desk() -> Iterator[Desk]:
    from bimo.desk.desk import Desk

    with Desk.open() as desk:
        yield desk


def _file() -> Path:
    """The file of the desk. Raises InputError where a server keeps it."""
    from bimo.desk.desk import place

    where = place()
    if not isinstance(where, Path):
        raise InputError("desk.no_file_desk")
    return where


def _new(file: str) -> Path:
    """The path of a file that is to be written. Raises InputError where there is one already."""
    if Path(file).exists():
        raise InputError("desk.exists", path=file)
    return Path(file)
