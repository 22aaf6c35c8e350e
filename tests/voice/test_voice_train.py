"""Training a voice on a tiny model: the whole way, stopping and going on, and what goes wrong."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from lxml import etree
from pieces import book
from tiny import write_gguf

from bimo.models.llama import LlamaModel
from bimo.models.protocol import Cancel, Prompt, Sampling
from bimo.models.select import open_engine
from bimo.models.voices import find_voice
from bimo.text.errors import BimoError, FileError, InputError, ModelError, messages
from bimo.voice.home import Home, kept, voice_home
from bimo.voice.prepare import prepare
from bimo.voice.recipe import Recipe, read, recipes

NEEDS = "torch, transformers and peft are not installed: pip install 'bimo[voice]'"
for name in ("torch", "transformers", "peft", "gguf", "tensorboard"):
    pytest.importorskip(name, reason=NEEDS)

pytestmark = pytest.mark.filterwarnings("default")

SMALL = {"block": 32, "batch": 4, "rank": 4, "alpha": 8, "threads": 1, "save_every": 2, "validate_blocks": 4}


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("base") / "tiny.gguf")


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bases")


@pytest.fixture
def home(tmp_path: Path, bases: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    # One import of the base serves every test of the module.
    monkeypatch.setattr("bimo.voice.base.state_dir", lambda: bases)
    prepare("mine", book(tmp_path / "in", size=400))
    return voice_home("mine")


def recipe(**changed: Any) -> Recipe:
    return read("quick", **SMALL | {"steps": 6} | changed)


def run(home: Home, gguf: Path, **changed: Any) -> dict[str, Any]:
    from bimo.voice.train import train

    options = {name: changed.pop(name) for name in ("cancel", "report", "again") if name in changed}
    return train(home, recipe(**changed), base=str(gguf), **options)


def weights(home: Home) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return dict(load_file(home.run / "best" / "adapter_model.safetensors"))


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return one.keys() == two.keys() and all((one[name] == two[name]).all() for name in one)


def test_a_training_leaves_a_voice_that_the_engine_plays(home: Home, gguf: Path) -> None:
    card = run(home, gguf, epochs=2.0, steps=0, rate=0.01)
    losses = [loss for _, loss in card["validation"]]
    assert len(losses) == 3
    assert min(losses[1:]) < losses[0] - 0.5
    assert card["recipe"] == recipe(epochs=2.0, steps=0, rate=0.01).model_dump(mode="json")
    assert kept(home.run / "card.json") == card
    assert list((home.run / "tensorboard").rglob("events*"))
    found = find_voice("voice:mine@0.5")
    assert (found.strength, found.weights.path) == (0.5, gguf)
    _parity(home, gguf)


def _parity(home: Home, gguf: Path) -> None:
    """The engine's probabilities of the next token against Transformers', at strengths 0, 1 and in between."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bimo.voice.base import find_base

    base = find_base(str(gguf)).folder
    text = "the brack walked a mond at dawn, and it"
    tokenizer = AutoTokenizer.from_pretrained(base)
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    bare = AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        plain = bare(ids).logits[0, -1].log_softmax(-1)
        voiced = PeftModel.from_pretrained(bare, home.run / "best")(ids).logits[0, -1].log_softmax(-1)
    engine = open_engine("voice:mine")
    try:
        assert engine.info.id == "voice:mine"
        told = {}
        for strength in (0.0, 1.0, None):
            sampling = Sampling(max_tokens=1, temperature=0, logprobs=20, voice=strength)
            chunks = engine.stream(Prompt((), text), sampling, cancel=Cancel())
            told[strength] = dict(next(chunk.tokens[0].others for chunk in chunks if chunk.tokens))
    finally:
        engine.close()
    assert told[1.0] == pytest.approx(told[None], abs=1e-3)
    for strength, wanted in ((0.0, plain), (1.0, voiced)):
        pairs = [
            (value, float(wanted[number]))
            for token, value in told[strength].items()
            if (number := _id(tokenizer, token)) is not None
        ]
        assert len(pairs) > 10
        assert sum(abs(one - two) for one, two in pairs) / len(pairs) < 0.02
    assert abs(float(plain[0]) - float(voiced[0])) > 0.05


def _id(tokenizer: Any, token: str) -> int | None:
    found = tokenizer(token)["input_ids"]
    return found[0] if len(found) == 1 else None


def test_a_merged_voice_says_what_the_voice_says(home: Home, gguf: Path, tmp_path: Path) -> None:
    from bimo.voice.train import export

    run(home, gguf, rate=0.01)
    before = home.adapter.read_bytes()
    export(home, copy=tmp_path / "peft", merged=tmp_path / "whole.gguf", half=True)
    assert home.adapter.read_bytes() == before
    assert (tmp_path / "peft" / "adapter_model.safetensors").exists()
    engine = LlamaModel(tmp_path / "whole.gguf", id="whole", context=512, threads=1, drafting=False)
    try:
        whole = _next(engine, None)
    finally:
        engine.close()
    engine = open_engine("voice:mine")
    try:
        voiced, bare = _next(engine, 1.0), _next(engine, 0.0)
    finally:
        engine.close()
    assert _apart(whole, voiced) < 0.02 < _apart(whole, bare)


def _next(engine: LlamaModel, strength: float | None) -> dict[str, float]:
    sampling = Sampling(max_tokens=1, temperature=0, logprobs=20, voice=strength)
    chunks = engine.stream(Prompt((), "the brack walked a mond at"), sampling, cancel=Cancel())
    return dict(next(chunk.tokens[0].others for chunk in chunks if chunk.tokens))


def _apart(one: dict[str, float], two: dict[str, float]) -> float:
    both = one.keys() & two.keys()
    return sum(abs(one[token] - two[token]) for token in both) / len(both)


def test_a_stopped_training_goes_on_to_the_same_weights(home: Home, gguf: Path) -> None:
    run(home, gguf, dropout=0.1)
    straight, card = weights(home), kept(home.run / "card.json")
    cancel = Cancel()

    def stop(now: Any) -> None:
        if now.step == 3:
            cancel.cancel()

    stopped = run(home, gguf, dropout=0.1, again=True, cancel=cancel, report=stop)
    assert (stopped["finished"], stopped["step"]) == (None, 4)
    again = run(home, gguf, dropout=0.1)
    assert same(weights(home), straight)
    assert again["validation"] == card["validation"]
    assert run(home, gguf, dropout=0.1) == again


def test_another_recipe_begins_anew(home: Home, gguf: Path) -> None:
    first = run(home, gguf)
    second = run(home, gguf, seed=5)
    assert (first["step"], second["step"]) == (6, 6)
    assert first["validation"] != second["validation"]


_PROGRAM = """
import sys
from pathlib import Path
import bimo.voice.base
bimo.voice.base.state_dir = lambda: Path(sys.argv[2])
from bimo.voice.home import voice_home
from bimo.voice.recipe import read
from bimo.voice.train import train
import json
train(voice_home("mine"), read("quick", **json.loads(sys.argv[3])), base=sys.argv[1],
      report=lambda now: print(now.step, flush=True))
"""


def _child(gguf: Path, bases: Path, values: dict[str, Any], *launcher: str) -> subprocess.Popen[str]:
    program = bases / "program.py"
    program.write_text(_PROGRAM, encoding="utf-8")
    command = [*(launcher or (sys.executable,)), str(program)]
    environment = os.environ | {"BIMO_HOME": os.environ["BIMO_HOME"], "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, str(gguf), str(bases), json.dumps(values)], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_a_killed_training_goes_on_to_the_same_weights(home: Home, gguf: Path, bases: Path) -> None:
    values = SMALL | {"steps": 6}
    run(home, gguf)
    straight = weights(home)
    run(home, gguf, steps=1)  # so that the next begins anew
    dice = random.Random(int(time.time()))
    for _ in range(2):
        child = _child(gguf, bases, values)
        assert child.stdout
        for _ in range(dice.randint(2, 5)):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    run(home, gguf)
    assert same(weights(home), straight)


def test_two_processes_learn_what_one_learns(home: Home, gguf: Path, bases: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torchrun = (str(Path(sys.executable).with_name("torchrun")), "--nproc_per_node=2", f"--master_port={port}")
    told = []
    for launcher in ((), torchrun):
        child = _child(gguf, bases, SMALL | {"steps": 5, "rate": 0.01}, *launcher)
        child.communicate(timeout=300)
        assert child.returncode == 0
        lines = [json.loads(line) for line in (home.run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
        told.append([round(each["loss"], 2) for each in lines if "loss" in each])
        shutil.rmtree(home.run)
    assert len(told[0]) == 5
    assert told[0] == pytest.approx(told[1], abs=0.011)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good(
    home: Home, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bimo.voice import train as training

    run(home, gguf)
    before = home.adapter.read_bytes()
    whole = training.adapted

    def breaking(model: Any, recipe: Recipe) -> Any:
        steps: list[int] = []

        def broken(layer: Any, given: Any, output: Any) -> Any:
            steps.extend([1] if model.training else [])
            return output * float("nan") if len(steps) > 4 else output

        model.lm_head.register_forward_hook(broken)
        return whole(model, recipe)

    monkeypatch.setattr(training, "adapted", breaking)
    with pytest.raises(ModelError) as caught:
        run(home, gguf, seed=3)
    assert (caught.value.code, caught.value.details["step"]) == ("voice.diverged", 5)
    assert sorted(path.name for path in home.run.glob("checkpoint-*")) == ["checkpoint-2", "checkpoint-4"]
    assert home.adapter.read_bytes() == before
    monkeypatch.setattr(training, "adapted", whole)
    assert run(home, gguf, seed=3)["finished"]


def test_what_cannot_work_is_refused_before_it_begins(
    home: Home, gguf: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import torch

    def refused(code: str, **changed: Any) -> BimoError:
        with pytest.raises(BimoError) as caught:
            run(home, gguf, **changed)
        assert caught.value.code == code
        assert caught.value.hint("zh")
        return caught.value

    if not torch.cuda.is_available():
        refused("voice.no_gpu", device="cuda")
    memory = psutil.virtual_memory()
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory._replace(available=620_000_000))
    assert "accumulate=16" in refused("voice.no_memory", batch=64, block=256).hint("en")
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory._replace(available=1000))
    refused("voice.no_memory_at_all")


def test_a_base_of_unknown_licence_is_told(home: Home, gguf: Path) -> None:
    from bimo.voice.train import train

    stages: list[str] = []
    train(home, recipe(steps=1), base=str(gguf), stage=stages.append)
    assert "licence" in stages
    assert messages("voice")["stage_licence"]["zh"]["text"]


def test_a_full_disk_keeps_the_last_checkpoint(home: Home, gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import Trainer

    whole, usage = Trainer._save_checkpoint, shutil.disk_usage(home.root)

    def full(self: Any, *given: Any) -> None:
        if self.state.global_step > 2:
            monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=1000))
            raise OSError(28, "No space left on device")
        whole(self, *given)

    monkeypatch.setattr(Trainer, "_save_checkpoint", full)
    with pytest.raises(FileError) as caught:
        run(home, gguf, seed=4)
    assert caught.value.code == "voice.disk_full"
    assert [path.name for path in home.run.glob("checkpoint-*")] == ["checkpoint-2"]
    with pytest.raises(FileError) as caught:
        run(home, gguf, seed=5)
    assert caught.value.code == "voice.no_room"


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_runs(name: str, home: Home, gguf: Path) -> None:
    from bimo.voice.train import train

    card = train(home, read(name, **SMALL | {"steps": 2}), base=str(gguf))
    assert card["finished"]
    assert home.card.exists()


def test_every_optimiser_learns(home: Home, gguf: Path) -> None:
    for optimiser in ("adamw", "sgd", "adafactor", "adagrad", "rmsprop", "lion"):
        card = run(home, gguf, optimiser=optimiser, steps=2, rate=0.001)
        assert card["finished"], optimiser


def test_every_weight_may_be_trained(home: Home, gguf: Path) -> None:
    card = run(home, gguf, method="full", rate=0.001)
    assert card["finished"]
    assert (home.run / "best" / "model.safetensors").exists()


def test_a_voice_is_refused_on_another_base(home: Home, gguf: Path, tmp_path: Path) -> None:
    run(home, gguf, steps=1)
    other = write_gguf(tmp_path / "other.gguf", seed=2)
    with pytest.raises(ModelError) as caught:
        find_voice("voice:mine", base=str(other))
    assert caught.value.code == "models.voice_other_base"
    assert "tiny" in caught.value.message("en")
    assert "other.gguf" in caught.value.message("en")
    home.adapter.write_bytes(home.adapter.read_bytes()[:-1])
    with pytest.raises(ModelError) as caught:
        find_voice("voice:mine")
    assert caught.value.code == "models.voice_damaged"
    for id, code in (("voice:nobody", "voice_unknown"), ("voice:../mine", "voice_unknown")):
        with pytest.raises(InputError) as unknown:
            find_voice(id)
        assert unknown.value.code == f"models.{code}"


def test_a_base_stored_twice_is_tied_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoModelForCausalLM

    from bimo.voice.base import find_base

    gguf = write_gguf(tmp_path / "apart.gguf", apart=True)
    base = find_base(str(gguf))
    model = AutoModelForCausalLM.from_pretrained(base.folder)
    assert model.config.tie_word_embeddings
    engine = LlamaModel(gguf, id="apart", context=128, threads=1, drafting=False)
    engine.close()
    assert find_base(str(gguf)) == base
    assert base.free is False


@pytest.fixture(autouse=True)
def _quiet_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]


def test_an_evaluation_tells_all_four_ways_and_leaves_a_report(home: Home, gguf: Path) -> None:
    pytest.importorskip("sklearn", reason=NEEDS)
    from bimo.voice.evaluate import evaluate
    from bimo.voice.report import page

    run(home, gguf, epochs=2.0, steps=0, rate=0.01)
    figures = evaluate(home, samples=3, tokens=24)
    assert set(figures["perplexity"]) == {"base", "retrieval", "voice", "both"}
    assert figures["perplexity"]["voice"] < 0.8 * figures["perplexity"]["base"]
    assert set(figures["ways"]) == {"base", "retrieval", "voice", "both", "writer", "recited"}
    assert len(figures["samples"]) == 3
    told = tomllib.loads(home.card.read_text(encoding="utf-8"))
    assert told["scores"]["perplexity_voice"] == pytest.approx(figures["perplexity"]["voice"], abs=1e-3)
    for lang in ("zh", "en"):
        html = page(home, figures, lang)  # type: ignore[arg-type]
        etree.fromstring(html.encode(), etree.HTMLParser())
        assert html.count("<svg") == 2
        assert "<script" not in html


def test_decisions_change_a_voice_and_can_be_undone(home: Home, gguf: Path) -> None:
    pytest.importorskip("trl", reason=NEEDS)
    from bimo.voice.prefer import prefer, undo
    from bimo.voice.signals import Signal

    run(home, gguf, rate=0.01, steps=40)
    first = home.adapter.read_bytes()
    found = [Signal(str(n), "en", "the brack walked a mond", f" once {n}.", f" once {n}!", ()) for n in range(40)]
    with pytest.raises(InputError) as caught:
        prefer(home, found)
    assert caught.value.code == "voice.few_signals"
    # Too strong: the choices are learned, and the writer's own text forgotten.
    spoilt = prefer(home, found, least=10, rate=1e-3)
    assert (spoilt.after, spoilt.kept) == (1.0, False)
    assert home.adapter.read_bytes() == first
    made = prefer(home, found, least=10, rate=1e-4)
    assert (made.before < made.after, made.kept) == (True, True)
    assert home.adapter.read_bytes() != first
    assert find_voice("voice:mine")
    assert undo(home)
    assert home.adapter.read_bytes() == first
    assert not undo(home)


def test_drafts_that_were_only_taken_or_turned_down_change_a_voice_too(home: Home, gguf: Path) -> None:
    pytest.importorskip("trl", reason=NEEDS)
    from bimo.voice.prefer import prefer
    from bimo.voice.signals import Signal

    run(home, gguf, rate=0.01, steps=20)
    found = []
    for n in range(40):
        text = f" once {n}." if n % 2 else f" once {n}!"
        found.append(Signal(str(n), "en", "the brack walked a mond", text, text if n % 2 else "", ()))
    made = prefer(home, found, least=10, rate=1e-3)
    assert (made.method, made.pairs) == ("kto", 20)
    assert made.after > made.before
