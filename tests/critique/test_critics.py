"""Every critic finds what its examples show, leaves good text in peace, and bears anything that a writer may type."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimo.critique import registry
from bimo.critique.bible import Bible, Entry, Fact
from bimo.critique.check import check, proven
from bimo.critique.passage import Passage
from bimo.critique.registry import Critic, Knowing, all_critics
from bimo.critique.told import as_data
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import Language, messages
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span, apply_edits

EXAMPLES = Path(__file__).parent / "critics"
# What they say needs a text as long as a chapter, or a model; their own tests show it.
ELSEWHERE = {"drift"}
CRITICS = [each for each in all_critics().values() if not each.deep]


def examples(kind: str) -> Iterator[Any]:
    for path in sorted(EXAMPLES.glob("*.toml")):
        for number, each in enumerate(tomllib.loads(path.read_text("utf-8"))[kind]):
            yield pytest.param(path.stem, each, id=f"{path.stem}-{each['lang']}-{number}")


def passage_of(example: dict[str, Any]) -> Passage:
    paragraphs = [example["text"]] * example.get("times", 1) + [example[part] for part in ("after",) if part in example]
    return Passage.of("\n\n".join(paragraphs), example["lang"], example.get("kind", "prose"))


def knowing_of(example: dict[str, Any]) -> Knowing:
    entries = [
        Entry(
            each["name"],
            each.get("kind", "character"),
            tuple(each.get("aliases", ())),
            "",
            tuple(map(Fact, each.get("facts", ()))),
        )
        for each in example.get("entry", ())
    ]
    return Knowing(Bible(tuple(entries)))


def test_every_critic_has_its_examples() -> None:
    for each in CRITICS:
        if each.id in ELSEWHERE:
            continue
        found = tomllib.loads((EXAMPLES / f"{each.id}.toml").read_text("utf-8"))
        for kind in ("hit", "clean"):
            assert {example["lang"] for example in found[kind]} == set(each.langs), each.id
    assert {path.stem for path in EXAMPLES.glob("*.toml")} <= {each.id for each in CRITICS}


@pytest.mark.parametrize(("critic", "example"), [*examples("hit")])
def test_a_critic_finds_it(critic: str, example: dict[str, Any]) -> None:
    passage = passage_of(example)
    report = check(passage, knowing_of(example), only=[critic])
    assert not report.gaps
    found = {(each.finding.code, each.finding.span.of(passage.text)) for each in report.findings}
    assert (example["code"], example["quote"]) in found


@pytest.mark.parametrize(("critic", "example"), [*examples("clean")])
def test_a_critic_leaves_it_in_peace(critic: str, example: dict[str, Any]) -> None:
    report = check(passage_of(example), knowing_of(example), only=[critic])
    assert report.findings == ()
    assert not report.gaps


@pytest.mark.parametrize("critic", CRITICS, ids=lambda each: each.id)
def test_every_critic_has_its_names(critic: Critic) -> None:
    assert critic.names["en"]
    assert critic.names["zh"]
    assert critic.check.__doc__


# What writers type, with what breaks offsets: signs outside of the basic plane, joined signs, marks that combine.
PIECES = [
    "他说：“走吧。”",
    "She recieve the the letter. ",
    "👩‍👩‍👧‍👦",
    "e\u0301",
    "𠮷野家",
    "\n\n",
    " ",
    "“",
    "」",
    "！？",
    ",",
    "的",
    "\u200b",
    "# 一",
    "\t",
    "a a",
    "﷽",
]


@given(
    parts=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=25),
    lang=st.sampled_from(["zh", "en"]),
)
@settings(max_examples=60, deadline=None)
def test_offsets_hold_in_any_text(parts: list[str], lang: Language) -> None:
    """Whatever is found stands there, and its cure can be done."""
    text = "".join(parts)
    passage = Passage.of(text, lang, "prose")
    report = check(passage)
    assert not report.gaps
    for each in report.findings:
        assert proven(each.finding, text)
        apply_edits(text, each.finding.fixes)
    for each in as_data(report, passage, "zh")["findings"]:
        line = text.split("\n")[each["line"] - 1]
        assert line[each["column"] - 1 :].startswith(each["quote"].split("\n")[0])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["prose", "verse", "fountain"])
@pytest.mark.parametrize("text", ["", " \n ", "？", "🙂"])
def test_next_to_nothing_is_nothing_wrong(text: str, lang: Language, kind: Any) -> None:
    assert check(Passage.of(text, lang, kind)).findings == ()


@pytest.mark.parametrize(
    ("lang", "piece"), [("zh", "他走过来，说了一句话，又走了。"), ("en", "He came over, said a word, and left. ")]
)
def test_one_very_long_paragraph(lang: Language, piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert not check(Passage.of(text, lang, "prose")).gaps


def test_critics_of_prose_say_so_when_they_get_verse() -> None:
    poem = "白日依山尽，\n黄河入海流。\n欲穷千里目，\n更上一层楼。"
    report = check(Passage.of(poem, "zh", "verse"))
    assert report.findings == ()
    assert {gap.code for gap in report.gaps} == {"critique.gap_verse"}
    scene = Passage.of("INT. HOUSE - DAY\n\nMARA\nI recieve nothing.\n")
    assert scene.kind == "fountain"
    found = check(scene)
    assert "critique.gap_fountain" in {gap.code for gap in found.gaps}
    assert [each.finding.span.of(scene.text) for each in found.findings] == ["recieve"]


def test_a_third_language_is_said_and_not_guessed() -> None:
    for text in ("国境の長いトンネルを抜けると雪国であった。", "Мороз и солнце; день чудесный!", "그는 문을 열었다."):
        report = check(Passage.of(text))
        assert [gap.code for gap in report.gaps] == ["critique.gap_language"]


def test_what_is_missing_or_breaks_is_named_and_the_others_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(passage: Passage, knowing: Knowing) -> list[Finding]:
        raise RuntimeError("no")

    def lying(passage: Passage, knowing: Knowing) -> list[Finding]:
        return [Finding("critique.slop", Span(0, 3), Severity.HINT, {"quote": "what does not stand there"})]

    own = dict(all_critics())
    base = own["slop"]
    monkeypatch.setattr(
        registry,
        "_critics",
        {
            "slop": replace(own["language_en"], id="slop"),
            "absent": replace(base, id="absent", needs=("no_such_library",)),
            "broken": replace(base, id="broken", check=broken),
            "lying": replace(base, id="lying", check=lying),
        },
    )
    report = check(Passage.of("She did recieve it.", "en", "prose"))
    assert [each.finding.span.start for each in report.findings] == [8]
    assert [gap.code for gap in report.gaps] == ["critique.gap_library", "critique.gap_broke", "critique.gap_unproven"]


def test_every_finding_has_a_cure_in_words() -> None:
    for name, languages in messages("critique").items():
        if name.startswith(("chinese_", "english_")):
            assert languages["en"]["hint"], name
            assert languages["zh"]["hint"], name


@pytest.mark.parametrize(
    ("lang", "text", "answers", "found"),
    [
        ("zh", "我以经知道了。他走了。", ["我已经知道了。", "他走了。"], [("以", "已")]),
        (
            "en",
            "He walk to the pier. It rained.",
            ["He walked to the pier.", "It was raining hard."],
            [("walk", "walked")],
        ),
        ("en", "Tom had two keys.", ["Tim had three keys."], []),
    ],
)
def test_a_model_proofreads_when_asked(
    lang: Language, text: str, answers: list[str], found: list[tuple[str, str]]
) -> None:
    """And what it was asked once is remembered."""
    knowing = Knowing(model=ScriptedModel(answers))
    passage = Passage.of(text, lang, "prose")
    for _ in range(2):
        report = check(passage, knowing, only=["proofread"])
        assert not report.gaps
        assert [(e.finding.span.of(text), e.finding.fixes[0].new) for e in report.findings] == found
    assert check(passage, only=["proofread"]).findings == ()
