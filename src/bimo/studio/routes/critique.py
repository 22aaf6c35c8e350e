"""What the critics say of a scene while it is written, and of a whole work; and what the writer meant just so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from bimo.critique.bible import Bible, Entry, Fact
from bimo.critique.check import Progress, check
from bimo.critique.memory import Memory, memory_of
from bimo.critique.passage import Kind, Passage, foreign
from bimo.critique.registry import Knowing, all_critics
from bimo.critique.told import as_data
from bimo.desk.desk import Desk
from bimo.desk.values import Work
from bimo.models.places import state_dir
from bimo.models.protocol import Cancel, Model
from bimo.studio.house import Studio
from bimo.studio.jobs import Job, Told
from bimo.studio.places import Places
from bimo.studio.routes.common import Body, House, Page, Reader, Session, reply
from bimo.studio.routes.jobs import begin
from bimo.studio.stream import EventStream, Json
from bimo.text.errors import Language
from bimo.text.spans import Span

router = APIRouter(tags=["critique"])
_KINDS: Final[dict[str, Kind]] = {"poems": "verse", "screenplay": "fountain"}
_BETWEEN: Final = "\n\n"
_AROUND: Final = 12
# Two checks of one text must not write its memory at the same time.
_saving = threading.Lock()


class CheckCall(Body):
    """A scene as the page has it.

    `reach` says how far to look: "typing" asks only the quick critics, "scene" every critic that needs no model,
    "work" every one about all scenes in their order.
    """

    scene: str
    text: str | None = Field(None, max_length=2_000_000)
    reach: Literal["typing", "scene", "work"] = "typing"


class DeepCall(CheckCall):
    """A look that may take long; `deep` asks the model too."""

    deep: bool = False


class IntendedCall(Body):
    """A finding that the writer meant so, by its key; code and quote are kept to know it again."""

    key: str = Field(pattern=r"^[0-9a-f]{10}(-[0-9]+)?$")
    code: str = Field("", max_length=100)
    quote: str = Field("", max_length=500)


@router.get("/critics")
def critics() -> Json:
    """Every critic: id, names, group, whether it is quick, and whether it asks a model."""
    return reply(
        [
            {"id": each.id, "names": dict(each.names), "group": each.group, "cheap": each.cheap, "deep": each.deep}
            for each in all_critics().values()
        ]
    )


@router.post("/check")
def check_text(call: CheckCall, house: House, lang: Reader) -> Json:
    """What the critics find, with reason and cure; `scene` of a finding says where. Changed paragraphs only.

    A cure is all of its `fixes` together. `gaps` names critics that could not look.
    """
    return reply(_told(house, call, lang))


@router.post("/check/job")
async def check_long(call: DeepCall, house: House, lang: Reader, session: Session, page: Page = "") -> EventStream:
    """The same as a job, for what takes long: `progress` tells how far it is, `checked` what was found.

    With `deep` the critics that ask a model look as well. Stopped, it tells what was found until then.
    """
    if call.deep:
        house.must_be_on()
    about = {"scene": call.scene, "reach": call.reach}
    return begin(house, "check", Checking(house, call), lang, session, page, about)


@dataclass(frozen=True, slots=True)
class Checking:
    """A long look at a scene or a work."""

    house: Studio
    call: DeepCall

    def __call__(self, job: Job) -> Iterator[Told]:
        """Tell of every hundredth that is read, then of what was found."""
        last = -1

        def progress(done: int, total: int) -> None:
            nonlocal last
            if (share := 100 * done // max(1, total)) != last:
                last = share
                job.tell("progress", {"code": "", "text": "", "step": done, "total": total})

        model = self.house.model(job.page) if self.call.deep else None
        yield "checked", _told(self.house, self.call, job.lang, model, progress, job.cancel)


def _told(
    house: Studio,
    call: CheckCall,
    lang: Language,
    model: Model | None = None,
    progress: Progress = lambda done, total: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    node = house.desk.outline.get(call.scene)
    work = house.desk.works.get(node.work)
    texts = _texts(house.desk, work, call)
    whole = _BETWEEN.join(text for _, text in texts)
    passage = Passage.of(whole, None if foreign(whole) else work.lang, _KINDS.get(work.kind, "prose"))
    kept = memory_of(Path("/", call.scene if call.reach != "work" else work.id), state_dir() / "critique")
    memory = Memory()
    memory.load(kept)
    report = check(
        passage,
        Knowing(_bible(house.desk, work.id), model=model, cancel=cancel or Cancel(), memory=memory),
        cheap=call.reach == "typing",
        waived=frozenset(_intended(house.desk, work.id)),
        progress=progress,
    )
    # What cannot be remembered is found again.
    with suppress(OSError), _saving:
        memory.save(kept)
    told = as_data(report, passage, lang)
    return {**told, "findings": _placed(told["findings"], texts)}


@router.get("/works/{id}/intended")
def intended(id: str, house: House) -> Json:
    """The findings of a work that its writer has called intended."""
    return reply([{"key": key, **said} for key, said in _intended(house.desk, id).items()])


@router.post("/works/{id}/intended", status_code=201)
def intend(id: str, call: IntendedCall, house: House) -> Json:
    """Call a finding intended: it is not told again of the same words."""
    house.desk.works.get(id)
    kept = {**_intended(house.desk, id), call.key: {"code": call.code, "quote": call.quote}}
    house.desk.settings.set(_name(id), kept)
    return reply(call.given(), 201)


@router.delete("/works/{id}/intended/{key}", status_code=204)
def regret(id: str, key: str, house: House) -> None:
    """Let a finding be told again."""
    left = {each: said for each, said in _intended(house.desk, id).items() if each != key}
    house.desk.settings.set(_name(id), left)


def _name(work: str) -> str:
    return f"intended:{work}"


def _intended(desk: Desk, work: str) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = desk.settings.get(_name(work), {})
    return kept


def _texts(desk: Desk, work: Work, call: CheckCall) -> list[tuple[str, str]]:
    """The scenes to look at, in the order of the work; the open one as the page has it."""
    if call.reach != "work":
        head = desk.revisions.head(call.scene) if call.text is None else None
        return [(call.scene, (head.text if head else "") if call.text is None else call.text)]
    saved = {each.scene: each.text for each in desk.revisions.heads(work.id)}
    if call.text is not None:
        saved[call.scene] = call.text
    return [(node.id, saved.get(node.id, "")) for node in desk.outline.scenes(work.id)]


def _bible(desk: Desk, work: str) -> Bible:
    """The bible of a work as critics read it; what holds only from a scene on says so."""
    names = {entry.id: entry.names[0].text for entry in desk.bible.all(work)}
    facts: dict[str, list[Fact]] = {id: [] for id in names}
    for fact in desk.bible.facts(work):
        if fact.entry in facts:
            knowers = tuple(names[each.entry] for each in fact.knowers if each.entry in names)
            facts[fact.entry].append(Fact(fact.text, fact.from_scene, fact.secret, knowers))
    return Bible(
        tuple(
            Entry(
                each.names[0].text,
                each.kind,
                tuple(name.text for name in each.names[1:] if name.role != "title"),
                each.description,
                tuple(facts[each.id]),
            )
            for each in desk.bible.all(work)
        )
    )


def _placed(findings: list[dict[str, Any]], texts: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Findings in the page's units, each place counted from the start of its scene, which it names."""
    starts: list[tuple[int, str, Places]] = []
    place = 0
    whole = _BETWEEN.join(text for _, text in texts)
    for scene, text in texts:
        starts.append((place, scene, Places(text)))
        place += len(text) + len(_BETWEEN)
    cheap = {each.id for each in all_critics().values() if each.cheap}

    def at(spot: dict[str, Any]) -> dict[str, Any]:
        first, scene, places = next(each for each in reversed(starts) if each[0] <= spot["start"])
        left = {name: value for name, value in spot.items() if name not in ("line", "column")}
        return {**left, **places.span_outside(Span(spot["start"] - first, spot["end"] - first)), "scene": scene}

    return [
        {
            **at(each),
            # A comma by itself says nothing: what stands around it, in its line.
            "before": whole[max(0, each["start"] - _AROUND) : each["start"]].rpartition("\n")[2],
            "after": whole[each["end"] : each["end"] + _AROUND].partition("\n")[0],
            "cheap": each["critic"] in cheap,
            "evidence": [at(spot) for spot in each["evidence"]],
            "fixes": [at(fix) for fix in each["fixes"]],
        }
        for each in findings
    ]
