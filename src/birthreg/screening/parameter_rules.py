"""What a parameter of a rule may be set to. Pure."""

import math
from collections.abc import Iterator, Mapping
from datetime import date

from birthreg.kernel.errors import FieldError
from birthreg.kernel.language import Text
from birthreg.screening.models import Parameter, Rule, Value

LONGEST_LIST = 200
LONGEST_TEXT = 100
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)

_KINDS = {
    "int": Text("整数", "a whole number"),
    "numeric": Text("数字", "a number"),
    "boolean": Text("true 或 false", "true or false"),
    "date": Text("日期(如 2024-01-31)", "a day such as 2024-01-31"),
    "text": Text("文字", "a text"),
    "text[]": Text("文字列表", "a list of texts"),
}


def bounds_of(parameter: Parameter) -> tuple[float, float] | None:
    """Return the least and the most that a number may be set to: wide around what the file says, but no fault."""
    if parameter.kind not in ("int", "numeric") or not isinstance(parameter.default, int | float):
        return None
    most = max(1000, 50 * abs(parameter.default))
    return (-most if parameter.default < 0 else 0), most


def whole_where_asked(rule: Rule, asked: Mapping[str, Value]) -> dict[str, Value]:
    """Return parameters as sent, whole numbers as such where the rule wants them."""
    whole = {parameter.name for parameter in rule.parameters if parameter.kind == "int"}
    return {
        name: int(value) if name in whole and isinstance(value, float) and value.is_integer() else value
        for name, value in asked.items()
    }


def flaws_of(rule: Rule, asked: Mapping[str, Value]) -> tuple[FieldError, ...]:
    """Return what is wrong with the parameters that somebody wants to set."""
    known = {parameter.name: parameter for parameter in rule.parameters}
    flaws: list[FieldError] = []
    for name, value in asked.items():
        if name in known:
            flaws.extend(_flaws_of_value(known[name], value))
        else:
            flaws.append(_unknown(name, known))
    return tuple(flaws[:100])


def _unknown(name: str, known: Mapping[str, Parameter]) -> FieldError:
    names = ", ".join(known) or "-"
    return _flaw(
        name[:LONGEST_TEXT], "rule_parameter_unknown",
        f"该规则没有这个参数;可调整的参数:{names}。", f"The rule has no such parameter; it has: {names}.",
    )  # fmt: skip


def _flaws_of_value(parameter: Parameter, value: Value) -> Iterator[FieldError]:
    name, kind = parameter.name, _KINDS.get(parameter.kind, Text(parameter.kind, parameter.kind))
    if not _is_of_kind(parameter.kind, value):
        yield _flaw(name, "rule_parameter_kind", f"应为{kind.zh}。", f"Must be {kind.en}.")
    elif (bounds := bounds_of(parameter)) is not None and not bounds[0] <= value <= bounds[1]:  # type: ignore[operator]
        least, most = (f"{bound:g}" if abs(bound) < 1e6 else str(int(bound)) for bound in bounds)
        yield _flaw(
            name, "rule_parameter_range", f"应在 {least} 至 {most} 之间。", f"Must lie between {least} and {most}."
        )
    elif isinstance(value, list):
        yield from _flaws_of_list(parameter, value)
    elif parameter.kind == "text" and not _is_sound(str(value)):
        yield _flaw(
            name, "rule_parameter_length", f"应为 1 至 {LONGEST_TEXT} 个字符。", f"1 to {LONGEST_TEXT} characters."
        )


def _flaws_of_list(parameter: Parameter, value: list[str]) -> Iterator[FieldError]:
    if len(value) > LONGEST_LIST:
        yield _flaw(
            parameter.name, "rule_parameter_length",
            f"不得超过 {LONGEST_LIST} 项。", f"Must have at most {LONGEST_LIST} items.",
        )  # fmt: skip
    elif len(set(value)) < len(value):
        yield _flaw(parameter.name, "rule_parameter_repeated", "列表中有重复的项。", "An item stands twice.")
    elif not all(_is_sound(part) for part in value):
        yield _flaw(
            parameter.name, "rule_parameter_length",
            f"每项应为 1 至 {LONGEST_TEXT} 个字符。", f"Each item has 1 to {LONGEST_TEXT} characters.",
        )  # fmt: skip


def _is_of_kind(kind: str, value: Value) -> bool:
    match kind:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "numeric":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "boolean":
            return isinstance(value, bool)
        case "text[]":
            return isinstance(value, list) and all(isinstance(part, str) for part in value)
        case "date":
            return isinstance(value, str) and _is_day(value)
        case _:
            return isinstance(value, str)


def _is_day(written: str) -> bool:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return False
    return day.isoformat() == written and _FIRST_DAY <= day <= _LAST_DAY


def _is_sound(text: str) -> bool:
    return 0 < len(text.strip()) <= len(text) <= LONGEST_TEXT and "\x00" not in text


def _flaw(name: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(field=f"parameters.{name}", code=code, message=Text(zh, en))
