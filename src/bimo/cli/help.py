"""Commands whose help speaks the writer's language. A help text is "English | 中文"; the reader gets one half."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import Any

import typer
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from bimo.cli.console import interface_language, out, words
from bimo.text.errors import InputError


def half(text: str | None) -> str:
    """The half of "English | 中文" that is in the interface language; a text without halves as it is."""
    english, mark, chinese = (text or "").partition(" | ")
    return chinese if mark and interface_language() == "zh" else english


def nearest(name: str, names: list[str]) -> str:
    """The names most like `name`, or all of them if none is like it, as one line."""
    return ", ".join(get_close_matches(name, names, n=3, cutoff=0.4) or names)


class Command(TyperCommand):
    """A command with help in the interface language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help to standard output."""
        _print_help(self, ctx)


class Group(TyperGroup):
    """A group of commands with help in the interface language, which offers the nearest names for an unknown one."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help to standard output."""
        _print_help(self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A group without a command shows its help."""
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with. Raises InputError with the nearest names."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            raise InputError("cli.no_command", name=args[0], near=nearest(args[0], names))
        return super().resolve_command(ctx, args)


def adopt(app: typer.Typer) -> typer.Typer:
    """Give a group's commands the help of this module."""
    app.info.cls = Group
    for info in app.registered_commands:
        info.cls = Command
    return app


def _print_help(command: Any, ctx: Any) -> None:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option" and not param.hidden]
    pieces = [ctx.command_path, f"[{words('cli.help_options').lower()}]", *map(_metavar, arguments)]
    if isinstance(command, TyperGroup):
        pieces.append(words("cli.help_command"))
    out.print(f"{words('cli.help_usage')} {' '.join(pieces)}\n", style="bold", markup=False)
    if command.help:
        out.print(half(command.help) + "\n", markup=False)
    if isinstance(command, TyperGroup):
        listed = [(name, command.get_command(ctx, name)) for name in command.list_commands(ctx)]
        _section("cli.help_commands", [(name, half(found.help)) for name, found in listed if found])
    _section("cli.help_arguments", [(_metavar(param), half(param.help)) for param in arguments])
    _section("cli.help_options", [(_flags(param), half(param.help)) for param in options] + [_own_help()])
    if command.epilog:
        out.print(half(command.epilog), markup=False)


def _section(title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    out.print(words(title), style="bold", markup=False)
    # A pipe has no width of its own; a line that is too long is better than one that is cut.
    out.print(table, soft_wrap=False, width=None if out.is_terminal or "COLUMNS" in os.environ else 120)
    out.print()


def _own_help() -> tuple[str, str]:
    return "--help", words("cli.help_help")


def _flags(param: Any) -> str:
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {_metavar(param)}"


def _metavar(param: Any) -> str:
    return half(param.metavar) or str(param.name).upper()
