"""What a tool reports while it works: progress, pieces of text, and at the end its result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bimo.text.errors import Notice
from bimo.text.finding import Measure


@dataclass(frozen=True, slots=True)
class Progress:
    """Step `step` of `total` begins; `code` is put into words at the edge."""

    notice: Notice
    step: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of the first alternative as it is written. `restart` takes back everything shown before it."""

    text: str
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The exact prompt of one request to the model, for `--show-prompt` and for the record."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the writer should know: what was dropped, lost, or given up."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Alternative:
    """One finished proposal. `measures` say why it stands where it stands; `data` is its structured form."""

    text: str
    measures: tuple[Measure, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a tool's work: alternatives, the best first. `stopped` if the writer stopped it."""

    alternatives: tuple[Alternative, ...]
    stopped: bool = False

    @property
    def text(self) -> str:
        """The text of the best alternative, or nothing."""
        return self.alternatives[0].text if self.alternatives else ""


Event = Progress | Piece | Asked | Warned | Result


def result_of(events: Iterator[Event]) -> Result:
    """Run a tool to its end and return the result."""
    for event in events:
        if isinstance(event, Result):
            return event
    raise RuntimeError("the tool ended without a result")
