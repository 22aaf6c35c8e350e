"""Editions of works of the desk as a page asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bimo.desk.desk import Desk
from bimo.publish.formats import find_format
from bimo.publish.order import Order, document_for
from bimo.text.errors import InputError


def written(desk: Desk, title: str, lang: str, texts: list[str]) -> str:
    work = desk.works.add(title, lang=lang).id  # type: ignore[arg-type]
    for text in texts:
        desk.revisions.save(desk.outline.add(work, "scene").id, text, based_on=None)
    return work


def test_all_that_may_be_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    with Desk.open(tmp_path / "desk.db") as desk:
        own = written(desk, "雨", "zh", ["雨停了。", "她走了。", "天亮了。"])
        other = written(desk, "Rain", "en", ["The rain stopped.", "She left."])
        order = Order(
            author="某人", scenes="1-2", vertical=True, colophon=True, beside=other, cover="雨", colours=("27323d",)
        )
        document = document_for(desk, own, order)
        assert (document.title, document.author, document.vertical) == ("雨 · Rain", "某人", True)
        assert document.cover.startswith(b"\x89PNG")
        text = find_format("text").write(document).decode()
        assert "雨停了。\n\nThe rain stopped." in text
        assert "天亮了" not in text
        assert "本书全部文字由作者所写" in text
        plain = document_for(desk, own, Order(title="A/B"))
        assert (plain.title, plain.cover, plain.pairs) == ("A/B", b"", ())


def test_what_is_asked_wrongly_is_told(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "desk.db") as desk:
        own = written(desk, "雨", "zh", ["雨停了。"])
        for order, code in (
            (Order(cover="/etc/passwd"), "publish.no_mood"),
            (Order(colours=("cover.png",)), "publish.no_colours"),
            (Order(beside=own), "publish.same_text"),
            (Order(beside="none"), "desk.no_work"),
            (Order(scenes="9"), "publish.no_scenes"),
        ):
            with pytest.raises(InputError) as caught:
                document_for(desk, own, order)
            assert caught.value.code == code
    with pytest.raises(ValidationError):
        Order(path="x")  # type: ignore[call-arg]
