"""What the pages promise is so: commands run up to the model, links lead somewhere, both languages agree."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bimo.cli.main import main
from bimo.models.catalog import find_any

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAIRS = [
    (ROOT / "README.md", ROOT / "README.zh-CN.md"),
    (DOCS / "guide.md", DOCS / "guide.zh-CN.md"),
    (DOCS / "reference.md", DOCS / "reference.zh-CN.md"),
]
WITH_COMMANDS = [page for pair in PAIRS[:2] for page in pair]
PAGES = [*ROOT.glob("*.md"), *DOCS.glob("*.md")]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAMPLE = "Mara set the letter on the table. She did not read it.\n"


def fences(page: Path, kind: str) -> list[str]:
    return [text for found, text in FENCE.findall(page.read_text(encoding="utf-8")) if found == kind]


def commands(page: Path) -> Iterator[str]:
    """Every line that a reader would type, continued lines joined."""
    for block in fences(page, "sh"):
        yield from block.replace("\\\n", " ").strip().splitlines()


def bimo_commands(page: Path) -> list[str]:
    return [line for line in commands(page) if re.search(r"\bbimo ", line)]


CASES = [pytest.param(line, id=f"{page.name}:{line[:60]}") for page in WITH_COMMANDS for line in bimo_commands(page)]


@pytest.mark.parametrize("line", CASES)
def test_every_command_works_up_to_the_model(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine is refused, so a command that is refused for nothing else is a command that writes."""
    *before, last = line.split(" | ")
    words = shlex.split(last.split(" > ")[0])
    while "=" in words[0]:
        monkeypatch.setenv(*words.pop(0).split("=", 1))
    assert words.pop(0) == "bimo"
    monkeypatch.chdir(tmp_path)
    for place, word in enumerate(words):
        if re.fullmatch(r"\S+\.(md|txt)", word) and words[place - 1] != "--out":
            Path(word).write_text(SAMPLE, encoding="utf-8")
        elif word.endswith(".toml") and words[place - 1] == "--bible":
            Path(word).write_text('[[entry]]\nname = "Mara"\n', encoding="utf-8")
    monkeypatch.setenv("BIMO_NO_ENGINE", "1")
    monkeypatch.setattr(sys, "argv", ["bimo", *words])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SAMPLE.encode() if before else b"")))

    if words[0] in ("models", "keys", "publish", "voice", "narrate", "dictate", "foryou") or "--image" in words:
        _parses(words)
        return
    with pytest.raises(SystemExit) as left:
        main()
    shown = capsys.readouterr().err
    if words[0] in ("scan", "forms", "check", "measure"):
        # They need no model; whether the sample text has the form is not what the page promises.
        assert left.value.code in (0, 1), shown
        return
    assert left.value.code == (0 if {"--list", "--help"} & set(words) else 3), shown
    assert left.value.code == 0 or "BIMO_NO_ENGINE" in shown


def _parses(words: list[str]) -> None:
    """Commands that fetch, delete, ask, train or want a work are only read; the models that they name must be known."""
    from bimo.cli.main import _app

    group = typer.main.get_command(_app())
    with group.make_context("bimo", list(words)) as outer:
        _, sub, rest = group.resolve_command(outer, list(words))
        if words[0] not in ("models", "keys", "voice"):
            sub.make_context(words[0], rest, parent=outer)
            return
        with sub.make_context(words[0], rest, parent=outer) as inner:
            _, leaf, arguments = sub.resolve_command(inner, rest)
            leaf.make_context(rest[0], arguments, parent=inner)
    for name in words[2:]:
        if words[0] == "models" and not name.startswith("openai:"):
            find_any(name)


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda page: page.name)
def test_both_languages_say_the_same(english: Path, chinese: Path) -> None:
    def headings(page: Path) -> list[int]:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        return [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]

    def shapes(page: Path) -> list[tuple[str, ...]]:
        """Commands without what they are about: their names and flags."""
        return [tuple(re.findall(r"(?<!\S)(?:bimo [a-z]+|make|--?[a-z-]+)", line)) for line in commands(page)]

    def pictures(page: Path) -> list[str]:
        """Pictures, each in the language of its page where there is one for each."""
        lang = "zh" if page.name.endswith(".zh-CN.md") else "en"
        found = re.findall(r"!\[[^]]*\]\(([^)]*)\)", page.read_text(encoding="utf-8"))
        return [name.replace(f"-{lang}.png", ".png") for name in found]

    assert headings(english) == headings(chinese)
    assert shapes(english) == shapes(chinese)
    assert pictures(english) == pictures(chinese)


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "README.zh-CN.md"], ids=lambda page: page.name)
def test_a_newcomer_needs_two_commands(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.index("](docs/images/overview.svg)") < text.index("```")
    assert fences(page, "sh")[0] == "make run\nmake test\n"


@pytest.mark.parametrize("target", ["run", "test", "docs", "bench", "clean"])
def test_make_knows_its_targets(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"make {target}" in subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if anchor:
            assert anchor in _anchors(found), target


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_reference_is_as_the_commands_are() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_examples_of_extending_run(tmp_path: Path) -> None:
    """The page's tool, format and recipe, put where it says, write an edition with a scripted model."""
    page = DOCS / "extending.md"
    package = tmp_path / "src" / "bimo"
    shutil.copytree(ROOT / "src" / "bimo", package, ignore=shutil.ignore_patterns("__pycache__"))
    for lang in ("en", "zh"):
        (package / "craft" / "prompts" / f"epigraph.{lang}.md").write_text(fences(page, "markdown")[0])
    modules = {text.split("\n")[0]: text for text in fences(page, "python")}
    (package / "craft" / "epigraph.py").write_text(modules['"""Epigraph: a motto for a book."""'])
    (package / "publish" / "plaintext.py").write_text(modules['"""Plain text: the words and nothing else."""'])
    recipe = fences(page, "toml")[0].replace('["markdown", "html"]', '["text"]').replace('"draft"', '"epigraph"')
    recipe = re.sub(r"theme = .*\nzh = .*\nen = .*\n", 'text = "{idea}"\n', recipe)
    (tmp_path / "one-page.toml").write_text(recipe)
    (tmp_path / "replies.txt").write_text("Keep the lamp lit.")

    def bimo(*words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "src"), "BIMO_LANG": "en"}
        arguments = [sys.executable, "-m", "bimo", *words, "--model", "scripted:replies.txt"]
        return subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert bimo("epigraph", "a lighthouse").stdout.strip() == "Keep the lamp lit."
    done = bimo("make", "one-page.toml", "--idea", "A lighthouse.", "--folder", "run")
    assert done.returncode == 0, done.stderr
    assert "Keep the lamp lit." in (tmp_path / "run" / "edition.txt").read_text()
