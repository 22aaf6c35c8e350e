"""Every form keeps its promise: its poems pass, its spoilt poems raise the one finding that they are there for."""

from __future__ import annotations

from collections import Counter

import pytest

from bimo.text.errors import InputError, messages
from bimo.text.finding import Severity
from bimo.verse.form import Form, all_forms, find_form
from bimo.verse.scan import scan

FORMS = list(all_forms().values())
WITH_FILES = [form for form in FORMS if form.kind != "ci"]


@pytest.fixture(params=FORMS, ids=lambda form: form.id)
def form(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


def test_it_ships_poems_that_pass_and_poems_that_fail(form: Form) -> None:
    assert len(form.passes) >= 2
    assert len(form.fails) >= 2


def test_its_poems_pass(form: Form) -> None:
    for example in form.passes:
        scanned = scan(example.text, form=form)
        assert scanned.holds, (example.text, [finding.code for finding in scanned.findings])
        assert scanned.form == form.id


def test_its_spoilt_poems_raise_their_finding_and_no_other(form: Form) -> None:
    for example in form.fails:
        scanned = scan(example.text, form=form)
        errors = {finding.code for finding in scanned.findings if finding.severity >= Severity.ERROR}
        assert errors == {example.finding}, example.text


@pytest.mark.parametrize("form", WITH_FILES, ids=lambda form: form.id)
def test_it_is_told_in_both_languages(form: Form) -> None:
    assert set(form.names) == set(form.about) == {"zh", "en"}
    assert all([*form.names.values(), *form.about.values()])


def test_no_two_forms_of_a_language_answer_to_one_name() -> None:
    for lang in ("zh", "en"):
        called = Counter(
            name.casefold()
            for form in FORMS
            if form.lang == lang
            for name in {form.id, form.names[lang], *form.aliases}
        )
        assert [name for name, count in called.items() if count > 1] == []


def test_every_finding_of_an_example_has_its_words(form: Form) -> None:
    for example in (*form.passes, *form.fails):
        for finding in scan(example.text, form=form).findings:
            for words in messages("verse")[finding.code.removeprefix("verse.")].values():
                for part in words.values():
                    assert part.format(**finding.args)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("七绝", "qijue"),
        ("七言绝句", "qijue"),
        ("7绝", "qijue"),
        ("QIJUE", "qijue"),
        ("七絕", "qijue"),
        ("五律", "wulv"),
        ("7律", "qilv"),
        ("排律", "wupai"),
        ("古诗", "gufeng"),
        ("楹联", "duilian"),
        ("俳句", "hanpai"),
        ("新诗", "xiandai"),
        ("念奴娇", "念奴娇"),
        ("大江东去", "念奴娇"),
    ],
)
def test_forms_answer_to_their_usual_names(name: str, id: str) -> None:
    assert find_form(name).id == id


def test_an_unknown_form_names_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        scan("白日依山尽", form="七决")
    assert caught.value.code == "verse.no_form"
    assert "七绝" in caught.value.message("zh") + caught.value.hint("zh")
