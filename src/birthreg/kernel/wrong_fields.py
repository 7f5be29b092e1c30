"""What a decoder found wrong in a field, said in both languages and without repeating what was sent."""

import re
from collections.abc import Sequence
from re import Match

from birthreg.kernel.errors import FieldError
from birthreg.kernel.language import Text
from birthreg.kernel.texts import VISIBLE

_MISSING = re.compile(r"required field `([^`]+)`|[Mm]issing required \w+ parameter '([^']+)'")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_OF_FIELD = re.compile(r"in field `([^`]+)`")
_SIZE = re.compile(r"Expected `(\w+)[^`]*` of length (>=|<=) (\d+)")
_RANGE = re.compile(r"Expected `\w+[^`]*` (>=|<=) (-?\d+)")
_DIGITS = re.compile(r"matching regex '\^(?:\[0-9\]|\\+d)\{(\d+)\}\$'")
_KIND = re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`")

_BOUNDS = {">=": Text("不得少于", "at least"), "<=": Text("不得超过", "at most")}

_KINDS = {
    "str": Text("文字", "text"),
    "int": Text("整数", "a whole number"),
    "float": Text("小数", "a decimal number"),
    "bool": Text("true 或 false", "true or false"),
    "array": Text("列表", "a list"),
    "object": Text("对象", "an object"),
    "null": Text("空值 null", "null"),
    "datetime": Text("时间", "a time"),
    "date": Text("日期", "a date"),
    "file": Text("文件", "a file"),
}

_FIXED = {
    "Invalid RFC3339 encoded datetime": Text(
        "不是合法的时间,请按 2023-05-04T08:30:00+08:00 的格式填写。",
        "No valid time; write it as 2023-05-04T08:30:00+08:00.",
    ),
    "Expected `datetime` with a timezone component": Text(
        "时间缺少时区,请按 2023-05-04T08:30:00+08:00 的格式填写。",
        "The time has no offset; write it as 2023-05-04T08:30:00+08:00.",
    ),
    "Invalid RFC3339 encoded date": Text(
        "不是合法的日期,请按 2023-05-04 的格式填写。", "No valid date; write it as 2023-05-04."
    ),
    "Invalid UUID": Text("不是合法的标识(UUID)。", "No valid identifier (UUID)."),
    "Invalid enum value": Text(
        "不是允许的取值,可用的取值见 /schema。", "Not one of the permitted values; /schema lists them."
    ),
    **dict.fromkeys(
        (f"matching regex {pattern!r}" for pattern in (VISIBLE, r"\S")),
        Text("不得为空白,至少填写一个可见字符。", "Must not be blank: at least one character that can be seen."),
    ),
    "matching regex": Text(
        "格式不符,要求的格式见 /schema。", "Not written in the form required; /schema describes it."
    ),
}

_MOST_LISTED = 20

_OTHERWISE = Text(
    "类型不符或取值不在允许范围内,要求见 /schema。", "Of another type or outside the permitted range; see /schema."
)


def _kind(name: str) -> Text:
    return _KINDS.get(name, Text(name, name))


def _size(found: Match[str]) -> Text:
    bound, count = _BOUNDS[found[2]], found[3]
    if found[1] == "array":
        return Text(f"{bound.zh} {count} 项。", f"Must have {bound.en} {count} items.")
    return Text(f"{bound.zh} {count} 个字符。", f"Must have {bound.en} {count} characters.")


def _explain(message: str, permitted: Sequence[str]) -> Text:
    """Put a message of the decoder into words for who sends; of a short list, say what is permitted."""
    if "Invalid enum value" in message and 0 < len(permitted) <= _MOST_LISTED:
        zh, en = "、".join(permitted), ", ".join(permitted)
        return Text(f"不是允许的取值,可用的取值:{zh}。", f"Not one of the permitted values: {en}.")
    if found := _SIZE.search(message):
        return _size(found)
    if found := _RANGE.search(message):
        bound = Text("不得小于", "at least") if found[1] == ">=" else Text("不得大于", "at most")
        return Text(f"{bound.zh} {found[2]}。", f"Must be {bound.en} {found[2]}.")
    if found := _DIGITS.search(message):
        return Text(f"应为 {found[1]} 位数字。", f"Must be {found[1]} digits.")
    if found := _KIND.search(message):
        wanted, sent = _kind(found[1]), _kind(found[2])
        return Text(f"应为{wanted.zh},现为{sent.zh}。", f"Must be {wanted.en}, not {sent.en}.")
    return next((text for part, text in _FIXED.items() if part in message), _OTHERWISE)


def wrong_field(message: str, place: str, *, permitted: Sequence[str] = ()) -> FieldError:
    """Name one wrong field; some the decoder names in the text, not in the place.

    `permitted` are the values of the enumeration that was wanted there.
    """
    if missing := _MISSING.search(message):
        code, name, text = "field_missing", missing[1] or missing[2], Text("缺少该字段。", "This field is missing.")
    elif unknown := _UNKNOWN.search(message):
        code, name = "field_unknown", unknown[1]
        text = Text("没有这个字段,请删除。", "There is no such field; remove it.")
    else:
        named = _OF_FIELD.search(message)
        code, name, text = "field_invalid", named[1] if named else "", _explain(message, permitted)
    path = [part for part in (place, "" if place == name else name) if part]
    return FieldError(field=".".join(path) or "body", code=code, message=text)
