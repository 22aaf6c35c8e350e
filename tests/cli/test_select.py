"""From the name of a model to the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimo.models.protocol import Cancel, Prompt, Sampling, write
from bimo.models.select import open_model, scripted_from
from bimo.text.errors import InputError, ModelError

ASK = Prompt.of("", "")


def test_a_script_is_replayed_block_by_block(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("one\nmore\n---\n二\n", encoding="utf-8")
    model = open_model(f"scripted:{path}")
    assert [write(model, ASK, Sampling()) for _ in range(2)] == [("one\nmore",), ("二",)]
    with pytest.raises(ModelError, match="script_ended"):
        write(model, ASK, Sampling())


@pytest.mark.parametrize(("head", "delay"), [("repeat", 0), ("delay=0.001 repeat", 0.001), ("delay=0.001", 0.001)])
def test_the_head_of_a_script(tmp_path: Path, head: str, delay: float) -> None:
    path = tmp_path / "s.txt"
    path.write_text(f"{head}\none", encoding="utf-8")
    model = scripted_from(path)
    assert write(model, ASK, Sampling()) == ("one",)
    assert model.delay == delay  # type: ignore[attr-defined]
    if "repeat" in head:
        assert write(model, ASK, Sampling(n=2)) == ("one", "one")


def test_a_slow_script_stops(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("delay=30\none", encoding="utf-8")
    cancel = Cancel()
    cancel.cancel()
    assert [chunk.finish for chunk in scripted_from(path).stream(ASK, Sampling(), cancel=cancel)] == ["cancelled"]


@pytest.mark.parametrize("id", [None, "smollm2-135m", "./my.gguf", "openai:x@http://localhost:1/v1"])
def test_no_real_model_opens_where_it_is_forbidden(monkeypatch: pytest.MonkeyPatch, id: str | None) -> None:
    monkeypatch.setenv("BIMO_NO_ENGINE", "1")
    with pytest.raises(ModelError, match="engine_refused"):
        open_model(id)


def test_an_endpoint_needs_a_name_and_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for id in ("openai:", "openai:x"):
        with pytest.raises(InputError, match="no_endpoint"):
            open_model(id)
    monkeypatch.setenv("BIMO_BASE_URL", "http://localhost:1/v1")
    model = open_model("openai:x")
    assert "x" in model.info.id
    model.close()
