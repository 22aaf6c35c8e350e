"""The engine's process: it comes back when it dies, says why when it cannot, and ends with the studio."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from house_of_tests import events, open_house, until

from bimo.models.places import run_dir, state_dir
from bimo.models.protocol import Cancel, Prompt, Sampling, collect, write
from bimo.models.remote import RemoteLlama, shared
from bimo.models.select import open_model
from bimo.studio.engine import ChildEngine
from bimo.studio.work import considered
from bimo.text.errors import BusyError, ModelError

FAKE = Path(__file__).with_name("fake_engine.py")
PROMPT = Prompt.of("You are a novelist.", "Tell me about a lighthouse.")
DEADLY = Prompt.of("You are a novelist.", "Tell me how to die.")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], ChildEngine]]:
    engines = []

    def start(mode: str) -> ChildEngine:
        command = [sys.executable, str(FAKE), mode, str(tmp_path / "starts")]
        engines.append(ChildEngine("fake", command=command, pauses=(0.05, 0.1)))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


Start = Callable[[str], ChildEngine]


def some(engine: ChildEngine, prompt: Prompt = PROMPT, tokens: int = 5) -> str:
    """A few words, then stop."""
    cancel, text = Cancel(), ""
    for chunk in engine.stream(prompt, Sampling(max_tokens=100), cancel=cancel):
        text += chunk.text
        if len(text.split()) >= tokens:
            cancel.cancel()
    return text


def test_a_request_waits_for_the_engine_to_start(start: Start) -> None:
    engine = start("good")
    assert engine.state == "starting"
    assert some(engine).startswith("word0 word1 ")
    assert (engine.state, engine.starts, engine.info.id) == ("ready", 1, "fake")


def test_an_engine_that_dies_in_the_middle_loses_no_word_and_comes_back(start: Start) -> None:
    engine = start("good")
    text = ""
    with pytest.raises(BusyError) as failed:  # noqa: PT012  # what came before it failed is part of the test
        for chunk in engine.stream(DEADLY, Sampling(max_tokens=100), cancel=Cancel()):
            text += chunk.text
    assert failed.value.code == "models.engine_lost"
    assert failed.value.retryable
    assert text.split() == ["word0", "word1", "word2", "word3"]
    assert some(engine).startswith("word0")
    assert engine.starts == 2


def test_a_kill_is_survived_as_often_as_it_comes(start: Start) -> None:
    engine = start("good")
    for number in range(1, 4):
        until(lambda: engine.state == "ready")
        assert engine.starts == number
        os.kill(engine.pid or 0, signal.SIGKILL)
        until(lambda number=number: engine.starts > number)
    assert some(engine)


def test_what_cannot_start_says_why_and_is_tried_again_with_each_request(start: Start) -> None:
    engine = start("refuses")
    for _ in range(2):
        with pytest.raises(ModelError) as failed:
            some(engine)
        assert failed.value.code == "models.not_installed"
        assert failed.value.details["id"] == "fake"
    assert engine.state == "failed"
    before = engine.starts
    time.sleep(0.3)
    assert engine.starts == before


def test_what_was_missing_may_have_come(start: Start) -> None:
    engine = start("once")
    until(lambda: engine.state == "failed")
    assert some(engine)


def test_an_engine_that_only_dies_is_not_started_for_ever(start: Start) -> None:
    engine = start("dies")
    with pytest.raises(ModelError) as failed:
        some(engine)
    assert failed.value.code == "studio.engine_dies"
    assert failed.value.details["log"] == state_dir() / "engine.log"


def test_waiting_for_an_engine_can_be_stopped(start: Start) -> None:
    engine, cancel = start("good"), Cancel()
    cancel.cancel()
    chunks = list(engine.stream(PROMPT, Sampling(), cancel=cancel))
    assert [chunk.finish for chunk in chunks] == ["cancelled"]


def test_it_ends_with_the_studio_at_once(start: Start) -> None:
    engine = start("good")
    until(lambda: engine.state == "ready")
    pid = engine.pid
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 1.5
    assert not psutil.pid_exists(pid or 0)
    with pytest.raises(ModelError):
        some(engine)


def test_the_key_is_in_no_argument_and_no_open_file(start: Start) -> None:
    engine = start("good")
    until(lambda: engine.state == "ready")
    file = run_dir() / "engine.json"
    until(file.exists)
    assert file.stat().st_mode & 0o077 == 0
    process = psutil.Process(engine.pid)
    assert "key-of-the-fake-engine" not in " ".join(process.cmdline()) + str(process.environ())
    assert "key-of-the-fake-engine" not in repr(engine) + (state_dir() / "engine.log").read_text()


def test_the_command_line_uses_the_engine_of_an_open_studio(start: Start) -> None:
    engine = start("good")
    until(lambda: engine.state == "ready" and (run_dir() / "engine.json").exists())
    model = open_model("fake")
    assert isinstance(model, RemoteLlama)
    assert model.count("four") == 4
    model.close()
    assert shared("another") is None
    engine.close()
    assert not (run_dir() / "engine.json").exists()
    assert shared("fake") is None


def test_a_parent_that_is_killed_takes_the_engine_along(tmp_path: Path) -> None:
    command = [sys.executable, str(FAKE), "good", str(tmp_path / "starts")]
    code = (
        "import time\nfrom bimo.studio.engine import ChildEngine\n"
        f"engine = ChildEngine('fake', command={command!r})\n"
        "while engine.pid is None or engine.state != 'ready': time.sleep(.01)\n"
        "print(engine.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


@pytest.fixture(scope="module")
def engine(small_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildEngine]:
    engine = ChildEngine(str(small_gguf), state=tmp_path_factory.mktemp("contexts"), shared=False, pauses=(0.05, 0.1))
    yield engine
    engine.close()


@pytest.mark.engine
class TestRealEngine:
    """The small real model in a process of its own."""

    def test_it_writes_as_in_ones_own_process(self, engine: ChildEngine, small_gguf: Path) -> None:
        from bimo.models.llama import LlamaModel

        sampling = Sampling(max_tokens=24, seed=5, bans=("lighthouse", "the sea"), n=2)
        apart = write(engine, PROMPT, sampling)
        own = LlamaModel(small_gguf, id="own", threads=1)
        assert apart == write(own, PROMPT, sampling)
        own.close()
        grammar = Sampling(max_tokens=8, seed=5, grammar='root ::= "yes" | "no"')
        assert write(engine, PROMPT, grammar)[0] in ("yes", "no")

    def test_a_stop_frees_it_within_a_second(self, engine: ChildEngine) -> None:
        cancel = Cancel()
        chunks = engine.stream(PROMPT, Sampling(max_tokens=2000, end=False), cancel=cancel)
        for _ in range(10):
            next(chunks)
        began = time.monotonic()
        cancel.cancel()
        collect(chunks)
        slots = engine._ready(Cancel())._http.get("/slots").json()
        assert not any(slot["is_processing"] for slot in slots) or time.monotonic() - began < 1
        write(engine, PROMPT, Sampling(max_tokens=1))
        assert time.monotonic() - began < 2

    def test_it_survives_a_kill_in_the_middle_and_the_page_keeps_what_came(
        self, tmp_path: Path, small_gguf: Path
    ) -> None:
        house = open_house(tmp_path, "", model=str(small_gguf))
        work = house.post("/works", {"title": "Light", "lang": "en"}, 201)["id"]
        text = "The lamp went out. She counted the steps of the tower once more, and there was one too many."
        call = {"request": {"text": text, "length": 400}, "work": work}
        with house.client.stream("POST", "/api/tools/expand", json=call, timeout=60) as answer:
            told = events(answer.iter_lines())
            written = ""
            while len(written) < 30:
                _, name, data = next(told)
                written += data["text"] if name == "piece" else ""
            engine = house.studio._opened[1]  # type: ignore[index]
            assert isinstance(engine, ChildEngine)
            os.kill(engine.pid or 0, signal.SIGKILL)
            rest = [(name, data) for _, name, data in told]
        failed = dict(rest)["failed"]
        assert failed["retryable"]
        assert failed["code"] == "models.engine_lost"
        assert len(failed["partial"]) >= 30
        kept = house.get(f"/works/{work}/suggestions")[0]
        assert kept["alternatives"][0]["text"] == failed["partial"]
        # The page stays, and the engine comes back by itself.
        assert house.get("/health")["ok"]
        told_again = dict(house.run("/ghost", {"before": text, "lang": "en"}))
        assert told_again["ended"] == {"state": "done"}
        assert engine.starts == 2
        house.close()

    def test_it_tells_what_else_it_considered(self, engine: ChildEngine) -> None:
        found = considered(engine, "The lamp went out. She counted the", "en", 6, ())
        assert len(found) >= 4
        chances = [each["probability"] for each in found]
        assert chances == sorted(chances, reverse=True)
        assert 0 < sum(chances) <= 1.001

    def test_what_it_has_read_is_there_after_a_restart(self, small_gguf: Path, tmp_path: Path) -> None:
        prompt = Prompt.of("You are a novelist.", "The lamp went out. " * 60)
        cached = []
        for _ in range(2):
            engine = ChildEngine(str(small_gguf), state=tmp_path / "contexts", shared=False)
            chunks = list(engine.stream(prompt, Sampling(max_tokens=2, seed=1), cancel=Cancel()))
            cached += [chunk.usage.cached for chunk in chunks if chunk.usage]
            engine.close()
        assert cached[0] == 0
        assert cached[-1] > 200

    def test_its_port_is_closed_to_everybody_else(self, engine: ChildEngine) -> None:
        address = engine._ready(Cancel()).address
        assert httpx.post(f"{address}/v1/completions", json={"prompt": "x"}, trust_env=False).status_code == 401
