"""Write docs/reference.md and docs/reference.zh-CN.md from the commands themselves.

With `--check` nothing is written; the exit status says whether the pages are as the commands are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "zh"]
DOCS = Path(__file__).parents[1] / "docs"
PAGES: dict[Language, Path] = {"en": DOCS / "reference.md", "zh": DOCS / "reference.zh-CN.md"}

HEAD = {
    "en": (
        "# Commands\n\n[中文](reference.zh-CN.md) · [Guide](guide.md)\n\n"
        "Every command with its options, as `bimo COMMAND --help` shows them. Made by `make docs`; do not edit by hand."
    ),
    "zh": (
        "# 命令一览\n\n[English](reference.md) · [写作指南](guide.zh-CN.md)\n\n"
        "全部命令与选项，与 `bimo 命令 --help` 所示相同。本页由 `make docs` 生成，请勿手改。"
    ),
}
OPTION = {"en": "| option | meaning |", "zh": "| 选项 | 含义 |"}
RECIPES = {"en": "## Recipes", "zh": "## 创作流程"}
MODELS = {
    "en": "## Models\n\n| id | size | languages | licence |\n|---|---|---|---|",
    "zh": "## 模型\n\n| 名称 | 大小 | 语言 | 许可证 |\n|---|---|---|---|",
}

KNOBS = {
    "en": "## Knobs of a voice\n\nFor `bimo voice train --set KNOB=VALUE` and recipes of your own.",
    "zh": "## 文风训练的各项设置\n\n用于 `bimo voice train --set 名称=值` 和自己的配方。",
}


def page(lang: Language) -> str:
    """The reference in one language."""
    os.environ |= {"BIMO_LANG": lang, "BIMO_MODEL": ""}
    import typer

    from bimo.cli.main import _app

    root = typer.main.get_command(_app())
    sections = [HEAD[lang], *_commands(root, "bimo", lang), _recipes(lang), _models(lang), _knobs(lang)]
    return "\n\n".join(sections) + "\n"


def _commands(command: Any, path: str, lang: Language) -> Iterator[str]:
    """A section for each command below `command`, groups first opened and then left out."""
    from bimo.cli.help import half

    for name, each in command.commands.items():
        if hasattr(each, "commands"):
            yield from _commands(each, f"{path} {name}", lang)
            continue
        arguments = [param for param in each.params if param.param_type_name == "argument"]
        options = [param for param in each.params if param.param_type_name == "option" and not param.hidden]
        usage = " ".join([path, name, *(_metavar(param) for param in arguments)])
        rows = [(_metavar(param), half(param.help)) for param in arguments]
        rows += [(_flags(param), half(param.help)) for param in options]
        table = [OPTION[lang], "|---|---|", *(f"| `{_cell(left)}` | {_cell(right)} |" for left, right in rows)]
        yield "\n\n".join([f"## `{usage}`", half(each.help), *(["\n".join(table)] if rows else [])])


def _metavar(param: Any) -> str:
    from bimo.cli.help import half

    return half(param.metavar) or str(param.name).upper()


def _flags(param: Any) -> str:
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {_metavar(param)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _recipes(lang: Language) -> str:
    import bimo.publish.step  # noqa: F401  # registers the step that recipes end with
    from bimo.craft.recipe import load, shipped

    loaded = {name: load(name) for name in shipped()}
    lines = [f"- `bimo make {name}`: {each.title[lang]} · {each.about[lang]}" for name, each in loaded.items()]
    return "\n\n".join([RECIPES[lang], "\n".join(lines)])


def _models(lang: Language) -> str:
    from bimo.models.catalog import catalog

    rows = [
        f"| `{entry.id}` | {entry.size / 1e9:.1f} GB | {' '.join(entry.languages)} | {entry.licence} |"
        for entry in catalog().values()
    ]
    return "\n".join([MODELS[lang], *rows])


def _knobs(lang: Language) -> str:
    import json

    from bimo.cli.help import half
    from bimo.voice.recipe import Recipe, read, recipes

    names = sorted(recipes(), key=lambda name: (read(name).rank, read(name).epochs))
    values = {name: read(name).model_dump(mode="json") for name in names}
    rows = [OPTION[lang][:-1] + "".join(f"| `{name}` " for name in names) + "|", "|---|---|" + "---|" * len(names)]
    for knob, field in Recipe.model_fields.items():
        told = [_cell(json.dumps(values[name][knob], ensure_ascii=False)) for name in names]
        rows.append(f"| `{knob}` | {_cell(half(field.description))} | {' | '.join(told)} |")
    return "\n\n".join([KNOBS[lang], "\n".join(rows), *_own(lang)])


def _own(lang: Language) -> Iterator[str]:
    """The knobs that each recipe of `bimo voice recipe` has besides."""
    import json

    from bimo.cli.help import half
    from bimo.voice.recipe import OWN, Recipe, own_recipe

    for name, kind in OWN.items():
        values = own_recipe(name)[1].model_dump(mode="json")
        rows = [f"### `{name}`", "", f"{OPTION[lang]} `{name}` |", "|---|---|---|"]
        for knob, field in kind.model_fields.items():
            if knob not in Recipe.model_fields:
                value = _cell(json.dumps(values[knob], ensure_ascii=False))
                rows.append(f"| `{knob}` | {_cell(half(field.description))} | {value} |")
        yield "\n".join(rows)


def main() -> None:
    """Write the pages, or with `--check` only compare them."""
    stale = {path: text for lang, path in PAGES.items() if not _is(path, text := page(lang))}
    if "--check" in sys.argv[1:]:
        sys.exit(f"Run `make docs`: {', '.join(path.name for path in stale)}" if stale else 0)
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
