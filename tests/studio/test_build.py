"""The built page in the package: it belongs to its source, and it is light. Needs neither Node nor a browser."""

from __future__ import annotations

import gzip
import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src/bimo/studio/static"


def test_the_committed_page_is_built_from_the_committed_source() -> None:
    page = runpy.run_path(str(ROOT / "scripts/page.py"))
    assert page["built_hash"]() == page["source_hash"](), "run `make page` and commit what it builds"


def test_the_first_load_is_light() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 350 * 1024


def test_the_policy_for_content_has_nothing_to_refuse() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "__BIMO_NONCE__" in html
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html)
    assert set(re.findall(r'(?:src|href)="(/[^"]*)"', html)) <= {
        f"/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*")
    }
