"""The embedded engine with a small real model: what it promises beyond the contract of every model."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bimo.models.bans import Bans
from bimo.models.llama import LlamaModel, threads_to_use
from bimo.models.protocol import Cancel, Prompt, Sampling, collect, write
from bimo.text.errors import InputError, ModelError

pytestmark = pytest.mark.engine

PROMPT = Prompt.of("You are a novelist.", "Tell me about a lighthouse.")
OTHER = Prompt.of("You are a cook.", "Name ten things that can be made of rice and eggs.")
CONTEXT = 8192


@pytest.fixture(scope="module")
def model(small_gguf: Path) -> Iterator[LlamaModel]:
    model = LlamaModel(small_gguf, id="smollm2-135m", context=CONTEXT, threads=1)
    yield model
    model.close()


def words(count: int) -> Prompt:
    """A prompt of about `count` tokens that no other prompt begins with."""
    return Prompt.of("You are a novelist.", " ".join(f"salt {number}" for number in range(count // 4)))


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", " "])
def test_threads_that_are_no_number_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BIMO_THREADS", value)
    with pytest.raises(InputError) as raised:
        threads_to_use()
    assert raised.value.code == "models.bad_threads"


def test_threads_can_be_chosen_and_are_measured_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads_to_use() >= 1
    monkeypatch.setenv("BIMO_THREADS", "3")
    assert threads_to_use() == 3


class TestDoor:
    """The engine's port is on loopback, and closed to everybody without the key."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/v1/chat/completions"),
            ("POST", "/chat/completions"),
            ("POST", "/v1/completions"),
            ("POST", "/completion"),
            ("POST", "/infill"),
            ("POST", "/tokenize"),
            ("POST", "/detokenize"),
            ("POST", "/apply-template"),
            ("POST", "/slots/0?action=save"),
            ("POST", "/slots/0?action=erase"),
            ("GET", "/slots"),
            ("GET", "/props"),
            ("GET", "/v1/models"),
            ("GET", "/metrics"),
            ("GET", "/lora-adapters"),
        ],
    )
    @pytest.mark.parametrize("key", [None, "wrong"])
    def test_no_key_no_answer(self, model: LlamaModel, method: str, path: str, key: str | None) -> None:
        headers = {"Origin": "https://example.org"} | ({"Authorization": f"Bearer {key}"} if key else {})
        answer = httpx.request(method, f"{model.address}{path}", headers=headers, json={}, trust_env=False)
        assert answer.status_code == 401
        assert "lighthouse" not in answer.text

    @pytest.mark.parametrize("method", ["OPTIONS", "GET"])
    def test_no_page_of_another_origin_may_read_it(self, model: LlamaModel, method: str) -> None:
        headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
        answer = httpx.request(method, f"{model.address}/health", headers=headers, trust_env=False)
        assert answer.headers.get("access-control-allow-origin", "") not in ("*", "https://example.org")

    def test_it_listens_on_loopback_alone(self, model: LlamaModel) -> None:
        assert httpx.URL(model.address).host in ("127.0.0.1", "localhost")


class TestStop:
    def test_within_a_second_in_the_middle_of_a_long_prompt(self, model: LlamaModel) -> None:
        model.forget()
        cancel = Cancel()
        chunks = model.stream(words(6000), Sampling(max_tokens=50), cancel=cancel)
        threading.Timer(1.5, cancel.cancel).start()
        since = time.monotonic()
        finishes = [chunk.finish for chunk in chunks]
        assert finishes == ["cancelled"]
        assert 1.4 < time.monotonic() - since < 2.5

    def test_the_engine_is_free_after_it(self, model: LlamaModel) -> None:
        model.forget()
        cancel = Cancel()
        chunks = model.stream(words(6000), Sampling(max_tokens=50, bans=("lighthouse",)), cancel=cancel)
        threading.Timer(1, cancel.cancel).start()
        assert collect(chunks) == ("",)
        since = time.monotonic()
        assert write(model, PROMPT, Sampling(max_tokens=2))[0]
        assert time.monotonic() - since < 2

    def test_closing_the_stream_frees_the_engine(self, model: LlamaModel) -> None:
        for sampling in (Sampling(max_tokens=2000, end=False), Sampling(max_tokens=2000, end=False, bans=("zzz",))):
            chunks = model.stream(PROMPT, sampling, cancel=Cancel())
            next(chunk for chunk in chunks if chunk.text)
            since = time.monotonic()
            chunks.close()  # type: ignore[attr-defined]
            assert write(model, PROMPT, Sampling(max_tokens=2))[0]
            assert time.monotonic() - since < 2


class TestSeed:
    @pytest.mark.parametrize(
        "sampling",
        [
            Sampling(max_tokens=48, seed=11),
            Sampling(max_tokens=48, seed=11, dry=0.8, xtc_probability=0.3, repeat_penalty=1.1),
            Sampling(max_tokens=48, seed=11, bans=("lighthouse", "sea", "the … of", "beacon")),
            Sampling(max_tokens=32, seed=11, n=3),
            Sampling(max_tokens=24, seed=11, n=3, bans=("lighthouse", "the")),
            Sampling(max_tokens=8, seed=11, n=6),
        ],
        ids=["plain", "penalties", "bans", "three", "three with bans", "more than slots"],
    )
    def test_the_same_seed_writes_the_same_text_whatever_came_between(
        self, model: LlamaModel, sampling: Sampling
    ) -> None:
        model.forget()
        first = write(model, PROMPT, sampling)
        write(model, OTHER, Sampling(max_tokens=20, seed=3))
        model.forget()
        assert write(model, PROMPT, sampling) == first
        assert len(set(first)) == sampling.n

    def test_the_number_of_threads_does_not_change_the_text(self, small_gguf: Path, model: LlamaModel) -> None:
        two = LlamaModel(small_gguf, id="smollm2-135m", context=CONTEXT, threads=2)
        try:
            for sampling in (Sampling(max_tokens=24, seed=4), Sampling(max_tokens=12, seed=4, n=2)):
                model.forget()
                two.forget()
                assert write(model, PROMPT, sampling) == write(two, PROMPT, sampling)
        finally:
            two.close()

    def test_another_seed_writes_another(self, model: LlamaModel) -> None:
        texts = {write(model, PROMPT, Sampling(max_tokens=24, seed=seed)) for seed in (1, 2, 2**32 - 1, 2**40)}
        assert len(texts) == 4


class TestShape:
    def test_bans_hold(self, model: LlamaModel) -> None:
        bans = ("lighthouse", "sea", "light", "it is", "it's", "of the")
        chunks = list(model.stream(PROMPT, Sampling(max_tokens=120, seed=5, bans=bans, end=False), cancel=Cancel()))
        (text,) = collect(chunks)
        let_through = [dict(chunk.notice.details)["phrase"] for chunk in chunks if chunk.notice]
        assert not let_through
        assert Bans(bans).find(text, complete=True) is None
        usage = chunks[-1].usage
        assert usage is not None
        assert usage.prompt == model.count(model.render(PROMPT))
        # Something was taken back, so more was written than is left.
        assert model.count(text) <= 120 < usage.written

    def test_everything_banned_says_so_and_goes_on(self, model: LlamaModel) -> None:
        letters = tuple("abcdefghijklmnopqrstuvwxyz")
        sampling = Sampling(max_tokens=12, seed=5, bans=tuple(f"{a}…{b}" for a in letters for b in letters), end=False)
        since = time.monotonic()
        chunks = list(model.stream(PROMPT, sampling, cancel=Cancel()))
        assert {chunk.notice.code for chunk in chunks if chunk.notice} == {"models.ban_given_up"}
        assert chunks[-1].finish == "length"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.written < 12 * 8
        assert time.monotonic() - since < 20

    def test_no_letter_to_avoid_is_written(self, model: LlamaModel) -> None:
        (text,) = write(model, PROMPT, Sampling(max_tokens=40, seed=5, avoid="A-Za-z#", end=False))
        assert text
        assert not any(letter.isascii() and (letter.isalpha() or letter == "#") for letter in text)
        (text,) = write(model, PROMPT, Sampling(max_tokens=40, seed=5, avoid="e", bans=("of",), end=False))
        assert "e" not in text

    def test_a_schema_gives_json(self, model: LlamaModel) -> None:
        schema = {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
            "required": ["name", "age"],
        }
        (text,) = write(model, PROMPT, Sampling(max_tokens=80, seed=5, schema=schema, bans=("name",)))
        assert set(json.loads(text)) == {"name", "age"}

    def test_a_grammar_holds(self, model: LlamaModel) -> None:
        (text,) = write(model, PROMPT, Sampling(max_tokens=20, seed=5, grammar='root ::= "yes" | "no"'))
        assert text in ("yes", "no")

    def test_it_tells_how_likely_each_token_was(self, model: LlamaModel) -> None:
        sampling = Sampling(max_tokens=8, seed=3, temperature=0.0, logprobs=3)
        chunks = list(model.stream(PROMPT, sampling, cancel=Cancel()))
        tokens = [token for chunk in chunks for token in chunk.tokens]
        assert len(tokens) == 8
        for token in tokens:
            # Without chance the likeliest token is taken.
            assert token.others[0] == (token.text, token.logprob)
            assert 0 >= token.logprob >= token.others[1][1] >= token.others[2][1]

    def test_a_grammar_does_not_change_what_is_told(self, model: LlamaModel) -> None:
        sampling = Sampling(max_tokens=2, seed=3, temperature=0.0, logprobs=1)
        (free, *_) = (chunk for chunk in model.stream(PROMPT, sampling, cancel=Cancel()) if chunk.tokens)
        forced = replace(sampling, grammar=r'root ::= "Zebra"')
        (held, *_) = (chunk for chunk in model.stream(PROMPT, forced, cancel=Cancel()) if chunk.tokens)
        assert held.tokens[0].others[0] == free.tokens[0].others[0]
        assert held.tokens[0].logprob < free.tokens[0].logprob

    def test_a_prompt_without_messages_is_plain_text(self, model: LlamaModel) -> None:
        assert model.render(Prompt((), "Once upon a")) == "Once upon a"

    def test_a_broken_grammar_is_told(self, model: LlamaModel) -> None:
        with pytest.raises(InputError) as raised:
            write(model, PROMPT, Sampling(max_tokens=20, grammar="root ::= ("))
        assert raised.value.code == "models.bad_grammar"
        assert write(model, PROMPT, Sampling(max_tokens=2))[0]

    @pytest.mark.parametrize("mark", ["<|im_end|>", "<|im_start|>system", "<|endoftext|>"])
    def test_control_marks_in_the_text_stay_text(self, model: LlamaModel, mark: str) -> None:
        plain = model.render(PROMPT)
        message = Prompt.of("You are a novelist.", f"A {mark} in the text")
        name = mark.split(">")[0] + ">"
        # The template's own marks and no more; the tokens of ours are many, of theirs one.
        assert model.render(message).count(name) == plain.count(name)
        assert "in the text" in model.render(message)
        assert model.render(Prompt(PROMPT.messages, prefix=mark)).count(name) == plain.count(name)

    def test_a_prompt_longer_than_the_window_is_refused(self, model: LlamaModel) -> None:
        with pytest.raises(InputError) as raised:
            write(model, words(4 * CONTEXT), Sampling(max_tokens=2))
        assert raised.value.code == "models.prompt_too_long"
        assert raised.value.details["context"] == CONTEXT

    def test_writing_ends_where_the_window_does(self, small_gguf: Path) -> None:
        model = LlamaModel(small_gguf, id="narrow", context=256, threads=1)
        try:
            for sampling in (Sampling(max_tokens=5000, end=False), Sampling(max_tokens=150, n=4, end=False)):
                chunks = list(model.stream(PROMPT, sampling, cancel=Cancel()))
                assert [chunk.finish for chunk in chunks if chunk.finish] == ["length"] * sampling.n
        finally:
            model.close()


SAVED = """
import sys, json
from pathlib import Path
from bimo.models.llama import LlamaModel
from bimo.models.protocol import Cancel, Prompt, Sampling

path, folder, restore = sys.argv[1:]
model = LlamaModel(Path(path), id="smol", context=2048, threads=1, state=Path(folder))
found = restore == "restore" and model.restore()
prompt = Prompt.of("You are a novelist.", " ".join(f"salt {i}" for i in range(100)))
chunks = list(model.stream(prompt, Sampling(max_tokens=8, seed=1, temperature=0), cancel=Cancel()))
model.save()
print(json.dumps([found, "".join(c.text for c in chunks), chunks[-1].usage.prompt, chunks[-1].usage.cached]))
model.close()
"""


class TestSaved:
    def run(self, gguf: Path, folder: Path, how: str) -> tuple[bool, str, int, int]:
        done = subprocess.run(
            [sys.executable, "-c", SAVED, str(gguf), str(folder), how], capture_output=True, text=True, check=True
        )
        return tuple(json.loads(done.stdout.splitlines()[-1]))  # type: ignore[return-value]

    def test_a_later_process_goes_on_without_reading_again(self, small_gguf: Path, tmp_path: Path) -> None:
        folder = tmp_path / "state"
        found, text, prompt, cached = self.run(small_gguf, folder, "restore")
        assert (found, cached) == (False, 0)
        found, again, _, cached = self.run(small_gguf, folder, "restore")
        assert found
        assert again == text
        assert cached >= prompt - 1
        assert folder.stat().st_mode & 0o077 == 0

    def test_contexts_of_another_file_or_broken_ones_are_not_taken(self, small_gguf: Path, tmp_path: Path) -> None:
        folder, copy = tmp_path / "state", tmp_path / "copy.gguf"
        copy.write_bytes(small_gguf.read_bytes())
        self.run(small_gguf, folder, "no")
        assert self.run(copy, folder, "restore")[0] is False
        for file in folder.iterdir():
            file.write_bytes(file.read_bytes()[:100])
        assert self.run(small_gguf, folder, "restore")[0] is False

    def test_saving_without_a_folder_is_a_mistake_of_ours(self, model: LlamaModel) -> None:
        with pytest.raises(ValueError, match="no state folder"):
            model.save()
        assert model.restore() is False


class TestMovedText:
    @pytest.mark.parametrize(("loose", "taken"), [(True, True), (False, False)])
    def test_words_read_at_another_place_are_taken_for_read_only_if_asked(
        self, model: LlamaModel, loose: bool, taken: bool
    ) -> None:
        words = " ".join(f"The lamp {number} was lit." for number in range(60))
        moved = words[words.index(" The lamp 20") :]
        model.forget()
        for text in (words, moved):
            prompt = Prompt.of("You are a novelist of few words. " * 8, "Go on.", prefix=text)
            sampling = Sampling(max_tokens=2, temperature=0, loose=loose)
            usage = list(model.stream(prompt, sampling, cancel=Cancel()))[-1].usage
        assert usage
        assert (usage.cached > usage.prompt * 0.8) is taken


class TestBadFile:
    @pytest.mark.parametrize("damage", ["truncated", "text", "empty", "missing"])
    def test_it_cannot_be_loaded(self, small_gguf: Path, tmp_path: Path, damage: str) -> None:
        path = tmp_path / "bad.gguf"
        with small_gguf.open("rb") as whole:
            contents = {"truncated": whole.read(5_000_000), "text": b"Once upon a time. " * 1000, "empty": b""}
        if damage != "missing":
            path.write_bytes(contents[damage])
        with pytest.raises(ModelError) as raised:
            LlamaModel(path, id="bad", context=256, threads=1)
        assert raised.value.code == "models.cannot_load"
        assert str(path) in raised.value.message("zh")

    def test_a_closed_model_says_so(self, small_gguf: Path) -> None:
        model = LlamaModel(small_gguf, id="smol", context=256, threads=1)
        model.close()
        with pytest.raises(ModelError) as raised:
            write(model, PROMPT, Sampling(max_tokens=2))
        assert raised.value.code == "models.closed"
        model.forget()
