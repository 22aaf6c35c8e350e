"""A tool as a command: where its text comes from, what it prints, how it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bimo.cli.files import OutFile
from bimo.text.errors import FileError

Run = Callable[..., "CompletedProcess[str]"]
Script = Callable[..., str]


def test_text_from_arguments_goes_in_and_only_the_result_comes_out(run: Run, script: Script) -> None:
    done = run("parrot", "狐狸", "and", "crow", "--model", script("从前有一只狐狸。"), "--show-prompt")
    assert (done.returncode, done.stdout) == (0, "从前有一只狐狸。\n")
    assert '"theme":"狐狸 and crow"' in done.stderr
    assert "[1/1]" in done.stderr


def test_without_show_prompt_the_prompt_stays_hidden(run: Run, script: Script) -> None:
    assert "theme" not in run("parrot", "x", "--model", script("y")).stderr


@pytest.mark.parametrize("how", ["stdin", "dash", "file", "argument"])
def test_text_from_a_pipe_or_a_file(run: Run, script: Script, tmp_path: Path, how: str) -> None:
    path = tmp_path / "开头.txt"
    path.write_text("第一行\r\n第二行", encoding="utf-8-sig", newline="")
    arguments = {"stdin": [], "dash": ["-"], "file": ["--file", str(path)], "argument": [str(path)]}[how]
    stdin = path.read_bytes() if how in ("stdin", "dash") else b""
    done = run("parrot", *arguments, "--model", script("好"), "--show-prompt", stdin=stdin)
    assert done.returncode == 0, done.stderr
    assert '"theme":"第一行\\n第二行"' in done.stderr


def test_every_kind_of_flag_reaches_the_request(run: Run, script: Script) -> None:
    flags = "--length 99 --tone wry --guest-name 宝玉 --guest-name Alice --warmth 0.25 --loud --no-rhymed --seed 5"
    done = run("parrot", "x", *flags.split(), "--lang", "zh", "--model", script("y"), "--show-prompt")
    asked = json.loads(done.stderr.split("say ", 1)[1].splitlines()[0])
    assert {name: asked[name] for name in ("length", "tone", "guest_name", "warmth", "loud", "rhymed", "seed")} == {
        "length": 99, "tone": "wry", "guest_name": ["宝玉", "Alice"], "warmth": 0.25, "loud": True, "rhymed": False,
        "seed": 5,
    }  # fmt: skip
    assert asked["lang"] == "zh"


def test_alternatives_are_numbered_with_their_measures(run: Run, script: Script) -> None:
    done = run("parrot", "x", "-n", "2", "--model", script("第一", "second"))
    assert done.stdout == "[1] slop 0%\n第一\n\n[2] slop 0.25%\nsecond\n"


def test_json_is_one_object_and_nothing_else(run: Run, script: Script) -> None:
    done = run("parrot", "x", "-n", "2", "--seed", "3", "--json", "--model", script("一", "two"))
    assert json.loads(done.stdout) == {
        "tool": "parrot",
        "model": "scripted",
        "seed": 3,
        "lang": None,
        "alternatives": [
            {"text": "一", "measures": [{"name": "slop", "value": 0.0, "unit": "%", "good": -1}], "data": {}},
            {"text": "two", "measures": [{"name": "slop", "value": 0.25, "unit": "%", "good": -1}], "data": {}},
        ],
        "notices": [{"code": "cli.no_edits", "text": "Nothing to correct was found."}],
        "stopped": False,
    }


def test_a_piece_taken_back_is_not_in_what_is_printed(run: Run, script: Script) -> None:
    assert run("parrot", "x", "--again", "--model", script("the end")).stdout == "the end\n"


def test_out_keeps_what_stood_there(run: Run, script: Script, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old\n")
    done = run("parrot", "x", "--out", str(path), "--model", script("新"))
    assert (done.returncode, path.read_text(), (tmp_path / "a.txt~").read_text()) == (0, "新\n", "old\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "a.txt~", "script.txt"]


BAD = {
    "no text": (["parrot"], 2, ["no text to work on", "pipe"]),
    "blank text": (["parrot", "  "], 2, ["no text to work on"]),
    "two texts": (["parrot", "x", "--file", "y"], 2, ["two texts"]),
    "no such file": (["parrot", "--file", "nowhere.txt"], 2, ["nowhere.txt"]),
    "no such file, without a flag": (["parrot", "nowhere.md"], 2, ["no file nowhere.md"]),
    "unknown tool": (["parot", "x"], 2, ["'parot'", "Nearest: parrot"]),
    "unknown flag": (["parrot", "x", "--lenght", "3"], 2, ["--lenght", "Nearest: --length"]),
    "unknown choice": (["parrot", "x", "--tone", "grant"], 2, ["--tone", "'grant'", "Nearest: grand", "wry"]),
    "not a number": (["parrot", "x", "--length", "many"], 2, ["--length", "'many'", "a whole number, ≥ 20, ≤ 5000"]),
    "too large": (["parrot", "x", "-n", "9"], 2, ["-n", "'9'", "≤ 8"]),
    "too many": (["parrot", "x", *["--guest-name", "A"] * 3], 2, ["--guest-name", "at most 2"]),
    "flag without value": (["parrot", "x", "--length"], 2, ["--length"]),
    "no such model": (["parrot", "x", "--model", "nope"], 3, ["BIMO_NO_ENGINE"]),
    "no endpoint": (["parrot", "x", "--model", "openai:"], 3, ["BIMO_NO_ENGINE"]),
    "script ended": (["parrot", "x", "-n", "2", "--model", "SCRIPT"], 3, ["no reply left"]),
    "out below a file": (["parrot", "x", "--out", "script.txt/a", "--model", "SCRIPT"], 5, ["script.txt/a", "--out"]),
    "out is a folder": (["parrot", "x", "--out", ".", "--model", "SCRIPT"], 5, ["written"]),
    "apply nonsense": (["mend", "teh", "--apply", "one", "--model", "SCRIPT"], 2, ["--apply", "1,3"]),
    "apply too many": (["mend", "teh", "--apply", "2", "--model", "SCRIPT"], 2, ["--apply", "from 1 to 1"]),
    "out without apply": (["mend", "teh", "--out", "a", "--model", "SCRIPT"], 2, ["--apply"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_with_what_to_do_next(run: Run, script: Script, case: str) -> None:
    arguments, status, told = BAD[case]
    model = script("one")
    done = run(*(model if each == "SCRIPT" else each for each in arguments))
    assert (done.returncode, done.stdout) == (status, "")
    assert [words for words in told if words not in done.stderr] == [], done.stderr
    assert "Traceback" not in done.stderr


def test_errors_speak_chinese_too(run: Run) -> None:
    done = run("parrot", "x", "--length", "many", env={"BIMO_LANG": "zh"})
    assert "--length 不能是 'many'" in done.stderr
    assert "整数" in done.stderr


def test_bytes_that_are_not_utf8_are_refused_with_their_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gbk.txt").write_bytes("墙上的钟停了，她没有抬头看。".encode("gbk"))
    for arguments, stdin in (
        (["gbk.txt"], b""),
        (["--file", "gbk.txt"], b""),
        ([], (tmp_path / "gbk.txt").read_bytes()),
        ([b"two \xff words"], b""),
    ):
        done = run("parrot", *arguments, stdin=stdin)
        assert done.returncode == 2
        assert "UTF-8" in done.stderr
        assert "iconv" in done.stderr


def test_what_arrived_before_a_failure_is_kept(run: Run, script: Script, environment: dict[str, str]) -> None:
    done = run("parrot", "x", "--fault", "半句话", "--model", script("y"))
    assert done.returncode == 3
    [kept] = (Path(environment["BIMO_HOME"]) / "state" / "rescued").iterdir()
    assert kept.read_text(encoding="utf-8") == "半句话"
    assert str(kept) in done.stderr


def test_what_was_written_outlives_a_bug(run: Run, script: Script, environment: dict[str, str]) -> None:
    done = run("parrot", "x", "--bug", "--model", script("y"))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    [kept] = (Path(environment["BIMO_HOME"]) / "state" / "rescued").iterdir()
    assert kept.read_text(encoding="utf-8") == "y"


def test_a_file_changed_by_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("mine")
    out = OutFile(path)
    path.write_text("theirs")
    with pytest.raises(FileError, match="changed_elsewhere"):
        out.write("ours")
    assert path.read_text() == "theirs"


class TestEdits:
    TEXT = "It was teh end.\n这是我的的书。"

    def test_shown_as_a_diff_with_reasons(self, run: Run, script: Script) -> None:
        done = run("mend", self.TEXT, "--model", script("x"))
        assert done.stdout == ("[1] It was [-teh-]{+the+} end.\n    spelling\n[2] 这是我[-的的-]{+的+}书。\n    重复\n")
        assert "--apply all" in done.stderr

    @pytest.mark.parametrize(
        ("chosen", "text"),
        [
            ("all", "It was the end.\n这是我的书。\n"),
            ("none", "It was teh end.\n这是我的的书。\n"),
            ("2", "It was teh end.\n这是我的书。\n"),
            ("2, 1", "It was the end.\n这是我的书。\n"),
        ],
    )
    def test_applied_as_chosen(self, run: Run, script: Script, tmp_path: Path, chosen: str, text: str) -> None:
        done = run("mend", self.TEXT, "--apply", chosen, "--model", script("x"))
        assert (done.returncode, done.stdout) == (0, text)
        written = tmp_path / "out.txt"
        done = run("mend", self.TEXT, "--apply", chosen, "--out", str(written), "--model", script("x"))
        assert (done.stdout, written.read_text(encoding="utf-8")) == ("", text)

    def test_as_json(self, run: Run, script: Script) -> None:
        shown = json.loads(run("mend", self.TEXT, "--json", "--model", script("x")).stdout)
        assert shown["alternatives"][0]["text"] == self.TEXT
        assert [edit["new"] for edit in shown["alternatives"][0]["data"]["edits"]] == ["the", "的"]
        shown = json.loads(run("mend", self.TEXT, "--json", "--apply", "all", "--model", script("x")).stdout)
        assert shown["alternatives"][0]["text"] == "It was the end.\n这是我的书。"

    def test_nothing_to_correct(self, run: Run, script: Script) -> None:
        done = run("mend", "fine", "--model", script("x"))
        assert (done.returncode, done.stdout) == (0, "Nothing to correct was found.\n")
