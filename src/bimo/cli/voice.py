"""`bimo voice`: from a folder of one's own texts to a voice that the studio writes with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from bimo.cli.console import err, interface_language, out, say, words
from bimo.cli.help import half
from bimo.cli.models import stopped_by_ctrl_c
from bimo.cli.voice_prefer import prefer_voice
from bimo.cli.voice_recipe import train_own
from bimo.text.errors import InputError, Language, messages

if TYPE_CHECKING:
    from bimo.voice.watch import Progress

voice_app = typer.Typer(
    help="a model trained on your own writing: prepare, train, evaluate, use | 用自己的文字训练模型：准备、训练、使用",
    no_args_is_help=True,
)
_NAME = typer.Argument(metavar="NAME", help="name of the voice | 文风模型的名称")
_WORK = typer.Option(None, "--work", metavar="ID", help="only this work of the desk; repeatable | 只用这部作品，可重复")
_SET = typer.Option(
    None, "--set", metavar="KNOB=VALUE", help="change a knob of the recipe; repeatable | 修改配方的一项，可重复"
)
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_BARS = "▁▂▃▄▅▆▇█"


@voice_app.command("prepare", help="read your texts and make them ready to learn from | 读取你的文稿，准备训练数据")
def prepare_voice(
    folder: str | None = typer.Argument(
        None, help="folder of DOCX, EPUB, Markdown, Fountain, text | 存放 DOCX、EPUB、Markdown、Fountain、文本的文件夹"
    ),
    name: str = typer.Option("mine", "--name", metavar="NAME", help="name of the voice | 文风模型的名称"),
    desk: bool = typer.Option(False, "--desk", help="what you wrote yourself on the desk | 书桌上由你自己写的文字"),
    work: list[str] | None = _WORK,
    lang: str | None = typer.Option(None, "--lang", metavar="zh|en", help="language to learn | 要学习的语言"),
    mask_names: bool = typer.Option(False, "--mask-names", help="do not learn people's names | 不学习人名"),
    model: str | None = typer.Option(
        None, "--model", metavar="ID", help="model that invents requests for your passages | 为你的片段拟写要求的模型"
    ),
    passages: int = typer.Option(100, "--passages", min=1, help="how many passages it is asked about | 片段数量"),
    seed: int = typer.Option(1, "--seed", min=0, help="same seed, same parts | 相同种子得到相同划分"),
) -> None:
    """Prepare a voice out of a folder, or out of the desk."""
    from bimo.voice.prepare import prepare

    if lang not in (None, "zh", "en"):
        raise InputError("cli.option_value", option="--lang", command="bimo voice prepare")
    if (folder is None) == (not (desk or work)):
        raise InputError("voice.which_source")
    spoken = cast(Language | None, lang)
    with stopped_by_ctrl_c() as cancel:
        opened = _open(model) if model else None
        more: dict[str, Any] = {"lang": spoken, "seed": seed, "model": opened, "mask_names": mask_names}
        more |= {"passages": passages, "progress": _asked, "cancel": cancel}
        try:
            if folder is not None:
                made = prepare(name, Path(folder).expanduser(), **more)
            else:
                from bimo.desk.desk import Desk

                with Desk.open() as opened_desk:
                    made = prepare(name, opened_desk, works=work, **more)
        finally:
            if opened:
                opened.close()
    _show_card(made.card)
    out.print(words("voice.prepared", name=name), markup=False)


def _open(model: str) -> Any:
    from bimo.models.select import open_model

    return open_model(model)


def _asked(done: int, every: int) -> None:
    if err.is_terminal:
        err.print(words("voice.asking", done=done, all=every), end="\r", markup=False)


def _show_card(card: dict[str, Any]) -> None:
    unit = words(f"voice.unit_{card['language']}")
    for part, about in card["parts"].items():
        told = {"part": words(f"voice.part_{part}"), "documents": about["documents"], "unit": unit}
        out.print(words("voice.part_line", units=f"{about['units']:,}", **told), markup=False)
    reasons: dict[str, list[str]] = {}
    for each in card["dropped"]:
        reasons.setdefault(each["why"], []).append(each["what"])
    for why, what in reasons.items():
        listed = ", ".join(what[:3]) + (" …" if len(what) > 3 else "")
        reason = words(why) if why.startswith("voice.drop_") else _reason(why)
        out.print(words("voice.dropped", count=len(what), reason=reason, listed=listed), markup=False)
    for code in card["warnings"]:
        say(code)


def _reason(code: str) -> str:
    """An error's text without the arguments, which the card does not keep."""
    floor, _, name = code.partition(".")
    return messages(floor)[name][interface_language()]["text"].format_map(_Dots())


class _Dots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


@voice_app.command("train", help="train a voice; stopped, it goes on where it was | 训练文风模型，中断后可继续")
def train_voice(
    name: str = _NAME,
    recipe: str = typer.Option("quick", "--recipe", help="quick, careful, full, or a TOML file | 训练配方或 TOML 文件"),
    base: str | None = typer.Option(
        None, "--base", metavar="ID", help="model to train: an id, a GGUF, a Transformers folder | 要训练的模型"
    ),
    set_: list[str] | None = _SET,
    again: bool = typer.Option(False, "--again", help="begin anew | 重新开始"),
    wandb: bool = typer.Option(False, "--wandb", help="log to Weights & Biases, offline | 记录到 W&B（离线）"),
) -> None:
    """Train the voice with a recipe."""
    from bimo.voice import recipe as recipes
    from bimo.voice.home import voice_home
    from bimo.voice.train import train

    chosen = recipes.read(recipe, **dict(map(knob, set_ or [])))
    home = voice_home(name)
    for each, value in chosen.model_dump(mode="json").items():
        err.print(f"{each} = {json.dumps(value, ensure_ascii=False)}", style="dim", markup=False)
    with stopped_by_ctrl_c() as cancel:
        shown = Training()
        card = train(
            home,
            chosen,
            base=base,
            again=again,
            wandb=wandb,
            report=shown.report,
            stage=lambda stage: say(f"voice.stage_{stage}"),
            cancel=cancel,
        )
    if not card["finished"]:
        say("voice.train_stopped", step=card["step"], steps=card["steps"], name=name)
        raise typer.Exit(130)
    if chosen.method == "full":
        out.print(words("voice.trained_full", path=home.run / "best"), markup=False)
    else:
        out.print(words("voice.trained", name=name, minutes=f"{card['seconds'] / 60:.0f}"), markup=False)


def knob(given: str) -> tuple[str, Any]:
    """The name and the value of `KNOB=VALUE`. Raises InputError `voice.bad_knob`."""
    name, mark, value = given.partition("=")
    if not mark:
        raise InputError("voice.bad_knob", given=given)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


class Training:
    """Shows a training: on a terminal one line that changes, in a file a line every tenth of the way."""

    def __init__(self) -> None:
        self._losses: list[float] = []
        self._told = -1

    def report(self, now: Progress) -> None:
        """Show how far it is."""
        if now.validation is not None:
            from math import exp

            judged = {"epoch": f"{now.epoch:.1f}", "loss": f"{now.validation:.3f}"}
            say("voice.validated", perplexity=f"{exp(now.validation):.1f}", **judged)
            return
        self._losses.append(now.loss)
        tenth = 10 * now.step // max(1, now.steps)
        if not err.is_terminal and tenth == self._told:
            return
        self._told = tenth
        minutes = "–" if now.left != now.left else f"{now.left / 60:.0f}"
        told: dict[str, object] = {"step": now.step, "steps": now.steps, "minutes": minutes}
        told |= {"loss": f"{now.loss:.3f}", "curve": curve(self._losses), "speed": f"{now.speed:.0f}"}
        line = words("voice.training", **told)
        err.print(line, end="\r" if err.is_terminal else "\n", markup=False)


def curve(losses: list[float], width: int = 24) -> str:
    """Losses as a row of bars, each the mean of its share of the steps."""
    size = max(1, -(-len(losses) // width))
    means = [sum(part) / len(part) for part in (losses[i : i + size] for i in range(0, len(losses), size))]
    low, high = min(means), max(means)
    return "".join(_BARS[round(7 * (each - low) / (high - low))] if high > low else _BARS[3] for each in means)


@voice_app.command(
    "evaluate", help="judge a voice beside the bare model and yourself | 与基础模型和你本人对照，评估文风模型"
)
def evaluate_voice(
    name: str = _NAME,
    samples: int = typer.Option(12, "--samples", min=2, max=200, help="how many texts it writes | 样例数量"),
    as_json: bool = typer.Option(False, "--json", help="print one JSON object | 输出 JSON"),
) -> None:
    """Measure the voice on held-out text and write the report."""
    from bimo.voice.evaluate import evaluate
    from bimo.voice.home import keep, voice_home
    from bimo.voice.report import page

    home = voice_home(name)
    with stopped_by_ctrl_c() as cancel:
        figures = evaluate(
            home, samples=samples, stage=lambda stage: say(f"voice.stage_{stage}"), progress=_counted, cancel=cancel
        )
    keep(home.report, page(home, figures, interface_language()))
    if as_json:
        out.file.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
        return
    told = {way: f"{value:.2f}" for way, value in figures["perplexity"].items() if way != "retrieval"}
    change = 100 * (figures["perplexity"]["voice"] / figures["perplexity"]["base"] - 1)
    shares = {"nearer": f"{100 * figures['nearer']:.0f}", "change": f"{change:+.0f}"}
    out.print(words("voice.evaluated", count=len(figures["samples"]), **shares, **told), markup=False)
    if figures["memorised"]:
        say("voice.report_alarm", run=max(figures["ways"][way]["run"] for way in ("voice", "recited")))
    out.print(words("voice.report_at", path=home.report), markup=False)


def _counted(done: int, every: int) -> None:
    if err.is_terminal:
        err.print(f"{done}/{every} ", end="\r", markup=False)


@voice_app.command("use", help="write with a voice from now on | 从现在起用某个文风模型写作")
def use_voice(
    name: str = _NAME,
    strength: float | None = typer.Option(
        None, "--strength", metavar="0-2", help="0 the bare model, 1 as trained | 0 为原模型，1 为训练所得"
    ),
    base: str | None = typer.Option(None, "--base", metavar="ID", help="check that it fits this model | 检查是否适用"),
) -> None:
    """Make `voice:NAME@STRENGTH` the default model."""
    from bimo.models.catalog import default_id, use
    from bimo.models.voices import PREFIX, find_voice

    before = default_id()
    id = f"{PREFIX}{name}" + (f"@{strength:g}" if strength is not None else "")
    found = find_voice(id, base=base)
    use(id)
    told = {"name": name, "strength": f"{found.strength:g}", "before": before}
    out.print(words("voice.in_use", base=found.weights.entry.id if found.weights.entry else "", **told), markup=False)


@voice_app.command("list", help="list your voices | 列出你的文风模型")
def list_voices() -> None:
    """List what was prepared and what was trained."""
    from bimo.models.voices import trained
    from bimo.voice.home import kept, voices

    ready = trained()
    for home in voices():
        card = kept(home.dataset / "card.json")
        told = {"name": home.name, "units": f"{sum(part['units'] for part in card['parts'].values()):,}"}
        code = "voice.listed_trained" if home.name in ready else "voice.listed_prepared"
        out.print(words(code, unit=words(f"voice.unit_{card['language']}"), **told), markup=False)


@voice_app.command("knobs", help="explain every knob of a recipe | 说明配方的每一项")
def knobs(
    recipe: str = typer.Argument("quick", help="quick, careful, full, or a TOML file | 训练配方或 TOML 文件"),
) -> None:
    """Print every knob with its value in a recipe and what it does."""
    from bimo.voice import recipe as recipes

    values = recipes.read(recipe).model_dump(mode="json")
    for name, field in recipes.Recipe.model_fields.items():
        value = json.dumps(values[name], ensure_ascii=False)
        out.print(f"{name} = {value}\n    {half(field.description)}", markup=False)


@voice_app.command("export", help="write the adapter anew, or for other programs | 重新写出适配器，或供其他程序使用")
def export_voice(
    name: str = _NAME,
    transformers: str | None = typer.Option(
        None, "--transformers", metavar="FOLDER", help="copy the adapter as a PEFT folder | 另存为 PEFT 文件夹"
    ),
    merged: str | None = typer.Option(
        None, "--merged", metavar="FILE", help="the whole model with the voice in it, as GGUF | 合并为完整的 GGUF 模型"
    ),
    half: bool = typer.Option(False, "--f16", help="merge as F16 instead of Q8_0 | 合并为 F16，而非 Q8_0"),
) -> None:
    """Write the adapter of a trained voice."""
    from bimo.voice.home import voice_home
    from bimo.voice.train import export

    copy, whole = (Path(each) if each else None for each in (transformers, merged))
    for path in export(voice_home(name), copy=copy, merged=whole, half=half):
        out.print(str(path), markup=False)


@voice_app.command("learn", help="learn from what you took, changed and turned down | 从你采纳、修改和拒绝的建议中学习")
def learn_voice(
    work: list[str] | None = _WORK,
    forget: bool = typer.Option(False, "--forget", help="write as before | 恢复原样"),
    dry: bool = typer.Option(False, "--dry-run", help="only show what was learned | 只显示学到的内容"),
    pairs: str | None = typer.Option(
        None, "--pairs", metavar="FILE", help="also write the decisions as JSON lines for DPO and KTO | 另存为 JSON 行"
    ),
) -> None:
    """Learn an order of alternatives and phrases to keep out from the decisions on the desk."""
    from bimo.craft.taste import place, taste
    from bimo.desk.desk import Desk
    from bimo.voice.learn import LEAST, learn, store
    from bimo.voice.signals import as_lines, signals

    if forget:
        place().unlink(missing_ok=True)
        out.print(words("voice.forgotten"), markup=False)
        return
    with Desk.open() as desk:
        found = signals(desk, work)
    if pairs:
        from bimo.voice.home import keep

        keep(Path(pairs), as_lines(found))
    for lang in LANGUAGES:
        if not any(each.lang == lang for each in found):
            continue
        made = learn(found, lang)
        told = {"count": made.signals, "least": LEAST, "unit": words(f"voice.unit_{lang}")}
        if made.after is None or made.before is None:
            out.print(words("voice.learn_little", **told), markup=False)
        else:
            shares = {"before": f"{100 * made.before:.0f}", "after": f"{100 * made.after:.0f}", "pairs": made.pairs}
            out.print(words("voice.learned" if made.kept else "voice.learned_no_gain", **told, **shares), markup=False)
        if made.taste.bans:
            out.print(words("voice.banned", phrases=" · ".join(made.taste.bans)), markup=False)
        if not dry and (made.kept or made.taste.bans):
            store(lang, made.taste, {other: taste(other) for other in LANGUAGES if other != lang})


voice_app.command("prefer", help="change a voice by what you took | 按你的取舍调整文风模型")(prefer_voice)
voice_app.command("recipe", help="train a model of Bimo's own, such as verse_bert | 训练笔墨自己的模型，如 verse_bert")(
    train_own
)
