"""Scanning: which form a poem has, how every syllable stands in it, and where it breaks the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bimo.text.errors import Language
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.faults import fault
from bimo.verse.form import Form, find_form
from bimo.verse.kinds import Checked, kind_of, kinds
from bimo.verse.layout import Poem, lay_out
from bimo.verse.readings import BOOKS
from bimo.verse.scansion import Near, Policy, Scan

# The book that is tried where a poem fails by the book of its form: most who write today write by it.
_MODERN: Final = "xinyun"
_STRICT_KINDS: Final = frozenset({"shi", "ci", "couplet"})
# What a poem without any form is shown as.
_PLAIN: Final[dict[Language, str]] = {"zh": "xiandai", "en": "free verse"}


def scan(
    text: str,
    *,
    form: str | Form | None = None,
    book: str | None = None,
    policy: Policy = "any",
    lang: Language | None = None,
) -> Scan:
    """Read a poem as `form`, or as the form that it has.

    `book` None takes the form's own rhyme book; if the poem breaks that but holds by modern rhyme, a finding says so.
    `form` of the result is None where no known form is met; `near` then says which are nearest and why not. Raises
    InputError: `text.empty`, `verse.too_long`, `verse.no_form`, `verse.no_book`.
    """
    wanted = find_form(form, lang) if isinstance(form, str) else form
    poem = lay_out(text, wanted.lang if wanted else lang)
    if wanted:
        checked = kind_of(wanted).check(poem, wanted, book=book, policy=policy)
        modern = _by_modern(poem, checked, book, policy)
        hint = (_holds_by(poem, modern, "verse.holds_by"),) if modern else ()
        return _scan(poem, checked, hint)
    return _recognised(poem, book, policy)


def errors(checked: Checked) -> int:
    """How many findings are errors."""
    return sum(finding.severity >= Severity.ERROR for finding in checked.findings)


def _recognised(poem: Poem, book: str | None, policy: Policy) -> Scan:
    read: list[Checked] = []
    for checked in _readings(poem, book, policy):
        read.append(checked)
        if checked.form.kind == "shi" and not errors(checked):
            break
    met = _chosen(poem, read)
    extra: tuple[Finding, ...] = ()
    if met is None or (errors(met) and met.form.kind in _STRICT_KINDS) or met.form.kind in ("old", "free"):
        modern = next(filter(None, (_by_modern(poem, checked, book, policy) for checked in read)), None)
        if modern and (met is None or errors(met)):
            met, extra = modern, (_holds_by(poem, modern, "verse.read_by"),)
    others = sorted((each for each in read if met is None or each.form.id != met.form.id), key=errors)
    near = tuple(Near(each.form.id, errors(each), each.findings) for each in others if each.form.kind != "free")[:3]
    if met:
        return _scan(poem, met, extra, near)
    plain = find_form(_PLAIN[poem.lang])
    shown = kind_of(plain).check(poem, plain, book=book, policy=policy)
    span = Span(poem.lines[0].span.start, poem.lines[-1].span.end) if poem.lines else Span(0, len(poem.text))
    none = fault("verse.no_form_met", span, Severity.WARNING)
    return replace(_scan(poem, shown, (none,), near), form=None, variant="")


def _readings(poem: Poem, book: str | None, policy: Policy) -> Iterator[Checked]:
    """The poem read as each form that it may have: the tune that its title names, then the strictest kinds first."""
    named = _named(poem)
    forms = [named] if named else []
    yield from (kind_of(form).check(poem, form, book=book, policy=policy) for form in forms)
    for kind in kinds(poem.lang):
        for form in kind.candidates(poem):
            if named is None or form.id != named.id:
                yield kind.check(poem, form, book=book, policy=policy)


def _named(poem: Poem) -> Form | None:
    if poem.lang != "zh" or not poem.title:
        return None
    from bimo.verse.chinese.ci import named_by

    return named_by(poem.title)


def _chosen(poem: Poem, read: list[Checked]) -> Checked | None:
    """The form that the poem has: of the first kind that forgives its errors, the reading with the fewest.

    The tune that the title names goes before all others, but many a 七绝 has the title of a tune too.
    """
    met = [each for each in read if errors(each) <= _forgiven(each)]
    if not met:
        return None
    if poem.lang == "en":
        return min(met, key=errors)
    named = _named(poem)
    if named and met[0].form.id == named.id:
        return met[0]
    kind = met[0].form.kind
    return min((each for each in met if each.form.kind == kind), key=errors)


def _forgiven(checked: Checked) -> int:
    """How many errors a poem may have and still be meant as this form; old and free forms have none to forgive."""
    lines = len(checked.lines)
    match checked.form.kind:
        case "shi":
            return min(lines // 4, 4)
        case "ci":
            return sum(len(line.marks) for line in checked.lines) // 12
        case "couplet":
            return len(checked.lines[0].marks) // 3 if lines else 0
        case "old":
            return lines // 12
    return lines // 4 if checked.form.lang == "en" else 0


def _by_modern(poem: Poem, checked: Checked, book: str | None, policy: Policy) -> Checked | None:
    """The poem read by modern rhyme, where it fails by its form's own book and nothing fails there."""
    if book is not None or checked.form.kind not in _STRICT_KINDS or checked.book == _MODERN or not errors(checked):
        return None
    modern = kind_of(checked.form).check(poem, checked.form, book=_MODERN, policy=policy)
    return None if errors(modern) else modern


def _holds_by(poem: Poem, modern: Checked, code: str) -> Finding:
    span = Span(poem.lines[0].span.start, poem.lines[-1].span.end)
    names = BOOKS[_MODERN]
    return fault(code, span, Severity.HINT, book_zh=names["zh"], book_en=names["en"])


def _scan(poem: Poem, checked: Checked, extra: tuple[Finding, ...] = (), near: tuple[Near, ...] = ()) -> Scan:
    findings = sorted((*checked.findings, *extra), key=lambda each: (each.span.start, -each.severity, each.span.end))
    return Scan(
        poem.text,
        poem.lang,
        checked.form.id,
        checked.variant,
        checked.book,
        checked.lines,
        tuple(findings),
        near,
    )
