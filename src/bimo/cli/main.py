"""The command `bimo`."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import typer

from bimo.cli.console import complain, fail, out, words
from bimo.cli.help import Command, Group, adopt, nearest
from bimo.text.errors import BimoError, InputError


def main() -> None:
    """Run the command line and leave with its exit status: 0, or what the error that stopped it says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a sign must not stop the writing.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = typer.main.get_command(_app())(prog_name="bimo", standalone_mode=False)
    except BimoError as error:
        fail(error)
    except typer.Abort:
        sys.exit(130)
    except typer.TyperException as error:
        complain(_usage_error(error))
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)


def _app() -> typer.Typer:
    """The commands; made at each start, because their help speaks the language of the moment."""
    from bimo.cli.check import check
    from bimo.cli.desk import desk_app
    from bimo.cli.dictate import dictate
    from bimo.cli.foryou import foryou
    from bimo.cli.make import make, make_app
    from bimo.cli.measure import measure
    from bimo.cli.models import models_app
    from bimo.cli.narrate import narrate
    from bimo.cli.play import play
    from bimo.cli.publish import publish
    from bimo.cli.scan import forms, scan
    from bimo.cli.studio import studio
    from bimo.cli.tools import command_of
    from bimo.cli.voice import voice_app
    from bimo.craft.registry import all_tools

    app = typer.Typer(cls=Group, help=words("cli.help_bimo"), epilog=words("cli.help_more"), add_completion=False)
    app.callback()(_root)
    for tool in all_tools().values():
        help = f"{tool.help['en']} | {tool.help['zh']}"
        app.command(tool.id, cls=Command, help=help)(command_of(tool))
    app.command("scan", cls=Command, help=words("cli.help_scan"))(scan)
    app.command("forms", cls=Command, help=words("cli.help_forms"))(forms)
    app.command("check", cls=Command, help=words("cli.help_check"))(check)
    app.command("measure", cls=Command, help=words("cli.help_measure"))(measure)
    # A recipe takes an argument of its own, so it is a command here and no group.
    app.command("make", cls=Command, help=make_app.info.help)(make)
    app.command("play", cls=Command, help=words("cli.help_play"))(play)
    app.command("publish", cls=Command, help=words("cli.help_publish"))(publish)
    app.command("narrate", cls=Command, help=words("cli.help_narrate"))(narrate)
    app.command("dictate", cls=Command, help=words("cli.help_dictate"))(dictate)
    app.command("foryou", cls=Command, help=words("cli.help_foryou"))(foryou)
    app.command("studio", cls=Command, help=words("studio.help"))(studio)
    app.add_typer(adopt(desk_app), name="desk")
    app.add_typer(adopt(models_app), name="models")
    app.add_typer(adopt(voice_app), name="voice")
    app.add_typer(_keys(), name="keys", help=words("cli.help_keys"))
    app.command("tools", cls=Command, help=words("cli.help_tools"))(_tools)
    return app


def _root(
    version: bool = typer.Option(
        False,
        "--version",
        is_eager=True,
        callback=lambda asked: _version() if asked else None,
        help="print the version and leave | 显示版本号后退出",
    ),
) -> None:
    """What `bimo` itself understands."""


def _version() -> None:
    out.print(f"bimo {version('bimo')}", markup=False)
    raise typer.Exit


def _tools() -> None:
    """List the writing tools."""
    from bimo.cli.console import interface_language
    from bimo.craft.registry import all_tools

    lang = interface_language()
    for tool in all_tools().values():
        out.print(f"{tool.id:<12}{tool.names[lang]} · {tool.help[lang]}", markup=False)


def _keys() -> typer.Typer:
    app = typer.Typer(cls=Group)
    app.callback()(_no_options)
    app.command("set", cls=Command, help=words("cli.help_keys_set"))(_set_key)
    return app


def _no_options() -> None:
    """Keeps `keys` a group although it has one command."""


def _set_key(endpoint: str = typer.Argument(metavar="URL", help="address of the server | 服务器地址")) -> None:
    """Keep the key of an endpoint. It is asked for, never taken from the command line, which others can see."""
    import getpass

    from bimo.models.keys import store_key

    key = getpass.getpass(words("cli.ask_key", endpoint=endpoint) + " ") if sys.stdin.isatty() else sys.stdin.readline()
    out.print(words(f"cli.key_in_{store_key(endpoint, key)}", endpoint=endpoint), markup=False)


def _usage_error(error: Any) -> BimoError:
    """What Typer's parser could not make sense of, as an error in the writer's language."""
    kind = type(error).__name__
    command = error.ctx.command_path if getattr(error, "ctx", None) else "bimo"
    if kind == "NoSuchOption":
        flags = [flag for param in error.ctx.command.params for flag in param.opts if flag.startswith("-")]
        near = nearest(error.option_name, [*flags, "--help"])
        return InputError("cli.no_option", option=error.option_name, near=near, command=command)
    if kind == "BadOptionUsage":
        return InputError("cli.option_value", option=error.option_name, command=command)
    if kind == "MissingParameter" and error.param is not None:
        return InputError("cli.missing_argument", name=error.param.name.upper(), command=command)
    return InputError("cli.usage", reason=error.format_message(), command=command)
