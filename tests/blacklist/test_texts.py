"""What is written into the list says something, on a day that can have been."""

from datetime import timedelta
from typing import Any

import pytest
from tests.blacklist.desks import (
    APPROVE,
    WHY,
    Admins,
    addition,
    lift,
    listed,
    particulars,
    ranges,
    send,
)

from birthreg.blacklist import rules
from birthreg.kernel.clock import now_utc

RANGES = ranges("T")
BLANK = ["  ", "\u3000", "\u200b\ufeff", "\t\n"]
NOBODY = "01900000-0000-7000-8000-000000000000"
OBJECTION: dict[str, Any] = {
    "certificate_number": "T420000001", "objector": "王桂兰", "relation": "mother", "grounds": "误列",
    "evidence": ["小结"],
}  # fmt: skip
DECISION = {"decision": "reject", "reason": "证据不足", "document_number": "武公异〔2024〕2号"}

WRITTEN = [
    ("proposals", addition("T420000001"), ("document_number", "institution", "note")),
    ("holds", particulars("T420000001"), ("document_number", "institution", "note")),
    (f"proposals/{NOBODY}/approval", APPROVE, ("reason",)),
    (f"proposals/{NOBODY}/withdrawal", WHY, ("reason",)),
    (f"announcements/{NOBODY}/acknowledgement", {"note": "已转"}, ("note",)),
    (f"entries/{NOBODY}/objections", OBJECTION, ("objector", "grounds", "evidence")),
    (f"objections/{NOBODY}/decision", DECISION, ("reason", "document_number")),
    (f"objections/{NOBODY}/withdrawal", WHY, ("reason",)),
    (f"imports/{NOBODY}/approval", APPROVE, ("reason",)),
    (f"imports/{NOBODY}/undo", WHY, ("reason",)),
]


@pytest.mark.parametrize(
    ("door", "body", "field"), [(door, body, field) for door, body, fields in WRITTEN for field in fields]
)
async def test_a_blank_text_is_refused_and_named(admins: Admins, door: str, body: dict[str, Any], field: str) -> None:
    for blank in BLANK:
        sent = body | {field: [blank] if isinstance(body[field], list) else blank}
        answer = await send(await admins.wuhan(), door, sent, status=422)
        [wrong] = answer["errors"]
        assert (wrong["field"].partition("[")[0], wrong["message"]) == (field, "不得为空白,至少填写一个可见字符。")


async def test_an_event_lies_between_the_first_certificates_and_today(admins: Admins) -> None:
    desk, number = await admins.wuhan(), next(RANGES)[0]
    entry = await listed(admins, next(RANGES)[0])
    tomorrow = (rules.day_of(now_utc()) + timedelta(days=1)).isoformat()
    for day, code in (
        ("0001-01-01", "event_too_early"),
        ("1995-12-31", "event_too_early"),
        (tomorrow, "date_in_future"),
    ):
        for door, body in (
            ("proposals", addition(number, event_date=day)),
            ("holds", particulars(number, event_date=day)),
            ("proposals", lift(entry["id"], event_date=day)),
        ):
            answer = await send(desk, door, body, status=422)
            assert [(wrong["field"], wrong["code"]) for wrong in answer["errors"]] == [("event_date", code)]
    await send(desk, "proposals", addition(number, event_date="1996-01-01"))


async def test_a_decided_proposal_says_so_in_the_officers_language(admins: Admins) -> None:
    proposed = await send(await admins.wuhan(), "proposals", addition(next(RANGES)[0]))
    door = f"proposals/{proposed['proposal']['id']}/approval"
    await send(await admins.wuhan2(), door, APPROVE, status=200)
    again = await send(await admins.wuhan2(), door, APPROVE, status=409)
    assert (again["code"], again["detail"]) == ("proposal_decided", "该提议已有结果(已同意)。")
    spoken = await send(await admins.wuhan2(), door, APPROVE, status=409, Accept_Language="en")
    assert "(approved)" in spoken["detail"]
