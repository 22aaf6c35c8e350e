"""The page: files of the build, from `studio/static` alone."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from bimo.studio.words import Refused, reader_of

router = APIRouter()
ROOT = Path(__file__).parent / "static"
# What the build writes into the page where the nonce of its style rules belongs.
NONCE = "__BIMO_NONCE__"
# The build puts a hash of the content into the names of these, so they never change.
_FOREVER = "public, max-age=31536000, immutable"


@router.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
async def page(path: str, request: Request) -> Response:
    """A file of the build, or the page itself for every address that is no file."""
    if path == "api" or path.startswith("api/"):
        raise Refused(404, "studio.not_found", path=request.url.path[:200])
    file = _inside(path)
    if file is not None and file.name != "index.html":
        hashed = path.startswith("assets/")
        return FileResponse(file, headers={"Cache-Control": _FOREVER if hashed else "no-cache"})
    if "." in path.rsplit("/", 1)[-1] and path != "index.html":
        raise Refused(404, "studio.not_found", path=request.url.path[:200])
    studio = request.app.state.studio
    session = studio.sessions.of(request.cookies.get(studio.sessions.cookie), None)
    if session is not None:
        studio.pages.loads(session)
    index = ROOT / "index.html"
    headers = {"Cache-Control": "no-store"}
    if not index.is_file():
        missing = Refused(503, "studio.no_page")
        lang = reader_of(request.scope)
        return PlainTextResponse(f"{missing.message(lang)}\n{missing.hint(lang)}\n", 503, headers)
    html = index.read_text(encoding="utf-8").replace(NONCE, request.state.nonce)
    return HTMLResponse(html, headers=headers)


def _inside(path: str) -> Path | None:
    """The file of that name, if it lies in the folder of the page, links followed."""
    try:
        file = (ROOT / path).resolve()
        return file if file.is_relative_to(ROOT.resolve()) and file.is_file() else None
    except (OSError, ValueError):
        # A name too long, or with a zero in it: no file is called so.
        return None
