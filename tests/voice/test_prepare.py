"""From a folder or a desk to texts to learn from."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pieces import book, chinese, english

from bimo.desk.desk import Desk
from bimo.desk.values import Acceptance
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import InputError
from bimo.text.language import detect
from bimo.text.spans import Span
from bimo.voice.cleaning import clean
from bimo.voice.dataset import load
from bimo.voice.duplicates import clusters
from bimo.voice.home import voice_home, voices
from bimo.voice.prepare import prepare


def test_whole_chapters_are_held_out(tmp_path: Path) -> None:
    made = prepare("mine", book(tmp_path / "in", 10))
    titles = [set(made.card["parts"][part]["titles"]) for part in ("train", "validation", "test")]
    assert made.card["held_out_by"] == "chapter"
    assert [len(each) for each in titles] == [8, 1, 1]
    assert not titles[0] & titles[1]
    assert not titles[0] & titles[2]
    assert "voice.little" in made.card["warnings"]
    assert [each.name for each in voices()] == ["mine"]
    assert load(voice_home("mine")) == made


def test_whole_works_are_held_out_where_there_are_enough(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"story {number}.txt").write_text(chinese(900, seed=number), encoding="utf-8")
    made = prepare("mine", tmp_path)
    assert (made.lang, made.card["held_out_by"]) == ("zh", "work")
    assert sum(part["documents"] for part in made.card["parts"].values()) == 7


def test_one_long_text_is_cut_and_the_writer_told(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text(english(12_000), encoding="utf-8")
    made = prepare("mine", tmp_path)
    assert made.card["held_out_by"] == "stretch"
    assert "voice.held_inside" in made.card["warnings"]
    train = "".join(made.texts("train"))
    assert all(paragraph not in train for text in made.texts("test") for paragraph in text.split("\n\n"))


def test_the_same_folder_makes_the_same_dataset(tmp_path: Path) -> None:
    folder = book(tmp_path / "in")
    assert prepare("one", folder).card["sha256"] == prepare("two", folder).card["sha256"]
    assert prepare("one", folder, seed=2).card["sha256"] != prepare("two", folder).card["sha256"]


def test_gaps_are_filled_from_both_sides(tmp_path: Path) -> None:
    made = prepare("mine", book(tmp_path / "in", lang="zh", size=1200))
    gap = next(each for each in made.parts["train"] if each.task == "infill")
    text = next(each.text for each in made.parts["train"] if each.task == "continue" and each.title == gap.title)
    before = gap.user.partition("前文：\n")[2].partition("\n\n后文")[0]
    assert f"{before}\n{gap.text}" in text


def test_a_model_invents_requests_for_passages(tmp_path: Path) -> None:
    model = ScriptedModel([], default="A miller crosses a bridge.")
    made = prepare("mine", book(tmp_path / "in"), model=model, passages=4)
    asked = [each for each in made.parts["train"] if each.task in ("summary", "restyle")]
    assert sorted(each.task for each in asked) == ["restyle", "restyle", "summary", "summary"]
    assert all("A miller crosses a bridge." in each.user for each in asked)
    assert not [each for each in made.parts["test"] if each.task == "summary"]


def refused(code: str, *arguments: object, **named: object) -> InputError:
    with pytest.raises(InputError) as caught:
        prepare(*arguments, **named)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.hint("en")
    assert caught.value.hint("zh")
    return caught.value


def test_bad_folders_are_refused_with_what_to_do(tmp_path: Path) -> None:
    refused("voice.no_folder", "mine", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    refused("voice.nothing_there", "mine", tmp_path / "empty")
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "a.txt").write_text(english(500), encoding="utf-8")
    assert "2,000" in refused("voice.too_little", "mine", tmp_path / "few").message("en")
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "book.pdf").write_bytes(b"%PDF-1.7\n")
    refused("voice.only_scans", "mine", tmp_path / "scans")
    refused("voice.bad_name", "../mine", tmp_path)
    assert voices() == []


def test_a_damaged_file_is_named_and_the_rest_read(tmp_path: Path) -> None:
    folder = book(tmp_path / "in")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 no archive")
    (folder / "other.docx").write_bytes(_zip({"word/elsewhere.xml": "<a/>"}))
    (folder / "picture.gif").write_bytes(b"GIF89a")
    made = prepare("mine", folder)
    why = {each["what"]: each["why"] for each in made.card["dropped"]}
    assert why["broken.docx"] == "desk.import_damaged"
    assert why["other.docx"] == "desk.import_foreign"
    assert why["picture.gif"] == "voice.drop_format"
    for path in folder.glob("*.md"):
        path.unlink()
    assert "broken.docx" in refused("voice.nothing_readable", "mine", folder).message("zh")


def _zip(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def test_of_two_languages_the_larger_part_is_taken(tmp_path: Path) -> None:
    folder = book(tmp_path / "in", 8, size=600)
    (folder / "小说.txt").write_text(chinese(600), encoding="utf-8")
    made = prepare("mine", folder)
    assert made.lang == "en"
    assert "voice.mixed" in made.card["warnings"]
    assert [each["why"] for each in made.card["dropped"]] == ["voice.drop_language"]
    refused("voice.too_little", "mine", folder, lang="zh")


def test_a_draft_of_a_chapter_counts_once(tmp_path: Path) -> None:
    folder = book(tmp_path / "in", 8)
    text = english(700, seed=3).split()
    dice = random.Random(1)
    for _ in range(len(text) // 20):
        text[dice.randrange(len(text))] = "changed"
    (folder / "draft.txt").write_text(" ".join(text), encoding="utf-8")
    made = prepare("mine", folder)
    assert [(each["what"], each["why"]) for each in made.card["dropped"]] == [("book.md: Chapter 3", "voice.drop_copy")]


def test_copies_alone_are_too_little(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text(english(600), encoding="utf-8")
    refused("voice.too_little_unique", "mine", tmp_path)


def test_a_paragraph_that_comes_again_counts_once(tmp_path: Path) -> None:
    folder = book(tmp_path / "in", 8)
    again = english(700, seed=2).split("\n\n")[4]
    path = folder / "book.md"
    path.write_text(path.read_text(encoding="utf-8") + f"\n\n{again}\n", encoding="utf-8")
    made = prepare("mine", folder)
    assert [each["why"] for each in made.card["dropped"]] == ["voice.drop_paragraphs"]
    whole = "".join(text for part in ("train", "validation", "test") for text in made.texts(part))  # type: ignore[arg-type]
    assert whole.count(again) == 1


def test_only_the_writers_own_paragraphs_leave_the_desk(tmp_path: Path) -> None:
    own, lent = english(6_000).split("\n\n"), "The model wrote this paragraph, every word of it."
    with Desk.open(tmp_path / "desk.db") as desk:
        work = desk.works.add("Novel", lang="en")
        for number in range(8):
            scene = desk.outline.add(work.id, "scene", title=f"S{number}")
            text = "\n\n".join(own[number::8])
            if number:
                desk.revisions.save(scene.id, text, based_on=None)
                continue
            made = desk.suggestions.add(work.id, "continue", {}, [{"text": lent}], scene=scene.id)
            whole = f"{text}\n\n{lent}\n"
            place = Acceptance(made.id, Span(len(text) + 2, len(text) + 2 + len(lent)))
            desk.revisions.save(scene.id, whole, based_on=None, accepted=[place])
        found = prepare("mine", desk)
    whole = "".join(text for part in ("train", "validation", "test") for text in found.texts(part))  # type: ignore[arg-type]
    assert own[0] in whole
    assert lent not in whole
    assert [each["why"] for each in found.card["dropped"]] == ["voice.drop_model"]


def test_a_changed_dataset_is_noticed(tmp_path: Path) -> None:
    prepare("mine", book(tmp_path / "in"))
    home = voice_home("mine")
    path = home.dataset / "train.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines[0]["text"] += " More."
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(home)
    assert caught.value.code == "voice.changed_dataset"


def test_cleaning_keeps_prose_alone() -> None:
    assert clean(
        "# One\n\nThe old\u00ad house stood\nthere,  alone.\n\n- 12 -\n\n* * *\n\nPage 3\n\nHe came.", "en"
    ) == ("The old house stood there, alone.\n\nHe came.")
    assert clean("第 12 页\n\n　　他来了。\n\n————\n\n　　她\u200b走了。", "zh") == "他来了。\n她走了。"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for lang in ("zh", "en"):
        once = clean(text, lang)
        assert clean(once, lang) == once


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_prose_with_every_twentieth_word_changed_is_found(lang: str) -> None:
    dice = random.Random(7)
    texts = [(english(120, seed=n) if lang == "en" else chinese(260, seed=n)) for n in range(400)]
    planted = []
    for text in texts[:60]:
        parts = text.split(" ") if lang == "en" else list(text)
        for _ in range(len(parts) // 20):
            parts[dice.randrange(len(parts))] = "other" if lang == "en" else "改"
        planted.append((" " if lang == "en" else "").join(parts))
    began = time.monotonic()
    found = clusters(texts + planted, detect(texts[0]))
    assert time.monotonic() - began < 5
    pairs = {tuple(group) for group in found}
    assert sum((n, 400 + n) in pairs for n in range(60)) >= 57
    assert clusters([], "en") == clusters(["", ""], "zh") == []
