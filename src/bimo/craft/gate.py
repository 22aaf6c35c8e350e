"""A step of recipes that lets a text pass only if the critics find nothing above a level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bimo.craft.events import Alternative, Event, Result
from bimo.craft.recipe import Place, StepKind, register_step
from bimo.critique.check import check
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing
from bimo.critique.told import as_data, finding_told
from bimo.text.errors import InputError
from bimo.text.finding import Measure, Severity


class GateRequest(BaseModel):
    """What a text must hold. `allow` is the highest level that may be found, `only` names groups or critics."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    allow: Literal["none", "hint", "warning"] = "warning"
    only: tuple[str, ...] = ()


def gate(request: GateRequest, place: Place) -> Iterator[Event]:
    """Pass the text on as it is. Raises InputError `craft.gate_shut` with the gravest finding, or no such critic."""
    passage = Passage.of(request.text, place.lang)
    report = check(passage, Knowing(cancel=place.cancel), only=request.only or None)
    limit = Severity[request.allow.upper()] if request.allow != "none" else 0
    above = [each.finding for each in report.findings if each.finding.severity > limit]
    if above:
        worst = max(above, key=lambda each: each.severity)
        line, column = passage.line_column(worst.span.start)
        told = {f"told_{lang}": " ".join(finding_told(worst, lang)) for lang in ("en", "zh")}
        where, quote = f"{line}:{column}", worst.span.of(passage.text)[:60]
        raise InputError("craft.gate_shut", count=len(above), where=where, quote=quote, **told)
    measure = Measure("findings", len(report.findings), "", -1)
    data = {"findings": as_data(report, passage, place.lang)["findings"]}
    yield Result((Alternative(request.text, (measure,), data),), stopped=place.cancel.cancelled)


register_step(StepKind("check", {"en": "Check", "zh": "检查"}, GateRequest, gate))
