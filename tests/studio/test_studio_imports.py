"""Files that are brought in: previewed, bounded, and never more than text."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest
from house_of_tests import House

XSS = '<script>alert(1)</script><img src=x onerror="alert(1)">'
BOOK = f"# 灯塔\n\n## 第一章 雾\n\n雾来了。{XSS}\n\n***\n\n没有人说话。\n\n## 第二章 灯\n\n灯亮了。\n"


def send(house: House, data: bytes, name: str, status: int = 201) -> Any:
    headers = {"Content-Type": "application/octet-stream"}
    return house.ask("POST", "/imports", status, content=data, params={"name": name}, headers=headers)


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_a_file_is_previewed_before_it_is_brought_in(house: House) -> None:
    before = len(house.get("/works"))
    plan = send(house, BOOK.encode(), "灯塔.md")
    assert (plan["title"], plan["lang"]) == ("灯塔", "zh")
    assert [each["title"] for each in plan["sections"]] == ["第一章 雾", "第二章 灯"]
    assert plan["sections"][0]["children"][0]["beginning"].startswith("雾来了。")
    assert len(house.get("/works")) == before
    work = house.post(f"/imports/{plan['id']}", {"title": "我的灯塔"}, 201)
    assert work["title"] == "我的灯塔"
    told = house.get(f"/works/{work['id']}")
    scenes = [node["id"] for node in told["outline"] if node["kind"] == "scene"]
    text = house.get(f"/scenes/{scenes[0]}")["revision"]
    assert XSS in text["text"]
    assert {run["author"] for run in text["authorship"]} == {"writer"}
    # A plan is brought in once.
    assert house.post(f"/imports/{plan['id']}", {}, 404)["error"]["code"] == "studio.no_plan"


@pytest.mark.parametrize("part", ["word/document.xml", "META-INF/container.xml"])
def test_a_zip_bomb_does_not_go_off(house: House, part: str) -> None:
    bomb = zipped({part: b"<w>" + b" " * (400 << 20)})
    assert len(bomb) < 1 << 20
    began = time.monotonic()
    error = send(house, bomb, "book.docx", 422)["error"]
    assert error["code"] in ("desk.import_bomb", "desk.import_damaged")
    assert time.monotonic() - began < 5
    assert house.get("/health")["ok"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7", "book.pdf"),
        (b"PK\x03\x04 broken", "book.docx"),
        (zipped({"../../../etc/passwd": b"x", "/etc/passwd": b"x"}), "book.zip"),
        (b"\x00\x01\x02\x03" * 50, "book.txt"),
        (b"", "book.txt"),
        (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "book.fdx"),
    ],
)
def test_what_is_no_book_is_named_or_taken_as_text(house: House, data: bytes, name: str) -> None:
    answer = house.client.post("/api/imports", content=data, params={"name": name})
    assert answer.status_code in (201, 422), answer.text
    assert b"root:" not in answer.content
    if answer.status_code == 422:
        assert answer.json()["error"]["hint"]


def test_an_entity_of_a_document_reads_no_file(house: House) -> None:
    xml = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        b"<w:p><w:r><w:t>&e;text</w:t></w:r></w:p></w:body></w:document>"
    )
    answer = house.client.post("/api/imports", content=zipped({"word/document.xml": xml}), params={"name": "b.docx"})
    assert b"root:" not in answer.content
    assert answer.status_code in (201, 422)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd.md", "/etc/cron.d/x.md", "C:\\x.md", "a\x00b.md", "x" * 299 + ".md"]
)
def test_a_name_is_never_a_path(house: House, name: str) -> None:
    answer = house.client.post("/api/imports", content=b"# One\n\nText.", params={"name": name})
    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        assert "/" not in answer.json()["title"]
