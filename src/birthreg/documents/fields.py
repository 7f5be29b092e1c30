"""The fields of a page, found by the labels before them, and compared with what was typed."""

import re
from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from birthreg.documents.field_rules import FieldOutcome, judge, value_of
from birthreg.documents.lines import Line
from birthreg.documents.opening import Picture
from birthreg.documents.reading_models import Box

_LABELS = {
    "child_name": r"新生儿姓?名|婴儿姓名|儿姓名",
    "child_sex": r"性别",
    "born_at": r"出生时间|出生日期",
    "birth_place": r"出生地[点址]?",
    "gestation_days": r"出生孕周|孕周|孕期",
    "weight_grams": r"(?:出生)?体重",
    "length_centimeters": r"(?:出生)?身长",
    "mother_name": r"母亲姓名|母亲",
    "father_name": r"父亲姓名|父亲",
    "_age": r"年龄",
    "_nationality": r"国籍",
    "_ethnic_group": r"民族",
    "_address": r"住址|地址",
    "_citizen_number": r"(?:有效)?身份证件?(?:号码?|类别)?(?:及号码)?",
    "birth_institution": r"接生机构(?:名称)?|助产机构(?:名称)?",
    "issuer_name": r"签发机构(?:名称)?",
    "issued_on": r"签发日期|签证日期",
    "": r"签证机构.*|接生人员?|遗失须.*|编号",
}
"""Behind which words each field stands; those with _ are the mother's or the father's, by what went before."""

_ANY_LABEL = re.compile("|".join(f"(?P<f{index}>{label})" for index, label in enumerate(_LABELS.values())))
_NAMES = tuple(_LABELS)
_BETWEEN = "\t"
_TEXT_AT_ALL = 0.5
"""Below this confidence a line is mostly part of a seal, whose signs stand around it."""


class FieldReading(msgspec.Struct, frozen=True):
    """One field of a page: as it stands there, as it would be typed (None if that can't be said), how sure, where."""

    text: str
    value: str | None
    confidence: float
    box: Box


def read_fields(page: Picture, lines: tuple[Line, ...]) -> dict[str, FieldReading]:
    """Find the fields among a page's lines; what isn't found is left out."""
    found: dict[str, FieldReading] = {}
    parent = ""
    for row in _rows(page, lines):
        text, owners = _joined(row)
        labels = list(_ANY_LABEL.finditer(text))
        ends = [*(label.start() for label in labels[1:]), len(text)]
        for label, end in zip(labels, ends, strict=False):
            name = _NAMES[int((label.lastgroup or "f0")[1:])]
            if name in ("mother_name", "father_name"):
                parent = name.removesuffix("_name")
            field = f"{parent}{name}" if name.startswith("_") else name
            if field and not field.startswith("_") and field not in found:
                reading = _reading(field, text, owners, (label.end(), end))
                found |= {field: reading} if reading else {}
    return found


def compare(reading: Mapping[str, FieldReading], typed: Mapping[str, str]) -> dict[str, FieldOutcome]:
    """Compare what was typed with a page, field by field; a field that the page doesn't show is unreadable."""
    return {
        field: judge(field, reading[field].value, reading[field].confidence, text)
        if field in reading
        else FieldOutcome.UNREADABLE
        for field, text in typed.items()
    }


def _rows(page: Picture, lines: tuple[Line, ...]) -> Iterator[list[Line]]:
    """Put lines that stand beside one another into rows, from left to right."""
    row: list[Line] = []
    least = page.shape[0] * 0.012
    for line in sorted((line for line in lines if line.confidence >= _TEXT_AT_ALL), key=_middle):
        middle = float(np.mean([_middle(one) for one in row])) if row else 0
        if row and _middle(line) - middle > max(least, 0.5 * min(one.box[3] for one in row)):
            yield sorted(row, key=lambda one: one.box[0])
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda one: one.box[0])


def _middle(line: Line) -> float:
    return line.box[1] + line.box[3] / 2


_Owner = tuple[Line, int] | None


def _joined(row: list[Line]) -> tuple[str, list[_Owner]]:
    """Return a row's text, and for each sign the line that it comes from and its place in it."""
    text, owners = "", list[_Owner]()
    for line in row:
        kept = [(sign, place) for place, sign in enumerate(line.text) if not sign.isspace()]
        text += "".join(sign for sign, _ in kept) + _BETWEEN
        owners += [*((line, place) for _, place in kept), None]
    return text, owners


def _reading(field: str, text: str, owners: list[_Owner], span: tuple[int, int]) -> FieldReading | None:
    start, end = span
    signs = [owner for owner in owners[start:end] if owner]
    said = text[start:end].replace(_BETWEEN, "").lstrip(":：.")
    if not said or not signs:
        return None
    confidence = min(line.confidence for line, _ in signs)
    return FieldReading(said, value_of(field, said), confidence, _box(signs))


def _box(signs: list[tuple[Line, int]]) -> Box:
    """Return the box around signs, each of which takes its share of its line's width."""
    parts = []
    for line, place in signs:
        x, y, wide, high = line.box
        share = wide / max(1, len(line.text))
        parts.append((x + place * share, y, x + (place + 1) * share, y + high))
    left, top = min(part[0] for part in parts), min(part[1] for part in parts)
    right, bottom = max(part[2] for part in parts), max(part[3] for part in parts)
    return round(left), round(top), max(1, round(right - left)), max(1, round(bottom - top))
