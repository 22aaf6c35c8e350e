"""Plans and grammars for Chinese verse: whatever can be written under them, the checker accepts."""

from __future__ import annotations

import random
import re

import pytest

from bimo.text.errors import InputError
from bimo.verse.chinese.grammar import line_grammar, poem_grammar
from bimo.verse.chinese.mend import answering, mending
from bimo.verse.chinese.pattern import Size, variants
from bimo.verse.chinese.plan import Plan, Wish, plan
from bimo.verse.form import all_forms, find_form
from bimo.verse.lore import related
from bimo.verse.scan import scan
from bimo.verse.scansion import Policy

PATTERNED = [form.id for form in all_forms().values() if form.lang == "zh" and variants(form)]
# Every form with a file of its own and the tunes most used; the long run of all is `bench/verse_grammar.py`.
FORMS = PATTERNED[:30] + PATTERNED[30::25]


def planned(name: str, wish: Wish = Wish(), seed: int = 1) -> Plan:  # noqa: B008
    return plan(find_form(name), wish, relevance={}, chance=random.Random(seed))


def sample(grammar: str, chance: random.Random) -> str:
    """A text of a grammar of ours: one rule of classes and literals, and the classes."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())
    text = ""
    for part in rules["root"].split(" "):
        text += part[1:-1].replace("\\n", "\n") if part.startswith('"') else chance.choice(rules[part][1:-1])
    return text


@pytest.mark.parametrize("name", FORMS)
def test_what_the_grammar_can_write_has_the_form(name: str) -> None:
    chance = random.Random(name)
    for seed in range(12):
        made = planned(name, seed=seed)
        read = scan(sample(poem_grammar(made), chance), form=find_form(name), policy="strict")
        codes = {finding.code for finding in read.findings if finding.severity >= 3}
        # A grammar cannot forbid that a character comes twice; the lines are written one by one for that.
        assert codes <= {"verse.repeated_foot", "verse.same_place"}, (name, read.text, codes)


def test_used_characters_are_left_out_and_feet_differ() -> None:
    made = planned("七律")
    used: set[str] = set()
    chance = random.Random(5)
    lines = []
    for number in range(len(made.places)):
        line = ""
        for choice in made.choices(number, without=used | set(line)):
            left = [char for char in choice if char not in line]
            line += chance.choice(left)
        used |= set(line)
        lines.append(line)
    assert len(set("".join(lines))) == 56
    assert scan(made.write(lines), form="七律", policy="strict").holds


def test_the_first_characters_can_be_settled() -> None:
    made = planned("七绝", Wish(heads="春夏秋冬"))
    heads = [made.choices(number)[0] for number in range(4)]
    assert heads == list("春夏秋冬")


def test_the_rhyme_can_be_named() -> None:
    assert planned("七绝", Wish(rhyme="七阳")).groups == {"A": "下平七阳"}
    assert planned("七绝", Wish(rhyme="陽")).groups == {"A": "下平七阳"}


def test_feet_settle_the_rhyme() -> None:
    assert planned("五绝", Wish(feet="流楼")).groups == {"A": "下平十一尤"}


@pytest.mark.parametrize(
    ("form", "wish", "code"),
    [
        ("七绝", Wish(heads="一二三四五"), "verse.heads_long"),
        ("七绝", Wish(heads="春\U00020000"), "verse.no_reading"),
        ("七绝", Wish(rhyme="无此韵"), "verse.no_rhyme"),
        ("七绝", Wish(rhyme="一屋"), "verse.rhyme_tone"),
        ("七绝", Wish(feet="流目"), "verse.fixed_tone"),
        ("七绝", Wish(feet="流山"), "verse.feet_apart"),
        ("七绝", Wish(feet="流楼秋舟游"), "verse.feet_many"),
        ("七绝", Wish(rhyme="七阳", feet="流"), "verse.rhyme_taken"),
        ("七绝", Wish(lines=("白日依山尽",)), "verse.line_length"),
        ("七绝", Wish(book="nobook"), "verse.no_book"),
        ("现代诗", Wish(), "verse.no_pattern"),
    ],
)
def test_wishes_that_contradict_the_form_are_refused(form: str, wish: Wish, code: str) -> None:
    with pytest.raises(InputError) as caught:
        planned(form, wish)
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.hint("en")


def test_a_long_poem_needs_a_rhyme_with_enough_words() -> None:
    with pytest.raises(InputError) as caught:
        planned("五言排律", Wish(rhyme="三江", size=Size(lines=120)))
    assert caught.value.code == "verse.rhyme_small"


def test_mending_frees_only_what_breaks_the_form() -> None:
    lines = ["白日依山尽", "黄河入海流", "欲穷千里目", "更上一层山"]
    made = mending(find_form("五绝"), lines)
    assert made.groups == {"A": "下平十一尤"}
    free = [(line, at) for line in range(4) for at in range(5) if (line, at) not in made.fixed]
    assert free == [(3, 4)]
    assert "楼" in made.choices(3)[4]


def test_mending_leaves_a_good_poem_alone() -> None:
    for example in find_form("七律").passes:
        lines = re.findall(r"\w+", example.text)
        made = mending(find_form("七律"), lines)
        assert len(made.fixed) == 56, example.text


def test_a_poem_of_another_shape_cannot_be_mended() -> None:
    with pytest.raises(InputError) as caught:
        mending(find_form("五绝"), ["白日依山尽", "黄河入海"])
    assert caught.value.code == "verse.no_shape"


def test_an_answer_is_opposed_to_its_line() -> None:
    made = answering("春风又绿江南岸")
    chance = random.Random(3)
    lower = "".join(chance.choice(choice) for choice in made.choices(1))
    read = scan(f"春风又绿江南岸，{lower}。", form="对联", policy="any")
    assert not {f.code for f in read.findings if f.severity >= 3} - {"verse.same_place"}


def test_a_line_that_is_settled_has_a_grammar_of_its_own() -> None:
    assert sample(line_grammar(tuple("床前明月光"), "，"), random.Random(1)) == "床前明月光，"


@pytest.mark.parametrize("policy", ["strict", "common"])
def test_every_form_finds_a_rhyme(policy: Policy) -> None:
    for name in PATTERNED:
        for seed in range(3):
            made = planned(name, Wish(policy=policy), seed)
            assert set(made.groups) == {place.rhyme for place in made.places if place.rhyme}


def test_a_narrow_rhyme_does_not_win_by_its_theme_alone() -> None:
    """Of the 20 characters of 十四盐 some go with 春雨 (檐, 帘, 纤), but they leave little to choose from."""
    form, found = find_form("七绝"), related("春雨")
    made = [plan(form, Wish(), relevance=found, chance=random.Random(seed)) for seed in range(60)]
    groups = {group for each in made for group in each.groups.values()}
    assert "下平十四盐" not in groups
    assert len(groups) > 1
