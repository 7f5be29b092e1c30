"""What a change of a list has to say, and what the row is then. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from birthreg.kernel.errors import FieldError, FieldsWrong
from birthreg.kernel.language import Text
from birthreg.screening.list_models import UNSET, ChangeStatus, EditionBegin, ListAct, ListChangeRequest, ListName

Row = dict[str, Any]

_FIELDS = {
    ListName.LETTERS: ("letter", "year"),
    ListName.EDITIONS: ("edition", "first_day", "last_day"),
    ListName.PROVINCES: ("code", "name", "complete_from", "latitude", "longitude"),
    ListName.DIVISIONS: ("code", "name", "valid_from", "valid_to", "successors"),
    ListName.WATCHED_ISSUERS: ("issuer_code", "issuer_name", "issuer_division", "issued_from", "issued_to"),
}
_NEEDED = {
    ListName.LETTERS: ("letter", "year"),
    ListName.EDITIONS: ("edition", "first_day"),
    ListName.PROVINCES: ("code", "name"),
    ListName.DIVISIONS: ("code", "name"),
    ListName.WATCHED_ISSUERS: ("issued_from",),
}
_TO_END = {
    ListName.LETTERS: ("letter",),
    ListName.EDITIONS: ("edition", "last_day"),
    ListName.PROVINCES: (),
    ListName.DIVISIONS: ("code", "valid_to", "valid_from", "successors"),
    ListName.WATCHED_ISSUERS: ("id",),
}
_NEEDED_TO_END = {
    ListName.LETTERS: ("letter",),
    ListName.EDITIONS: ("edition", "last_day"),
    ListName.PROVINCES: (),
    ListName.DIVISIONS: ("code", "valid_to"),
    ListName.WATCHED_ISSUERS: ("id",),
}
_KEYS = {
    ListName.LETTERS: ("letter",),
    ListName.EDITIONS: ("edition",),
    ListName.PROVINCES: ("code",),
    ListName.DIVISIONS: ("code", "valid_from"),
    ListName.WATCHED_ISSUERS: ("id",),
}
_SAID_OF_ALL = frozenset({"act", "reason", "document_number"})

_MISSING = Text("此项必填。", "This is needed.")
_UNEXPECTED = Text("此名单的这种变更没有这一项。", "This change of this list has no such field.")
_CODE_OF_PROVINCE = Text("省份代码为 2 位数字。", "A province's code has two digits.")
_CODE_OF_DIVISION = Text("区划代码为 6 位数字。", "A division's code has six digits.")
_HALF_A_SEAT = Text("纬度与经度须同时填写或同时留空。", "Latitude and longitude go together.")
_ENDS_BEFORE = Text("结束日期早于开始日期。", "It ends before it begins.")
_SUCCEEDED = Text("现行区划没有继任区划,请同时填写失效日期。", "What goes on has no successors; say when it ended.")
_ITSELF = Text("继任区划不能是其本身。", "A division doesn't succeed itself.")
_WHOM = Text(
    "机构代码、机构名称、机构所在区划至少填写一项。", "Say at least one of the issuer's code, name and division."
)
_EDITION_ORDER = Text(
    "启用日期须晚于前一版、早于后一版。", "An edition begins after the one before it and before the one after."
)
_PROVINCES_STAY = Text(
    "省份不能删除:旧证编号仍以其代码开头。请改用 set。",
    "A province doesn't end: old numbers go on naming it. Use set to change it.",
)


def read_key(list_name: ListName, asked: ListChangeRequest, *, fresh: str) -> str:
    """Return what names the row that is to be changed; `fresh` names a new issuer.

    Raises:
        FieldsWrong: fields are missing, or belong to another list.
    """
    _require(list_name, asked)
    if list_name is ListName.WATCHED_ISSUERS and asked.act is ListAct.SET:
        return fresh
    said = _said(asked)
    return " ".join(str(said[name]) for name in _KEYS[list_name] if said.get(name) is not None)


def row_after(list_name: ListName, asked: ListChangeRequest, *, before: Row | None) -> Row | None:
    """Return the row as it would stand; None when it goes.

    Raises:
        FieldsWrong: it would make no sense.
    """
    said = _said(asked)
    if asked.act is ListAct.END:
        if list_name in (ListName.LETTERS, ListName.WATCHED_ISSUERS) or before is None:
            return None
        after = before | said
    else:
        blank: Row = dict.fromkeys(_FIELDS[list_name])
        after = blank | (before or {}) | said
    if list_name is ListName.DIVISIONS and after.get("successors") is None:
        after["successors"] = []
    errors = [
        *_missing(after, _NEEDED[list_name]),
        *(_CHECKS[list_name](after) if list_name in _CHECKS else ()),
    ]
    _raise(errors)
    return after


def require_order(row: Row, others: Iterable[EditionBegin]) -> None:
    """Check that editions begin one after the other.

    Raises:
        FieldsWrong: this one doesn't.
    """
    for other in others:
        begins = other.first_day.isoformat()
        if begins == row["first_day"] or (other.edition < row["edition"]) != (begins < row["first_day"]):
            _raise([FieldError(field="first_day", code="edition_order", message=_EDITION_ORDER)])


def effect_of(list_name: ListName, status: ChangeStatus, act: ListAct) -> Text:
    """Say what comes of a change as it stands."""
    if status is ChangeStatus.REFUSED:
        return Text("未批准,名单未变。", "Refused; the list is as it was.")
    if status is ChangeStatus.WITHDRAWN:
        return Text("已撤回,名单未变。", "Withdrawn; the list is as it was.")
    if list_name is ListName.WATCHED_ISSUERS and act is ListAct.SET:
        holds = Text(
            "新登记即时按此筛查;以往登记由下一次全面倒查查出。",
            "New registrations are screened by it at once; past ones are found by the next sweep.",
        )
    elif list_name is ListName.WATCHED_ISSUERS:
        holds = Text("新登记不再按此筛查;已有线索保留。", "New registrations are not screened by it; findings stay.")
    else:
        holds = Text(
            "核验和新登记的筛查即时按此进行;已有结果不变,以往登记由下一次全面倒查复查。",
            "Verification and the screening of new registrations follow it at once; what was found stays, and past"
            " registrations are looked at again by the next sweep.",
        )
    if status is ChangeStatus.PROPOSED:
        return Text(
            "待另一名省级管理员审批。批准后:{holds}", "Another province administrator decides. Then: {holds}"
        ).fill(holds=holds)
    return holds


def _said(asked: ListChangeRequest) -> Row:
    plain: Row = msgspec.to_builtins(asked)
    said = {name: value for name, value in plain.items() if name not in _SAID_OF_ALL}
    for name in ("issuer_code", "issuer_name", "name"):
        if said.get(name) is not None:
            said[name] = said[name].strip()
    for name in ("latitude", "longitude"):
        if said.get(name) is not None:
            said[name] = round(said[name], 1)
    return said


def _require(list_name: ListName, asked: ListChangeRequest) -> None:
    ends = asked.act is ListAct.END
    if ends and list_name is ListName.PROVINCES:
        _raise([FieldError(field="act", code="province_stays", message=_PROVINCES_STAY)])
    allowed = _TO_END[list_name] if ends else _FIELDS[list_name]
    known = [name for name in asked.__struct_fields__ if name not in _SAID_OF_ALL]
    errors = [
        FieldError(field=name, code="field_unexpected", message=_UNEXPECTED)
        for name in known
        if getattr(asked, name) is not UNSET and name not in allowed
    ]
    needed = _NEEDED_TO_END[list_name] if ends else [name for name in _KEYS[list_name] if name in _NEEDED[list_name]]
    said = _said(asked)
    errors += _missing(said, needed)
    if not errors and said.get("code") is not None:
        errors += _wrong_code(list_name, said["code"])
    _raise(errors)


def _missing(row: Row, needed: Iterable[str]) -> list[FieldError]:
    return [
        FieldError(field=name, code="field_missing", message=_MISSING) for name in needed if row.get(name) is None
    ]  # fmt: skip


def _wrong_code(list_name: ListName, code: str) -> Iterator[FieldError]:
    if list_name is ListName.PROVINCES and len(code) != 2:
        yield FieldError(field="code", code="code_of_province", message=_CODE_OF_PROVINCE)
    if list_name is ListName.DIVISIONS and len(code) != 6:
        yield FieldError(field="code", code="code_of_division", message=_CODE_OF_DIVISION)


def _span(row: Row, first: str, last: str) -> Iterator[FieldError]:
    # Days are written year first, so that their texts stand in the order of the days.
    if row.get(first) is not None and row.get(last) is not None and row[last] < row[first]:
        yield FieldError(field=last, code="ends_before_it_begins", message=_ENDS_BEFORE)


def _check_edition(row: Row) -> Iterator[FieldError]:
    yield from _span(row, "first_day", "last_day")


def _check_province(row: Row) -> Iterator[FieldError]:
    if (row["latitude"] is None) != (row["longitude"] is None):
        empty = "latitude" if row["latitude"] is None else "longitude"
        yield FieldError(field=empty, code="half_a_seat", message=_HALF_A_SEAT)


def _check_division(row: Row) -> Iterator[FieldError]:
    yield from _span(row, "valid_from", "valid_to")
    if row["successors"] and row["valid_to"] is None:
        yield FieldError(field="successors", code="present_is_not_succeeded", message=_SUCCEEDED)
    if row["code"] in row["successors"]:
        yield FieldError(field="successors", code="succeeds_itself", message=_ITSELF)


def _check_issuer(row: Row) -> Iterator[FieldError]:
    if not any(row[name] for name in ("issuer_code", "issuer_name", "issuer_division")):
        yield FieldError(field="issuer_name", code="issuer_missing", message=_WHOM)
    yield from _span(row, "issued_from", "issued_to")


_CHECKS = {
    ListName.EDITIONS: _check_edition,
    ListName.PROVINCES: _check_province,
    ListName.DIVISIONS: _check_division,
    ListName.WATCHED_ISSUERS: _check_issuer,
}


def _raise(errors: list[FieldError]) -> None:
    if errors:
        raise FieldsWrong(count=len(errors), errors=tuple(errors))
