"""Style, emotion, originality and structure: what each is for is found, and clean text is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimo.critique import emotion, emotion_arc, emotion_model, originality, structure, structure_slips, style
from bimo.critique.portrait import portrait
from bimo.critique.structure_plan import Plant, Scene, open_promises
from bimo.critique.style_register import registers, score
from bimo.models.scripted import ScriptedModel
from bimo.text.count import length
from bimo.text.errors import InputError, Language
from bimo.text.spans import Span

CLASSICAL = "永和九年，岁在癸丑，暮春之初，会于会稽山阴之兰亭，修禊事也。群贤毕至，少长咸集。此地有崇山峻岭，茂林修竹。"
MODERN = "我在公司门口等了他半个小时，手机一直没有信号。后来他从地铁站里走出来，手里提着两杯咖啡，说路上堵车了。"
TODAY = "人们认为这些问题已经解决，但是在这个国家的历史上，这种情况从来没有发生过，他们不知道应该怎样做。"
VERNACULAR = "却说那知县听了这话，忙叫差人去请王先生来。王先生道：“老爷有何吩咐，小人自当效劳便了。”知县听罢大喜。"
BRIGHT = {
    "zh": "她欢喜得笑了，心里又温暖又快乐。大家都很高兴，笑声不断。",
    "en": "She laughed with joy, happy and delighted, and they smiled in the warm bright sun.",
}
DARK = {
    "zh": "他悲伤地哭泣，绝望又孤独，眼泪流个不停。",
    "en": "He wept in despair, lonely and wretched, and his grief was bitter.",
}
PLAIN = {"zh": "他把木箱放在桌上，数了两遍螺丝。", "en": "He put the crate on the table and counted the screws."}


@pytest.mark.parametrize(("text", "name"), [(CLASSICAL, "classical"), (TODAY, "modern"), (VERNACULAR, "vernacular")])
def test_the_register_of_chinese_prose(text: str, name: str) -> None:
    assert registers(text, "zh")[0].name == name


def test_genres_are_judged_by_cue_words_and_say_so() -> None:
    found = registers("Rain hit the neon. The detective put out a cigarette and felt for the revolver.", "en")[0]
    assert (found.name, found.by) == ("noir", "cues")
    assert "revolver" in found.evidence
    assert registers(PLAIN["en"], "en") == []
    assert score(PLAIN["en"], "en", "noir") == 0.0
    assert score(PLAIN["en"], "en", "baroque") is None


def test_a_text_is_nearer_to_its_own_kind() -> None:
    assert style.likeness(CLASSICAL * 8, CLASSICAL * 9, "zh").distance < 0.1
    assert style.likeness(CLASSICAL * 8, MODERN * 8, "zh").distance > 0.7
    assert style.confidence(100, "en") < style.confidence(1000, "en") <= style.confidence(5000, "en") <= 1


def test_where_the_voice_drifts() -> None:
    modern = "\n".join(f"{MODERN}他说这是第{n}次了。" for n in range(260))
    old = "\n".join(f"{CLASSICAL}是为第{n}也。" for n in range(40))
    curve = style.drift(f"{modern}\n{old}", "zh")
    strange = style.outliers(curve)
    assert strange
    assert all(span.end > len(modern) for span, _ in strange)
    assert style.drift(MODERN, "zh") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_bright_and_dark_words(lang: Language) -> None:
    assert emotion.mood(BRIGHT[lang], lang).valence > 0.3
    assert emotion.mood(DARK[lang], lang).valence < -0.3
    assert emotion.mood(DARK[lang], lang).feelings.most_common(1)[0][0] == "sadness"
    assert abs(emotion.mood(PLAIN[lang], lang).valence) < 0.1


@pytest.mark.parametrize(("lang", "text"), [("zh", "他不高兴，也不快乐。"), ("en", "He was not happy and never glad.")])
def test_what_is_denied_is_turned_round(lang: Language, text: str) -> None:
    assert emotion.mood(text, lang).valence < 0


def test_the_moods_of_characters() -> None:
    text = "Anna laughed with joy.\nBoris wept in despair."
    parts = emotion.moods(text, "en", [Span(0, 22), Span(23, len(text))])
    found = emotion.of_characters(text, parts, [("Anna",), ("Boris", "Borya")])
    assert found["Anna"][0][1].valence > 0 > found["Boris"][0][1].valence


@pytest.mark.parametrize("name", ["rise", "fall", "hole", "icarus", "cinderella", "oedipus"])
def test_every_shape_is_recognised(name: str) -> None:
    curve = emotion_arc.smoothed(emotion_arc.drawn(name, 30))
    assert emotion_arc.shape(curve)[0] == name


def test_an_arc_needs_text() -> None:
    lines = [*(DARK["en"] for _ in range(200)), *(BRIGHT["en"] for _ in range(200))]
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    parts = emotion.moods(text, "en", [Span(at, at + len(line)) for at, line in zip(starts, lines, strict=False)])
    found = emotion_arc.arc(parts, "en")
    assert (found.shape, found.fit > 0.8) == ("rise", True)
    assert emotion_arc.arc(parts[:3], "en").shape == "short"


def test_a_model_without_probabilities_gives_no_reading() -> None:
    assert emotion_model.read("A line.", "en", ScriptedModel(["neutral"])) is None
    read = emotion_model.weighed({"positive": 0.7, "neutral": 0.2, "the": 0.1}, "en")
    assert read.label == 1
    assert 0.7 < read.valence < 0.9


def test_machine_phrases() -> None:
    assert originality.slop("她意识到，城市的居民充满了期待。", "zh").value > 100
    assert originality.slop(PLAIN["zh"], "zh").value == 0
    assert originality.slop("A tapestry of whispers shimmered, a testament.", "en").value > 100
    assert originality.slop(PLAIN["en"], "en").value == 0


def test_phrases_that_come_again() -> None:
    line = "The old man of the harbour counted his ropes again. "
    assert originality.echoes(line * 3 + "Nothing else came.", "en")[0][1] == 3
    assert originality.echoes(PLAIN["en"], "en") == []
    assert originality.repetition(line * 3, "en").value > originality.repetition(line, "en").value == 0


def test_alternatives_that_say_the_same() -> None:
    assert originality.diversity([PLAIN["en"], PLAIN["en"]], "en") == 0
    assert originality.diversity([PLAIN["en"], BRIGHT["en"]], "en") > 0.8
    assert originality.diversity([], "en") == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_copied_is_shown_in_both_texts(lang: Language) -> None:
    own, corpus = f"{BRIGHT[lang]} {PLAIN[lang]} 😀é", f"🎈 {DARK[lang]} {PLAIN[lang]}"
    (found,) = originality.copied(own, corpus, lang, least=6)
    assert found.here.of(own) in PLAIN[lang]
    assert found.here.of(own) == found.there.of(corpus)
    assert originality.copied(BRIGHT[lang], DARK[lang], lang) == []


def test_speech_action_and_description() -> None:
    talk = structure.shares("“走吧。”“好。”", "zh")
    assert talk.dialogue == 1
    acts = structure.shares("He grabbed the rope, jumped, and ran. She turned and followed.", "en")
    assert acts.action > acts.description
    shows = structure.shares("远处是灰色的山，湖面上一片白雾，岸边的树影又长又静。", "zh")
    assert shows.description > shows.action
    assert structure.shares("'Come here,' said Ann. The dog's bone lay there.", "en").dialogue > 0.2


def test_easy_and_hard_reading() -> None:
    easy = structure.readability("The cat sat. The dog ran. It was hot.", "en").value
    hard = structure.readability(
        "Institutional considerations necessitate comprehensive organizational deliberation.", "en"
    )
    assert easy > 90 > 0 > hard.value


THIRD = "\n".join(f"He walked to gate {n} and she closed the door behind him with care." for n in range(12))


def test_a_slip_of_person_and_of_tense() -> None:
    text = f"{THIRD}\nShe stopped. I took my coat and I left the house at once."
    assert [found.span.of(text) for found in structure_slips.slips(text, "en")] == ["I"]
    text = f"{THIRD}\nHe goes to the gate and looks at her; she turns, asks his name and walks away."
    assert [found.code for found in structure_slips.slips(text, "en")] == ["critique.tense_slip"]
    zh = "\n".join(f"他走到第{n}个门口，把伞收起来，她在里面等他很久了。" for n in range(12))
    text = f"{zh}\n她停下来。我把我的外套拿上，就离开了那间屋子，再没有回头看。"
    assert [found.span.of(text) for found in structure_slips.slips(text, "zh")] == ["我"]


@pytest.mark.parametrize(
    "text", [THIRD, f'{THIRD}\n"I take my coat," he said. "I am going, and she knows it is late."']
)
def test_clean_telling_is_left_alone(text: str) -> None:
    assert structure_slips.slips(text, "en") == []


def test_promises_that_stay_open() -> None:
    scenes = [
        Scene("Loft", "She hid the silver key in the loft.", "hide the key"),
        Scene("Market", "They bought bread.", beats=("They argue about the silver mine",)),
        Scene("End", "He left.", "leave"),
        Scene("Unwritten", ""),
    ]
    plants = [Plant(("silver key", "key"), 0), Plant(("map",), 1, 2), Plant(("bread",), 1, 3)]
    found = open_promises(scenes, plants, "en")
    assert {(each.kind, each.scene, each.about) for each in found} == {
        ("beat_untold", 1, "They argue about the silver mine"),
        ("never_planted", 1, "map"),
        ("never_paid", 2, "silver key"),
    }
    kept = [Scene("藏", "她把钥匙藏好。", "藏"), Scene("开", "钥匙开了门。", "开")]
    assert open_promises(kept, [Plant(("钥匙",), 0)], "zh") == []


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(["zh", "en"]))
def test_any_text_can_be_measured(text: str, lang: Language) -> None:
    if not length(text, lang):
        with pytest.raises(InputError, match="nothing_to_measure"):
            portrait(text, lang)
        return
    found = portrait(text, lang)
    assert all(span.end <= len(text) for span in found.arc.spans)
    structure_slips.slips(text, lang)


def test_one_endless_paragraph() -> None:
    found = portrait("他走了。" * 25_000, "zh")
    assert found.count == 100_000
    assert len(found.arc.spans) > 10
