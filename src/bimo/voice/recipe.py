"""The recipe of a voice: every number that decides what comes out, read from a TOML file, stored with the result."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bimo.text.errors import InputError, Language


class Recipe(BaseModel):
    """One training of a voice. What is not given has the value of `quick`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: dict[Language, str] = Field(
        description="the model to train, per language: an id of the catalogue, a GGUF file, or a Transformers folder"
        " | 各语言要训练的模型：目录中的模型名、GGUF 文件，或 Transformers 文件夹"
    )
    method: Literal["lora", "full"] = Field(
        "lora", description="train an adapter, or every weight | 训练适配器，或全部参数"
    )
    rank: int = Field(16, ge=1, le=512, description="rank of the adapter's matrices | 适配器矩阵的秩")
    alpha: int = Field(32, ge=1, description="the adapter counts alpha/rank | 适配器的权重为 alpha/rank")
    rank_stabilised: bool = Field(False, description="alpha/√rank instead (Kalajdzievski 2023) | 改用 alpha/√rank")
    layers: tuple[str, ...] = Field(
        ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        description="the linear layers that get an adapter | 加适配器的线性层",
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout on the adapter's input | 适配器输入的随机失活")
    block: int = Field(256, ge=16, le=8192, description="tokens of an example | 每个样本的 token 数")
    tasks: dict[str, float] = Field(
        {"continue": 1.0, "infill": 1.0, "summary": 1.0, "restyle": 1.0},
        description="share of the examples of each task that is used, 0 to 1 | 各类任务样本的使用比例，0 到 1",
    )
    mask_names: bool = Field(False, description="do not learn the names of the stories' people | 不学习作品中的人名")
    optimiser: Literal["adamw", "sgd", "adafactor", "adagrad", "rmsprop", "lion"] = Field(
        "adamw", description="what turns gradients into steps | 优化器"
    )
    rate: float = Field(1e-3, gt=0, lt=1, description="the highest learning rate | 最高学习率")
    schedule: Literal["linear", "cosine", "constant_with_warmup", "polynomial", "inverse_sqrt"] = Field(
        "cosine", description="how the learning rate falls | 学习率的下降方式"
    )
    warmup: float = Field(0.05, ge=0, lt=1, description="part of the steps on which it rises | 学习率上升的步数比例")
    weight_decay: float = Field(0.0, ge=0, description="pull of the weights to zero | 权重衰减")
    clip: float = Field(1.0, gt=0, description="longest gradient | 梯度裁剪")
    batch: int = Field(4, ge=1, description="examples of a step, over all processes | 每步样本数（所有进程合计）")
    accumulate: int = Field(1, ge=1, description="pieces in which a batch is computed | 梯度累积次数")
    epochs: float = Field(1.0, gt=0, description="how often everything is read | 训练轮数")
    steps: int = Field(0, ge=0, description="stop after so many steps; 0: by epochs | 最多训练步数，0 表示按轮数")
    patience: int = Field(1, ge=0, description="epochs without gain before it stops; 0: never | 无改善时提前停止的轮数")
    save_every: int = Field(20, ge=1, description="steps between two checkpoints | 检查点间隔步数")
    precision: Literal["auto", "float32", "bfloat16"] = Field("auto", description="numbers to compute with | 计算精度")
    checkpointing: bool = Field(False, description="less memory, slower | 以时间换内存")
    validate_blocks: int = Field(
        64, ge=1, description="most validation examples that are read after an epoch | 每轮验证最多读取的样本数"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where to compute | 计算设备")
    threads: int = Field(0, ge=0, description="threads to compute with; 0: the free cores | 线程数，0 表示空闲核心数")
    seed: int = Field(1, ge=0, description="for every random choice | 随机种子")


class VerseRecipe(Recipe):
    """The recipe of `verse_bert`: what a masked model of verse needs besides the knobs of a training."""

    base: dict[Language, str] = Field(default_factory=dict, description="none: from scratch | 无，从零训练")
    width: int = Field(256, ge=16, description="width of the network | 网络宽度")
    depth: int = Field(4, ge=1, description="its layers | 层数")
    heads: int = Field(4, ge=1, description="its heads of attention | 注意力头数")
    vocabulary: int = Field(6000, ge=50, description="most pieces of words or signs | 词表大小")
    masked: float = Field(0.25, gt=0, lt=1, description="part of a couplet that is hidden | 遮住的比例")
    whole: float = Field(0.25, ge=0, le=1, description="how often the whole second line is | 遮住整个下句的概率")
    most: int = Field(120_000, ge=10, description="most couplets to learn from | 最多使用的对句数")
    measured: int = Field(2000, ge=1, description="couplets of each part measured after an epoch | 每轮测量的对句数")
    ranked: int = Field(200, ge=1, description="couplets to choose a second line for | 选下句测试的数量")


class RestyleRecipe(Recipe):
    """The recipe of `restyle_classical`: an adapter between classical and modern Chinese."""

    most: int = Field(20_000, ge=2, description="most pairs of sentences to learn from | 最多使用的句对数")
    judged: int = Field(80, ge=1, description="pairs of unseen books to translate in the end | 最后评测的句对数")
    tokens: int = Field(96, ge=8, description="longest translation, in tokens | 译文最长 token 数")


class MoodRecipe(Recipe):
    """The recipe of `mood`: one backbone that writes prose in a mood and reads the mood of prose."""

    language: Language = Field("en", description="language to learn | 要学习的语言")
    most: int = Field(4000, ge=30, description="most passages to learn from | 最多使用的片段数")
    head: float = Field(0.3, ge=0, description="weight of the head's loss beside that of the text | 情绪分类损失的权重")
    hidden: float = Field(0.3, gt=0, lt=1, description="how often the tag is left out | 省略情绪标记的概率")
    judged: int = Field(16, ge=1, description="texts to write in each mood in the end | 最后每种情绪写几篇")
    tokens: int = Field(60, ge=8, description="tokens of such a text | 每篇的 token 数")


class ProseRecipe(Recipe):
    """The recipe of `prose`: a house voice out of literary prose, which goes on and writes from a summary."""

    language: Language = Field("en", description="language to learn | 要学习的语言")
    name: str = Field("house", description="name of the voice; the language is added | 文风模型名，会加上语言")
    model: str = Field(
        "", description="model that sums passages up; none: their telling words | 概括片段的模型，空为关键词"
    )
    briefs: int = Field(200, ge=0, description="passages to write from a summary | 由概要写成的片段数")
    samples: int = Field(12, ge=2, description="texts to judge by in the end | 最后评测的篇数")


class AdversarialRecipe(Recipe):
    """The recipe of `adversarial`: rounds against human text, beside plain likelihood at several temperatures."""

    language: Language = Field("en", description="language to learn | 要学习的语言")
    most: int = Field(1500, ge=20, description="most passages to learn from | 最多使用的片段数")
    rounds: int = Field(2, ge=1, description="rounds against its own samples | 对抗轮数")
    pairs: int = Field(64, ge=2, description="passages of a round | 每轮的片段数")
    round_rate: float = Field(5e-5, gt=0, lt=1, description="learning rate of a round | 每轮的学习率")
    temperatures: tuple[float, ...] = Field((0.6, 0.8, 1.0, 1.2), description="temperatures to write at | 采样温度")
    best_of: int = Field(4, ge=2, description="texts of which the discriminator takes one | 判别器从几篇中选一篇")
    judged: int = Field(24, ge=4, description="texts of each way to judge | 每种方式评测的篇数")
    tokens: int = Field(60, ge=8, description="tokens of a text | 每篇的 token 数")


# What `bimo voice recipe` trains: a module of that name in `bimo.voice.own`, a TOML file in `recipes`, and its knobs.
OWN: dict[str, type[Recipe]] = {
    "adversarial": AdversarialRecipe,
    "mood": MoodRecipe,
    "prose": ProseRecipe,
    "restyle_classical": RestyleRecipe,
    "verse_bert": VerseRecipe,
}
# The recipe of poems has a command of its own.
_OTHER = frozenset({"poem_lm", *OWN})

_Kind = TypeVar("_Kind", bound=Recipe)


def recipes() -> list[str]:
    """The names of the recipes that come with Bimo."""
    found = [Path(str(each)).stem for each in (files("bimo.voice") / "recipes").iterdir()]
    return sorted(set(found) - _OTHER)


def read(name: str, **changed: Any) -> Recipe:
    """The recipe of a name or in a TOML file, with values `changed`.

    Raises InputError `voice.no_recipe` with the nearest names, or `voice.bad_value` with the name of the knob.
    """
    return _read(name, Recipe, recipes(), changed)


def _read(name: str, kind: type[_Kind], known: list[str], changed: dict[str, Any]) -> _Kind:
    path = Path(name)
    if path.suffix != ".toml":
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4) or known
            raise InputError("voice.no_recipe", name=name, near=", ".join(near))
        path = Path(str(files("bimo.voice") / "recipes" / f"{name}.toml"))
    values = _values(path)
    if kind is not Recipe:
        values.pop("train", None)
    try:
        return kind.model_validate(values | changed)
    except ValidationError as error:
        first = error.errors()[0]
        knob = ".".join(str(part) for part in first["loc"])
        raise InputError("voice.bad_value", file=path.name, knob=knob, reason=first["msg"]) from error


def _values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("text.no_file", name=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError("voice.bad_value", file=path.name, knob="TOML", reason=str(error)) from error


def own_recipe(name: str, **changed: Any) -> tuple[str, Recipe]:
    """What to train and its recipe: one of `OWN`, or a TOML file that says `train = "NAME"` for one of them.

    Raises what `read` raises.
    """
    if not name.endswith(".toml"):
        return name, _read(name, OWN.get(name, Recipe), list(OWN), changed)
    kind = str(_values(Path(name)).get("train", ""))
    if kind not in OWN:
        raise InputError("voice.bad_value", file=Path(name).name, knob="train", reason=", ".join(OWN))
    return kind, _read(name, OWN[kind], list(OWN), changed)
