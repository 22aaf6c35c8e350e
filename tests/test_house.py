"""The manner of the house: limits, docstrings, messages in both languages, walls, and nothing left half done."""

from __future__ import annotations

import ast
import re
import shutil
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

from bimo.craft.registry import Tool, all_tools
from bimo.text.errors import messages

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "bimo"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = sorted(path.parent.name for path in PACKAGE.glob("*/messages.toml"))
LINES, FUNCTION_LINES = 400, 60

# What may be longer than the limits, with the reason; an exception that is no longer needed fails too.
LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}

CODE = re.compile(rf"({'|'.join(FLOORS)})\.[a-z][a-z0-9_]*")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_modules_are_short() -> None:
    long = {name_of(path) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > LINES}
    assert long == set(LONG_MODULES)


def test_functions_are_short() -> None:
    def too_long(node: ast.AST) -> bool:
        return isinstance(node, Function) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES

    long = {f"{name_of(path)}:{node.name}" for path in MODULES for node in ast.walk(tree_of(path)) if too_long(node)}  # type: ignore[attr-defined]
    assert long == set(LONG_FUNCTIONS)


def test_only_the_command_line_prints(module: Path) -> None:
    if module.is_relative_to(PACKAGE / "cli"):
        return
    prints = [
        node.lineno
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_whoever_catches_everything_says_why(module: Path) -> None:
    """Cleaning up and raising it again is no catching."""
    lines = module.read_text(encoding="utf-8").splitlines()
    silent = [
        node.lineno
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ExceptHandler)
        and _is_broad(node.type)
        and ast.unparse(node.body[-1]) != "raise"
        and not re.search(r"#(?! type:| noqa)", lines[node.lineno - 2] + lines[node.lineno - 1])
    ]
    assert silent == []


def _is_broad(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or ast.unparse(each) in ("Exception", "BaseException") for each in kinds)


def test_every_public_name_has_a_docstring(module: Path) -> None:
    tree = tree_of(module)
    silent = [f"{name}:{node.lineno}" for name, node in _public(tree) if not ast.get_docstring(node)]
    assert ast.get_docstring(tree), "the module says nothing about itself"
    assert silent == []


def _public(node: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Functions and classes at the top of a module, and the methods of public classes that override nothing known."""
    for each in node.body:
        if isinstance(each, Function | ast.ClassDef) and not each.name.startswith("_"):
            yield each.name, each
            if isinstance(each, ast.ClassDef):
                yield from _public(each)


@pytest.mark.parametrize("floor", FLOORS)
def test_every_message_is_whole_in_both_languages(floor: str) -> None:
    for name, languages in messages(floor).items():
        assert set(languages) == {"zh", "en"}, name
        zh, en = languages["zh"], languages["en"]
        assert zh.get("text"), name
        assert en.get("text"), name
        assert set(zh) == set(en) <= {"text", "hint"}, name
        for part in en:
            assert _places(zh[part]) == _places(en[part]), f"{name}.{part}"


def _places(text: str) -> set[str]:
    """The arguments of a message; `reasons_en` and `reasons_zh` are one argument in two languages."""
    names = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    return {re.sub(r"_(en|zh)$", "", name) for name in names}


def test_every_code_has_its_message() -> None:
    used = {code for path in MODULES for code in _codes(tree_of(path))}
    missing = {code for code in used if _message(code) is None}
    assert missing == set()


def test_every_message_is_used() -> None:
    used = {code for path in MODULES for code in _codes(tree_of(path))}
    begun = tuple(start for path in MODULES for start in _begun_codes(tree_of(path)))
    every = {f"{floor}.{name}" for floor in FLOORS for name in messages(floor)}
    assert {code for code in every - used if not code.startswith(begun)} == set()


def test_every_message_gets_its_arguments(module: Path) -> None:
    for call in ast.walk(tree_of(module)):
        if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        code, given = call.args[0].value, {keyword.arg for keyword in call.keywords}
        if isinstance(code, str) and CODE.fullmatch(code) and None not in given and (found := _message(code)):
            wanted = set().union(*map(_places, found["en"].values()))
            named = {re.sub(r"_(en|zh)$", "", name) for name in given if name}
            assert wanted <= named, f"{code}, line {call.lineno}"


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            # What ends in an underscore is the beginning of a code.
            yield from [node.value] if not node.value.endswith("_") else []
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "step" and isinstance(node.args[0], ast.Constant):
            # The tools' own short way to report a step.
            yield f"craft.{node.args[0].value}"


def _begun_codes(tree: ast.Module) -> Iterator[str]:
    """The fixed beginnings of codes that are put together, as in f"models.head_{name}"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if CODE.fullmatch(start):
                yield start


def _message(code: str) -> dict[str, dict[str, str]] | None:
    floor, _, name = code.partition(".")
    return messages(floor).get(name)


def _texts() -> Iterator[Path]:
    for top in ("src", "tests", "bench", "docs", "scripts", ".ci", "."):
        folder = ROOT / top
        found = folder.rglob("*") if top != "." else folder.glob("*")
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def test_no_path_of_one_machine_is_written_down() -> None:
    # Put together here, so that this file does not find itself.
    private = re.compile(rb"(?<![\w.~/-])/(?:" + b"|".join([b"work", b"root", b"home/[a-z]"]) + rb")\b(?=/|[a-z])")
    assert [path.relative_to(ROOT).as_posix() for path in _texts() if private.search(path.read_bytes())] == []


def test_the_changelog_tells_of_this_version() -> None:
    newest = re.search(r"(?m)^## \[?([0-9][^\] ]*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert newest
    assert newest[1] == version("bimo")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in `folder`."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "", "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


FORBIDDEN = {
    "craft/spark_plug.py": ("import xllamacpp", "xllamacpp only in models/llama.py"),
    "models/spark_plug.py": ("import openai", "openai only in models/openai.py"),
    "publish/spark_plug.py": ("from rich.console import Console", "typer and rich only in cli"),
    "text/spark_plug.py": ("import pydantic", "pydantic never in text"),
    "studio/torch_plug.py": ("import torch", "torch and transformers only in voice"),
    "studio/store_plug.py": ("from sqlalchemy import text", "sqlalchemy only in desk"),
    "publish/sound_plug.py": ("import onnxruntime", "libraries of speech and pictures only in senses"),
    "desk/web_plug.py": ("import fastapi", "fastapi only in studio"),
    "models/upward.py": ("import bimo.craft.registry", "Each floor imports only from the floors below"),
    "craft/upward.py": ("from bimo import publish", "Each floor imports only from the floors below"),
}


def test_the_walls_hold_and_each_of_them_bites(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert lint_imports(tmp_path).returncode == 0

    for name, (line, _) in FORBIDDEN.items():
        # Inside a function, where an import is hidden best.
        (tmp_path / "src" / "bimo" / name).write_text(f"def late():\n    {line}\n")
    broken = lint_imports(tmp_path)
    assert broken.returncode == 1
    for name, (_, contract) in FORBIDDEN.items():
        assert re.search(rf"{re.escape(contract)}.* BROKEN", broken.stdout), broken.stdout
        assert f"bimo.{name[:-3].replace('/', '.')} ->" in broken.stdout


def test_every_outside_wall_is_tried() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    tried = [contract for _, contract in FORBIDDEN.values()]
    assert [each["name"] for each in contracts if not any(each["name"].startswith(name) for name in tried)] == []


@pytest.fixture(params=all_tools().values(), ids=lambda tool: tool.id)
def tool(request: pytest.FixtureRequest) -> Tool:
    found: Tool = request.param
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_tool_has_its_words(tool: Tool, lang: str) -> None:
    assert tool.names[lang]  # type: ignore[index]
    assert tool.help[lang]  # type: ignore[index]
    prompt = PACKAGE / "craft" / "prompts" / f"{tool.id}.{lang}.md"
    assert prompt.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("page", ["guide.md", "guide.zh-CN.md", "reference.md", "reference.zh-CN.md"])
def test_every_tool_is_in_the_docs(tool: Tool, page: str) -> None:
    assert f"bimo {tool.id}" in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_nothing_is_left_over_from_a_tool_that_went() -> None:
    prompts = {path.name.split(".")[0] for path in (PACKAGE / "craft" / "prompts").glob("*.md")}
    assert {name for name in prompts - set(all_tools()) if not name.startswith("_")} == set()


# What a fake interpreter answers when asked for its version, for whether it is new enough, and for venv.
UNFIT = {
    "too old": ("echo 3.9", "exit 1", "exit 0", "is 3.9"),
    "without venv": ("echo 3.12", "exit 0", "exit 1", "without its venv module"),
    "leading nowhere": ("exit 127", "exit 127", "exit 127", "there is no python3"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_an_unfit_python_is_named_with_the_cure(tmp_path: Path, kind: str) -> None:
    number, new, venv, expected = UNFIT[kind]
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        branches = f"*print*) {number} ;; *exit*) {new} ;; *) {venv} ;;"
        (tmp_path / name).write_text(f'#!/bin/sh\ncase "$2" in {branches} esac\n')
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "python.sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert expected in done.stderr
    assert "apt-get install" in done.stderr
