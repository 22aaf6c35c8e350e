"""`bimo play`: a story that the writer steers turn by turn; each turn stands on the desk before the next begins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from bimo.cli.background import Background, leave
from bimo.cli.console import out, say, words
from bimo.cli.screen import Screen
from bimo.text.authorship import by, merged, total
from bimo.text.errors import InputError, Language
from bimo.text.language import detect

if TYPE_CHECKING:
    from bimo.craft.events import Event
    from bimo.craft.turn import TurnRequest
    from bimo.desk.desk import Desk
    from bimo.desk.values import Node, Revision
    from bimo.models.protocol import Model
    from bimo.text.authorship import Author

# What the player may type instead of a deed, in both languages; a line after > is the player's own prose.
_BACK, _STORY, _END = ("/back", "/退"), ("/story", "/看"), ("/end", "/完")
_TITLE = 40
_IDEA = typer.Argument(None, metavar="[IDEA]...", help="what it is about | 讲什么")


def play(
    idea: list[str] = _IDEA,
    work: str | None = typer.Option(None, metavar="NAME", help="go on with this story | 接着玩这一部"),
    model: str | None = typer.Option(None, metavar="ID", help="which model | 用哪个模型"),
    lang: str | None = typer.Option(None, metavar="zh|en", help="language to write in | 写作语言"),
    length: int = typer.Option(80, min=30, max=1000, help="length of a turn in words | 每回合的字数"),
) -> None:
    """Play until the end of the input, /end or Ctrl-C; the manuscript stays on the desk as a work."""
    from bimo.desk.desk import Desk
    from bimo.models.select import open_model

    text = " ".join(idea or []).strip()
    if bool(text) == bool(work):
        raise InputError("cli.play_what")
    if lang not in (None, "zh", "en"):
        raise InputError("cli.play_lang", lang=lang)
    with Desk.open() as desk:
        game = _resumed(desk, work) if work else _begun(desk, text, "zh" if (lang or detect(text)) == "zh" else "en")
        say("cli.play_how")
        writer = open_model(model)
        try:
            _rounds(game, writer, text or game.title, length)
        finally:
            writer.close()
            say("cli.play_kept", title=game.title)


@dataclass
class _Game:
    """One story on the desk: the scene it grows in and the state it has now."""

    desk: Desk
    title: str
    lang: Language
    scene: str
    now: Revision | None = None
    choices: list[str] = field(default_factory=list)

    @property
    def story(self) -> str:
        """The manuscript so far."""
        return self.now.text if self.now else ""

    def add(self, passage: str, author: Author) -> None:
        """Put a passage at the end and on disk."""
        from bimo.desk.values import Conflict

        before = self.now.text + "\n\n" if self.now else ""
        known = self.now.authorship if self.now else ()
        whole = merged([*known, *by("writer", len(before) - total(known)), *by(author, len(passage))])
        saved = self.desk.revisions.save(
            self.scene, before + passage, based_on=self.now.id if self.now else None, authorship=whole
        )
        # Somebody wrote in this scene meanwhile: both texts are kept, and the story goes on from this one.
        self.now = saved.yours if isinstance(saved, Conflict) else saved

    def back(self) -> bool:
        """Return to the state before the last passage; what was written since stays as a branch beside it."""
        earlier = self.now
        while earlier and earlier.text == self.story:
            earlier = self.desk.revisions.get(earlier.parent) if earlier.parent else None
        if earlier is None:
            return False
        number = len(self.desk.revisions.branches(self.scene)) + 1
        self.now = self.desk.revisions.fork(earlier.id, words("cli.play_branch", number=number))
        self.desk.revisions.choose(self.now.branch)
        self.choices = []
        return True


def _begun(desk: Desk, idea: str, lang: Language) -> _Game:
    title = idea if len(idea) <= _TITLE else idea[:_TITLE].rstrip() + "…"
    made = desk.works.add(title, kind="story", lang=lang)
    scene: Node = desk.outline.add(made.id, "scene", title)
    return _Game(desk, title, lang, scene.id)


def _resumed(desk: Desk, name: str | None) -> _Game:
    works = desk.works.all()
    found = next((each for each in works if name in (each.id, each.title)), None)
    scenes = desk.outline.scenes(found.id) if found else []
    if found is None or not scenes:
        raise InputError("cli.play_no_work", name=name, titles=", ".join(each.title for each in works[:5]) or "–")
    game = _Game(desk, found.title, found.lang, scenes[-1].id, desk.revisions.head(scenes[-1].id))
    out.print(game.story[-1000:], markup=False)
    return game


def _rounds(game: _Game, model: Model, idea: str, length: int) -> None:
    """Turn after turn until the player ends it."""
    if not game.now:
        _turn(game, model, text=idea, begin=True, length=length)
    while (line := _asked(game)) is not None:
        if line in _END:
            return
        if line in _STORY:
            out.print(f"\n{game.story}\n", markup=False)
        elif line in _BACK:
            say("cli.play_back" if game.back() else "cli.play_first")
            out.print(f"\n{game.story[-400:]}\n", markup=False)
        elif line.startswith(">"):
            if own := line[1:].strip():
                game.add(own, "writer")
                game.choices = []
        else:
            done = game.choices[int(line) - 1] if line.isdecimal() and 0 < int(line) <= len(game.choices) else line
            _turn(game, model, text=game.story or idea, do=done, begin=not game.now, length=length)


def _asked(game: _Game) -> str | None:
    """The next line of the player; None at the end of the input."""
    for number, choice in enumerate(game.choices, 1):
        out.print(f"  {number}. {choice}", markup=False, style="cyan")
    out.print("› ", end="", markup=False, style="bold")
    out.file.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None


def _turn(game: _Game, model: Model, *, text: str, length: int, do: str = "", begin: bool = False) -> None:
    """Let the model write one turn, show it and keep it; Ctrl-C keeps what came and ends the game."""
    from bimo.craft.registry import Context
    from bimo.craft.turn import TurnRequest, turn
    from bimo.models.protocol import Cancel

    cancel = Cancel()
    request: TurnRequest = TurnRequest(text=text, do=do, begin=begin, length=length, lang=game.lang)

    def work() -> Iterator[Event]:
        return turn(request, Context(cancel=cancel), model)

    screen = Screen()
    background = Background(work, cancel)
    screen.follow(background)
    best = screen.result.alternatives[0] if screen.result and screen.result.alternatives else None
    passage = (best.text if best else screen.written).strip()
    if passage:
        game.add(passage, "model")
        screen.finish((best,) if best else ())
        out.print()
    found = best.data.get("choices") if best else None
    game.choices = [str(each) for each in found] if isinstance(found, list) else []
    if background.stuck:
        leave(130)
    if background.stopped:
        raise typer.Exit(130)
