"""Voices over HTTP: prepared from the desk or from files, judged blind, and never a way out of the folder."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from house_of_tests import House

from bimo.models.protocol import Cancel
from bimo.studio.apart import Tell, apart
from bimo.studio.jobs import Job
from bimo.text.errors import BimoError, InputError
from bimo.voice.home import Home


@pytest.fixture
def house(own_house: House) -> House:
    return own_house


@pytest.fixture
def sent(house: House) -> Home:
    """A voice that was prepared, as far as the routes look."""
    home = Home("sent")
    parts = {"train": {"units": 9000, "documents": 8}}
    for path, told in ((home.dataset / "card.json", {"language": "en", "parts": parts, "warnings": ["voice.little"]}),):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(told), encoding="utf-8")
    return home


def book(chapters: int = 8) -> str:
    """Chapters of random words, for near-duplicates are left out."""
    dice = random.Random(1)
    words = ["".join(dice.choices("aeioubdklmnrst", k=dice.randint(2, 8))) for _ in range(3000)]
    told = []
    for number in range(chapters):
        lines = [f"The {' '.join(dice.choices(words, k=30))} and the river." for _ in range(16)]
        told.append(f"# Chapter {number}\n\n" + "\n\n".join(lines))
    return "\n\n".join(told)


def figures(home: Home, count: int = 3) -> None:
    samples = [
        {
            "start": f"It began {n}",
            "writer": "w",
            "base": f"plain {n}",
            "retrieval": "r",
            "voice": f"mine {n}",
            "both": "b",
        }
        for n in range(count)
    ]
    told = {"samples": samples, "nearer": 0.7, "memorised": False, "perplexity": {}, "ways": {}}
    (home.root / "evaluation.json").write_text(json.dumps(told), encoding="utf-8")


def send(house: House, name: str, file: str, text: str, status: int = 204) -> None:
    house.ask("POST", f"/voices/{name}/texts", status, params={"file": file}, content=text.encode())


def test_a_folder_of_files_becomes_a_voice(house: House) -> None:
    send(house, "sent", "novels/first.md", book())
    told = house.run("/voices/sent/prepare", {"source": "files"})
    assert "prepared" in dict(told), told
    prepared = dict(told)["prepared"]
    assert prepared["language"] == "en"
    assert prepared["parts"]["train"]["units"] > 2000
    listed = house.get("/voices")["voices"]
    assert [(each["name"], each["trained"]) for each in listed] == [("sent", False)]
    whole = house.get("/voices/sent")
    assert whole["votes"] == {"base": 0, "voice": 0, "same": 0, "of": 0, "next": 0}
    assert house.get("/voices/sent/vote") is None
    # What was sent is not kept twice.
    assert dict(house.run("/voices/sent/prepare", {"source": "files"}))["failed"]["code"] == "voice.no_folder"


@pytest.mark.parametrize("file", ["../x.md", "/etc/x.md", "a/../../x.md", "..\\x.md", ""])
def test_a_file_stays_in_its_folder(house: House, file: str) -> None:
    send(house, "sent", file, "text", 422)
    assert house.ask("POST", "/voices/..%2F..%2Fx/texts?file=a.md", 405, content=b"x")
    assert house.ask("POST", "/voices/.../texts?file=a.md", 422, content=b"x")["error"]["code"] == "voice.bad_name"


def test_an_empty_desk_is_told(house: House) -> None:
    told = dict(house.run("/voices/mine/prepare", {"source": "desk"}))
    assert told["failed"]["code"] == "voice.desk_empty"
    assert told["ended"] == {"state": "failed"}


def test_without_the_packages_it_says_how_to_get_them(
    house: House, sent: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*, wandb: bool = False) -> None:
        raise InputError("voice.no_packages", packages="torch")

    monkeypatch.setattr("bimo.voice.base.require_packages", none)
    assert "pip install" in house.get("/voices")["missing"]["hint"]
    assert house.post("/voices/sent/train", {}, 422)["error"]["code"] == "voice.no_packages"


def test_the_blind_vote_is_kept_and_told_only_afterwards(house: House, sent: Home) -> None:
    figures(sent)
    seen: list[str] = []
    for chosen in (0, 1, None):
        pair = house.get("/voices/sent/vote")
        assert set(pair) == {"sample", "start", "texts"}
        assert house.get("/voices/sent/vote") == pair
        answer = house.post("/voices/sent/vote", {"sample": pair["sample"], "chosen": chosen})
        order = answer["order"]
        assert pair["texts"][order.index("voice")].startswith("mine")
        seen.append(order[chosen] if chosen is not None else "same")
    votes = house.get("/voices/sent")["votes"]
    assert {side: votes[side] for side in ("voice", "base", "same")} == {
        s: seen.count(s) for s in ("voice", "base", "same")
    }
    assert house.get("/voices/sent/vote") is None
    figures(sent, 4)
    assert house.get("/voices/sent")["votes"]["next"] == 0


def test_the_curve_is_read_while_it_is_written(house: House, sent: Home) -> None:
    sent.run.mkdir()
    lines = [json.dumps({"step": step, "loss": 5 - step / 1000}) for step in range(1, 1001)]
    (sent.run / "log.jsonl").write_text("\n".join([*lines, '{"step": 10']), encoding="utf-8")
    curve = house.get("/voices/sent")["curve"]
    assert curve[0] == [1.0, 4.999]
    assert 200 < len(curve) <= 400


def test_a_voice_is_chosen_with_its_strength(house: House) -> None:
    before = house.get("/settings")["model"]
    try:
        house.ask("PATCH", "/settings", 200, json={"model": "voice:sent", "strength": 0.7})
        assert house.get("/voices")["in_use"] == {"name": "sent", "strength": 0.7}
    finally:
        house.ask("PATCH", "/settings", 200, json={"model": before, "strength": None})
    assert house.get("/voices")["in_use"] is None


def counting(tell: Tell, cancel: Cancel, *, most: int) -> None:
    for step in range(most):
        if cancel.cancelled:
            tell("stopped", {"step": step})
            return
        tell("step", {"step": step})
        cancel.wait(0.01)


def failing(tell: Tell, cancel: Cancel) -> None:
    raise InputError("voice.not_trained", name="mine")


def dying(tell: Tell, cancel: Cancel) -> None:
    import os

    os._exit(9)


def test_work_apart_tells_fails_stops_and_dies() -> None:
    assert [data["step"] for _, data in apart(Job("1", "t", "p", "en"), counting, most=3)] == [0, 1, 2]
    with pytest.raises(InputError) as refused:
        list(apart(Job("2", "t", "p", "en"), failing))
    assert refused.value.code == "voice.not_trained"
    with pytest.raises(BimoError) as died:
        list(apart(Job("3", "t", "p", "en"), dying))
    assert died.value.code == "studio.task_died"
    job = Job("4", "t", "p", "en")
    told: list[Any] = []
    for name, _ in apart(job, counting, most=100_000_000):
        told.append(name)
        job.cancel.cancel()
    assert told[-1] == "stopped"
