"""Shows the work of a tool while it is done, and its result."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.cells import cell_len

from bimo.cli.console import err, interface_language, out, words
from bimo.craft.events import Alternative, Asked, Event, Piece, Progress, Result, Warned
from bimo.text.errors import Notice
from bimo.text.finding import Measure

# What a terminal would obey instead of showing; a model's text is not to be trusted with it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass
class Screen:
    """Follows one run of a tool. `quiet` shows nothing of the text itself; standard error is always used."""

    show_prompt: bool = False
    quiet: bool = False
    notices: list[Notice] = field(default_factory=list)
    result: Result | None = None
    _written: str = ""
    _on_terminal: str = ""
    _warned: int = 0

    @property
    def written(self) -> str:
        """The text of the first alternative that came so far."""
        return self._written

    def follow(self, events: Iterable[Event]) -> None:
        """Show each event as it comes, and keep the result and the notices."""
        for event in events:
            if isinstance(event, Piece):
                self._piece(event)
            elif isinstance(event, Progress):
                count = f"[{event.step}/{event.total}] " if event.total else ""
                self._aside(count + event.notice.message(interface_language()), style="dim")
            elif isinstance(event, Warned):
                self.notices.append(event.notice)
                # On a terminal the end of the text may clear what stands there, so a warning waits for it.
                if not self._on_terminal:
                    self.warn()
            elif isinstance(event, Asked):
                if self.show_prompt:
                    title = words("cli.prompt", tokens=event.tokens)
                    self._aside(f"{title}\n{event.text}\n", style="magenta")
            else:
                self.result = event

    def warn(self) -> None:
        """Show the warnings that were not shown yet."""
        for notice in self.notices[self._warned :]:
            err.print(_CONTROLS.sub("", notice.message(interface_language())), style="yellow", markup=False)
        self._warned = len(self.notices)

    def _piece(self, piece: Piece) -> None:
        if piece.restart:
            self._written = ""
        self._written += piece.text
        if not self._streams:
            return
        if piece.restart:
            self._clear()
        shown = _CONTROLS.sub("", piece.text)
        out.file.write(shown)
        out.file.flush()
        self._on_terminal += shown

    @property
    def _streams(self) -> bool:
        return out.is_terminal and not self.quiet

    def _aside(self, text: str, style: str) -> None:
        """A line about the work, between the text where both share a terminal."""
        if self._streams and err.is_terminal:
            if self._on_terminal and not self._on_terminal.endswith("\n"):
                err.print()
                self._on_terminal += "\n"
            if self._on_terminal:
                self._on_terminal += text + "\n"
        err.print(_CONTROLS.sub("", text), style=style, markup=False)

    def _clear(self) -> None:
        """Take back what stands on the terminal, or draw a line below it where it has already scrolled away."""
        if not self._on_terminal:
            return
        rows = sum(max(1, -(-cell_len(line) // out.width)) for line in self._on_terminal.split("\n"))
        if rows < out.height and not out.legacy_windows:
            up = f"\x1b[{rows - 1}A" if rows > 1 else ""
            out.file.write(f"\r{up}\x1b[J")
        else:
            out.print(f"\n\n{words('cli.again')}\n", style="dim", markup=False)
        self._on_terminal = ""

    def finish(self, alternatives: tuple[Alternative, ...]) -> None:
        """Print the finished text: alone if it is the only one, else numbered, the best first, with its measures."""
        if len(alternatives) == 1:
            self._settle(alternatives[0].text)
        else:
            self._clear()
            for number, alternative in enumerate(alternatives, 1):
                if number > 1:
                    out.print()
                out.print(f"[{number}] {measured(alternative.measures)}".rstrip(), style="bold cyan", markup=False)
                self._print(alternative.text)
                _show_form(alternative)
        self._on_terminal = ""
        self.warn()
        if len(alternatives) == 1:
            _show_form(alternatives[0])

    def _settle(self, text: str) -> None:
        """Print the one text, unless it stands on the terminal already as it should."""
        if self._on_terminal and self._on_terminal.strip() == _CONTROLS.sub("", text).strip():
            out.file.write("" if self._on_terminal.endswith("\n") else "\n")
            out.file.flush()
        else:
            self._clear()
            self._print(text)

    def _print(self, text: str) -> None:
        if text:
            shown = _CONTROLS.sub("", text) if out.is_terminal else text
            out.file.write(shown if shown.endswith("\n") else shown + "\n")
        out.file.flush()


def _show_form(alternative: Alternative) -> None:
    """Show that a poem has its form; on standard error, because it is about the text and no part of it."""
    if form := alternative.data.get("form"):
        from bimo.cli.scan import show
        from bimo.verse.scan import scan

        err.print()
        show(scan(alternative.text, form=str(form)), err)


def measured(measures: Iterable[Measure]) -> str:
    """Measures in one line: name, value and unit."""
    return " · ".join(f"{measure.name} {measure.value:.3g}{measure.unit}" for measure in measures)


def as_json(tool: str, model: str, seed: int | None, lang: str | None, screen: Screen, result: Result) -> str:
    """The result of a run as one JSON object."""
    language = interface_language()
    shown = {
        "tool": tool,
        "model": model,
        "seed": seed,
        "lang": lang,
        "alternatives": [_alternative(alternative) for alternative in result.alternatives],
        "notices": [{"code": notice.code, "text": notice.message(language)} for notice in screen.notices],
        "stopped": result.stopped,
    }
    return json.dumps(shown, ensure_ascii=False, indent=2, default=str)


def _alternative(alternative: Alternative) -> dict[str, object]:
    return {
        "text": alternative.text,
        "measures": [
            {"name": each.name, "value": each.value, "unit": each.unit, "good": each.good}
            for each in alternative.measures
        ],
        "data": dict(alternative.data),
    }
