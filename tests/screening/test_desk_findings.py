"""What a desk enters comes before the rules as it was meant: each kind of application with what is found of it."""

from datetime import timedelta
from typing import Any

import pytest
from tests.registrations.desks import clerk, newborn, numbers, over_six, register, today
from tests.screening.test_notice_rules import NOTICE
from tests.screening.test_paper_rules import PAPER_RULES
from tests.screening.test_record_rules import RECORD_RULES
from tests.worlds import World

NUMBERS = numbers(70_000)
OF_ONE_REGISTRATION = {*NOTICE, *PAPER_RULES, *RECORD_RULES}
ABROAD: dict[str, Any] = {
    "mother": {"household": "abroad"},
    "father": {"household": "abroad"},
    "exception": "parents_abroad",
    "proofs": [{"kind": "residence_abroad", "document_number": "证-1"}],
}
REPORT = {
    "laboratory": "湖北中正司法鉴定所",
    "report_number": "鉴 1",
    "concluded_on": today().isoformat(),
    "conclusion": "supported",
}
ALONE: dict[str, Any] = {
    "mother": {"household": "elsewhere"},
    "marital_status": "unmarried",
    "paternity_report": REPORT,
}
YOUNG_MOTHER = (today() - timedelta(days=14 * 365)).isoformat()


@pytest.mark.parametrize(
    ("application", "found"),
    [
        ({}, set()),
        (ABROAD | {"household": {"relation": "40"}}, {"neither_parent"}),
        (ABROAD | {"household": {"relation": "99"}}, {"neither_parent", "non_relative_household"}),
        (ALONE, set()),
        ({"certificate": {"born_outside_institution": True}}, {"birth_outside_no_paternity"}),
        (ALONE | {"certificate": {"born_outside_institution": True}}, set()),
        ({"certificate": {"issuer_division": "440103"}}, {"far_issuer", "province_conflict"}),
        ({"certificate": {"issued_on": today().isoformat()}, "age_days": 184}, {"long_birth_issue_gap"}),
        ({"certificate": {"issued_on": today().isoformat()}, "age_days": 183}, set()),
        ({"certificate": {"issued_on": today().isoformat(), "issue_kind": 3}, "age_days": 184}, set()),
        ({"mother": {"citizen_number": None, "birth_date": YOUNG_MOTHER}}, {"mothers_age", "no_mother"}),
        ({"mother": None, "marital_status": "married"}, {"no_mother"}),
    ],
)  # fmt: skip
async def test_an_application_is_found_for_what_it_is(
    world: World, application: dict[str, Any], found: set[str]
) -> None:
    desk = await clerk(world)
    answer = await register(desk, newborn(next(NUMBERS), **application))
    assert answer.status_code == 201, answer.text
    assert {one["code"] for one in answer.json()["findings"]} & OF_ONE_REGISTRATION == found


async def test_a_child_of_seven_is_found_while_it_is_held(world: World) -> None:
    answer = await register(await clerk(world), over_six(next(NUMBERS)))
    assert answer.json()["status"] == "held", answer.text
    codes = {one["code"] for one in answer.json()["findings"]} & OF_ONE_REGISTRATION
    assert codes == {"over_six", "letter_conflict", "long_issue_registration_gap"}
