"""`bimo make` as a writer runs it: in a process of its own, with a scripted model."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PARROT = [sys.executable, str(Path(__file__).parent / "bimo_with_parrot.py")]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

RECIPE = """
title = { zh = "两段", en = "Two parts" }
about = { zh = "试", en = "A test" }
[recipe]
version = 1

[[step]]
id = "one"
tool = "parrot"
title = { zh = "第一段", en = "The first part" }
options.theme = "{idea}"

[[step]]
id = "two"
tool = "mend"
options.text = "{one.text}"

[[step]]
id = "edition"
tool = "publish"
[step.options]
title = "{idea}"
parts = [{ epigraph = "{one.text}" }, { heading = "II", text = "{two.text}" }]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    (tmp_path / "mine.toml").write_text(RECIPE, encoding="utf-8")
    return "mine.toml"


def test_from_idea_to_edition(run: Run, script: Callable[..., str], recipe: str, tmp_path: Path) -> None:
    model = script("teh fog\nlifts")
    done = run("make", recipe, "--idea", "A <b>lamp</b>", "--model", model, "--folder", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["teh fog", "lifts"]
    assert "[1] [-teh-]{+the+} fog" in done.stdout
    headings = [line for line in done.stderr.splitlines() if line.startswith("[") and "/3]" in line]
    assert headings == ["[1/3] The first part", "[2/3] Mend", "[3/3] Edition"]
    assert done.stderr.endswith(
        "\nYour edition: out/edition.md\nYour edition: out/edition.html\nEvery step of it: out\n"
        "Try next: another version of it\n"
        f"  bimo make mine.toml --idea 'A <b>lamp</b>' --model {model} --seed 1\n"
    )
    page = (tmp_path / "out/edition.html").read_text(encoding="utf-8")
    assert "A &lt;b&gt;lamp&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "# A \\<b\\>lamp" in (tmp_path / "out/edition.md").read_text(encoding="utf-8")


def test_the_interface_speaks_chinese(run: Run, script: Callable[..., str], recipe: str) -> None:
    model = script("雾散了")
    done = run("make", recipe, "--idea", "一盏灯", "--model", model, env={"BIMO_LANG": "zh"})
    assert done.returncode == 0
    assert "[1/3] 第一段" in done.stderr
    assert "成书在这里：" in done.stderr
    assert "接下来可以试试" in done.stderr


def test_without_a_folder_each_run_has_its_own(
    run: Run, script: Callable[..., str], recipe: str, tmp_path: Path
) -> None:
    model = script("text")
    for idea, seed in [("a", "1"), ("a", "2"), ("b", "2"), ("a", "1")]:
        assert run("make", recipe, "--idea", idea, "--seed", seed, "--model", model).returncode == 0
    assert len(list((tmp_path / "home/state/runs").iterdir())) == 3


def test_run_again_it_shows_the_edition_and_asks_no_model(run: Run, script: Callable[..., str], recipe: str) -> None:
    model = script("text")
    given = ["make", recipe, "--idea", "x", "--folder", "out", "--model", model]
    assert run(*given).returncode == 0
    script()  # A script without a reply cannot even be opened.
    done = run(*given)
    assert done.returncode == 0
    assert "Done before: out/01-one.md" in done.stderr
    assert "Your edition: out/edition.html" in done.stderr


def test_a_failure_says_how_to_go_on_and_going_on_finishes(
    run: Run, script: Callable[..., str], tmp_path: Path
) -> None:
    source = RECIPE.replace('tool = "mend"\noptions.text', 'tool = "parrot"\noptions.theme')
    (tmp_path / "parrots.toml").write_text(source, encoding="utf-8")
    given = ["make", "parrots.toml", "--idea", "x", "--folder", "out", "--model", script("first")]
    failed = run(*given)
    assert failed.returncode == 3
    assert "no reply left" in failed.stderr
    assert "Everything written so far is in out\nRun the same command again" in failed.stderr
    script("second")
    assert run(*given).returncode == 0
    assert "first" in (tmp_path / "out/edition.md").read_text(encoding="utf-8")
    assert "second" in (tmp_path / "out/edition.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("idea", ["", "  ", "　\n"])
def test_an_empty_idea(run: Run, recipe: str, idea: str) -> None:
    done = run("make", recipe, "--idea", idea)
    assert done.returncode == 2
    assert "no idea" in done.stderr


def test_the_idea_may_come_from_a_pipe_or_a_file(
    run: Run, script: Callable[..., str], recipe: str, tmp_path: Path
) -> None:
    (tmp_path / "idea.txt").write_text("from a file", encoding="utf-8")
    model = script("text")
    assert run("make", recipe, "--folder", "a", "--model", model, stdin="管道".encode()).returncode == 0
    assert run("make", recipe, "--folder", "b", "--model", model, "--idea", "idea.txt").returncode == 0
    assert '"管道"' in (tmp_path / "a/run.json").read_text(encoding="utf-8")
    assert '"from a file"' in (tmp_path / "b/run.json").read_text(encoding="utf-8")
    assert run("make", recipe, "--folder", "c", stdin=b"\xff\xfe").returncode == 2


def test_bad_input_is_refused_before_any_model_is_opened(run: Run, recipe: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(RECIPE.replace('"{idea}"', "3", 1), encoding="utf-8")
    (tmp_path / "novel").mkdir()
    (tmp_path / "novel/chapter.md").write_text("mine")
    for given, status, named in [
        (["bad.toml", "--idea", "x"], 2, "one.options.theme"),
        (["shrot-story", "--idea", "x"], 2, "short-story"),
        ([], 2, "short-story"),
        ([recipe, "--idea", "x", "--lang", "fr"], 2, "zh, en"),
        ([recipe, "--idea", "x", "--folder", "bad.toml/out"], 5, "bad.toml/out"),
        ([recipe, "--idea", "x", "--folder", "novel"], 2, "chapter.md"),
    ]:
        done = run("make", *given)
        assert (done.returncode, named in done.stderr) == (status, True), done.stderr
        assert "Traceback" not in done.stderr
    assert [file.name for file in (tmp_path / "novel").iterdir()] == ["chapter.md"]


def test_a_disk_that_fails_in_the_middle_loses_no_text(
    run: Run, script: Callable[..., str], recipe: str, tmp_path: Path
) -> None:
    (tmp_path / "out/01-one.md.new/full").mkdir(parents=True)
    done = run("make", recipe, "--idea", "x", "--folder", "out", "--model", script("a dear text"))
    assert done.returncode == 5
    rescued = list((tmp_path / "home/state/rescued").iterdir())
    assert [file.read_text(encoding="utf-8").strip() for file in rescued] == ["a dear text"]


def test_the_list(run: Run) -> None:
    listed = run("make", "--list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["poem-booklet", "screenplay-scene", "short-story"]
    assert "短篇小说" in run("make", "--list", env={"BIMO_LANG": "zh"}).stdout


def test_ctrl_c_keeps_the_text_and_the_same_command_goes_on(
    environment: dict[str, str], run: Run, script: Callable[..., str], recipe: str, tmp_path: Path
) -> None:
    model = script("long " * 400, head="delay=0.02")
    given = ["make", recipe, "--idea", "x", "--folder", "out", "--model", model]
    partial = tmp_path / "out/01-one.partial.txt"
    with subprocess.Popen(
        [*PARROT, *given], env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as running:
        while not (partial.exists() and partial.stat().st_size > 20):
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=10)
    assert running.returncode == 130
    assert "Everything written so far is in out" in told
    assert partial.read_text(encoding="utf-8").startswith("long long")
    script("short")
    assert run(*given).returncode == 0
    assert not partial.exists()
