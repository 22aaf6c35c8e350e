"""A studio that is killed in the midst of its work: what was acknowledged and what was streamed is found again."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from house_of_tests import House, Start, entered, events, open_house

# Quick enough for whole steps of a recipe, slow enough to be killed within one.
SCRIPT = "delay=0.002 repeat\n" + "The fog came in. " * 60
BEGINNING = "The fog came in from the sea."
KILLS = 3


@pytest.fixture
def start(start: Start, tmp_path: Path) -> Start:
    (tmp_path / "script.txt").write_text(SCRIPT, encoding="utf-8")
    return start


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert process.wait(timeout=20) == -signal.SIGKILL


def scene_of(client: httpx.Client) -> tuple[str, str]:
    work = client.post("/api/works", json={"title": "Fog", "lang": "en"}).json()["id"]
    scene = client.post(f"/api/works/{work}/outline", json={"kind": "scene"}).json()["id"]
    return work, scene


def told(answer: httpx.Response) -> Iterator[tuple[int | None, str, dict[str, Any]]]:
    assert answer.status_code == 200, answer.read()
    return events(answer.iter_lines())


def heard(client: httpx.Client, job: str) -> list[tuple[int | None, str, dict[str, Any]]]:
    with client.stream("GET", f"/api/jobs/{job}/events") as answer:
        return list(told(answer))


def test_what_a_tool_had_written_is_found_again_and_kept_for_its_work(start: Start) -> None:
    process = start()
    seen: list[Any] = []
    with entered(process) as client:
        work, scene = scene_of(client)
        head = client.put(f"/api/scenes/{scene}", json={"text": BEGINNING, "based_on": None}).json()["id"]
        call = {"request": {"text": BEGINNING, "length": 400}, "work": work, "scene": scene, "based_on": head,
                "start": 0, "end": 7}  # fmt: skip
        with client.stream("POST", "/api/tools/expand?page=one", json=call) as answer:
            for event in told(answer):
                seen.append(event)
                if sum(name == "piece" for _, name, _ in seen) == 8:
                    break
            kill(process)
    written = "".join(data["text"] for _, name, data in seen if name == "piece")
    id = seen[0][2]["job"]
    for _ in range(2):
        # It is there after the next kill as well, and kept as one suggestion only.
        process = start()
        with entered(process) as client:
            (job,) = client.get("/api/state").json()["jobs"]
            assert (job["id"], job["kind"], job["page"], job["state"], job["cut"]) == (
                id, "expand", "one", "failed", True,
            )  # fmt: skip
            assert job["about"]["scene"] == scene
            assert job["text"].startswith(written)
            again = heard(client, id)
            assert again[: len(seen)] == seen
            assert [name for _, name, _ in again[-3:]] == ["kept", "failed", "ended"]
            assert again[-2][2]["code"] == "studio.cut_off"
            (kept,) = client.get(f"/api/works/{work}/suggestions").json()
            assert kept["alternatives"][0]["text"] == job["text"]
            assert kept["asked"] == {"start": 0, "end": 7}
            whole = client.get(f"/api/suggestions/{kept['id']}").json()
            assert (whole["tool"], whole["request"]["text"]) == ("expand", BEGINNING)
            assert BEGINNING in whole["prompt"]
            kill(process)
    with entered(start()) as client:
        assert client.post(f"/api/jobs/{id}/resume").status_code == 409
        assert client.delete(f"/api/jobs/{id}").status_code == 204
        assert client.get("/api/state").json()["jobs"] == []
        assert client.get(f"/api/jobs/{id}").status_code == 404


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_recipe_goes_on_where_it_was(start: Start, number: signal.Signals) -> None:
    process = start()
    body = {"idea": "A keeper finds a letter in the lamp room.", "lang": "en"}
    with entered(process) as client, client.stream("POST", "/api/recipes/short-story?page=one", json=body) as answer:
        stream = told(answer)
        id = next(stream)[2]["job"]
        done = next(data for _, name, data in stream if name == "step_done")
        next(stream)
        process.send_signal(number)
        process.wait(timeout=20)
    process = start()
    with entered(process) as client:
        (job,) = client.get("/api/state").json()["jobs"]
        assert (job["id"], job["cut"], job["about"]["idea"]) == (id, True, body["idea"])
        with client.stream("POST", f"/api/jobs/{id}/resume?page=two") as answer:
            first = next(data for _, name, data in told(answer) if name == "step_done")
            assert first == {**done, "resumed": True}
            (job,) = client.get("/api/state").json()["jobs"]
            assert job["id"] != id
            assert job["kind"] == "recipe:short-story"


def test_no_acknowledged_save_is_lost(start: Start) -> None:
    chance = random.Random(5)
    text, head, scene = "", None, None
    for _ in range(KILLS):
        process = start()
        with entered(process) as client:
            scene = scene or scene_of(client)[1]
            stored = client.get(f"/api/scenes/{scene}").json()["revision"]
            if stored is not None:
                # The last save may have come to the disk without an answer; nothing less, and nothing mixed.
                assert stored["text"] in (text, text + "雾来了。😀\n")
                assert stored["id"] == head or stored["text"] != text
                text, head = stored["text"], stored["id"]
            for _ in range(chance.randint(5, 15)):
                saved = client.put(
                    f"/api/scenes/{scene}", json={"text": text + "雾来了。😀\n", "based_on": head}
                ).json()
                text, head = text + "雾来了。😀\n", saved["id"]
            request = client.build_request("PUT", f"/api/scenes/{scene}",
                                           json={"text": text + "雾来了。😀\n", "based_on": head})  # fmt: skip
            dying = subprocess.Popen(["sh", "-c", f"sleep {chance.uniform(0, 0.02)}; kill -9 {process.pid}"])
            try:
                while True:
                    saved = client.send(request).json()
                    text, head = text + "雾来了。😀\n", saved["id"]
                    request = client.build_request("PUT", f"/api/scenes/{scene}",
                                                   json={"text": text + "雾来了。😀\n", "based_on": head})  # fmt: skip
            except httpx.TransportError:
                pass
            dying.wait()
            process.wait()
    with entered(start()) as client:
        assert client.get(f"/api/scenes/{scene}").json()["revision"]["text"] in (text, text + "雾来了。😀\n")


def test_a_previewed_file_can_be_brought_in_after_a_restart(tmp_path: Path) -> None:
    first = open_house(tmp_path, "x\n")
    plan = first.ask("POST", "/imports", 201, content="# 灯塔\n\n雾来了。\n".encode(), params={"name": "灯塔.md"})
    first.close()
    second: House = open_house(tmp_path, "x\n")
    work = second.post(f"/imports/{plan['id']}", {}, 201)
    assert work["title"] == "灯塔"
    assert second.post(f"/imports/{plan['id']}", {}, 404)["error"]["code"] == "studio.no_plan"
    for wrong in ("..%2F..%2Fdesk", "nothing", "*"):
        assert second.client.post(f"/api/imports/{wrong}", json={}).status_code in (404, 405)
    second.close()
