"""What the desk hands out: frozen values. Fields that name another thing hold its id; times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bimo.text.authorship import Authorship
from bimo.text.errors import BimoError, Language
from bimo.text.spans import Span

WorkKind = Literal["novel", "story", "poems", "screenplay"]
NodeKind = Literal["part", "chapter", "scene"]
Status = Literal["planned", "draft", "done"]
EntryKind = Literal["character", "place", "thing", "note"]
Tracking = Literal["always", "mentioned", "manual", "never"]
NameRole = Literal["name", "alias", "title"]
State = Literal["open", "accepted", "edited", "rejected"]
Cause = Literal["save", "import", "restore", "fork", "replace"]
Period = Literal["day", "total"]
JobState = Literal["waiting", "running", "done", "failed", "stopped"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Brief:
    """What a work sets out to be."""

    premise: str = ""
    genre: str = ""
    audience: str = ""
    style: str = ""
    tense: str = ""
    point_of_view: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A novel, story, poem collection or screenplay."""

    id: str
    title: str
    kind: WorkKind
    lang: Language
    brief: Brief
    created: str
    changed: str
    trashed: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A part, chapter or scene of the outline. `summarised` is the revision that `summary` tells of."""

    id: str
    work: str
    parent: str | None
    kind: NodeKind
    title: str
    position: int
    summary: str
    summarised: str | None
    status: Status
    pov: str | None
    created: str
    changed: str
    trashed: str | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """One planned event of a scene."""

    id: str
    work: str
    scene: str
    position: int
    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of revisions of a scene; the chosen one is the scene's text, the others stand beside it."""

    id: str
    work: str
    scene: str
    name: str
    chosen: bool
    created: str
    closed: str | None
    head: str


@dataclass(frozen=True, slots=True)
class RevisionInfo:
    """A saved state of a scene, without its text. `length` counts 字 or words, as the work's language does."""

    id: str
    work: str
    scene: str
    branch: str
    parent: str | None
    number: int
    cause: Cause
    at: str
    day: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Revision(RevisionInfo):
    """A saved state of a scene's text, never changed, with the authorship of every span."""

    text: str
    authorship: Authorship


class ConflictError(BimoError):
    """A scene was changed elsewhere since the text that was edited; both texts are kept and are in `details`."""

    exit_status = 5


@dataclass(frozen=True, slots=True)
class Conflict:
    """A save met a newer text. `stored` stays the text of its branch; `yours` is kept on a branch of its own."""

    stored: Revision
    yours: Revision

    def error(self) -> ConflictError:
        """The same, to be raised where a conflict ends the work."""
        return ConflictError("desk.conflict", stored=self.stored.text, yours=self.yours.text)


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an entry. `lang` is None where it is the same in both languages; a title is a form of address."""

    text: str
    lang: Language | None = None
    role: NameRole = "name"


@dataclass(frozen=True, slots=True)
class Entry:
    """A character, place, thing or note of the bible. `description` may be sent to a model, `private` never."""

    id: str
    work: str
    kind: EntryKind
    names: tuple[Name, ...]
    description: str
    private: str
    tracking: Tracking
    exclusions: tuple[str, ...]
    created: str
    changed: str
    trashed: str | None = None

    @property
    def name(self) -> str:
        """The first name."""
        return self.names[0].text


@dataclass(frozen=True, slots=True)
class Relation:
    """What `source` is to `target`, from a scene on."""

    id: str
    work: str
    source: str
    target: str
    kind: str
    note: str = ""
    from_scene: str | None = None


@dataclass(frozen=True, slots=True)
class Knower:
    """A character who knows a secret, from a scene on or always."""

    entry: str
    from_scene: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds of an entry, from a scene on or always, in place of another fact or beside it.

    A secret is known only to `knowers`; anything else is known to all.
    """

    id: str
    work: str
    entry: str
    text: str
    from_scene: str | None
    replaces: str | None
    secret: bool
    knowers: tuple[Knower, ...]
    created: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a tool proposed, with everything that made it. Alternatives are the JSON form of `craft` alternatives.

    `asked` is the place in `based_on` that was asked about, `placed` the place in `revision` where it stands now.
    """

    id: str
    work: str
    scene: str | None
    tool: str
    request: Json
    model: str
    seed: int | None
    prompt: str
    based_on: str | None
    asked: Span | None
    alternatives: tuple[Json, ...]
    state: State
    chosen: int | None
    revision: str | None
    placed: Span | None
    created: str
    decided: str | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a save takes alternative `chosen` of a suggestion, which stands at `placed` of the text saved."""

    suggestion: str
    placed: Span
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """The writer's note to a work or a scene; `quote` are the words it is about, `start` their last known place."""

    id: str
    work: str
    scene: str | None
    text: str
    quote: str
    start: int | None
    done: bool
    created: str
    changed: str
    trashed: str | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """How many 字 or words are meant to be written: in a day, or in total in a scene or a work."""

    id: str
    work: str
    scene: str | None
    period: Period
    amount: int
    changed: str


@dataclass(frozen=True, slots=True)
class Job:
    """A long run, such as a recipe: what was asked, how far it is, what came of it."""

    id: str
    work: str | None
    kind: str
    request: Json
    state: JobState
    progress: Json
    result: Json
    created: str
    changed: str


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: when, who, what, about which thing. Ids only rise."""

    id: int
    at: str
    who: str
    what: str
    work: str | None
    subject: str | None
    data: Json = field(default_factory=dict)
