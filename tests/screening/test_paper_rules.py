"""What the paper alone tells: its number, its dates, its issuer. Just inside and just outside of every bound."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.screening.facts import enter_fact, plain_fact, sweep_rule
from tests.screening.tables import judge, tell

from birthreg.certificates import rules
from birthreg.certificates.models import CertificateNumber
from birthreg.certificates.service import load_grammar
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id

PAPER_RULES = (
    "long_birth_issue_gap", "long_issue_registration_gap", "letter_conflict", "edition_conflict", "province_conflict",
    "far_issuer", "watched_issuer", "birth_outside_no_paternity",
)  # fmt: skip
BORN = date(2024, 2, 29)
WITHOUT_PAPER: dict[str, Any] = {
    "certificate_number": None, "issued_on": None, "issuer_name": None, "issuer_code": None, "issuer_division": None,
    "issue_kind": None,
}  # fmt: skip


@pytest.mark.parametrize("code", PAPER_RULES)
async def test_a_plain_paper_is_found_by_no_rule_nor_is_none_at_all(tx: Transaction, code: str) -> None:
    await enter_fact(tx)
    await enter_fact(tx, **WITHOUT_PAPER)
    assert await sweep_rule(tx, code) == {}


def issued_after(days: int, **changes: Any) -> dict[str, Any]:
    """A certificate issued so many days after a birth on a leap day."""
    return {"birth_date": BORN, "issued_on": BORN + timedelta(days=days)} | changes


async def test_a_certificate_issued_more_than_half_a_year_after_the_birth_is_found(tx: Transaction) -> None:
    evidence = await judge(
        tx, "long_birth_issue_gap",
        found={
            "184 days": issued_after(184),
            "outside an institution": issued_after(184, issue_kind=4),
            "of an unknown kind": issued_after(184, issue_kind=None),
            "years": issued_after(2000),
        },
        clean={
            "183 days": issued_after(183),
            "the day of birth": issued_after(0),
            "before the birth": issued_after(-400),
            "an exchange": issued_after(2000, issue_kind=2),
            "a reissue": issued_after(2000, issue_kind=3),
            "an exchange, born outside": issued_after(2000, issue_kind=5),
            "a reissue, born outside": issued_after(2000, issue_kind=6),
        },
    )  # fmt: skip
    told = await tell(tx, "long_birth_issue_gap", evidence["184 days"])
    assert told.zh == "2024-02-29 出生,2024-08-31 才签发证明,相隔 184 天"
    assert told.en == "born on 2024-02-29, the certificate issued only on 2024-08-31, 184 days later"


async def test_the_days_from_birth_to_issue_are_a_parameter(tx: Transaction) -> None:
    await judge(
        tx, "long_birth_issue_gap", found={"31 days": issued_after(31)}, clean={"30 days": issued_after(30)}, days=30
    )  # fmt: skip


async def test_an_application_more_than_two_years_after_the_issue_is_found(tx: Transaction) -> None:
    def applied_after(days: int) -> dict[str, Any]:
        return {"issued_on": BORN, "applied_on": BORN + timedelta(days=days)}

    evidence = await judge(
        tx, "long_issue_registration_gap",
        found={"731 days": applied_after(731), "years": applied_after(3000)},
        clean={"730 days": applied_after(730), "the day of issue": applied_after(0), "before": applied_after(-800)},
    )  # fmt: skip
    assert evidence["731 days"] == {"issued_on": "2024-02-29", "applied_on": "2026-03-01", "days": 731}


def paper(letter: str, issued_on: date) -> dict[str, Any]:
    """A certificate of a letter, issued on a day."""
    number = plain_fact()["certificate_number"]
    return {"certificate_number": letter + number[1:], "issued_on": issued_on}


EDGES = [
    date(2018, 12, 31), date(2019, 1, 1), date(2019, 12, 31), date(2020, 1, 1), date(2020, 2, 29), date(2021, 12, 31),
    date(2022, 1, 1), date(2022, 12, 31), date(2023, 3, 31), date(2023, 4, 1), date(2023, 12, 31), date(2024, 1, 1),
    date(2024, 2, 29), date(2025, 1, 1), date(2026, 12, 31), date(2027, 1, 1),
]  # fmt: skip
PAPERS = [paper(letter, day) for letter in "ASTUVWXYZ" for day in EDGES]


async def test_letters_and_dates_conflict_as_they_do_at_the_desk(tx: Transaction) -> None:
    grammar = await load_grammar(tx)
    cases = {f"{one['certificate_number'][0]} {one['issued_on']}": one for one in PAPERS}
    wrong = {
        name: one
        for name, one in cases.items()
        if rules.letter_year_conflicts(CertificateNumber(one["certificate_number"]), one["issued_on"], grammar)
    }
    assert "V 2020-01-01" not in wrong
    assert {"V 2019-12-31", "U 2022-01-01"} < set(wrong)
    evidence = await judge(
        tx, "letter_conflict", found=wrong, clean={name: one for name, one in cases.items() if name not in wrong}
    )  # fmt: skip
    told = await tell(tx, "letter_conflict", evidence["V 2019-12-31"])
    assert told.zh == "编号首字母 V 为 2021 年印制,证明却于 2019-12-31 签发"


async def test_a_letter_that_stands_for_no_year_conflicts_with_nothing(database: Database, database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("DELETE FROM certificate_letters WHERE letter = 'Y'")
    await owner.close()
    async with database.transaction() as tx:
        clean = {"unknown": paper("Y", date(2031, 1, 1))}
        found = {"known": paper("X", date(2031, 1, 1))}
        await judge(tx, "letter_conflict", found=found, clean=clean)


async def test_editions_and_dates_conflict_as_they_do_at_the_desk_where_no_days_of_grace_are(tx: Transaction) -> None:
    grammar = await load_grammar(tx)

    def ended(one: dict[str, Any]) -> bool:
        number = CertificateNumber(one["certificate_number"])
        return rules.ended_edition(number, one["issued_on"], grammar) is not None

    cases = {f"{one['certificate_number'][0]} {one['issued_on']}": one for one in PAPERS}
    wrong = {name: one for name, one in cases.items() if ended(one)}
    assert "W 2023-03-31" not in wrong
    assert {"W 2023-04-01", "T 2024-01-01"} < set(wrong)
    assert not [name for name in wrong if name[0] in "AXYZ"]
    evidence = await judge(
        tx, "edition_conflict", found=wrong, clean={name: one for name, one in cases.items() if name not in wrong},
        days=0,
    )  # fmt: skip
    told = await tell(tx, "edition_conflict", evidence["W 2023-04-01"])
    assert told.zh == "编号首字母 W(2022 年印制)最晚为第 6 版,该版 2023-03-31 停用,证明却于 2023-04-01 签发"


async def test_a_new_editions_forms_may_be_printed_and_ordered_before_its_first_day(tx: Transaction) -> None:
    """The seventh began on 2023-04-01, 91 days after the last on which a paper of the letter W was printed."""
    await judge(
        tx, "edition_conflict",
        found={
            "of the year before, a day after the grace": paper("W", date(2023, 10, 2)),
            "of the year before, long after": paper("W", date(2024, 5, 1)),
            "of two years before, on the first day": paper("V", date(2023, 4, 1)),
            "of the oldest letter of the sixth": paper("T", date(2023, 9, 1)),
        },
        clean={
            "of the year before, on the first day": paper("W", date(2023, 4, 1)),
            "of the year before, on the last day of the grace": paper("W", date(2023, 10, 1)),
            "of the year itself": paper("X", date(2024, 5, 1)),
            "while the sixth was issued": paper("W", date(2023, 3, 31)),
        },
    )  # fmt: skip


async def test_the_days_of_grace_of_an_edition_are_a_parameter(tx: Transaction) -> None:
    first, day = paper("W", date(2023, 4, 1)), timedelta(days=1)
    await judge(tx, "edition_conflict", found={"printed too early": first}, clean={}, days=90)
    last = date(2023, 4, 1) + 91 * day
    await judge(
        tx, "edition_conflict",
        found={"a day later": paper("W", last + day)}, clean={"just in time": first, "the last day": paper("W", last)},
        days=91,
    )  # fmt: skip


async def test_the_numbers_province_is_held_against_the_issuers(tx: Transaction) -> None:
    evidence = await judge(
        tx, "province_conflict",
        found={
            "of the neighbour": {"certificate_number": "Y430000001"},
            "of no province": {"certificate_number": "Y990000001"},
            "the issuer elsewhere": {"issuer_division": "350100", "issuer_name": "闽侯县医院"},
        },
        clean={
            "the same": {"certificate_number": "Y420000001"},
            "another county": {"issuer_division": "429006"},
            "an unknown issuer": {"certificate_number": "Y430000002", "issuer_division": None},
            "no number": {"certificate_number": None},
        },
    )  # fmt: skip
    told = await tell(tx, "province_conflict", evidence["the issuer elsewhere"])
    assert told.zh == "编号所示省份为湖北省,签发机构闽侯县医院却在福建省"
    assert evidence["of no province"]["number_province"] == "99"


async def test_a_far_issuer_is_found_from_five_hundred_kilometres_on(tx: Transaction) -> None:
    away = await tx.connection.fetch(
        "SELECT other, kilometres FROM province_distances WHERE one = '42' AND other <> '42' ORDER BY kilometres"
    )
    cases = {row["other"]: {"issuer_division": f"{row['other']}0102"} for row in away}
    far = {row["other"]: cases[row["other"]] for row in away if row["kilometres"] >= 500}
    near = {other: case for other, case in cases.items() if other not in far}
    assert near
    evidence = await judge(
        tx, "far_issuer", found=far,
        clean=near
        | {
            "at home": {},
            "the mother's province": {"issuer_division": "440103", "mother_province": "44"},
            "the father's province": {"issuer_division": "440103", "father_province": "44"},
            "a province without a seat": {"issuer_division": "710103"},
        },
    )  # fmt: skip
    told = await tell(tx, "far_issuer", evidence["44"])
    assert told.zh.startswith("签发机构武汉市第一妇幼保健院在广东省,落户地在湖北省,相距约 8")


async def test_the_distance_counts_to_the_kilometre(tx: Transaction) -> None:
    guangdong = {"to Guangdong": {"issuer_division": "440103", "mother_province": None, "father_province": None}}
    kilometres = await tx.connection.fetchval("SELECT kilometres_between('44', '42')")
    await judge(tx, "far_issuer", found=guangdong, clean={}, min_kilometres=kilometres)
    async with tx.database.transaction() as other:
        await judge(other, "far_issuer", found={}, clean=guangdong, min_kilometres=kilometres + 1)


async def watch(url: str, **changes: Any) -> UUID:
    """An institution on the list of those watched, entered by the owner as an approved change would be."""
    row: dict[str, Any] = {
        "id": new_id(),
        "issuer_code": None,
        "issuer_name": None,
        "issuer_division": None,
        "issued_from": date(2023, 1, 1),
        "issued_to": date(2023, 12, 31),
        "reason": "出售空白证",
        "document_number": "公刑〔2024〕7号",
        "organization": "420000000000",
        "listed_at": date(2024, 1, 1),
        "listed_by": "admin.one",
        "approved_by": "admin.two",
        "ended_at": None,
        "ended_by": None,
    } | changes
    connection = await asyncpg.connect(url)
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    row["listed_at"] = plain_fact()["entered_at"]
    await connection.execute(f"INSERT INTO watched_issuers ({', '.join(row)}) VALUES ({places})", *row.values())
    await connection.close()
    entry: UUID = row["id"]
    return entry


def issued(issued_on: date = date(2023, 6, 1), **changes: Any) -> dict[str, Any]:
    """A certificate of a hospital, issued on a day."""
    return {
        "issuer_code": "430100001",
        "issuer_name": "某县医院",
        "issuer_division": "430121",
        "issued_on": issued_on,
    } | changes


async def test_a_watched_issuer_is_found_by_code_name_or_division_within_its_days(
    database: Database, database_url: str
) -> None:
    await watch(database_url, issuer_code="430100001")
    await watch(database_url, issuer_name="民营妇产医院", issued_to=None)
    await watch(database_url, issuer_division="520321")
    async with database.transaction() as tx:
        evidence = await judge(
            tx, "watched_issuer",
            found={
                "the first day": issued(date(2023, 1, 1)),
                "the last day": issued(date(2023, 12, 31)),
                "by its name": issued(date(2031, 1, 1), issuer_code="other", issuer_name="民营妇产医院"),
                "by its name, of no code": issued(issuer_code=None, issuer_name="民营妇产医院"),
                "by its division": issued(issuer_code=None, issuer_division="520321"),
            },
            clean={
                "the day before": issued(date(2022, 12, 31)),
                "the day after": issued(date(2024, 1, 1)),
                "another institution": issued(issuer_code="430100002"),
                "the neighbouring division": issued(issuer_code=None, issuer_division="520322"),
            },
        )  # fmt: skip
        told = await tell(tx, "watched_issuer", evidence["the first day"])
    assert told.zh == "某县医院 2023-01-01 签发,在重点关注期间内(公刑〔2024〕7号,自 2023-01-01 起)"


async def test_all_that_the_list_says_of_an_issuer_has_to_agree(database: Database, database_url: str) -> None:
    await watch(database_url, issuer_code="430100001", issuer_name="某县医院", issuer_division="430121")
    await watch(database_url, issuer_name="镇卫生院", issuer_division="430122")
    async with database.transaction() as tx:
        await judge(
            tx, "watched_issuer",
            found={
                "all three": issued(),
                "name and division": issued(issuer_code="x", issuer_name="镇卫生院", issuer_division="430122"),
            },
            clean={
                "another name": issued(issuer_name="另一医院"),
                "another division": issued(issuer_division="430122"),
                "no code": issued(issuer_code=None),
                "the name elsewhere": issued(issuer_name="镇卫生院", issuer_code=None),
                "no paper": issued(issued_on=None),  # type: ignore[arg-type]
            },
        )  # fmt: skip


async def test_what_is_watched_no_more_is_not_found_and_twice_listed_is_found_once(
    database: Database, database_url: str
) -> None:
    ended = {"ended_at": plain_fact()["entered_at"], "ended_by": "admin.one"}
    await watch(database_url, issuer_code="430100009", **ended)
    await watch(database_url, issuer_code="430100001")
    await watch(database_url, issuer_name="某县医院")
    await watch(database_url, issuer_division="430121")
    async with database.transaction() as tx:
        ended_one = issued(issuer_code="430100009", issuer_name="x", issuer_division="430199")
        await judge(tx, "watched_issuer", found={"thrice": issued()}, clean={"ended": ended_one})


async def test_a_birth_outside_an_institution_is_found_unless_parentage_is_supported(tx: Transaction) -> None:
    evidence = await judge(
        tx, "birth_outside_no_paternity",
        found={"outside": {"born_outside": True}},
        clean={"outside, tested": {"born_outside": True, "has_paternity_report": True}, "in a hospital": {}},
    )  # fmt: skip
    assert evidence["outside"] == {"birth_date": "2024-05-20", "issuer_name": "武汉市第一妇幼保健院"}
