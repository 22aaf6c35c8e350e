from __future__ import annotations

from pathlib import Path

import pytest

from bimo.text.errors import BimoError
from bimo.text.reading import read_text


def test_utf8_with_a_mark_and_any_line_end(tmp_path: Path) -> None:
    path = tmp_path / "稿子.txt"
    path.write_bytes("\ufeff一\r\n二\r三\n".encode())
    assert read_text(path) == read_text(str(path)) == read_text(path.read_bytes()) == "一\n二\n三\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "text.empty"),
        ("\ufeff \n　".encode(), "text.empty"),
        (b"PK\x03\x04\x00\x00", "text.binary_file"),
        (b"x" * 101, "text.too_long_file"),
        ("中文".encode("gb18030"), "text.not_utf8"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(data)
    for source in (path, data):
        with pytest.raises(BimoError) as caught:
            read_text(source, limit=100)
        assert caught.value.code == code
        assert all(caught.value.message(lang) and caught.value.hint(lang) for lang in ("zh", "en"))


@pytest.mark.parametrize(
    ("data", "offset", "encoding"),
    [
        ("好: 中文写作".encode("gb18030"), 0, "GB18030"),
        ("中文".encode("utf-16"), 0, "UTF-16"),
        ("un café noir".encode("latin-1"), 6, "WINDOWS-1252"),
        ("\ufeff好".encode() + b"\xff", 6, "WINDOWS-1252"),
    ],
)
def test_the_hint_names_the_likely_encoding(data: bytes, offset: int, encoding: str) -> None:
    with pytest.raises(BimoError) as caught:
        read_text(data)
    assert caught.value.details["offset"] == offset
    assert encoding in caught.value.hint("zh")


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(BimoError, match="no_file"):
        read_text(tmp_path / "none.txt")
    with pytest.raises(BimoError, match="is_folder"):
        read_text(tmp_path)
