"""Text files as blocks of whole lines: encoding, byte-order mark, line ends, broken bytes."""

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from birthreg.imports.models import Block, Source
from birthreg.imports.rules import read_header
from birthreg.kernel.errors import Invalid
from birthreg.kernel.language import Text

BLOCK_BYTES = 8 * 1024 * 1024
LONGEST_LINE = 16 * 1024
DELIMITER, QUOTE = "\x02", "\x01"
"""What COPY is told to look for; neither is left in any text, so each line is one field as it stands."""

_REPLACEMENT = "\ufffd".encode()
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileEmpty(Invalid):
    """文件为空,没有表头。

    The file is empty and has no header.
    """

    remedy = Text("请检查导出步骤,重新生成文件。", "Check how the file was made, and make it again.")


class FileNotText(Invalid):
    """文件不是 UTF-8 或 GB18030 编码的 CSV,也不是 XLSX。

    The file is neither CSV in UTF-8 or GB18030 nor XLSX.
    """

    remedy = Text(
        "请另存为“CSV UTF-8(逗号分隔)”或 .xlsx 后重新导入。", "Save it as CSV UTF-8 or .xlsx, then import again."
    )


def digest_file(path: Path) -> bytes:
    """Return the SHA-256 of a file, by which it is known again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def inspect_file(path: Path) -> Source:
    """Find the encoding in which a file is text throughout.

    Where none is, it is the one that leaves fewer bytes undecodable; the lines that hold
    those are refused one by one later.

    Raises:
        FileEmpty: there is nothing.
        FileNotText: it is UTF-16, or an old spreadsheet.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if not size:
            raise FileEmpty
        if head.startswith((*_UTF16, b"\xd0\xcf\x11\xe0")):
            raise FileNotText
        if head.startswith(codecs.BOM_UTF8):
            return Source(size=size, encoding="utf-8", text_begins=len(codecs.BOM_UTF8))
        return Source(size=size, encoding=_choose_encoding(file), text_begins=0)


def _choose_encoding(file: BinaryIO) -> str:
    for encoding in ("utf-8", "gb18030"):
        if _decodes(file, encoding):
            return encoding
    return min(("utf-8", "gb18030"), key=lambda encoding: _count_undecodable(file, encoding))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while chunk := file.read(BLOCK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _count_undecodable(file: BinaryIO, encoding: str) -> int:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    count = 0
    while chunk := file.read(BLOCK_BYTES):
        count += decoder.decode(chunk).count("\ufffd")
    return count


def read_columns(path: Path, source: Source) -> tuple[tuple[str, ...], int]:
    """Return the names in the first line, and where the second begins, in bytes.

    Raises:
        FileNotText: there is no such thing as a first line.
    """
    with path.open("rb") as file:
        file.seek(source.text_begins)
        head = file.read(LONGEST_LINE)
    end = _first_line_end(head)
    if end is None and len(head) == LONGEST_LINE:
        raise FileNotText
    line = head[:end].decode(source.encoding, errors="replace").rstrip("\r\n")
    if "\0" in line:
        raise FileNotText
    return read_header(line), source.text_begins + (len(head) if end is None else end)


def _first_line_end(head: bytes) -> int | None:
    ends = [end for end in (head.find(b"\n"), head.find(b"\r")) if end >= 0]
    if not ends:
        return None
    end = min(ends)
    return end + (2 if head[end : end + 2] == b"\r\n" else 1)


def read_blocks(path: Path, source: Source, *, begin: int, size: int) -> Iterator[Block]:
    """Give the file's lines from a byte on, in blocks of about `size` bytes."""
    with path.open("rb") as file:
        file.seek(begin)
        while data := _read_lines(file, size, limit=source.size - begin):
            file_end = begin + len(data)
            # A line longer than a block is cut, and its rest skipped: too long anyway, it will be refused.
            if not data.endswith((b"\n", b"\r")) and file_end < source.size:
                file_end = _skip_line(file, source.size)
                data = data[: LONGEST_LINE + 1]
            text = _plain(data, source.encoding)
            yield Block(text=text, begin=begin, end=file_end, lines=text.count(b"\n"))
            begin = file_end


def _read_lines(file: BinaryIO, size: int, *, limit: int) -> bytes:
    data = file.read(min(size, limit))
    if len(data) < size:
        return data
    end = data.rfind(b"\n") + 1
    if not end:
        # Line ends of old Macs; the last byte may be half of a line end of two.
        end = data.rfind(b"\r", 0, -1) + 1
    if end:
        file.seek(end - len(data), 1)
    return data[:end] if end else data


def _skip_line(file: BinaryIO, file_size: int) -> int:
    while chunk := file.read(BLOCK_BYTES):
        end = _first_line_end(chunk)
        if end is not None:
            return file.seek(end - len(chunk), 1)
    return file_size


def _plain(data: bytes, encoding: str) -> bytes:
    text = _as_utf8(data, encoding)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # What COPY would take for its own, and what PostgreSQL can't hold, counts as undecodable.
    for control in (b"\0", DELIMITER.encode(), QUOTE.encode()):
        if control in text:
            text = text.replace(control, _REPLACEMENT)
    if not text.endswith(b"\n"):
        text += b"\n"
    # Before version 18 a line of just `\.` ends a COPY.
    if b"\\.\n" in text:
        text = b"\n".join(b"\\. " if line == b"\\." else line for line in text.split(b"\n"))
    return text


def _as_utf8(data: bytes, encoding: str) -> bytes:
    if data.isascii():
        return data
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
    else:
        if encoding == "utf-8":
            return data
    return text.encode()
