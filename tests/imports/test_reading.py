"""Text files as blocks of whole lines."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birthreg.imports.reading import LONGEST_LINE, inspect_file, read_blocks


def lines_of(path: Path, *, size: int) -> list[bytes]:
    """The lines that the blocks of a file hold, after a look at how the blocks join."""
    source = inspect_file(path)
    blocks = list(read_blocks(path, source, begin=source.text_begins, size=size))
    assert [block.begin for block in blocks[1:]] == [block.end for block in blocks[:-1]]
    assert blocks[-1].end == source.size
    assert all(block.text.endswith(b"\n") and block.lines == block.text.count(b"\n") for block in blocks)
    return b"".join(block.text for block in blocks).split(b"\n")[:-1]


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.text(alphabet='ab,"姓名鄂𠮷', max_size=12), min_size=1, max_size=30),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    size=st.integers(min_value=64, max_value=200),
)
def test_no_line_is_lost_or_cut_however_the_file_is_cut_into_blocks(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, encoding: str, size: int
) -> None:
    # An ASCII line ahead of them all, and a sure one, so that no two-byte text passes for UTF-8.
    lines = ["certificate_number", "姓名", *lines]
    path = tmp_path_factory.mktemp("reading") / "file.csv"
    path.write_bytes((end.join(lines) + end).encode(encoding))
    assert [line.decode() for line in lines_of(path, size=size)] == lines


@pytest.mark.parametrize("size", [5, 64, 1000])
def test_a_file_without_a_last_line_end_loses_nothing(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a\nb\nc")
    assert lines_of(path, size=size) == [b"a", b"b", b"c"]


def test_a_line_longer_than_a_block_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a\n" + b"x" * 200_000 + b"\nb\n")
    lines = lines_of(path, size=50_000)
    assert (lines[0], len(lines[1]), lines[2]) == (b"a", LONGEST_LINE + 1, b"b")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain", "utf-8"),
        ("姓名".encode(), "utf-8"),
        ("姓名".encode("gb18030"), "gb18030"),
        (b"a" * 10_000_000 + "姓名".encode("gb18030"), "gb18030"),
    ],
)
def test_the_encoding_is_the_one_in_which_all_is_text(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert inspect_file(path).encoding == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_broken_byte_does_not_change_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.csv"
    text = "姓名地址\n" * 1000
    path.write_bytes(text.encode(encoding) + b"\xff\n" + text.encode(encoding))
    assert inspect_file(path).encoding == encoding


def test_a_cut_multibyte_character_does_not_swallow_the_line_end(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes("姓名,地址\n".encode("gb18030") * 100 + b"\xd0\n" + b"next\n")
    assert lines_of(path, size=10_000)[-2:] == ["\ufffd".encode(), b"next"]
