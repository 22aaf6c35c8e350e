"""What a work measures along its way: feeling, manner, rhythm, speech, and who is there; each point with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter

from bimo.studio.places import Places
from bimo.studio.routes.common import House, reply
from bimo.studio.stream import Json
from bimo.text.spans import Span

router = APIRouter(tags=["critique"])
_BETWEEN: Final = "\n\n"


@router.get("/works/{id}/portrait")
def measured(id: str, house: House, scene: str | None = None) -> Json:
    """The curves of a work, or of one scene, as saved. `at` of a point is how far along it stands, from 0 to 1.

    `arc` has the feeling of each paragraph and a smooth line, `drift` how far a stretch stands from the manner of the
    rest (`strange`: further than chance), `rhythm` the mean sentence, `speech` the percent of dialogue, `people` where
    each is named and in what mood.
    """
    from bimo.critique.portrait import portrait

    work = house.desk.works.get(id)
    saved = {each.scene: each.text for each in house.desk.revisions.heads(id)}
    texts = [
        (node.id, saved[node.id])
        for node in house.desk.outline.scenes(id)
        if node.id in saved and scene in (None, node.id)
    ]
    whole = _BETWEEN.join(text for _, text in texts)
    found = portrait(whole, work.lang)
    along = _Along(texts)
    strange = {span for span, _ in found.strange}
    arc = zip(found.arc.spans, found.arc.values, found.arc.smooth, strict=True)
    return reply(
        {
            "length": found.count,
            "shape": found.arc.shape,
            "arc": [along.point(span) | {"value": value, "smooth": smooth} for span, value, smooth in arc],
            "drift": [along.point(span) | {"value": value, "strange": span in strange} for span, value in found.drift],
            "rhythm": along.points(found.rhythm),
            "speech": along.points((span, 100 * value) for span, value in found.speech),
            "people": [
                {"name": name, "points": along.points((span, mood.valence) for span, mood in seen)}
                for name, seen in found.characters.items()
                if seen
            ],
            "echoes": [{"phrase": phrase, "times": times} for phrase, times in found.echoes],
        }
    )


class _Along:
    """The scenes of a work one after the other."""

    def __init__(self, texts: list[tuple[str, str]]) -> None:
        self._starts: list[tuple[int, str, str, Places]] = []
        self._length = 0
        for scene, text in texts:
            self._starts.append((self._length, scene, text, Places(text)))
            self._length += len(text) + len(_BETWEEN)

    def point(self, span: Span) -> dict[str, Any]:
        """Where a stretch begins: its scene, its place there in the page's units, and the first words."""
        first, scene, text, places = next(each for each in reversed(self._starts) if each[0] <= span.start)
        start = min(span.start - first, len(text))
        # A stretch may run over the end of a scene.
        end = min(span.end - first, len(text))
        told = {**places.span_outside(Span(start, end)), "scene": scene, "quote": text[start:end][:40].split("\n")[0]}
        return told | {"at": span.start / max(1, self._length)}

    def points(self, curve: Iterable[tuple[Span, float]]) -> list[dict[str, Any]]:
        """The points of a curve."""
        return [self.point(span) | {"value": value} for span, value in curve]
