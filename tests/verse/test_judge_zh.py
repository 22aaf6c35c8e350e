"""What is wrong with a line beside its tones: repeats in it, and runs of old poems."""

from __future__ import annotations

import pytest

from bimo.verse.chinese.judge import flaw


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("江头又见柳丝长", None),
        ("寒枝疏影伴寒霜", 5),
        ("融融滴水声声响", None),
        ("晶晶晶里雪花寒", 2),
        ("笠笠蓑蓑笠下寒", 4),
        ("黄河入海流", 4),
        ("又黄河入海流去", 5),
        ("", None),
    ],
)
def test_the_first_flaw_of_a_line_is_found(line: str, at: int | None) -> None:
    assert flaw(line) == at
