"""`bimo check` as a writer and as a script meet it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bimo.cli.main import main

WRONG = "He came home late.\n\nShe did recieve the the letter 🙂 at noon.\n"
Checked = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    """Run `bimo check`; gives its status, what it printed and what it said."""
    monkeypatch.setenv("BIMO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*words: str, lang: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("BIMO_LANG", lang)
        monkeypatch.setattr(sys, "argv", ["bimo", "check", *words])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    (tmp_path / "a.md").write_text(WRONG, "utf-8")
    (tmp_path / "clean.md").write_text("He came home late. Nobody had lit the lamp.\n", "utf-8")
    return run


def test_place_words_reason_and_cure(check: Checked) -> None:
    status, shown, said = check("a.md")
    assert status == 1
    assert shown.startswith("a.md:3:9: warning “recieve” is no word")
    assert "receive" in shown
    assert "a.md:3:17: warning" in shown
    assert "2 warnings" in said


def test_the_reader_is_told_in_the_language_of_the_reader(check: Checked) -> None:
    _, shown, said = check("a.md", lang="zh")
    assert "a.md:3:9: 警告 “recieve” 词典里没有这个词。" in shown
    assert "2 处警告" in said


def test_the_status_is_for_scripts(check: Checked) -> None:
    assert check("clean.md")[0] == 0
    assert check("clean.md", "a.md")[0] == 1
    assert check("a.md", "--fail-on", "error")[0] == 0
    assert check("a.md", "--fail-on", "never")[0] == 0
    assert check("none.md")[0] == 2
    assert check("a.md", "--only", "taste")[0] == 2
    assert check("a.md", "--lang", "fr")[0] == 2


def test_json_says_the_same(check: Checked) -> None:
    _, shown, _ = check("a.md", "clean.md", "--json")
    first, second = json.loads(shown)["texts"]
    assert second["findings"] == []
    found = first["findings"][0]
    assert WRONG[found["start"] : found["end"]] == found["quote"] == "recieve"
    assert (found["line"], found["column"], found["severity"]) == (3, 9, "warning")
    assert found["fixes"][0]["new"] == "receive"


def test_sarif_for_other_programs(check: Checked) -> None:
    _, shown, _ = check("a.md", "--sarif")
    run = json.loads(shown)["runs"][0]
    result = run["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a.md"
    assert place["region"] == {
        "startLine": 3,
        "startColumn": 9,
        "endLine": 3,
        "endColumn": 16,
        "snippet": {"text": "recieve"},
    }
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "receive"


def test_what_is_intended_is_remembered(check: Checked, tmp_path: Path) -> None:
    key = json.loads(check("a.md", "--json")[1])["texts"][0]["findings"][0]["key"]
    status, shown, said = check("a.md", "--waive", key)
    assert "recieve" not in shown
    assert "1 are intended" in said
    assert key in (tmp_path / ".bimo-intended").read_text("utf-8")
    # Also where text was put before it.
    (tmp_path / "a.md").write_text("A new beginning.\n\n" + WRONG, "utf-8")
    assert "recieve" not in check("a.md")[1]
    status, _, said = check("a.md", "--waive", "ffff")
    assert status == 2
    assert "ffff" in said


def test_only_what_changed_is_read_again(check: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paragraphs = [f"This is paragraph {n}, and it is definately long." for n in ("one", "two", "three")]
    text = tmp_path / "long.md"
    text.write_text("\n\n".join(paragraphs), "utf-8")
    before = check("long.md")[1]
    from bimo.critique import language_en

    read: list[str] = []
    lints = language_en._lints

    def noted(joint: str, **how: object) -> object:
        read.append(joint)
        return lints(joint, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(language_en, "_lints", noted)
    assert check("long.md")[1] == before
    assert read == []
    text.write_text("\n\n".join([paragraphs[0], "Something else.", paragraphs[2]]), "utf-8")
    assert check("long.md")[1].count("definately") == 2
    assert read == ["Something else."]


def test_a_bible_gives_the_names(check: Checked, tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("then the dark zorvath fell on them.\n", "utf-8")
    entry = '[[entry]]\nname = "Zorvath"\n'
    (tmp_path / "bible.toml").write_text(entry * 2, "utf-8")
    assert check("b.md")[0] == 1
    status, _, said = check("b.md", "--bible", "bible.toml")
    assert status == 0
    assert "2 entries Zorvath" in said
    (tmp_path / "bible.toml").write_text("[[entry", "utf-8")
    status, _, said = check("b.md", "--bible", "bible.toml")
    assert status == 2
    assert "bible.toml" in said


def test_a_model_reads_too_when_asked(check: Checked, tmp_path: Path) -> None:
    (tmp_path / "script.txt").write_text("He walked to the pier.\n", "utf-8")
    (tmp_path / "d.md").write_text("He walk to the pier.\n", "utf-8")
    status, shown, _ = check("d.md", "--deep", "--only", "proofread", "--model", f"scripted:{tmp_path / 'script.txt'}")
    assert status == 1
    assert "d.md:1:4: warning “walk”" in shown
    # What was asked once is remembered: the script has no second answer.
    assert check("d.md", "--deep", "--only", "proofread", "--model", f"scripted:{tmp_path / 'script.txt'}")[1] == shown


def test_a_check_that_was_stopped_goes_on(check: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bimo.critique import check as module

    def stop(*arguments: object, **how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_keyed", stop)
        assert check("a.md")[0] == 130
    from bimo.critique import language_en

    monkeypatch.setattr(language_en, "_lints", stop)
    assert "recieve" in check("a.md", "--only", "language")[1]


def test_the_critics_are_listed(check: Checked) -> None:
    assert "language_en" in check("--list")[1]


def test_a_third_language_is_said(check: Checked, tmp_path: Path) -> None:
    (tmp_path / "c.md").write_text("国境の長いトンネルを抜けると雪国であった。夜の底が白くなった。", "utf-8")
    status, shown, said = check("c.md")
    assert (status, shown) == (0, "")
    assert "neither Chinese nor English" in said
