"""Work for a page: streamed, stopped, found again after a reload, freed when the tab closes, fair between pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from house_of_tests import House, events, open_house, until

from bimo.models.protocol import Cancel
from bimo.studio.turns import Turns

SLOW = "delay=0.03 repeat\n" + "海面上起了雾，没有人说话，灯塔的灯亮了又灭了。" * 5 + "\n"
LONG = {"request": {"text": "林晚走上灯塔。", "length": 3000}}


@pytest.fixture(scope="module")
def slow_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = open_house(tmp_path_factory.mktemp("slow"), SLOW)
    yield house
    house.close()


@pytest.fixture
def slow(slow_house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A studio whose model takes its time; nothing runs in it before and after a test."""
    monkeypatch.setattr(slow_house.studio.pages, "_loading", 5)
    yield slow_house
    slow_house.ask("PATCH", "/settings", 200, json={"ai": True})
    for job in running(slow_house):
        slow_house.post(f"/jobs/{job['id']}/cancel", status=204)
    until(lambda: not running(slow_house))


def running(house: House) -> list[dict[str, Any]]:
    return [job for job in house.get("/jobs") if job["ended"] is None]


class Tab:
    """A page in a browser: it listens to the news, and its streams end when it is closed."""

    def __init__(self, house: House, page: str) -> None:
        self.house, self.page = house, page
        self.stack = ExitStack()
        # A browser's tab has connections of its own; closing it closes them.
        self.client = httpx.Client(
            base_url=house.origin, trust_env=False, timeout=20, cookies=dict(house.client.cookies)
        )
        self.stack.callback(self.client.close)
        self.news = self.open("GET", f"/api/events?page={page}")
        assert next(self.news)[1] == "hello"

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Iterator[tuple[int | None, str, Any]]:
        answer = self.stack.enter_context(self.client.stream(method, path, json=body, headers=headers))
        assert answer.status_code == 200, answer.read()
        return events(answer.iter_lines())

    def start(self, body: Any = LONG) -> tuple[str, Iterator[tuple[int | None, str, Any]]]:
        """A job that has begun to work."""
        told = self.open("POST", f"/api/tools/continue?page={self.page}", body)
        _, name, data = next(told)
        assert name == "started"
        until(lambda: not self.house.studio.turns.free)
        return data["job"], told

    def reload(self) -> None:
        """What a browser does first: ask for the page again."""
        assert self.client.get("/").status_code in (200, 503)

    def close(self) -> None:
        self.stack.close()


def test_a_tool_tells_what_it_does_in_the_readers_language(house: House) -> None:
    told = house.run("/tools/continue", {"request": {"text": "林晚走上灯塔。", "length": 30}},
                     headers={"Accept-Language": "zh"})  # fmt: skip
    names = [name for name, _ in told]
    assert names[0] == "started"
    assert names[-2:] == ["result", "ended"]
    assert "asked" in names
    assert dict(told)["progress"]["text"].startswith("第") or "尝试" in dict(told)["progress"]["text"]
    assert dict(told)["result"]["alternatives"][0]["text"]
    assert dict(told)["ended"] == {"state": "done"}


def test_events_are_numbered_and_can_be_read_again_from_any_place(house: House) -> None:
    house.run("/tools/continue", {"request": {"text": "林晚走上灯塔。", "length": 30}})
    job = house.get("/jobs")[0]
    with house.client.stream("GET", f"/api/jobs/{job['id']}/events") as answer:
        every = list(events(answer.iter_lines()))
    assert [id for id, _, _ in every] == list(range(1, len(every) + 1))
    with house.client.stream("GET", f"/api/jobs/{job['id']}/events", headers={"Last-Event-ID": "3"}) as answer:
        assert list(events(answer.iter_lines())) == every[3:]
    with house.client.stream("GET", f"/api/jobs/{job['id']}/events?after=999") as answer:
        assert list(events(answer.iter_lines())) == []
    assert [each["event"] for each in house.get(f"/jobs/{job['id']}")["told"]] == [name for _, name, _ in every]


@pytest.mark.parametrize(
    ("tool", "request_", "status", "code"),
    [
        ("nonsense", {}, 422, "craft.no_tool"),
        ("continue", {}, 422, "studio.bad_request"),
        ("continue", {"text": "x", "length": 1}, 422, "studio.bad_request"),
        ("continue", {"text": "x", "nonsense": 1}, 422, "studio.bad_request"),
    ],
)
def test_what_a_tool_cannot_be_asked_is_refused_before_it_begins(
    house: House, tool: str, request_: Any, status: int, code: str
) -> None:
    error = house.post(f"/tools/{tool}", {"request": request_}, status)["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["hint"]


def test_a_tool_that_fails_tells_why_and_keeps_what_there_was(tmp_path: Path) -> None:
    house = open_house(tmp_path, "only one\n")
    house.run("/ghost", {"before": "Once upon a time"})
    told = dict(house.run("/ghost", {"before": "Once upon a time"}))
    assert told["failed"]["code"] == "models.script_ended"
    assert told["failed"]["hint"]
    assert told["ended"] == {"state": "failed"}
    house.close()


def test_a_proposal_is_kept_with_its_place_and_can_be_accepted(house: House) -> None:
    work = house.post("/works", {"title": "灯", "lang": "zh"}, 201)["id"]
    scene = house.post(f"/works/{work}/outline", {"kind": "scene"}, 201)["id"]
    first = house.ask("PUT", f"/scenes/{scene}", 200, json={"text": "😀林晚走上灯塔。", "based_on": None})
    call = {"request": {"text": "林晚走上灯塔。", "length": 30}, "work": work, "scene": scene,
            "based_on": first["id"], "start": 2, "end": 9}  # fmt: skip
    result = dict(house.run("/tools/continue", call))["result"]
    kept = house.get(f"/suggestions/{result['suggestion']}")
    assert kept["state"] == "open"
    assert kept["asked"] == {"start": 2, "end": 9}
    assert kept["request"]["text"] == "林晚走上灯塔。"
    assert "[system]" in kept["prompt"]
    proposed = result["alternatives"][0]["text"]
    taken = {"suggestion": kept["id"], "start": 9, "end": 9 + len(proposed)}
    body = {"text": "😀林晚走上灯塔。" + proposed, "based_on": first["id"], "accepted": [taken]}
    saved = house.ask("PUT", f"/scenes/{scene}", 200, json=body)
    assert saved["authorship"] == [
        {"start": 0, "end": 9, "author": "writer"},
        {"start": 9, "end": 9 + len(proposed), "author": "model"},
    ]
    assert house.get(f"/suggestions/{kept['id']}")["state"] == "accepted"


def test_a_ghost_is_one_sentence_and_kept_when_it_is_taken(house: House) -> None:
    work = house.post("/works", {"title": "灯", "lang": "zh"}, 201)["id"]
    told = house.run("/ghost", {"before": "林晚走上灯塔。", "work": work})
    assert "".join(data["text"] for name, data in told if name == "piece") == "灯塔的灯亮了。"
    assert dict(told)["result"]["alternatives"] == [{"text": "灯塔的灯亮了。", "measures": [], "data": {}}]
    assert house.get(f"/works/{work}/suggestions") == []
    kept = house.post(f"/jobs/{dict(told)['started']['job']}/keep")["suggestion"]
    assert house.get(f"/suggestions/{kept}")["tool"] == "ghost"


class TestStop:
    def test_stop_frees_the_engine_within_a_second_and_keeps_what_was_written(self, slow: House) -> None:
        work = slow.post("/works", {"title": "灯", "lang": "zh"}, 201)["id"]
        tab = Tab(slow, "one")
        job, told = tab.start({**LONG, "work": work})
        slow.post(f"/jobs/{job}/cancel", status=204)
        assert until(lambda: slow.studio.turns.free) < 1
        assert list(told)[-1][1:] == ("ended", {"state": "stopped"})
        tab.close()

    def test_a_closed_tab_frees_the_engine_within_a_second(self, slow: House) -> None:
        tab = Tab(slow, "one")
        job, _ = tab.start()
        tab.close()
        assert until(lambda: slow.studio.turns.free) < 1
        until(lambda: slow.get(f"/jobs/{job}")["state"] == "stopped")

    def test_a_tab_that_says_goodbye_frees_it_though_its_streams_hang_on(self, slow: House) -> None:
        tab = Tab(slow, "one")
        tab.start()
        slow.post("/pages/one/leave", status=204)
        assert until(lambda: slow.studio.turns.free) < 1
        tab.close()

    def test_a_caller_without_a_page_stops_with_its_connection(self, slow: House) -> None:
        with slow.client.stream("POST", "/api/tools/continue", json=LONG) as answer:
            next(answer.iter_lines())
            until(lambda: not slow.studio.turns.free)
        assert until(lambda: slow.studio.turns.free) < 1

    def test_the_studio_ends_within_two_seconds_while_it_writes(self, tmp_path: Path) -> None:
        house = open_house(tmp_path, SLOW)
        tab = Tab(house, "one")
        tab.start()
        assert house.close() < 2
        tab.close()


class TestGoingOn:
    def test_another_scene_does_not_stop_it(self, slow: House) -> None:
        tab = Tab(slow, "one")
        job, told = tab.start()
        told.close()  # type: ignore[attr-defined]  # the page no longer shows it, but is open
        time.sleep(1)
        assert [each["id"] for each in running(slow)] == [job]
        tab.close()

    def test_a_reload_finds_it_again_and_misses_nothing(self, slow: House) -> None:
        tab = Tab(slow, "one")
        job, told = tab.start()
        seen = [next(told) for _ in range(2)]
        tab.reload()
        tab.close()
        # A machine under load takes its time to show the page.
        time.sleep(1.5)
        again = Tab(slow, "one")
        assert [each["id"] for each in running(slow)] == [job]
        rest = again.open("GET", f"/api/jobs/{job}/events?page=one", **{"Last-Event-ID": str(seen[-1][0])})
        assert next(rest)[0] == (seen[-1][0] or 0) + 1
        slow.post(f"/jobs/{job}/cancel", status=204)
        again.close()

    def test_a_reload_that_asks_only_after_it_has_left_is_a_reload(self, slow: House) -> None:
        tab = Tab(slow, "one")
        job, _ = tab.start()
        tab.close()
        slow.client.get("/")
        time.sleep(1)
        assert [each["id"] for each in running(slow)] == [job]
        slow.post(f"/jobs/{job}/cancel", status=204)

    def test_a_tab_closed_after_a_reload_is_closed(self, slow: House) -> None:
        tab = Tab(slow, "one")
        tab.reload()
        tab.close()
        again = Tab(slow, "one")
        again.start()
        again.close()
        assert until(lambda: slow.studio.turns.free) < 1

    def test_a_tab_that_never_comes_back_is_given_up(self, slow: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(slow.studio.pages, "_loading", 1)
        tab = Tab(slow, "one")
        tab.start()
        tab.reload()
        tab.close()
        assert 0.5 < until(lambda: slow.studio.turns.free) < 3


class TestTurns:
    def test_lists_and_health_never_wait(self, slow: House) -> None:
        tabs = [Tab(slow, f"page{number}") for number in range(3)]
        for tab in tabs:
            tab.start()
        for path in ("/health", "/state", "/jobs", "/tools", "/models", "/works", "/recipes", "/editions"):
            began = time.monotonic()
            slow.get(path)
            assert time.monotonic() - began < 1, path
        for tab in tabs:
            tab.close()

    def test_a_ghost_goes_before_other_work_and_replaces_the_one_before(self, slow: House) -> None:
        tabs = [Tab(slow, f"page{number}") for number in range(2)]
        first = tabs[0].open("POST", "/api/ghost?page=page0", {"before": "林晚走上灯塔。", "words": 120, "n": 3})
        assert next(first)[1] == "started"
        second = tabs[0].open("POST", "/api/ghost?page=page0", {"before": "林晚走上灯塔。她"})
        assert next(second)[1] == "started"
        assert list(first)[-1][2] == {"state": "stopped"}
        assert list(second)[-1][2] == {"state": "done"}
        for tab in tabs:
            tab.close()

    def test_pages_take_turns_whoever_asked_most(self) -> None:
        turns, cancel, order = Turns(), Cancel(), []
        threads = []

        def ask(owner: str, *, urgent: bool = False) -> None:
            def work() -> None:
                with turns.taken(owner, cancel, urgent=urgent) as mine:
                    assert mine
                    order.append(owner)

            threads.append(threading.Thread(target=work))
            threads[-1].start()
            until(lambda: turns.waiting == len(threads))

        with turns.taken("first", cancel):
            for owner in ("greedy", "greedy", "greedy", "modest", "first"):
                ask(owner)
            ask("ghost", urgent=True)
        for thread in threads:
            thread.join()
        assert order == ["ghost", "greedy", "modest", "first", "greedy", "greedy"]
        assert turns.free

    def test_who_stops_waiting_is_passed_over(self) -> None:
        turns, cancel = Turns(), Cancel()
        cancel.cancel()
        with turns.taken("holder", Cancel()), turns.taken("impatient", cancel) as mine:
            assert not mine
        assert turns.free


class TestOff:
    def test_no_route_reaches_a_model_while_ai_is_off(self, own_house: House) -> None:
        assert own_house.ask("PATCH", "/settings", 200, json={"ai": False})["ai"] is False
        refused = [
            ("/tools/continue", LONG),
            ("/ghost", {"before": "x"}),
            ("/considered", {"before": "x"}),
            ("/recipes/short-story", {"idea": "x"}),
            ("/inspect", {"scene": "x"}),
        ]
        for path, body in refused:
            error = own_house.post(path, body, 403, headers={"Accept-Language": "zh"})["error"]
            assert error["code"] == "studio.ai_off"
            assert error["message"] == "AI 已关闭。"
        assert own_house.get("/state")["engine"]["state"] == "off"
        assert own_house.get("/tools")
        own_house.ask("PATCH", "/settings", 200, json={"ai": True})
        assert dict(own_house.run("/ghost", {"before": "林晚走上灯塔。"}))["ended"] == {"state": "done"}

    def test_switching_it_off_stops_what_runs(self, slow: House) -> None:
        tab = Tab(slow, "one")
        tab.start()
        slow.ask("PATCH", "/settings", 200, json={"ai": False})
        assert until(lambda: slow.studio.turns.free) < 1
        tab.close()

    @pytest.mark.parametrize("given", [{"ai": "perhaps"}, {"nonsense": 1}, {"font_size": 1000}, {"language": "fr"}])
    def test_a_choice_that_there_is_not_is_refused(self, own_house: House, given: dict[str, Any]) -> None:
        before = own_house.get("/settings")
        own_house.ask("PATCH", "/settings", 422, json=given)
        assert own_house.get("/settings") == before


def test_the_language_that_was_chosen_is_spoken(own_house: House) -> None:
    def asked(wish: str) -> str:
        headers = {"Accept-Language": wish}
        message: str = own_house.get("/works/nothing", 404, headers=headers)["error"]["message"]
        return message

    assert asked("zh-CN,en;q=0.5") != asked("fr,en")
    own_house.ask("PATCH", "/settings", 200, json={"language": "zh"})
    assert asked("en") == asked("zh")


def test_pages_hear_of_each_other(own_house: House) -> None:
    work = own_house.post("/works", {"title": "灯", "lang": "zh"}, 201)["id"]
    scene = own_house.post(f"/works/{work}/outline", {"kind": "scene"}, 201)["id"]
    tab = Tab(own_house, "one")
    own_house.ask("PUT", f"/scenes/{scene}?page=two", 200, json={"text": "x", "based_on": None})
    _, name, data = next(tab.news)
    assert (name, data["scene"], data["page"]) == ("saved", scene, "two")
    own_house.ask("PATCH", "/settings", 200, json={"theme": "dark"})
    assert next(tab.news)[1:] == ("settings", {**own_house.get("/settings")})
    own_house.run("/ghost?page=one", {"before": "林晚走上灯塔。"})
    assert [next(tab.news)[2]["state"] for _ in range(2)] == ["running", "done"]
    tab.close()


def test_a_recipe_tells_its_steps_and_is_known_by_its_name_alone(slow: House) -> None:
    tab = Tab(slow, "one")
    told = tab.open("POST", "/api/recipes/short-story?page=one", {"idea": "守塔人发现一封信。", "lang": "zh"})
    job = next(told)[2]["job"]
    name, step = next(told)[1:]
    assert (name, step["number"]) == ("step", 1)
    slow.post(f"/jobs/{job}/cancel", status=204)
    assert list(told)[-1][2] == {"state": "stopped"}
    tab.close()
    for name in ("nonsense", "recipe.toml", "%2Fetc%2Fpasswd", "..%2Frecipe.toml"):
        assert slow.client.post(f"/api/recipes/{name}", json={"idea": "x"}).status_code in (404, 405)
