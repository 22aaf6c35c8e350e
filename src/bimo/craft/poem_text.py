"""What a poem can be asked for, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from bimo.craft.registry import Request
from bimo.text.finding import Measure

_FILE: JsonDict = {"file": True}


class PoemRequest(Request):
    """What poem to write, finish, mend or answer."""

    main = "theme"
    theme: str = Field("", description="what it is about | 题目")
    form: str = Field("", description="form of verse, such as 七律, 浣溪沙, limerick | 体裁，如七律、浣溪沙、limerick")
    rhyme: str = Field("", description="rhyme group such as 七阳, or a word to rhyme with | 韵部（如七阳），或要押的词")
    acrostic: str = Field("", description="what the first letters or characters shall spell | 藏头")
    feet: str = Field("", description="last characters of the rhyming lines | 指定韵脚")
    mood: str = Field("", description="mood | 情绪")
    style: str = Field("", description="manner, poet or era | 风格、诗人或时代")
    continue_: str = Field("", description="a half-written poem to finish | 续完的半首诗", json_schema_extra=_FILE)
    fix: str = Field("", description="a poem to mend where it breaks its form | 要改正的诗", json_schema_extra=_FILE)
    answer: str = Field("", description="a line to answer (对句) | 求对的上句")
    book: Literal["", "pingshui", "cilin", "xinyun", "tongyun"] = Field("", description="rhyme book | 韵书")
    readings: Literal["strict", "common"] = Field("common", description="which readings count | 多音字从严或从常")
    tries: int = Field(4, ge=1, le=16, description="candidates for each line | 每句的候选数")
    rounds: int = Field(1, ge=0, le=8, description="rounds of rewriting the weakest line | 重写最弱一句的轮数")


@dataclass(frozen=True, slots=True)
class Written:
    """A finished poem: its text, its form, a score that ranks it (more is better), and the parts of the score."""

    text: str
    form: str
    score: float
    measures: tuple[Measure, ...]
