"""`bimo studio`: the page to write a whole book in, in the writer's own browser."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

import typer

from bimo.cli.console import out, say, words
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from bimo.desk.desk import Desk


def studio(
    work: str | None = typer.Option(
        None, metavar="NAME", help="the work to open: its title or id | 要打开的作品：标题或编号"
    ),
    model: str | None = typer.Option(None, metavar="ID", help="which model | 用哪个模型"),
    port: int | None = typer.Option(None, min=1, max=65535, help="port of the page | 网页的端口"),
    host: str = typer.Option(
        "127.0.0.1",
        help="address to listen at; 0.0.0.0 lets other machines in | 监听的地址；0.0.0.0 允许其他机器访问",
    ),
    password: str | None = typer.Option(
        None,
        envvar="BIMO_PASSWORD",
        show_envvar=False,
        help="password for other machines, better given as BIMO_PASSWORD"
        " | 其他机器登录用的密码，最好用环境变量 BIMO_PASSWORD 给出",
    ),
    no_browser: bool = typer.Option(False, "--no-browser", help="only print the address | 只显示地址"),
) -> None:
    """Open the studio in the browser; Ctrl-C ends it."""
    from bimo.desk.desk import Desk
    from bimo.studio.house import Launch
    from bimo.studio.serve import Address, serve

    address = Address(host, port, password)
    with Desk.open() as desk:
        id = _work(desk, work)

        def ready(url: str, ticket: str) -> None:
            # A script that waits for the address reads it from standard output.
            out.print(url, markup=False)
            say("studio.ready")
            if not no_browser:
                _show(ticket)

        def found(url: str, ticket: str) -> None:
            out.print(url, markup=False)
            say("studio.running")
            if not no_browser:
                _show(ticket)

        serve(address, Launch(model, id), desk, ready=ready, found=found)


def _work(desk: Desk, name: str | None) -> str | None:
    """The id of the named work. A desk that never had a work gets a sample in each language."""
    works = desk.works.all()
    if not works and not desk.works.all(trashed=True):
        works = [desk.add_sample("en"), desk.add_sample("zh")]
    if name is None:
        return None
    found = [work for work in works if name in (work.id, work.title)]
    if not found:
        titles = ", ".join(work.title for work in works[:5])
        raise InputError("studio.no_such_work", name=name, titles=titles or words("studio.none"))
    return found[0].id


def _show(url: str) -> None:
    """Open a browser, where there is one with windows: one in this terminal would take it from the studio."""
    windows = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if windows:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
