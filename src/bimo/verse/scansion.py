"""What a scan of a poem says: the form, every syllable with its mark, the rhymes, and the findings.

The same values for Chinese and English verse, so that the terminal, the page and the tools show both the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bimo.text.errors import Language
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span

# How the readings of a character are judged: every reading of the book must fit its place (strict), every reading that
# is usual in verse (common, prior at least .15), or one is enough (any). A scan takes `any`, because a poet knew which
# reading was meant; generation takes `strict` or `common`, so that other checkers agree.
Policy = Literal["strict", "common", "any"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One Chinese character or one English syllable.

    `expected` and `found` are "平", "仄" or "中" in Chinese (中: free, or both readings), "/" (strong), "x" (weak) or
    "-" (free) in English; `expected` is empty where no form is known. `reading` is the sound that was taken, as pinyin
    with tone mark or as CMU phones. `ok` is False where a finding stands.
    """

    span: Span
    text: str
    expected: str
    found: str
    reading: str = ""
    ok: bool = True


@dataclass(frozen=True, slots=True)
class ScannedLine:
    """One line, or one clause of a 词: its marks, and its rhyme.

    `rhyme` is the letter of the scheme ("A"), empty where the line does not rhyme; `group` names the rhyme group of the
    book ("下平七阳") or the rhyming sound ("-ight").
    """

    span: Span
    marks: tuple[Mark, ...]
    rhyme: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """A form that the poem nearly is, and how many errors stand between them."""

    form: str
    errors: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """A poem as the checker read it. `form` is the id of the form it was read as, None if none fits.

    `variant` tells which of the form's shapes was met ("平起首句入韵"). `near` are the nearest forms, best first.
    `lines` and all spans refer to the text as it was given. `book` is the rhyme book or dictionary that was used.
    """

    text: str
    lang: Language
    form: str | None
    variant: str
    book: str
    lines: tuple[ScannedLine, ...]
    findings: tuple[Finding, ...]
    near: tuple[Near, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the poem is in the form: a form was met, and no finding is an error."""
        return self.form is not None and not any(each.severity >= Severity.ERROR for each in self.findings)
