"""What an import would make: a tree of parts, chapters and scenes to look at before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bimo.desk.values import NodeKind, WorkKind
from bimo.text.count import length
from bimo.text.errors import Language, Notice


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `level` 1 is the highest; `kind` is what its words say it heads, if they say so."""

    text: str
    level: int
    kind: NodeKind | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a stanza with its line ends, as Markdown (of a screenplay: as Fountain)."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A mark between two scenes."""


Block = Heading | Paragraph | Break


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader found in a file."""

    blocks: list[Block]
    title: str = ""
    author: str = ""
    kind: WorkKind = "novel"
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part, chapter or scene to be; only a scene has text."""

    kind: NodeKind
    title: str = ""
    text: str = ""
    children: tuple[Section, ...] = ()

    def scenes(self) -> Iterator[Section]:
        """The scenes in it, in order; of a scene, itself."""
        if self.kind == "scene":
            yield self
        for child in self.children:
            yield from child.scenes()

    def length(self, lang: Language) -> int:
        """How long its text is, in the unit of the language."""
        return sum(length(scene.text, lang) for scene in self.scenes())


@dataclass(frozen=True, slots=True)
class Plan:
    """A work to be. `front` is what stood on the title page; `notices` tell what was left out, or guessed."""

    title: str
    lang: Language
    kind: WorkKind = "novel"
    author: str = ""
    front: str = ""
    sections: tuple[Section, ...] = ()
    notices: tuple[Notice, ...] = field(default=())

    def scenes(self) -> Iterator[Section]:
        """All scenes, in order."""
        for section in self.sections:
            yield from section.scenes()
