"""Who may come in: the whole matrix, against a real server on loopback."""

from __future__ import annotations

import http.client
import logging
import socket
from pathlib import Path

import httpx
import pytest
from house_of_tests import House, open_house

from bimo.studio import static
from bimo.studio.guard import Doorplate
from bimo.studio.session import Password, Sessions
from bimo.studio.words import Refused
from bimo.text.errors import messages

PASSWORD = "correct horse battery"


def ask(house: House, method: str = "GET", path: str = "/api/state", body: bytes = b"", **headers: str) -> int:
    """The status of a request with exactly these headers and no session of its own."""
    wire = http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)
    wire.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        wire.putheader(name.replace("_", "-"), value)
    if body:
        wire.putheader("Content-Length", str(len(body)))
    wire.endheaders(body or None)
    status = wire.getresponse().status
    wire.close()
    return status


def cookie(house: House) -> str:
    return f"{house.studio.sessions.cookie}={house.client.cookies[house.studio.sessions.cookie]}"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("[::1]:{port}", 200),
        ("LOCALHOST:{port}", 200),
        ("evil.example:{port}", 400),
        ("127.0.0.1.evil.example:{port}", 400),
        ("127.0.0.1:1", 400),
        ("127.0.0.1", 400),
        ("192.168.1.7:{port}", 400),
        ("user@127.0.0.1:{port}", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
@pytest.mark.parametrize("path", ["/api/state", "/api/health", "/", "/assets/x.js"])
def test_only_its_own_names_are_answered(house: House, host: str, status: int, path: str) -> None:
    found = ask(house, path=path, Host=host.format(port=house.port), Cookie=cookie(house))
    if status == 400 or path.startswith("/api"):
        assert found == status
    else:
        assert found in (200, 404, 503)


def test_no_host_or_two_are_refused(house: House) -> None:
    assert ask(house) == 400
    with socket.create_connection(("127.0.0.1", house.port)) as wire:
        good = f"127.0.0.1:{house.port}"
        wire.sendall(f"GET /api/health HTTP/1.1\r\nHost: {good}\r\nHost: evil.example\r\n\r\n".encode())
        assert b" 400 " in wire.recv(100)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 204),
        ("null", 403),
        ("http://evil.example", 403),
        ("http://127.0.0.1:1", 403),
        ("https://127.0.0.1:{port}", 403),
        ("http://localhost:{port}", 403),
        ("http://127.0.0.1:{port}.evil.example", 403),
        ("http://127.0.0.1:{port}/", 403),
        ("", 403),
    ],
)
def test_only_its_own_page_may_change_anything(house: House, origin: str, status: int) -> None:
    given = {"Host": f"127.0.0.1:{house.port}", "Cookie": cookie(house), "Origin": origin.format(port=house.port)}
    assert ask(house, "POST", "/api/pages/nobody/leave", **given) == status
    assert ask(house, "GET", "/api/state", **given) == (200 if status == 204 else 403)


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
)
def test_what_the_browser_says_of_the_asker_counts(house: House, site: str, status: int) -> None:
    given = {"Host": f"127.0.0.1:{house.port}", "Cookie": cookie(house), "Sec_Fetch_Site": site}
    assert ask(house, **given) == status
    # A link from another page may open the studio.
    assert ask(house, path="/", **given) in (200, 503)


@pytest.mark.parametrize(
    "path", ["/api/state", "/api", "/api/works", "/api/openapi.json", "/api/tools", "/api/nowhere"]
)
def test_without_a_session_nothing_is_told(house: House, path: str) -> None:
    name = house.studio.sessions.cookie
    token = house.studio.sessions.token
    for headers in (
        {},
        {"Cookie": f"{name}=wrong"},
        {"Cookie": f"{name}="},
        {"Cookie": f"{name}=bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {token}"},
    ):
        assert house.stranger(**headers).get(path).status_code == 401, headers


def test_health_tells_that_it_is_up_and_nothing_else(house: House) -> None:
    told = house.stranger().get("/api/health").json()
    assert set(told) == {"ok", "name", "version", "password"}


def test_a_token_becomes_a_cookie_that_no_script_can_read(house: House) -> None:
    stranger = house.stranger()
    for wrong in ("", "wrong", house.studio.sessions.token[:-1], "é" * 20, "\ud800"):
        answer = stranger.post("/api/session", content=f'{{"token": "{wrong!s}"}}'.encode("utf-8", "surrogatepass"))
        assert answer.status_code in (403, 422), wrong
    answer = stranger.post("/api/session", json={"token": house.studio.sessions.token})
    rules = answer.headers["set-cookie"].lower()
    assert "httponly" in rules
    assert "samesite=strict" in rules
    assert house.studio.sessions.token not in answer.headers["set-cookie"]
    assert stranger.get("/api/state").status_code == 200
    assert stranger.delete("/api/session").status_code == 204
    assert stranger.get("/api/state").status_code == 401


def test_the_command_line_comes_in_with_the_token_itself(house: House) -> None:
    assert house.stranger(Authorization=f"Bearer {house.studio.sessions.token}").get("/api/state").status_code == 200
    # A wrong token is not helped by a good cookie.
    assert house.client.get("/api/state", headers={"Authorization": "Bearer no"}).status_code == 401


def test_every_answer_carries_the_rules_for_browsers(house: House) -> None:
    nonces = set()
    for path in ("/", "/api/health", "/api/state", "/api/nowhere", "/assets/no.js", "/api/works"):
        headers = house.stranger().get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'"
        assert policy["script-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        nonces.add(policy["style-src"])
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers
        if path.startswith("/api"):
            assert headers["cache-control"] == "no-store"
    assert len(nonces) == 6


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PUT"])
def test_other_methods_open_no_door(house: House, method: str) -> None:
    given = {"Host": f"127.0.0.1:{house.port}", "Origin": "http://evil.example", "Access_Control_Request_Method": "PUT"}
    assert ask(house, method, "/api/state", **given) in (400, 403)


def test_there_are_no_web_sockets(house: House) -> None:
    given = {
        "Host": f"127.0.0.1:{house.port}", "Cookie": cookie(house), "Connection": "Upgrade", "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }  # fmt: skip
    assert ask(house, "GET", "/api/events2", **given) in (403, 404)
    assert ask(house, "GET", "/api/events2", **{**given, "Cookie": "x=y"}) in (401, 403)


class TestBounds:
    def test_a_body_that_says_it_is_too_large_is_not_read(self, house: House) -> None:
        given = {"Host": f"127.0.0.1:{house.port}", "Content_Length": str(10**12), "Cookie": cookie(house)}
        assert ask(house, "POST", "/api/works", **given) == 413
        assert ask(house, "POST", "/api/session", **{**given, "Content_Length": "5000"}) == 413
        assert ask(house, "POST", "/", **{**given, "Content_Length": "1"}) == 413
        assert ask(house, "POST", "/api/imports?name=x", **{**given, "Content_Length": str((64 << 20) + 1)}) == 413

    def test_a_body_that_does_not_say_is_cut_off(self, house: House) -> None:
        def endless() -> object:
            for _ in range(40):
                yield b'"' + b"x" * (1 << 20)

        try:
            answer = house.client.post("/api/scan", content=endless())  # type: ignore[arg-type]
            assert answer.status_code == 413
            assert answer.json()["error"]["code"] == "studio.too_large"
        except httpx.TransportError:
            # The server may hang up before everything was sent.
            pass
        assert house.get("/health")["ok"]

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"title": 1}', b'{"x": NaN}', b"[" * 5000])
    def test_what_is_no_request_is_named(self, house: House, body: bytes) -> None:
        answer = house.client.post("/api/works", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["error"]["code"] == "studio.bad_request"


class TestPage:
    @pytest.fixture
    def built(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A page that is built, and a secret beside it."""
        root = tmp_path / "static"
        (root / "assets").mkdir(parents=True)
        (root / "index.html").write_text(f'<style nonce="{static.NONCE}"></style>', encoding="utf-8")
        (root / "assets" / "app-1f2e3d.js").write_text("1", encoding="utf-8")
        (tmp_path / "secret.txt").write_text("s3cr3t", encoding="utf-8")
        (root / "assets" / "link.js").symlink_to(tmp_path / "secret.txt")
        monkeypatch.setattr(static, "ROOT", root)
        return root

    def test_its_files_stay_in_the_cache_and_the_page_does_not(self, house: House, built: Path) -> None:
        assert "immutable" in house.client.get("/assets/app-1f2e3d.js").headers["cache-control"]
        for path in ("/", "/index.html", "/works/abc/scenes/def"):
            answer = house.stranger().get(path)
            assert answer.headers["cache-control"] == "no-store"
            nonce = answer.text.split('"')[1]
            assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize(
        "path",
        [
            "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
            "/assets/..%2f..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/..\\secret.txt", "/..%5csecret.txt",
            "//secret.txt", "/assets/link.js", "/assets/%00.js", "/assets/app-1f2e3d.js/../../../secret.txt",
            "/..%252fsecret.txt", "/assets/" + "a" * 5000 + ".js",
        ],
    )  # fmt: skip
    def test_nothing_outside_of_it_is_read(self, house: House, built: Path, path: str) -> None:
        wire = http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)
        wire.request("GET", path, headers={"Host": f"127.0.0.1:{house.port}"})
        answer = wire.getresponse()
        assert b"s3cr3t" not in answer.read()
        assert answer.status in (200, 404)
        wire.close()

    def test_a_page_that_is_not_built_says_how(
        self, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(static, "ROOT", tmp_path / "nothing")
        answer = house.stranger(**{"Accept-Language": "zh-CN"}).get("/")
        assert answer.status_code == 503
        assert answer.text.startswith(messages("studio")["no_page"]["zh"]["text"])


class TestScripts:
    """Nothing that was typed, pasted or imported is ever answered as anything but data."""

    XSS = '<script>alert(1)</script>"><img src=x onerror=alert(1)>javascript:\u2028</style>'

    def test_titles_names_and_texts_come_back_as_json_only(self, house: House) -> None:
        work = house.post("/works", {"title": self.XSS, "lang": "en", "brief": {"premise": self.XSS}}, 201)["id"]
        scene = house.post(f"/works/{work}/outline", {"kind": "scene", "title": self.XSS}, 201)["id"]
        names = [{"text": self.XSS}]
        entry = house.post(f"/works/{work}/bible", {"kind": "note", "names": names, "description": self.XSS}, 201)["id"]
        house.post(f"/entries/{entry}/facts", {"text": self.XSS}, 201)
        house.post(f"/works/{work}/notes", {"text": self.XSS}, 201)
        house.ask("PUT", f"/scenes/{scene}", 200, json={"text": self.XSS, "based_on": None})
        for path in (f"/works/{work}", f"/scenes/{scene}", f"/works/{work}/bible", f"/works/{work}/notes", "/works",
                     f"/{self.XSS}", f"/jobs/{self.XSS}", f"/works/{self.XSS}", "/jobs"):  # fmt: skip
            answer = house.client.get(f"/api{path}")
            assert answer.headers["content-type"] == "application/json", path
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert house.get(f"/works/{work}")["title"] == self.XSS
        assert house.get(f"/scenes/{scene}")["revision"]["text"] == self.XSS

    def test_what_a_model_writes_comes_as_events_only(self, tmp_path: Path) -> None:
        own = open_house(tmp_path, f"repeat\n{self.XSS}\n")
        with own.client.stream("POST", "/api/ghost", json={"before": "Once upon a time."}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-content-type-options"] == "nosniff"
            for line in answer.iter_lines():
                assert line.startswith(("id: ", "event: ", "data: {")) or not line
        own.close()

    def test_half_a_sign_breaks_nothing(self, house: House) -> None:
        def send(method: str, path: str, body: bytes) -> httpx.Response:
            return house.client.request(method, path, content=body, headers={"Content-Type": "application/json"})

        body = b'{"title": "half \\ud83d of a smile \\u0000", "lang": "en"}'
        work = send("POST", "/api/works", body).json()
        assert work["title"] == "half \ufffd of a smile \ufffd"
        assert send("POST", "/api/diff", b'{"old": "\\ud83d", "new": "\\ude00!", "lang": "en"}').status_code == 200
        scene = house.post(f"/works/{work['id']}/outline", {"kind": "scene"}, 201)["id"]
        assert send("PUT", f"/api/scenes/{scene}", b'{"text": "a\\ud83d\\u0000b", "based_on": null}').status_code == 200
        assert house.get(f"/scenes/{scene}")["revision"]["text"] == "a\ufffd\ufffdb"

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
    def test_what_a_form_of_another_site_can_send_is_no_request(self, house: House, kind: str) -> None:
        headers = {"Content-Type": kind} if kind else {}
        answer = house.client.post("/api/works", content=b'{"title": "x", "lang": "en"}', headers=headers)
        assert answer.status_code == 422


class TestPassword:
    def test_it_opens_a_session_and_wrong_ones_must_wait(self, tmp_path: Path) -> None:
        own = open_house(tmp_path, "repeat\nx\n", password=PASSWORD)
        stranger = own.stranger()
        assert stranger.get("/api/health").json()["password"] is True
        assert stranger.post("/api/login", json={"password": PASSWORD}).status_code == 204
        assert stranger.get("/api/state").status_code == 200
        other = own.stranger()
        statuses = [other.post("/api/login", json={"password": f"guess {n}"}).status_code for n in range(7)]
        assert statuses == [401] * 5 + [429] * 2
        late = other.post("/api/login", json={"password": PASSWORD})
        assert late.status_code == 429
        assert int(late.headers["retry-after"]) >= 1
        own.close()

    def test_the_wait_doubles_and_ends_with_the_right_one(self) -> None:
        now = [0.0]
        password = Password(PASSWORD, clock=lambda: now[0])
        waits = []
        for _ in range(12):
            with pytest.raises(Refused) as refused:
                password.check("no")
            while refused.value.status == 429:
                waits.append(refused.value.details["seconds"])
                now[0] += float(str(refused.value.details["seconds"]))
                with pytest.raises(Refused) as refused:
                    password.check("no")
        assert waits == sorted(waits)
        assert waits[-1] > 60
        now[0] += 1000
        password.check(PASSWORD)

    def test_without_one_there_is_no_login(self, house: House) -> None:
        assert house.stranger().post("/api/login", json={"password": ""}).status_code == 403

    def test_a_wide_studio_takes_addresses_and_its_own_names_only(self) -> None:
        plate = Doorplate(8000, wide=True, names=("writer.lan",))
        for host in ("192.168.1.7:8000", "[fe80::1]:8000", "writer.lan:8000", "localhost:8000"):
            assert plate.knows(host), host
        for host in ("evil.example:8000", "192.168.1.7.evil.example:8000", "192.168.1.7:80", "0x7f000001:8000"):
            assert not plate.knows(host), host
        assert not Doorplate(8000).knows("192.168.1.7:8000")


def test_no_secret_is_shown_or_logged(own_house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = own_house.studio.sessions.token
    session = own_house.client.cookies[own_house.studio.sessions.cookie]
    own_house.get("/state")
    own_house.client.get(f"/?token={token}")
    own_house.stranger(Authorization=f"Bearer {token}").get("/api/nowhere")
    own_house.client.post("/api/session", json={"token": token, "more": 1})
    seen = (
        caplog.text + repr(own_house.studio.sessions) + repr(Sessions(1, Password("a password"))) + str(vars(Refused))
    )
    for path in ("/state", "/jobs", "/log", "/settings", "/models"):
        seen += own_house.client.get(f"/api{path}").text
    # What the test's own client logs of its requests is not the studio's doing.
    seen = "\n".join(line for line in seen.splitlines() if "httpx" not in line and "httpcore" not in line)
    for secret in (token, session, "a password"):
        assert secret not in seen
