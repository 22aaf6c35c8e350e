"""Servers as they are: refusing, slow, lying, breaking off; and keys that never show."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers import Behaviour, FakeServer, Polite, Talk, serving

from bimo.models.openai import OpenAIModel
from bimo.models.protocol import Cancel, Chunk, Prompt, Sampling, collect, write
from bimo.text.errors import BimoError, BusyError, InputError, ModelError

KEY = "sk-secret-0123456789"
PROMPT = Prompt.of("You are a novelist.", "Tell me about a lighthouse.")
SHORT = Sampling(max_tokens=6, seed=3)

Serve = Callable[..., tuple[OpenAIModel, FakeServer]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server and a model that talks to it; both end with the test."""
    ends: list[Callable[[], Any]] = []

    def start(behave: Behaviour, facts: dict[str, object] | None = None, **options: Any) -> Any:
        running = serving(behave, facts)
        server = running.__enter__()
        model = OpenAIModel("fake", server.url, **{"key": KEY, "retries": 0} | options)
        ends.extend([lambda: running.__exit__(None, None, None), model.close])
        return model, server

    yield start
    for end in reversed(ends):
        end()


def failure(model: OpenAIModel, sampling: Sampling = SHORT) -> BimoError:
    with pytest.raises(BimoError) as raised:
        write(model, PROMPT, sampling)
    return raised.value


def notices(chunks: list[Chunk]) -> list[str]:
    return [chunk.notice.code for chunk in chunks if chunk.notice]


def run(model: OpenAIModel, sampling: Sampling, prompt: Prompt = PROMPT) -> list[Chunk]:
    return list(model.stream(prompt, sampling, cancel=Cancel()))


def saying(status: int, message: str = f"no: {KEY}", code: str | None = None, **headers: str) -> Behaviour:
    return lambda talk: talk.json(status, {"error": {"message": message, "code": code}}, **headers)


@pytest.mark.parametrize(
    ("behave", "kind", "code"),
    [
        (saying(401), ModelError, "models.key_refused"),
        (saying(403), ModelError, "models.key_refused"),
        (saying(402), ModelError, "models.no_credit"),
        (saying(429, code="insufficient_quota"), ModelError, "models.no_credit"),
        (saying(404), ModelError, "models.unknown_model"),
        (saying(429), BusyError, "models.rate_limited"),
        (saying(500), BusyError, "models.server_failed"),
        (saying(503), BusyError, "models.server_failed"),
        (saying(400), ModelError, "models.refused"),
        (saying(400, "too many", code="context_length_exceeded"), InputError, "models.prompt_too_long"),
        (lambda talk: talk.json(200, {"hello": "world"}), ModelError, "models.not_understood"),
    ],
)
def test_each_refusal_has_its_own_error_and_none_shows_the_key(
    serve: Serve, behave: Behaviour, kind: type[BimoError], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model, _ = serve(behave)
    error = failure(model)
    assert (type(error), error.code) == (kind, code)
    assert error.message("zh")
    assert error.hint("en")
    shown = [str(error), repr(error), repr(error.details), "".join(traceback.format_exception(error)), caplog.text]
    assert not [text for text in shown if KEY in text]
    assert KEY not in repr(model) + repr(vars(model))


def test_a_limit_says_how_long_to_wait_and_does_not_wait_itself(serve: Serve) -> None:
    model, server = serve(saying(429, Retry_After="77"), retries=2)
    since = time.monotonic()
    error = failure(model)
    assert error.retryable
    assert error.details["after"] == 77
    assert "77" in error.hint("zh")
    assert time.monotonic() - since < 2
    assert len(server.chats()) == 1


def test_a_failure_before_the_first_byte_is_tried_again(serve: Serve) -> None:
    def second_time_better(talk: Talk) -> None:
        (saying(503) if len(talk.server.chats()) == 1 else Polite())(talk)

    model, server = serve(second_time_better, retries=1)
    assert write(model, PROMPT, SHORT)[0]
    assert len(server.chats()) == 2


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = OpenAIModel("fake", f"http://127.0.0.1:{port}/v1", key=None, retries=0)
    assert model.info.context > 0
    assert model.count("a few words") > 0
    assert failure(model).code == "models.unreachable"
    model.close()


def test_silence_before_the_first_byte_ends_at_the_limit(serve: Serve) -> None:
    model, _ = serve(Talk.hang, timeout=0.3, retries=2)
    since = time.monotonic()
    assert failure(model).code == "models.timed_out"
    assert time.monotonic() - since < 1.5


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("ending", "code"), [(Talk.hang, "models.timed_out"), (lambda talk: None, "models.broken_off")]
)
def test_what_arrived_before_the_end_is_kept(serve: Serve, ending: Behaviour, code: str, chunked: bool) -> None:
    def midway(talk: Talk) -> None:
        talk.begin(chunked=chunked)
        talk.say("The keeper climbed ")
        talk.say("the stair")
        ending(talk)

    model, server = serve(midway, timeout=0.4, retries=2)
    error = failure(model)
    assert isinstance(error, BusyError)
    assert (error.code, error.partial) == (code, "The keeper climbed the stair")
    assert len(server.chats()) == 1


@pytest.mark.parametrize("before", [True, False], ids=["before the first byte", "in the middle"])
def test_a_stop_closes_the_connection_even_while_the_server_is_silent(serve: Serve, before: bool) -> None:
    def silent(talk: Talk) -> None:
        if not before:
            talk.begin()
            talk.say("The keeper ")
        talk.hang()

    model, server = serve(silent)
    cancel = Cancel()
    threading.Timer(0.2, cancel.cancel).start()
    since = time.monotonic()
    chunks = list(model.stream(PROMPT, SHORT, cancel=cancel))
    assert time.monotonic() - since < 1.2
    assert collect(chunks) == ("" if before else "The keeper ",)
    assert chunks[-1].finish == "cancelled"
    assert server.hung_up.wait(1)


def test_closing_the_model_ends_what_it_writes(serve: Serve) -> None:
    model, server = serve(Talk.hang)
    chunks = model.stream(PROMPT, SHORT, cancel=Cancel())
    threading.Timer(0.2, model.close).start()
    assert list(chunks)[-1].finish == "cancelled"
    assert server.hung_up.wait(1)
    assert failure(model).code == "models.closed"


@pytest.mark.parametrize("garbage", ["{not json", "[]", '"text"', '{"choices": [{"delta": "x", "index": "y"}]}'])
def test_garbage_in_the_stream_is_no_crash(serve: Serve, garbage: str) -> None:
    def nonsense(talk: Talk) -> None:
        talk.begin()
        talk.event(garbage)

    model, _ = serve(nonsense)
    assert failure(model).code in ("models.not_understood", "models.broken_off")


def test_an_error_told_inside_the_stream(serve: Serve) -> None:
    def late(talk: Talk) -> None:
        talk.begin()
        talk.say("The keeper ")
        talk.event({"error": {"message": "overloaded", "code": 429}})

    model, _ = serve(late)
    error = failure(model)
    assert (error.code, error.partial) == ("models.rate_limited", "The keeper ")


def test_an_unknown_usage_option_is_dropped_without_a_word(serve: Serve) -> None:
    model, server = serve(Polite(refuses={"stream_options": "unknown field stream_options"}))
    chunks = run(model, SHORT)
    assert collect(chunks)[0]
    assert notices(chunks) == []
    write(model, PROMPT, SHORT)
    assert ["stream_options" in chat for chat in server.chats()] == [True, False, False]


@pytest.mark.parametrize("server", [Polite(ignores=("n",)), Polite(refuses={"n": "n must be 1"})])
def test_alternatives_from_a_server_that_writes_one_at_a_time(serve: Serve, server: Polite) -> None:
    model, running = serve(server)
    texts = write(model, PROMPT, Sampling(max_tokens=6, seed=3, n=3))
    assert len(set(texts)) == 3
    asked = len(running.chats())
    assert write(model, PROMPT, Sampling(max_tokens=6, seed=3, n=3)) == texts
    # What it learned, it keeps: three requests for three alternatives.
    assert len(running.chats()) - asked == 3


def test_a_refused_option_is_left_out_with_one_notice(serve: Serve) -> None:
    model, _ = serve(Polite(refuses={"temperature": "Unsupported value: 'temperature' does not support 0.8"}))
    assert notices(run(model, SHORT)) == ["models.option_ignored"]
    assert notices(run(model, SHORT)) == []


def test_options_outside_the_format_go_only_to_servers_that_have_them(serve: Serve) -> None:
    sampling = Sampling(max_tokens=6, top_k=20, dry=0.8, avoid="A-Z", end=False)
    model, server = serve(Polite())
    (notice,) = [chunk.notice for chunk in run(model, sampling) if chunk.notice]
    assert dict(notice.details)["options"] == "top_k, dry, avoid, end"
    assert notices(run(model, sampling)) == []
    assert not {"top_k", "dry_multiplier", "ignore_eos"} & server.chats()[0].keys()

    model, server = serve(Polite(), dialect="llama.cpp", context=900)
    assert notices(run(model, sampling)) == []
    assert server.chats()[0]["dry_multiplier"] == 0.8
    assert server.chats()[0]["ignore_eos"] is True
    assert server.chats()[0]["grammar"] == "root ::= [^A-Z]*"


def test_a_token_limit_under_its_newer_name(serve: Serve) -> None:
    def newer(talk: Talk) -> None:
        if "max_tokens" in talk.body:
            return saying(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")(talk)
        talk.body["max_tokens"] = talk.body["max_completion_tokens"]
        return Polite()(talk)

    model, _ = serve(newer)
    chunks = run(model, SHORT)
    assert notices(chunks) == []
    assert len(collect(chunks)[0].split()) == 6


def test_a_schema_falls_back_to_words(serve: Serve) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    model, server = serve(Polite(refuses={"response_format": "This response_format type is unavailable now"}))
    assert notices(run(model, Sampling(max_tokens=4, schema=schema))) == ["models.schema_in_words"]
    first, second, third = server.chats()
    assert first["response_format"]["json_schema"]["schema"] == schema
    assert second["response_format"] == {"type": "json_object"}
    assert '"title"' in second["messages"][-1]["content"]
    assert "response_format" not in third


def test_a_grammar_needs_a_server_that_can(serve: Serve) -> None:
    sampling = Sampling(max_tokens=4, grammar='root ::= "yes"')
    model, server = serve(Polite())
    assert failure(model, sampling).code == "models.no_grammar"
    assert "grammar" not in model.info.abilities
    assert server.chats() == []
    model, server = serve(Polite(), dialect="llama.cpp", context=900)
    write(model, PROMPT, sampling)
    assert server.chats()[0]["grammar"] == 'root ::= "yes"'


def test_a_refused_grammar_is_never_left_out(serve: Serve) -> None:
    model, server = serve(saying(400, "failed to parse grammar"), dialect="llama.cpp", context=900)
    assert failure(model, Sampling(grammar="root ::=")).code == "models.refused"
    assert len(server.chats()) == 1


def answering(*pieces: str) -> Behaviour:
    def answer(talk: Talk) -> None:
        talk.begin()
        for piece in pieces:
            talk.say(piece)
        talk.say("", finish="stop")
        talk.event("[DONE]")

    return answer


@pytest.mark.parametrize(
    ("prefix", "pieces", "text"),
    [
        ("The lamp went out", ["The lamp", " went out", " at ten."], " at ten."),
        ("The lamp went out", ["at ten."], " at ten."),
        ("It rained. The lamp went out", ["The lamp went ", "out at ten."], " at ten."),
        ("灯塔的灯", ["灯塔的灯", "灭了。"], "灭了。"),
        ("灯塔的灯", ["灭了。"], "灭了。"),
        ("灯塔的灯", ["灯塔"], "灯塔"),
    ],
)
def test_a_prefix_is_asked_for_in_words_and_not_repeated(
    serve: Serve, prefix: str, pieces: list[str], text: str
) -> None:
    model, server = serve(answering(*pieces))
    assert write(model, Prompt(PROMPT.messages, prefix), SHORT) == (text,)
    assert prefix in server.chats()[0]["messages"][-1]["content"]


@pytest.mark.parametrize("dialect", ["llama.cpp", "vllm"])
def test_a_prefix_is_a_begun_answer_where_the_server_goes_on_from_it(serve: Serve, dialect: str) -> None:
    model, server = serve(answering(" at ten."), dialect=dialect, context=900)
    assert write(model, Prompt(PROMPT.messages, "The lamp went out"), SHORT) == (" at ten.",)
    (chat,) = server.chats()
    assert chat["messages"][-1] == {"role": "assistant", "content": "The lamp went out"}
    assert chat.get("continue_final_message", False) == (dialect == "vllm")


def test_more_stop_strings_than_the_server_takes(serve: Serve) -> None:
    model, server = serve(answering("One. Two. Th", "ree. Four."))
    chunks = run(model, Sampling(stop=("a1", "b2", "c3", "d4", "Three")))
    assert collect(chunks) == ("One. Two. ",)
    assert chunks[-1].finish == "stop"
    assert len(server.chats()[0]["stop"]) == 4


def test_a_banned_phrase_that_came_is_told(serve: Serve) -> None:
    model, _ = serve(answering("A test", "ament to", " hope."))
    assert "bans" not in model.info.abilities
    chunks = run(model, Sampling(bans=("a testament to", "tapestry")))
    assert notices(chunks) == ["models.ban_unsupported"]
    assert chunks[-1].finish == "stop"


@pytest.mark.parametrize(
    ("facts", "context", "exact", "tokens"),
    [
        ({"/props": {"default_generation_settings": {"n_ctx": 777}}, "/tokenize": {"tokens": [1, 2]}}, 777, True, 2),
        (
            {
                "/version": {"version": "0.11"},
                "/v1/models": {"data": [{"id": "other"}, {"id": "fake", "max_model_len": 888}]},
                "/tokenize": {"count": 3, "tokens": [1, 2, 3]},
            },
            888,
            True,
            3,
        ),
        ({"/api/version": {"version": "0.12"}}, 4096, False, 12),
        ({}, 32768, False, 12),
    ],
    ids=["llama.cpp", "vllm", "ollama", "plain"],
)
def test_it_finds_out_what_the_server_is(
    serve: Serve, facts: dict[str, object], context: int, exact: bool, tokens: int
) -> None:
    model, _ = serve(Polite(), facts)
    assert model.info.context == context
    assert ("exact_count" in model.info.abilities) == exact
    assert model.count("灯塔看守人爬上楼梯") == tokens


def test_ollama_gets_no_prompt_that_it_would_cut(serve: Serve) -> None:
    model, server = serve(Polite(), {"/api/version": {"version": "0.12"}})
    with pytest.raises(InputError) as raised:
        write(model, Prompt.of("", "海" * 4000), SHORT)
    assert raised.value.code == "models.prompt_too_long"
    assert server.chats() == []


def test_the_key_goes_to_its_host_and_nothing_else_does(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-only")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-for-openai-only")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-for-openai-only")
    model, server = serve(Polite())
    write(model, PROMPT, SHORT)
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
    assert "openai-only" not in repr([asked.headers for asked in server.asked])
    model, server = serve(Polite(), key=None)
    write(model, PROMPT, SHORT)
    assert not [asked for asked in server.asked if "Authorization" in asked.headers]


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_redirect_is_not_followed(serve: Serve, status: int) -> None:
    _, other = serve(Polite())
    model, _ = serve(saying(status, Location=f"{other.url}/chat/completions"))
    assert failure(model).code == "models.moved"
    assert other.asked == []


@pytest.mark.parametrize(
    "url", ["localhost:11434/v1", "ftp://host/v1", "http://me:s3same@host/v1", "http://:80", "x y"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError) as raised:
        OpenAIModel("fake", url, key=None)
    assert raised.value.code == "models.bad_endpoint"
    assert "s3same" not in str(raised.value)


def test_a_key_with_signs_that_no_header_carries(serve: Serve) -> None:
    with pytest.raises(InputError) as raised:
        serve(Polite(), key="sk-钥匙-123")
    assert "123" not in str(raised.value) + repr(raised.value)
