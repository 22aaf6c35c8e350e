"""Sites: a page a chapter, links that lead somewhere, nothing that runs or is fetched."""

from __future__ import annotations

import difflib
import io
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sample_works import SAMPLES
from test_editions import VOLATILE, _Seen
from test_epub import NASTY

from bimo.publish.document import Document, Heading, Paragraph
from bimo.publish.html import to_html
from bimo.publish.site import pages, to_site

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_sites(name: str) -> None:
    made = "\n".join(f"==> {file}\n{VOLATILE.sub('', data.decode())}" for file, data in pages(SAMPLES[name]).items())
    path = GOLDEN / f"{name}-site.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(difflib.unified_diff(kept.split("\n"), made.split("\n"), lineterm=""))


@pytest.mark.parametrize("document", [*SAMPLES.values(), NASTY, Document("", (Paragraph("x"),), "en")])
def test_links_lead_to_pages_and_nothing_runs_or_is_fetched(document: Document) -> None:
    found = pages(document)
    for page in found.values():
        seen = _Seen(page)
        for tag, attrs in seen.tags:
            assert tag not in {"script", "iframe", "link", "object", "base", "form", "svg"}
            assert not any(name.startswith("on") for name in attrs)
            assert attrs.get("href", "index.html") in found
            assert (attrs.get("src") or "data:image/png;base64,").startswith("data:image/png;base64,")
        assert not re.search(rb"url\(|@import", page)


def test_every_word_is_on_a_page_and_the_pages_are_in_a_row() -> None:
    document = SAMPLES["prose.zh"]
    found = pages(document)
    assert list(found) == ["index.html", "00001.html", "00002.html", "00003.html"]
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            assert any(block.text in _Seen(page).text for page in found.values())
    second = found["00002.html"].decode()
    assert re.findall(r'<a href="(.*?)" rel="(.*?)">', second) == [
        ("00001.html", "prev"),
        ("index.html", "contents"),
        ("00003.html", "next"),
    ]


def test_the_zip_is_the_same_each_time_and_stays_in_its_folder() -> None:
    made = to_site(NASTY)
    assert made == to_site(NASTY)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert all(re.fullmatch(r"index\.html|\d{5}\.html", name) for name in archive.namelist())


def test_vertical_lines_and_a_cover() -> None:
    assert b'class="vertical"' in to_html(replace(SAMPLES["prose.zh"], vertical=True))
    assert b"<img class=" in to_html(NASTY)
    assert b"<img" not in to_html(SAMPLES["prose.zh"])
