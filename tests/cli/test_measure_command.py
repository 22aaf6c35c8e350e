"""`bimo measure` as a writer meets it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bimo.cli.main import main

TEXTS = {
    "zh": "\n".join(f"第{n}天，林晚照笑了，陈默却哭了。“走吧，天要黑了。”林晚照说。" for n in range(120)),
    "en": "\n".join(f'On day {n} Anna laughed with joy, but Boris wept. "We come," said Anna.' for n in range(120)),
}


def run(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, lang: str = "zh"
) -> tuple[int, str, str]:
    monkeypatch.setenv("BIMO_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["bimo", "measure", *words])
    with pytest.raises(SystemExit) as left:
        main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


@pytest.mark.parametrize(("lang", "said"), [("zh", "情感弧线"), ("en", "Arc:")])
def test_the_page_in_the_terminal_and_in_a_file(
    lang: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "works <1>.txt", tmp_path / "page.html"
    source.write_text(TEXTS[lang], "utf-8")
    status, shown, _ = run([str(source), "--html", str(target), "--like", str(source)], monkeypatch, capsys, lang=lang)
    assert status == 0
    assert said in shown
    html = target.read_text("utf-8")
    assert "works &lt;1&gt;" in html
    assert "<script" not in html
    plots = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert len(plots) >= 4
    assert ("林晚照" if lang == "zh" else "Anna") in "".join(plots[-1].itertext())


def test_json_has_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.txt"
    source.write_text(TEXTS["en"], "utf-8")
    status, shown, _ = run([str(source), "--json"], monkeypatch, capsys, lang="en")
    found = json.loads(shown)
    assert status == 0
    assert found["language"] == "en"
    assert {each["name"] for each in found["measures"]} >= {"slop", "dialogue", "ease", "distinct_2"}
    assert found["measures"][0]["human"]
    assert set(found["characters"]) == {"Anna", "Boris"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["…… ！"], "--lang"),
        (["一句话。", "--lang", "fr"], "zh, en"),
        (["none.txt"], "none.txt"),
        (["x", "--like", "no.txt"], "no.txt"),
    ],
)
def test_what_cannot_be_measured_is_told(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, shown = run(words, monkeypatch, capsys)
    assert status == 2
    assert said in shown
