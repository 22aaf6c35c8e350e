"""The interface as it describes itself: at GET /api, and as the page docs/studio-api.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

# What the description of a route says that reads its body as it comes.
_BYTES = "bytes of the file as the body"


def described(app: FastAPI) -> dict[str, Any]:
    """Every route under /api: method, path, what it does, its parameters, and the JSON schema of its body."""
    spec = app.openapi()
    return {"routes": list(_routes(spec)), "schemas": spec.get("components", {}).get("schemas", {})}


def _routes(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in spec["paths"].items():
        for method, facts in methods.items():
            content = facts.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            yield {
                "method": method.upper(),
                "path": path,
                "about": facts.get("description", "").strip(),
                "part": (facts.get("tags") or [""])[0],
                "query": [
                    {"name": each["name"], "required": each["required"], "about": each.get("description", "")}
                    for each in facts.get("parameters", [])
                    if each["in"] == "query"
                ],
                "body": schema.get("$ref", "").rsplit("/", 1)[-1]
                or ("bytes" if _BYTES in facts.get("description", "") else ""),
            }


def as_markdown(app: FastAPI) -> str:
    """The same as a page of the documentation."""
    told = described(app)
    lines = [_HEAD]
    part = ""
    for route in told["routes"]:
        if route["part"] != part:
            part = route["part"]
            lines += ["", f"## {part}", "", "| | body, query | |", "|---|---|---|"]
        asked = [_body(route["body"], told["schemas"])] if route["body"] else []
        asked += [f"`?{each['name']}`" + ("" if each["required"] else " (optional)") for each in route["query"]]
        about = " ".join(route["about"].split()).replace("|", "\\|")
        lines.append(f"| `{route['method']} {route['path']}` | {' '.join(asked)} | {about} |")
    return "\n".join(lines) + "\n"


def _body(name: str, schemas: dict[str, Any]) -> str:
    fields = schemas.get(name, {}).get("properties", {})
    needed = schemas.get(name, {}).get("required", [])
    shown = ", ".join(each if each in needed else f"{each}?" for each in fields)
    return f"`{{{shown}}}`" if fields else f"`{name}`"


_HEAD = """# The interface of the studio

Written by `python scripts/studio_api.py`; do not edit. The studio tells the same at `GET /api`, with JSON schemas.

- Every request needs the session's cookie (`POST /api/session` with the token from the address's fragment) or
  `Authorization: Bearer TOKEN`. Only `/api/health`, `/api/session` and `/api/login` are open.
- Places in texts are UTF-16 units, as the browser counts them; line ends are `\\n`.
- Errors are `{"error": {"code", "message", "hint", "retryable", "partial", "fields"?}}`, in the language of the
  settings or of `Accept-Language`. 401: no session. 403: refused, or AI is off (`studio.ai_off`). 404: no such thing.
  409: the text was changed elsewhere. 413: too large. 422: a field is wrong. 429: wait. 502, 503: the model; 503 may
  be tried again.
- Whatever a model does is a job, and the answer to its POST is a stream of server-sent events with ids: `started`
  {job, kind, about}, `seen` (as POST /api/inspect answers), `progress` {code, text, step, total}, `piece` {text,
  restart}, `asked` {text, tokens}, `warned` {code, text}, `result` {alternatives: [{text, measures, data}], stopped,
  suggestion}, `kept` {suggestion}, `failed` (an error), and at last `ended` {state}. Recipes also tell `step` and
  `step_done`. After a reload, `GET /api/jobs/{id}/events` goes on from `Last-Event-ID`.
- A page invents an id for itself, keeps it in `sessionStorage`, sends it as `?page=` with every job, and holds
  `GET /api/events?page=` open. Its jobs go on while any stream of the page is open. When all are closed, or after
  `POST /api/pages/{page}/leave` (by `sendBeacon` at `pagehide`), they are stopped within a second, unless the same
  browser is loading the page again: then they are kept until it is back.
- In `index.html`, `__BIMO_NONCE__` is replaced by the nonce that style elements need. Files in `assets/` are cached
  for ever, so their names must hold a hash."""
