"""Poem: verse in exact form, Chinese or English. A grammar holds what it can while writing; all of it is checked."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from bimo.craft.events import Alternative, Event, Result
from bimo.craft.poem_any import write_checked
from bimo.craft.poem_en import write_english
from bimo.craft.poem_text import PoemRequest, Written
from bimo.craft.poem_zh import write_chinese
from bimo.craft.ranking import quietly
from bimo.craft.registry import Context, tool
from bimo.craft.session import Session, required, step
from bimo.models.protocol import Model
from bimo.text.errors import InputError
from bimo.text.language import detect
from bimo.verse.form import Form, find_form

_USUAL = {"zh": "七绝", "en": "shakespearean sonnet"}
_WRITE: dict[str, Callable[[Session, PoemRequest, Form], Generator[Event, None, Written]]] = {
    "zh": write_chinese,
    "en": write_english,
}


@tool(
    "poem",
    request=PoemRequest,
    zh=("作诗", "按格律作诗填词，也可续诗、改诗、对句、藏头。"),
    en=("Poem", "A poem in exact form, Chinese or English; or finish, mend or answer one."),
)
def poem(request: PoemRequest, context: Context, model: Model) -> Iterator[Event]:
    """Write in the form asked for; the best alternative first. Each one is checked before it is shown as finished."""
    form = _form(request)
    session = Session.begin("poem", request, context, model, form.lang)
    write = _WRITE.get(form.lang, write_checked) if "grammar" in model.info.abilities else write_checked
    found: list[tuple[float, Alternative]] = []
    for number in range(request.n):
        if number:
            yield step("alternative", number + 1, request.n)
        written = yield from quietly(write(session.again(number), request, form), quiet=number > 0)
        if written.text:
            data = {"form": written.form} if written.form else {}
            found.append((written.score, Alternative(written.text, written.measures, data)))
        if session.stopped:
            break
    found.sort(key=lambda pair: -pair[0])
    yield Result(tuple(alternative for _, alternative in found), stopped=session.stopped)


def _form(request: PoemRequest) -> Form:
    """The form asked for; else that of the poem to mend or finish; else the usual one of the language."""
    own = required(request.answer or request.fix or request.continue_ or request.theme)
    lang = request.lang or detect(own)
    if request.answer:
        if lang != "zh":
            raise InputError("craft.answer_chinese")
        return find_form("对联")
    if request.form:
        return find_form(request.form, request.lang)
    if request.fix:
        return _nearest(request.fix)
    return find_form(_USUAL[lang])


def _nearest(text: str) -> Form:
    from bimo.verse.scan import scan

    found = scan(text)
    if found.form or found.near:
        return find_form(found.form or found.near[0].form)
    raise InputError("craft.no_form_found")
