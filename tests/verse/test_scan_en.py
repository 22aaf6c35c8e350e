"""Scanning English verse: marks, metre, rhyme, refrains, recognition, and text that is no poem."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimo.text.errors import InputError
from bimo.text.finding import Severity
from bimo.verse import form as forms
from bimo.verse.english.line import divide
from bimo.verse.english.metre import Metre, begin, read
from bimo.verse.form import all_forms, find_form
from bimo.verse.scan import scan
from bimo.verse.scansion import Scan

ENGLISH = [form for form in all_forms().values() if form.lang == "en"]
PENTAMETER = Metre("iamb", 5)
SONNET = find_form("sonnet").passes[0].text


def found(scanned: Scan, code: str) -> dict[str, str]:
    """The arguments of the one finding with that code."""
    (finding,) = [each for each in scanned.findings if each.code == code]
    return dict(finding.args)


def test_every_form_of_the_issue_is_there() -> None:
    wanted = (
        "Shakespearean sonnet, Petrarchan sonnet, Spenserian sonnet, limerick, haiku, villanelle, ballad, "
        "heroic couplet, blank verse, sestina, ghazal, terza rima, free verse, 莎士比亚体十四行诗, 五行打油诗, sonnet"
    )
    assert all(find_form(name).lang == "en" for name in wanted.split(", "))


@pytest.mark.parametrize("form", ENGLISH, ids=lambda form: form.id)
def test_a_poem_is_recognised(form: forms.Form) -> None:
    for example in form.passes:
        assert scan(example.text).form == form.id, example.title


def test_a_line_shows_its_stresses() -> None:
    (line,) = scan("The curfew tolls the knell of parting day,", form="blank verse").lines
    assert "".join(mark.expected for mark in line.marks) == "x/x/x/x/x/"
    assert "".join(mark.found for mark in line.marks) == "x/x/x/-/x/"
    assert [mark.text for mark in line.marks][1:3] == ["cur", "few"]
    assert line.marks[1].reading == "K ER1"


def test_a_sonnet_shows_its_scheme() -> None:
    scanned = scan(SONNET)
    assert "".join(line.rhyme for line in scanned.lines) == "ABABCDCDEFEFGG"
    assert (scanned.form, scanned.variant, scanned.book) == ("shakespearean_sonnet", "ABAB CDCD EFEF GG", "cmu")
    assert scanned.lines[0].group == "EY"


@pytest.mark.parametrize(
    "line",
    [
        "The curfew tolls the knell of parting day",
        "Shall I compare thee to a summer's day?",
        "To be, or not to be, that is the question:",
        "Feed'st thy light'st flame with self-substantial fuel,",
        "Making a famine where abundance lies,",
        "Of Man's first disobedience, and the fruit",
        "Above th' eternal mount, while it pursues",
        "Hurled headlong flaming from th' ethereal sky",
        "And every heav'nly pow'r that wand'ring moves",
        "The wingèd seeds, where they lie cold and low,",
        "Creeps in this petty pace from day to day",
    ],
)
def test_pentameters_of_the_masters_hold(line: str) -> None:
    assert scan(line, form="blank verse").holds


@pytest.mark.parametrize(
    ("line", "expected", "count"),
    [
        ("It is an ancient Mariner", "10 / 11", "8"),
        ("He holds him with his glittering eye today, my friend", "10 / 11", "13"),
    ],
)
def test_a_line_of_another_length_is_counted(line: str, expected: str, count: str) -> None:
    args = found(scan(line, form="blank verse"), "verse.syllables")
    assert (args["expected"], args["found"]) == (expected, count)


def test_a_broken_line_names_the_word() -> None:
    broken = scan("And summer's lease hath alas short a date", form="blank verse")
    args = found(broken, "verse.metre")
    assert (args["word"], args["syllable"], args["found_en"], args["expected_en"]) == ("alas", "las", "strong", "weak")
    assert [mark.text for line in broken.lines for mark in line.marks if not mark.ok] == ["las"]


def test_a_missing_rhyme_is_told_with_cures_that_rhyme() -> None:
    scanned = scan(SONNET.replace("lines to time thou growest", "lines to time thou shinest"), form="sonnet")
    assert "verse.unrhymed" in {finding.code for finding in scanned.findings}
    args = (
        found(
            scan("I like the night.\nIt is so bright.\n\nThe moon goes by\nas if to fly", form="couplets"),
            "verse.syllables",
        )
        if 0
        else {}
    )
    couplet = "Had we but world enough and time,\nThis coyness, lady, were no sin."
    args = found(scan(f"{couplet}\n{couplet.replace('sin', 'crime')}", form="tetrameter couplets"), "verse.unrhymed")
    assert (args["word"], args["model"]) == ("sin", "time")
    assert len(args["cure"].split(", ")) == 3


@pytest.mark.parametrize(
    ("ends", "code"),
    [("love prove", "eye_rhyme"), ("time thine", "slant_rhyme"), ("part apart", "identical_rhyme")],
)
def test_poor_rhymes_are_warnings(ends: str, code: str) -> None:
    first, second = ends.split()
    poem = f"I walk beside the sea and think of {first}\nAnd never learn the things I wish to {second}\n"
    scanned = scan(poem + poem.replace(first, "night").replace(second, "light"), form="heroic couplet")
    severity = {finding.code: finding.severity for finding in scanned.findings}
    assert severity[f"verse.{code}"] == Severity.WARNING


def test_a_refrain_may_vary_before_its_last_word() -> None:
    villanelle = find_form("villanelle").passes[0].text
    varied = villanelle.replace("There is nothing more to say.", "There was nothing more to say.", 1)
    assert scan(varied, form="villanelle").holds
    assert found_all(scan(varied, form="villanelle"), "verse.refrain")


def found_all(scanned: Scan, code: str) -> list[str]:
    return [finding.code for finding in scanned.findings if finding.code == code]


def test_an_unknown_word_is_told() -> None:
    args = found(scan("The thalmor sings beneath the silver moon", form="blank verse"), "verse.guessed_word")
    assert args["word"] == "thalmor"


def test_a_form_that_nearly_fits_says_what_stands_against_it() -> None:
    rhymed = SONNET.split("\n")
    scanned = scan("\n".join(rhymed[:13]))
    assert scanned.form != "shakespearean_sonnet"
    wrong = scan("\n".join(rhymed[:13]), form="sonnet")
    assert found(wrong, "verse.wrong_lines") == {"expected": "14", "found": "13"}


def test_prose_is_no_poem() -> None:
    prose = (
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness."
    )
    assert scan(prose).form is None


def test_there_is_one_dictionary() -> None:
    with pytest.raises(InputError) as caught:
        scan(SONNET, form="sonnet", book="pingshui")
    assert caught.value.code == "verse.no_book"


def test_typography_and_line_ends_change_nothing() -> None:
    codes = [finding.code for finding in scan(SONNET, form="sonnet").findings]
    for text in (SONNET.replace("'", "’"), SONNET.replace("\n", "\r\n"), SONNET.upper(), SONNET.replace("\n", "\n   ")):
        assert [finding.code for finding in scan(text, form="sonnet").findings] == codes


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abeilnorstdhTI'’-,.—!é笔😀 \n", min_size=1, max_size=120), st.sampled_from(ENGLISH))
def test_no_text_makes_it_fail(text: str, form: forms.Form) -> None:
    if not text.strip():
        return
    scanned = scan(text, form=form)
    for line in scanned.lines:
        for mark in line.marks:
            assert mark.span.of(text) == mark.text


def test_a_line_is_written_word_by_word() -> None:
    state = begin(PENTAMETER, 1.0)
    for word in ["The", "curfew", "tolls", "the", "knell", "of"]:
        following = state.feed(word)
        assert following is not None
        state = following
    assert not state.complete
    assert state.left()[0] == 3
    assert state.feed("parting") is not None
    assert state.feed("alas") is None
    whole = read(["The", "curfew", "tolls", "the", "knell", "of", "parting", "day"], PENTAMETER)
    assert whole is not None
    assert whole.complete
    assert whole.cost < 1


@pytest.mark.parametrize(
    ("word", "pieces"),
    [("beauty", "beau ty"), ("moving", "mo ving"), ("moved", "moved"), ("little", "lit tle"), ("ocean", "o cean")],
)
def test_words_divide_at_their_syllables(word: str, pieces: str) -> None:
    assert divide(word, len(pieces.split())) == pieces.split()


def test_a_new_form_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the table of a form says is enough: here a rondelet, written beside the others and read like them."""
    source = Path(forms.__file__).parent / "forms"
    for lang in ("zh", "en"):
        (tmp_path / "forms" / lang).mkdir(parents=True)
    (tmp_path / "forms" / "en" / "free_verse.toml").write_bytes((source / "en" / "free_verse.toml").read_bytes())
    (tmp_path / "forms" / "en" / "tercet.toml").write_text(
        'kind = "metrical"\n[names]\nzh = "三行同韵"\nen = "rhymed tercet"\n[about]\nzh = "三行"\nen = "three"\n'
        '[rules]\nscheme = ["A1AA1"]\nfoot = "iamb"\nfeet = [4, 2, 4]\n'
    )
    monkeypatch.setattr(forms, "files", lambda package: tmp_path)
    forms._table.cache_clear()
    try:
        held = "The river carries off the day,\nThe boats and clay,\nThe river carries off the day."
        assert scan(held, form="rhymed tercet").holds
        assert not scan(held.replace("clay", "stone"), form="rhymed tercet").holds
        assert not scan(held.replace("boats and", "red"), form="rhymed tercet").holds
    finally:
        monkeypatch.undo()
        forms._table.cache_clear()


@pytest.mark.parametrize("text", ["a\n" * 2000, "x" * 19_000, "lo " * 6000, "-\n" * 500, "I\nI\nI\nI"])
def test_strange_texts_are_read_in_time(text: str) -> None:
    assert scan(text, lang="en").lang == "en"
