"""The desk as the page sees it: works, scenes, conflicts, bible, search, imports, editions, verse."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from house_of_tests import House

from bimo.models.places import state_dir
from bimo.studio.app import api
from bimo.studio.describe import as_markdown, described

ROOT = Path(__file__).parents[2]
QUATRAIN = "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"


@pytest.fixture
def work(house: House) -> str:
    id: str = house.post("/works", {"title": "灯塔", "lang": "zh"}, 201)["id"]
    return id


@pytest.fixture
def scene(house: House, work: str) -> str:
    id: str = house.post(f"/works/{work}/outline", {"kind": "scene", "title": "雾"}, 201)["id"]
    return id


def save(house: House, scene: str, text: str, based_on: str | None, status: int = 200) -> Any:
    return house.ask("PUT", f"/scenes/{scene}", status, json={"text": text, "based_on": based_on})


def test_a_work_is_begun_changed_thrown_away_and_taken_back(house: House, work: str) -> None:
    changed = house.ask("PATCH", f"/works/{work}", 200, json={"title": "灯", "brief": {"premise": "一封信", "x": "y"}})
    assert (changed["title"], changed["brief"]["premise"]) == ("灯", "一封信")
    house.ask("DELETE", f"/works/{work}", 200)
    assert work not in [each["id"] for each in house.get("/works")]
    assert work in [each["id"] for each in house.get("/works?trashed=true")]
    house.post(f"/works/{work}/restore")
    assert house.get("/works")[0]["id"] == work
    error = house.get("/works/nothing", 404, headers={"Accept-Language": "zh"})["error"]
    assert error["code"] == "desk.no_work"


def test_the_outline_is_built_and_moved(house: House, work: str) -> None:
    chapter = house.post(f"/works/{work}/outline", {"kind": "chapter", "title": "一"}, 201)["id"]
    first, second = (
        house.post(f"/works/{work}/outline", {"kind": "scene", "title": title, "parent": chapter}, 201)["id"]
        for title in "甲乙"
    )
    house.post(f"/nodes/{second}/move", {"parent": chapter, "at": 0})
    assert [node["id"] for node in house.get(f"/works/{work}")["outline"]] == [chapter, second, first]
    house.post(f"/nodes/{chapter}/move", {"parent": first}, 422)
    house.ask("PATCH", f"/nodes/{first}", 200, json={"summary": "她来了。", "status": "done"})
    beats = house.ask("PUT", f"/scenes/{first}/beats", 200, json={"beats": [{"text": "来"}, {"text": "走"}]})
    again = [{"id": beats[1]["id"], "text": "走", "done": True}, {"text": "回"}]
    kept = house.ask("PUT", f"/scenes/{first}/beats", 200, json={"beats": again})
    assert [(beat["text"], beat["done"]) for beat in kept] == [("走", True), ("回", False)]
    assert kept[0]["id"] == beats[1]["id"]
    house.ask("DELETE", f"/nodes/{chapter}", 200)
    assert house.get(f"/works/{work}")["outline"] == []
    assert [node["id"] for node in house.get(f"/works/{work}/trash")["outline"]] == [chapter]
    house.post(f"/nodes/{chapter}/restore")
    assert len(house.get(f"/works/{work}")["outline"]) == 3


def test_a_conflict_keeps_both_texts(house: House, scene: str) -> None:
    first = save(house, scene, "一\n", None)
    save(house, scene, "一二\n", first["id"])
    conflict = save(house, scene, "一三\n", first["id"], 409)
    assert conflict["error"]["code"] == "desk.conflict"
    assert (conflict["stored"]["text"], conflict["yours"]["text"]) == ("一二\n", "一三\n")
    branches = house.get(f"/scenes/{scene}/branches")
    assert [branch["head"] for branch in branches] == [conflict["stored"]["id"], conflict["yours"]["id"]]
    house.post(f"/branches/{branches[1]['id']}/choose", status=204)
    assert house.get(f"/scenes/{scene}")["revision"]["text"] == "一三\n"


def test_history_shows_what_changed_and_brings_it_back(house: House, scene: str) -> None:
    first = save(house, scene, "😀 the old word", None)
    second = save(house, scene, "😀 the new word", first["id"])
    assert [each["id"] for each in house.get(f"/scenes/{scene}/history")] == [second["id"], first["id"]]
    told = house.get(f"/revisions/{first['id']}/diff/{second['id']}")
    assert told["edits"] == [{"start": 7, "end": 10, "new": "new", "reason": ""}]
    back = house.post(f"/revisions/{first['id']}/restore", {"based_on": second["id"]})
    assert back["cause"] == "restore"
    assert house.get(f"/scenes/{scene}")["revision"]["text"] == "😀 the old word"
    assert house.post(f"/revisions/{second['id']}/fork", {"name": "other"}, 201)["text"] == "😀 the new word"


def test_a_save_that_is_repeated_is_one_save(house: House, scene: str) -> None:
    first = save(house, scene, "一", None)
    assert save(house, scene, "一", None)["id"] == first["id"]
    assert len(house.get(f"/scenes/{scene}/history")) == 1


def test_the_bible_knows_names_relations_and_secrets(house: House, work: str, scene: str) -> None:
    ids = [
        house.post(f"/works/{work}/bible", {"kind": "character", "names": [{"text": name}]}, 201)["id"]
        for name in ("林晚", "阿宁")
    ]
    relation = house.post("/relations", {"source": ids[0], "target": ids[1], "kind": "姐妹"}, 201)["id"]
    secret = {"text": "灯塔没有灯。", "secret": True, "from_scene": scene, "knowers": [{"entry": ids[1]}]}
    fact = house.post(f"/entries/{ids[0]}/facts", secret, 201)["id"]
    house.ask("PATCH", f"/facts/{fact}", 200, json={"text": "灯塔没有守塔人。"})
    told = house.get(f"/works/{work}/bible")
    assert [entry["names"][0]["text"] for entry in told["entries"]] == ["林晚", "阿宁"]
    assert told["facts"][0]["knowers"] == [{"entry": ids[1], "from_scene": None}]
    found = house.post(f"/works/{work}/mentions", {"text": "😀林晚说：“安宁。”"})
    assert [(each["entry"], each["start"], each["end"]) for each in found] == [(ids[0], 2, 4)]
    house.ask("DELETE", f"/relations/{relation}", 204)
    house.ask("DELETE", f"/facts/{fact}", 204)
    house.ask("DELETE", f"/entries/{ids[1]}", 200)
    assert len(house.get(f"/works/{work}/bible")["entries"]) == 1


def test_notes_and_goals(house: House, work: str, scene: str) -> None:
    save(house, scene, "😀灯塔", None)
    note = house.post(f"/works/{work}/notes", {"text": "查", "scene": scene, "quote": "灯塔", "start": 2}, 201)
    assert note["start"] == 2
    assert house.studio.desk.notes.all(work)[0].start == 1
    house.ask("PATCH", f"/notes/{note['id']}", 200, json={"done": True})
    assert house.get(f"/works/{work}/notes")[0]["done"] is True
    house.ask("PUT", f"/works/{work}/goal", 200, json={"amount": 500, "period": "day"})
    told = house.get(f"/works/{work}")
    assert told["goals"][0]["amount"] == 500
    assert list(told["written"].values()) == [told["lengths"][scene]]


def test_search_finds_and_tells_where(house: House, work: str, scene: str) -> None:
    save(house, scene, "😀红豆生南国。", None)
    found = house.get(f"/search?query=红豆&work={work}")
    assert found["total"] == 1
    hit = found["hits"][0]
    assert (hit["kind"], hit["id"]) == ("scene", scene)
    assert hit["spans"] == [{"start": 2, "end": 4}]
    assert house.get("/search?query=%20")["hits"] == []


def test_an_edition_is_a_file_to_be_saved(house: House, work: str, scene: str) -> None:
    house.get(f"/works/{work}/editions/markdown", 422)
    save(house, scene, "雾来了。<script>alert(1)</script>", None)
    for format in house.get("/editions"):
        answer = house.client.get(f"/api/works/{work}/editions/{format['id']}?author=某人")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7%81%AF")
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert b"<script>alert" not in answer.content or format["id"] != "html"
    house.get(f"/works/{work}/editions/nonsense", 422)
    with zipfile.ZipFile(io.BytesIO(house.client.get(f"/api/works/{work}/archive").content)) as archive:
        assert "works.jsonl" in archive.namelist()


def test_only_editions_of_runs_are_given_out(house: House) -> None:
    folder = state_dir() / "runs" / "short-story-1a2b"
    folder.mkdir(parents=True)
    (folder / "edition.html").write_text("<p>x</p>")
    (folder / "run.json").write_text("{}")
    (folder / "out.html").symlink_to("/etc/hostname")
    (state_dir() / "secret.html").write_text("s3cr3t")
    answer = house.client.get("/api/runs/short-story-1a2b/edition.html")
    assert (answer.status_code, answer.text) == (200, "<p>x</p>")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    for path in ("short-story-1a2b/run.json", "short-story-1a2b/out.html", "../secret.html", "..%2Fsecret.html",
                 "%2e%2e/secret.html", "short-story-1a2b/..%2F..%2Fsecret.html", "./edition.html"):  # fmt: skip
        assert house.client.get(f"/api/runs/{path}").status_code in (404, 503), path


def test_what_the_model_saw_can_be_looked_at(house: House, work: str, scene: str) -> None:
    house.ask("PATCH", f"/works/{work}", 200, json={"brief": {"premise": "一封日期是明天的信"}})
    names = [{"text": "林晚"}]
    entry = house.post(f"/works/{work}/bible", {"kind": "character", "names": names, "description": "守塔人",
                                                "private": "其实是鬼"}, 201)["id"]  # fmt: skip
    text = "😀林晚走上灯塔。她数着台阶。"
    saved = save(house, scene, text, None)
    told = house.post("/inspect", {"scene": scene, "cursor": 9})
    parts = {part["kind"]: part for part in told["parts"]}
    assert "一封日期是明天的信" in parts["brief"]["text"]
    assert (parts["entry"]["subject"], parts["entry"]["text"]) == (entry, "守塔人")
    assert (parts["before"]["text"], parts["after"]["text"]) == ("😀林晚走上灯塔。", "她数着台阶。")
    assert told["tokens"] == sum(part["tokens"] for part in told["parts"]) <= told["budget"]
    call = {"request": {"text": "林晚走上灯塔。", "length": 30}, "work": work, "scene": scene, "based_on": saved["id"],
            "start": 2, "end": 9}  # fmt: skip
    events = house.run("/tools/continue", call)
    assert dict(events)["seen"]["parts"]
    prompt = next(data["text"] for name, data in events if name == "asked")
    assert "守塔人" in prompt
    # What the tool goes on from is not told a second time, and what is private never.
    assert prompt.count("林晚走上灯塔") == 1
    assert "鬼" not in prompt
    with_ghost = house.run("/ghost", {"before": text, "work": work, "scene": scene})
    assert with_ghost[-1][1] == {"state": "done"}
    house.post("/inspect", {"scene": "nothing"}, 404)


def test_a_poem_is_scanned_with_the_pages_places(house: House) -> None:
    told = house.post("/scan", {"text": QUATRAIN})
    assert told["holds"]
    assert told["form"]
    assert [mark["text"] for mark in told["lines"][0]["marks"]] == list("白日依山尽")
    assert told["lines"][1]["marks"][0]["start"] == QUATRAIN.index("黄")
    assert house.post("/scan", {"text": QUATRAIN, "form": "nonsense"}, 422)["error"]["code"] == "verse.no_form"
    form = house.get(f"/forms/{told['form']}")
    assert form["poems"]


def test_registries_are_told_as_they_are(house: House) -> None:
    tools = {tool["id"]: tool for tool in house.get("/tools")}
    schema = tools["continue"]["schema"]["properties"]["length"]
    assert schema["description"] == {"en": "length of the new text in words", "zh": "续写字数"}
    assert schema["maximum"] == 3000
    assert tools["continue"]["main"] == "text"
    assert {each["lang"] for each in house.get("/forms?lang=zh")} == {"zh"}
    assert house.get("/recipes")[0]["steps"][0]["names"]["zh"]
    assert house.get("/models")["models"][0]["licence"]


def test_texts_are_counted_and_compared(house: House) -> None:
    assert house.post("/count", {"text": "The fog came in."}) == {"lang": "en", "length": 4, "unit": "words"}
    assert house.post("/count", {"text": "灯塔，雾。"})["unit"] == "字"
    told = house.post("/diff", {"old": "😀a b", "new": "😀a c", "lang": "en"})
    assert told["edits"][0]["start"] == 4


def test_the_interface_describes_itself(house: House) -> None:
    assert len(house.get("/log?limit=1")) <= 1
    told = house.get("")
    routes = {(route["method"], route["path"]): route for route in told["routes"]}
    assert routes["POST", "/api/tools/{id}"]["body"] == "ToolCall"
    assert routes["POST", "/api/imports"]["body"] == "bytes"
    assert all(route["about"] for route in told["routes"])
    assert told["schemas"]["Save"]["additionalProperties"] is False
    assert told == json.loads(json.dumps(described(api(None))))


def test_the_page_about_the_interface_is_up_to_date() -> None:
    assert (ROOT / "docs" / "studio-api.md").read_text(encoding="utf-8") == as_markdown(api(None))


def test_the_command_line_starts_without_the_server() -> None:
    code = "import sys; import bimo.cli.main as main; main._app(); print({'fastapi', 'uvicorn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
