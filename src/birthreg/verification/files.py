"""Files of numbers: read row by row whatever their kind, answered row by row in the same order."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from birthreg.kernel.cells import plain_cell
from birthreg.kernel.errors import Invalid
from birthreg.kernel.language import Language, Text
from birthreg.kernel.masking import mask_number, mask_numbers
from birthreg.verification.models import Lookup, Verdict
from birthreg.verification.service import tell

LARGEST_CELL = 64

_HEADER = (
    "line", "typed", "certificate_number", "reference", "verdict", "may_register", "reasons", "messages",
    "next_step", "as_of", "list_version", "verification_id",
)  # fmt: skip


class FileUnreadable(Invalid):
    """文件无法读取:{why_zh}。

    The file can't be read: {why_en}.
    """

    remedy = Text("请上传 UTF-8 或 GB18030 编码的 CSV,或 XLSX 文件。", "Send a CSV in UTF-8 or GB18030, or an XLSX.")


def read_rows(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield number and reference per row of a text file, in order.

    A header row naming `certificate_number` (and `reference`) is followed; without one the
    first column holds the numbers and the second the references. Blank rows are passed over.

    Raises:
        FileUnreadable: no CSV in UTF-8 or GB18030.
    """
    rows = _text_rows(path)
    first = next(rows, [])
    names = [cell.strip().lower() for cell in first]
    if "certificate_number" in names:
        number = names.index("certificate_number")
        reference = names.index("reference") if "reference" in names else -1
    else:
        number, reference = 0, 1
        rows = chain([first], rows)
    for row in rows:
        if any(cell.strip() for cell in row):
            typed = row[number] if number < len(row) else ""
            yield typed[:LARGEST_CELL], _cell(row, reference)


def _cell(row: Sequence[str], place: int) -> str | None:
    return row[place][:100] or None if 0 <= place < len(row) else None


def _text_rows(path: Path) -> Iterator[list[str]]:
    try:
        with path.open(encoding=_encoding_of(path), newline="") as file:
            yield from csv.reader(file)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(why_zh="既不是 UTF-8 也不是 GB18030 编码,或引号未闭合", why_en=str(error)) from error


def _encoding_of(path: Path) -> str:
    """Decide the encoding by reading all of it: a GB18030 file seldom passes for UTF-8, an image does for GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                if b"\0" in block:
                    raise FileUnreadable(why_zh="不是文本文件", why_en="it is no text")
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def write_header() -> bytes:
    """Return the first line of a result, marked as UTF-8 for spreadsheets."""
    return codecs.BOM_UTF8 + _line(_HEADER)


def write_result(lookups: Sequence[Lookup], *, first_line: int, language: Language) -> bytes:
    """Return the result rows of some look-ups; `first_line` numbers the first of them."""
    told = (tell(lookup, language=language, receipt=None) for lookup in lookups)
    return _lines(_cells(place, verdict) for place, verdict in enumerate(told, start=first_line))


def _cells(line: int, verdict: Verdict) -> tuple[object, ...]:
    return (
        line, plain_cell(verdict.typed), verdict.certificate_number or "", plain_cell(verdict.reference or ""),
        verdict.verdict, str(verdict.may_register).lower(), " ".join(r.code for r in verdict.reasons),
        " ".join(r.message for r in verdict.reasons), verdict.next_step, verdict.as_of.isoformat(),
        verdict.list_version, verdict.id,
    )  # fmt: skip


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _line(cells: Sequence[object]) -> bytes:
    return _lines([cells])


def mask_result(path: Path) -> Iterator[bytes]:
    """Yield a result as an auditor may see it: the numbers masked, the askers' own references left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield codecs.BOM_UTF8
        rows = csv.reader(file)
        yield _line(next(rows))
        for row in rows:
            yield _line([_masked_cell(name, cell) for name, cell in zip(_HEADER, row, strict=True)])


def _masked_cell(name: str, cell: str) -> str:
    if name in ("typed", "certificate_number"):
        return mask_number(cell)
    return "" if name == "reference" else mask_numbers(cell)
