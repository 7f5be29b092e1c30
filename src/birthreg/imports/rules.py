"""Why a line is not taken, and what a header must hold. Pure."""

import csv
from collections.abc import Iterable

from birthreg.kernel.errors import Invalid
from birthreg.kernel.language import Text
from birthreg.kernel.staging import Columns

REASONS: dict[str, Text] = {
    "undecodable": Text("含有无法按文件编码识别的字节。", "Holds bytes that are no text in the file's encoding."),
    "line_too_long": Text("该行超过 16 KiB,可能缺少换行。", "The line is over 16 KiB; a line break may be missing."),
    "columns_count": Text("列数与表头不一致。", "The number of fields differs from the header's."),
    "quote_unclosed": Text("引号未闭合。", "A quote is not closed."),
    "quote_misplaced": Text("引号位置有误,引号只能包住整个字段。", "A quote inside a field; it encloses whole ones."),
    "field_missing": Text("必填项为空。", "A required field is empty."),
    "number_malformed": Text(
        "不是合法的出生医学证明编号(1 位字母加 9 位数字)。", "Not a certificate number (one letter and nine digits)."
    ),
    "moment_malformed": Text(
        "时间格式有误,应如 2024-05-01T08:30:00+08:00 或 2024-05-01 08:30:00 或 2024-05-01。",
        "Not a time such as 2024-05-01T08:30:00+08:00, 2024-05-01 08:30:00 or 2024-05-01.",
    ),
    "moment_in_future": Text("时间晚于当前时间。", "The time lies in the future."),
    "date_malformed": Text("日期格式有误,应如 2024-05-01。", "Not a date such as 2024-05-01."),
    "moment_too_early": Text("时间早于 1900 年。", "The time lies before 1900."),
    "date_too_early": Text("日期早于 1900 年。", "The date lies before 1900."),
    "event_too_early": Text(
        "日期早于 1996-01-01(首版证件启用日)。",
        "The date lies before 1996-01-01, when the first certificates came into use.",
    ),
    "date_in_future": Text("日期晚于今天。", "The date lies in the future."),
    "organization_malformed": Text("机构代码应为 12 位数字(GA 380)。", "An organisation code has 12 digits (GA 380)."),
    "division_malformed": Text("行政区划代码应为 6 位数字(GB/T 2260)。", "A division code has 6 digits (GB/T 2260)."),
    "outside_reach": Text("不在您的管辖范围内。", "Outside your jurisdiction."),
    "text_too_long": Text("文字过长。", "The text is too long."),
    "number_out_of_bounds": Text("应为合理范围内的整数。", "Not a whole number within reasonable bounds."),
    "sex_unknown": Text("性别应为 0、1、2 或 9(GB/T 2261.1)。", "Sex is 0, 1, 2 or 9 (GB/T 2261.1)."),
    "issue_kind_unknown": Text("签发类别应为 1 至 6。", "The kind of issue is 1 to 6."),
    "original_is_same": Text("原证编号与本证编号相同。", "The original number is the same as the number."),
    "number_used_elsewhere": Text(
        "该编号已有不同的使用记录(时间、机构或登记编号不同),可能重复使用,请核查。",
        "The number is used otherwise (time, organisation or reference differ); it may be used twice, look into it.",
    ),
    "number_reserved": Text("该编号已被待审批的登记占用。", "A registration that awaits approval claims it."),
    "issued_otherwise": Text("该编号已有不同的签发记录,请核查。", "It is issued with other facts; look into it."),
    "range_letters_differ": Text("起止编号的首字母不同。", "First and last number begin with different letters."),
    "range_backwards": Text("起始编号大于终止编号。", "The first number is above the last."),
    "range_too_long": Text("号段超过 1000 万个编号。", "The range holds more than ten million numbers."),
    "range_provinces_differ": Text(
        "起止编号的省份代码(第 2、3 位字符)不同。", "First and last number are of different provinces (digits 1 and 2)."
    ),
    "range_count_differs": Text("数量与起止编号不符。", "The count disagrees with first and last number."),
    "reason_unknown": Text(
        "原因代码未知,应为 lost_by_family、lost_by_institution、stolen、voided、misprinted、damaged、exchanged、"
        "edition_ended、forged、issuer_withdrawn 或 other。",
        "Unknown reason; it is lost_by_family, lost_by_institution, stolen, voided, misprinted, damaged, exchanged, "
        "edition_ended, forged, issuer_withdrawn or other.",
    ),
}  # fmt: skip


class ColumnsWrong(Invalid):
    """表头有误:{problems_zh}。需要的列:{required};可选的列:{optional}。

    The header is wrong: {problems_en}. Required columns: {required}; optional: {optional}.
    """

    remedy = Text("请改正文件第一行的列名后重新导入。", "Correct the names in the first line, then import again.")


def _list(names: Iterable[str]) -> str:
    return ", ".join(name[:40] or "(空 · blank)" for name in names) or "-"


def read_header(line: str) -> tuple[str, ...]:
    """Return the names of the columns; case and surrounding blanks don't count."""
    names = next(csv.reader([line]), [])
    return tuple(name.strip(" \t\u3000\ufeff").lower() for name in names)


def check_header(names: tuple[str, ...], columns: Columns) -> list[str]:
    """Return the columns that are read past.

    Raises:
        ColumnsWrong: a column is unknown, missing or there twice; all of them are named.
    """
    known = {*columns.required, *columns.optional, *columns.not_kept}
    unknown = [name for name in names if name not in known][:20]
    missing = [name for name in columns.required if name not in names]
    twice = sorted({name for name in names if name in known and names.count(name) > 1})
    if unknown or missing or twice:
        found = [("未知列", "unknown", unknown), ("缺少列", "missing", missing), ("重复列", "twice", twice)]
        raise ColumnsWrong(
            problems_zh=";".join(f"{zh} {_list(listed)}" for zh, _, listed in found if listed),
            problems_en="; ".join(f"{en} {_list(listed)}" for _, en, listed in found if listed),
            required=_list(columns.required),
            optional=_list(columns.optional),
        )
    return [name for name in names if name in columns.not_kept]
