"""What a tool is told of the work at one place: chosen from the desk, fitted to the model's window, and on record.

The order is that of stability (brief, entries, what came before, the plan of the scene, the text), so that the engine
reads only what is new. What goes first when room is short is another order: the text at the cursor stays longest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from bimo.craft.registry import Context
from bimo.desk.bible import in_force
from bimo.desk.mentions import find, sought
from bimo.desk.values import Entry, Fact, Node, Relation, Work
from bimo.models.protocol import Cancel
from bimo.text.errors import Language, Notice
from bimo.text.sentences import sentences

if TYPE_CHECKING:
    from bimo.desk.desk import Desk

PartKind = Literal["brief", "entry", "earlier", "plan", "previous", "after", "before"]
Count = Callable[[str], int]

_ORDER: Final[tuple[PartKind, ...]] = ("brief", "entry", "earlier", "plan", "previous", "after", "before")
_ENTRY_ORDER: Final = ("character", "place", "thing", "note")
# Shares of the budget that each kind may take before the others have had theirs. What is left over goes to the text.
_SHARES: Final[dict[PartKind, float]] = {
    "before": 0.35, "plan": 0.15, "brief": 0.15, "entry": 0.3, "previous": 0.1, "after": 0.1, "earlier": 0.25,
}  # fmt: skip
# A token is seldom more than eight letters, so what stands further away cannot fit and need not be counted.
_LETTERS: Final = 8
# Letters at either end of a scene in which its first and last sentences are looked for.
_SENTENCES: Final = 600


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the model was shown, or was not: then `text` is empty and `reason` says why.

    `tokens` are those of the text as the model counts it with its label; of what was left out, those it would have
    taken, as far as they were counted. `subject` is the entry or scene that it tells of. A shortened text has a
    `reason` too.
    """

    kind: PartKind
    label: Notice
    text: str
    tokens: int
    subject: str | None = None
    reason: Notice | None = None

    @property
    def kept(self) -> bool:
        """Whether the model was shown it."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model was shown at a place, part by part, in the order it was shown, and what was left out."""

    lang: Language
    budget: int
    parts: tuple[Part, ...]

    @property
    def tokens(self) -> int:
        """The tokens of all parts that were kept."""
        return sum(part.tokens for part in self.parts if part.kept)

    @property
    def before(self) -> str:
        """The text before the cursor, as much of it as was kept."""
        return "".join(part.text for part in self.parts if part.kind == "before")

    def context(self, cancel: Cancel | None = None, *, text: bool = True) -> Context:
        """The same for a tool. Without `text` for a tool that is given the text before the cursor to work on."""
        kept = [part for part in self.parts if part.kept and (text or part.kind != "before")]
        return Context(cancel or Cancel(), tuple((part.label.message(self.lang), part.text) for part in kept))


def see(
    desk: Desk,
    scene: str,
    count: Count,
    *,
    budget: int,
    text: str | None = None,
    cursor: int | None = None,
    known_to: str | None = None,
    about: str = "",
) -> Seen:
    """What a tool should know at a cursor in a scene, in at most `budget` tokens as `count` counts them.

    `text` is the scene as the writer has it now, by default as it was saved; `cursor` counts its code points, by
    default at its end. With `known_to`, an entry, only the facts that it may know here. The entries that `about` (what
    is asked) names are shown as those of the text are. Private descriptions are never shown, nor facts that hold only
    from a later scene. Raises InputError `desk.no_scene`.
    """
    place = _Place.of(desk, scene, text, cursor)
    fitting = _Fitting(count, place.work.lang, budget)
    before, after = place.text[: place.cursor], place.text[place.cursor :]
    fitting.text("before", before, last=True)
    fitting.whole("plan", place.plan())
    fitting.whole("brief", place.brief())
    fitting.each("entry", place.entries(known_to, about))
    if place.earlier and fitting.spare("before"):
        fitting.text("previous", place.saved(place.earlier[-1].id), last=True, subject=place.earlier[-1].id)
    fitting.text("after", after, last=False)
    fitting.nearest("earlier", place.told())
    fitting.text("before", before, last=True, share=1)
    return Seen(place.work.lang, budget, tuple(fitting.ordered()))


@dataclass(frozen=True)
class _Place:
    """A cursor in a scene of a work, and what the desk knows around it."""

    desk: Desk
    work: Work
    node: Node
    above: tuple[Node, ...]
    earlier: tuple[Node, ...]
    text: str
    cursor: int

    @classmethod
    def of(cls, desk: Desk, scene: str, text: str | None, cursor: int | None) -> _Place:
        node = desk.outline.get(scene)
        tree = desk.outline.tree(node.work)
        scenes = [each for each in tree if each.kind == "scene"]
        numbers = [each.id for each in scenes]
        # A scene in the trash still can be worked on; nothing came before it.
        earlier = scenes[: numbers.index(scene)] if scene in numbers else []
        known = {each.id: each for each in tree}
        above: list[Node] = []
        while (parent := known.get((above[-1] if above else node).parent or "")) is not None:
            above.append(parent)
        if text is None:
            head = desk.revisions.head(scene)
            text = head.text if head else ""
        cursor = len(text) if cursor is None else min(cursor, len(text))
        return cls(desk, desk.works.get(node.work), node, tuple(reversed(above)), tuple(earlier), text, cursor)

    def saved(self, scene: str) -> str:
        """The text of another scene."""
        head = self.desk.revisions.head(scene)
        return head.text if head else ""

    def brief(self) -> str:
        """The brief, with the title."""
        brief, lang = self.work.brief, self.work.lang
        fields = [
            (Notice.of("desk.brief_title"), self.work.title),
            (Notice.of("desk.brief_premise"), brief.premise),
            (Notice.of("desk.brief_genre"), brief.genre),
            (Notice.of("desk.brief_audience"), brief.audience),
            (Notice.of("desk.brief_style"), brief.style),
            (Notice.of("desk.brief_tense"), brief.tense),
            (Notice.of("desk.brief_point_of_view"), brief.point_of_view),
        ]
        return "\n".join(_line(name.message(lang), value, lang) for name, value in fields if value)

    def plan(self) -> str:
        """Where the scene stands, and what is planned in it."""
        titles = " · ".join(node.title for node in (*self.above, self.node) if node.title)
        beats = [f"{'✓' if beat.done else '-'} {beat.text}" for beat in self.desk.outline.beats(self.node.id)]
        pov = self.desk.bible.get(self.node.pov).name if self.node.pov else ""
        eyes = _line(Notice.of("desk.brief_point_of_view").message(self.work.lang), pov, self.work.lang) if pov else ""
        return "\n".join(filter(None, (titles, eyes, *beats)))

    def entries(self, known_to: str | None, about: str) -> Iterator[_Candidate]:
        """The entries in force, those the scene cannot do without first; then those that were kept out, with why."""
        every = {entry.id: entry for entry in self.desk.bible.all(self.work.id)}
        pinned = [id for id in (known_to, self.node.pov, *self.desk.outline.entries(self.node.id)) if id in every]
        beats = "\n".join(beat.text for beat in self.desk.outline.beats(self.node.id))
        planned = self._mentioned(f"{about}\n{self.node.title}\n{beats}", every.values())
        written = self._mentioned(self.text[: self.cursor], every.values())
        ahead = self._mentioned(self.text[self.cursor :], every.values())
        always = [id for id, entry in every.items() if entry.tracking == "always"]
        facts = self.desk.bible.facts(self.work.id)
        read = [*(node.id for node in self.earlier), self.node.id]
        held = in_force(facts, read, known_to=known_to)
        relations = [one for one in self.desk.bible.relations(self.work.id) if one.from_scene in {None, *read}]
        for id in dict.fromkeys([*pinned, *always, *planned, *reversed(written), *ahead]):
            entry = every[id]
            if entry.tracking == "manual" and id not in pinned:
                yield _Candidate(id, entry, "", Notice.of("desk.left_manual"))
            else:
                told = (one for one in relations if id in (one.source, one.target))
                own = [fact for fact in held if fact.entry == id]
                yield _Candidate(id, entry, _described(entry, own, told, every, self.work.lang))

    def _mentioned(self, text: str, entries: Iterable[Entry]) -> list[str]:
        """The entries that a text mentions, by their last mention in it."""
        found = [mention.entry for mention in find(text, sought(entries), self.work.lang)]
        return list(reversed(dict.fromkeys(reversed(found))))

    def told(self) -> Iterator[tuple[int, str]]:
        """The scenes before this one, the nearest first: their summaries, else how each begins and ends."""
        for further in range(len(self.earlier) - 1, -1, -1):
            node = self.earlier[further]
            text = node.summary.strip() or _ends(self.saved(node.id), self.work.lang)
            if text:
                yield further, _line(node.title, text, self.work.lang) if node.title else text


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An entry that might be shown, in words, or why it is not."""

    id: str
    entry: Entry
    text: str
    reason: Notice | None = None


class _Fitting:
    """Takes parts in the order of their need, each within the share of its kind and the room that is left."""

    def __init__(self, count: Count, lang: Language, budget: int) -> None:
        self._count = count
        self._lang = lang
        self._budget = max(budget, 0)
        self._parts: list[Part] = []

    def whole(self, kind: PartKind, text: str) -> None:
        """Take a text as it is, or leave it out."""
        if text:
            self._add(Part(kind, _label(kind), text, 0), self._share(kind))

    def each(self, kind: PartKind, wanted: Iterable[_Candidate]) -> None:
        """Take as many as fit, the first ones first."""
        room = self._share(kind)
        for one in wanted:
            label = Notice.of("desk.part_entry", name=one.entry.name)
            part = Part(kind, label, one.text, 0, one.id, one.reason)
            if one.reason:
                self._parts.append(part)
            else:
                room -= self._add(part, room)

    def nearest(self, kind: PartKind, told: Iterable[tuple[int, str]]) -> None:
        """Take what the nearest scenes tell until the share is full, and show it in the order of reading.

        Each comes with the number of scenes that are still further away.
        """
        room, lines, left = self._share(kind) - self._tokens(_label(kind), ""), [], 0
        for further, text in told:
            tokens = self._count(f"{text}\n")
            if tokens > room:
                left = further + 1
                break
            room -= tokens
            lines.append(text)
        reason = Notice.of("desk.left_scenes", count=left) if left else None
        text = "\n".join(reversed(lines))
        if text or left:
            self._parts.append(Part(kind, _label(kind), text, self._tokens(_label(kind), text), None, reason))

    def text(self, kind: PartKind, text: str, *, last: bool, share: float = 0, subject: str | None = None) -> None:
        """Take the whole sentences of a text that are nearest to the cursor, in place of those taken before."""
        self._parts = [part for part in self._parts if part.kind != kind]
        if not text.strip():
            return
        label = _label(kind)
        room = self._share(kind, share) - self._tokens(label, "")
        kept = _nearest(text, room, self._count, self._lang, last=last)
        left = len(text) - len(kept)
        reason = Notice.of("desk.left_text", characters=left) if left else None
        self._parts.append(Part(kind, label, kept, self._tokens(label, kept) if kept else 0, subject, reason))

    def spare(self, kind: PartKind) -> bool:
        """Whether less than half of the share of a kind is used."""
        return sum(part.tokens for part in self._parts if part.kind == kind) * 2 < self._share(kind)

    def ordered(self) -> list[Part]:
        """The parts as they are shown; entries by kind and age, so that they stay where they are."""

        def key(part: Part) -> tuple[int, str]:
            return _ORDER.index(part.kind), part.subject or ""

        return sorted(self._parts, key=key)

    def _add(self, part: Part, room: int) -> int:
        """Keep the part if it fits into `room`, else say that it did not; returns the tokens it takes."""
        tokens = self._tokens(part.label, part.text)
        if tokens <= room:
            self._parts.append(replace(part, tokens=tokens))
            return tokens
        self._parts.append(replace(part, text="", tokens=tokens, reason=Notice.of("desk.left_no_room", tokens=tokens)))
        return 0

    def _share(self, kind: PartKind, share: float = 0) -> int:
        used = sum(part.tokens for part in self._parts if part.kept)
        return min(int(self._budget * (share or _SHARES[kind])), self._budget - used)

    def _tokens(self, label: Notice, text: str) -> int:
        return self._count(f"{label.message(self._lang)}\n{text}\n\n")


def _label(kind: PartKind) -> Notice:
    return Notice.of(f"desk.part_{kind}")


def _line(name: str, text: str, lang: Language) -> str:
    return f"{name}：{text}" if lang == "zh" else f"{name}: {text}"


def _described(
    entry: Entry, facts: Sequence[Fact], relations: Iterable[Relation], every: dict[str, Entry], lang: Language
) -> str:
    """An entry in words: its names in this language, what it is, what holds of it here, how it stands to others."""
    names = [name.text for name in entry.names if name.lang in (None, lang)] or [entry.name]
    lines = (
        [names[0] + (f"（{'、'.join(names[1:])}）" if lang == "zh" else f" ({', '.join(names[1:])})")]
        if names[1:]
        else []
    )
    lines += [entry.description] if entry.description else []
    for fact in facts:
        if fact.secret:
            known = [every[one.entry].name for one in fact.knowers if one.entry in every]
            lines.append(f"- {Notice.of('desk.secret', text=fact.text, names=', '.join(known) or '—').message(lang)}")
        else:
            lines.append(f"- {fact.text}")
    for one in relations:
        other = every.get(one.target if one.source == entry.id else one.source)
        if other:
            source, target = (entry, other) if one.source == entry.id else (other, entry)
            told = Notice.of("desk.relation", source=source.name, target=target.name, kind=one.kind)
            lines.append(f"- {told.message(lang)}{f' ({one.note})' if one.note else ''}")
    return "\n".join(lines) or entry.name


def _ends(text: str, lang: Language) -> str:
    """The first and the last sentence."""
    text = text.strip()
    if len(text) <= 2 * _SENTENCES:
        spans = [span.of(text) for span in sentences(text, lang)]
    else:
        head, tail = text[:_SENTENCES], text[-_SENTENCES:]
        spans = [sentences(head, lang)[0].of(head), sentences(tail, lang)[-1].of(tail)]
    return " … ".join(dict.fromkeys([*spans[:1], *spans[-1:]]))


def _nearest(text: str, room: int, count: Count, lang: Language, *, last: bool) -> str:
    """The last or first whole sentences of a text that fit into `room` tokens."""
    if room <= 0:
        return ""
    reach = _LETTERS * room
    near = text[-reach:] if last else text[:reach]
    if len(near) == len(text) and count(text) <= room:
        return text
    spans = sentences(near, lang)
    ends = [span.start for span in spans] if last else [span.end for span in reversed(spans)]
    # `ends` goes from much text to little; the first that fits is sought by halves.
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if count(near[ends[middle] :] if last else near[: ends[middle]]) <= room:
            high = middle
        else:
            low = middle + 1
    if low < len(ends):
        return near[ends[low] :] if last else near[: ends[low]]
    # Not even one sentence fits: then as many letters as do.
    size = min(len(near), room)
    while size and count(near[-size:] if last else near[:size]) > room:
        size //= 2
    return (near[-size:] if last else near[:size]) if size else ""
