"""Proposed corrections: shown as a diff with numbers and reasons, and applied as the writer chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from bimo.cli.console import out, words
from bimo.text.errors import InputError
from bimo.text.spans import Edit, Span


def edits_of(data: Mapping[str, object]) -> list[Edit] | None:
    """The edits in an alternative's structured form, in the order of the text; None if it is not about edits."""
    found = data.get("edits")
    if not isinstance(found, Sequence):
        return None
    return sorted(Edit(Span(each["start"], each["end"]), each["new"], each.get("reason", "")) for each in found)


def show_edits(text: str, edits: Sequence[Edit], console: Console) -> None:
    """Print the paragraphs that change, each edit with its number, then the reasons."""
    if not edits:
        console.print(words("cli.no_edits"), markup=False)
    for number, edit in enumerate(edits, 1):
        show_edit(text, number, edit, console)


def show_edit(text: str, number: int, edit: Edit, console: Console) -> None:
    """Print one edit within its line, and its reason."""
    start = text.rfind("\n", 0, edit.span.start) + 1
    end = text.find("\n", edit.span.end)
    plain = console.no_color or console.color_system is None
    shown = Text(f"[{number}] ", style="bold cyan")
    shown.append(_tail(text[start : edit.span.start]), style="not bold default")
    if old := edit.span.of(text):
        # Without colours, the marks of `git diff --word-diff` tell old from new.
        shown.append(f"[-{old}-]" if plain else old, style="not bold red strike")
    if edit.new:
        shown.append(f"{{+{edit.new}+}}" if plain else edit.new, style="bold green")
    shown.append(_head(text[edit.span.end : end if end >= 0 else len(text)]), style="not bold default")
    console.print(shown)
    if edit.reason:
        console.print(Text(f"    {edit.reason}", style="dim"))


def _tail(text: str, room: int = 60) -> str:
    return text if len(text) <= room else "…" + text[-room:]


def _head(text: str, room: int = 60) -> str:
    return text if len(text) <= room else text[:room] + "…"


def choose(selection: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that `selection` names: `all`, `none`, or numbers such as `1,3`. Raises InputError."""
    if selection == "all":
        return list(edits)
    if selection == "none":
        return []
    numbers = parse_numbers(selection)
    if max(numbers) > len(edits):
        allowed = words("cli.apply_allowed", count=len(edits))
        raise InputError("cli.bad_option", option="--apply", value=selection, allowed=allowed)
    return [edits[number - 1] for number in sorted(numbers)]


def parse_numbers(selection: str) -> set[int]:
    """The numbers in `1,3`. Raises InputError."""
    parts = [part.strip() for part in selection.replace("，", ",").split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        allowed = words("cli.apply_allowed", count="N")
        raise InputError("cli.bad_option", option="--apply", value=selection, allowed=allowed)
    return {int(part) for part in parts}


def ask(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """Let the writer take or leave the edits one by one: y takes, n leaves, a takes all the rest, q leaves them."""
    taken: list[Edit] = []
    for number, edit in enumerate(edits, 1):
        show_edit(text, number, edit, out)
        answer = ""
        while answer not in ("y", "n", "a", "q"):
            answer = out.input(words("cli.ask_edit") + " ", markup=False).strip().lower()[:1]
        if answer == "q":
            break
        if answer == "a":
            return [*taken, *edits[number - 1 :]]
        if answer == "y":
            taken.append(edit)
    return taken
