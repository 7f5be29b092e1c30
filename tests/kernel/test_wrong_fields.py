"""What is wrong in a field is said in both languages, and what was sent isn't repeated."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from birthreg.certificates.models import Division
from birthreg.kernel.language import Language
from birthreg.kernel.problems import from_msgspec
from birthreg.kernel.texts import ShortText


class Colour(StrEnum):
    """Some choice."""

    RED = "red"


Many = StrEnum("Many", [f"N{n}" for n in range(21)])


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """A part."""

    day: date


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """One field of every kind."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5, pattern=r"^[a-z]*$")]
    count: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    colour: Colour = Colour.RED
    items: Annotated[list[int], msgspec.Meta(max_length=2)] = []
    moment: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    identifier: UUID | None = None
    inner: Inner | None = None
    others: list[Inner | Colour] | None = None
    many: Many | None = None
    written: ShortText = "a"
    division: Division = "420100"
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")] = "420100000000"


@pytest.mark.parametrize(
    ("sent", "field", "code", "zh", "en"),
    [
        ({}, "name", "field_missing", "缺少该字段。", "This field is missing."),
        (
            {"name": "a", "nam": 1}, "nam", "field_unknown",
            "没有这个字段,请删除。", "There is no such field; remove it.",
        ),
        ({"name": 3}, "name", "field_invalid", "应为文字,现为整数。", "Must be text, not a whole number."),
        ({"name": ""}, "name", "field_invalid", "不得少于 1 个字符。", "Must have at least 1 characters."),
        ({"name": "secret"}, "name", "field_invalid", "不得超过 5 个字符。", "Must have at most 5 characters."),
        (
            {"name": "X"}, "name", "field_invalid",
            "格式不符,要求的格式见 /schema。", "Not written in the form required; /schema describes it.",
        ),
        ({"name": "a", "division": "武汉"}, "division", "field_invalid", "应为 6 位数字。", "Must be 6 digits."),
        ({"name": "a", "code": "4201"}, "code", "field_invalid", "应为 12 位数字。", "Must be 12 digits."),
        ({"name": "a", "count": 6}, "count", "field_invalid", "不得大于 5。", "Must be at most 5."),
        (
            {"name": "a", "colour": "secret"}, "colour", "field_invalid",
            "不是允许的取值,可用的取值:red。", "Not one of the permitted values: red.",
        ),
        (
            {"name": "a", "others": [{"day": "2024-01-01"}, "secret"]}, "others[1]", "field_invalid",
            "不是允许的取值,可用的取值:red。", "Not one of the permitted values: red.",
        ),
        (
            {"name": "a", "many": "secret"}, "many", "field_invalid",
            "不是允许的取值,可用的取值见 /schema。", "Not one of the permitted values; /schema lists them.",
        ),
        (
            {"name": "a", "written": " \u200b"}, "written", "field_invalid",
            "不得为空白,至少填写一个可见字符。", "Must not be blank: at least one character that can be seen.",
        ),
        ({"name": "a", "items": [1, 2, 3]}, "items", "field_invalid", "不得超过 2 项。", "Must have at most 2 items."),
        (
            {"name": "a", "items": [1, "2"]}, "items[1]", "field_invalid",
            "应为整数,现为文字。", "Must be a whole number, not text.",
        ),
        (
            {"name": "a", "moment": "2023-05-04T08:30:00"}, "moment", "field_invalid",
            "时间缺少时区,请按 2023-05-04T08:30:00+08:00 的格式填写。",
            "The time has no offset; write it as 2023-05-04T08:30:00+08:00.",
        ),
        (
            {"name": "a", "identifier": "x"}, "identifier", "field_invalid",
            "不是合法的标识(UUID)。", "No valid identifier (UUID).",
        ),
        (
            {"name": "a", "inner": {"day": "2023-02-31"}}, "inner.day", "field_invalid",
            "不是合法的日期,请按 2023-05-04 的格式填写。", "No valid date; write it as 2023-05-04.",
        ),
        ({"name": "a", "inner": {}}, "inner.day", "field_missing", "缺少该字段。", "This field is missing."),
        ([], "body", "field_invalid", "应为对象,现为列表。", "Must be an object, not a list."),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_explained_in_both_languages(
    sent: Any, field: str, code: str, zh: str, en: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(sent), type=Sent)
    [found] = from_msgspec(refused.value, kind=Sent).errors
    assert (found.field, found.code) == (field, code)
    assert (found.message.speak(Language.CHINESE), found.message.speak(Language.ENGLISH)) == (zh, en)
