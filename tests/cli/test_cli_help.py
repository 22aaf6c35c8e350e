"""Help in both languages, complete, and quick."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from bimo.cli.options import flag_of
from bimo.craft.registry import all_tools

Run = Callable[..., "CompletedProcess[str]"]
BIMO = [sys.executable, "-m", "bimo"]
OWN = {"--file", "--out", "--model", "--json", "--show-prompt", "--apply", "--help"}
HEAVY = ("jinja2", "openai", "xllamacpp", "jieba", "keyring", "markdown_it", "huggingface_hub", "httpx", "rich.live")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_lists_every_command(run: Run, lang: str) -> None:
    shown = run("--help", program=BIMO, env={"BIMO_LANG": lang}).stdout
    for tool in all_tools().values():
        assert f"  {tool.id} " in shown
        assert tool.help["zh" if lang == "zh" else "en"] in shown
    assert ("命令" in shown, "Commands" in shown) == (lang == "zh", lang == "en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_of_a_command_has_every_field(run: Run, lang: str) -> None:
    shown = run("parrot", "--help", env={"BIMO_LANG": lang}).stdout
    for flag in ("--length", "--tone plain|grand|wry", "--guest-name", "--warmth", "--loud", "--no-rhymed", "-n"):
        assert flag in shown
    notes = {"en": ["≥ 20, ≤ 5000, default 200", "may be repeated"], "zh": ["≥ 20, ≤ 5000, 默认 200", "可重复"]}
    assert [note for note in notes[lang] if note not in shown] == []
    assert ("字数" in shown, "length in words" in shown) == (lang == "zh", lang == "en")
    assert "[THEME]..." in shown


@pytest.mark.parametrize("tool", all_tools())
def test_help_of_every_tool_in_both_languages(run: Run, tool: str) -> None:
    fields = all_tools()[tool].request.model_fields
    main = all_tools()[tool].request.main
    for lang, half in (("en", 0), ("zh", 2)):
        shown = run(tool, "--help", program=BIMO, env={"BIMO_LANG": lang, "COLUMNS": "400"}).stdout
        for name, field in fields.items():
            halves = (field.description or "").partition(" | ")
            assert halves[half], f"{tool}: {name} has no description in {lang}"
            assert halves[half] in shown
            assert name == main or flag_of(name) in shown


@pytest.mark.parametrize("tool", all_tools())
def test_no_field_takes_a_flag_of_the_command_line(tool: str) -> None:
    assert not OWN & {flag_of(name) for name in all_tools()[tool].request.model_fields}


def test_locale_decides_where_bimo_lang_is_silent(run: Run) -> None:
    chinese = {"BIMO_LANG": "", "LC_ALL": "zh_CN.UTF-8"}
    assert "用法" in run("--help", env=chinese).stdout
    assert "Usage" in run("--help", env={"BIMO_LANG": "", "LANG": "de_DE.UTF-8"}).stdout
    assert "Usage" in run("--help", env={**chinese, "BIMO_LANG": "en"}).stdout


def test_help_imports_nothing_heavy(run: Run) -> None:
    code = (
        "import json, sys\nfrom bimo.cli.main import main\nsys.argv = ['bimo', '--help']\n"
        f"try: main()\nexcept SystemExit: print(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    )
    assert json.loads(run(program=[sys.executable, "-c", code]).stdout.splitlines()[-1]) == []


def test_version_and_tools(run: Run) -> None:
    assert run("--version", program=BIMO).stdout == "bimo 0.1.0\n"
    assert "parrot      学舌 · 重复模型所说的话" in run("tools", env={"BIMO_LANG": "zh"}).stdout
    assert run(program=BIMO).stdout == run("--help", program=BIMO).stdout


def test_unknown_commands_and_arguments(run: Run) -> None:
    done = run("modles", program=BIMO)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nearest: models" in done.stderr
    assert run("keys", "sett", program=BIMO).returncode == 2
    assert "ENDPOINT" in run("keys", "set", program=BIMO).stderr
    assert "没有 'x' 这个命令" in run("x", program=BIMO, env={"BIMO_LANG": "zh"}).stderr


def test_a_key_is_kept_and_never_shown(run: Run) -> None:
    backend = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = run("keys", "set", "https://api.example.com/v1", stdin=b"sk-very-secret\n", program=BIMO, env=backend)
    assert done.returncode == 0, done.stderr
    assert "sk-very" not in done.stdout + done.stderr
    assert run("keys", "set", "https://api.example.com/v1", stdin=b"\n", program=BIMO, env=backend).returncode == 2
