from __future__ import annotations

import json
import math
import random
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.text.errors import FileError, InputError, ModelError
from bimo.voice.poem_lm import corpus, recipe, samples
from bimo.voice.poem_lm.corpus import Poem
from bimo.voice.poem_lm.evaluate import copied
from bimo.voice.poem_lm.floor import Floor
from bimo.voice.poem_lm.rhyme import short_name
from bimo.voice.poem_lm.symbols import BEGIN, END, Symbols, filling, prompt

RECIPE = Path(str(files("bimo.voice") / "recipes/poem_lm.toml"))
SPRING = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"
STORK = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
NIGHT = "床前看月光，疑是地上霜。举头望山月，低头思故乡。"
POEMS = [
    Poem("孟浩然", "唐", "五古", "十七筱", "春晓", SPRING),
    Poem("王之涣", "唐", "五绝", "十一尤", "登鹳雀楼", STORK),
    Poem("李白", "唐", "五绝", "七阳", "静夜思", NIGHT),
]


def collection(folder: Path, **files: list[dict[str, object]]) -> Path:
    """An npm package with those poems: tang, song, ci."""
    places = {
        "tang": "quantangshi/poet.tang.0.json",
        "song": "quantangshi/poet.song.0.json",
        "ci": "songci/ci.song.0.json",
    }
    for name, entries in {"tang": [], **files}.items():
        path = folder / "dist" / places[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(entries), encoding="utf-8")
    return folder


def test_poems_are_cleaned_simplified_and_rhymed(tmp_path: Path) -> None:
    package = collection(
        tmp_path,
        tang=[
            {
                "author": "李白",
                "title": "靜夜思 二首",
                "paragraphs": ["牀前看月光，疑是地上霜。", "舉頭望山月（一作明月），低頭思故鄉。"],
            },
            {"author": "某", "title": "缺字", "paragraphs": ["牀前□月光，疑是地上霜。"]},
        ],
        song=[
            {"author": "某", "title": "重出", "paragraphs": ["牀前看月光，疑是地上霜。", "我亦不知處，相逢各自忙。"]}
        ],
        ci=[
            {
                "author": "李清照",
                "rhythmic": "如梦令",
                "paragraphs": ["昨夜雨疏风骤，浓睡不消残酒。", "试问卷帘人，却道海棠依旧。"],
            }
        ],
    )
    found = corpus.load(package, tmp_path / "poems.jsonl")
    assert [(each.form, each.rhyme, each.title, each.text) for each in found] == [
        ("五绝", "七阳", "静夜思", NIGHT),
        ("词", "第十二部", "如梦令", "昨夜雨疏风骤，浓睡不消残酒。试问卷帘人，却道海棠依旧。"),
    ]
    shutil.rmtree(package / "dist")
    assert corpus.load(package, tmp_path / "poems.jsonl") == found


def test_a_missing_collection_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        corpus.load(tmp_path / "nothing", tmp_path / "poems.jsonl")
    assert caught.value.code == "voice.no_corpus"


@pytest.mark.parametrize(
    ("poet", "split"), [("李白", "train"), ("杜甫", "train"), ("李贺", "valid"), ("韦应物", "test"), ("佚名", "train")]
)
def test_the_parts_of_the_data_never_change(poet: str, split: str) -> None:
    assert replace(POEMS[0], author=poet).split == split


@pytest.mark.parametrize(
    ("group", "name"), [("下平七阳", "七阳"), ("七阳", "七阳"), ("第二部平", "第二部"), ("入声一屋", "一屋")]
)
def test_groups_have_short_names(group: str, name: str) -> None:
    assert short_name(group) == name


def symbols(least: int = 1) -> Symbols:
    return Symbols.of((poem.title + poem.text for poem in POEMS), (poem.rhyme for poem in POEMS), least)


@given(st.text(max_size=40))
def test_any_text_comes_back(text: str) -> None:
    known = symbols()
    assert known.decode(known.encode(text)) == text


def test_marks_are_one_symbol_and_rare_characters_are_bytes(tmp_path: Path) -> None:
    known = symbols()
    start = prompt("唐", "五绝", "静夜思<七阳>!", "下平七阳")
    assert start == "<唐><五绝>静夜思七阳<七阳>"
    assert len(known.encode(start + NIGHT)) == 3 + 5 + len(NIGHT) + known_misses(known, "静夜思七阳")
    assert len(known.encode("鹳雀")) == 2
    assert len(known.encode("龘")) == 3
    known.save(tmp_path / "symbols.json")
    assert Symbols.load(tmp_path / "symbols.json").pieces == known.pieces


def known_misses(known: Symbols, text: str) -> int:
    return sum(2 for character in text if character not in known.characters)


def test_a_missing_clause_is_asked_for() -> None:
    asked = filling("唐", "五绝", "", "七阳", corpus.clauses(NIGHT), 2)
    assert asked == "<唐><五绝><七阳>床前看月光，疑是地上霜。<空>，低头思故乡。<补>"


@given(st.lists(st.integers(2, 60), max_size=200), st.integers(60, 400), st.integers())
def test_batches_hold_every_row_once_and_keep_their_size(lengths: list[int], tokens: int, seed: int) -> None:
    rows = [(number, *[0] * (length - 1)) for number, length in enumerate(lengths)]
    packed = samples.pack(rows, tokens, random.Random(seed))
    assert sorted(row for batch in packed for row in batch.rows) == sorted(rows)
    assert all(len(batch.rows) * max(map(len, batch.rows)) <= tokens for batch in packed)


def small() -> recipe.Recipe:
    share = (recipe.Share("唐", ("五绝", "五古"), 1.0),)
    return replace(
        recipe.read(RECIPE),
        width=64, layers=1, heads=1, inner=64, least=1, tokens=200, steps=6, warmup=1, save_minutes=60.0,
        valid_poems=2, hold=share, cooldown=share,
    )  # fmt: skip


def test_a_pass_reads_what_its_shares_ask_for() -> None:
    shares = (recipe.Share("唐", ("五绝",), 1.0, ("李白",)), recipe.Share("唐", ("五古",), 0.0))
    assert samples.chosen(POEMS, shares, random.Random(1)) == [POEMS[2]]
    rows = {samples.row(POEMS[2], symbols(), small(), random.Random(seed)) for seed in range(60)}
    texts = {symbols().decode(row[1:-1]) for row in rows}
    assert {row[0] for row in rows} == {BEGIN}
    assert {row[-1] for row in rows} == {END}
    assert f"<唐><五绝>静夜思<七阳>{NIGHT}" in texts
    assert f"<唐><五绝><七阳>{NIGHT}" in texts
    assert f"<唐><五绝><七阳>{NIGHT}<题>静夜思" in texts
    assert "<唐><五绝>静夜思<七阳>床前看月光，疑是地上霜。<空>，低头思故乡。<补>举头望山月" in texts


def test_a_recipe_with_a_wrong_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(RECIPE.read_text(encoding="utf-8").replace("warmup", "warm_up"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        recipe.read(path)
    assert caught.value.details["names"] == "warm_up, warmup"


def test_the_floor_is_a_distribution_and_learns() -> None:
    floor = Floor([NIGHT, SPRING])
    kinds = set(NIGHT + SPRING)
    seen = sum(floor.probability("月光", each) for each in kinds)
    unseen = floor.probability("月光", "龘") * (20_992 - len(kinds))
    assert math.isclose(seen + unseen, 1)
    assert floor.perplexity([NIGHT]) < floor.perplexity([STORK])
    assert math.isnan(floor.perplexity([""]))


def test_copied_lines_are_counted() -> None:
    assert copied(["白日依山尽，黄河向海流。"], POEMS) == {"5-grams": 0.5, "lines": 0.5}
    assert copied(["白日照高山，白日依山远。"], POEMS) == {"5-grams": 0, "lines": 0}
    longer = [replace(POEMS[0], text="今日白日依山尽，黄河入海流到此。")]
    assert copied(["白日依山尽，黄河入海流。"], longer) == {"5-grams": 1, "lines": 1}


NEEDS_TORCH = "torch and transformers are not installed: pip install 'bimo[voice]'"


def test_training_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason=NEEDS_TORCH)
    from bimo.voice.poem_lm.train import train

    straight = train(small(), POEMS, tmp_path / "straight")
    train(small(), POEMS, tmp_path / "twice", until=3)
    twice = train(small(), POEMS, tmp_path / "twice")
    assert straight.step == twice.step == 6
    for (name, one), (_, other) in zip(
        straight.network.state_dict().items(), twice.network.state_dict().items(), strict=True
    ):
        assert torch.equal(one, other), name
    lines = (tmp_path / "twice/log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [3, 6]


def test_a_training_that_breaks_down_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    from bimo.voice.poem_lm.train import train

    train(small(), POEMS, tmp_path, until=2)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(ModelError) as caught:
        train(replace(small(), rate=math.inf), POEMS, tmp_path)
    assert caught.value.code == "voice.diverged"
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_the_engine_says_what_the_network_says(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    from bimo.voice.poem_lm.evaluate import compare, parity
    from bimo.voice.poem_lm.export import export
    from bimo.voice.poem_lm.model import trained
    from bimo.voice.poem_lm.train import train

    known = train(small(), POEMS, tmp_path).symbols
    network = trained(tmp_path, small(), known)
    export(tmp_path, small(), tmp_path / "poem.gguf", quantise=False)
    figures = parity(network, tmp_path / "poem.gguf", POEMS, known)
    assert figures["cut"] == 1
    assert figures["worst"] < 0.02
    held_out = [replace(POEMS[1], author="韦应物")]
    assert compare(network, POEMS + held_out, known, "test", 10)["form, rhyme"] > 1
