"""What the mother's line and the health authority's record tell. Just inside and just outside of every bound."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests import make
from tests.screening.facts import enter_fact, sweep_rule
from tests.screening.tables import judge, tell

from birthreg.certificates.rules import CHINA, same_name
from birthreg.kernel.database import Database, Transaction
from birthreg.registrations.date_rules import birthday

MOTHERLESS: dict[str, Any] = {"mother": None, "mother_name": None, "mother_birth_date": None, "with_mother": False}
RECORD_RULES = ("no_mother", "mothers_age", "issued_differs", "never_issued")
ON_RECORD: dict[str, Any] = {
    "child_name": "李安然", "sex": 2, "birth_date": date(2023, 5, 4), "mother_name": "王桂兰",
}  # fmt: skip
"""What `make.issuance` says."""


@pytest.mark.parametrize("code", RECORD_RULES)
async def test_a_plain_newborn_is_found_by_no_rule(tx: Transaction, code: str) -> None:
    await enter_fact(tx)
    assert await sweep_rule(tx, code) == {}


async def test_no_mother_named_or_none_identified_is_found(tx: Transaction) -> None:
    evidence = await judge(
        tx, "no_mother",
        found={
            "none": MOTHERLESS,
            "none, parents abroad": MOTHERLESS | {"exception": "parents_abroad"},
            "a name alone": {"mother": None},
            "a number alone": {"mother_name": None},
        },
        clean={
            "a mother": {},
            "a foundling": MOTHERLESS | {"exception": "foundling"},
            "a legal adoption": MOTHERLESS | {"exception": "legal_adoption"},
            "of unknown age": {"mother_birth_date": None},
        },
    )  # fmt: skip
    assert {name: one["mother_state"] for name, one in evidence.items()} == {
        "none": "missing", "none, parents abroad": "missing", "a name alone": "unidentified",
        "a number alone": "unnamed",
    }  # fmt: skip
    assert (await tell(tx, "no_mother", evidence["none"])).zh == "没有填写母亲"


async def test_a_mother_under_fifteen_or_past_her_fiftieth_birthday_is_found(tx: Transaction) -> None:
    def born(mother: date | None, child: date) -> dict[str, Any]:
        return {"mother_birth_date": mother, "birth_date": child}

    leap = date(2008, 2, 29)
    evidence = await judge(
        tx, "mothers_age",
        found={
            "the day before her fifteenth birthday": born(date(2009, 5, 21), date(2024, 5, 20)),
            "the day after her fiftieth": born(date(1974, 5, 19), date(2024, 5, 20)),
            "born on a leap day, before the 28th": born(leap, date(2023, 2, 27)),
            "younger than her child": born(date(2024, 6, 1), date(2024, 5, 20)),
            "a hundred": born(date(1920, 1, 1), date(2024, 5, 20)),
        },
        clean={
            "her fifteenth birthday": born(date(2009, 5, 20), date(2024, 5, 20)),
            "her fiftieth birthday": born(date(1974, 5, 20), date(2024, 5, 20)),
            "born on a leap day, on the 28th": born(leap, date(2023, 2, 28)),
            "of unknown age": born(None, date(2024, 5, 20)),
        },
    )  # fmt: skip
    assert {name: one["age"] for name, one in evidence.items()} == {
        "the day before her fifteenth birthday": 14, "the day after her fiftieth": 50,
        "born on a leap day, before the 28th": 14, "younger than her child": -1, "a hundred": 104,
    }  # fmt: skip
    told = await tell(tx, "mothers_age", evidence["the day before her fifteenth birthday"])
    assert told.zh == "孩子 2024-05-20 出生时,母亲 14 周岁"


def registered(number: str, **changes: Any) -> dict[str, Any]:
    """A registration as the record of issue has it, but for what is changed."""
    return ON_RECORD | {"certificate_number": number} | changes


async def test_what_differs_from_the_record_of_issue_is_named_and_its_values_are_not(tx: Transaction) -> None:
    number = await make.issuance(tx)
    evidence = await judge(
        tx, "issued_differs",
        found={
            "child_name": registered(number, child_name="李安冉"),
            "sex": registered(number, sex=1),
            "birth_date": registered(number, birth_date=date(2023, 5, 5)),
            "mother_name": registered(number, mother_name="王桂芳"),
            "all": registered(number, child_name="张三", sex=1, birth_date=date(2020, 1, 1), mother_name="赵六"),
            "no mother, another child": registered(number, mother_name=None, child_name="张三"),
        },
        clean={
            "the same": registered(number),
            "blanks and width": registered(number, child_name=" 李 安\u3000然 ", mother_name="王桂 兰"),
            "sex unknown": registered(number, sex=9),
            "sex not told": registered(number, sex=0),
            "no mother": registered(number, mother_name=None),
            "another number": registered("X420100006", child_name="张三"),
            "no number": registered(number, child_name="张三") | {"certificate_number": None},
        },
    )  # fmt: skip
    fields = ["child_name", "sex", "birth_date", "mother_name"]
    assert evidence.pop("all") == {"differs": fields}
    assert evidence.pop("no mother, another child") == {"differs": ["child_name"]}
    assert evidence == {field: {"differs": [field]} for field in fields}
    told = await tell(tx, "issued_differs", {"differs": fields})
    assert told.zh == "与卫健部门的签发记录不一致:孩子姓名、性别、出生日期、母亲姓名"
    assert told.en.endswith("record of issue in the child's name, sex, the day of birth, the mother's name")


async def test_a_record_without_mother_or_sex_is_not_compared_in_them(tx: Transaction) -> None:
    number = await make.issuance(tx, mother_name=None, child_sex=9)
    await judge(
        tx, "issued_differs",
        found={"the name": registered(number, child_name="张三")},
        clean={"the rest": registered(number, sex=1, mother_name="赵六")},
    )  # fmt: skip


async def test_the_day_of_birth_is_that_of_the_clock_on_the_wall(tx: Transaction) -> None:
    """Half past midnight in China is still the day before by UTC."""
    number = await make.issuance(tx, born_at=datetime(2024, 2, 28, 16, 30, tzinfo=UTC))
    await judge(
        tx, "issued_differs",
        found={"by UTC": registered(number, birth_date=date(2024, 2, 28)),
               "a day later": registered(number, birth_date=date(2024, 3, 1))},
        clean={"on the wall": registered(number, birth_date=date(2024, 2, 29))},
    )  # fmt: skip


async def complete(url: str, *, year: int | None) -> None:
    """Hubei's records of issue are complete from a year on."""
    owner = await asyncpg.connect(url)
    await owner.execute("UPDATE provinces SET complete_from = $1 WHERE code = '42'", year)
    await owner.close()


async def test_a_number_without_a_record_is_found_only_where_records_are_complete(
    database: Database, database_url: str
) -> None:
    await complete(database_url, year=2023)
    async with database.transaction() as tx:
        await make.issuance(tx, "Y420100005")
        evidence = await judge(
            tx, "never_issued",
            found={"of the first year": {"certificate_number": "X420000001"},
                   "of a later year": {"certificate_number": "Y420000001"}},
            clean={
                "on record": {"certificate_number": "Y420100005"},
                "of the year before": {"certificate_number": "W420000001"},
                "of another province": {"certificate_number": "Y430000001"},
                "of no province": {"certificate_number": "Y990000001"},
                "no number": {"certificate_number": None},
            },
        )  # fmt: skip
        told = await tell(tx, "never_issued", evidence["of a later year"])
    assert told.zh == "湖北省自 2023 年起签发数据完整,却没有该编号(2024 年印制)的签发记录"


async def test_a_record_may_take_a_week_to_arrive(database: Database, database_url: str) -> None:
    await complete(database_url, year=2020)
    async with database.transaction() as tx:
        today = tx.now.astimezone(CHINA).date()

        def issued(days_ago: int) -> dict[str, Any]:
            return {"issued_on": today - timedelta(days=days_ago)}

        await judge(
            tx, "never_issued",
            found={"eight days ago": issued(8),
                   "applied for eight days ago": {"issued_on": None, "applied_on": today - timedelta(days=8)}},
            clean={"seven days ago": issued(7), "today": issued(0)},
        )  # fmt: skip
        await judge(tx, "never_issued", found={"yesterday": issued(1)}, clean={"today": issued(0)}, days=0)


async def test_years_are_counted_as_the_policy_counts_them(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    ends = ((2, 28), (3, 1), (12, 31))
    days = [date(year, month, day) for year in (2016, 2018, 2020, 2023, 2024) for month, day in ends]
    days += [date(2016, 2, 29), date(2020, 2, 29), date(2024, 2, 29)]
    for born in days:
        for day in days:
            years = await owner.fetchval("SELECT whole_years($1, $2)", born, day)
            if born <= day:
                assert birthday(born, years) <= day < birthday(born, years + 1), (born, day)
    await owner.close()


NAMES = [
    "李安然", " 李 安\u3000然 ", "李安冉", "李安然\ufe00", "李〇一", "李零一", "李", "（李）", "李\u200b",
    "阿迪力·买买提", "阿迪力•买买提", "阿迪力.买买提", "阿迪力・买买提", "阿迪力‧买买提", "阿迪力—买买提",
    "Anna Li", "ANNA LI", "\uff21\uff4e\uff4e\uff41\u3000\uff2c\uff49", "Anna-Li", "O’Neil", "O'Neil", "ONEIL",
    "阿迪力买买提", "Zoé", "ZOÉ", "Zoe", "葛\U000e0100", "葛", "卓玛་", "卓玛", "ㄅㄆ", "カナ", "ｶﾅ", "李2", "李２",
]  # fmt: skip
"""Each of them is compared with each."""


async def test_names_are_compared_as_a_person_would(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    plain = {name: await owner.fetchval("SELECT plain_name($1)", name) for name in NAMES}
    await owner.close()
    differing = [
        (one, other) for one in NAMES for other in NAMES if (plain[one] == plain[other]) is not same_name(one, other)
    ]
    assert differing == []
