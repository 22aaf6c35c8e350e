"""`bimo make`: a recipe from an idea to an edition."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import typer

from bimo.cli.background import Background, leave
from bimo.cli.console import complain, err, interface_language, out, say, words
from bimo.cli.edits import edits_of, show_edits
from bimo.cli.files import main_text, rescue
from bimo.cli.screen import Screen
from bimo.craft import recipe as recipes
from bimo.craft import runner
from bimo.models.protocol import Cancel, Model
from bimo.text.errors import BimoError, InputError, Language

make_app = typer.Typer(help="go from an idea to an edition by a recipe | 按创作流程从创意写到成书")


@make_app.command()
def make(
    recipe: str = typer.Argument(
        "", metavar="RECIPE", help="a recipe of ours, or a TOML file | 自带的创作流程，或 TOML 文件"
    ),
    idea: str | None = typer.Option(None, help="the idea, in one line, or a file | 一句话的创意，或文件"),
    lang: str | None = typer.Option(None, metavar="zh|en", help="language to write in | 写作语言"),
    model: str | None = typer.Option(None, metavar="ID", help="which model | 用哪个模型"),
    seed: int | None = typer.Option(None, min=0, max=2**32 - 1, help="same seed, same text | 相同种子得到相同文字"),
    folder: str | None = typer.Option(None, metavar="PATH", help="where to keep everything | 保存所有文件的文件夹"),
    list_: bool = typer.Option(False, "--list", help="list the recipes | 列出创作流程"),
) -> None:
    """Go from an idea to an edition by a recipe; stopped or killed, the same command goes on from there."""
    import bimo.publish.step  # noqa: F401  # registers the step that recipes end with
    from bimo.models.catalog import default_id
    from bimo.text.language import detect

    if list_:
        _list()
        return
    if not recipe:
        raise InputError("cli.make_what", recipes=", ".join(recipes.shipped()))
    loaded = recipes.load(recipe)
    text = _idea(idea)
    language = _language(lang) or detect(text, interface_language())
    model_id = model or default_id()
    place = Path(folder) if folder else runner.default_folder(loaded, text, language, seed, model_id)
    again = ["bimo", "make", recipe, "--idea", text, *(["--lang", lang] if lang else [])]
    again += [*(["--model", model] if model else []), "--seed", str((seed or 0) + 1)]
    _Run(loaded, text, language, model_id, seed, place, shlex.join(again)).follow()


def _list() -> None:
    lang = interface_language()
    for name in recipes.shipped():
        loaded = recipes.load(name)
        out.print(f"{name:<18}{loaded.title[lang]} · {loaded.about[lang]}", markup=False)


def _idea(given: str | None) -> str:
    if given is not None and not given.strip():
        raise InputError("craft.recipe_no_idea")
    text = main_text([given] if given else [], None, required=False)
    if text is None:
        raise InputError("craft.recipe_no_idea")
    return text


def _language(given: str | None) -> Literal["zh", "en"] | None:
    if given not in ("zh", "en", None):
        raise InputError("cli.bad_option", option="--lang", value=given, allowed="zh, en")
    return given  # type: ignore[return-value]  # just checked


@dataclass
class _Run:
    """One run on the terminal. `again` is the command that would write the same once more, in another way."""

    recipe: recipes.Recipe
    idea: str
    lang: Language
    model: str
    seed: int | None
    folder: Path
    again: str
    cancel: Cancel = field(default_factory=Cancel)
    screen: Screen = field(default_factory=Screen)
    texts: dict[str, Path] = field(default_factory=dict)
    editions: list[Path] = field(default_factory=list)
    started: bool = False

    def follow(self) -> None:
        """Run to the end; stopped or failed, say what is kept and how to go on."""
        background = Background(self._work, self.cancel)
        try:
            for event in background:
                self._show(event)
        except BimoError as error:
            # What was shown may end within a line.
            err.print()
            complain(error)
            self._rescue(error)
            self._resume()
            raise typer.Exit(130 if background.stopped else error.exit_status) from None
        if background.stopped:
            self._resume()
            if background.stuck:
                leave(130)
            raise typer.Exit(130)
        self._end()

    def _work(self) -> Iterator[runner.RecipeEvent]:
        opened: list[Model] = []

        def open_it() -> Model:
            from bimo.models.select import open_model

            opened.append(open_model(self.model))
            return opened[0]

        try:
            yield from runner.run(
                self.recipe,
                self.idea,
                lang=self.lang,
                model=open_it,
                folder=self.folder,
                seed=self.seed,
                model_id=self.model,
                cancel=self.cancel,
            )
        finally:
            for model in opened:
                model.close()

    def _show(self, event: runner.RecipeEvent) -> None:
        if isinstance(event, runner.StepStarted):
            self.started = True
            heading = event.step.heading(interface_language())
            err.print(f"\n[{event.number}/{event.total}] {heading}", style="bold cyan", markup=False)
            # What revise writes are proposals; they are shown as edits when it is done.
            self.screen = Screen(quiet=event.step.tool == "revise")
        elif isinstance(event, runner.StepEvent):
            self.screen.follow([event.event])
        elif isinstance(event, runner.StepDone):
            self._done(event)

    def _done(self, done: runner.StepDone) -> None:
        self.texts[done.step.tool] = done.file
        if files := done.data.get("files"):
            self.editions += [self.folder / name for name in files]
        elif done.resumed:
            say("cli.make_kept", path=done.file)
        elif (edits := edits_of(done.data)) is not None:
            show_edits(str(done.request["text"]), edits, out)
            self.screen.warn()
        elif self.screen.result:
            self.screen.finish(self.screen.result.alternatives[:1])

    def _rescue(self, error: BimoError) -> None:
        """What the folder of the run could not take is kept elsewhere."""
        if error.code == "craft.run_write":
            result = self.screen.result
            rescue(result.text if result else self.screen.written)

    def _resume(self) -> None:
        self.screen.warn()
        if self.started:
            say("cli.make_resume", folder=self.folder)

    def _end(self) -> None:
        err.print()
        for path in self.editions:
            say("cli.make_edition", path=path)
        say("cli.make_steps", folder=self.folder)
        say("cli.make_again", command=self.again)
        if text := self.texts.get("draft") or self.texts.get("compose"):
            restyle = ["bimo", "restyle", "--style", words("cli.make_style"), "--file", str(text)]
            say("cli.make_restyle", command=shlex.join(restyle))
