"""`bimo publish` as a writer types it."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bimo.desk.desk import Desk
from bimo.publish.formats import all_formats
from bimo.text.authorship import by, merged

Run = Callable[..., "subprocess.CompletedProcess[str]"]
STORY = "# 雨\n\n## 一\n\n雨停了。\n\n## 二\n\n她走了。\n"


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.md"
    path.write_text(STORY, encoding="utf-8")
    return path


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "home")


def test_a_file_becomes_an_epub_beside_nothing_else(run: Run, story: Path, tmp_path: Path) -> None:
    done = run("publish", "story.md", "--author", "某人")
    assert (done.stdout, done.stderr, done.returncode) == ("EPUB e-book: 雨.epub\n", "", 0)
    assert made(tmp_path) == ["story.md", "雨.epub"]
    with zipfile.ZipFile(tmp_path / "雨.epub") as book:
        assert "<dc:creator>某人</dc:creator>" in book.read("EPUB/package.opf").decode()


def test_the_ending_tells_the_format_and_a_name_without_one_is_a_folder(run: Run, story: Path, tmp_path: Path) -> None:
    assert run("publish", "story.md", "--to", "out/rain.html").returncode == 0
    both = run("publish", "story.md", "-f", "html", "-f", "markdown", "--to", "books", "--title", "A/B: <“Rain”>")
    assert both.returncode == 0, both.stderr
    assert made(tmp_path) == ["books", "out", "story.md"]
    assert (made(tmp_path / "out"), made(tmp_path / "books")) == (["rain.html"], ["A-B-Rain.html", "A-B-Rain.md"])


def test_an_edition_is_made_again_but_nothing_else_is_written_over(run: Run, story: Path, tmp_path: Path) -> None:
    edition = tmp_path / "雨.html"
    assert run("publish", "story.md", "-f", "html").returncode == 0
    story.write_text(STORY + "\n天亮了。\n", encoding="utf-8")
    assert run("publish", "story.md", "-f", "html").returncode == 0
    assert "天亮了" in edition.read_text(encoding="utf-8")

    edition.write_text("my own changes", encoding="utf-8")
    kept = run("publish", "story.md", "-f", "html", "-f", "markdown")
    assert (kept.returncode, "--replace" in kept.stderr) == (2, True)
    assert edition.read_text(encoding="utf-8") == "my own changes"
    assert made(tmp_path) == ["story.md", "雨.html"]
    assert run("publish", "story.md", "-f", "html", "--replace").returncode == 0
    assert "天亮了" in edition.read_text(encoding="utf-8")


def test_the_manuscript_is_never_written_over(run: Run, story: Path) -> None:
    done = run("publish", "story.md", "--to", "story.md", "--replace")
    assert (done.returncode, "manuscript itself" in done.stderr) == (2, True)
    assert story.read_text(encoding="utf-8") == STORY


def test_what_cannot_be_published_is_named(run: Run, story: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("# Only a title\n", encoding="utf-8")
    (tmp_path / "cover.png").write_bytes(b"no picture")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for words, told, status in [
        ((), "FILE|WORK", 2),
        (("nobody's work",), "no file and no work", 2),
        (("missing.md",), "missing.md", 2),
        (("empty.md",), "nothing to publish", 2),
        (("story.md", "-f", "epbu"), "epub", 2),
        (("story.md", "-f", "epub", "--to", "x.html"), ".epub", 2),
        (("story.md", "-f", "epub", "-f", "html", "--to", "x.html"), "folder", 2),
        (("story.md", "--lang", "fr"), "fr", 2),
        (("story.md", "--scenes", "1"), "bimo desk import", 2),
        (("story.md", "--to", "file/x.epub"), "cannot be written", 5),
        (("story.md", "--cover", "none.png"), "none.png", 2),
        (("story.md", "--cover", "cover.png"), "no picture", 2),
    ]:
        done = run("publish", *words)
        assert told in done.stderr
        assert done.returncode == status, done.stderr
    assert made(tmp_path) == ["cover.png", "empty.md", "file", "story.md"]


def test_the_formats_are_listed(run: Run) -> None:
    done = run("publish", "--formats", env={"BIMO_LANG": "zh"})
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(all_formats())
    assert "EPUB 电子书" in done.stdout


def test_scenes_of_a_work_with_a_colophon(run: Run, tmp_path: Path) -> None:
    with Desk.open(tmp_path / "home" / "desk.db") as desk:
        work = desk.works.add("Ferry", lang="en")
        opening = desk.outline.add(work.id, "scene", "S0")
        chapter = desk.outline.add(work.id, "chapter", "Night")
        inside = [desk.outline.add(work.id, "scene", name, parent=chapter.id) for name in ("S1", "S2")]
        for scene, text in zip([opening, *inside], ["First.", "Second.", "Third."], strict=True):
            authors = merged([*by("model", 2), *by("writer", len(text) - 2)])
            desk.revisions.save(scene.id, text, authorship=authors, based_on=None)

    def published(*words: str) -> str:
        done = run("publish", "Ferry", "-f", "markdown", "--replace", *words)
        assert done.returncode == 0, done.stderr
        return (tmp_path / "Ferry.md").read_text(encoding="utf-8")

    assert "First." in published()
    assert "# Ferry\n\n## Night\n\nSecond.\n\n* * *\n\nThird." in published("--scenes", "2-")
    assert "First.\n\n## Night\n\nThird." in published("--scenes", "1, S2")
    told = published("--scenes", "Night", "--colophon", "--author", "Ann")
    assert "## Colophon" in told
    assert "the author wrote 69 %" in told
    assert "Colophon" not in published("--scenes", "Night")
    refused = run("publish", "Ferry", "--scenes", "9")
    assert (refused.returncode, "the work has 3" in refused.stderr) == (2, True)


def test_a_translation_beside_the_text(run: Run, story: Path, tmp_path: Path) -> None:
    translation = "# Rain\n\n## One\n\nThe rain stopped.\n\n## Two\n\nShe left.\n"
    (tmp_path / "rain.md").write_text(translation, encoding="utf-8")
    done = run("publish", "story.md", "--beside", "rain.md", "-f", "text", "--to", "both.txt")
    assert done.returncode == 0, done.stderr
    assert "一 · One\n\n　　雨停了。\n\nThe rain stopped." in (tmp_path / "both.txt").read_text(encoding="utf-8")
    assert run("publish", "story.md", "--beside", "story.md").returncode == 2
    done = run("publish", "story.md", "--beside", "rain.md", "--to", "rain.md", "--replace")
    assert (done.returncode, "manuscript itself" in done.stderr) == (2, True)
    assert (tmp_path / "rain.md").read_text(encoding="utf-8") == translation


def test_a_cover_is_drawn_and_a_mood_that_is_none_is_told(run: Run, story: Path, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    assert run("publish", "story.md", "--cover", "雪", "--palette", "#884422,#ddeeff").returncode == 0
    with zipfile.ZipFile(tmp_path / "雨.epub") as book:
        assert book.read("EPUB/cover.png").startswith(b"\x89PNG")
    told = run("publish", "story.md", "--cover", "sorrow")
    assert (told.returncode, "mountains" in told.stderr) == (2, True)
    assert run("publish", "story.md", "--palette", "reddish").returncode == 2


def test_a_site_as_a_folder_is_made_again_but_no_other_folder_is_replaced(
    run: Run, story: Path, tmp_path: Path
) -> None:
    site = tmp_path / "雨-site"
    words = ("publish", "story.md", "-f", "site", "--unpacked")
    assert run(*words).returncode == 0
    assert made(site) == ["00001.html", "00002.html", "index.html"]
    story.write_text("# 雨\n\n雨停了。\n", encoding="utf-8")
    assert run(*words).returncode == 0
    assert made(site) == ["00001.html", "index.html"]
    (site / "mine.txt").write_text("mine", encoding="utf-8")
    kept = run(*words, "--replace")
    assert (kept.returncode, (site / "mine.txt").exists()) == (2, True)
    assert made(tmp_path) == ["story.md", "雨-site"]
    assert run("publish", "story.md", "--unpacked").returncode == 2


def test_a_final_draft_screenplay_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "play.fountain").write_text("INT. FERRY - NIGHT\n\nRain.\n\nMARA\nGo.\n", encoding="utf-8")
    assert run("publish", "play.fountain", "-f", "fdx").returncode == 0
    assert run("publish", "play.fdx", "-f", "text", "--figures").returncode == 0
    assert "MARA\nGo." in (tmp_path / "play.txt").read_text(encoding="utf-8")
