"""The seven kinds of registration that the notice has searched for: just inside and just outside."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests import make
from tests.screening.facts import enter_fact, sweep_rule
from tests.screening.tables import judge, tell

from birthreg.blacklist.models import BLACKLIST_REASONS
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.registrations.codes import CollectiveKind, ExceptionCode
from birthreg.screening.labels import LABELS
from birthreg.screening.models import Mode
from birthreg.screening.rule_files import load_rules

NEITHER: dict[str, Any] = {"with_mother": False, "with_father": False}
ALONE: dict[str, Any] = {"with_mother": False, "with_father": True, "marital_status": "unmarried"}
MOTHERLESS: dict[str, Any] = {"mother": None, "mother_name": None, "mother_birth_date": None, "with_mother": False}

NOTICE = (
    "invalid_certificate", "collective_household", "non_relative_household", "private_adoption", "over_six",
    "neither_parent", "unmarried_father_no_paternity",
)  # fmt: skip


@pytest.mark.parametrize("code", NOTICE)
async def test_the_notices_seven_run_from_the_first_day_and_find_no_plain_newborn(tx: Transaction, code: str) -> None:
    assert load_rules()[code].mode is Mode.LIVE
    await enter_fact(tx)
    assert await sweep_rule(tx, code) == {}


async def held(tx: Transaction, number: str, *, listed_at: datetime) -> None:
    """A hold of one number for a day."""
    proposal, organization = new_id(), await make.organization(tx, make.WUHAN)
    await tx.connection.execute(
        "INSERT INTO blacklist_proposals (id, act, first, last, count, reason, document_number, event_date, held,"
        " organization, proposed_by, proposed_by_organization, proposed_at)"
        " VALUES ($1, 'add', $2, $2, 1, 'stolen', '电话通报', '2024-01-02', true, $3, 'admin', $3, $4)",
        proposal, number, organization, listed_at,
    )  # fmt: skip
    await tx.connection.execute(
        "INSERT INTO blacklist_entries (id, first, last, count, organization, reason, document_number, event_date,"
        " listed_at, listed_by, lapses_at, proposal_id)"
        " VALUES ($1, $2, $2, 1, $3, 'stolen', '电话通报', '2024-01-02', $4, 'admin', $5, $6)",
        new_id(), number, organization, listed_at, listed_at + timedelta(hours=24), proposal,
    )  # fmt: skip


async def test_a_number_on_the_list_is_found_whether_listed_alone_or_in_a_range(tx: Transaction) -> None:
    await make.listing(tx, "Y420000100")
    await make.listing(tx, "Y420000998", "Y420002001", reason="forged", document_number="武公通〔2024〕9号")
    await make.listing(tx, "Y420005000", lifted_at=make.NOON + timedelta(days=1))
    await make.listing(tx, "Y420006000", "Y420006010", lifted_at=make.NOON + timedelta(days=1))
    found = {
        "listed alone": "Y420000100",
        "the first of a range": "Y420000998",
        "in the next block of a thousand": "Y420001500",
        "the last of a range": "Y420002001",
    }
    clean = {
        "next to one that is listed": "Y420000101",
        "before the range": "Y420000997",
        "after the range": "Y420002002",
        "the same digits of another year": "X420001500",
        "lifted": "Y420005000",
        "in a range that was lifted": "Y420006005",
        "no number": None,
    }
    evidence = await judge(
        tx, "invalid_certificate",
        found={name: {"certificate_number": number} for name, number in found.items()},
        clean={name: {"certificate_number": number} for name, number in clean.items()},
    )  # fmt: skip
    told = await tell(tx, "invalid_certificate", evidence["the last of a range"])
    assert told.zh == "所用证明已失效:Y420000998–Y420002001 伪造(武公通〔2024〕9号,武汉市公安局 2024-06-01 列入)"
    assert evidence["listed alone"]["numbers"] == "Y420000100"


async def test_a_number_on_several_entries_is_found_once_by_the_oldest(tx: Transaction) -> None:
    oldest = await make.listing(tx, "Y420000100", "Y420000200", listed_at=make.NOON - timedelta(days=9))
    await make.listing(tx, "Y420000100", document_number="2")
    await make.listing(tx, "Y420000150", "Y420000180", document_number="3")
    alone = await enter_fact(tx, certificate_number="Y420000100")
    ranges = await enter_fact(tx, certificate_number="Y420000160")
    evidence = await sweep_rule(tx, "invalid_certificate")
    assert {registration: one["entry"] for registration, one in evidence.items()} == {
        alone: str(oldest), ranges: str(oldest),
    }  # fmt: skip


async def test_a_hold_counts_until_it_lapses(tx: Transaction) -> None:
    await held(tx, "Y420000100", listed_at=tx.now - timedelta(hours=24) + timedelta(seconds=1))
    await held(tx, "Y420000200", listed_at=tx.now - timedelta(hours=24))
    await judge(
        tx, "invalid_certificate",
        found={"in its last second": {"certificate_number": "Y420000100"}},
        clean={"a day old": {"certificate_number": "Y420000200"}},
    )  # fmt: skip


async def test_what_the_family_exchanged_or_lost_after_the_registration_is_in_order(tx: Transaction) -> None:
    after, same_day = date(2024, 6, 2), date(2024, 6, 1)
    listings = {
        "Y420000001": ("exchanged", after),
        "Y420000002": ("lost_by_family", after),
        "Y420000003": ("exchanged", same_day),
        "Y420000004": ("lost_by_family", same_day),
        "Y420000005": ("stolen", after),
        "Y420000006": ("forged", after),
    }
    for number, (reason, day) in listings.items():
        await make.listing(tx, number, reason=reason, event_date=day)
    cases = {number: {"certificate_number": number} for number in listings}
    clean = {number: cases.pop(number) for number in ("Y420000001", "Y420000002")}
    await judge(tx, "invalid_certificate", found=cases, clean=clean)


async def test_which_collective_households_are_looked_into(tx: Transaction) -> None:
    collective: dict[str, Any] = {"household_kind": 2, "relation": None}
    kinds = {kind.value: collective | {"collective_kind": kind.value} for kind in CollectiveKind}
    found = {kind: kinds.pop(kind) for kind in ("police_station", "community")}
    clean = kinds | {"a family household": {}, "of no kind": collective}
    evidence = await judge(tx, "collective_household", found=found, clean=clean)
    assert evidence["community"] == {"collective_kind": "community"}
    assert (await tell(tx, "collective_household", evidence["community"])).zh == "落户在社区集体户"


async def test_a_non_relative_in_a_family_household_is_found(tx: Transaction) -> None:
    evidence = await judge(
        tx, "non_relative_household",
        found={code: {"relation": code} for code in ("80", "97", "99")},
        clean={code: {"relation": code} for code in ("20", "27", "37", "49", "79", "81", "93", "96", "02")}
        | {"in a collective household": {"relation": "99", "household_kind": 2, "collective_kind": "employer"},
           "of no relation": {"relation": None}},
    )  # fmt: skip
    assert (await tell(tx, "non_relative_household", evidence["99"])).zh == "落在家庭户,与户主关系为“非亲属”"


async def test_a_private_adoption_is_found_by_relation_kind_or_exception(tx: Transaction) -> None:
    proved = {"has_adoption_proof": True}
    evidence = await judge(
        tx, "private_adoption",
        found={
            "an adopted son": NEITHER | {"relation": "27"},
            "an adopted daughter": NEITHER | {"relation": "37"},
            "a de-facto adoption": NEITHER | {"relation": "99", "unregistered_kind": "de_facto_adoption"},
            "both": NEITHER | {"relation": "37", "unregistered_kind": "de_facto_adoption"},
            "a stepchild's code, declared as adopted": {"relation": "27", "unregistered_kind": "de_facto_adoption"},
            "a legal adoption without its paper": NEITHER | {"relation": "30", "exception": "legal_adoption"},
        },
        clean={
            "an adopted son with proof": NEITHER | proved | {"relation": "27"},
            "a de-facto adoption with proof": NEITHER | proved | {"unregistered_kind": "de_facto_adoption"},
            "a legal adoption": NEITHER | proved | {"relation": "37", "exception": "legal_adoption"},
            "a stepson with his mother": {"relation": "27", "with_father": False},
            "a stepdaughter with her father": {"relation": "37", "with_mother": False},
            "a son": {"relation": "20"},
            "in a collective household": {"household_kind": 2, "collective_kind": "employer", "relation": None},
            "unregistered for another reason": {"unregistered_kind": "no_birth_certificate"},
        },
    )  # fmt: skip
    assert evidence["both"] == {"grounds": ["adopted_or_step", "de_facto_adoption"]}
    told = await tell(tx, "private_adoption", evidence["both"])
    assert told.zh == "与户主关系为养子女或继子女、按事实收养申报,未提供收养登记证或收养公证"


async def test_stepchildren_count_where_administrators_say_so(tx: Transaction) -> None:
    await judge(
        tx, "private_adoption", found={"a stepson with his mother": {"relation": "27"}}, clean={"a son": {}},
        with_a_parent=True,
    )  # fmt: skip


async def test_older_than_six_begins_on_the_day_after_the_sixth_birthday(tx: Transaction) -> None:
    def child(born: date, applied: date) -> dict[str, Any]:
        return {"birth_date": born, "applied_on": applied}

    leap = date(2016, 2, 29)
    evidence = await judge(
        tx, "over_six",
        found={
            "the day after": child(date(2018, 5, 20), date(2024, 5, 21)),
            "of a leap day, after the 28th": child(leap, date(2022, 3, 1)),
            "thirteen": child(date(2010, 5, 20), date(2024, 5, 19)),
        },
        clean={
            "on the birthday": child(date(2018, 5, 20), date(2024, 5, 20)),
            "the day before": child(date(2018, 5, 20), date(2024, 5, 19)),
            "of a leap day, on the 28th": child(leap, date(2022, 2, 28)),
            "a newborn": {},
        },
    )  # fmt: skip
    assert {name: one["age"] for name, one in evidence.items()} == {
        "the day after": 6, "of a leap day, after the 28th": 6, "thirteen": 13,
    }  # fmt: skip
    told = await tell(tx, "over_six", evidence["the day after"])
    assert told.zh == "2018-05-20 出生,2024-05-21 申报落户,已满 6 周岁"


async def test_an_application_on_a_leap_day_is_past_the_birthday_of_the_28th(tx: Transaction) -> None:
    await judge(
        tx, "over_six",
        found={"born on the 28th": {"birth_date": date(2018, 2, 28), "applied_on": date(2024, 2, 29)}},
        clean={"born on the 1st": {"birth_date": date(2018, 3, 1), "applied_on": date(2024, 2, 29)}},
    )  # fmt: skip


async def test_who_joins_neither_parent_is_found_also_where_an_exception_is_given(tx: Transaction) -> None:
    exceptions = {code.value: NEITHER | {"exception": code.value} for code in ExceptionCode}
    adopted = exceptions.pop("legal_adoption")
    evidence = await judge(
        tx, "neither_parent",
        found=exceptions | {"without an exception": NEITHER},
        clean={
            "a legal adoption": adopted,
            "with the mother": {"with_father": False},
            "with the father": {"with_mother": False},
            "with the mother, an exception given": {"with_father": False, "exception": "parents_abroad"},
        },
    )  # fmt: skip
    assert (await tell(tx, "neither_parent", evidence["foundling"])).zh == "未随父或母落户(弃婴)"
    assert (await tell(tx, "neither_parent", evidence["without an exception"])).zh == "未随父或母落户(未填例外情形)"


async def test_exceptions_that_are_not_looked_at_are_a_parameter(tx: Transaction) -> None:
    await judge(
        tx, "neither_parent",
        found={"a legal adoption": NEITHER | {"exception": "legal_adoption"}, "none": NEITHER},
        clean={"parents abroad": NEITHER | {"exception": "parents_abroad"}},
        exceptions=["parents_abroad"],
    )  # fmt: skip


async def test_an_unmarried_father_alone_is_found_unless_a_laboratory_supports_him(tx: Transaction) -> None:
    stated = {"marital_status": "out_of_wedlock_stated"}
    evidence = await judge(
        tx, "unmarried_father_no_paternity",
        found={
            "registered with him": ALONE,
            "stated in writing": ALONE | stated,
            "no mother named": ALONE | MOTHERLESS,
            "no mother named, registered with neither": ALONE | MOTHERLESS | NEITHER,
        },
        clean={
            "with a report": ALONE | {"has_paternity_report": True},
            "married": ALONE | {"marital_status": "married"},
            "with both": ALONE | {"with_mother": True},
            "with the mother": ALONE | {"with_mother": True, "with_father": False},
            "with neither, the mother named": ALONE | NEITHER,
            "no parent named": ALONE | MOTHERLESS | NEITHER | {"father": None, "father_name": None},
        },
    )  # fmt: skip
    told = await tell(tx, "unmarried_father_no_paternity", evidence["stated in writing"])
    assert told.zh == "父母未婚且已书面说明非婚生育,只随父落户,没有支持亲子关系的鉴定"


def test_every_reason_exception_and_household_has_its_words() -> None:
    assert LABELS["listing_reason"] == BLACKLIST_REASONS
    assert set(LABELS["exception"]) == {code.value for code in ExceptionCode} | {"none"}
    assert set(LABELS["collective_kind"]) == {kind.value for kind in CollectiveKind}
