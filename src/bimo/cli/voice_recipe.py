"""`bimo voice recipe`: train a model of Bimo's own from a folder of data."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import typer

from bimo.cli.console import out, say
from bimo.cli.models import stopped_by_ctrl_c
from bimo.voice.own import FIGURES
from bimo.voice.recipe import OWN, own_recipe

_SET = typer.Option(
    None, "--set", metavar="KNOB=VALUE", help="change a knob of the recipe; repeatable | 修改配方的一项，可重复"
)


def train_own(
    name: str = typer.Argument(
        metavar="RECIPE", help=f"{', '.join(OWN)}, or a TOML file | {'、'.join(OWN)}，或 TOML 文件"
    ),
    data: str = typer.Option(..., "--data", metavar="FOLDER", help="what to learn from | 存放训练数据的文件夹"),
    folder: str = typer.Option(..., "--out", metavar="FOLDER", help="what is made goes here | 结果存放处"),
    set_: list[str] | None = _SET,
) -> None:
    """Train and judge the model; run again, it goes on where it stopped."""
    from bimo.cli.voice import Training, knob

    kind, recipe = own_recipe(name, **dict(map(knob, set_ or [])))
    train = import_module(f"bimo.voice.own.{kind}").train
    target = Path(folder).expanduser()
    with stopped_by_ctrl_c() as cancel:
        figures = train(recipe, Path(data).expanduser(), target, report=Training().report, cancel=cancel)
    told = {name: value for name, value in figures.items() if name not in ("recipe", "samples")}
    out.file.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    if not figures["finished"]:
        raise typer.Exit(130)
    say("voice.recipe_done", path=target / FIGURES)
