"""One command per writing tool, made from the registry: its flags are the fields of its request."""

from __future__ import annotations

import inspect
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from bimo.cli.background import Background, leave
from bimo.cli.console import complain, err, interface_language, out, say, words
from bimo.cli.edits import ask, choose, edits_of, parse_numbers, show_edits
from bimo.cli.files import OutFile, main_text, rescue
from bimo.cli.options import build, parameter, parameters
from bimo.cli.screen import Screen, as_json, measured
from bimo.craft.events import Alternative, Event, Result
from bimo.craft.registry import Context, Request, Tool
from bimo.models.protocol import Cancel
from bimo.text.errors import BimoError, InputError, Language
from bimo.text.spans import apply_edits

# Tools whose result is a list of edits to the writer's own text.
_EDITING = frozenset({"revise"})
# Tools that a picture can be given to, beside or instead of a text.
_SEEING = frozenset({"spark"})
# Keywords of a generated command that are no field of its request; the trailing line keeps the two apart.
_OWN = ("words_", "file_", "json_", "show_prompt_", "model_", "out_", "apply_", "image_")


def command_of(tool: Tool) -> Callable[..., None]:
    """The function that Typer makes the tool's command from."""

    def command(**given: Any) -> None:
        own = {name: given.pop(name, None) for name in _OWN}
        values = {name: value for name, value in given.items() if value is not None and value != []}
        _run(tool, values, Manner.of(tool, own), own["words_"] or [], own["file_"], own["image_"])

    described = [*_own_parameters(tool), *parameters(tool.request, tool.request.main)]
    signature = inspect.Signature(described)
    command.__signature__ = signature  # type: ignore[attr-defined]  # what inspect.signature looks for
    command.__annotations__ = {each.name: each.annotation for each in described}
    return command


def _own_parameters(tool: Tool) -> Iterator[inspect.Parameter]:
    main = tool.request.model_fields[tool.request.main]
    name = tool.request.main.upper()
    yield parameter("words_", list[str] | None, typer.Argument(metavar=f"[{name}]...", help=main.description))
    path = words("cli.help_path")
    yield parameter("file_", str | None, _option("--file", words("cli.help_file", field=name), path))
    yield parameter("out_", str | None, _option("--out", words("cli.help_out"), path))
    yield parameter("model_", str | None, _option("--model", words("cli.help_model"), words("cli.help_id")))
    yield parameter("json_", bool | None, _option("--json", words("cli.help_json")))
    yield parameter("show_prompt_", bool | None, _option("--show-prompt", words("cli.help_show_prompt")))
    if tool.id in _EDITING:
        yield parameter("apply_", str | None, _option("--apply", words("cli.help_apply"), "all|none|1,3"))
    if tool.id in _SEEING:
        yield parameter("image_", str | None, _option("--image", words("cli.help_image"), path))


def _option(flag: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(flag, help=help, metavar=metavar)


@dataclass(frozen=True)
class Manner:
    """How the writer wants a run to be shown and kept."""

    tool: Tool
    model: str | None
    json: bool
    show_prompt: bool
    out: OutFile | None
    apply: str | None

    @classmethod
    def of(cls, tool: Tool, own: dict[str, Any]) -> Manner:
        """From the flags; checks what can be checked before the work begins. Raises InputError or FileError."""
        apply = own["apply_"]
        if apply is not None and apply not in ("all", "none"):
            parse_numbers(apply)
        manner = cls(
            tool,
            own["model_"],
            bool(own["json_"]),
            bool(own["show_prompt_"]),
            OutFile(Path(own["out_"])) if own["out_"] else None,
            apply,
        )
        if manner.out and tool.id in _EDITING and apply is None and not manner.interactive:
            raise InputError("cli.apply_needed")
        return manner

    @property
    def interactive(self) -> bool:
        """Whether the writer can be asked about single edits."""
        return out.is_terminal and sys.stdin.isatty() and not self.json


def _run(
    tool: Tool, values: dict[str, Any], manner: Manner, arguments: list[str], file: str | None, image: str | None
) -> None:
    main = tool.request.main
    text = main_text(arguments, file, required=tool.request.model_fields[main].is_required() and not image)
    if image:
        text, values["lang"] = _with_picture(text or "", Path(image), values.get("lang"))
    if text is not None:
        values[main] = text
    request = build(tool.request, values)
    told = request.seed is None and not manner.json and tool.id not in _EDITING
    if request.seed is None:
        # Every text can be had again: the seed is chosen here and told, not left to the engine.
        request = request.model_copy(update={"seed": secrets.randbelow(2**31)})
    cancel = Cancel()
    opened: list[str] = []

    def work() -> Iterator[Event]:
        from bimo.models.select import open_model

        model = open_model(manner.model)
        opened.append(model.info.id)
        try:
            yield from tool.run(request, Context(cancel=cancel), model)
        finally:
            model.close()

    screen = Screen(show_prompt=manner.show_prompt, quiet=manner.json or tool.id in _EDITING)
    background = Background(work, cancel)
    try:
        screen.follow(background)
        # A tool that did not end in time after Ctrl-C has given all it will give.
        result = screen.result or Result((Alternative(screen.written),) if screen.written else (), stopped=True)
        _finish(manner, request, screen, result, opened[0] if opened else manner.model or "")
        if told and result.alternatives:
            say("cli.seed", seed=request.seed)
    except Exception as error:  # the boundary behind which text would be lost: whatever broke, it is kept
        rescue(max(getattr(error, "partial", ""), screen.written, key=len))
        if not (background.stopped and isinstance(error, BimoError)):
            raise
        complain(error)
    finally:
        screen.warn()
    if background.stuck:
        leave(130)
    if background.stopped:
        raise typer.Exit(130)


def _with_picture(text: str, picture: Path, lang: str | None) -> tuple[str, str]:
    """The text with what a picture shows, and the language to write in; tells what was seen and what was not."""
    from bimo.senses.seeing import look
    from bimo.text.language import detect

    default = interface_language()
    spoken: Language = ("zh" if lang == "zh" else "en") if lang else detect(text, default)
    seen = look(picture, spoken)
    told = seen.told(spoken)
    err.print(told, markup=False, style="dim")
    for notice in seen.unseen:
        say(notice.code, **dict(notice.details))
    return (f"{text}\n\n{told}" if text else told), lang or spoken


def _finish(manner: Manner, request: Request, screen: Screen, result: Result, model: str) -> None:
    """Print the result and write it to its file; what cannot be written there is kept elsewhere."""
    original = str(getattr(request, request.main))
    if result.alternatives and edits_of(result.alternatives[0].data) is not None and not result.stopped:
        result, kept = _with_edits(manner, original, result)
    else:
        kept = result.text if len(result.alternatives) < 2 else "\n\n".join(a.text for a in result.alternatives)
        if not manner.json:
            screen.finish(result.alternatives)
    if manner.json:
        out.file.write(as_json(manner.tool.id, model, request.seed, request.lang, screen, result) + "\n")
    if manner.out is None or kept is None or (result.stopped and not kept):
        return
    try:
        manner.out.write(kept)
    except BimoError:
        rescue(kept)
        raise
    say("cli.written", path=str(manner.out.path))


def _with_edits(manner: Manner, original: str, result: Result) -> tuple[Result, str | None]:
    """Show proposed edits and apply those that are chosen: the result with the corrected text, and that text."""
    best = result.alternatives[0]
    edits = edits_of(best.data) or []
    console = err if manner.apply is not None else out
    if manner.interactive and manner.apply is None:
        chosen = ask(original, edits)
    else:
        if not manner.json:
            _show_all(original, result, console)
        if manner.apply is None:
            if edits and not manner.json:
                say("cli.not_applied")
            return result, None
        chosen = choose(manner.apply, edits)
    corrected = apply_edits(original, chosen)
    if not manner.json and manner.out is None:
        out.file.write(corrected if corrected.endswith("\n") else corrected + "\n")
    applied = Alternative(corrected, best.measures, best.data)
    return Result((applied, *result.alternatives[1:]), result.stopped), corrected


def _show_all(original: str, result: Result, console: Any) -> None:
    for number, alternative in enumerate(result.alternatives, 1):
        if len(result.alternatives) > 1:
            console.print(f"== {number} == {measured(alternative.measures)}", style="bold", markup=False)
        show_edits(original, edits_of(alternative.data) or [], console)
