"""The last step of a recipe: an edition made of what the earlier steps wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bimo.craft.events import Alternative, Event, Result
from bimo.craft.recipe import Place, StepKind, register_step
from bimo.publish.document import Block, Document, Heading, Quote, plain
from bimo.publish.formats import all_formats, find_format, publish
from bimo.publish.fountain import elements
from bimo.publish.inline import stanzas
from bimo.publish.markdown import from_markdown
from bimo.text.errors import InputError, Language


def _known(format: str) -> str:
    if format not in all_formats():
        raise PydanticCustomError("literal_error", "{expected}", {"expected": ", ".join(all_formats())})
    return format


class Part(BaseModel):
    """A part of an edition, in this order: a heading, an epigraph in verse, prose as Markdown, verse, a screenplay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str = ""
    epigraph: str = ""
    text: str = ""
    poem: str = ""
    screenplay: str = ""

    def blocks(self, title: str, lang: Language) -> Iterator[Block]:
        """The part as blocks of a document; `title` is the document's."""
        if heading := plain(self.heading):
            yield Heading(heading)
        if epigraph := stanzas(self.epigraph):
            yield Quote(epigraph)
        # With a title of its own, a text keeps the heading that it begins with.
        yield from from_markdown(self.text, title=title, lang=lang).blocks
        yield from stanzas(self.poem)
        yield from elements(self.screenplay)


class PublishRequest(BaseModel):
    """What a recipe says about its edition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    author: str = ""
    formats: tuple[Annotated[str, AfterValidator(_known)], ...] = Field(("markdown", "html"), min_length=1)
    parts: tuple[Part, ...] = Field(min_length=1)


def publish_step(request: PublishRequest, place: Place) -> Iterator[Event]:
    """Write one file per format, named after the step. Raises InputError if there is nothing to publish, FileError."""
    title = plain(request.title)
    blocks = tuple(block for part in request.parts for block in part.blocks(title, place.lang))
    if not blocks:
        raise InputError("publish.nothing")
    document = Document(title, blocks, place.lang, plain(request.author))
    names = [f"{place.stem}{find_format(format).suffix}" for format in request.formats]
    for name, format in zip(names, request.formats, strict=True):
        publish(document, format, place.folder / name)
    yield Result((Alternative("\n".join(names), data={"files": names}),))


register_step(StepKind("publish", {"zh": "成书", "en": "Edition"}, PublishRequest, publish_step))
