from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipe_tools import ECHO, RECIPE

import bimo.publish.step  # noqa: F401  # registers the publish step
from bimo.craft import recipe, registry, template
from bimo.text.errors import InputError


@pytest.fixture(autouse=True)
def echo_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_tools()
    monkeypatch.setattr(registry, "_tools", {**registry._tools, "echo": ECHO})


def load(folder: Path, source: str) -> recipe.Recipe:
    file = folder / "mine.toml"
    file.write_text(source, encoding="utf-8")
    return recipe.load(str(file))


def test_a_good_recipe(tmp_path: Path) -> None:
    loaded = load(tmp_path, RECIPE)
    assert loaded.name == "mine"
    assert loaded.title == {"zh": "三遍", "en": "Three times"}
    assert [step.id for step in loaded.steps] == ["first", "second", "third", "edition"]
    assert [step.heading("zh") for step in loaded.steps][:2] == ["回声", "第二步"]
    assert loaded.steps[1].options_in("zh")["text"] == "{first.text}，再来"
    assert loaded.steps[1].options_in("en")["text"] == "{first.text}, again"


def test_the_hash_ignores_comments_and_heeds_everything_else(tmp_path: Path) -> None:
    one = load(tmp_path, RECIPE).hash
    assert load(tmp_path, f"# a comment\n{RECIPE}").hash == one
    assert load(tmp_path, RECIPE.replace("again", "once more")).hash != one


# What is changed in the good recipe, the code, and what the message must name.
FAULTS = [
    ('options.text = "{idea}"', "options.text = 3", "recipe_type", ["first.options.text", "3", 'string: "…"']),
    ('mood = "{first.data.words}"', 'length = "long"', "recipe_type", ["second.options.length", "integer: 300"]),
    ('mood = "{first.data.words}"', "length = 2.5", "recipe_type", ["second.options.length", "2.5"]),
    ('mood = "{first.data.words}"', "length = nan", "recipe_type", ["second.options.length", "NaN"]),
    ('mood = "{first.data.words}"', "mood = [1]", "recipe_type", ["second.options.mood.0", "string"]),
    ('mood = "{first.data.words}"', "n = 99", "recipe_type", ["second.options.n", "<= 8"]),
    ('mood = "{first.data.words}"', "lenght = 3", "recipe_unknown", ["second.options.lenght", "length"]),
    ('options.text = "{idea}"', 'options = { text = "x", zh = 3 }', "recipe_type", ["first.options.zh", "table"]),
    ('tool = "echo"', 'tool = "ecco"', "recipe_no_tool", ["first", "ecco", "echo"]),
    ('tool = "publish"', 'tool = "publisch"', "recipe_no_tool", ["edition", "publish"]),
    ("{first.text}, again", "{third.text}", "recipe_too_early", ["second", "third.text"]),
    ("{first.text}, again", "{second.text}", "recipe_too_early", ["second", "second.text"]),
    ("{first.text}, again", "{frist.text}", "recipe_reference", ["second", "frist.text", "first.text"]),
    ("{first.text}，再来", "{first.txt}", "recipe_reference", ["second", "first.txt", "first.text"]),
    ("{first.text}, again", "{idea.text}", "recipe_reference", ["second", "idea.text", "idea"]),
    ("{first.text}, again", "{first.text + 1}", "recipe_braces", ["second", "{first.text + 1}"]),
    ("{first.text}, again", "{first.text", "recipe_braces", ["second"]),
    ('id = "second"', 'id = "first"', "recipe_same_id", ["first"]),
    ('id = "first"', 'id = "idea"', "recipe_same_id", ["idea"]),
    ('id = "first"', 'id = "../first"', "recipe_type", ["../first"]),
    ('id = "first"\n', "", "recipe_missing", ["step.1.id"]),
    ('options.text = "{idea}"', "", "recipe_missing", ["first.options.text"]),
    ('options.text = "{idea}"', 'optoins.text = "x"', "recipe_unknown", ["first.optoins", "options"]),
    ("version = 1", "version = 2", "recipe_type", ["recipe.version", "2", "1"]),
    ('zh = "三遍", ', "", "recipe_missing", ["title.zh"]),
    ('heading = "2 {{}}"', 'headnig = "x"', "recipe_unknown", ["headnig", "heading"]),
    ('title = "{idea}"\n', 'title = "x"\nformats = ["docs"]\n', "recipe_type", ["formats.0", "docs", "markdown"]),
    ("[recipe]", "[recipe", "recipe_unreadable", ["line"]),
]


@pytest.mark.parametrize(("old", "new", "code", "named"), FAULTS)
def test_a_fault_is_named_before_anything_runs(tmp_path: Path, old: str, new: str, code: str, named: list[str]) -> None:
    source = RECIPE.replace(old, new, 1)
    assert source != RECIPE
    with pytest.raises(InputError) as caught:
        load(tmp_path, source)
    assert caught.value.code == f"craft.{code}"
    for lang in recipe.LANGUAGES:
        told = caught.value.message(lang) + caught.value.hint(lang)
        assert [name for name in ["mine.toml", *named] if name not in told] == []


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(InputError, match="recipe_unreadable"):
        recipe.load(str(tmp_path / "r.toml"))


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recipe_unreadable"):
        recipe.load(str(tmp_path))


def test_an_unknown_name_offers_ours() -> None:
    with pytest.raises(InputError, match="no_recipe") as caught:
        recipe.load("short-stori")
    assert "short-story" in caught.value.hint("en")


@pytest.mark.parametrize("name", recipe.shipped())
def test_shipped_recipes_pass_the_check(name: str) -> None:
    assert recipe.load(name).name == name


def test_three_ship() -> None:
    assert recipe.shipped() == ("poem-booklet", "screenplay-scene", "short-story")


FIELDS = {"idea": "{lang}", "one": {"text": "t", "data": {"list": ["a", {"b": 2}], "n": 3}}}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{idea}", "{lang}"),
        ("{{idea}} {one.text}", "{idea} t"),
        ("{one.data.list}", ["a", {"b": 2}]),
        ("{one.data.list.1.b}", 2),
        ("n{one.data.n}", "n3"),
        ({"x": ["{one.text}", 5]}, {"x": ["t", 5]}),
    ],
)
def test_filling(value: object, filled: object) -> None:
    assert template.fill(value, FIELDS) == filled


@pytest.mark.parametrize(
    "value", ["{one.data.list.2}", "{one.data.x}", "a {one.data}", "a {one.data.list}", "{one.text.a}"]
)
def test_what_cannot_be_filled(value: str) -> None:
    with pytest.raises(template.NoField):
        template.fill(value, FIELDS)


@given(st.text())
def test_braces_written_twice_come_out_once(text: str) -> None:
    written = text.replace("{", "{{").replace("}", "}}")
    assert list(template.references(written)) == []
    assert template.fill(written, {}) == text


@given(st.text())
def test_what_is_filled_in_is_never_read_again(idea: str) -> None:
    assert template.fill("a{idea}b", {"idea": idea}) == f"a{idea}b"
