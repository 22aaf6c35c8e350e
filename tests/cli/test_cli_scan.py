"""`bimo scan` and `bimo forms` as a writer meets them."""

from __future__ import annotations

import json
import sys

import pytest

from bimo.cli.main import main

STORK = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"


def run(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, lang: str = "zh"
) -> tuple[int, str, str]:
    monkeypatch.setenv("BIMO_LANG", lang)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["bimo", *words])
    with pytest.raises(SystemExit) as left:
        main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


def test_a_poem_is_shown_with_its_tones_and_rhymes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, shown, _ = run(["scan", STORK], monkeypatch, capsys)
    assert status == 0
    assert [line.rstrip() for line in shown.splitlines()[:7]] == [
        "五绝 · 仄起首句不入韵 · 平水韵 · 合格",
        "仄 仄 平 平 仄",
        "白 日 依 山 尽",
        "陌 质 微 删 轸",
        "平 平 仄 仄 平",
        "黄 河 入 海 流   A 下平十一尤",
        "阳 歌 缉 贿 尤",
    ]


def test_a_fault_has_its_place_its_rule_and_a_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, shown, _ = run(["scan", STORK[:-2] + "山。"], monkeypatch, capsys, lang="en")
    assert status == 1
    assert "does not hold" in shown
    fault = next(line for line in shown.splitlines() if line.startswith("1:23 "))
    assert "does not rhyme with “流”" in fault


def test_json_has_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = run(["scan", STORK[:-2] + "山。", "--json"], monkeypatch, capsys)
    found = json.loads(shown)
    assert status == 1
    assert (found["form"], found["holds"]) == ("wujue", False)
    errors = [each for each in found["findings"] if each["severity"] == "error"]
    assert [(each["code"], each["start"], each["end"]) for each in errors] == [("verse.rhyme", 22, 23)]
    assert [line["rhyme"] for line in found["lines"]] == ["", "A", "", "A"]


def test_prose_is_told_to_be_no_poem(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = run(["scan", "我昨天去了商店，买了很多东西，然后坐车回家。"], monkeypatch, capsys)
    assert status == 1
    assert "不合任何一种已知的体裁" in shown


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["scan", STORK, "--form", "七绝句"], 2, "七绝"),
        (["scan", STORK, "--book", "nobook"], 2, "pingshui"),
        (["scan", STORK, "--readings", "lax"], 2, "any"),
        (["scan", ""], 2, ""),
        (["scan", "诗" * 20_001], 2, "20,000"),
        (["forms", "浣溪纱纱"], 2, "浣溪沙"),
    ],
)
def test_what_cannot_be_used_is_told(
    words: list[str],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left, _, shown = run(words, monkeypatch, capsys)
    assert left == status
    assert said in shown


def test_forms_are_listed_and_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = run(["forms"], monkeypatch, capsys)
    assert status == 0
    assert "七律 (qilv)" in shown
    assert "浣溪沙" in shown
    status, shown, _ = run(["forms", "七律"], monkeypatch, capsys)
    assert status == 0
    assert "合格" in shown
